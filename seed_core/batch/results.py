"""What becomes of a row, as a row of the output, and what all of them come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias

from seed_core.batch.rows import Ident, Row
from seed_core.errors import APIStatusError, SeedError
from seed_core.events import Cost, Finish, Reply, Usage, request_id
from seed_core.spending import Spent, spent_by
from seed_core.types import Json

Stopped: TypeAlias = Literal["asked", "max_usd", "failures"]
"""Why a batch ended before its last row: it was asked to, its money is spent, or too many rows
failed one after the other."""

_USAGE = frozenset(one.name for one in fields(Usage))


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
        "usage": usage and asdict(usage),
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
        spent: tokens and USD of the answers, as far as they are known.
    """

    answered: int = 0
    failed: int = 0
    total: int | None = None
    sent: int = 0
    in_doubt: tuple[str | int, ...] = ()
    stopped: Stopped | None = None
    finish_reasons: Json = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)

    @property
    def done(self) -> int:
        """Rows that are in the output."""
        return self.answered + self.failed


@dataclass(slots=True)
class Tally:
    """Adds up rows of the output."""

    answered: int = 0
    failed: int = 0
    spent: Spent = field(default_factory=Spent)
    dearest: float = 0.0
    finish_reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: Json) -> None:
        """Count one."""
        if "error" in row:
            self.failed += 1
            return
        usage, cost = row["usage"], row["cost"]
        own = spent_by(
            Finish(
                row["finish_reason"],
                # A later version may have written more.
                usage and Usage(**{name: usage[name] for name in usage.keys() & _USAGE}),
                cost and Cost(cost["usd"], cost["source"]),
            )
        )
        self.answered += 1
        self.spent += own
        self.dearest = max(self.dearest, own.total_usd)
        self.finish_reasons[row["finish_reason"]] += 1
