"""What a host gets back of its own answers, and that nobody else gets it."""

import json
from typing import Any

import pytest

from seed_core.events import Reply
from seed_core.types import Json, Message, Part, Reasoning, Refusal, ReplayState, Text, ToolCall
from tests.wire.bodies import turns_of as chat_turns_of
from tests.wire.messages.bodies import HELLO, received, turn, turns_of
from tests.wire.messages.streams import message, whole

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
SEALED = {"type": "redacted_thinking", "data": "b3BhcXVl"}
SAID = {"type": "text", "text": "Let me look."}
USE = {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}}
AGAIN = {"type": "thinking", "thinking": "And again.", "signature": "MQ=="}
SECOND = {"type": "tool_use", "id": "t2", "name": "look", "input": {}}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
INTERLEAVED = (THOUGHT, SEALED, SAID, USE, AGAIN, SECOND)


def _parts(answer: Reply) -> list[Part]:
    texts = [Text(answer.text)] if answer.text else []
    return [Reasoning(answer.reasoning, answer.state), *texts, *answer.tool_calls]


def _sent(*parts: Part, issuer: str = "host") -> Any:
    [_, sent] = turns_of(HELLO, turn("assistant", *parts), issuer=issuer)
    assert sent["role"] == "assistant"
    return sent["content"]


@pytest.mark.parametrize(
    "content",
    [
        INTERLEAVED,
        (THOUGHT, SAID),
        (SEALED, SAID),
        (SEARCH, FOUND, SAID),
        ({"type": "thinking", "thinking": "", "signature": "omitted"}, SAID),
        ({"type": "thinking", "thinking": "Unsigned."}, SAID),
    ],
)
def test_an_answer_goes_back_as_it_came_and_in_its_order(content: tuple[Json, ...]) -> None:
    assert _sent(*_parts(whole(message(*content)))) == list(content)


def test_several_texts_go_back_apart() -> None:
    content = (THOUGHT, SAID, USE, {"type": "text", "text": " Wait."})
    assert _sent(*_parts(whole(message(*content)))) == list(content)


def test_blank_texts_and_empty_thoughts_do_not_go_back() -> None:
    blank = {"type": "text", "text": "\n\n"}
    empty = {"type": "thinking", "thinking": "", "signature": ""}
    answer = whole(message(empty, THOUGHT, blank, USE))
    assert answer.text == "\n\n"
    assert _sent(*_parts(answer)) == [THOUGHT, USE]


@pytest.mark.parametrize(
    "changed",
    [
        (Text("Let me see."), ToolCall("t1", "look", '{"at": 1}'), ToolCall("t2", "look", "{}")),
        (Text("Let me look."), ToolCall("t1", "look", '{"at": 2}'), ToolCall("t2", "look", "{}")),
        (Text("Let me look."), ToolCall("t1", "look", '{"at": 1}')),
        (Text("Let me look."), ToolCall("t9", "look", '{"at": 1}'), ToolCall("t2", "look", "{}")),
        (ToolCall("t1", "look", '{"at": 1}'), ToolCall("t2", "look", "{}")),
    ],
)
def test_of_an_answer_that_was_changed_the_thoughts_go_first(changed: tuple[Part, ...]) -> None:
    sent = _sent(received(*INTERLEAVED), *changed)
    assert sent[:3] == [THOUGHT, SEALED, AGAIN]
    expected = [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {
            "type": "tool_use",
            "id": part.id,
            "name": part.name,
            "input": json.loads(part.arguments),
        }
        for part in changed
        if isinstance(part, (Text, ToolCall))
    ]
    assert sent[3:] == expected


def test_arguments_may_be_written_in_another_way() -> None:
    calls = (ToolCall("t1", "look", '{"at":1}'), ToolCall("t2", "look", ""))
    assert _sent(received(*INTERLEAVED), Text("Let me look."), *calls) == list(INTERLEAVED)


def test_a_call_that_was_cut_off_goes_back_readably() -> None:
    cut = {"type": "tool_use", "id": "t1", "name": "look", "input": {"_raw": '{"at'}}
    parts = (received(THOUGHT, cut), ToolCall("t1", "look", '{"at'))
    assert _sent(*parts) == [THOUGHT, cut]


@pytest.mark.parametrize("issuer", ["other", "hos", "host/messages"])
def test_nobody_else_gets_it(issuer: str) -> None:
    parts = (received(THOUGHT, SAID), Text("Let me look."))
    assert _sent(*parts, issuer=issuer) == "Let me look."


def test_entries_of_the_hosts_other_wires_are_not_sent_here() -> None:
    for state in (ReplayState("host", (THOUGHT,)), ReplayState("host/responses", (THOUGHT,))):
        assert _sent(Reasoning("Hm.", state), Text("Hi.")) == "Hi."


def test_blocks_of_this_wire_are_not_sent_over_chat() -> None:
    parts = (received(THOUGHT, SAID, text="Hm."), Text("Let me look."))
    [_, sent] = chat_turns_of(HELLO, Message("assistant", parts))
    assert sent == {"role": "assistant", "content": "Let me look."}


def test_reasoning_without_its_blocks_is_not_sent() -> None:
    assert _sent(Reasoning("Hm."), Text("Hi.")) == "Hi."
    assert _sent(Reasoning("Hm.", ReplayState("host/messages")), Text("Hi.")) == "Hi."


def test_thoughts_do_not_stand_last() -> None:
    assert _sent(received(SAID, THOUGHT, SEALED), Text("Let me look.")) == "Let me look."


def test_an_answer_of_thoughts_only_is_left_out() -> None:
    turns = turns_of(HELLO, turn("assistant", received(THOUGHT)), HELLO)
    hello = {"type": "text", "text": "Hello"}
    assert turns == [{"role": "user", "content": [hello, hello]}]


def test_a_refusal_follows_what_came_before_it() -> None:
    sent = _sent(received(THOUGHT, SAID), Text("Let me look."), Refusal("I may not."))
    assert sent == [THOUGHT, SAID, {"type": "text", "text": "I may not."}]


def test_what_was_received_is_not_changed() -> None:
    block = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    state = ReplayState("host/messages", (block,))
    _sent(Reasoning("", state), Text("Changed."))
    assert state.details == ({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},)
