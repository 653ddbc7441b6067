"""fal's queue: a request becomes a job, which is looked at until it is done, and then fetched.

A job is paid for. So a submit that may have been accepted is not sent again; what is asked of a job
that exists can be asked as often as it takes; and a call that ends before its job does cancels it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic_core import from_json

from seed_core.body import Body
from seed_core.errors import APIConnectionError, APIStatusError, InvalidReplyError, SeedError
from seed_core.events import Event, Finish
from seed_core.flow import Flow, Opened, Pending, Request, Response, cancelling, exchange
from seed_core.polling import OnProgress, Progress, once, poll
from seed_core.providers.explain import explain_error, explain_response
from seed_core.types import Json

if TYPE_CHECKING:
    from seed_core.providers.base import Provider
    from seed_core.providers.calling import Call

_log = logging.getLogger("seed_core")
_NAMESPACES = ("workflows", "comfy")
_PATIENCE = 60
"""Looks at a result that is not there although the job is said to be completed."""
_NOT_READY = "Request is still in progress"
"""What the result says before it is there, under whatever status: it has no code (recorded)."""


_WORDS: Mapping[str, Literal["queued", "running", "completed"]] = {
    "IN_QUEUE": "queued",
    "IN_PROGRESS": "running",
    "COMPLETED": "completed",
}
"""All the statuses that there are; others that are told of fal are not its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and where it is asked for."""

    id: str
    status_url: str
    response_url: str
    cancel_url: str


def ask_queue(call: Call) -> Flow[Opened]:
    """Submit, look, fetch. See `seed_core.providers.calling.Ask`.

    Raises:
        APITimeoutError: the time was up before the job was done; it was cancelled.
        SeedError: the job was not accepted, failed, or could not be looked at.
    """
    provider, request = call.provider, call.request
    try:
        job = yield from exchange(
            request, lambda got: _accepted(provider, call.model, got), once(call.retry)
        )
    except SeedError as error:
        _mark_unsure(error)
        raise
    _log.debug("%s: accepted as job %s", provider.name, job.id)
    get = replace(request, method="GET", body=Body())
    pending = Pending(replace(get, method="PUT", url=job.cancel_url))
    report = _Report(provider.name, job.id, call.on_progress)

    def completed(status: Json) -> bool:
        pending.over = status["status"] == "COMPLETED"
        report.tell(status)
        return pending.over

    try:
        watch = replace(get, url=_with_logs(job.status_url))
        read = partial(_status, provider)
        done = yield from poll(watch, read, completed, call.retry, provider.polling, undo=pending)
        _raise_failure(provider, done)
        got = yield from _fetched(call, replace(get, url=job.response_url))
        opened = call.read(got)
    except SeedError as error:
        end = report.where if pending.over else f"{report.where}; it is cancelled"
        error.args = (f"{error} (job {job.id}, {end})",)
        yield from cancelling(pending)
        raise
    return replace(opened, events=[_named(event, job) for event in opened.events])


def _mark_unsure(error: SeedError) -> None:
    """Let nobody submit again what may have been accepted."""
    status = error.status_code or 0 if isinstance(error, APIStatusError) else 0
    lost = isinstance(error, APIConnectionError) and error.reached
    if lost or status == 408 or (status >= 500 and status != 503):
        error.retryable, error.paid_for = False, True
        error.args = (f"{error}; the job may have been accepted, so it is not sent again",)


def _fetched(call: Call, result: Request) -> Flow[Response]:
    """The result of a job that is done, or the error that is its result.

    Raises:
        SeedError: it could not be fetched; the job is done, and stays there under its id.
    """
    unready = count(1)

    def read(got: Response) -> Response:
        # What the host in front of the model could not do may pass; the rest is the result.
        ours = got.status in (408, 409, 425, 429) or (got.status >= 500 and not _object(got))
        if ours and not _is_not_ready(got):
            raise explain_response(call.provider, got)
        return got

    def ready(got: Response) -> bool:
        return not _is_not_ready(got) or next(unready) >= _PATIENCE

    polling = call.provider.polling
    try:
        got = yield from poll(result, read, ready, call.retry, polling, at_once=True)
        if _is_not_ready(got):
            raise explain_response(call.provider, got)
        return got
    except SeedError as error:
        error.paid_for = True
        raise


def _accepted(provider: Provider, model: str, response: Response) -> Job:
    """The job that a submit made.

    Its addresses are those that the host names, as long as they are on the host that was asked:
    the key goes there. Else they are made as the documentation has them, below the owner and the
    name of the endpoint, without what follows.
    """
    if not response.ok:
        raise explain_response(provider, response)
    said = _object(response)
    ident = said.get("request_id")
    if not ident and provider.error_of(said):
        raise explain_error(provider, said, response.headers)
    if not isinstance(ident, str) or not ident:
        shown = provider.scrub(response.body.decode("utf-8", "replace"))[:200]
        msg = f"{provider.name} accepted no job: {shown!r}; check base_url=, or say api='sync'"
        raise InvalidReplyError(msg, provider=provider.name)
    names = model.split("/")
    owner = "/".join(names[: 3 if names[0] in _NAMESPACES else 2])

    def address(name: str, path: str) -> str:
        made = provider.address(f"/{owner}/requests/{quote(ident, safe='')}{path}")
        url = said.get(name)
        return url if isinstance(url, str) and _is_beside(url, made) else made

    return Job(
        ident,
        address("status_url", "/status"),
        address("response_url", ""),
        address("cancel_url", "/cancel"),
    )


def _is_beside(url: str, made: str) -> bool:
    """Whether an address is on the same host, and one at all."""
    try:
        same = urlsplit(url)[:2] == urlsplit(made)[:2]
    except ValueError:
        return False
    return same and url.isascii() and url.isprintable() and " " not in url


def _with_logs(url: str) -> str:
    """The address of the status, with what the job logs."""
    return url + ("&" if urlsplit(url).query else "?") + "logs=1"


def _object(response: Response) -> Json:
    """A JSON object, or an empty one."""
    try:
        value = from_json(response.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _status(provider: Provider, response: Response) -> Json:
    """What a look showed: judged by the body, since live jobs answer 200 or 202.

    Raises:
        APIStatusError: the look failed.
        InvalidReplyError: the status is none of fal's three.
    """
    if not response.ok:
        raise explain_response(provider, response)
    said = _object(response)
    if str(said.get("status")) not in _WORDS:
        shown = provider.scrub(response.body.decode("utf-8", "replace"))[:200]
        msg = f"{provider.name} told an unknown status of a job: {shown!r}"
        raise InvalidReplyError(msg, provider=provider.name)
    return said


def _raise_failure(provider: Provider, status: Json) -> None:
    """Raise the failure of a job that is over: `COMPLETED` says no more than that."""
    words = status.get("error") or status.get("error_type")
    if words:
        raise explain_error(provider, {**status, "error": words}, {})


def _is_not_ready(response: Response) -> bool:
    """Whether the result is not there yet."""
    return not response.ok and _object(response).get("detail") == _NOT_READY


def _named(event: Event, job: Job) -> Event:
    """The end of an answer with the job's id as that of the response."""
    return replace(event, response_id=job.id) if isinstance(event, Finish) else event


