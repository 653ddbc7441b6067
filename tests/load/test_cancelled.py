"""A task that is cancelled at any of its waits gives back its turn, and closes its connection."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seed_core import loops
from seed_core.client import AsyncClient
from seed_core.media import image
from seed_core.providers import resolve
from seed_core.types import Message, Prompt, Text
from tests.core.calling import eventually
from tests.load.asking import KEY, PATIENT, Asker, Door, Over, Question, doors
from tests.load.cutting import WHENS, When, at_each_wait
from tests.load.server import running, seen_by
from tests.load.soaking import open_files, settled

NUMBERS = count(1)
"""Of all questions to the one server."""

Doing = Callable[[int], Awaitable[Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """One server for all."""
    with running() as server:
        yield server


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single connection may be in use: a turn that is not given back stops the next call."""
    monkeypatch.setattr(loops, "most_connections", lambda: 1)


def sweep(server: str, over: Over, when: When, doing: Doing, *, fresh: bool = True) -> int:
    """Cancel something at each of its waits; how many there are.

    With `fresh` it begins without connections each time, so it waits for one, too.
    """

    asker = Asker(server, over)
    good = Question(0, "good", stream=False, door="core")
    log: list[dict[str, Any]] = []

    async def work() -> int:
        waits = 0
        asyncio.get_running_loop().set_exception_handler(lambda _, told: log.append(told))
        async for waits in at_each_wait(lambda: doing(next(NUMBERS)), when):
            said = await asyncio.wait_for(asker.aask(good), 20)
            assert said == "answered", f"after a cancellation at wait {waits}"
            if over == "auto":
                # httpx keeps a connection whose task was cancelled while it waited for one of its
                # locks until its pool is closed: https://github.com/encode/httpcore/issues/1093
                one_is_left = await asyncio.to_thread(
                    eventually, lambda: seen_by(server)["open"] <= 1, 10
                )
                assert one_is_left, f"after a cancellation at wait {waits}"
            if fresh:
                await asker.aclose()
        await asker.aclose()
        assert len(asyncio.all_tasks()) == 1
        return waits

    before = open_files()
    waits: int = asyncio.run(work())
    gc.collect()  # what was left would warn now, and a warning is an error
    assert log == []
    assert open_files() <= before
    assert eventually(lambda: seen_by(server)["open"] == 0, 10)
    return waits - 1  # the last time it got to its end


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("over", ["auto", pytest.param("httpx", marks=pytest.mark.slow)])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("when", WHENS)
def test_a_call_with_a_retry(server: str, over: Over, stream: bool, when: When) -> None:
    asker = Asker(server, over)

    async def doing(number: int) -> None:
        question = Question(number, "later", stream, "core")
        assert await asker.aask(question) == "answered"

    assert sweep(server, over, when, doing) >= 5


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("door", [door for door in doors() if door != "core"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_call_through_a_framework(server: str, door: Door, stream: bool) -> None:
    asker = Asker(server)

    async def doing(number: int) -> None:
        way = asker.way(Question(number, "good", stream, door))
        text = f"ask-{number}-good"
        if not stream:
            await way.awhole(text)
            return
        async for _ in await way.aevents(text):  # as users write it, without closing it
            pass

    assert sweep(server, "auto", "waiting", doing) >= (2 if stream else 1)
    assert sweep(server, "auto", "arriving", doing) >= (2 if stream else 1)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("when", WHENS)
def test_a_call_whose_first_host_fails(server: str, when: When) -> None:
    hosts = [
        resolve("openrouter", base_url=f"{server}/{name}/api/v1", api_key=KEY)
        for name in ("first", "second")
    ]
    client = AsyncClient(hosts, timeout=PATIENT)

    async def doing(number: int) -> None:
        prompt = Prompt((Message("user", (Text(f"ask-{number}-elsewhere"),)),))
        assert (await client.call(prompt)).text

    assert sweep(server, "auto", when, doing) >= 6


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("when", WHENS)
def test_a_call_with_a_large_picture(server: str, when: When, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4_000_000))
    picture = image(file)
    client = AsyncClient(
        resolve("openrouter", base_url=f"{server}/api/v1", api_key=KEY), timeout=PATIENT
    )

    async def doing(number: int) -> None:
        prompt = Prompt((Message("user", (picture, Text(f"ask-{number}-good"))),))
        assert (await client.call(prompt)).text

    assert sweep(server, "auto", when, doing) >= 9


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("when", WHENS)
def test_a_batch(server: str, when: When) -> None:
    pytest.importorskip("langchain_core", exc_type=ImportError)
    from langchain_seed import ChatSeed

    model = ChatSeed(
        provider="openrouter", base_url=f"{server}/api/v1", api_key=KEY, timeout=PATIENT
    )

    async def doing(number: int) -> None:
        answers = await model.abatch([f"ask-{number}-good", f"ask-{number}-drip"])
        assert len(answers) == 2

    # It waits for all of its calls at once, so it has one wait.
    assert sweep(server, "auto", when, doing) >= 1


@pytest.mark.parametrize("door", [door for door in doors() if door != "core"])
def test_many_calls_at_any_moment(server: str, door: Door) -> None:
    """The frameworks' own tasks have waits that the tests above do not see."""
    asker, moments = Asker(server), random.Random(20)
    before = open_files()

    async def work() -> None:
        for _ in range(40):
            asked = [Question(next(NUMBERS), "drip", stream, door) for stream in (False, True) * 3]
            together = asyncio.gather(*map(asker.aask, asked))
            await asyncio.sleep(moments.uniform(0, 0.06))
            together.cancel()
            with suppress(asyncio.CancelledError):
                assert set(await together) == {"answered"}
        assert await settled() == 0
        await asker.aclose()

    asyncio.run(work())
    gc.collect()
    assert open_files() <= before
    assert eventually(lambda: seen_by(server)["open"] == 0, 10)
