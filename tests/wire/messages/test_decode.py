"""What becomes of each event and block, in a stream and in a whole reply."""

import json
import logging
from typing import Any

import pytest

from seed_core.errors import InvalidReplyError
from seed_core.events import (
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    Reply,
    TextDelta,
    ToolCallDelta,
    collect,
)
from seed_core.flow import Response
from seed_core.types import Json, ToolCall
from seed_core.wire.messages import MessagesWire
from seed_core.wire.messages_reply import decode_messages
from tests.wire.chunks import context
from tests.wire.messages.streams import (
    PING,
    STOP,
    begin,
    blocks_of,
    broken,
    call_block,
    ending,
    finish_of,
    message,
    piece,
    read_well,
    reply,
    sse,
    start,
    stop,
    text_block,
    thought_block,
    whole,
)

URL = {
    "type": "web_search_result_location",
    "url": "https://e.com",
    "title": "E",
    "cited_text": "so it is",
    "encrypted_index": "x",
}
PAGE = {"type": "page_location", "cited_text": "so", "document_index": 0, "start_page_number": 1}


def _streamed(body: Json) -> Reply:
    """A whole reply as the stream that would have brought it."""
    events: list[Json] = [begin(**{**body, "content": [], "stop_reason": None})]
    for index, block in enumerate(body["content"]):
        match block["type"]:
            case "text":
                begun = {"type": "text", "text": ""}
                told = [piece("text", index, text=character) for character in block["text"]]
                cited = [piece("citations", index, citation=c) for c in block.get("citations", ())]
                events += [start(begun, index), *told, *cited, stop(index)]
            case "thinking":
                signature = block["signature"]
                events += thought_block(*block["thinking"], index=index, signature=signature)
            case "tool_use" | "server_tool_use":
                text = json.dumps(block["input"]) if block["input"] else ""
                told = [piece("input_json", index, partial_json=c) for c in ["", *text]]
                events += [start({**block, "input": {}}, index), *told, stop(index)]
            case _:
                events += [start(block, index), stop(index)]
    delta = {name: body[name] for name in ("stop_reason", "stop_details") if name in body}
    last = {"type": "message_delta", "delta": delta, "usage": body["usage"]}
    return reply(*events, last)


@pytest.mark.parametrize(
    "body",
    [
        message(),
        message({"type": "text", "text": "Hi."}),
        message({"type": "text", "text": "It is", "citations": [URL, PAGE]}),
        message(
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "b3Bh"},
            {"type": "text", "text": "Let me look."},
            {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": [1, "é\u2028"]}},
            {"type": "thinking", "thinking": "And?", "signature": "MQ=="},
            {"type": "tool_use", "id": "t2", "name": "wait", "input": {}},
            stop_reason="tool_use",
        ),
        message(
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
            {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"url": "u"}]},
            {"type": "text", "text": "It is", "citations": [URL]},
            stop_reason="pause_turn",
        ),
        message(
            {"type": "text", "text": "I"},
            stop_reason="refusal",
            stop_details={"type": "refusal", "explanation": "Blocked."},
        ),
        message(
            {"type": "tool_use", "id": "t", "name": "n", "input": {}}, stop_reason="max_tokens"
        ),
    ],
)
def test_a_stream_is_the_whole_reply(body: Json) -> None:
    streamed, at_once = _streamed(body), whole(body)
    # The same arguments, written with other blanks.
    assert [_parsed(call) for call in streamed.tool_calls] == [
        _parsed(call) for call in at_once.tool_calls
    ]
    assert _without_calls(streamed) == _without_calls(at_once)


def _parsed(call: ToolCall) -> tuple[str, str, Any]:
    return (
        call.id,
        call.name,
        call.arguments if call.arguments == "{" else json.loads(call.arguments),
    )


def _without_calls(answer: Reply) -> tuple[Any, ...]:
    finish = finish_of(answer)
    raw = {name: value for name, value in finish.raw.items() if name != "role"}
    facts = (finish.reason, finish.native_reason, finish.usage, finish.cost, finish.model, raw)
    kept = (answer.text, answer.reasoning, answer.refusal, answer.citations, answer.state)
    return (*kept, *facts, finish.response_id)


def test_each_piece_is_an_event_of_its_own() -> None:
    events = read_well(
        sse(
            begin(),
            PING,
            *thought_block("Hm", ".", index=0),
            *text_block("Let me", " look", index=1),
            PING,
            *call_block("", '{"a"', ": 1}", index=2),
            ending("tool_use"),
            STOP,
        )
    )
    assert events[:-2] == [
        ReasoningDelta("Hm"),
        ReasoningDelta("."),
        TextDelta("Let me"),
        TextDelta(" look"),
        ToolCallDelta(0, "", "toolu_1", "look"),
        ToolCallDelta(0, '{"a"'),
        ToolCallDelta(0, ": 1}"),
    ]
    assert isinstance(events[-1], Finish)


