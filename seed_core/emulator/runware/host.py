"""Runware's one address, and that of its files: who may call, and which task is whose.

Knows the order in which the host decides: the key, the array, then each task by itself. All tasks
of a POST are looked at before any is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator.charges import Charge
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.runware.errors import Rejected, invalid, missing, unauthorized
from seed_core.emulator.runware.posts import Act, Idents, Post, Task, refused
from seed_core.emulator.runware.replies import join, refusal, send, send_file
from seed_core.emulator.runware.storage import FILES, Storage
from seed_core.emulator.runware.uploads import Uploads
from seed_core.emulator.runware.videos import Videos
from seed_core.emulator.scripts import Scripted
from seed_core.emulator.seen import Seen, StoredFile
from seed_core.emulator.serving import Refused, answering, bearer

__all__ = ["Runware"]

_TASKS = "/v1"
_MODEL = "bytedance:seedance@2.0-mini"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# As the other transport answers the key in a task [assumed of this one].
_GREETING = {
    "taskType": "authentication",
    "connectionSessionUUID": "00000000-0000-4000-8000-000000000000",
}


class Runware:
    """The host: its routes and what it remembers between requests."""

    name = "runware"
    base = ""

    def __init__(self, take: Callable[[], Scripted | None], models: Sequence[str] = ()) -> None:
        """Serve Seedance 2.0 Mini, and some more by its rules; `take` gives the next script."""
        self._idents = Idents()
        self._storage = Storage(f"/{self.name}{FILES}/")
        self._videos = Videos(take, (_MODEL, *models), self._storage)
        uploads = Uploads(self._storage)
        self._tasks: dict[str, Callable[[Task, Post], Act]] = {
            "videoInference": self._videos.make,
            "getResponse": self._videos.ask,
            "imageUpload": uploads.image,
            "mediaStorage": uploads.media,
        }

    @property
    def addresses(self) -> Mapping[str, str]:
        """The path of its API. Its files are beside it, on a domain of their own in reality."""
        return {"tasks": _TASKS}

    @property
    def stored_files(self) -> Sequence[StoredFile]:
        """The files that were uploaded, oldest first."""
        return self._storage.stored

    @property
    def charges(self) -> Sequence[Charge]:
        """What the accepted jobs cost, oldest first."""
        return self._videos.charges

    def webhook_bodies(self, job: str) -> list[dict[str, Any]]:
        """Give the bodies that a job's webhook would be called with, none if it has no webhook."""
        return self._videos.webhook_bodies(job)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            Route(_TASKS, answering(self._answer), methods=["POST"]),
            Route(f"{FILES}/{{kind}}/{{name}}", answering(self._download)),
            Route("/{rest:path}", answering(_nowhere), methods=_METHODS),
        ]

    def forget(self) -> None:
        """Forget jobs, charges and files."""
        self._idents.forget()
        self._videos.forget()
        self._storage.forget()

    def _answer(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        key, in_task = _enter(seen)
        base = f"{request.url.scheme}://{request.url.netloc}/{self.name}"
        dry = seen.headers.get("x-runware-dry-run") == "1"
        post = Post(key, base, dry, self._idents)
        tasks = _array(seen.body)[1 if in_task else 0 :]
        acts = [self._look_at(task, post) for task in tasks]
        if post.instead is not None:
            scripted, task = post.instead
            return send({}, scripted, task=task)
        return join([act() for act in acts], _GREETING if in_task else None)

    def _look_at(self, task: Any, post: Post) -> Act:
        """Give what a task will do, or its refusal."""
        try:
            return self._chosen(task)(task, post)
        except Rejected as rejected:
            part = refused(task, rejected)
            return lambda: part

    def _chosen(self, task: Any) -> Callable[[Task, Post], Act]:
        if not isinstance(task, Mapping):
            message = "Each task must be an object."
            raise Rejected("invalidTask", message)
        name = task.get("taskType")
        if name is None:
            raise missing("taskType")
        if not isinstance(name, str) or name not in self._tasks:
            raise invalid("taskType", f"must be one of {', '.join(self._tasks)}", "string")
        return self._tasks[name]

    def _download(self, request: Request) -> Delivery:
        """Serve a file to anyone without a key, as the address is the permission."""
        if "authorization" in request.scope["seen"].headers:
            return refusal(403, "Only one way to authorize is allowed")
        ident = request.path_params["name"].partition(".")[0]
        stored = self._storage.get(ident)
        sent = send_file(*stored) if stored else self._videos.download(ident)
        return sent or refusal(404)


def _enter(seen: Seen) -> tuple[str, bool]:
    """Give the caller's key, and whether the first task told it."""
    first: Any = seen.body[0] if isinstance(seen.body, list) and seen.body else None
    in_task = isinstance(first, Mapping) and first.get("taskType") == "authentication"
    key = first.get("apiKey") if in_task else bearer(seen)
    if not isinstance(key, str) or key in {"", "invalid"}:
        raise unauthorized()
    return key, in_task


def _array(body: Any) -> list[Any]:
    if not isinstance(body, list) or not body:
        message = "The request body must be a JSON array of task objects."
        entry = Rejected("invalidRequestBody", message).entry(body)
        raise Refused(400, {"data": [], "errors": [entry]})
    return body


def _nowhere(_request: Request) -> Delivery:
    entry = Rejected("resourceNotFound", "There is nothing here.").entry(None)
    raise Refused(404, {"errors": [entry]})
