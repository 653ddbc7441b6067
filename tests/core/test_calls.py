"""Calls over a real socket, in both colours, whole and streamed: answers, retries and errors."""

from base64 import b64encode
from pathlib import Path
from typing import Literal

import pytest

from seed_core.client import Client
from seed_core.emulator import Answer, Emulator, Fault, Raw, ToolUse
from seed_core.errors import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InvalidReplyError,
    MediaError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from seed_core.events import TextDelta
from seed_core.flow import Retry
from seed_core.media import image
from seed_core.providers import resolve
from seed_core.timeouts import Timeout
from seed_core.types import Message, Prompt, ReplayState, Text, ToolCall
from tests.core.calling import AT_ONCE, COLOURS, ONCE, Colour, ask, provider_at

pytestmark = pytest.mark.parametrize("colour", COLOURS)
both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@both
def test_an_answer_arrives_with_everything_in_it(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    calls = [ToolUse("f", '{"a": 1}', "c1"), ToolUse("g", "{}", "c2")]
    emulator.script(
        Answer(text="Grüße \u2028 \U0001f600", reasoning="Hm", tool_calls=calls, cost=0.5)
    )
    reply = ask(colour, provider_at(emulator), stream=stream).reply
    assert reply.text == "Grüße \u2028 \U0001f600"
    assert reply.reasoning == "Hm"
    assert reply.tool_calls == (ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", "{}"))
    assert isinstance(reply.state, ReplayState)
    assert reply.finish is not None
    assert reply.finish.reason == "tool_calls"
    assert reply.finish.cost is not None
    assert (reply.finish.cost.usd, reply.finish.cost.source) == (0.5, "reported")
    assert reply.finish.headers["x-generation-id"] == reply.finish.response_id


def test_whole_and_streamed_answers_fold_to_the_same(emulator: Emulator, colour: Colour) -> None:
    whole, streamed = (ask(colour, provider_at(emulator), stream=s).reply for s in (False, True))
    assert (whole.text, whole.reasoning, whole.state) == (
        streamed.text,
        streamed.reasoning,
        streamed.state,
    )
    assert whole.finish is not None
    assert streamed.finish is not None
    assert whole.finish.usage == streamed.finish.usage


def test_events_that_arrive_together_are_joined_only_if_wished(
    emulator: Emulator, colour: Colour
) -> None:
    body = (
        b"".join(b'data: {"choices": [{"delta": {"content": "%d"}}]}\n\n' % n for n in range(9))
        + b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    )
    emulator.script(Raw(body=body), Raw(body=body))
    joined = ask(colour, provider_at(emulator), stream=True)
    single = ask(colour, provider_at(emulator), stream=True, coalesce=False)
    assert joined.events[0] == TextDelta("012345678")
    assert single.events[:2] == [TextDelta("0"), TextDelta("1")]
    assert single.reply.text == joined.reply.text


@both
@pytest.mark.parametrize(
    "trouble",
    [
        Fault.status(503),
        Fault.status(429),
        Fault.status(529),
        Fault.status(408),
        Fault.refuse(),
        Fault.html(502),
        Fault.error_in_body(502),
        Fault.error_mid_stream(after=0, code=503),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status_code} {fault.text}",
)
def test_trouble_before_the_first_event_is_tried_again(
    emulator: Emulator, colour: Colour, stream: bool, trouble: Fault
) -> None:
    emulator.script(trouble, trouble, Answer(text="At last"))
    assert ask(colour, provider_at(emulator), stream=stream).reply.text == "At last"
    assert len(emulator.requests) == 3
    assert len({seen.raw for seen in emulator.requests}) == 1


@both
def test_retries_end_with_the_last_error(emulator: Emulator, colour: Colour, stream: bool) -> None:
    emulator.script(*[Fault.status(503, message="down")] * 3)
    error = ask(colour, provider_at(emulator), stream=stream).failure(ServerError)
    assert (error.status_code, error.provider) == (503, "openrouter")
    assert "down" in str(error)
    assert len(emulator.requests) == 3


@both
def test_what_a_retry_cannot_mend_is_sent_once(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(400))
    ask(colour, provider_at(emulator), stream=stream).failure(BadRequestError)
    bad_key = provider_at(emulator, api_key="sk-or-invalid")
    ask(colour, bad_key, stream=stream).failure(AuthenticationError)
    assert len(emulator.requests) == 2


@both
def test_the_wait_that_the_host_asks_for_is_waited(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(429, retry_after=0.3), Answer(text="ok"))
    outcome = ask(colour, provider_at(emulator), stream=stream)
    assert outcome.reply.text == "ok"
    assert 0.3 <= outcome.seconds < 3


@both
def test_a_wait_beyond_the_budget_is_not_begun(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(429, retry_after=30))
    outcome = ask(colour, provider_at(emulator), stream=stream, retry=Retry(max_wait=10))
    assert outcome.failure(RateLimitError).retry_after == 30
    assert outcome.seconds < 3


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Fault.cut(after=3), StreamBrokenError),
        (Fault.cut(after=3, how="reset"), StreamBrokenError),
        (Fault.cut(after=3, how="end"), StreamBrokenError),
        (Fault.error_mid_stream(after=3, message="upstream died"), ServerError),
        (Fault.error_mid_stream(after=3, finish=None, code=429), RateLimitError),
        (Fault.garbage(after=3), InvalidReplyError),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_after_the_first_event_nothing_is_tried_again(
    emulator: Emulator, colour: Colour, trouble: Fault, kind: type[SeedError]
) -> None:
    emulator.script(trouble, Answer(text="never asked for"))
    outcome = ask(colour, provider_at(emulator), stream=True)
    error = outcome.failure(kind)
    assert len(emulator.requests) == 1
    assert outcome.events
    assert error.partial is not None
    assert error.partial.finish is None
    assert error.partial.reasoning + error.partial.text
    assert error.provider == "openrouter"


ANSWER = Answer(text="abcdefgh", reasoning="wxyz", piece=2, comments=1, delay=0.002)
"""The first chunk, two pieces of reasoning, four of text, finish, finish with usage."""


@pytest.mark.parametrize("how", ["close", "end"])
def test_wherever_a_stream_is_cut_the_partial_reply_is_what_had_come(
    emulator: Emulator, colour: Colour, how: Literal["close", "end"]
) -> None:
    seen: list[str] = []
    for after in range(1, 12):
        emulator.clear()
        fault = Fault.cut(after=after, how=how, answer=ANSWER)
        emulator.script(fault)
        outcome = ask(colour, provider_at(emulator), stream=True, retry=ONCE)
        if outcome.error is None:
            reply = outcome.reply
            assert reply.finish is not None
            assert (reply.reasoning, reply.text) == ("wxyz", "abcdefgh")
            seen.append("whole")
            continue
        outcome.failure(StreamBrokenError)
        partial = outcome.error.partial
        came = "" if partial is None else partial.reasoning + partial.text
        assert "wxyzabcdefgh".startswith(came)
        seen.append(came)
    assert seen == sorted(seen, key=lambda came: (came == "whole", len(came)))
    assert {"wx", "wxyz", "wxyzab", "wxyzabcdefgh", "whole"} <= set(seen)


@pytest.mark.parametrize("how", ["close", "reset", "end"])
def test_a_stream_that_is_cut_before_its_first_event_is_tried_again(
    emulator: Emulator, colour: Colour, how: Literal["close", "reset", "end"]
) -> None:
    fault = Fault.cut(after=0, how=how)
    emulator.script(fault, fault, Answer(text="At last"))
    assert ask(colour, provider_at(emulator), stream=True).reply.text == "At last"
    assert len(emulator.requests) == 3


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_whole_reply_that_is_cut_may_be_billed_and_is_not_asked_for_again(
    emulator: Emulator, colour: Colour, how: Literal["close", "reset"]
) -> None:
    emulator.script(Fault.cut(after=1, how=how))
    error = ask(colour, provider_at(emulator), stream=False).failure(APIConnectionError)
    assert "may be billed" in str(error)
    assert not error.retryable
    assert len(emulator.requests) == 1


@both
@pytest.mark.parametrize(
    "broken",
    [
        Raw(status=500, body=[b'{"error": {"mess'], cut=True),
        Raw(status=500, body=[b'{"error": {"mess', b"never"], delay=5),
    ],
    ids=["cut", "stalled"],
)
def test_an_error_whose_body_breaks_off_is_still_that_error(
    emulator: Emulator, colour: Colour, stream: bool, broken: Raw
) -> None:
    emulator.script(broken)
    limits = Timeout(read=0.25, first_token=0.25, idle=0.25)
    outcome = ask(colour, provider_at(emulator), stream=stream, retry=ONCE, timeout=limits)
    assert outcome.failure(ServerError).status_code == 500
    assert outcome.seconds < 3


# --- bodies that are not the protocol -------------------------------------------------------------


@both
def test_a_page_of_html_is_called_that(emulator: Emulator, colour: Colour, stream: bool) -> None:
    emulator.script(Fault.html(502, "<h1>Bad gateway</h1>"))
    error = ask(colour, provider_at(emulator), stream=stream, retry=ONCE).failure(ServerError)
    assert "an HTML page" in str(error)
    assert "Bad gateway" in error.body
    emulator.script(Fault.html(200))
    error = ask(colour, provider_at(emulator), stream=stream).failure(InvalidReplyError)
    assert "base_url" in str(error)


@both
@pytest.mark.parametrize("status", [400, 500])
def test_an_error_without_a_body_is_told_by_its_status(
    emulator: Emulator, colour: Colour, stream: bool, status: int
) -> None:
    emulator.script(Fault.empty(status))
    kind = ServerError if status == 500 else BadRequestError
    error = ask(colour, provider_at(emulator), stream=stream, retry=ONCE).failure(kind)
    assert str(error).startswith(f"openrouter answered {status}: an empty body")


def test_an_empty_answer_is_no_answer(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Fault.empty(200), Fault.empty(200))
    ask(colour, provider_at(emulator), stream=False).failure(InvalidReplyError)
    ask(colour, provider_at(emulator), stream=True, retry=ONCE).failure(StreamBrokenError)


@both
@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "x"])
def test_the_right_body_under_a_wrong_name_is_read(
    emulator: Emulator, colour: Colour, stream: bool, kind: str
) -> None:
    emulator.script(Fault.content_type(kind, Answer(text="ok")))
    assert ask(colour, provider_at(emulator), stream=stream).reply.text == "ok"


