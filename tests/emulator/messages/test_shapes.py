"""How answers are written in Anthropic's form: whole, and as events."""

import pytest

from seed_core.emulator import Answer, Raw, ToolUse
from tests.emulator.messages.asking import THINKING

FULL = Answer(
    text="Two parts.",
    reasoning="Hm, well.",
    tool_calls=[ToolUse("f", '{"a": [1, 2]}'), ToolUse("g")],
    piece=6,
    comments=0,
)
CITATION = {"type": "url_citation", "url_citation": {"url": "https://x.y", "title": "T"}}


def kinds(events):
    """The types of events, of their blocks and their deltas."""
    return [
        " ".join(
            [
                event["type"],
                *(
                    event[key]["type"]
                    for key in ("content_block", "delta")
                    if "type" in event.get(key, {})
                ),
            ]
        )
        for event in events
    ]


def test_whole(ask, emulator):
    emulator.script(FULL)
    response = ask.post(thinking=THINKING)
    body = response.json()
    assert response.headers["x-generation-id"] == body["id"]
    assert (body["type"], body["role"], body["stop_reason"]) == ("message", "assistant", "tool_use")
    assert body["stop_sequence"] is None
    thought, said, f, g = body["content"]
    assert thought["thinking"] == "Hm, well."
    assert thought["signature"]
    assert said == {"type": "text", "text": "Two parts."}
    assert f == {"type": "tool_use", "id": f["id"], "name": "f", "input": {"a": [1, 2]}}
    assert g["input"] == {}
    assert len({f["id"], g["id"]}) == 2


def test_the_sequence_of_events(ask, emulator):
    emulator.script(FULL, FULL)
    whole, events = ask.message(), ask.events()
    assert kinds(events) == [
        "message_start",
        "content_block_start thinking",
        "ping",
        "content_block_delta thinking_delta",
        "content_block_delta thinking_delta",
        "content_block_delta signature_delta",
        "content_block_stop",
        "content_block_start text",
        "content_block_delta text_delta",
        "content_block_delta text_delta",
        "content_block_stop",
        "content_block_start tool_use",
        "content_block_delta input_json_delta",
        "content_block_delta input_json_delta",
        "content_block_delta input_json_delta",
        "content_block_delta input_json_delta",
        "content_block_stop",
        "content_block_start tool_use",
        "content_block_delta input_json_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    indexes = [event["index"] for event in events if "index" in event]
    assert indexes == sorted(indexes)
    start = events[0]["message"]
    assert (start["content"], start["stop_reason"]) == ([], None)
    assert events[1]["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
    pieces = [event["delta"] for event in events if "delta" in event]
    told = "".join(piece.get("partial_json", "") for piece in pieces)
    assert told == '{"a": [1, 2]}'
    signature = next(piece["signature"] for piece in pieces if "signature" in piece)
    assert signature == whole["content"][0]["signature"]
    # An empty fragment comes first, and is all of a call without arguments.
    fragments = [p["partial_json"] for p in pieces if p.get("type") == "input_json_delta"]
    assert (fragments[0], fragments[-1]) == ("", "")


def test_usage_is_told_at_both_ends(ask, emulator):
    emulator.script(FULL, FULL)
    whole, events = ask.message()["usage"], ask.events()
    start, last = events[0]["message"]["usage"], events[-2]["usage"]
    assert start["output_tokens"] == 1
    assert (
        last["output_tokens"]
        == whole["output_tokens"]
        > last["output_tokens_details"]["thinking_tokens"]
        > 0
    )
    assert start["input_tokens"] == last["input_tokens"] == whole["input_tokens"] > 0
    assert "cost" not in start
    assert last["cost"] == whole["cost"] > 0


def test_usage_as_scripted(ask, emulator):
    emulator.script(
        Answer(text="a", usage={"output_tokens": 9, "cost": ...}),
        Answer(text="a", cost=1.5),
        Answer(text="a", usage_shape=0),
    )
    usage = ask.message()["usage"]
    assert usage["output_tokens"] == 9
    assert "cost" not in usage
    assert ask.message()["usage"]["cost"] == 1.5
    events = ask.events()
    assert "usage" not in events[0]["message"]
    assert "usage" not in events[-2]


def test_padding_keep_alives_and_the_end(ask, emulator):
    emulator.script(Answer(text="a", comments=1))
    wire = ask.post(stream=True).text
    assert wire.startswith(": OPENROUTER PROCESSING\n\nevent: message_start\ndata: {")
    assert wire.endswith('event: message_stop\ndata: {"type":"message_stop"}    \n\n')
    assert "[DONE]" not in wire


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(text="a"), "end_turn"),
        (Answer(text="a", finish="stop"), "end_turn"),
        (Answer(text="a", finish="length"), "max_tokens"),
        (Answer(tool_calls=[ToolUse("f")]), "tool_use"),
        (Answer(text="a", finish="tool_calls"), "tool_use"),
        (Answer(text="a", finish="content_filter"), "refusal"),
        (Answer(refusal="No."), "refusal"),
        (Answer(text="a", finish="pause_turn"), "pause_turn"),
        (Answer(text="a", finish=None), None),
    ],
)
def test_stop_reasons(ask, emulator, answer, reason):
    emulator.script(answer, answer)
    assert ask.message()["stop_reason"] == reason
    events = ask.events()
    assert [e["delta"]["stop_reason"] for e in events if e["type"] == "message_delta"] == [reason]


