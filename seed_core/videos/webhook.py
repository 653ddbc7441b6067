"""What the host posts to a webhook, read.

It has no signature, so put a token of your own into the address and check it before this. The host
posts each result by itself and again until it is answered: tell them apart by task and result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import from_json

from seed_core.errors import InvalidReplyError
from seed_core.types import Json
from seed_core.videos.envelope import Envelope, open_envelope, task_of
from seed_core.videos.explain import PROVIDER
from seed_core.videos.status import VideoStatus, status_of


def parse_webhook(body: bytes | str | Mapping[str, Any]) -> tuple[VideoStatus, ...]:
    """How the tasks stand that a webhook's body tells of, one status for each.

    Args:
        body: the body, or the object that it was parsed to: one result by itself [docs], or a
            frame with `data` or `errors` [seen by receivers].

    Raises:
        InvalidReplyError: it is none of these.

    Example:
        >>> parse_webhook('{"taskUUID": "t", "videoURL": "https://example.com/a.mp4"}')[0].state
        'success'
    """
    told = _opened(body)
    items, errors = _by_task(told.items), _by_task(told.errors)
    # Named as the host writes it.
    tasks = {task: (items[task] + errors[task])[0]["taskUUID"] for task in [*items, *errors]}
    if not tasks:
        raise _odd("tells of no task")
    return tuple(
        status_of(Envelope(tuple(items[task]), tuple(errors[task])), name)
        for task, name in tasks.items()
    )


def _by_task(entries: Iterable[Json]) -> defaultdict[str, list[Json]]:
    """Entries by their task, as UUIDs are compared."""
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for entry in entries:
        task = task_of(entry)
        if task is None:
            raise _odd("tells of something without its taskUUID")
        found[task].append(entry)
    return found


def _opened(body: bytes | str | Mapping[str, Any]) -> Envelope:
    """What the body holds, in whichever of its forms."""
    try:
        said: Any = body if isinstance(body, Mapping) else from_json(body)
    except (TypeError, ValueError):
        said = None
    if isinstance(said, Mapping) and task_of(said) and not said.keys() & {"data", "errors"}:
        return Envelope((said,))
    told = open_envelope(said)
    if told is None:
        raise _odd("is none of the host's forms")
    return told


def _odd(why: str) -> InvalidReplyError:
    """The error for a body that is not the host's."""
    return InvalidReplyError(f"the webhook's body {why}", provider=PROVIDER)
