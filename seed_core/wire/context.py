"""What a decoder must be told of the call whose answer it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seed_core.errors import APIStatusError
from seed_core.events import Cost, Failed, Usage
from seed_core.flow import Headers
from seed_core.types import Json


@dataclass(frozen=True, slots=True)
class Context:
    """The call, as far as reading its answer needs it.

    Attributes:
        model: the model that was asked.
        issuer: who answers; goes into `Finish.provider` and into the replay state.
        error_of: the error that a payload is in the host's own envelope, or None.
        explain: makes the error that an error payload inside a 200 or a stream stands for.
        estimate: the price table's cost for a usage and a model.
        scrub: takes the key out of what the host said.
        failed: the providers that were asked before this one, and why each failed.
        hide_reasoning: drop reasoning text, because the host cannot be told to.
    """

    issuer: str
    error_of: Callable[[Json], Any]
    explain: Callable[[Json, Headers], APIStatusError]
    estimate: Callable[[Usage | None, str | None], Cost | None]
    scrub: Callable[[str], str]
    model: str = ""
    failed: tuple[Failed, ...] = ()
    hide_reasoning: bool = False
