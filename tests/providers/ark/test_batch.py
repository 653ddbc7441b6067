"""Ark's batch endpoints: whole answers, from an endpoint and not a model."""

import pytest

from seed_core.emulator import Emulator
from seed_core.errors import ConfigurationError
from seed_core.providers import resolve
from tests.core.calling import COLOURS, ONCE, Colour, ask
from tests.providers.ark.hosts import CLOUDS, KEY, at


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_batch_endpoint_answers_whole(
    emulator: Emulator, colour: Colour, stream: bool, cloud: str
) -> None:
    host = at(emulator, cloud, api="batch", model="ep-1")
    assert ask(colour, host, stream=stream).reply.text
    seen = emulator.requests[-1]
    assert seen.path.endswith("/batch/chat/completions")
    assert "stream" not in seen.body
    assert seen.headers["accept"] == "application/json"


def test_a_batch_wants_an_endpoint_and_not_a_model(emulator: Emulator) -> None:
    host = at(emulator, api="batch")
    error = ask("sync", host, stream=False, retry=ONCE).failure(ConfigurationError)
    assert "api='batch' of byteplus takes the id of an endpoint, ep-...," in str(error)
    assert "not 'seed-2-0-mini-260215'" in str(error)
    assert emulator.requests == []


def test_an_endpoint_does_not_say_what_it_serves() -> None:
    can = resolve("byteplus", model="ep-1", api_key=KEY).capabilities()
    assert (can.has("json_schema"), can.has("tools"), can.has("thinking_budget")) == (
        None,
        None,
        False,
    )
