"""Errors: each is caught by this project's name and by LangChain's, and says what to do."""

import pickle
import time
from typing import Any

import pytest
from langchain_core import exceptions as lc
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage

import seed_core
from langchain_seed import errors
from seed_core import errors as core
from seed_core.emulator import Answer, Emulator, Fault, Raw
from tests.langchain.asking import STREAMS, How, Make, ask, beta
from tests.langchain.samples import KEY, MODEL

TOO_LONG = "This endpoint's maximum context length is 262144 tokens. However, you requested more."


def _typed(status: int, word: str) -> Fault:
    return Fault.status(status, message="M", metadata={"error_type": word})


FAULTS: dict[str, tuple[Fault, type[core.SeedError], type[Exception], bool]] = {
    "400": (Fault.status(400), core.BadRequestError, lc.ModelInvalidRequestError, False),
    "401": (Fault.status(401), core.AuthenticationError, lc.ModelAuthenticationError, False),
    "402": (
        Fault.status(402),
        core.InsufficientCreditError,
        lc.ModelPermissionDeniedError,
        False,
    ),
    "403": (Fault.status(403), core.PermissionDeniedError, lc.ModelPermissionDeniedError, False),
    "404": (Fault.status(404), core.NotFoundError, lc.ModelNotFoundError, False),
    "408": (Fault.status(408), core.APIStatusError, lc.ModelError, True),
    "409": (Fault.status(409), core.APIStatusError, lc.ModelError, True),
    "413": (Fault.status(413), core.BadRequestError, lc.ModelInvalidRequestError, False),
    "418": (Fault.status(418), core.APIStatusError, lc.ModelError, False),
    "422": (Fault.status(422), core.BadRequestError, lc.ModelInvalidRequestError, False),
    "425": (Fault.status(425), core.APIStatusError, lc.ModelError, True),
    "429": (Fault.status(429), core.RateLimitError, lc.ModelRateLimitError, True),
    "500": (Fault.status(500), core.ServerError, lc.ModelAPIError, True),
    "502": (Fault.status(502), core.ServerError, lc.ModelAPIError, True),
    "503": (Fault.status(503), core.ServerError, lc.ModelAPIError, True),
    "529": (Fault.status(529), core.ServerError, lc.ModelAPIError, True),
    "too long": (
        Fault.status(400, message=TOO_LONG),
        core.ContextOverflowError,
        lc.ContextOverflowError,
        False,
    ),
    "too long, by code": (
        _typed(400, "context_length_exceeded"),
        core.ContextOverflowError,
        lc.ContextOverflowError,
        False,
    ),
    "moderated": (
        _typed(403, "content_policy_violation"),
        core.ContentFilterError,
        lc.ModelInvalidRequestError,
        False,
    ),
    "in the body of a 200": (
        Fault.error_in_body(429),
        core.RateLimitError,
        lc.ModelRateLimitError,
        True,
    ),
    "in the choice": (
        Fault.error_in_choice(502, answer=Answer()),
        core.ServerError,
        lc.ModelAPIError,
        True,
    ),
    "no answer": (Fault.refuse(), core.APIConnectionError, lc.ModelConnectionError, True),
    "HTML": (Fault.html(502), core.ServerError, lc.ModelAPIError, True),
    "HTML at 200": (Fault.html(200), core.InvalidReplyError, lc.ModelError, False),
    "garbage": (Fault.garbage(0), core.InvalidReplyError, lc.ModelError, False),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_both_families_catch_the_same_error(
    make: Make, emulator: Emulator, how: How, fault: Any
) -> None:
    what, ours, theirs, retryable = fault
    emulator.script(what)
    with pytest.raises(ours) as caught:
        await ask(make(max_retries=0), how, "Hello")
    assert isinstance(caught.value, theirs)
    assert isinstance(caught.value, lc.ModelError)
    error: Any = caught.value
    assert type(error).__module__ == "langchain_seed.errors"
    assert error.is_retryable is error.retryable is retryable
    assert error.provider == "openrouter"
    assert "openrouter" in str(error)
    assert KEY not in f"{error!r} {error} {vars(error)}"


async def test_an_error_keeps_what_the_host_said(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(Fault.status(429, message="Slow down", retry_after=7, metadata={"a": 1}))
    with pytest.raises(errors.RateLimitError, match=r"429.*Slow down.*retry after 7 s") as caught:
        await ask(make(max_retries=2, max_retry_wait=1), how, "Hello")
    error = caught.value
    assert error.status_code == 429
    assert error.retry_after == 7
    assert error.body["error"]["message"] == "Slow down"
    assert str(error.request_id).startswith("gen-")
    assert len(emulator.requests) == 1, "7 s are more than may be waited"


async def test_langchains_trace_gets_the_response(make: Make, emulator: Emulator, how: How) -> None:
    class Traced(BaseCallbackHandler):
        told: Any = None

        def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
            self.told = kwargs["response"].generations[0][0].message.response_metadata

    emulator.script(Fault.status(403, message="No"))
    handler = Traced()
    with pytest.raises(errors.PermissionDeniedError):
        await ask(make(max_retries=0), how, "Hello", config={"callbacks": [handler]})
    assert handler.told["status_code"] == 403
    assert handler.told["body"]["error"]["message"] == "No"
    assert handler.told["headers"]["content-type"] == "application/json"
    assert handler.told["request_id"].startswith("gen-")


async def test_what_an_error_response_offers(make: Make, emulator: Emulator) -> None:
    emulator.script(Fault.status(403, message="No"), Fault.html(502, "<b>down</b>"))
    with pytest.raises(errors.PermissionDeniedError) as caught:
        make(max_retries=0).invoke("Hello")
    response = caught.value.response
    assert response is not None
    assert response.json()["error"]["message"] == "No"
    assert '"No"' in response.text
    with pytest.raises(errors.ServerError) as page:
        make(max_retries=0).invoke("Hello")
    assert page.value.response is not None
    assert "down" in page.value.response.text


@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda answer: Fault.cut(5, how="close", answer=answer), core.StreamBrokenError),
        (lambda answer: Fault.cut(5, how="end", answer=answer), core.StreamBrokenError),
        (lambda answer: Fault.error_mid_stream(5, answer=answer), core.ServerError),
        (lambda answer: Fault.garbage(5, answer=answer), core.InvalidReplyError),
        (lambda answer: Fault.stall(5, 30, answer), core.APITimeoutError),
    ],
    ids=["closed", "ended", "error", "garbage", "silent"],
)
async def test_a_stream_that_breaks_gives_what_had_come(
    make: Make, emulator: Emulator, how: How, fault: Any, kind: type[core.SeedError]
) -> None:
    emulator.script(fault(Answer(reasoning="Hmmm", text="one two three four", piece=4)))
    waits = seed_core.Timeout(first_token=0.3, idle=0.3)
    with pytest.raises(kind) as caught:
        await ask(make(timeout=waits), how, "Hello")
    partial = caught.value.partial
    assert partial is not None
    assert partial.reasoning == "Hmmm"
    assert partial.text == "one two three fo"
    assert partial.finish is None
    assert isinstance(caught.value, lc.ModelError)
    assert len(emulator.requests) == 1, "after the first event nothing is tried again"


