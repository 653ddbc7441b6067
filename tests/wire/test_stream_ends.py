"""How a stream ends: finish reasons, usage in all shapes, errors, the end that is missing."""

import json
from typing import Any

import pytest

from seed_core.errors import (
    APIStatusError,
    ContextOverflowError,
    InvalidReplyError,
    RateLimitError,
    SeedError,
    ServerError,
    StreamBrokenError,
)
from seed_core.events import Cost, Usage, collect
from seed_core.providers.openrouter import OPENROUTER
from seed_core.types import Json
from seed_core.wire.chat import ChatWire
from tests.wire.chunks import (
    broken,
    chunk,
    decoder,
    finish_of,
    message,
    read,
    read_well,
    reply,
    sse,
    usage_of,
    whole,
)

USAGE: dict[str, Any] = {
    "prompt_tokens": 12,
    "completion_tokens": 34,
    "total_tokens": 46,
    "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 6},
    "completion_tokens_details": {"reasoning_tokens": 7},
    "cost": 0.25,
    "cost_details": {"upstream_inference_cost": None, "upstream_inference_prompt_cost": 0.1},
}
NO_CHOICE = {"id": "gen-1", "object": "chat.completion.chunk", "choices": []}
EMPTY = {"role": "assistant", "content": ""}


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(chunk(EMPTY, None, usage=USAGE), id="one empty choice with null finish"),
        pytest.param(chunk(EMPTY, "length", usage=USAGE), id="the finish repeated"),
        pytest.param(NO_CHOICE | {"usage": USAGE}, id="no choices"),
        pytest.param({"id": "gen-1", "choices": None, "usage": USAGE}, id="null choices"),
        pytest.param({"id": "gen-1", "usage": USAGE}, id="choices missing"),
    ],
)
def test_usage_after_the_finish_is_read_in_every_shape(last: Json) -> None:
    answer = reply(chunk({"content": "a"}), chunk({}, "length"), last)
    assert (answer.text, finish_of(answer).reason) == ("a", "length")
    assert usage_of(answer) == Usage(12, 34, 7, 5, 6)
    details = {"upstream_inference_prompt_cost": 0.1}
    assert finish_of(answer).cost == Cost(0.25, "reported", details)
    assert finish_of(answer).raw["usage"] == USAGE


def test_usage_on_the_finish_chunk_itself_is_read() -> None:
    answer = reply(chunk({"content": "a"}), chunk({}, "stop", usage=USAGE))
    assert usage_of(answer).output_tokens == 34


def test_usage_beside_an_error_is_not_lost_on_the_way_to_the_error() -> None:
    last = chunk(EMPTY, None, usage=USAGE, error={"code": 502, "message": "gone"})
    _, failure = broken(sse(chunk({"content": "a"}), last))
    assert isinstance(failure, ServerError)
    assert failure.status_code == 502


def test_of_usage_on_every_chunk_the_last_counts() -> None:
    growing = [
        chunk({"content": "x"}, usage={"prompt_tokens": 3, "completion_tokens": n})
        for n in range(1, 5)
    ]
    answer = reply(*growing, chunk({}, "stop", usage=None))
    assert usage_of(answer) == Usage(3, 4)


