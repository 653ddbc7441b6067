"""Several providers, asked in order: who answers, who is told of, and what is never hidden."""

import time
from dataclasses import replace
from typing import Any

import pytest

from seed_core.capabilities import Capabilities
from seed_core.emulator import Answer, Emulator, Fault
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InsufficientCreditError,
    InvalidReplyError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
    UnsupportedError,
)
from seed_core.events import Failed
from seed_core.flow import Flow, Opened, Request, Response, Retry, Send, failover
from seed_core.providers import resolve
from seed_core.providers.base import ModelFacts, Provider
from seed_core.timeouts import Timeout
from seed_core.types import Message, Options, Prompt, Reasoning, ReplayState, Text
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, Outcome, ask, provider_at

WAYS = [(colour, stream) for colour in COLOURS for stream in (False, True)]
ways = pytest.mark.parametrize(("colour", "stream"), WAYS)


def two(emulator: Emulator, **second: Any) -> tuple[Provider, ...]:
    """Two names of the emulated host, so that one script serves both."""
    one = provider_at(emulator)
    return replace(one, name="first"), replace(one, **{"name": "second", **second})


def try_both(
    emulator: Emulator, colour: Colour, *items: Any, stream: bool, **settings: Any
) -> Outcome:
    emulator.script(*items)
    return ask(colour, two(emulator), stream=stream, **{"retry": ONCE, **settings})


@ways
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.status(503), ("ServerError", 503)),
        (Fault.status(402), ("InsufficientCreditError", 402)),
        (Fault.status(429), ("RateLimitError", 429)),
        (Fault.status(429, headers={"Retry-After": "3600"}), ("RateLimitError", 429)),
        (Fault.refuse(), ("StreamBrokenError", None)),
        (Fault.html(), ("ServerError", 502)),
        (Fault.error_in_body(503), ("ServerError", 503)),
    ],
)
def test_the_next_one_answers_where_the_first_cannot(
    emulator: Emulator, colour: Colour, stream: bool, fault: Fault, told: tuple[str, int | None]
) -> None:
    start = time.monotonic()
    reply = try_both(emulator, colour, fault, Answer(text="Here"), stream=stream).reply
    assert time.monotonic() - start < 30, "a wait of an hour was not moved on from"
    assert reply.text == "Here"
    assert reply.finish is not None
    assert reply.finish.provider == "second"
    (failed,) = reply.finish.failed
    assert failed.provider == "first"
    assert (failed.error, failed.status_code) == told or fault.kind == "refuse"
    assert "first" in failed.message
    assert len(emulator.requests) == 2


@ways
def test_each_provider_has_its_own_retries(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    busy = [Fault.status(503)] * 3
    retry = Retry(1, jitter=lambda: 0.0)
    outcome = try_both(emulator, colour, *busy, Answer(text="Here"), stream=stream, retry=retry)
    assert outcome.reply.text == "Here"
    assert len(emulator.requests) == 4


@ways
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
    ],
)
def test_what_the_caller_must_mend_is_not_hidden(
    emulator: Emulator, colour: Colour, stream: bool, status: int, kind: type[SeedError]
) -> None:
    outcome = try_both(emulator, colour, Fault.status(status), stream=stream)
    error = outcome.failure(kind)
    assert error.provider == "first"
    assert error.earlier == ()
    assert len(emulator.requests) == 1


