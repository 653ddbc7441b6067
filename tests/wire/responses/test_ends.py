"""How an answer ends: statuses, usage, errors in all forms, the end that is missing."""

import logging
from typing import Any

import pytest

from seed_core.errors import (
    APIStatusError,
    ContextOverflowError,
    InsufficientCreditError,
    InvalidReplyError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from seed_core.events import Cost, Usage, collect
from seed_core.flow import Response
from seed_core.types import ToolCall
from seed_core.wire.responses import ResponsesWire
from tests.wire.chunks import context, finish_of, usage_of
from tests.wire.responses.stream import (
    CREATED,
    USAGE,
    both,
    broken,
    call,
    completed,
    decoder,
    event,
    events_of,
    raw_thought,
    read,
    read_well,
    reply,
    response,
    said,
    sse,
    streamed,
    thought,
    whole,
)

ERROR = {"code": "server_error", "message": "it broke"}


def incomplete(*output: Any, reason: str | None = "max_output_tokens") -> dict[str, Any]:
    """The last event of a stream that was cut by the host."""
    details = None if reason is None else {"reason": reason}
    body = response(*output, status="incomplete", incomplete_details=details)
    return event("incomplete", response=body)


# --- reasons --------------------------------------------------------------------------------------


def test_a_completed_answer_stops_or_calls() -> None:
    assert finish_of(both(said("Hi"))).reason == "stop"
    assert finish_of(both(said("Hi"))).native_reason == "completed"
    assert finish_of(both(said("Hi"), call())).reason == "tool_calls"


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("max_output_tokens", "length"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("weather", "length"),
        (None, "length"),
    ],
)
def test_an_incomplete_answer_says_why(native: str | None, reason: str) -> None:
    ends = incomplete(said("Hi"), call("{}"), reason=native)
    answer = reply(CREATED, *events_of(said("Hi"), call("{}")), ends)
    assert finish_of(answer).reason == reason
    assert finish_of(answer).native_reason == (native or "incomplete")
    assert whole(ends["response"]) == answer


def test_a_status_that_is_not_told_is_that_of_the_event() -> None:
    for kind, reason in (("completed", "stop"), ("incomplete", "length")):
        ends = event(kind, response={"output": [said("Hi")]})
        assert finish_of(reply(CREATED, ends)).reason == reason
    assert finish_of(reply(CREATED, event("completed", response=None))).reason == "stop"
    assert finish_of(whole({"output": [said("Hi")]})).reason == "stop"


def test_the_status_of_the_response_goes_before_its_event() -> None:
    ends = event("completed", response=incomplete()["response"])
    assert finish_of(reply(CREATED, ends)).reason == "length"


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter", None])
def test_a_call_that_was_cut_off_before_its_arguments_is_invalid(reason: str | None) -> None:
    items = (call('{"a"'), call("", "call_2", "g"))
    answer = reply(CREATED, *events_of(*items), incomplete(*items, reason=reason))
    assert answer.tool_calls == (ToolCall("call_1", "f", '{"a"'), ToolCall("call_2", "g", "{"))
    begun = next(events_of(call()))
    cut = reply(CREATED, begun, incomplete(reason=reason))
    assert cut.tool_calls == (ToolCall("call_1", "f", "{"),)


def test_an_answer_of_reasoning_alone_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="seed_core"):
        reply(CREATED, *events_of(thought("Hm")), incomplete(thought("Hm")))
    assert "the answer is empty because the limit on tokens was reached" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="seed_core"):
        reply(CREATED, *events_of(said("Hi")), incomplete())
        reply(CREATED, *events_of(call()), incomplete())
        reply(CREATED, *events_of(thought("Hm")), incomplete(reason="content_filter"))
        reply(CREATED, completed())
    assert not caplog.text


