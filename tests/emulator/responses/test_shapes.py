"""How an answer is written: items, statuses, the order and the keys of events."""

import json
from collections import defaultdict

from seed_core.emulator import Answer, ToolUse
from seed_core.emulator.responses import without_empty
from tests.emulator.responses.conftest import WEATHER

TALK = Answer(text="Hello there.", reasoning="A greeting.", piece=5)
CITED = {
    "type": "url_citation",
    "url_citation": {"url": "https://a", "title": "A", "start_index": 0, "end_index": 5},
}
FLAT = {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 0, "end_index": 5}


def kinds(events):
    return [event["type"].removeprefix("response.") for event in events]


def squeezed(events):
    """The types in order, deltas of one kind only once."""
    told = kinds(events)
    return [
        kind
        for number, kind in enumerate(told)
        if not kind.endswith("delta") or kind != told[number - 1]
    ]


def test_the_order_of_events(face):
    answer = Answer(text="Hi.", reasoning="Hm.", tool_calls=[ToolUse("f", '{"a": 1}')])
    assert squeezed(face().events("Hello", answer)) == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


def test_the_order_of_events_at_openrouter(respond, emulator):
    emulator.script(TALK)
    told = squeezed(respond.events())
    assert told[2:5] == ["output_item.added", "content_part.added", "reasoning_text.delta"]
    # The raw thought is done only when the message is.
    assert told[-5:] == [
        "output_item.done",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_the_sequence_is_numbered(respond):
    events = respond.events()
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_pieces_add_up_to_what_is_done(respond, emulator):
    emulator.script(
        Answer(
            text="Grüße 😀 an alle.",
            reasoning="Hm. " * 9,
            refusal="Not that.",
            tool_calls=[ToolUse("f", '{"a": "ü"}'), ToolUse("g", "")],
            piece=3,
        )
    )
    events = respond.events()
    grown: dict[tuple[int, int], str] = defaultdict(str)
    done = {}
    for event in events:
        place = (event.get("output_index"), event.get("content_index"))
        if event["type"].endswith(".delta"):
            grown[place] += event["delta"]
        for field in ("text", "refusal", "arguments"):
            if event["type"].endswith(f"{field}.done"):
                done[place] = event[field]
    assert grown == {place: text for place, text in done.items() if text}
    assert list(done.values()) == [
        "Grüße 😀 an alle.",
        "Not that.",
        '{"a": "ü"}',
        "",
        "Hm. " * 9,
    ]
    # The items that are done are the output of the last event, in order.
    items = {e["output_index"]: e["item"] for e in events if e["type"].endswith("item.done")}
    assert [items[index] for index in sorted(items)] == events[-1]["response"]["output"]


def test_a_stream_ends_with_what_a_whole_reply_is(respond, emulator):
    emulator.script(TALK, TALK)
    whole, last = respond.whole(), respond.events()[-1]["response"]

    def bare(value):
        if isinstance(value, dict):
            varying = {"id", "created_at", "completed_at"}
            return {key: bare(item) for key, item in value.items() if key not in varying}
        return [bare(item) for item in value] if isinstance(value, list) else value

    assert bare(whole) == bare(last)
    assert whole["id"] != last["id"]


def test_a_refusal(respond, emulator):
    emulator.script(Answer(refusal="I cannot."), Answer(refusal="I cannot.", text="Well."))
    (part,) = respond.items()["message"]["content"]
    assert part == {"type": "refusal", "refusal": "I cannot."}
    events = respond.events()
    assert [event["part"]["type"] for event in events if "part" in event] == [
        "output_text",
        "output_text",
        "refusal",
        "refusal",
    ]
    assert {"refusal.delta", "refusal.done"} <= set(kinds(events))


def test_citations(respond, emulator):
    answer = Answer(text="See A.", annotations=[CITED, FLAT])
    emulator.script(answer, answer)
    (part,) = respond.items()["message"]["content"]
    assert part["annotations"] == [FLAT, FLAT]
    events = respond.events()
    added = [event for event in events if event["type"].endswith("annotation.added")]
    assert [(event["annotation_index"], event["annotation"]) for event in added] == [
        (0, FLAT),
        (1, FLAT),
    ]
    (opened, closed) = [event["part"] for event in events if "part" in event]
    assert (opened["annotations"], opened["text"]) == ([], "")
    assert closed["annotations"] == [FLAT, FLAT]


def test_a_search_is_only_cited_at_openrouter(respond):
    hosted = {"tools": [{"type": "openrouter:web_search"}]}
    whole = respond.whole(**hosted)
    assert [item["type"] for item in whole["output"]] == ["reasoning", "message"]
    assert whole["output"][-1]["content"][0]["annotations"][0]["type"] == "url_citation"
    assert whole["usage"]["server_tool_use_details"]["web_search_requests"] == 1
    for way in ({"plugins": [{"id": "web"}]}, {"model": "bytedance-seed/seed-2.0-mini:online"}):
        assert respond.items(**way)["message"]["content"][0]["annotations"]


def test_a_search_that_is_shown(face):
    ark = face(server_tools=frozenset({"web_search"}))
    events = ark.events("Who won?", tools=[{"type": "web_search"}])
    steps = [kind for kind in kinds(events) if kind.startswith("web_search")]
    assert steps == [
        "web_search_call.in_progress",
        "web_search_call.searching",
        "web_search_call.completed",
    ]
    (item,) = [i for i in events[-1]["response"]["output"] if i["type"] == "web_search_call"]
    assert item["action"] == {"type": "search", "query": "Who won?"}
    assert item["status"] == "completed"
    unused = ark.whole("Who won?", tools=[{"type": "web_search"}], tool_choice="none")
    assert [item["type"] for item in unused["output"]] == ["reasoning", "message"]


def test_reasoning_as_hosts_show_it(face):
    answer = Answer(text="x", reasoning="Hm.")
    summed = [{"type": "summary_text", "text": "Hm."}]

    def thought(host, **fields):
        return host.whole("Hello", answer, **fields)["output"][0]

    assert thought(face())["summary"] == summed
    raw = thought(face(reasoning="text", marks={"format": None}))
    assert (raw["summary"], raw["content"][0]["text"], raw["format"]) == ([], "Hm.", None)
    asked = face(reasoning="asked")
    assert (thought(asked)["summary"], "content" in thought(asked)) == ([], False)
    assert thought(asked, reasoning={"summary": "auto"})["summary"] == summed
    assert "encrypted_content" not in thought(face())
    assert thought(face(), include=["reasoning.encrypted_content"])["encrypted_content"]
    assert thought(face(seals=lambda _body: True))["encrypted_content"].startswith("djF")


def test_scripted_details_become_items(respond, emulator):
    details = [
        [{"type": "reasoning.summary", "summary": "One.", "id": "rs_a"}],
        {"type": "reasoning.summary", "summary": "Two.", "id": "rs_a"},
        {"type": "reasoning.encrypted", "data": "gAAA", "id": "rs_a", "format": "xai-responses-v1"},
        {"type": "reasoning.text", "text": "Three.", "index": 0},
        {"type": "reasoning.text", "signature": "sig", "index": 0},
    ]
    answer = Answer(text="x", reasoning_details=details)
    emulator.script(answer, answer, answer)
    first, second, message = respond.whole([{"role": "user", "content": "Hi"}])["output"]
    assert [part["text"] for part in first["summary"]] == ["One.", "Two."]
    assert (first["id"], first["encrypted_content"]) == ("rs_a", "gAAA")
    assert first["format"] == "xai-responses-v1"
    assert (second["content"][0]["text"], second["signature"]) == ("Three.", "sig")
    # What a script issued comes back unaltered, too.
    talk = [{"role": "user", "content": "Hi"}, first, second, message]
    assert respond.whole([*talk, {"role": "user", "content": "Go on."}])
    assert {"reasoning_summary_text.delta", "reasoning_text.delta"} <= set(kinds(respond.events()))


def test_no_details_are_no_reasoning(respond, emulator):
    emulator.script(Answer(text="x", reasoning="Hm.", reasoning_details=[]))
    assert [item["type"] for item in respond.whole()["output"]] == ["message"]


def test_ids(respond, emulator):
    emulator.script(
        Answer(text="x", reasoning="y", tool_calls=[ToolUse("f"), ToolUse("g", id="z")])
    )
    response = respond.post()
    whole = response.json()
    assert whole["id"].startswith("gen-")
    assert response.headers["x-generation-id"] == whole["id"]
    starts = [item["id"].rpartition("_")[0] for item in whole["output"]]
    assert starts == ["rs_tmp", "msg_tmp", "fc_tmp", "fc_tmp"]
    first, second = (item["call_id"] for item in whole["output"][2:])
    assert (first[:5], len(first), second) == ("call_", 29, "z")
    ids = [item["id"] for item in [*whole["output"], *respond.whole()["output"]]]
    assert len(set(ids)) == len(ids)


def test_ids_that_rotate(respond, emulator):
    emulator.script(Answer(text="Hello there", rotate_ids=True, piece=4))
    events = respond.events()
    ids = [event.get("item_id") or event["item"]["id"] for event in events[2:-1]]
    assert len(set(ids)) == len(ids)
    assert {event["output_index"] for event in events[2:-1]} == {0}


def test_an_empty_answer_is_an_empty_message(respond, emulator):
    emulator.script(Answer(), Answer(reasoning="Hm."))
    (message,) = respond.whole()["output"]
    assert message["content"][0]["text"] == ""
    assert [item["type"] for item in respond.whole()["output"]] == ["reasoning"]


def test_what_the_response_repeats(respond):
    told = {
        "instructions": "Be brief.",
        "max_output_tokens": 300,
        "temperature": 0.5,
        "top_p": 0,
        "parallel_tool_calls": False,
        "metadata": {"a": "b"},
        "tool_choice": "required",
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low"},
    }
    whole = respond.whole("The weather?", tools=[WEATHER], **told)
    expected = {
        **told,
        "tools": [{**WEATHER, "strict": None}],
        "reasoning": {"effort": "low", "summary": None},
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "store": False,
        "previous_response_id": None,
    }
    assert {key: whole[key] for key in expected} == expected
    assert respond.whole()["reasoning"] is None


def test_the_model_that_is_named(respond, emulator):
    emulator.script(Answer(text="x", model="dated"))
    assert respond.whole()["model"] == "dated"
    assert respond.whole()["model"] == "bytedance-seed/seed-2.0-mini"


def test_framing_at_openrouter_and_elsewhere(respond, emulator, face):
    emulator.script(TALK, Answer(text="x", done=False))
    text = respond.post(stream=True).text
    assert text.startswith(": \n\n: \n\ndata: {")
    assert "event:" not in text
    assert text.endswith("}\n\ndata: [DONE]\n\n")
    assert "[DONE]" not in respond.post(stream=True).text
    other = face().raw("Hello", stream=True).split("\n\n")
    assert other[2].startswith('event: response.created\ndata: {"type":"response.created"')
    assert other[-2].startswith("event: response.completed\n")
    assert other[-1] == ""


def test_the_debug_event(respond):
    debug = {"debug": {"echo_upstream_body": True}}
    first, second, *_ = respond.events(**debug)
    assert (first["type"], first["sequence_number"]) == ("response.debug", 0)
    assert first["debug"]["echo_upstream_body"]["input"] == "Hello"
    assert second["type"] == "response.created"


def test_polish(face):
    sparse = face(polish=without_empty, terse=True)
    events = sparse.events()
    assert "output" not in events[0]["response"]
    added = next(event for event in events if event["type"].endswith("item.added"))
    assert "summary" not in added["item"]
    assert {"sequence_number", "output_index"} <= set(added)
    part = next(event for event in events if event["type"].endswith("part.added"))["part"]
    assert part == {"type": "summary_text"}
    whole = sparse.whole()
    assert "annotations" not in whole["output"][-1]["content"][0]
    assert "error" not in whole


def test_arguments_are_sent_as_they_are(respond, emulator):
    emulator.script(Answer(tool_calls=[ToolUse("f", ' {"a": ')]))
    assert respond.items()["function_call"]["arguments"] == ' {"a": '


def test_an_event_is_one_line(respond):
    text = respond.post("a\nb\u2028c", stream=True).text
    assert all(json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: {"))