def test_usage_that_is_not_told_is_none_and_not_zero() -> None:
    answer = reply(chunk({"content": "a"}, "stop"))
    assert finish_of(answer).usage is None
    assert finish_of(answer).cost is None
    answer = reply(chunk({"content": "a"}, "stop", usage={"prompt_tokens": 0, "cost": 0}))
    assert usage_of(answer) == Usage(input_tokens=0)
    assert finish_of(answer).cost == Cost(0.0, "reported")


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": "7", "completion_tokens": True}, Usage()),
        ({"prompt_tokens": 1, "prompt_tokens_details": []}, Usage(1)),
        (
            {"server_tool_use_details": {"web_search_requests": 2, "x": None}},
            {"web_search_requests": 2},
        ),
        ({"tool_usage": {"web_search": 1}}, {"web_search": 1}),
    ],
)
def test_odd_usage_gives_what_can_be_read_of_it(usage: Json, expected: object) -> None:
    read = usage_of(reply(chunk({"content": "a"}, "stop", usage=usage)))
    assert (dict(read.tool_usage) if isinstance(expected, dict) else read) == expected


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        ({"cost": 0.5}, 0.5),
        ({"cost_usd": 1}, 1.0),
        ({"cost": None}, None),
        ({"cost": "0.5"}, None),
        ({"cost": True}, None),
        ([], None),
    ],
)
def test_cost_is_a_number_or_unknown(usage: object, usd: float | None) -> None:
    cost = finish_of(reply(chunk({"content": "a"}, "stop", usage=usage))).cost
    assert (None if cost is None else cost.usd) == usd


def test_null_after_the_finish_does_not_take_it_back() -> None:
    answer = reply(chunk({"content": "a"}, "content_filter"), chunk({"content": ""}, None))
    assert finish_of(answer).reason == "content_filter"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("eos_token", "unknown"),
    ],
)
def test_finish_reasons_map_to_ours_and_keep_the_native_word(said: str, reason: str) -> None:
    assert finish_of(reply(chunk({"content": "a"}, said))).reason == reason
    last = chunk({"content": "a"}, said)
    last["choices"][0]["native_finish_reason"] = "SAID"
    assert finish_of(reply(last)).native_reason == "SAID"
    assert finish_of(reply(chunk({"content": "a"}, said))).native_reason == said


def test_a_first_chunk_without_choices_is_no_answer_yet() -> None:
    first = {"id": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    answer = reply(first, chunk({"content": "a"}), chunk({}, "stop"))
    assert answer.text == "a"
    assert finish_of(answer).raw["prompt_filter_results"] == [{"prompt_index": 0}]


def test_the_top_level_fields_of_a_stream_are_told_at_the_end() -> None:
    fields = {"model": "m", "provider": "Seed", "service_tier": "default"}
    finish = finish_of(reply(chunk({"content": "a"}, **fields), chunk({}, "stop")))
    assert (finish.model, finish.upstream_provider, finish.response_id) == ("m", "Seed", "gen-1")
    assert (finish.provider, finish.raw["service_tier"]) == ("openrouter", "default")
    assert finish.headers["x-generation-id"] == "gen-1"
    assert "choices" not in finish.raw


def test_logprobs_of_all_chunks_are_kept_in_order() -> None:
    def with_logprobs(*tokens: str) -> dict[str, Any]:
        made = chunk({"content": "".join(tokens)})
        entries = [{"token": t, "logprob": -0.5, "top_logprobs": []} for t in tokens]
        made["choices"][0]["logprobs"] = {"content": entries, "refusal": None}
        return made

    finish = finish_of(reply(with_logprobs("a", "b"), with_logprobs("c"), chunk({}, "stop")))
    assert [t["token"] for t in finish.raw["logprobs"]["content"]] == ["a", "b", "c"]


# --- errors ---------------------------------------------------------------------------------------

ERROR = {"code": 429, "message": "Provider returned error", "metadata": {"raw": "slow down"}}


def test_an_error_in_a_whole_reply_without_choices_is_that_error() -> None:
    with pytest.raises(RateLimitError, match="slow down") as caught:
        whole({"error": ERROR, "user_id": "user_1"})
    assert caught.value.status_code == 429


def test_an_error_in_the_choice_of_a_whole_reply_is_that_error() -> None:
    body = message(content="Half an ans")
    body["choices"][0] |= {"finish_reason": "error", "error": ERROR}
    with pytest.raises(RateLimitError) as caught:
        whole(body)
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Half an ans"


@pytest.mark.parametrize("finish", [None, "error"])
@pytest.mark.parametrize("done", [True, False])
def test_an_error_in_mid_stream_is_that_error_after_what_came(
    finish: str | None, done: bool
) -> None:
    error = {"code": 502, "message": "upstream died", "metadata": {"error_type": "server"}}
    last = chunk({"content": ""}, finish, error=error)
    answer, failure = broken(sse(chunk({"content": "Half"}), last, done=done))
    assert answer.text == "Half"
    assert type(failure) is ServerError
    assert "upstream died" in str(failure)
    assert (failure.status_code, failure.code, failure.retryable) == (502, "server", True)


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"code": "server_error", "message": "m"}, ServerError, None),
        ({"code": "429", "message": "m"}, RateLimitError, 429),
        ("just words", ServerError, None),
        (
            {"message": "m", "metadata": {"error_type": "context_length_exceeded"}},
            ContextOverflowError,
            None,
        ),
        ({"code": None, "message": None}, ServerError, None),
        ({"message": "m", "code": "x", "status_code": 404}, APIStatusError, 404),
        (["odd"], ServerError, None),
        (True, ServerError, None),
    ],
)
def test_an_error_chunk_without_choices_is_an_error(
    error: object, kind: type[SeedError], status: int | None
) -> None:
    _, failure = broken(sse({"error": error}))
    assert isinstance(failure, kind)
    assert isinstance(failure, APIStatusError)
    assert failure.status_code == status


