"""Every kind of event and item, streamed and whole."""

from typing import Any

import pytest

from seed_core.errors import InvalidReplyError
from seed_core.events import (
    Citation,
    FileAnnotation,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    collect,
)
from seed_core.types import Json, ReplayState, ToolCall
from tests.wire.chunks import details_of, finish_of
from tests.wire.responses.stream import (
    CREATED,
    both,
    broken,
    call,
    completed,
    event,
    events_of,
    raw_thought,
    read_well,
    reply,
    said,
    search,
    sse,
    streamed,
    thought,
    whole,
)

REFUSED = {"type": "refusal", "refusal": "I won't"}
CITED = {"type": "url_citation", "url": "https://a.example", "title": "A"}


# --- text -----------------------------------------------------------------------------------------


def test_text_comes_live_a_delta_at_a_time() -> None:
    events = read_well(streamed(said("Hello")))
    assert events[:2] == [TextDelta("Hel"), TextDelta("lo")]
    assert isinstance(events[2], ReplayState)
    assert len(events) == 4


def test_texts_of_all_messages_are_one_answer() -> None:
    assert both(said("one ", "two "), said("three", ident="msg_2")).text == "one two three"


def test_a_refusal_is_told_apart() -> None:
    item = said("Well: ")
    item["content"].append(REFUSED)
    answer = both(item)
    assert (answer.text, answer.refusal) == ("Well: ", "I won't")
    assert RefusalDelta("I w") in read_well(streamed(item))


def test_event_names_may_be_all_there_is() -> None:
    """The type in the data goes first; without one the event's own name counts."""
    events = [CREATED, *events_of(said("Hi")), completed(said("Hi"))]
    lines = []
    for one in events:
        rest = {name: value for name, value in one.items() if name != "type"}
        lines.append(f"event: {one['type']}\n" + sse(rest).decode().rstrip())
    assert reply(*lines).text == "Hi"


def test_event_lines_and_an_end_mark_change_nothing() -> None:
    events = [CREATED, *events_of(said("Hi")), completed(said("Hi"))]
    plain = read_well(sse(*events))
    assert read_well(sse(*events, named=True)) == plain
    assert read_well(sse(": keep-alive", *events, done=True)) == plain


def test_types_with_underscores_are_the_same_types() -> None:
    events = [CREATED, *events_of(thought("Hm"), said("Hi"), call('{"a": 1}')), completed()]
    flat = [{**one, "type": one["type"].replace(".", "_")} for one in events]
    assert read_well(sse(*flat)) == read_well(sse(*events))


@pytest.mark.parametrize(
    "stranger",
    [
        event("output_text.logged", delta="no"),
        event("debug", debug={"timings": []}),
        event("web_search_call.searching", output_index=0),
        event("content_part.added", output_index=0, content_index=0, part={"text": "no"}),
        event("output_item.added", output_index=9, item={"type": "hologram"}),
        event("output_item.done", output_index=9, item={"type": "hologram", "content": 5}),
        event("function_call_arguments.logged", delta="no"),
        {"type": "ping"},
        {"delta": "no"},
        {},
    ],
)
def test_what_is_unknown_is_overlooked(stranger: dict[str, Any]) -> None:
    answer = reply(CREATED, stranger, *events_of(said("Hi")), completed(said("Hi")))
    assert (answer.text, answer.reasoning, answer.tool_calls) == ("Hi", "", ())


def test_unknown_fields_and_nulls_change_nothing() -> None:
    padded = [
        {**one, "obfuscation": "x7Gq", "logprobs": None, "sequence_number": None}
        for one in events_of(thought("Hm"), said("Hi"))
    ]
    answer = reply(CREATED, *padded, completed(thought("Hm"), said("Hi")))
    assert (answer.reasoning, answer.text) == ("Hm", "Hi")
    nulls = {"content": None, "summary": None, "annotations": None}
    assert both({**thought("Hm"), "content": None}, said("Hi", id=None, role=None)).text == "Hi"
    assert whole({"output": [{**thought(), **nulls}, {**said(), **nulls}]}).text == ""


