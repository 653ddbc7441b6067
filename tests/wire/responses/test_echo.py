"""Earlier answers go back as the host's own items where they still say them."""

import copy
import json
from typing import Any

import pytest

from seed_core.types import (
    Annotation,
    Json,
    Message,
    Reasoning,
    Refusal,
    ReplayState,
    Text,
    ToolCall,
    ToolResult,
)
from seed_core.wire.chat import ChatWire
from seed_core.wire.responses import ResponsesWire
from tests.wire import bodies
from tests.wire.responses.sent import HELLO, answered, items_of, turn
from tests.wire.responses.stream import both, call, raw_thought, said, search, thought, whole

SEALED = thought("Why", encrypted_content="gAAA")
SEALED_2 = thought("How", ident="rs_2", encrypted_content="gBBB")
BARE = thought("Why")


def echoed(message: Message, *, issuer: str = "openrouter", **settings: Any) -> list[Any]:
    """What goes back of an answer."""
    first, *items = items_of(HELLO, message, issuer=issuer, wire=ResponsesWire(**settings))
    assert first["role"] == "user"
    return items


def own(*items: Json, issuer: str = "openrouter/responses") -> Reasoning:
    """Reasoning with these items as its state."""
    return Reasoning("Why", ReplayState(issuer, items))


def fresh_call(arguments: str = "{}", ident: str = "call_1", name: str = "f") -> dict[str, Any]:
    """A call as it is written afresh."""
    return {"type": "function_call", "call_id": ident, "name": name, "arguments": arguments}


@pytest.mark.parametrize(
    "items",
    [
        (SEALED, said("Hi", phase="commentary"), SEALED_2, call('{"a": 1}')),
        (SEALED, SEALED_2, search(), said("Hi"), said("ho", ident="msg_2")),
        (said("Hi"),),
        (call('{"a":1}'), call("", "call_2", "g")),
        (raw_thought("Why"), said("Hi")),
        (thought(signature="s"), call()),
        (SEALED, {**said(), "content": [{"type": "refusal", "refusal": "No"}]}),
    ],
)
def test_an_answer_goes_back_item_for_item(items: tuple[Json, ...]) -> None:
    before = copy.deepcopy(items)
    assert echoed(answered(both(*items))) == list(items)
    assert echoed(answered(both(*items, hide=True))) == list(items)
    assert items == before


def test_arguments_may_have_been_written_anew() -> None:
    items = (SEALED, call('{"a":1,"b":"\\u00e9"}'), call("", "call_2"), call("not JSON", "call_3"))
    calls = (
        ToolCall("call_1", "f", json.dumps({"a": 1, "b": "é"}, ensure_ascii=False)),
        ToolCall("call_2", "f", "{}"),
        ToolCall("call_3", "f", "not JSON"),
    )
    assert echoed(answered(both(*items), tool_calls=calls)) == list(items)


def test_nobody_else_gets_the_items() -> None:
    message = answered(both(SEALED, said("Hi"), call("[1]")))
    fresh = [{"role": "assistant", "content": "Hi"}, fresh_call("[1]")]
    assert echoed(message, issuer="other") == fresh
    sent = bodies.turns_of(message, wire=ChatWire(echo_reasoning="always"), issuer="openrouter")
    assert "gAAA" not in json.dumps(sent)
    theirs = own({"type": "reasoning.encrypted", "data": "x"}, issuer="openrouter")
    assert echoed(turn("assistant", theirs, Text("Hi"))) == [fresh[0]]


def test_reasoning_without_items_is_not_sent() -> None:
    for state in (None, ReplayState("openrouter/responses"), ReplayState("openrouter", ())):
        message = turn("assistant", Reasoning("Why", state), Text("Hi"))
        assert echoed(message) == [{"role": "assistant", "content": "Hi"}]


def test_edited_words_take_the_place_of_the_hosts_and_of_what_led_to_them() -> None:
    answer = both(SEALED, search(), SEALED_2, said("Hi"), said("ho", ident="msg_2"), call("[1]"))
    assert echoed(answered(answer, text="Bye")) == [
        SEALED,
        search(),
        {"role": "assistant", "content": "Bye"},
        call("[1]"),
    ]
    assert echoed(answered(answer, text="")) == [SEALED, search(), call("[1]")]


def test_words_that_were_added_come_before_the_calls() -> None:
    answer = both(SEALED, call("[1]"))
    assert echoed(answered(answer, text="So:")) == [
        {"role": "assistant", "content": "So:"},
        SEALED,
        call("[1]"),
    ]


def test_a_dropped_call_takes_its_reasoning_with_it() -> None:
    answer = both(SEALED, call("[1]"), SEALED_2, call("[2]", "call_2"))
    assert echoed(answered(answer, tool_calls=answer.tool_calls[1:])) == [
        SEALED_2,
        call("[2]", "call_2"),
    ]
    assert echoed(answered(answer, tool_calls=())) == [{"role": "assistant", "content": ""}]


@pytest.mark.parametrize(
    "changed",
    [
        ToolCall("call_1", "f", "[3]"),
        ToolCall("call_1", "g", "[1]"),
        ToolCall("call_1", "f", "{"),
    ],
)
def test_an_edited_call_is_written_afresh(changed: ToolCall) -> None:
    answer = both(SEALED, call("[1]"), SEALED_2, said("Hi"))
    assert echoed(answered(answer, tool_calls=(changed,))) == [
        fresh_call(changed.arguments, name=changed.name),
        SEALED_2,
        said("Hi"),
    ]


