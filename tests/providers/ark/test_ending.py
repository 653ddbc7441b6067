"""Where an answer of Ark ends: at a stop text, and never for want of a finish reason."""

import pytest

from seed_core.emulator import Answer, Emulator
from seed_core.errors import StreamBrokenError
from tests.core.calling import COLOURS, Colour, ask
from tests.providers.ark.hosts import CLOUDS, at
from tests.providers.sending import prompt


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_cuts_at_a_stop_text(
    emulator: Emulator, colour: Colour, cloud: str, api: str, stream: bool
) -> None:
    emulator.script(Answer(text="one END two", piece=2), host=cloud)
    asked = prompt(stop=("END",))
    reply = ask(colour, at(emulator, cloud, api=api), stream=stream, prompt=asked).reply
    assert reply.text == "one "
    assert reply.finish is not None
    assert reply.finish.reason == "stop"
    assert b"END" not in emulator.requests[-1].raw


@pytest.mark.parametrize("colour", COLOURS)
def test_the_end_mark_without_a_finish_reason_is_no_end(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Answer(text="Half an ans", finish=None), host="byteplus")
    error = ask(colour, at(emulator), stream=True).failure(StreamBrokenError)
    assert error.partial.text == "Half an ans"
