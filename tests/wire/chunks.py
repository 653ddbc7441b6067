"""What the tests of the chat wire share: streams as text, decoders, and a reading of both."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from seed_core.events import Event, Finish, Reply, Usage, collect
from seed_core.flow import Response
from seed_core.providers.explain import explain_error
from seed_core.providers.openrouter import OPENROUTER
from seed_core.types import Json, ReplayState
from seed_core.wire.chat_reply import ChatDecoder, decode_chat
from seed_core.wire.context import Context

HEADERS = {"x-generation-id": "gen-1", "content-type": "text/event-stream"}


def context(*, issuer: str = "openrouter", hide: bool = False) -> Context:
    """A call to a host without a price table, whose errors are read as OpenRouter's are."""
    return Context(
        issuer=issuer,
        error_of=lambda payload: payload.get("error"),
        explain=lambda payload, headers: explain_error(OPENROUTER, payload, headers),
        estimate=lambda _usage, _model: None,
        scrub=OPENROUTER.scrub,
        hide_reasoning=hide,
    )


def decoder(
    *, hide: bool = False, each_line: bool = False, needs_reason: bool = False
) -> ChatDecoder:
    """A fresh decoder."""
    settings = {"each_line": each_line, "needs_reason": needs_reason}
    return ChatDecoder(context(hide=hide), HEADERS, **settings)


def chunk(delta: Json | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a stream with one choice."""
    choice: dict[str, Any] = {"index": 0, "delta": dict(delta or {}), "finish_reason": finish}
    return {"id": "gen-1", "object": "chat.completion.chunk", "choices": [choice], **fields}


def sse(*chunks: Mapping[str, Any] | str, done: bool = True) -> bytes:
    """A stream of these chunks; a text stands for itself."""
    lines = [
        c if isinstance(c, str) else f"data: {json.dumps(c, ensure_ascii=False)}" for c in chunks
    ]
    return "".join(f"{line}\n\n" for line in [*lines, *(["data: [DONE]"] * done)]).encode()


def pieces(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The stream, cut at these places."""
    edges = [0, *sorted(cuts), len(stream)]
    return [stream[start:stop] for start, stop in pairwise(edges)]


def read(
    blocks: Iterable[bytes], reading: ChatDecoder | None = None
) -> tuple[list[Event], ChatDecoder]:
    """All events of a stream, and the decoder after its end."""
    reading = reading or decoder()
    events = [event for block in blocks for event in reading.feed(block)]
    return events + reading.end(), reading


def read_well(stream: bytes, **settings: bool) -> list[Event]:
    """All events of a stream that ends well, which must not depend on how it is cut."""
    events, reading = read([stream], decoder(**settings))
    assert reading.failure is None, reading.failure
    assert reading.done
    singly, _ = read((stream[i : i + 1] for i in range(len(stream))), decoder(**settings))
    assert nameless(singly) == nameless(events)
    return events


def reply(*chunks: Mapping[str, Any] | str, **settings: bool) -> Reply:
    """The fold of a stream of these chunks that ends well."""
    return collect(read_well(sse(*chunks), **settings))


def broken(stream: bytes, **settings: bool) -> tuple[Reply, Exception]:
    """What came of a stream that ends badly, and its failure."""
    events, reading = read([stream], decoder(**settings))
    assert reading.failure is not None
    assert not reading.done
    assert reading.feed(sse(chunk({"content": "too late"}, "stop"))) == []
    singly, again = read((stream[i : i + 1] for i in range(len(stream))), decoder(**settings))
    assert (nameless(singly), str(again.failure)) == (nameless(events), str(reading.failure))
    return collect(events), reading.failure


def whole(body: object, status: int = 200) -> Reply:
    """The fold of a whole reply."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status, {"content-type": "application/json"}, data)
    return collect(decode_chat(response, context()))


def message(**fields: Any) -> dict[str, Any]:
    """A whole reply with this message."""
    choice = {"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": "stop"}
    return {"id": "gen-1", "object": "chat.completion", "choices": [choice]}


def finish_of(answer: Reply) -> Finish:
    """The finish, which is there."""
    assert answer.finish is not None
    return answer.finish


def usage_of(answer: Reply) -> Usage:
    """The usage, which was told."""
    usage = finish_of(answer).usage
    assert usage is not None
    return usage


def details_of(answer: Reply) -> list[Json]:
    """The entries of the replay state, which is there."""
    assert isinstance(answer.state, ReplayState)
    assert answer.state.details is not None
    return list(answer.state.details)


def nameless(events: Sequence[Event]) -> list[str]:
    """Events as text, without the ids that were made up for calls that had none."""
    texts: list[str] = []
    for event in events:
        ident = getattr(event, "id", None)
        text = repr(event)
        made_up = isinstance(ident, str) and ident.startswith("call_") and len(ident) == 29
        texts.append(text.replace(str(ident), "call_*") if made_up else text)
    return texts
