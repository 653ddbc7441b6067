"""What the host posts to a webhook, read.

It has no signature, so put a token of your own into the address and check it before this. The host
posts each result by itself and again until it is answered: tell them apart by task and result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from seed_core.errors import InvalidReplyError
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
    named: dict[str, str] = {}
    for one in (*told.items, *told.errors):
        key = task_of(one)
        if key is None:
            raise _odd("tells of something without its taskUUID")
        named.setdefault(key, one["taskUUID"])
    if not named:
        raise _odd("tells of no task")
    return tuple(status_of(told.of(task), task) for task in named.values())


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
