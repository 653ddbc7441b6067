"""Calls without a socket: a flow is handed what was answered, and what comes of it is checked."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from seed_core.errors import ConfigurationError, SeedError
from seed_core.events import (
    Event,
    Finish,
    Reply,
    coalesce,
    collect,
)
from seed_core.exchanges import address_of, head_of
from seed_core.flow import Decoder, Flow, Opened, OutOfTimeError, Request, Response, Retry
from seed_core.providers import PROVIDERS, resolve
from seed_core.providers.base import Provider
from seed_core.providers.fal_wire import FalWire
from seed_core.types import Prompt
from seed_core.wire.chat import ChatWire
from seed_core.wire.messages import MessagesWire
from seed_core.wire.responses import ResponsesWire
from tests.fuzz.hostile import in_pieces
from tests.rows import Row
from tests.wire.chunks import nameless
from tests.wire.well_typed import well_typed

T = TypeVar("T")
STREAM = {"content-type": "text/event-stream", "x-request-id": "req_1"}
ONCE = Retry(0)
AGAIN = Retry(2, jitter=lambda: 0.0)
NOWHERE: Any = None
"""Where a download goes here: only what drives a flow writes, and nothing does."""
_KINDS = {ChatWire: "chat", MessagesWire: "messages", ResponsesWire: "responses", FalWire: "fal"}

ROWS = [Row(name, api) for name, host in PROVIDERS.items() for api in host.wires]
"""Every provider over every one of its wires."""


def host_of(row: Row) -> Provider:
    """The provider, with a key, at an address where nobody listens."""
    at = "http://127.0.0.1:9/v1"
    return resolve(row.value, api=row.api, model=row.model, api_key=row.key, base_url=at)


HOSTS = {str(row): host_of(row) for row in ROWS}
STREAMING = {name: host for name, host in HOSTS.items() if host.wire.streams}


def kind_of(host: Provider) -> str:
    """The name of what a provider speaks."""
    return _KINDS[type(host.wire)]


def check_request(request: Request) -> None:
    """A request that has a head, or that is refused: hosts name parts of addresses and headers."""
    address = address_of(request.url)
    if address is not None:
        with suppress(ConfigurationError):
            head_of(request, address)


def outcome(
    flow: Flow[T], answers: Iterable[Response], asked: list[Request] | None = None
) -> T | SeedError:
    """What comes of a flow that gets these answers, and then none in time.

    `asked` takes what the flow wants sent.
    """
    waiting = iter(answers)
    sent: list[Request] = [] if asked is None else asked
    try:
        send = next(flow)
        for _ in range(300):
            sent.append(send.request)
            check_request(send.request)
            answer = next(waiting, None)
            if answer is None:
                send = flow.throw(OutOfTimeError("the time was up", phase="total"))
            else:
                send = flow.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # it is what the flow returns
    except SeedError as error:
        return error
    raise AssertionError("a flow that does not end although its time is up")


def reading(host: Provider, prompt: Prompt, headers: Mapping[str, str] = STREAM) -> Decoder:
    """A fresh reader of a streamed answer to a prompt."""
    flow = host.call(prompt, stream=True, retry=ONCE)
    made = next(flow).decoder
    assert made is not None
    flow.close()
    return made(headers)


def shape(events: Sequence[Event]) -> list[str]:
    """Events however they were cut, without the ids that are made up."""
    return nameless(coalesce(events))


def fold(events: Sequence[Event]) -> str:
    """What events come to, in words, because NaN is not itself; without ids that are made up."""
    joined = coalesce(events)
    order = sorted(joined, key=lambda event: isinstance(event, Finish))
    return repr(nameless(order))


def read(blocks: Iterable[bytes], reading: Decoder) -> list[Event]:
    """All events of a stream."""
    events: list[Event] = []
    for block in blocks:
        events += reading.feed(block)
    return events + reading.end()


def checked(events: Sequence[Event], *, over: bool, named: bool = True) -> Reply:
    """The fold of events, each of which is well formed, with the end where it belongs."""
    assert all(map(well_typed, events))
    finishes = [event for event in events if isinstance(event, Finish)]
    assert len(finishes) == int(over)
    assert not over or isinstance(events[-1], Finish)
    answer = collect(events)
    assert repr(collect(coalesce(events))) == repr(answer)
    for call in answer.tool_calls:
        assert call.id
        assert call.name or not (over and named)
    return answer


def check_stream(host: Provider, prompt: Prompt, data: bytes, cuts: Sequence[float]) -> Reply:
    """Read a stream: whole, in pieces, and ended on this side half-way."""
    one = reading(host, prompt)
    events = read([data], one)
    assert (one.failure is not None) != one.done
    assert one.failure is None or isinstance(one.failure, SeedError)
    answer = checked(events, over=one.done)
    assert one.feed(b'data: {"choices":[{"delta":{"content":"late"}}]}\n\n') == []
    other = reading(host, prompt)
    pieces = in_pieces(data, cuts)
    assert shape(read(pieces, other)) == shape(events)
    assert str(other.failure) == str(one.failure)
    left = reading(host, prompt)
    begun = [event for block in pieces[: len(pieces) // 2] for event in left.feed(block)]
    if not left.done and left.failure is None:
        # A call may have begun that had no name yet: it is not part of the answer any more.
        checked([*begun, *left.cut()], over=True, named=False)
    return answer


def check_answers(host: Provider, prompt: Prompt, answers: Sequence[Response]) -> None:
    """Ask, and get these answers one after the other: events that end, or an error that teaches."""
    got = outcome(host.call(prompt, stream=False, retry=AGAIN), answers)
    if isinstance(got, Opened):
        checked(got.events, over=True)
    else:
        assert isinstance(got, SeedError)
        assert str(got)
        assert len(str(got)) < 3000, (len(str(got)), str(got)[:600], str(got)[-300:])
