"""How a batch is run, as a value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from seed_core.errors import ConfigurationError

InDoubt: TypeAlias = Literal["resend", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a batch is run.

    Attributes:
        concurrency: rows that are asked at the same time.
        per_minute: rows that are begun in a minute at most; None for as many as there is room for.
        retry_failed: ask rows again that failed in an earlier run.
        in_doubt: what becomes of rows that an earlier run had sent when it was ended by force:
            "resend" asks them again, at the risk of paying twice; "skip" writes them down as
            failed, at the risk of an answer that is paid for and never seen.
        max_usd: begin no row once the output has cost this many USD, or would by what the dearest
            row cost so far. Rows on their way may still cost more.
        give_up_after: failed rows in succession after which no more are begun; 0 for never.

    Raises:
        ConfigurationError: a number is out of range.

    Example:
        >>> Plan(concurrency=32, max_usd=5).retry_failed
        False
    """

    concurrency: int = 8
    per_minute: float | None = None
    retry_failed: bool = False
    in_doubt: InDoubt = "resend"
    max_usd: float | None = None
    give_up_after: int = 25

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.concurrency < 1 or self.give_up_after < 0:
            raise ConfigurationError("concurrency is 1 or more, give_up_after 0 or more")
        for name in ("per_minute", "max_usd"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ConfigurationError(f"{name}={value} must be more than 0, or None")
        if self.in_doubt not in ("resend", "skip"):
            raise ConfigurationError(f"in_doubt is 'resend' or 'skip', not {self.in_doubt!r}")
