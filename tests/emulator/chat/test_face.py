"""The parts of the chat face that no single host shows."""

from collections.abc import Mapping
from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from seed_core.emulator.chat import (
    TEXT,
    Dialect,
    Envelope,
    Flaw,
    Form,
    Mirrored,
    Plain,
    check_fields,
    check_messages,
    overlaid,
    refused_as,
    settle,
    sheet,
    usage,
)
from seed_core.emulator.serving import Refused

DIALECT = Dialect(roles={"user": TEXT, "assistant": TEXT, "tool": TEXT})
HI = {"role": "user", "content": "Hi"}
ENVELOPE = Envelope("id", None, None, None)


def error(fault: Fault) -> Mapping[str, Any]:
    return {"message": fault.message}


def test_a_flaw_becomes_the_hosts_refusal():
    with (
        pytest.raises(Refused) as refused,
        refused_as(lambda flaw: Refused(418, {"where": flaw.where, "kind": flaw.kind})),
    ):
        check_messages([{**HI, "role": "system"}], DIALECT)
    assert (refused.value.status, refused.value.body) == (
        418,
        {"where": "messages.0.role", "kind": "role"},
    )


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([HI, {"role": "assistant", "content": "x", "refusal": 1}], "messages.1.refusal: must be"),
        ([HI, {"role": "assistant", "content": None}], "needs content or tool_calls"),
        ([{**HI, "content": None}], "messages.0.content: must be a string or an array"),
        ([{**HI, "content": [{"type": "image_url"}]}], "must be one of text, not 'image_url'"),
    ],
)
def test_flaws_of_messages(messages, words):
    with pytest.raises(Flaw, match=words):
        check_messages(messages, DIALECT)


def test_a_host_without_server_tools_has_no_forced_ones():
    tools = [{"type": "function", "function": {"name": "f"}}]
    with pytest.raises(Flaw, match=r"tool_choice: must be \{type: function, function: \{name\}\}$"):
        check_fields({"tools": tools, "tool_choice": {"type": "web_search"}}, DIALECT)


def test_a_script_comes_before_the_mind():
    thought = Answer(text="mine")
    named = "call_{}".format
    assert settle(None, lambda: thought, named) == (thought, None)
    fault = Fault.cut(1)
    assert settle(fault, lambda: thought, named) == (thought, fault)
    assert settle(Answer(text="x", fault=fault), lambda: thought, named)[1] is fault
    answer, _ = settle(Answer(tool_calls=[ToolUse("f"), ToolUse("g", id="x")]), Answer, named)
    assert [call.id for call in answer.tool_calls] == ["call_0", "x"]
    answer, _ = settle(Fault.error_in_choice(), lambda: thought, named)
    assert answer.finish == "error"


def test_usage_is_laid_over_key_by_key():
    answer = Answer(text="abcd", reasoning="abcdefgh", usage={"prompt_tokens": 1, "x": ...})
    told = usage(answer, 10, 5)
    assert told["completion_tokens"] == 3
    assert told["completion_tokens_details"] == {"reasoning_tokens": 2}
    laid = overlaid({**told, "x": 1}, answer) or {}
    assert (laid["prompt_tokens"], "x" in laid) == (1, False)
    assert overlaid(told, Answer(usage_shape=0)) is None


def test_an_error_stands_alone_unless_the_host_says_otherwise():
    fault = Fault.status(500, message="Gone")
    plain = sheet(Answer(), ENVELOPE, Form(), fault, streamed=False, error=error)
    assert plain.broken(fault) == plain.refusal(fault) == {"error": {"message": "Gone"}}


def test_hidden_reasoning():
    answer = Answer(reasoning="Hm.")
    assert Plain().whole(answer, shown=False) == {}
    assert Mirrored().whole(answer, shown=False) == {"reasoning": None}


def test_what_is_none_is_left_out_of_the_envelope():
    written = sheet(Answer(text="a"), ENVELOPE, Form(), None, streamed=True, error=error)
    assert all(set(event) == {"id", "object", "choices"} for event in written.chunks)
    assert set(written.whole) == {"id", "object", "choices"}
