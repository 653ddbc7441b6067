"""Whether a contender delivers what the server sent: it is asked before anything is measured.

One that drops the reasoning does less work: its figures are shown, with a mark. One that loses text
is not compared at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.contenders.base import Ask, Contender, Piece
from benchmarks.measuring import Stage
from benchmarks.wire import Scenario

COMPLETE = "complete"
DROPS_REASONING = "drops reasoning"
LOSES_TEXT = "loses text"
LOSES_ARGUMENTS = "loses arguments"
COUNTS = frozenset({COMPLETE, DROPS_REASONING})
"""The states in which a figure is compared."""

# Long enough that events arrive together.
_STREAMED = Scenario(events=2000)
_WHOLE = Scenario(events=200)
_CALLED = Scenario(events=10, fragments=200)


def verdict(scenario: Scenario, pieces: Iterable[Piece]) -> str:
    """What became of an answer.

    Example:
        >>> answer = Scenario(events=4)
        >>> verdict(answer, [Piece(text=answer.text)])
        'drops reasoning'
    """
    got = list(pieces)
    if "".join(piece.text for piece in got) != scenario.text:
        return LOSES_TEXT
    whole = "".join(piece.reasoning for piece in got) == scenario.reasoning
    return COMPLETE if whole else DROPS_REASONING


async def _all(contender: Contender) -> list[Any]:
    return [chunk async for chunk in await contender.astream(Ask())]


def _got(stage: Stage, mode: str) -> str:
    """What becomes of an answer that is asked for in one of the four ways."""
    scenario = _STREAMED if "stream" in mode else _WHOLE
    contender = stage.contender(scenario)
    match mode:
        case "call":
            got = [contender.call(Ask())]
        case "stream":
            got = list(contender.stream(Ask()))
        case "acall":
            got = [stage.run(contender.acall(Ask()))]
        case _:
            got = stage.run(_all(contender))
    return verdict(scenario, map(contender.read, got))


def _tool_call(stage: Stage) -> str:
    """What becomes of the arguments of a tool call."""
    got = stage.contender(_CALLED).tool_arguments(Ask(tools=True))
    found = json.loads(got) if isinstance(got, str) else got
    return COMPLETE if found == json.loads(_CALLED.arguments) else LOSES_ARGUMENTS


def check(stage: Stage) -> Mapping[str, str]:
    """The state of each way to ask this contender, and of its tool calls.

    A way that it does not have is missing; an error is told as its state.
    """
    kind = stage.entry.load()
    found: dict[str, str] = {}
    for mode in ("call", "stream", "acall", "astream", "tools"):
        if mode in kind.without or (mode == "tools" and mode not in kind.abilities):
            continue
        try:
            found[mode] = _tool_call(stage) if mode == "tools" else _got(stage, mode)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the contender's state
            found[mode] = f"fails: {type(error).__name__}: {error}"[:200]
    for ability in kind.abilities - {"tools"}:
        found[ability] = found.get("stream", LOSES_TEXT)
    return found