# --- said once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["delta", "text.done", "item.done", "completed"])
def test_a_text_is_said_once_by_whoever_says_it_first(kept: str) -> None:
    items = (thought("Why", "how"), raw_thought("raw", ident="rs_2"), said("Hi", "ho"), call("[1]"))
    repeats = {
        "delta": ("delta", "done", "item.done"),
        "text.done": ("text.done", "refusal.done", "arguments.done", "item.done"),
        "item.done": ("item.done",),
        "completed": (),
    }[kept]
    events = [one for one in events_of(*items) if one["type"].endswith((*repeats, "item.added"))]
    answer = reply(CREATED, *events, completed(*items))
    assert answer.text == "Hiho"
    assert answer.reasoning == "Why\n\nhow\n\nraw"
    assert answer.tool_calls == (ToolCall("call_1", "f", "[1]"),)
    assert details_of(answer) == list(items)


def test_an_item_without_a_beginning_is_read_all_the_same() -> None:
    items = (thought("Why"), said("Hi"), call("[1]"))
    events = [one for one in events_of(*items) if not one["type"].endswith("item.added")]
    assert reply(CREATED, *events, completed(*items)) == both(*items)


def test_an_item_told_twice_is_said_once() -> None:
    items = (thought("Why"), said("Hi"), call("[1]"))
    events = [again for one in events_of(*items) for again in [one] * (1 + ("done" in one["type"]))]
    assert reply(CREATED, *events, completed(*items)) == both(*items)


def test_ids_may_rotate_between_the_events_of_an_item() -> None:
    items = (thought("Why"), said("Hi"), call("[1]"))
    events = list(events_of(*items))
    for number, one in enumerate(events):
        one["item_id"] = f"it_{number}"
        if "item" in one:
            one["item"] = {**one["item"], "id": f"it_{number}"}
    answer = reply(CREATED, *events, completed(*items))
    assert answer == both(*items)


def test_items_may_all_have_one_index() -> None:
    """As in LiteLLM's bridge from chat: nothing may be said twice or mixed up for that."""
    items = (thought("Why"), said("Hi"), call("[1]"), call("[2]", "call_2", "g"))
    events = [{**one, "output_index": 0} for one in events_of(*items)]
    assert reply(CREATED, *events, completed(*items)) == both(*items)


def test_items_may_have_no_index() -> None:
    items = (thought("Why"), said("Hi"), call("[1]"), call("[2]", "call_2", "g"))
    events = [
        {name: value for name, value in one.items() if name != "output_index"}
        for one in events_of(*items)
    ]
    assert reply(CREATED, *events, completed(*items)) == both(*items)


def test_two_finished_items_at_one_index_are_two() -> None:
    items = (call("[1]"), call("[2]", "call_2", "g"))
    events = [event("output_item.done", output_index=0, item=item) for item in items]
    assert len(reply(CREATED, *events, completed()).tool_calls) == 2


def test_the_end_may_leave_out_what_was_streamed() -> None:
    items = (thought("Why"), said("Hi"))
    for told in ((), (said("Hi"),)):
        answer = reply(CREATED, *events_of(*items), completed(*told))
        assert (answer.reasoning, answer.text) == ("Why", "Hi")
        assert details_of(answer) == list(items)


def test_items_are_kept_in_the_order_of_their_indices() -> None:
    """OpenRouter finishes raw reasoning after the message that it led to."""
    first, second = raw_thought("Why"), said("Hi")
    events = list(events_of(first, second))
    late = [one for one in events if one["output_index"] == 0 and one["type"].endswith("done")]
    early = [one for one in events if one not in late]
    answer = reply(CREATED, *early, *late, completed())
    assert details_of(answer) == [first, second]
    assert answer.reasoning == "Why"


# --- reasoning ------------------------------------------------------------------------------------


