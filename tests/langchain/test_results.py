"""A whole reply is a copy of one that LangChain checked: as good as any that it makes itself."""

import pickle

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_seed.from_events import to_result
from seed_core.events import Cost, Finish, Reply, Usage
from seed_core.types import ReplayState, ToolCall
from tests.langchain.test_chunks import everything

REPLIES = {
    "empty": Reply(finish=Finish("stop")),
    "broken off": Reply("Hel"),
    "full": Reply(
        "Hello",
        "Hm.",
        state=ReplayState("openrouter", ({"type": "reasoning.text", "text": "Hm."},)),
        finish=Finish(
            "stop", Usage(5, 7, 3, 1, 0), Cost(0.5, "reported"), provider="openrouter", model="m"
        ),
    ),
    "calls": Reply(
        tool_calls=(
            ToolCall("1", "f", '{"a": [1]}'),
            ToolCall("2", "g", "{"),
            ToolCall("3", "h", ""),
        ),
        finish=Finish("tool_calls", Usage(5, 7)),
    ),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=list(REPLIES))
def test_a_result_is_what_langchain_would_have_made(reply: Reply) -> None:
    made = to_result(reply)
    [generation] = made.generations
    message = generation.message
    assert isinstance(message, AIMessage)
    checked = AIMessage(
        **{
            name: getattr(message, name)
            for name in (
                "content",
                "additional_kwargs",
                "response_metadata",
                "usage_metadata",
                "tool_calls",
                "invalid_tool_calls",
            )
        }
    )
    expected = ChatGeneration(message=checked)
    assert everything(message) == everything(checked)
    assert everything(generation) == everything(expected)
    assert made == ChatResult(generations=[expected])
    assert dumpd(message) == dumpd(checked)
    assert pickle.loads(pickle.dumps(message)) == checked
    assert generation.text == checked.text


def test_no_two_results_share_what_can_be_changed() -> None:
    one, other = (to_result(REPLIES["calls"]).generations[0].message for _ in range(2))
    for name, value in one.__dict__.items():
        if isinstance(value, (dict, list)):
            assert value is not getattr(other, name), name
