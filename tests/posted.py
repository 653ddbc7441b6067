"""What was asked of a host: its latest request for an answer, in words that all wires share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from seed_core.emulator import Emulator, Seen, markup, mind
from tests.asked import Asked, Called, Turn, read
from tests.rows import Row

_RESULT = re.compile(r"^Result of the tool \S+ \(call (\S+)\):\n", re.MULTILINE)


def posts(emulator: Emulator) -> list[Seen]:
    """The requests for an answer: looks at a job and uploads are none."""
    return [
        seen for seen in emulator.requests if seen.method == "POST" and "/storage/" not in seen.path
    ]


def cancels(emulator: Emulator) -> list[Seen]:
    """The requests that cancel a job."""
    return [
        seen for seen in emulator.requests if seen.method == "PUT" and seen.path.endswith("/cancel")
    ]


def latest(emulator: Emulator, row: Row) -> Asked:
    """What the latest of them asks."""
    body = posts(emulator)[-1].body
    return read_words(body) if row.terse else read(body, row.api)


def read_words(body: Mapping[str, Any]) -> Asked:
    """Read a body in fal's own form, where tools and their calls stand in the text.

    The tags are read by the emulator's reader, which shares nothing with the client's.
    """
    plain = read(
        {
            "messages": list(_messages(body)),
            **{
                name: body[name]
                for name in ("max_completion_tokens", "reasoning_effort") & body.keys()
            },
        },
        "chat",
    )
    turns = tuple(mind.Turn(turn.role, turn.text) for turn in plain.turns)  # type: ignore[arg-type]  # one of them
    said = markup.read(mind.Conversation(turns, choice=""))
    found = [
        replace(
            turn, role=meant.role, text=meant.text.strip(), calls=tuple(map(_called, meant.calls))
        )
        for turn, meant in zip(plain.turns, said.turns, strict=True)
    ]
    return replace(
        plain,
        turns=tuple(_paired(found)),
        tools={o.name: (o.parameters or {}, o.description) for o in said.offers},
        choice=said.choice or None,
        schema=mind.schema_in_text(said.turns)[0],
    )


def _messages(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The conversation in OpenAI's form."""
    if body.get("system_prompt"):
        yield {"role": "system", "content": body["system_prompt"]}
    yield from body.get("messages") or ()
    shown = [
        {"type": f"{kind}_url", f"{kind}_url": {"url": url}}
        for kind in ("image", "video")
        for url in body.get(f"{kind}_urls") or ()
    ]
    yield {"role": "user", "content": [{"type": "text", "text": body["prompt"]}, *shown]}


def _called(call: Any) -> Called:
    """A call. Nothing in the text tells a number from its digits, so what can be one is one."""
    return Called("", call.name, {n: _value(v) for n, v in json.loads(call.arguments).items()})


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _paired(turns: list[Turn]) -> Iterator[Turn]:
    """Turns with each result as one of its own, and each call under the id that its result names.

    Of the instructions what describes the tools is left out.
    """
    for turn, after in zip(turns, [*turns[1:], Turn("")], strict=True):
        if turn.role == "system":
            text = turn.text.partition("# Tools")[0].strip()
            if text:
                yield replace(turn, text=text)
        elif turn.role == "tool":
            results = list(_results(turn))
            yield from results[:-1]
            yield replace(results[-1], shown=turn.shown)
        else:
            ids = _RESULT.findall(after.text)
            calls = [replace(call, id=i) for call, i in zip(turn.calls, ids, strict=False)]
            yield replace(turn, calls=tuple(calls) if ids else turn.calls)


def _results(turn: Turn) -> Iterator[Turn]:
    """The results in a turn."""
    _, *pieces = _RESULT.split(turn.text)
    for ident, text in zip(pieces[::2], pieces[1::2], strict=True):
        yield Turn("tool", text.strip(), answers=ident)