def test_the_finish_says_who_answered() -> None:
    last = ending("stop_sequence", service_tier=None)
    answer = reply(begin(service_tier="standard"), *text_block("Hi."), last)
    finish = finish_of(answer)
    assert (finish.provider, finish.model, finish.response_id) == ("host", "m", "msg_1")
    assert finish.request_id == "req_1"
    assert finish.native_reason == "stop_sequence"
    assert finish.raw["service_tier"] == "standard"
    assert finish.raw["usage"] == {"input_tokens": 5, "output_tokens": 9}
    assert not {"content", "type"} & set(finish.raw)


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("pause_turn", "unknown"),
        ("something_new", "unknown"),
    ],
)
def test_why_it_stopped(native: str, reason: str) -> None:
    told = (*text_block("Hi."), ending(native))
    assert finish_of(reply(*told)).reason == reason
    assert finish_of(reply(*told)).native_reason == native
    body = message({"type": "text", "text": "Hi."}, stop_reason=native)
    assert finish_of(whole(body)).reason == reason


@pytest.mark.parametrize("native", ["end_turn", "pause_turn", "odd"])
def test_calls_are_a_reason_of_their_own(native: str) -> None:
    assert finish_of(reply(*call_block("{}"), ending(native))).reason == "tool_calls"


def test_an_end_without_a_reason_is_unknown() -> None:
    finish = finish_of(reply(*text_block("Hi."), ending(None)))
    assert (finish.reason, finish.native_reason) == ("unknown", None)


@pytest.mark.parametrize("details", [None, {}, {"explanation": None}, {"explanation": 5}, "no"])
def test_a_refusal_without_words(details: object) -> None:
    answer = reply(ending("refusal", stop_details=details))
    assert (answer.refusal, finish_of(answer).reason) == ("", "content_filter")


def test_words_are_a_refusal_only_if_it_refused() -> None:
    assert reply(ending("end_turn", stop_details={"explanation": "No."})).refusal == ""


# --- calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "events",
    [
        call_block(""),
        call_block(),
        [start({"type": "tool_use", "id": "toolu_1", "name": "look"})],
        [start({"type": "tool_use", "id": "toolu_1", "name": "look", "input": None}), stop()],
    ],
)
def test_no_arguments_are_an_empty_object(events: list[Json]) -> None:
    assert reply(*events).tool_calls == (ToolCall("toolu_1", "look", "{}"),)


@pytest.mark.parametrize("ended", [[stop()], []])
@pytest.mark.parametrize("given", [{"at": 1}, '{"at":1}'])
def test_an_input_may_come_with_the_beginning(given: object, ended: list[Json]) -> None:
    begun = start({"type": "tool_use", "id": "t", "name": "look", "input": given})
    assert reply(begun, *ended).tool_calls == (ToolCall("t", "look", '{"at":1}'),)


def test_pieces_replace_an_input_that_came_with_the_beginning() -> None:
    begun = start({"type": "tool_use", "id": "t", "name": "look", "input": {"at": 0}})
    answer = reply(begun, piece("input_json", partial_json='{"at": 1}'), stop(), stop())
    assert answer.tool_calls == (ToolCall("t", "look", '{"at": 1}'),)


def test_calls_count_from_0_whatever_their_blocks() -> None:
    answer = reply(
        *thought_block("Hm.", index=0),
        *call_block("{}", index=1, ident="a"),
        *call_block("{}", index=1, ident="b"),
        *call_block("{}", index=7, ident="c"),
    )
    assert [call.id for call in answer.tool_calls] == ["a", "b", "c"]


def test_a_call_without_an_id_gets_one() -> None:
    [call] = reply(start({"type": "tool_use", "name": "look"})).tool_calls
    assert call.id.startswith("call_")
    assert len(call.id) == 29


def test_a_call_without_a_name_is_no_call() -> None:
    _, failure = broken(begin(), start({"type": "tool_use", "id": "t"}), ending(), STOP)
    assert isinstance(failure, InvalidReplyError)
    with pytest.raises(InvalidReplyError, match="without a name"):
        whole(message({"type": "tool_use", "id": "t", "name": None, "input": {}}))


@pytest.mark.parametrize("native", ["max_tokens", "model_context_window_exceeded", "refusal"])
@pytest.mark.parametrize("pieces", [(), ("",), ('{"at',)])
def test_a_call_that_was_cut_off_is_invalid(native: str, pieces: tuple[str, ...]) -> None:
    answer = reply(*call_block(*pieces), ending(native))
    [call] = answer.tool_calls
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.arguments)
    if not any(pieces):
        block = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
        assert whole(message(block, stop_reason=native)).tool_calls == answer.tool_calls


# --- reasoning and state --------------------------------------------------------------------------