@ways
def test_a_run_that_exhausts_all_has_every_error(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    faults = (Fault.status(402), Fault.status(500, message="The disk is full"))
    error = try_both(emulator, colour, *faults, stream=stream).failure(ServerError)
    assert error.provider == "second"
    (before,) = error.earlier
    assert type(before) is InsufficientCreditError
    assert before.provider == "first"
    assert "The disk is full" in str(error)
    assert "asked before: first answered 402" in str(error)


@ways
def test_a_second_failure_that_the_caller_must_mend_has_the_first_one_too(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    outcome = try_both(emulator, colour, Fault.status(503), Fault.status(400), stream=stream)
    error = outcome.failure(BadRequestError)
    assert [type(before) for before in error.earlier] == [ServerError]


@pytest.mark.parametrize("colour", COLOURS)
def test_after_the_first_event_nobody_else_is_asked(emulator: Emulator, colour: Colour) -> None:
    broken = Fault.cut(after=3, answer=Answer(text="Hello there, all of you", piece=4))
    outcome = try_both(emulator, colour, broken, stream=True)
    error = outcome.failure(StreamBrokenError)
    assert error.provider == "first"
    assert error.partial is not None
    assert error.partial.text
    assert len(emulator.requests) == 1


@ways
def test_a_host_that_only_was_late_is_not_asked_twice_elsewhere_unless_wanted(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    late = Fault.stall(-1, seconds=5)
    timeout = Timeout(read=0.2, first_token=0.2, idle=0.2)
    outcome = try_both(emulator, colour, late, stream=stream, timeout=timeout)
    assert outcome.failure(APITimeoutError).provider == "first"
    retry = Retry(0, timeouts=True)
    again = try_both(
        emulator, colour, late, Answer(text="Here"), stream=stream, timeout=timeout, retry=retry
    )
    assert again.reply.text == "Here"


@ways
def test_nothing_listens_at_the_first_address(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    first, second = two(emulator)
    nowhere = replace(first, base_url="http://127.0.0.1:9/api/v1")
    reply = ask(colour, (nowhere, second), stream=stream, retry=ONCE).reply
    assert reply.finish is not None
    assert [failed.error for failed in reply.finish.failed] == [APIConnectionError.__name__]


@ways
def test_what_is_asked_is_the_same_and_sealed_reasoning_stays_with_its_issuer(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    entry = {"type": "reasoning.text", "text": "Hm.", "index": 0}
    history = (
        Message("user", (Text("Hello"),)),
        Message("assistant", (Reasoning("Hm.", ReplayState("first", (entry,))), Text("Hi"))),
        Message("user", (Text("And now?"),)),
    )
    prompt = Prompt(history, options=Options(temperature=0.5))
    try_both(emulator, colour, Fault.status(503), stream=stream, prompt=prompt)
    one, other = (request.body for request in emulator.requests)
    assert one["messages"][1]["reasoning_details"] == [entry]
    assert "reasoning_details" not in other["messages"][1]
    assert "reasoning" not in other["messages"][1]
    assert one["temperature"] == other["temperature"] == 0.5


@ways
def test_what_one_of_them_cannot_do_is_told_before_anything_is_sent(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    cannot = (ModelFacts(".*", Capabilities(no=frozenset({"seed"}))),)
    prompt = replace(HELLO, options=Options(seed=7))
    outcome = ask(colour, two(emulator, facts=cannot), stream=stream, prompt=prompt)
    assert "second does not support seed" in str(outcome.failure(UnsupportedError))
    assert emulator.requests == []


@ways
def test_a_key_that_is_missing_is_told_before_an_outage_asks_for_it(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    outcome = ask(colour, two(emulator, api_key=None), stream=stream)
    assert "no key for second" in str(outcome.failure(ConfigurationError))
    assert emulator.requests == []


@ways
def test_one_calls_model_cannot_go_to_all(emulator: Emulator, colour: Colour, stream: bool) -> None:
    prompt = replace(HELLO, model="bytedance-seed/seed-2.0-lite")
    outcome = ask(colour, two(emulator), stream=stream, prompt=prompt)
    assert "each its own model" in str(outcome.failure(ConfigurationError))


# --- the flow, by hand ----------------------------------------------------------------------------


def attempt(name: str, seen: list[tuple[Failed, ...]]) -> Any:
    """A provider's call, which notes what it was told of."""

    def call(failed: tuple[Failed, ...]) -> Flow[str]:
        seen.append(failed)
        got = yield Send(Request("POST", f"https://{name}"))
        assert not isinstance(got, Opened)
        return f"{name}: {got.body.decode()}"

    return call


def test_three_in_a_row_are_told_of_all_before_them() -> None:
    seen: list[tuple[Failed, ...]] = []
    flow: Flow[str] = failover([attempt(name, seen) for name in "abc"], Retry().moves_on)
    assert next(flow).request.url == "https://a"
    down = ServerError("a answered 503", provider="a", status_code=503)
    assert flow.throw(down).request.url == "https://b"
    lost = APIConnectionError("b is gone", provider="b")
    assert flow.throw(lost).request.url == "https://c"
    with pytest.raises(StopIteration) as stop:
        flow.send(Response(200, {}, b"fine"))
    assert stop.value.value == "c: fine"
    first, second = (
        Failed("a", "ServerError", "a answered 503", 503),
        Failed("b", "APIConnectionError", "b is gone"),
    )
    assert seen == [(), (first,), (first, second)]


def test_leaving_a_flow_early_closes_the_one_that_was_asked() -> None:
    closed: list[str] = []

    def call(_: tuple[Failed, ...]) -> Flow[str]:
        try:
            yield Send(Request("POST", "https://a"))
        finally:
            closed.append("a")
        return ""

    flow: Flow[str] = failover([call, call], Retry().moves_on)
    next(flow)
    flow.close()
    assert closed == ["a"]


def paid_for(error: SeedError) -> SeedError:
    """The same, of something that may cost money already."""
    error.paid_for = True
    return error


@pytest.mark.parametrize(
    ("error", "moves"),
    [
        (RateLimitError("quota", retryable=False), True),
        (ServerError("down", status_code=503, retryable=False), True),
        (ServerError("processing", retryable=False), False),
        (ServerError("an error inside a 200"), True),
        (APITimeoutError("no room", phase="pool"), True),
        (APITimeoutError("all in all", phase="total"), False),
        (APIStatusError("teapot", status_code=418), False),
        (BadRequestError("no", status_code=400), False),
        (InvalidReplyError("not the protocol"), False),
        *[
            (paid_for(error), False)
            for error in (
                ServerError("down", status_code=500),
                RateLimitError("slow", status_code=429),
                InsufficientCreditError("no credit", status_code=402),
                APIConnectionError("the connection broke"),
            )
        ],
    ],
)
def test_what_another_provider_may_do_better(error: SeedError, moves: bool) -> None:
    assert Retry().moves_on(error) is moves


@ways
def test_what_only_writing_shows_is_told_before_anything_is_sent(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    url = emulator.url("empiriolabs")
    other = resolve("empiriolabs", api_key="sk-empiriolabs-key", base_url=url)
    prompt = replace(HELLO, options=Options(thinking="enabled", reasoning_effort="minimal"))
    providers = (provider_at(emulator), other)
    outcome = ask(colour, providers, stream=stream, prompt=prompt)
    assert "minimal" in str(outcome.failure(ConfigurationError))
    assert emulator.requests == []


@pytest.mark.parametrize("colour", COLOURS)
def test_a_stream_that_breaks_at_the_second_tells_of_the_first(
    emulator: Emulator, colour: Colour
) -> None:
    broken = Fault.cut(after=3, answer=Answer(text="Hello there, all of you", piece=4))
    outcome = try_both(emulator, colour, Fault.status(503), broken, stream=True)
    error = outcome.failure(StreamBrokenError)
    assert error.provider == "second"
    assert [type(before) for before in error.earlier] == [ServerError]
    assert "asked before: first answered 503" in str(error)


# --- time -----------------------------------------------------------------------------------------


@ways
def test_a_wait_that_would_outlast_the_call_is_not_begun(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    busy = Fault.status(429, headers={"Retry-After": "0.5"})
    settings: dict[str, Any] = {"retry": Retry(2), "timeout": Timeout(total=0.5)}
    outcome = try_both(emulator, colour, busy, Answer(text="Here"), stream=stream, **settings)
    assert outcome.reply.text == "Here"
    assert outcome.reply.finish is not None
    assert outcome.reply.finish.failed[0].error == "RateLimitError"


@ways
def test_a_single_hosts_wait_that_would_outlast_the_call_is_its_own_error(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(429, headers={"Retry-After": "0.5"}))
    retry = Retry(2, max_wait=60.0)
    outcome = ask(
        colour, provider_at(emulator), stream=stream, retry=retry, timeout=Timeout(total=0.5)
    )
    assert outcome.failure(RateLimitError).retry_after == 0.5
    assert len(emulator.requests) == 1


@ways
def test_the_total_is_for_all_of_them_together(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    late = Fault.stall(-1, seconds=30)
    timeout = Timeout(total=1.5)
    outcome = try_both(emulator, colour, Fault.status(503), late, stream=stream, timeout=timeout)
    assert outcome.failure(APITimeoutError).phase == "total"
    assert outcome.seconds < 10