def test_a_whole_reply_to_a_streamed_request_is_read(emulator: Emulator, colour: Colour) -> None:
    body = b'{"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}'
    emulator.script(Raw(body=body, headers={"content-type": "application/json; charset=utf-8"}))
    assert ask(colour, provider_at(emulator), stream=True).reply.text == "whole"


def test_of_a_huge_error_body_only_the_beginning_is_read(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Raw(status=500, body=[b"x" * 500_000] * 40))
    error = ask(colour, provider_at(emulator), stream=True, retry=ONCE).failure(ServerError)
    assert len(str(error)) < 1000


def test_a_body_that_does_not_decompress_is_an_invalid_reply(
    emulator: Emulator, colour: Colour
) -> None:
    emulator.script(Raw(body=b"no gzip", headers={"content-encoding": "gzip"}))
    ask(colour, provider_at(emulator), stream=False).failure(InvalidReplyError)


# --- before anything is sent ----------------------------------------------------------------------


@both
def test_a_prompt_that_cannot_be_sent_is_not_sent(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    half = Prompt((Message("user", (Text("\ud800"),)),))
    ask(colour, provider_at(emulator), stream=stream, prompt=half).failure(ConfigurationError)
    ask(colour, provider_at(emulator), stream=stream, prompt=Prompt(())).failure(ConfigurationError)
    assert emulator.requests == []


@both
@pytest.mark.parametrize("address", ["http://127.0.0.1:1/v1", "http://[::1]:1/v1"])
def test_a_host_that_does_not_listen_is_a_connection_error(
    colour: Colour, stream: bool, address: str
) -> None:
    nowhere = resolve("compatible", base_url=address, model="m")
    outcome = ask(colour, nowhere, stream=stream)
    error = outcome.failure(APIConnectionError)
    assert "could not connect to compatible" in str(error)
    assert "base_url" in str(error)
    assert outcome.seconds < 3


def test_an_address_that_no_host_can_have_is_a_configuration_error(colour: Colour) -> None:
    snow = resolve("compatible", base_url="http://\u2603.example/v1", model="m")
    error = ask(colour, snow, stream=False).failure(ConfigurationError)
    assert "the address of compatible cannot be used" in str(error)


def test_a_client_says_which_provider_by_name(
    monkeypatch: pytest.MonkeyPatch, colour: Colour
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-x")
    assert Client().provider.name == "openrouter"
    assert Client("openrouter", timeout=5).timeout is not None
    assert Client("openrouter", retry=AT_ONCE).retry is AT_ONCE


# --- media on its way -----------------------------------------------------------------------------


@both
def test_a_file_is_sent_again_whole_when_the_call_is_tried_again(
    emulator: Emulator, colour: Colour, stream: bool, tmp_path: Path
) -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8000
    (tmp_path / "a.png").write_bytes(data)
    prompt = Prompt((Message("user", (Text("\x00media\x00"), image(tmp_path / "a.png"))),))
    emulator.script(Fault.status(503), Answer(text="seen"))
    assert ask(colour, provider_at(emulator), stream=stream, prompt=prompt).reply.text == "seen"
    first, second = emulator.requests
    assert first.raw == second.raw
    assert second.headers["content-length"] == str(len(second.raw))
    assert "transfer-encoding" not in second.headers
    text, picture = second.body["messages"][0]["content"]
    assert text["text"] == "\x00media\x00"
    assert picture["image_url"]["url"] == f"data:image/png;base64,{b64encode(data).decode()}"


@both
def test_a_file_that_is_gone_by_the_time_it_is_sent_is_a_media_error(
    emulator: Emulator, colour: Colour, stream: bool, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    prompt = Prompt((Message("user", (image(path),)),))
    path.unlink()
    ask(colour, provider_at(emulator), stream=stream, prompt=prompt).failure(MediaError)
    assert emulator.requests == []
    assert ask(colour, provider_at(emulator), stream=stream).reply.text