def test_a_scripted_stop_sequence_is_the_first_of_the_request(ask, emulator):
    stopped = Answer(text="a", finish="stop_sequence")
    emulator.script(stopped, stopped)
    assert ask.message(stop_sequences=["x", "y"])["stop_sequence"] == "x"
    assert ask.message()["stop_sequence"] is None


def test_a_refusal_has_no_content(ask, emulator):
    emulator.script(Answer(refusal="No."), Answer(refusal="No."))
    message = ask.message()
    assert message["content"] == []
    assert message["stop_details"]["explanation"] == "No."
    start, last, stop = ask.events()
    assert [start["type"], stop["type"]] == ["message_start", "message_stop"]
    assert last["delta"]["stop_details"]["type"] == "refusal"


def test_thinking_of_all_sorts(ask, emulator):
    scripted = Answer(
        text="a",
        reasoning_details=[
            {"type": "reasoning.text", "text": "Hm.", "signature": "EqEE"},
            [{"type": "reasoning.summary", "summary": "Sum."}],
            {"type": "reasoning.encrypted", "data": "secret"},
            {"type": "thinking", "thinking": "Native."},
            {"type": "new_block", "x": 1},
        ],
    )
    emulator.script(scripted, scripted)
    first, second, third, fourth, fifth, _ = ask.message()["content"]
    assert first == {"type": "thinking", "thinking": "Hm.", "signature": "EqEE"}
    assert second["thinking"] == "Sum."
    assert second["signature"] not in {"", "EqEE"}
    assert third == {"type": "redacted_thinking", "data": "secret"}
    assert fourth["thinking"] == "Native."
    assert fifth == {"type": "new_block", "x": 1}
    starts = [e["content_block"] for e in ask.events() if e["type"] == "content_block_start"]
    # It arrives whole, and so does what has no pieces.
    assert starts[2] == third
    assert starts[4] == fifth


def test_omitted_thinking_is_still_signed(ask, emulator):
    emulator.script(Answer(text="a", reasoning="Hm."))
    events = ask.events(thinking={"type": "adaptive", "display": "omitted"})
    assert kinds(events)[1:5] == [
        "content_block_start thinking",
        "ping",
        "content_block_delta signature_delta",
        "content_block_stop",
    ]


def test_citations(ask, emulator):
    native = {"type": "char_location", "cited_text": "x", "document_index": 0}
    cited = Answer(text="a", annotations=[CITATION, native, {"type": "file", "file": {}}])
    emulator.script(cited, cited)
    (said,) = ask.message()["content"]
    assert said["citations"][0]["type"] == "web_search_result_location"
    assert said["citations"][0]["url"] == "https://x.y"
    assert said["citations"][1:] == [native]
    events = ask.events()
    assert kinds(events)[3:6] == [
        "content_block_delta text_delta",
        "content_block_delta citations_delta",
        "content_block_delta citations_delta",
    ]
    assert [e["delta"]["citation"] for e in events[4:6]] == said["citations"]
    assert events[1]["content_block"]["citations"] == []


def test_arguments_as_scripted(ask, emulator):
    answer = Answer(
        tool_calls=[ToolUse("f", '{"a": ', id="x"), ToolUse("g", "[]"), ToolUse("h", "")]
    )
    emulator.script(answer, answer)
    f, g, h = ask.message()["content"]
    assert (f["id"], f["input"], g["input"], h["input"]) == ("x", {}, [], {})
    told = [e["delta"]["partial_json"] for e in ask.events() if e["type"] == "content_block_delta"]
    assert "".join(told) == '{"a": []'


def test_an_answer_may_be_repeated_cut_or_raw(ask, emulator):
    emulator.script(
        Answer(text="a", repeat_finish=True),
        Answer(text="a", done=False),
        Answer(text="a", model="other"),
        Raw(body=b"event: ping\n\n"),
    )
    assert [e["type"] for e in ask.events()[-3:]] == ["message_delta"] * 2 + ["message_stop"]
    assert ask.events()[-1]["type"] == "message_delta"
    assert ask.message()["model"] == "other"
    raw = ask.post(stream=True)
    assert (raw.text, raw.headers["content-type"]) == ("event: ping\n\n", "text/event-stream")
