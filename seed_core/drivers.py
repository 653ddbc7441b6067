"""Runs flows: the only code that sends, reads and waits. Once for threads, once for event loops.

What they share is below them; what differs is `await`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import replace
from typing import TypeAlias, TypeVar, cast

from seed_core.errors import APIConnectionError, APITimeoutError, SeedError, StreamBrokenError
from seed_core.events import Event, coalesce, collect
from seed_core.flow import (
    Decoder,
    Flow,
    Opened,
    OutOfTimeError,
    Pending,
    Response,
    Send,
    Sink,
    cancelling,
    tell_earlier,
)
from seed_core.timeouts import Deadline, Timeout
from seed_core.transport import AsyncOpening, SyncOpening, Transport, Whole

T = TypeVar("T")
OpenSync: TypeAlias = Transport[SyncOpening]
OpenAsync: TypeAlias = Transport[Awaitable[AsyncOpening]]
Connect: TypeAlias = Callable[[], AbstractContextManager[OpenSync]]
AsyncConnect: TypeAlias = Callable[[], AbstractAsyncContextManager[OpenAsync]]

# --- threads -------------------------------------------------------------------------------------


def run(flow: Flow[T], transport: OpenSync, deadline: Deadline) -> T:
    """Drive a flow to its result. Jobs that are under way when it ends are cancelled."""
    jobs: list[Pending] = []
    try:
        send = next(flow)
        while True:
            _note(send, jobs)
            try:
                got = _perform(send, transport, deadline)
            except SeedError as error:
                send = flow.throw(error)
            else:
                send = flow.send(got)
    except StopIteration as stop:
        return cast("T", stop.value)
    finally:
        flow.close()
        for job in jobs:
            if not job.over:
                _undo(job, transport)


def _undo(job: Pending, transport: OpenSync) -> None:
    """Cancel a job. What is told is why the call ended."""
    flow = cancelling(job)
    with suppress(StopIteration):
        send = next(flow)
        try:
            flow.send(_perform(send, transport, Deadline.start(Timeout())))
        except SeedError as error:
            flow.throw(error)


def stream(
    flow: Flow[Opened], connect: Connect, timeout: Timeout, *, join: bool
) -> Iterator[Event]:
    """Drive a flow to its stream, and yield the events as they come.

    Raises:
        SeedError: before the first event, whatever the flow gave up on; after it, the error that
            broke the stream, with what had come in `.partial`.
    """
    seen: list[Event] = []
    deadline = Deadline.start(timeout)
    with connect() as transport:
        opened = run(flow, transport, deadline)
        opening = cast("SyncOpening | None", opened.stream)
        events = list(opened.events)
        try:
            while True:
                events = coalesce(events) if join and len(events) > 1 else events
                seen += events
                yield from events
                if opening is None:
                    return
                if _over(opened.decoder):
                    opening.drain()
                    return
                events = _next(opening, opened.decoder, deadline)
        except SeedError as error:
            error.partial = collect(seen)
            tell_earlier(error, opened.earlier)
            raise
        finally:
            if opening is not None:
                opening.close()


def _perform(send: Send, transport: OpenSync, deadline: Deadline) -> Response | Opened:
    """Wait, send, and read the answer, or a stream up to its first event."""
    streaming = send.decoder is not None
    if send.within is not None:
        deadline = _own(send.within)
    pause = _pause(send, deadline)
    if pause:
        time.sleep(pause)
    deadline.begin(streaming=streaming)
    opening = transport.open(send.request, deadline, streaming=streaming)
    opened = None
    try:
        if send.into is not None and opening.good:
            return _save(opening, send.into, deadline)
        if send.decoder is None or not opening.streaming:
            whole = Whole(opening, deadline)
            while whole.takes(opening.read(whole.deadline, streaming=False)):
                pass
            return whole.response()
        decoder = send.decoder(opening.headers)
        events: list[Event] = []
        while not events and not _over(decoder):
            events = _next(opening, decoder, deadline)
        deadline.first_token = None
        opened = Opened(events, opening, decoder)
        return opened
    finally:
        if opened is None:
            opening.close()


def _save(opening: SyncOpening, into: Sink, deadline: Deadline) -> Response:
    """Read the answer into a sink."""
    try:
        into.begin(opening.headers)
        while (block := opening.read(deadline, streaming=False)) is not None:
            into.write(block)
        into.finish()
    except BaseException:
        into.abandon()
        raise
    return Response(opening.status, opening.headers)


def _next(opening: SyncOpening, decoder: Decoder | None, deadline: Deadline) -> list[Event]:
    """The events of the next bytes."""
    try:
        block = opening.read(deadline, streaming=True)
    except SeedError as error:
        return _broken(decoder, error)
    return _decoded(decoder, block, opening, deadline)


# --- event loops ---------------------------------------------------------------------------------


async def arun(flow: Flow[T], transport: OpenAsync, deadline: Deadline) -> T:
    """Drive a flow to its result. Jobs that are under way when it ends are cancelled."""
    jobs: list[Pending] = []
    try:
        send = next(flow)
        while True:
            _note(send, jobs)
            try:
                got = await _aperform(send, transport, deadline)
            except SeedError as error:
                send = flow.throw(error)
            else:
                send = flow.send(got)
    except StopIteration as stop:
        return cast("T", stop.value)
    finally:
        flow.close()
        for job in jobs:
            if not job.over:
                await _aundo(job, transport)


async def _aundo(job: Pending, transport: OpenAsync) -> None:
    """Cancel a job, although this task itself may be cancelled, and more than once. See `_undo`."""
    import anyio  # noqa: PLC0415 - comes with httpx, which is imported late

    flow = cancelling(job)
    cancelled: asyncio.CancelledError | None = None
    with suppress(StopIteration), anyio.CancelScope(shield=True):
        send = next(flow)
        until = time.monotonic() + (send.within or 0.0)
        while True:
            try:
                got = await _aperform(send, transport, Deadline.start(Timeout()))
            except SeedError as error:
                flow.throw(error)
            except asyncio.CancelledError as error:
                cancelled = error  # a shield keeps scopes off, but not `task.cancel()`
                left = until - time.monotonic()
                if left <= 0:
                    flow.throw(
                        APIConnectionError("no time was left", provider=send.request.provider)
                    )
                send = replace(send, within=left)
            else:
                flow.send(got)
    if cancelled is not None:
        raise cancelled


async def astream(
    flow: Flow[Opened], connect: AsyncConnect, timeout: Timeout, *, join: bool
) -> AsyncGenerator[Event, None]:
    """Drive a flow to its stream, and yield the events as they come. See `stream`."""
    seen: list[Event] = []
    deadline = Deadline.start(timeout)
    async with connect() as transport:
        opened = await arun(flow, transport, deadline)
        opening = cast("AsyncOpening | None", opened.stream)
        events = list(opened.events)
        try:
            while True:
                events = coalesce(events) if join and len(events) > 1 else events
                seen += events
                for event in events:
                    yield event
                if opening is None:
                    return
                if _over(opened.decoder):
                    await opening.drain()
                    return
                events = await _anext(opening, opened.decoder, deadline)
        except SeedError as error:
            error.partial = collect(seen)
            tell_earlier(error, opened.earlier)
            raise
        finally:
            if opening is not None:
                await opening.close()


async def _aperform(send: Send, transport: OpenAsync, deadline: Deadline) -> Response | Opened:
    """Wait, send, and read the answer, or a stream up to its first event."""
    streaming = send.decoder is not None
    if send.within is not None:
        deadline = _own(send.within)
    pause = _pause(send, deadline)
    if pause:
        await asyncio.sleep(pause)
    deadline.begin(streaming=streaming)
    opening = await transport.open(send.request, deadline, streaming=streaming)
    opened = None
    try:
        if send.into is not None and opening.good:
            return await _asave(opening, send.into, deadline)
        if send.decoder is None or not opening.streaming:
            whole = Whole(opening, deadline)
            while whole.takes(await opening.read(whole.deadline, streaming=False)):
                pass
            return whole.response()
        decoder = send.decoder(opening.headers)
        events: list[Event] = []
        while not events and not _over(decoder):
            events = await _anext(opening, decoder, deadline)
        deadline.first_token = None
        opened = Opened(events, opening, decoder)
        return opened
    finally:
        if opened is None:
            await opening.close()


async def _asave(opening: AsyncOpening, into: Sink, deadline: Deadline) -> Response:
    """Read the answer into a sink, whose work is a thread's."""
    try:
        await asyncio.to_thread(into.begin, opening.headers)
        while (block := await opening.read(deadline, streaming=False)) is not None:
            await asyncio.to_thread(into.write, block)
        await asyncio.to_thread(into.finish)
    except BaseException:
        into.abandon()
        raise
    return Response(opening.status, opening.headers)


