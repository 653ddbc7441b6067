"""Every limit on waiting, over a real socket, in both colours."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import aclosing

import httpx
import pytest

from seed_core.client import AsyncClient, Client
from seed_core.drivers import arun, run
from seed_core.emulator import Answer, Emulator, Fault, Raw
from seed_core.errors import APITimeoutError, Phase, ServerError
from seed_core.flow import Flow, Request, Retry, Send
from seed_core.over_httpx import AsyncHttpxTransport, HttpxTransport
from seed_core.providers import resolve
from seed_core.timeouts import Deadline, Timeout
from seed_core.types import Bytes, Image, Message, Prompt
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, Outcome, ask, provider_at

pytestmark = pytest.mark.parametrize("colour", COLOURS)
both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
SHORT = 0.25
LONG = 8.0
ANSWER = Answer(text="abcdefgh", piece=1, comments=1)


def timed_out(outcome: Outcome, phase: Phase) -> APITimeoutError:
    """The error of a call that ended in time, for the right reason."""
    error = outcome.failure(APITimeoutError)
    assert isinstance(error, APITimeoutError)
    assert error.phase == phase
    assert f"{phase} is " in str(error)
    assert SHORT * 0.9 <= outcome.seconds < LONG * 0.75
    return error


@pytest.fixture
def black_hole() -> Iterator[str]:
    """An address where connections are neither accepted nor refused: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(8):
            line = socket.socket()
            line.setblocking(False)
            line.connect_ex(server.getsockname())
            waiting.append(line)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        for line in waiting:
            line.close()


@both
def test_a_connection_that_does_not_come_about(
    black_hole: str, colour: Colour, stream: bool
) -> None:
    nowhere = resolve("compatible", base_url=black_hole, model="m")
    outcome = ask(colour, nowhere, stream=stream, timeout=Timeout(connect=SHORT), retry=ONCE)
    assert timed_out(outcome, "connect").retryable


@both
def test_the_total_ends_a_connection_too(black_hole: str, colour: Colour, stream: bool) -> None:
    nowhere = resolve("compatible", base_url=black_hole, model="m")
    outcome = ask(colour, nowhere, stream=stream, timeout=Timeout(connect=None, total=SHORT))
    assert not timed_out(outcome, "total").retryable


@pytest.mark.parametrize("after", [-1, 0])
def test_a_stream_that_shows_nothing(emulator: Emulator, colour: Colour, after: int) -> None:
    emulator.script(Fault.stall(after=after, seconds=LONG))
    limits = Timeout(first_token=SHORT, idle=SHORT)
    timed_out(ask(colour, provider_at(emulator), stream=True, timeout=limits), "first_token")
    assert len(emulator.requests) == 1


def test_a_stream_that_shows_only_comments(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Fault.comments(every=0.02))
    outcome = ask(colour, provider_at(emulator), stream=True, timeout=Timeout(first_token=SHORT))
    timed_out(outcome, "first_token")


def test_a_stream_that_falls_silent(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Fault.stall(after=4, seconds=LONG, answer=ANSWER))
    limits = Timeout(first_token=SHORT, idle=SHORT)
    outcome = ask(colour, provider_at(emulator), stream=True, timeout=limits)
    partial = timed_out(outcome, "idle").partial
    assert partial is not None
    assert partial.text
    assert "abcdefgh".startswith(partial.text)


def test_comments_count_as_life(emulator: Emulator, colour: Colour) -> None:
    first = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'
    last = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    emulator.script(Raw(body=[first, *[b": x\n\n"] * 8, last], delay=0.08))
    limits = Timeout(first_token=0.4, idle=0.4)
    outcome = ask(colour, provider_at(emulator), stream=True, timeout=limits)
    assert outcome.reply.text == "a"
    assert outcome.seconds > 0.6


@pytest.mark.parametrize("after", [-1, 0, 1])
def test_a_whole_reply_that_does_not_come(emulator: Emulator, colour: Colour, after: int) -> None:
    emulator.script(Fault.stall(after=after, seconds=LONG))
    outcome = ask(colour, provider_at(emulator), stream=False, timeout=Timeout(read=SHORT))
    timed_out(outcome, "read")
    assert len(emulator.requests) == 1


@both
def test_the_total_ends_a_reply_that_drips(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.drip(seconds=0.02, answer=ANSWER))
    timed_out(ask(colour, provider_at(emulator), stream=stream, timeout=SHORT), "total")