@pytest.mark.parametrize("status", ["queued", "in_progress", "cancelled"])
def test_an_answer_that_is_not_finished_is_an_error_that_says_so(status: str) -> None:
    ends = event("completed", response=response(said("Hi"), status=status))
    partial, error = broken(sse(CREATED, *events_of(said("Hi")), ends))
    assert type(error) is InvalidReplyError
    assert f"with status {status!r}" in str(error)
    assert partial.text == "Hi"
    with pytest.raises(InvalidReplyError, match=status):
        whole(ends["response"])


def test_a_cancelled_stream_is_not_finished() -> None:
    _, error = broken(sse(CREATED, event("cancelled", response={"id": "resp_1"})))
    assert "with status 'cancelled'" in str(error)


# --- usage and other fields -----------------------------------------------------------------------


def test_usage_and_cost_are_read() -> None:
    usage = USAGE | {"cost": 0.25, "cost_details": {"upstream_inference_cost": 0.1}}
    answer = both(said("Hi"), usage=usage)
    assert usage_of(answer) == Usage(12, 34, 7, 5, 6)
    assert finish_of(answer).cost == Cost(0.25, "reported", {"upstream_inference_cost": 0.1})


@pytest.mark.parametrize("name", ["tool_usage", "server_tool_use_details"])
def test_the_use_of_tools_is_counted(name: str) -> None:
    usage = USAGE | {name: {"web_search": 2, "mcp": None}, "cost_usd": 1}
    answer = both(said("Hi"), usage=usage)
    assert usage_of(answer).tool_usage == {"web_search": 2}
    assert finish_of(answer).cost == Cost(1.0, "reported")


def test_what_is_not_told_is_not_zero() -> None:
    assert finish_of(both(said("Hi"))).usage is None
    assert usage_of(both(said("Hi"), usage={"input_tokens": None})) == Usage()
    assert finish_of(both(said("Hi"), usage=USAGE)).cost is None


def test_the_finish_has_the_hosts_own_fields() -> None:
    answer = both(said("Hi"), usage=USAGE, service_tier="flex", provider="Seed")
    finish = finish_of(answer)
    assert (finish.provider, finish.model, finish.response_id) == ("openrouter", "seed", "resp_1")
    assert finish.upstream_provider == "Seed"
    assert finish.request_id == "gen-1"
    assert finish.raw == {
        "id": "resp_1",
        "model": "seed",
        "status": "completed",
        "usage": USAGE,
        "service_tier": "flex",
        "provider": "Seed",
    }


# --- errors ---------------------------------------------------------------------------------------

OVERFLOW = {"code": "context_length_exceeded", "message": "too long"}
LIMITED = {"code": 429, "message": "slow down"}


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        ({"type": "error", "error": OVERFLOW}, ContextOverflowError),
        ({"type": "error", **OVERFLOW, "param": None}, ContextOverflowError),
        ({"type": "error", "error": {"type": "error", "message": "it broke"}}, ServerError),
        ({"type": "error", "code": None, "message": "it broke"}, ServerError),
        (event("error", error=LIMITED), RateLimitError),
        (event("error", **LIMITED), RateLimitError),
        ({"type": "response_error", "error": LIMITED}, RateLimitError),
        ({"error": LIMITED}, RateLimitError),
        (event("failed", response=response(status="failed", error=OVERFLOW)), ContextOverflowError),
        (event("failed", response={"error": "it broke"}), ServerError),
        (event("failed", response={}), ServerError),
        (event("failed"), ServerError),
        (event("completed", response=response(error=ERROR)), ServerError),
        (
            event("failed", response=response(error=ERROR, error_type="rate_limit_exceeded")),
            RateLimitError,
        ),
        ('event: error\ndata: {"code": 429, "message": "slow down"}', RateLimitError),
        ('event: error\ndata: {"type": "error", "message": "it broke"}', ServerError),
    ],
)
def test_an_error_in_a_stream_is_that_error(ends: Any, kind: type[APIStatusError]) -> None:
    partial, error = broken(sse(CREATED, *events_of(said("Hi")), ends, completed(said("Hi"))))
    assert type(error) is kind
    assert partial.text == "Hi"
    assert partial.finish is None
    if "message" in str(ends):
        assert any(words in str(error) for words in ("too long", "it broke", "slow down"))
        assert isinstance(error, APIStatusError)
        assert error.code != "error"