@beta
async def test_version_3_events_raise_the_same_errors(make: Make, emulator: Emulator) -> None:
    fault = Fault.cut(3, answer=Answer(text="one two three four", piece=4))
    emulator.script(fault, fault)
    with pytest.raises(errors.StreamBrokenError):
        list(make().stream_events("Hello", version="v3"))
    stream = await make().astream_events("Hello", version="v3")
    with pytest.raises(errors.StreamBrokenError):
        async for _ in stream:
            pass


@pytest.mark.parametrize(
    ("waits", "fault", "phase"),
    [
        ({"total": 0.2}, Fault.stall(-1, 30), "total"),
        ({"first_token": 0.2, "idle": 0.2, "read": 0.2}, Fault.stall(-1, 30), None),
        ({"total": 0.3}, Fault.comments(0.05), "total"),
    ],
)
async def test_a_wait_that_runs_out_is_langchains_timeout(
    make: Make, emulator: Emulator, how: How, waits: Any, fault: Fault, phase: str | None
) -> None:
    emulator.script(fault)
    begun = time.monotonic()
    with pytest.raises(errors.APITimeoutError) as caught:
        await ask(make(timeout=seed_core.Timeout(**waits)), how, "Hello")
    assert time.monotonic() - begun < 3
    assert isinstance(caught.value, lc.ModelTimeoutError)
    expected = phase or ("first_token" if how in STREAMS else "read")
    assert caught.value.phase == expected


