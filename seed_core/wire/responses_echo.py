"""Earlier answers as items of the responses wire: the host's own where the history still says them.

A reasoning item goes back together with the item that it led to, both unchanged, or not at all:
alone it is refused ("was provided without its required following item", recorded at OpenAI).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic_core import from_json

from seed_core.types import Annotation, Json, Message, Reasoning, Refusal, Text, ToolCall
from seed_core.wire.responses_items import issuer_of

ECHOED = frozenset(
    {
        "message",
        "reasoning",
        "function_call",
        "web_search_call",
        "file_search_call",
        "code_interpreter_call",
        "image_generation_call",
        "mcp_list_tools",
        "mcp_call",
        "compaction",
    }
)
"""The kinds of output items that are input as well, but for those that wait for an answer that is
never given here: a shell, a computer, an approval."""


def answer(
    message: Message, issuer: str, number: int, *, echoed: frozenset[str], bare: bool
) -> list[Json]:
    """The items of an earlier answer, in order.

    What the message says otherwise than the host's items do is written afresh, without an id.

    Args:
        message: the answer.
        issuer: who is asked now.
        number: how many items stand before.
        echoed: the kinds of items that the host takes back.
        bare: whether it takes back reasoning that was neither sealed nor shown as it was.
    """
    own = _own_items(message, issuer)
    groups = list(_groups(own, takes="reasoning" in echoed, bare=bare))
    messages = [whole for _, item, whole in groups if item.get("type") == "message"]
    edited = _words_of(message) != _words_in(own) or not all(messages)
    fresh = _message(message, issuer, number) if edited else []
    items: list[Json] = []
    if not messages:
        items, fresh = fresh, []
    calls = dict(enumerate(part for part in message.parts if isinstance(part, ToolCall)))
    places = {call.id: place for place, call in reversed(calls.items())}
    for thoughts, item, whole in groups:
        kind = str(item.get("type"))
        if kind == "message" and edited:
            items += fresh
            fresh = []
        elif kind == "function_call":
            place = places.pop(str(item.get("call_id")), None)
            if place is not None:
                call = calls.pop(place)
                items += [*thoughts, item] if whole and _same(item, call) else [_call(call)]
        elif kind in echoed and whole:
            items += [*thoughts, item]
    return [*items, *map(_call, calls.values())] or [{"role": "assistant", "content": ""}]


def _own_items(message: Message, issuer: str) -> list[Json]:
    """The items that this host sent with the answer."""
    states = [part.state for part in message.parts if isinstance(part, Reasoning)]
    return [
        item
        for state in states
        if state is not None and state.issuer == issuer_of(issuer)
        for item in state.details or ()
    ]


def _groups(
    items: Iterable[Json], *, takes: bool, bare: bool
) -> Iterator[tuple[list[Json], Json, bool]]:
    """Each item with the reasoning that led to it, and whether the host takes that back."""
    thoughts: list[Json] = []
    for item in items:
        if item.get("type") == "reasoning":
            thoughts.append(item)
        else:
            yield thoughts, item, not thoughts or (takes and (bare or all(map(_carried, thoughts))))
            thoughts = []


def _carried(thought: Json) -> bool:
    """Whether a reasoning item holds the reasoning itself: sealed, signed, or in words.

    Of one that has only a summary the host must know the id. Where nothing was stored, OpenAI
    answers "Item with id 'rs_...' not found. Items are not persisted when `store` is set to
    false".
    """
    return any(thought.get(name) for name in ("encrypted_content", "signature", "content"))


def _words_of(message: Message) -> tuple[str, str]:
    """The text of an answer, and its refusal."""
    text = "".join(part.text for part in message.parts if isinstance(part, Text))
    return text, "".join(part.text for part in message.parts if isinstance(part, Refusal))


def _words_in(items: Iterable[Json]) -> tuple[str, str]:
    """The same of the host's items."""
    contents = [item.get("content") for item in items if item.get("type") == "message"]
    lists = [content for content in contents if isinstance(content, list)]
    parts = [part for content in lists for part in content if isinstance(part, dict)]
    text = [part.get("text") for part in parts if part.get("type") != "refusal"]
    refusal = [part.get("refusal") for part in parts]
    return "".join(map(str, filter(None, text))), "".join(map(str, filter(None, refusal)))


def _message(message: Message, issuer: str, number: int) -> list[Json]:
    """The words of an answer, written afresh.

    Text alone is a string, which every host takes. Parts need an id by OpenRouter's schema; their
    place is one, as the host knows none.
    """
    text, refusal = _words_of(message)
    notes = [
        part.raw
        for part in message.parts
        if isinstance(part, Annotation) and part.issuer in (None, issuer_of(issuer))
    ]
    if not refusal and not (text and notes):
        return [{"role": "assistant", "content": text}] if text else []
    content: list[Json] = []
    if text:
        content.append({"type": "output_text", "text": text, "annotations": notes})
    if refusal:
        content.append({"type": "refusal", "refusal": refusal})
    marks = {"type": "message", "id": f"msg_{number}", "status": "completed"}
    return [{**marks, "role": "assistant", "content": content}]


def _same(item: Json, call: ToolCall) -> bool:
    """Whether an item is that call. Frameworks write the arguments' JSON anew."""
    said = item.get("arguments")
    return (
        item.get("name") == call.name
        and isinstance(said, str)
        and (said == call.arguments or _parsed(said) == _parsed(call.arguments))
    )


def _parsed(arguments: str) -> object:
    """Arguments as values; none are an empty object; what is not JSON stays text."""
    try:
        return from_json(arguments or "{}")
    except (TypeError, ValueError):  # a TypeError for half of a surrogate pair
        return arguments


def _call(call: ToolCall) -> Json:
    """A call, written afresh. No arguments means an empty object, which is what hosts take."""
    said = {"call_id": call.id, "name": call.name, "arguments": call.arguments or "{}"}
    return {"type": "function_call", **said}