class _Report:
    """What is told of a job: to the log and to whoever asked for it, each thing once."""

    def __init__(self, provider: str, job: str, on_progress: OnProgress | None) -> None:
        self.where = "submitted"
        self._provider = provider
        self._job = job
        self._tell = on_progress
        self._told: tuple[Any, ...] = ()
        self._lines = 0

    def tell(self, status: Json) -> None:
        """Tell what changed. Logs are cumulative, so those that were told are left out."""
        word = _WORDS[status["status"]]
        position = status.get("queue_position")
        position = position if isinstance(position, int) else None
        entries = status.get("logs")
        lines = [_line(entry) for entry in entries] if isinstance(entries, list) else []
        fresh = tuple(lines[self._lines :])
        self._lines = max(self._lines, len(lines))
        self.where = f"{word} at position {position}" if position is not None else word
        if (word, position) != self._told:
            self._told = (word, position)
            _log.info("%s: job %s is %s", self._provider, self._job, self.where)
        elif not fresh:
            return
        for line in fresh:
            _log.debug("%s: job %s logs: %s", self._provider, self._job, line)
        if self._tell is not None:
            self._tell(Progress(self._provider, self._job, word, position, fresh))


def _line(entry: Any) -> str:
    """The words of a log entry."""
    return str(entry.get("message", "")) if isinstance(entry, dict) else str(entry)