def test_an_object_as_arguments_is_not_sent_again() -> None:
    item = {**call(), "arguments": {"a": 1}}
    assert echoed(answered(whole({"output": [item]}))) == [fresh_call('{"a":1}')]


def test_added_calls_follow() -> None:
    answer = both(SEALED, call("[1]"))
    more = (*answer.tool_calls, ToolCall("call_9", "g", ""), ToolCall("call_9", "h", "[1]"))
    assert echoed(answered(answer, tool_calls=more)) == [
        SEALED,
        call("[1]"),
        fresh_call("{}", "call_9", "g"),
        fresh_call("[1]", "call_9", "h"),
    ]


def test_a_call_without_an_id_goes_back_with_the_one_it_got() -> None:
    answer = whole({"output": [SEALED, {**call("[1]"), "call_id": None}]})
    assert echoed(answered(answer)) == [fresh_call("[1]", answer.tool_calls[0].id)]


def test_reasoning_that_led_to_nothing_stays_behind() -> None:
    assert echoed(answered(both(said("Hi"), SEALED))) == [said("Hi")]


def test_a_summary_alone_stays_behind_where_nothing_was_kept() -> None:
    """OpenAI looks for its id; what it led to then goes without an id as well."""
    message = answered(both(BARE, said("Hi"), BARE, call("[1]"), BARE, search()))
    fresh = [{"role": "assistant", "content": "Hi"}, fresh_call("[1]")]
    assert echoed(message) == fresh
    mixed = answered(both(SEALED, BARE, said("Hi")))
    assert echoed(mixed) == fresh[:1]


@pytest.mark.parametrize("settings", [{"store": None}, {"store": True}, {"echo_bare": True}])
def test_a_summary_alone_goes_back_where_its_id_is_known(settings: Any) -> None:
    items = (BARE, said("Hi"), BARE, call("[1]"))
    assert echoed(answered(both(*items)), **settings) == list(items)


def test_a_host_may_take_back_fewer_kinds() -> None:
    items = (SEALED, search(), said("Hi"), {"type": "hologram", "id": "h_1"})
    message = answered(both(*items))
    assert echoed(message) == [SEALED, search(), said("Hi")]
    kinds = frozenset({"message", "reasoning", "function_call"})
    assert echoed(message, echoed=kinds) == [said("Hi")]
    without = answered(both(SEALED, said("Hi"), SEALED_2, call("[1]")))
    assert echoed(without, echoed=frozenset({"message", "function_call"})) == [
        {"role": "assistant", "content": "Hi"},
        fresh_call("[1]"),
    ]


def test_items_of_several_states_are_in_order() -> None:
    message = turn(
        "assistant", own(SEALED, said("Hi")), Reasoning("x"), own(call("[1]")), Text("Hi"),
        ToolCall("call_1", "f", "[1]"),
    )  # fmt: skip
    assert echoed(message) == [SEALED, said("Hi"), call("[1]")]


@pytest.mark.parametrize("content", [None, "Hi", ["Hi"], [{"type": "output_text", "text": None}]])
def test_items_in_another_form_are_written_afresh(content: object) -> None:
    """A stream may end with other items than it told before; they are not looked into again."""
    message = turn("assistant", own({**said(), "content": content}), Text("Hi"))
    assert echoed(message) == [{"role": "assistant", "content": "Hi"}]


# --- answers that no host of this wire gave -------------------------------------------------------


def test_plain_words_are_a_string() -> None:
    assert echoed(turn("assistant", Text("a"), Text("b"))) == [
        {"role": "assistant", "content": "ab"}
    ]
    assert echoed(turn("assistant")) == [{"role": "assistant", "content": ""}]


def test_refusals_and_notes_are_parts_with_an_id() -> None:
    note = {"type": "file_citation", "file_id": "f"}
    parts = (
        Text("a"),
        Refusal("No"),
        Annotation(note, "openrouter/responses"),
        Annotation(note),
        Annotation(note, "openrouter"),
    )
    said_before = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
    text = {"type": "output_text", "text": "a", "annotations": [note, note]}
    refusal = {"type": "refusal", "refusal": "No"}
    assert echoed(turn("assistant", *parts)) == [{**said_before, "content": [text, refusal]}]
    assert echoed(turn("assistant", Refusal("No"))) == [{**said_before, "content": [refusal]}]
    assert echoed(turn("assistant", Text("a"), Annotation(note))) == [
        {**said_before, "content": [{**text, "annotations": [note]}]}
    ]


def test_no_two_answers_have_one_id() -> None:
    no = turn("assistant", Refusal("No"))
    items = items_of(HELLO, no, no, HELLO, no)
    idents = [item["id"] for item in items if "id" in item]
    assert len(set(idents)) == 3


def test_a_loop_of_tools_is_in_order() -> None:
    first = answered(both(SEALED, said("Let me see."), call("[1]")))
    result = turn("tool", ToolResult("call_1", (Text("sunny"),)))
    items = items_of(HELLO, first, result, HELLO, issuer="openrouter")
    assert [item.get("type", item.get("role")) for item in items] == [
        "user",
        "reasoning",
        "message",
        "function_call",
        "function_call_output",
        "user",
    ]
