"""The tasks that make videos at Runware and ask for them: `videoInference` and `getResponse`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from seed_core.emulator.charges import Charge
from seed_core.emulator.delivery import Delivery
from seed_core.emulator.runware.fields import check_parameters, check_video
from seed_core.emulator.runware.jobs import Ticket, Video
from seed_core.emulator.runware.posts import Act, Post, Task, dry
from seed_core.emulator.runware.prices import count, total
from seed_core.emulator.runware.replies import Part, send_file
from seed_core.emulator.runware.storage import FILES, Storage
from seed_core.emulator.scripts import Answer, Fault, Job, Raw, Scripted

__all__ = ["Videos"]

# What takes the place of the answer, so that no job is accepted; the rest harms the answer.
_BEFORE = frozenset({"status", "refuse", "html", "empty", "error_in_body", "error_mid_stream"})


class Videos:
    """The jobs of every key, and what they cost."""

    def __init__(
        self, take: Callable[[], Scripted | None], models: Sequence[str], storage: Storage
    ) -> None:
        """Make videos of some models; `take` gives the next scripted reply."""
        self._take = take
        self._models = models
        self._storage = storage
        self._tickets: dict[tuple[str, str], Ticket] = {}
        self._charges: list[Charge] = []

    @property
    def charges(self) -> list[Charge]:
        """What the jobs cost, oldest first: each is charged when it is accepted."""
        return list(self._charges)

    def webhook_bodies(self, job: str) -> list[dict[str, Any]]:
        """Give the bodies that a job's webhook would be called with; nobody is called here."""
        tickets = [ticket for ticket in list(self._tickets.values()) if ticket.ident == job]
        return [body for ticket in tickets for body in ticket.webhooks()]

    def make(self, task: Task, post: Post) -> Act:
        """Accept a job, unless a script has it otherwise."""
        check_video(task, self._models, self._storage.look_up)
        post.reserve(task)
        if post.dry:
            return dry(task, total(task))
        item = self._take()
        if isinstance(item, Raw) or (isinstance(item, Fault) and item.kind in _BEFORE):
            post.instead = post.instead or (item, task)
        job = item if isinstance(item, Job) else Job()
        return lambda: self._accept(task, post, job, _harm(item))

    def ask(self, task: Task, post: Post) -> Act:
        """Tell how a job is going: nothing of one that is not there, or is another key's."""
        check_parameters(task)
        return lambda: self._told(post.key, task["taskUUID"])

    def download(self, ident: str) -> Delivery | None:
        """Send the file of a result, None if there is none."""
        for ticket in self._tickets.values():
            if found := ticket.download(ident):
                content, scripted = found
                return send_file(*content, scripted)
        return None

    def forget(self) -> None:
        """Forget them."""
        self._tickets.clear()
        self._charges.clear()

    def _accept(self, task: Task, post: Post, job: Job, harm: Fault | None) -> Part:
        extension = str(task.get("outputFormat", "MP4")).lower()
        idents = [post.idents.new() for _ in range(count(task))]
        videos = [Video(x, f"{post.base}{FILES}/video/{x}.{extension}") for x in idents]
        ticket = Ticket(task, job, videos)
        self._tickets[post.key, ticket.ident] = ticket
        self._charges.append(Charge(ticket.ident, total(task)))
        post.idents.use(post.key, ticket.ident)
        for ident in idents:
            self._storage.note(ident, "video")
        return Part(ticket.acknowledgement(), harm=harm, task=task)

    def _told(self, key: str, ident: str) -> Part:
        ticket = self._tickets.get((key, ident))
        if ticket is None:
            return Part({"data": []})
        told = ticket.poll()
        if isinstance(told, Raw | Fault):
            return Part(ticket.unchanged(), harm=told, task=ticket.task)
        return Part(told)


def _harm(item: Scripted | None) -> Fault | None:
    """Give what breaks the acknowledgement of a job that is accepted."""
    if isinstance(item, Fault):
        return item
    answer = item.answer if isinstance(item, Job) else item
    return answer.fault if isinstance(answer, Answer) else None