async def test_a_host_that_is_not_there(make: Make, how: How) -> None:
    with pytest.raises(errors.APIConnectionError, match="could not connect"):
        await ask(make(base_url="http://127.0.0.1:9", max_retries=0), how, "Hello")


async def test_a_retry_succeeds_unnoticed(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(
        Fault.status(503, retry_after=0), Fault.status(429, retry_after=0), Answer(text="Fine.")
    )
    assert (await ask(make(max_retries=2), how, "Hello")).text == "Fine."
    assert len(emulator.requests) == 3
    assert len({seen.raw for seen in emulator.requests}) == 1


@pytest.mark.parametrize(
    ("settings", "call", "named"),
    [
        ({"video_fps": 1.0}, {}, "video_fps"),
        ({"reasoning_effort": "extreme"}, {}, "reasoning_effort"),
        ({"reasoning_effort": "low", "thinking_budget": 5}, {}, "thinking_budget"),
        ({}, {"response_format": {"type": "yaml"}}, "response_format"),
        ({}, {"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    ],
)
async def test_what_cannot_be_sent_is_said_before_anything_is_sent(
    make: Make, emulator: Emulator, how: How, settings: Any, call: Any, named: str
) -> None:
    with pytest.raises(core.ConfigurationError, match=named) as caught:
        await ask(make(**settings), how, "Hello", **call)
    assert isinstance(caught.value, lc.ModelInvalidRequestError)
    assert isinstance(caught.value, ValueError)
    assert emulator.requests == []


def test_an_error_can_be_pickled(make: Make, emulator: Emulator) -> None:
    emulator.script(Fault.status(429, retry_after=9))
    with pytest.raises(errors.RateLimitError) as caught:
        make(max_retries=0).invoke("Hello")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is errors.RateLimitError
    assert str(again) == str(caught.value)
    assert (again.status_code, again.retry_after, again.is_retryable) == (429, 9, True)


def test_every_error_of_the_core_has_its_langchain_form() -> None:
    def below(kind: type[core.SeedError]) -> set[type[core.SeedError]]:
        found = {kind for kind in kind.__subclasses__() if kind.__module__ == "seed_core.errors"}
        return found.union(*(below(one) for one in found))

    for kind in below(core.SeedError):
        form = getattr(errors, kind.__name__)
        assert issubclass(form, kind)
        assert issubclass(form, lc.ModelError)


async def test_with_fallbacks_takes_over(make: Make, emulator: Emulator, how: How) -> None:
    emulator.script(Fault.status(500), Answer(text="From the other."))
    chain = make(max_retries=0).with_fallbacks([make(model="bytedance-seed/seed-2.0-lite")])
    assert (await ask(chain, how, "Hello")).text == "From the other."
    assert [seen.body["model"] for seen in emulator.requests] == [
        MODEL,
        "bytedance-seed/seed-2.0-lite",
    ]


async def test_an_answer_that_is_no_chat_completion(
    make: Make, emulator: Emulator, how: How
) -> None:
    emulator.script(Raw(body=b'{"hello": 1}', headers={"content-type": "application/json"}))
    with pytest.raises(errors.InvalidReplyError, match="without choices"):
        await ask(make(max_retries=0), how, [HumanMessage("Hello")])
