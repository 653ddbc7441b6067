"""What becomes of a row, as a row of the output, and what all of them come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from seed_core.batch.rows import Ident, Row
from seed_core.errors import APIStatusError, SeedError
from seed_core.events import Finish, Reply, request_id
from seed_core.types import Json

Stopped: TypeAlias = Literal["asked", "max_usd", "failures"]
"""Why a batch ended before its last row: it was asked to, its money is spent, or too many rows
failed one after the other."""

_USAGE = ("input_tokens", "output_tokens", "reasoning_tokens", "cache_read_tokens")


def answered(row: Row, reply: Reply) -> dict[str, Any]:
    """An answer as a row of the output. What the host did not tell is null, or not there."""
    finish = reply.finish or Finish("unknown")
    usage = finish.usage
    said: dict[str, Any] = {
        **_head(row.index, row.id, row.digest),
        "text": reply.text,
        "reasoning": reply.reasoning,
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in reply.tool_calls
        ],
        "finish_reason": finish.reason,
        "usage": usage and {name: getattr(usage, name) for name in _USAGE},
        "cost": finish.cost and {"usd": finish.cost.usd, "source": finish.cost.source},
        "provider": finish.provider,
        "model": finish.model,
        "response_id": finish.response_id,
    }
    more = {
        "refusal": reply.refusal,
        "citations": [{"url": one.url, "title": one.title} for one in reply.citations],
        "upstream_provider": finish.upstream_provider,
        "request_id": finish.request_id,
        "failed_providers": [
            {"provider": one.provider, "error": one.error, "status_code": one.status_code}
            for one in finish.failed
        ],
    }
    return {**said, **{name: value for name, value in more.items() if value}}


def failed(row: Row, error: SeedError) -> dict[str, Any]:
    """An error as a row of the output."""
    said: dict[str, Any] = {
        "type": type(error).__name__,
        "message": str(error),
        "retryable": error.retryable,
        "provider": error.provider,
    }
    if isinstance(error, APIStatusError):
        said["status_code"] = error.status_code
        said["code"] = error.code
        said["request_id"] = error.request_id or request_id(error.headers)
    return {**_head(row.index, row.id, row.digest), "error": said}


def in_doubt(index: int, ident: Ident, digest: int) -> dict[str, Any]:
    """A row that is not sent again, because it may have been answered to a run that was killed."""
    message = (
        "was sent by a run that ended before its answer was written down; it may have been billed. "
        "--retry-failed sends it again"
    )
    error = {"type": "InDoubt", "message": message, "retryable": True, "provider": None}
    return {**_head(index, ident, digest), "error": error}


def _head(index: int, ident: Ident, digest: int) -> dict[str, Any]:
    """What names a row."""
    return {"index": index, "id": ident, "digest": f"{digest:016x}"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch has come to, the answers of earlier runs into the same output included.

    Attributes:
        answered: rows with an answer.
        failed: rows with an error.
        total: rows of the input; None while that is not known.
        sent: rows that this run sent.
        in_doubt: rows that an earlier run had sent when it was ended by force; they may have been
            billed without an answer. By id, or by index where they have none.
        stopped: why not all rows were sent, if so.
        finish_reasons: how many answers ended how; "length" means cut off.
        input_tokens, output_tokens, reasoning_tokens: as far as the hosts told.
        usd_reported: USD that the hosts said.
        usd_estimated: USD by the price tables, for answers whose host did not say.
        unpriced: answers of unknown cost.
    """

    answered: int = 0
    failed: int = 0
    total: int | None = None
    sent: int = 0
    in_doubt: tuple[str | int, ...] = ()
    stopped: Stopped | None = None
    finish_reasons: Json = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd_reported: float = 0.0
    usd_estimated: float = 0.0
    unpriced: int = 0

    @property
    def done(self) -> int:
        """Rows that are in the output."""
        return self.answered + self.failed

    @property
    def usd(self) -> float:
        """USD as far as is known, reported and estimated."""
        return self.usd_reported + self.usd_estimated


@dataclass(slots=True)
class Tally:
    """Adds up rows of the output."""

    answered: int = 0
    failed: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    usd: Counter[str] = field(default_factory=Counter)
    finish_reasons: Counter[str] = field(default_factory=Counter)
    unpriced: int = 0
    dearest: float = 0.0

    def add(self, row: Json) -> None:
        """Count one."""
        if "error" in row:
            self.failed += 1
            return
        self.answered += 1
        self.finish_reasons[row["finish_reason"]] += 1
        for name, count in (row["usage"] or {}).items():
            self.tokens[name] += count or 0
        cost = row["cost"]
        if cost is None:
            self.unpriced += 1
            return
        self.usd[cost["source"]] += cost["usd"]
        self.dearest = max(self.dearest, cost["usd"])

    def summary(self, **run: Any) -> Summary:
        """All of it, as a value. `run` has the fields that are about this run."""
        return Summary(
            answered=self.answered,
            failed=self.failed,
            finish_reasons=dict(self.finish_reasons),
            input_tokens=self.tokens["input_tokens"],
            output_tokens=self.tokens["output_tokens"],
            reasoning_tokens=self.tokens["reasoning_tokens"],
            usd_reported=float(self.usd["reported"]),
            usd_estimated=float(self.usd["estimated"]),
            unpriced=self.unpriced,
            **run,
        )