def test_paragraphs_of_reasoning_are_a_blank_line_apart() -> None:
    answer = both(
        thought("**One**", "**Two**"), thought("**Three**", ident="rs_2"), said("Hi"), call()
    )
    assert answer.reasoning == "**One**\n\n**Two**\n\n**Three**"


def test_the_blank_line_comes_with_the_delta_that_it_precedes() -> None:
    events = read_well(streamed(thought("one", "two")))
    assert events[:2] == [ReasoningDelta("one"), ReasoningDelta("\n\ntwo")]


def test_a_summary_and_the_reasoning_itself_are_both_shown() -> None:
    assert both(raw_thought("raw", summary=thought("sum")["summary"])).reasoning == "sum\n\nraw"


def test_a_streamed_summary_is_not_said_again_as_content() -> None:
    """As LiteLLM's bridge from chat does."""
    told = {"type": "reasoning", "content": [{"type": "output_text", "text": "Why"}]}
    events = [one for one in events_of(thought("Why")) if "item" not in one]
    done = event("output_item.done", output_index=0, item=told)
    assert reply(CREATED, *events, done, completed(told)).reasoning == "Why"


def test_hidden_reasoning_is_kept_for_the_host() -> None:
    items = (thought("Why", encrypted_content="gAAA"), said("Hi"))
    answer = both(*items, hide=True)
    assert answer.reasoning == ""
    assert details_of(answer) == list(items)


def test_the_state_is_all_items_under_the_name_of_this_wire() -> None:
    items = (thought(encrypted_content="gAAA"), search(), said("Hi"), call("[1]"))
    answer = both(*items)
    assert answer.state == ReplayState("openrouter/responses", items)


def test_an_answer_without_items_has_no_state() -> None:
    assert both().state is None


# --- notes ----------------------------------------------------------------------------------------


def test_citations_count_their_places_from_the_beginning_of_the_answer() -> None:
    first, second = said("Look: "), said("Cats", " purr", ident="msg_2")
    second["content"][1]["annotations"] = [{**CITED, "start_index": 1, "end_index": 5}]
    first["content"][0]["annotations"] = [{**CITED, "content": "quote", "start_index": None}]
    answer = both(first, second)
    assert answer.citations == (
        Citation("https://a.example", "A", "quote"),
        Citation("https://a.example", "A", start=11, end=15),
    )
    assert answer.text[11:15] == "purr"


def test_citations_may_be_nested_as_in_chat() -> None:
    item = said("Hi")
    item["content"][0]["annotations"] = [
        {"type": "url_citation", "url_citation": {"url": "https://b.example", "end_index": 2}}
    ]
    assert both(item).citations == (Citation("https://b.example", end=2),)


def test_other_notes_are_kept_as_they_came() -> None:
    notes: list[Json] = [{"type": "file_citation", "file_id": "f"}, {**CITED, "url": None}]
    item = said("Hi")
    item["content"][0]["annotations"] = notes
    issuer = "openrouter/responses"
    assert both(item).annotations == tuple(FileAnnotation(note, issuer) for note in notes)


def test_notes_come_once_and_those_that_were_not_streamed_at_the_end() -> None:
    item = said("Hi", "")
    item["content"][0]["annotations"] = [CITED, {**CITED, "url": "https://b.example"}]
    item["content"][1]["annotations"] = [CITED, "junk"]
    events = list(events_of(item))
    added = [one for one in events if one["type"].endswith("annotation.added")]
    events.remove(added[1])
    answer = reply(CREATED, *events, completed(item))
    assert sorted(note.url[8] for note in answer.citations) == ["a", "a", "b"]
    assert collect(read_well(sse(CREATED, added[0], *events[:3], completed()))).text == "Hi"


# --- calls ----------------------------------------------------------------------------------------


def test_calls_are_streamed_with_the_id_that_results_refer_to() -> None:
    events = read_well(streamed(call('{"a": 1}'), call("", "call_2", "g")))
    assert events[:3] == [
        ToolCallDelta(0, "", "call_1", "f"),
        ToolCallDelta(0, '{"a'),
        ToolCallDelta(0, '": '),
    ]
    answer = both(call('{"a": 1}'), call("", "call_2", "g"))
    assert answer.tool_calls == (ToolCall("call_1", "f", '{"a": 1}'), ToolCall("call_2", "g", ""))
    assert finish_of(answer).reason == "tool_calls"