def test_a_finish_reason_of_error_alone_is_an_error() -> None:
    answer, failure = broken(sse(chunk({"content": "Half"}), chunk({}, "error")))
    assert (answer.text, answer.finish) == ("Half", None)
    assert isinstance(failure, ServerError)


def test_a_stream_that_ends_before_it_began_is_no_empty_answer() -> None:
    answer, failure = broken(sse(": a comment"))
    assert answer.finish is None
    assert isinstance(failure, InvalidReplyError)


def test_a_second_answer_is_not_mixed_into_the_first() -> None:
    second = chunk({"content": "Other"}, "length")
    second["choices"][0]["index"] = 1
    answer = reply(chunk({"content": "One"}), second, chunk({}, "stop"))
    assert (answer.text, finish_of(answer).reason) == ("One", "stop")


@pytest.mark.parametrize("error", [None, {}, ""])
def test_an_empty_error_field_is_no_error(error: object) -> None:
    assert reply(chunk({"content": "a"}, "stop", error=error)).text == "a"


# --- the end that is missing, and what is not the protocol ----------------------------------------


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b": only a comment\n\n",
        sse(chunk({"content": "a"}), done=False),
        sse(chunk({"content": "a"}), done=False) + b'data: {"choices": [{"del',
        sse(chunk({"content": "a"}), NO_CHOICE | {"usage": USAGE}, done=False),
    ],
)
def test_a_stream_that_stops_without_a_finish_is_broken(stream: bytes) -> None:
    answer, failure = broken(stream)
    assert type(failure) is StreamBrokenError
    assert answer.finish is None


@pytest.mark.parametrize(
    "tail", [b"", b"data: [DO", b"data: [DONE]", b'data: {"choices": [', b": x"]
)
def test_a_stream_whose_finish_has_come_is_whole_whatever_is_left(tail: bytes) -> None:
    events = read_well(sse(chunk({"content": "a"}), chunk({}, "stop"), done=False) + tail)
    assert [type(event).__name__ for event in events] == ["TextDelta", "Finish"]


def test_done_ends_a_stream_that_never_gave_a_reason() -> None:
    assert finish_of(reply(chunk({"content": "a"}))).reason == "unknown"


def test_done_without_a_reason_is_a_broken_stream_where_hosts_always_give_one() -> None:
    events, reading = read([sse(chunk({"content": "half"}))], decoder(needs_reason=True))
    assert collect(events).text == "half"
    assert isinstance(reading.failure, StreamBrokenError)
    assert isinstance(OPENROUTER.wire, ChatWire)
    assert OPENROUTER.wire.needs_reason