async def _anext(opening: AsyncOpening, decoder: Decoder | None, deadline: Deadline) -> list[Event]:
    """The events of the next bytes."""
    try:
        block = await opening.read(deadline, streaming=True)
    except SeedError as error:
        return _broken(decoder, error)
    return _decoded(decoder, block, opening, deadline)


# --- both ----------------------------------------------------------------------------------------


def _note(send: Send, jobs: list[Pending]) -> None:
    """Remember the job that a send is about."""
    if send.undo is not None and send.undo not in jobs:
        jobs.append(send.undo)


def _own(seconds: float) -> Deadline:
    """The deadline of a send that has its own."""
    return Deadline.start(
        Timeout(connect=seconds, read=seconds, write=seconds, pool=seconds, total=seconds)
    )


def _pause(send: Send, deadline: Deadline) -> float:
    """Seconds to wait before sending, where the call has them left."""
    pause = deadline.pause(send.delay)
    if pause < send.delay:
        provider = send.request.provider
        words = str(deadline.error("total", provider))
        error = OutOfTimeError(words, phase="total", provider=provider)
        error.reached = False  # nothing was sent
        raise error
    return pause


def _over(decoder: Decoder | None) -> bool:
    """Whether a stream has ended well; raise the failure if it ended badly."""
    if decoder is None:
        return True
    if decoder.failure is not None:
        raise decoder.failure
    return decoder.done


def _decoded(
    decoder: Decoder | None,
    block: bytes | None,
    opening: SyncOpening | AsyncOpening,
    deadline: Deadline,
) -> list[Event]:
    """The events of a block, or of the end."""
    if decoder is None:
        return []
    if block is None:
        return decoder.end()
    events = decoder.feed(block)
    if events:
        deadline.barren_since = None
    elif not (decoder.done or decoder.failure):
        deadline.barren(opening.provider, streaming=True)
    return events


def _broken(decoder: Decoder | None, error: SeedError) -> list[Event]:
    """The last events of a stream whose connection broke; its decoder then has the failure.

    A reply whose finish had come is whole, and has none: only its usage is lost.
    """
    if decoder is None:
        raise error
    events = decoder.end()
    if isinstance(decoder.failure, StreamBrokenError):
        broken = StreamBrokenError(f"{decoder.failure} ({error})", provider=error.provider)
        broken.__cause__ = error
        # What ran out of time, or does not decompress, says more than that it broke.
        lost = isinstance(error, APIConnectionError) and not isinstance(error, APITimeoutError)
        decoder.failure = broken if lost else error
    return events
