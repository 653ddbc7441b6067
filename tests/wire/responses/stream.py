"""What the tests of the responses wire share: answers, streamed and whole, and their reading."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seed_core.events import Event, Reply, collect
from seed_core.flow import Response
from seed_core.types import Json
from seed_core.wire.responses_reply import ResponsesDecoder, decode_responses
from tests.wire.chunks import HEADERS, context, nameless

USAGE: dict[str, Any] = {
    "input_tokens": 12,
    "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 6},
    "output_tokens": 34,
    "output_tokens_details": {"reasoning_tokens": 7},
    "total_tokens": 46,
}


# --- items ----------------------------------------------------------------------------------------


def said(*texts: str, ident: str = "msg_1", **fields: Any) -> dict[str, Any]:
    """A message of these texts."""
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    marks = {"type": "message", "id": ident, "status": "completed", "role": "assistant"}
    return {**marks, "content": content, **fields}


def thought(*summary: str, ident: str = "rs_1", **fields: Any) -> dict[str, Any]:
    """A reasoning item with a summary of these paragraphs."""
    paragraphs = [{"type": "summary_text", "text": text} for text in summary]
    return {"type": "reasoning", "id": ident, "summary": paragraphs, **fields}


def raw_thought(*texts: str, ident: str = "rs_1", **fields: Any) -> dict[str, Any]:
    """A reasoning item that holds the reasoning itself."""
    content = [{"type": "reasoning_text", "text": text} for text in texts]
    return thought(ident=ident, content=content, **fields)


def call(arguments: str = "{}", ident: str = "call_1", name: str = "f") -> dict[str, Any]:
    """A call of a function."""
    marks = {"type": "function_call", "id": f"fc_{ident}", "status": "completed"}
    return {**marks, "call_id": ident, "name": name, "arguments": arguments}


def search(ident: str = "ws_1") -> dict[str, Any]:
    """A search that the host did."""
    action = {"type": "search", "query": "cats"}
    return {"type": "web_search_call", "id": ident, "status": "completed", "action": action}


# --- answers --------------------------------------------------------------------------------------


def response(*output: Json, **fields: Any) -> dict[str, Any]:
    """A whole response with these items."""
    marks = {"id": "resp_1", "object": "response", "status": "completed", "model": "seed"}
    return {**marks, "error": None, "incomplete_details": None, "output": list(output), **fields}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of a stream."""
    return {"type": f"response.{kind}", **fields}


CREATED = event("created", response={"id": "resp_1", "model": "seed", "status": "in_progress"})


def completed(*output: Json, **fields: Any) -> dict[str, Any]:
    """The last event of a good stream."""
    return event("completed", response=response(*output, **fields))


def events_of(*items: Json, step: int = 3) -> Iterator[dict[str, Any]]:
    """The events that stream these items, in OpenAI's order, texts in pieces of `step`."""
    for index, item in enumerate(items):
        empty = {"content": [], "summary": [], "arguments": ""}
        begun = {k: empty.get(k, v) for k, v in item.items() if k != "encrypted_content"}
        yield event("output_item.added", output_index=index, item=begun)
        for stem, place, words in _texts(item):
            at = {"output_index": index, "item_id": item.get("id"), **place}
            text = next(iter(words.values()))
            for start in range(0, len(text), step):
                yield event(f"{stem}.delta", delta=text[start : start + step], **at)
            yield event(f"{stem}.done", **words, **at)
        for content_index, part in enumerate(item.get("content") or ()):
            for number, note in enumerate(part.get("annotations") or ()):
                yield event(
                    "output_text.annotation.added",
                    output_index=index,
                    content_index=content_index,
                    annotation_index=number,
                    annotation=note,
                )
        yield event("output_item.done", output_index=index, item=item)


def _texts(item: Json) -> Iterator[tuple[str, dict[str, int], dict[str, str]]]:
    """What of an item is streamed: the event, its place, and the text under its name."""
    for number, part in enumerate(item.get("summary") or ()):
        yield "reasoning_summary_text", {"summary_index": number}, {"text": part["text"]}
    for number, part in enumerate(item.get("content") or ()):
        place = {"content_index": number}
        match part["type"]:
            case "reasoning_text":
                yield "reasoning_text", place, {"text": part["text"]}
            case "refusal":
                yield "refusal", place, {"refusal": part["refusal"]}
            case _:
                yield "output_text", place, {"text": part["text"]}
    if item["type"] == "function_call":
        yield "function_call_arguments", {}, {"arguments": item["arguments"]}


def sse(*events: Mapping[str, Any] | str, named: bool = False, done: bool = False) -> bytes:
    """A stream of these events; a text stands for itself."""
    lines = []
    for one in events:
        if isinstance(one, str):
            lines.append(one)
            continue
        name = f"event: {one['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(one, ensure_ascii=False)}")
    return "".join(f"{line}\n\n" for line in [*lines, *(["data: [DONE]"] * done)]).encode()


def streamed(*items: Json, **fields: Any) -> bytes:
    """A whole stream of these items."""
    return sse(CREATED, *events_of(*items), completed(*items, **fields))


# --- reading --------------------------------------------------------------------------------------


def decoder(*, hide: bool = False) -> ResponsesDecoder:
    """A fresh decoder."""
    return ResponsesDecoder(context(hide=hide), HEADERS)


def read(
    blocks: Iterable[bytes], reading: ResponsesDecoder | None = None
) -> tuple[list[Event], ResponsesDecoder]:
    """All events of a stream, and the decoder after its end."""
    reading = reading or decoder()
    events = [one for block in blocks for one in reading.feed(block)]
    return events + reading.end(), reading


def read_well(stream: bytes, *, hide: bool = False) -> list[Event]:
    """All events of a stream that ends well, which must not depend on how it is cut."""
    events, reading = read([stream], decoder(hide=hide))
    assert reading.failure is None, reading.failure
    assert reading.done
    singly, _ = read((stream[i : i + 1] for i in range(len(stream))), decoder(hide=hide))
    assert nameless(singly) == nameless(events)
    return events


def reply(*events: Mapping[str, Any] | str, hide: bool = False) -> Reply:
    """The fold of a stream of these events that ends well."""
    return collect(read_well(sse(*events), hide=hide))


def broken(stream: bytes) -> tuple[Reply, Exception]:
    """What came of a stream that ends badly, and its failure."""
    events, reading = read([stream])
    assert reading.failure is not None
    assert not reading.done
    assert reading.feed(streamed(said("too late"))) == []
    singly, again = read(stream[i : i + 1] for i in range(len(stream)))
    assert (nameless(singly), str(again.failure)) == (nameless(events), str(reading.failure))
    return collect(events), reading.failure


def whole(body: object, *, hide: bool = False) -> Reply:
    """The fold of a whole reply."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return collect(decode_responses(Response(200, HEADERS, data), context(hide=hide)))


def both(*items: Json, hide: bool = False, **fields: Any) -> Reply:
    """The answer of these items, which is the same whole and streamed."""
    answer = whole(response(*items, **fields), hide=hide)
    assert collect(read_well(streamed(*items, **fields), hide=hide)) == answer
    return answer