@pytest.mark.parametrize(
    "line",
    [
        'event: error\ndata: {"message": "boom", "code": 500}',
        'data: {"object": "error", "message": "boom", "code": 500}',
    ],
)
def test_an_error_without_an_envelope_is_an_error(line: str) -> None:
    answer, failure = broken(sse(chunk({"content": "half"}), line))
    assert answer.text == "half"
    assert isinstance(failure, ServerError)
    assert "boom" in str(failure)


def test_a_whole_reply_in_the_place_of_a_stream_is_that_reply() -> None:
    answer = collect(read_well(json.dumps(message(content="Hi"), indent=1).encode()))
    assert answer.text == "Hi"
    _, failure = broken(json.dumps({"error": ERROR}).encode())
    assert isinstance(failure, RateLimitError)


@pytest.mark.parametrize("body", [{"choices": [{}]}, {"choices": [{"index": 0}], "id": "x"}])
def test_a_whole_reply_without_a_message_is_no_empty_answer(body: dict[str, Any]) -> None:
    if body["choices"][0]:
        body["choices"][0].pop("index")
    with pytest.raises(InvalidReplyError, match="without a message"):
        whole(body)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_call_that_is_cut_off_before_its_arguments_is_not_a_call_without_any(reason: str) -> None:
    start = {"index": 0, "id": "c", "function": {"name": "wipe", "arguments": ""}}
    (cut,) = reply(chunk({"tool_calls": [start]}), chunk({}, reason)).tool_calls
    assert (cut.name, cut.arguments) == ("wipe", "{")
    (made,) = reply(chunk({"tool_calls": [start]}), chunk({}, "tool_calls")).tool_calls
    assert made.arguments == ""


def test_a_call_whose_name_never_comes_is_no_call() -> None:
    start = {"index": 0, "id": "c", "function": {"arguments": "{}"}}
    _, failure = broken(sse(chunk({"tool_calls": [start]}), chunk({}, "tool_calls")))
    assert isinstance(failure, InvalidReplyError)
    assert "without a name" in str(failure)


def test_nothing_after_done_is_read() -> None:
    stream = sse(chunk({"content": "a"}, "stop")) + sse(chunk({"content": "b"}))
    assert "b" not in repr(read_well(stream))


@pytest.mark.parametrize(
    "line",
    ['{"choices": [', "hello", "[1, 2]", "5", "null", '"text"', '{"choices": "x"}'],
)
def test_a_line_that_is_not_a_chunk_is_an_invalid_reply(line: str) -> None:
    answer, failure = broken(sse(chunk({"content": "a"}), f"data: {line}"))
    assert type(failure) is InvalidReplyError
    assert answer.text == "a"
    assert "openrouter sent" in str(failure)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"null",
        b"{}",
        json.dumps({"choices": []}).encode(),
        json.dumps({"choices": None}).encode(),
        json.dumps({"choices": ["x"]}).encode(),
        json.dumps({"choices": {"a": 1}}).encode(),
        json.dumps({"choices": 5}).encode(),
        json.dumps(message(content={"a": 1})).encode(),
        json.dumps({"choices": [{"message": "text"}]}).encode(),
        b'{"choices": [{"message": {"content": "\xff"}}]}',
    ],
)
def test_a_body_that_is_no_chat_completion_is_an_invalid_reply(body: bytes) -> None:
    with pytest.raises(InvalidReplyError, match="openrouter"):
        whole(body)


def test_hidden_reasoning_is_dropped_but_its_state_is_kept() -> None:
    stream = sse(chunk({"reasoning_content": "secret"}), chunk({"content": "a"}, "stop"))
    events, _ = read([stream], decoder(hide=True))
    assert "secret" not in repr(events)
    # That it came is told, since it is billed: a stream that breaks now is not asked for again.
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["ReasoningDelta", "TextDelta", "ReplayState", "Finish"]