def test_thoughts_of_two_blocks_are_parted_by_a_blank_line() -> None:
    answer = reply(
        *thought_block("One", ".", index=0),
        *thought_block(index=1),
        *call_block("{}", index=2),
        *thought_block("Two", ".", index=3),
    )
    assert answer.reasoning == "One.\n\nTwo."


def test_state_is_all_blocks_as_they_came() -> None:
    sealed = {"type": "redacted_thinking", "data": "b3Bh"}
    answer = reply(
        *thought_block("Hm", ".", index=0),
        start(sealed, 1),
        stop(1),
        *text_block("Let me", " look.", index=2),
        *call_block('{"a": ', "1}", index=3),
    )
    assert blocks_of(answer) == [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        sealed,
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"a": 1}},
    ]


def test_there_is_no_state_where_text_and_calls_say_it_all() -> None:
    assert reply(*text_block("Hi.", index=0), *call_block("{}", index=1)).state is None
    assert whole(message({"type": "text", "text": "Hi."})).state is None


def test_hidden_reasoning_keeps_its_state() -> None:
    stream = sse(begin(), *thought_block("Hm."), *text_block("Hi.", index=1), ending(), STOP)
    answer = collect(read_well(stream, hide=True))
    assert (answer.reasoning, answer.text) == ("", "Hi.")
    assert blocks_of(answer)[0]["thinking"] == "Hm."


def test_text_may_come_with_the_beginning_of_its_block() -> None:
    answer = reply(
        start({"type": "thinking", "thinking": "H", "signature": "a"}, 0),
        piece("thinking", 0, thinking="m."),
        piece("signature", 0, signature="b"),
        start({"type": "text", "text": "H"}, 1),
        piece("text", 1, text="i."),
    )
    assert (answer.reasoning, answer.text) == ("Hm.", "Hi.")
    assert blocks_of(answer)[0] == {"type": "thinking", "thinking": "Hm.", "signature": "ab"}


def test_tools_of_the_host_are_kept_and_are_no_calls() -> None:
    begun = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
    answer = reply(
        start(begun, 0),
        piece("input_json", 0, partial_json='{"query": "q"}'),
        stop(0),
        start(found, 1),
        stop(1),
        *text_block("It is.", index=2),
    )
    assert answer.tool_calls == ()
    assert finish_of(answer).reason == "stop"
    assert blocks_of(answer)[:2] == [{**begun, "input": {"query": "q"}}, found]


def test_blocks_may_come_with_the_message() -> None:
    use = {"type": "tool_use", "id": "t", "name": "look", "input": {"at": 1}}
    # As it was seen: nothing but the start and the end.
    answer = collect(read_well(sse(begin(content=[use], stop_reason="tool_use"), STOP)))
    assert answer.tool_calls == (ToolCall("t", "look", '{"at":1}'),)
    assert finish_of(answer).native_reason == "tool_use"


# --- citations ------------------------------------------------------------------------------------


def test_a_citation_is_a_source_with_an_address() -> None:
    source = {"type": "search_result_location", "source": "https://own.com", "cited_text": None}
    no_address = {"type": "search_result_location", "source": "", "url": None}
    citations = [URL, PAGE, source, no_address, None, "odd", {}]
    told = [piece("citations", citation=citation) for citation in citations]
    answer = reply(start({"type": "text", "text": "It is."}), *told)
    assert answer.citations == (
        Citation("https://e.com", "E", "so it is"),
        Citation("https://own.com"),
    )
    body = message({"type": "text", "text": "It is.", "citations": citations})
    assert whole(body).citations == answer.citations


def test_citations_are_kept_in_the_state() -> None:
    begun = {"type": "text", "text": "It is.", "citations": None}
    sealed = {"type": "redacted_thinking", "data": "b3Bh"}
    answer = reply(start(sealed, 0), start(begun, 1), piece("citations", 1, citation=URL))
    assert blocks_of(answer)[1]["citations"] == [URL]
    more = {**begun, "citations": [PAGE]}
    answer = reply(start(sealed, 0), start(more, 1), piece("citations", 1, citation=URL))
    assert blocks_of(answer)[1]["citations"] == [PAGE, URL]


def test_the_wire_decodes() -> None:
    data = json.dumps(message({"type": "text", "text": "Hi."})).encode()
    response = Response(200, {}, data)
    events: list[Event] = MessagesWire().decode(response, context())
    assert events == decode_messages(response, context())
    assert collect(events).text == "Hi."


def test_a_silence_at_the_limit_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "seed_core"):
        reply(*thought_block("Hm."), ending("max_tokens"))
        assert "raise max_tokens" in caplog.text
        caplog.clear()
        reply(*text_block("Hi."), ending("max_tokens"))
        reply(*call_block('{"a'), ending("max_tokens"))
        reply(*thought_block("Hm."), ending("end_turn"))
        assert caplog.text == ""