def test_the_first_error_counts() -> None:
    """OpenAI sends an `error` and then `response.failed`."""
    first = {"type": "error", "error": {"code": "insufficient_quota", "message": "pay"}}
    _, error = broken(sse(CREATED, first, event("failed", response={"error": ERROR})))
    assert type(error) is InsufficientCreditError


def test_a_failure_without_words_says_so() -> None:
    _, error = broken(sse(CREATED, event("failed", response={"status": "failed", "error": None})))
    assert "the host does not say why" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"error": OVERFLOW},
        response(said("Hi"), status="failed", error=OVERFLOW),
        {"status": "failed", "error": ERROR, "error_type": "context_length_exceeded"},
    ],
)
def test_an_error_in_a_whole_reply_is_that_error(body: Any) -> None:
    with pytest.raises(ContextOverflowError):
        whole(body)
    with pytest.raises(ServerError, match="does not say why"):
        whole(response(status="failed"))


def test_a_whole_reply_in_the_place_of_a_stream_is_read() -> None:
    body = sse(response(said("Hi"), call("[1]"))).removeprefix(b"data: ")
    assert collect(read_well(body)) == both(said("Hi"), call("[1]"))
    _, error = broken(sse({"error": OVERFLOW}).removeprefix(b"data: "))
    assert type(error) is ContextOverflowError
    _, error = broken(b'{"id": "resp_1"}')
    assert type(error) is InvalidReplyError


# --- the end that is missing ----------------------------------------------------------------------


@pytest.mark.parametrize("done", [False, True])
def test_a_stream_that_just_stops_is_broken_even_after_all_its_items(done: bool) -> None:
    partial, error = broken(sse(CREATED, *events_of(said("Hi")), done=done))
    assert type(error) is StreamBrokenError
    assert partial.text == "Hi"


@pytest.mark.parametrize("stream", [b"", b": keep-alive\n\n", sse({"type": "ping"})])
def test_a_stream_of_nothing_is_broken(stream: bytes) -> None:
    _, error = broken(stream)
    assert type(error) is StreamBrokenError


def test_an_end_mark_without_a_beginning_is_no_answer() -> None:
    _, error = broken(sse(done=True))
    assert type(error) is InvalidReplyError


def test_no_part_of_a_stream_looks_like_the_whole() -> None:
    items = (thought("Why", encrypted_content="g"), raw_thought("raw"), said("Hi"), call('{"a":1}'))
    stream = streamed(*items, usage=USAGE)
    complete = collect(read_well(stream))
    last = stream.rindex(b"}")
    for end in range(len(stream)):
        events, reading = read([stream[:end]])
        if end > last:  # only line ends are missing
            assert collect(events) == complete
            continue
        assert isinstance(reading.failure, SeedError)
        assert not reading.done
        assert collect(events).finish is None


def test_nothing_is_read_after_the_end() -> None:
    reading = decoder()
    stream = streamed(said("Hi"))
    assert collect(reading.feed(stream + stream)).text == "Hi"
    assert reading.feed(stream) == []
    assert reading.end() == []
    assert reading.done


def test_an_answer_may_be_ended_on_this_side() -> None:
    reading = decoder()
    events = reading.feed(sse(CREATED, *events_of(thought("Why"), said("Hi"))))
    answer = collect(events + reading.cut())
    assert (answer.text, finish_of(answer).reason) == ("Hi", "stop")
    assert finish_of(answer).native_reason is None
    assert finish_of(answer).model == "seed"


def test_the_wire_makes_a_fresh_decoder_each_time_and_reads_whole_answers() -> None:
    wire = ResponsesWire()
    fresh = wire.decoder(context())
    assert fresh({}) is not fresh({})
    reading = fresh({})
    assert collect(reading.feed(streamed(said("Hi")))).text == "Hi"
    data = sse(response(said("Hi"))).removeprefix(b"data: ")
    assert collect(wire.decode(Response(200, {}, data), context())).text == "Hi"
