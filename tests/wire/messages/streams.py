"""What the tests of decoding share: streams as bytes, decoders, and what they make of both."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from seed_core.events import Event, Finish, Reply, Usage, collect
from seed_core.flow import Response
from seed_core.types import Json
from seed_core.wire.messages_reply import MessagesDecoder, decode_messages
from tests.wire.chunks import context, nameless

HEADERS = {"request-id": "req_1", "content-type": "text/event-stream"}


def decoder(*, hide: bool = False, each_line: bool = False) -> MessagesDecoder:
    """A fresh decoder."""
    return MessagesDecoder(context(issuer="host", hide=hide), HEADERS, each_line=each_line)


def begin(**fields: Any) -> dict[str, Any]:
    """The start of a message."""
    usage = {"input_tokens": 5, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    return {"type": "message_start", "message": message | {"content": [], "usage": usage} | fields}


def start(block: object, index: object = 0) -> dict[str, Any]:
    """The start of a block."""
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(kind: str, index: object = 0, **fields: Any) -> dict[str, Any]:
    """A piece of a block."""
    delta = {"type": f"{kind}_delta", **fields}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: object = 0) -> dict[str, Any]:
    """The end of a block."""
    return {"type": "content_block_stop", "index": index}


def ending(reason: str | None = "end_turn", usage: object = None, **delta: Any) -> dict[str, Any]:
    """What is told at the end of a message."""
    told = {"output_tokens": 9} if usage is None else usage
    return {"type": "message_delta", "delta": {"stop_reason": reason, **delta}, "usage": told}


STOP = {"type": "message_stop"}
PING = {"type": "ping"}


def text_block(*texts: str, index: int = 0) -> list[dict[str, Any]]:
    """A block of text in these pieces."""
    pieces = [piece("text", index, text=text) for text in texts]
    return [start({"type": "text", "text": ""}, index), *pieces, stop(index)]


def call_block(
    *pieces: str, index: int = 0, ident: str = "toolu_1", name: str = "look"
) -> list[dict[str, Any]]:
    """A call whose input comes in these pieces."""
    block = {"type": "tool_use", "id": ident, "name": name, "input": {}}
    told = [piece("input_json", index, partial_json=text) for text in pieces]
    return [start(block, index), *told, stop(index)]


def thought_block(*texts: str, index: int = 0, signature: str = "c2ln") -> list[dict[str, Any]]:
    """A block of reasoning in these pieces, signed at its end."""
    told = [piece("thinking", index, thinking=text) for text in texts]
    signed = piece("signature", index, signature=signature)
    begun = start({"type": "thinking", "thinking": "", "signature": ""}, index)
    return [begun, *told, signed, stop(index)]


def sse(*events: Mapping[str, Any] | str, named: bool = True) -> bytes:
    """A stream of these events; a text stands for itself."""
    lines: list[str] = []
    for event in events:
        if isinstance(event, str):
            lines.append(f"{event}\n\n")
            continue
        name = f"event: {event['type']}\n" if named and "type" in event else ""
        # Recorded streams have blanks behind the JSON.
        lines.append(f"{name}data: {json.dumps(event, ensure_ascii=False)}   \n\n")
    return "".join(lines).encode()


def read(
    blocks: Iterable[bytes], reading: MessagesDecoder | None = None
) -> tuple[list[Event], MessagesDecoder]:
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


def reply(*events: Mapping[str, Any] | str, **settings: bool) -> Reply:
    """The fold of a stream of these events, between the usual beginning and end."""
    told = [event.get("type") for event in events if not isinstance(event, str)]
    first = [] if "message_start" in told else [begin()]
    last = [STOP] if "message_delta" in told else [ending(), STOP]
    return collect(read_well(sse(*first, *events, *last), **settings))


def broken(*events: Mapping[str, Any] | str, named: bool = True) -> tuple[Reply, Exception]:
    """What came of a stream that ends badly, and its failure."""
    stream = sse(*events, named=named)
    got, reading = read([stream])
    assert reading.failure is not None
    assert not reading.done
    assert reading.feed(sse(*text_block("too late"), ending(), STOP)) == []
    singly, again = read(stream[i : i + 1] for i in range(len(stream)))
    assert (nameless(singly), str(again.failure)) == (nameless(got), str(reading.failure))
    return collect(got), reading.failure


def message(*content: Json, **fields: Any) -> dict[str, Any]:
    """A whole reply."""
    top = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    usage = {"input_tokens": 5, "output_tokens": 9}
    return {**top, "content": list(content), "stop_reason": "end_turn", "usage": usage, **fields}


def whole(body: object, status: int = 200) -> Reply:
    """The fold of a whole reply."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status, {"content-type": "application/json"}, data)
    return collect(decode_messages(response, context(issuer="host")))


def finish_of(answer: Reply) -> Finish:
    """The finish, which is there."""
    assert answer.finish is not None
    return answer.finish


def usage_of(answer: Reply) -> Usage:
    """The usage, which was told."""
    usage = finish_of(answer).usage
    assert usage is not None
    return usage


def blocks_of(answer: Reply) -> list[Json]:
    """The blocks of the replay state, which is there and of this wire."""
    assert answer.state is not None
    assert answer.state.issuer == "host/messages"
    assert answer.state.details is not None
    return list(answer.state.details)