@both
def test_a_wait_that_would_outlast_the_call_is_not_waited(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.status(503, retry_after=LONG), Answer(text="too late"))
    outcome = ask(colour, provider_at(emulator), stream=stream, timeout=SHORT)
    assert outcome.failure(ServerError).retry_after == LONG
    assert outcome.seconds < SHORT
    assert len(emulator.requests) == 1


def test_a_time_that_is_up_before_sending_has_reached_nobody(
    emulator: Emulator, colour: Colour
) -> None:
    deadline = Deadline.start(Timeout(total=0.01))
    time.sleep(0.02)
    request = Request("POST", emulator.url("openrouter"), provider="openrouter")
    for delay in (0.0, 5.0):
        error = sent_late(colour, Send(request, delay), deadline)
        assert (error.phase, error.reached) == ("total", False)
        assert "openrouter did not answer in time: total is 0.01 s" in str(error)
    assert emulator.requests == []


def sent_late(colour: Colour, send: Send, deadline: Deadline) -> APITimeoutError:
    """The error of a send when the deadline has passed."""

    def flow() -> Flow[APITimeoutError]:
        try:
            yield send
        except APITimeoutError as error:
            return error
        raise AssertionError("it was sent")

    async def arunning() -> APITimeoutError:
        async with httpx.AsyncClient() as client:
            return await arun(flow(), AsyncHttpxTransport(client), deadline)

    if colour == "async":
        return asyncio.run(arunning())
    with httpx.Client() as client:
        return run(flow(), HttpxTransport(client), deadline)


@both
def test_the_total_counts_the_waits_between_tries(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    wait = 0.6
    emulator.script(*[Fault.status(503, retry_after=wait)] * 2, Answer(text="too late"))
    outcome = ask(colour, provider_at(emulator), stream=stream, timeout=1.0)
    assert outcome.failure(ServerError).retry_after == wait
    assert len(emulator.requests) == 2


@both
def test_a_silent_host_is_asked_again_only_if_wished(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Fault.stall(after=0, seconds=LONG), Answer(text="second"))
    limits = Timeout(read=SHORT, first_token=SHORT, idle=SHORT)
    again = Retry(timeouts=True, jitter=lambda: 0.0)
    outcome = ask(colour, provider_at(emulator), stream=stream, timeout=limits, retry=again)
    assert outcome.reply.text == "second"
    assert len(emulator.requests) == 2


@both
def test_a_slow_answer_within_its_limits_is_an_answer(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    emulator.script(Answer(text="abcd", piece=1, delay=0.05))
    limits = Timeout(read=1, first_token=1, idle=1, total=5)
    assert ask(colour, provider_at(emulator), stream=stream, timeout=limits).reply.text == "abcd"


@both
@pytest.mark.parametrize("for_ever", [None, 1e9])
def test_no_limit_and_a_very_long_one_are_no_hindrance(
    emulator: Emulator, colour: Colour, stream: bool, for_ever: float | None
) -> None:
    limits = Timeout(*[for_ever] * 7)
    assert ask(colour, provider_at(emulator), stream=stream, timeout=limits).reply.text


PICTURE = Prompt((Message("user", (Image(Bytes(bytes(32_000_000)), "image/png"),)),))


@both
def test_a_host_that_does_not_take_the_request(colour: Colour, stream: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts by its queue, never reads
        address = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        deaf = resolve("compatible", base_url=address, model="m")
        limits = Timeout(write=SHORT)
        timed_out(ask(colour, deaf, stream=stream, prompt=PICTURE, timeout=limits), "write")


def test_no_connection_that_is_free(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Answer(text="x" * 2000, piece=1, delay=0.01))
    provider = provider_at(emulator)
    limits = Timeout(pool=SHORT)
    one = httpx.Limits(max_connections=1)

    def in_a_thread() -> APITimeoutError:
        with httpx.Client(limits=one) as own:
            client = Client(provider, timeout=limits, retry=ONCE, http_client=own)
            busy = client.stream(HELLO)
            next(busy)
            with pytest.raises(APITimeoutError) as caught:
                client.call(HELLO)
            return caught.value

    async def in_a_loop() -> APITimeoutError:
        async with httpx.AsyncClient(limits=one) as own:
            client = AsyncClient(provider, timeout=limits, retry=ONCE, http_client=own)
            async with aclosing(client.stream(HELLO)) as busy:
                await anext(busy)
                with pytest.raises(APITimeoutError) as caught:
                    await client.call(HELLO)
            return caught.value

    error = in_a_thread() if colour == "sync" else asyncio.run(in_a_loop())
    assert (error.phase, error.retryable) == ("pool", True)
