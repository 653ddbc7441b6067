"""fal's queue: the jobs in it, and what each step of a job's life answers.

A job moves when it is polled, not with time: it is in the queue at the first poll, in progress at
the second, complete at the third. Whatever becomes of it, it is COMPLETED in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.fal.errors import CANCELLED, plain, typed
from seed_core.emulator.fal.replies import send, send_events
from seed_core.emulator.scripts import Fault, Job, Raw
from seed_core.emulator.sending import send_raw

__all__ = ["Outcome", "Queue", "Ticket"]

Outcome: TypeAlias = "Callable[[Raw | Fault | None], Delivery]"
"""Sends a job's result, or what a script has in its place; may refuse, as the model does."""
_Step: TypeAlias = "str | Mapping[str, Any] | Raw | Fault"
"""What one poll gets: a status by its name, one by its body, or a reply of the script."""

_IN_QUEUE, _IN_PROGRESS, _COMPLETED = "IN_QUEUE", "IN_PROGRESS", "COMPLETED"
_USUAL = (_IN_QUEUE, _IN_PROGRESS)
_LOGS = {_IN_PROGRESS: ("Started.",), _COMPLETED: ("Started.", "Done.")}


@dataclass
class Ticket:
    """One job, from its submission to its end."""

    ident: str
    app: str
    """The first two parts of the endpoint's id, with its namespace if it has one."""
    key: str
    """Whose it is."""
    url: str
    """Where its result will be."""
    job: Job
    outcome: Outcome
    flaw: Fault | None = None
    """What goes wrong with the first delivery of the result, after what the script has."""
    complete: bool = field(init=False, default=False)
    """Whether a poll was told so, or the job was cancelled."""
    _steps: deque[_Step] = field(init=False)
    """The steps to come; the last one stays."""
    _results: deque[Raw | Fault] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out its life."""
        self._steps = deque([*(self.job.statuses or _USUAL), _COMPLETED])
        results = self.job.result or ()
        scripted = [results] if isinstance(results, Raw | Fault) else list(results)
        self._results = deque([*scripted, *([self.flaw] if self.flaw else [])])

    def acknowledgement(self, *, webhook: bool) -> dict[str, Any]:
        """Write what the submission is answered."""
        told: dict[str, Any] = {"request_id": self.ident}
        if webhook:
            told["gateway_request_id"] = self.ident
        else:
            told |= self._written(_IN_QUEUE, logs=False)
        told |= self.job.submitted
        return {name: value for name, value in told.items() if value is not ...}

    def poll(self, *, logs: bool) -> Delivery:
        """Tell the status, and move on."""
        step = self._next()
        if isinstance(step, Raw | Fault):
            return send(self._written(_IN_PROGRESS, logs=logs), step)
        live = step in _USUAL
        return send(self._written(step, logs=logs), status=202 if live else 200)

    def stream(self, *, logs: bool) -> Delivery:
        """Tell every status up to the end, or up to where the script has something else.

        A scripted fault whose turn it is harms a stream of the present status alone.
        """
        step = self._next()
        if isinstance(step, Raw):
            return send_raw(step, streamed=True)
        if isinstance(step, Fault):
            return send_events([self._written(_IN_PROGRESS, logs=logs)], step)
        told = [self._written(step, logs=logs)]
        while not self.complete and not isinstance(self._steps[0], Raw | Fault):
            step = self._next()
            assert not isinstance(step, Raw | Fault)  # noqa: S101  (a type, not a check)
            told.append(self._written(step, logs=logs))
        return send_events(told)

    def result(self) -> Delivery:
        """Give the result, if it is there."""
        if not self.complete:
            raise plain(400, "Request is still in progress")
        if self._results:
            return self.outcome(self._results.popleft())
        end = self._steps[0]
        told = end if isinstance(end, Mapping) else {}
        if told.get("error") or told.get("error_type"):
            kind = str(told.get("error_type") or "internal_error")
            raise typed(kind, str(told.get("error") or kind))
        return self.outcome(None)

    def cancel(self) -> Delivery:
        """Give it up, unless it is complete.

        That a cancelled job is complete with this error is assumed.
        """
        if self.complete:
            return send({"status": "ALREADY_COMPLETED"}, self.job.cancelled, status=400)
        end = self._written(_COMPLETED, logs=False)
        failed = {"error": CANCELLED, "error_type": "request_cancelled"}
        self._steps = deque([{**end, "metrics": {}, **failed}])
        self._next()
        return send({"status": "CANCELLATION_REQUESTED"}, self.job.cancelled, status=202)

    def _next(self) -> _Step:
        step = self._steps[0]
        told = step.get("status") if isinstance(step, Mapping) else step
        if told == _COMPLETED:
            self.complete = True
            self._steps = deque([step])
        else:
            self._steps.popleft()
        return step

    def _written(self, step: str | Mapping[str, Any], *, logs: bool) -> Mapping[str, Any]:
        """Write a status; a scripted one is written as it is."""
        if isinstance(step, Mapping):
            return step
        told = {
            "status": step,
            "request_id": self.ident,
            "response_url": self.url,
            "status_url": f"{self.url}/status",
            "cancel_url": f"{self.url}/cancel",
        }
        if step == _IN_QUEUE:
            return {**told, "queue_position": self._steps.count(_IN_QUEUE)}
        lines = [_log(number, line) for number, line in enumerate(_LOGS[step])]
        metrics = {"metrics": {"inference_time": 1.5}} if step == _COMPLETED else {}
        return {**told, "logs": lines if logs else None, **metrics}


class Queue:
    """The jobs of every key."""

    def __init__(self) -> None:
        """Start empty."""
        self._tickets: dict[str, Ticket] = {}

    def add(self, ticket: Ticket) -> None:
        """Take a job."""
        self._tickets[ticket.ident] = ticket

    def find(self, app: str, ident: str, key: str) -> Ticket | None:
        """Give a job of an app; that another key's is not found is assumed."""
        ticket = self._tickets.get(ident)
        return ticket if ticket and (ticket.app, ticket.key) == (app, key) else None


def _log(number: int, message: str) -> dict[str, str]:
    time = f"2026-02-26T00:00:{number:02d}.000Z"
    return {"message": message, "level": "INFO", "source": "USER", "timestamp": time}