def test_a_name_may_come_late() -> None:
    added, *rest = events_of(call("[1]"))
    added["item"] = {**added["item"], "name": None}
    assert reply(CREATED, added, *rest, completed()).tool_calls[0].name == "f"
    rest[-2]["name"] = "g"
    assert reply(CREATED, added, *rest, completed()).tool_calls[0].name == "g"


def test_arguments_wait_for_the_id_of_their_call() -> None:
    added, *rest = events_of(call("[1]"))
    added["item"] = {**added["item"], "call_id": None}
    assert reply(CREATED, added, *rest, completed()).tool_calls == (ToolCall("call_1", "f", "[1]"),)


def test_a_call_without_an_id_gets_one() -> None:
    answer = whole({"output": [{**call("[1]"), "call_id": None}]})
    assert answer.tool_calls[0].id.startswith("call_")
    assert answer.tool_calls[0].arguments == "[1]"


def test_arguments_may_be_the_object_itself() -> None:
    assert whole({"output": [{**call(), "arguments": {"a": 1}}]}).tool_calls[0].arguments == (
        '{"a":1}'
    )


def test_interleaved_calls_are_told_apart() -> None:
    first = list(events_of(call('{"a": 1}')))
    second = [{**one, "output_index": 1} for one in events_of(call('{"b": 2}', "call_2", "g"))]
    mixed = [one for pair in zip(first, second, strict=True) for one in pair]
    answer = reply(CREATED, *mixed, completed())
    assert [c.arguments for c in answer.tool_calls] == ['{"a": 1}', '{"b": 2}']


@pytest.mark.parametrize("given", [{"name": None}, {"name": ""}])
def test_a_call_without_a_name_is_an_error(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidReplyError, match="without a name"):
        whole({"output": [{**call(), **given}]})


def test_arguments_whose_call_never_comes_are_an_error() -> None:
    stray = event("function_call_arguments.delta", output_index=0, delta="{}")
    _, error = broken(sse(CREATED, stray, completed()))
    assert type(error) is InvalidReplyError


# --- other forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        event("output_text.delta", output_index=0, delta=5),
        event("output_text.delta", output_index=0, content_index=[], delta="a"),
        event("refusal.done", output_index=0, refusal=["a"]),
        event("reasoning_text.delta", output_index=0, delta={"a": "b"}),
        event("output_item.added", item="a"),
        event("output_item.done", item=None),
        event("output_item.done", item={"type": "message", "content": "a"}),
        event("output_item.done", item={"type": "message", "content": ["a"]}),
        event("output_item.done", item={**said("a"), "content": [{"annotations": 5}]}),
        event("output_item.done", item={"type": "reasoning", "summary": {"a": "b"}}),
        event("created", response="a"),
        event("completed", response=[1]),
        event("completed", response={"output": {"a": "b"}}),
        event("completed", response={"output": ["a"]}),
        event("incomplete", response={"incomplete_details": "a"}),
        event("failed", response="a"),
        "data: [1]",
        "data: {",
    ],
)
def test_another_form_is_an_error_of_the_protocol(odd: Any) -> None:
    _, error = broken(sse(CREATED, odd, completed()))
    assert type(error) is InvalidReplyError
    assert "openrouter sent" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        {},
        {"id": "resp_1", "output": None},
        {"output": "text"},
        {"output": ["text"]},
        {"output": [{"type": "message", "content": [5]}]},
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": 5}]}]},
        {"output": [], "status": "incomplete", "incomplete_details": 5},
    ],
)
def test_a_body_of_another_form_is_an_error_of_the_protocol(body: object) -> None:
    with pytest.raises(InvalidReplyError, match="openrouter"):
        whole(body)
