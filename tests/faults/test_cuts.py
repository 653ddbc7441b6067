"""A stream cut anywhere is either whole or an error that says so: never a short answer."""

import asyncio
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from seed_core.emulator import Answer, Emulator, Raw, ToolUse
from seed_core.errors import StreamBrokenError
from seed_core.events import Event, Reply, collect
from seed_core.flow import DecoderFactory
from seed_core.render import render
from tests.contract.prompts import WEATHER, asking
from tests.contract.rows import Row, all_rows
from tests.core.calling import COLOURS, ONCE, Colour, Outcome, aask, ask

ROWS = [row for row in all_rows() if row.bare.wire.streams]
PROMPT = asking("How is the weather in Paris?", tools=(WEATHER,))
ANSWER = Answer(
    text="Grüße: es wird \U0001f31e, sagt\nman.",
    reasoning="They ask for the weather, so I look it up.",
    tool_calls=[ToolUse("get_weather", '{"city": "Paris"}')],
    piece=14,
)
RANDOM_CUTS = 50


@dataclass(frozen=True)
class Streamed:
    """A stream as a host sends it, and what reads it."""

    body: bytes
    headers: Mapping[str, str]
    fresh: DecoderFactory

    def read(self, size: int) -> tuple[Reply, Exception | None]:
        """What a decoder makes of so many bytes and the end of the connection."""
        decoder = self.fresh(self.headers)
        events: list[Event] = [*decoder.feed(self.body[:size])]
        if not decoder.done and decoder.failure is None:
            events += decoder.end()
        assert decoder.done != (decoder.failure is not None)
        return collect(events), decoder.failure

    @property
    def boundaries(self) -> list[int]:
        """Where a line has just ended."""
        return [found.end() for found in re.finditer(b"\n", self.body)]


def streamed(emulator: Emulator, row: Row) -> Streamed:
    """The stream that the emulated host sends for one answer with all kinds of content."""
    emulator.script(ANSWER, host=row.emulated)
    flow = row.at(emulator).call(PROMPT, stream=True, retry=ONCE)
    send = next(flow)
    flow.close()
    request = send.request
    got = httpx.post(request.url, headers=request.headers, content=b"".join(render(request.body)))
    assert got.status_code == 200, got.text
    assert send.decoder is not None
    return Streamed(got.content, {**got.headers}, send.decoder)


def check(whole: Reply, came: Reply, failure: Exception | None, where: str) -> bool:
    """Whether it is whole; if it is not, it must be said, and what came be a beginning of it."""
    if failure is None:
        assert came.finish is not None, where
        assert (came.text, came.reasoning) == (whole.text, whole.reasoning), where
        assert came.tool_calls == whole.tool_calls, where
        return True
    assert type(failure) is StreamBrokenError, (where, failure)
    assert came.finish is None, where
    assert whole.text.startswith(came.text), where
    assert whole.reasoning.startswith(came.reasoning), where
    for mine, all_of_it in zip(came.tool_calls, whole.tool_calls, strict=False):
        assert all_of_it.arguments.startswith(mine.arguments), where
    return False


def test_every_kind_of_content_is_in_the_streams(emulator: Emulator) -> None:
    for row in ROWS:
        reply, failure = (one := streamed(emulator, row)).read(len(one.body))
        assert failure is None
        assert reply.text == ANSWER.text
        assert reply.reasoning == ANSWER.reasoning
        assert [call.arguments for call in reply.tool_calls] == ['{"city": "Paris"}']


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_stream_cut_at_any_byte_is_whole_or_broken(emulator: Emulator, row: Row) -> None:
    one = streamed(emulator, row)
    whole, _ = one.read(len(one.body))
    ends = [
        check(whole, *one.read(size), where=f"{row}: {size} of {len(one.body)} bytes")
        for size in range(len(one.body) + 1)
    ]
    # Once it is whole it stays so, and before it all came in order.
    assert ends == sorted(ends)
    assert ends[-1]
    assert not ends[0]


@pytest.mark.slow
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_connection_cut_at_any_byte_is_whole_or_broken(
    emulator: Emulator, row: Row, colour: Colour
) -> None:
    one = streamed(emulator, row)
    whole, _ = one.read(len(one.body))
    chance = random.Random(f"{row}")  # the same cuts in every run
    cuts = [*one.boundaries, *chance.sample(range(len(one.body)), RANDOM_CUTS)]

    async def asked(size: int) -> Outcome:
        emulator.script(Raw(body=one.body[:size], cut=True), host=row.emulated)
        settings: dict[str, Any] = {"stream": True, "prompt": PROMPT, "retry": ONCE}
        if colour == "sync":
            return ask("sync", row.at(emulator), **settings)
        return await aask(row.at(emulator), **settings)

    async def all_of_them() -> None:
        for size in cuts:
            outcome = await asked(size)
            came = collect(outcome.events)
            where = f"{row}: {size} of {len(one.body)} bytes"
            assert check(whole, came, outcome.error, where) == (one.read(size)[1] is None), where
            if outcome.error is not None:
                partial = outcome.error.partial or Reply()
                assert partial == came, where

    asyncio.run(all_of_them())
