"""Reasoning that goes back to Ark: sealed and byte for byte, or as it was shown."""

from dataclasses import replace

import pytest

from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.errors import BadRequestError
from seed_core.events import Reply
from seed_core.types import Message, Prompt, Reasoning, ReplayState, Text, ToolResult
from tests.core.calling import COLOURS, Colour, ask
from tests.providers.ark.hosts import CLOUDS, NEW, TOOL, at

ASKED = Prompt((Message("user", (Text("How is the weather?"),)),), (TOOL,))
CALLING = Answer(reasoning="Hm, weather.", tool_calls=[ToolUse("get_weather", "{}")])


def going_on(reply: Reply, state: ReplayState | None) -> Prompt:
    (call,) = reply.tool_calls
    answer = Message("assistant", (Reasoning(reply.reasoning, state), call))
    result = Message("tool", (ToolResult(call.id, (Text("Sunny"),), call.name),))
    return replace(ASKED, messages=(*ASKED.messages, answer, result))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_encrypted_original_goes_back_byte_for_byte_on_chat(
    emulator: Emulator, colour: Colour, stream: bool, cloud: str
) -> None:
    model = NEW if cloud == "byteplus" else f"doubao-{NEW}"
    host = at(emulator, cloud, model=model)
    emulator.script(CALLING, host=cloud)
    first = ask(colour, host, stream=stream, prompt=ASKED).reply
    assert first.state is not None
    assert first.state.details is not None
    (entry,) = first.state.details
    seal = entry["encrypted_content"]
    assert seal.startswith("djF")
    second = ask(colour, host, stream=stream, prompt=going_on(first, first.state)).reply
    assert "Sunny" in second.text
    turn = emulator.requests[-1].body["messages"][1]
    assert turn["encrypted_content"] == seal
    assert turn["reasoning_content"] == "Hm, weather."
    altered = replace(first.state, details=({**entry, "encrypted_content": seal[:-6] + "AAAAA="},))
    error = ask(colour, host, stream=stream, prompt=going_on(first, altered)).failure(
        BadRequestError
    )
    assert "Invalid signature" in str(error)


def test_plain_reasoning_goes_back_in_a_tool_loop_and_not_after_it(emulator: Emulator) -> None:
    emulator.script(CALLING, host="byteplus")
    first = ask("sync", at(emulator), stream=False, prompt=ASKED).reply
    loop = going_on(first, first.state)
    assert ask("sync", at(emulator), stream=False, prompt=loop).reply.text
    assert emulator.requests[-1].body["messages"][1]["reasoning_content"] == "Hm, weather."
    later = replace(loop, messages=(*loop.messages, Message("user", (Text("Thanks"),))))
    assert ask("sync", at(emulator), stream=False, prompt=later).reply.text
    assert "reasoning_content" not in emulator.requests[-1].body["messages"][1]
