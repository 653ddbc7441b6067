"""What a tool that makes videos answers and raises in LangChain: the shared words, and when."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

from langchain_core.tools import ToolException
from pydantic import ValidationError

from langchain_seed.errors import as_model_error
from seed_core.errors import (
    AuthenticationError,
    InsufficientCreditError,
    NotFoundError,
    PermissionDeniedError,
    SeedError,
    VideoJobError,
    VideoJobTimeoutError,
)
from seed_core.videos.offering import in_words
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoStatus
from seed_core.videos.telling import late, record, sentence, trouble

Told: TypeAlias = tuple[str, dict[str, Any]]
"""The content of a tool's message, and its artifact: a `seed_core.videos.telling.record`."""

_OF_USER = (AuthenticationError, InsufficientCreditError, NotFoundError, PermissionDeniedError)
"""What no model can mend: the key, the account, the address."""


def told(status: VideoStatus, task: SeedanceTask | None = None) -> Told:
    """The answer about a task: how it stands, and what it costs."""
    return sentence(status, task), record(status, task)


def told_trouble(error: SeedError, task: SeedanceTask, uuid: str) -> Told:
    """The answer about a task that may go on, although the call has failed.

    An error with `paid_for` may leave a task behind. It is not raised away.

    Raises:
        ToolException: nothing was made. A model can act on that.
        SeedError: nothing was sent that the host took, for a reason that no model can mend.
    """
    if isinstance(error, VideoJobTimeoutError):
        # Processing as far as anybody knows: it is asked for later in any case.
        return late(error), record(VideoStatus(uuid, "processing"), task)
    words = trouble(error, uuid)
    if isinstance(error, VideoJobError):
        raise ToolException(f"No video was made: {words}.") from as_model_error(error)
    if not error.paid_for:
        refuse(error, "No video was made, and nothing is charged")
    return f"There is no video yet: {words}.", record(VideoStatus(uuid, "unknown"), task)


def refuse(error: SeedError, head: str) -> NoReturn:
    """Tell a model why nothing came of its call.

    Args:
        error: why.
        head: what that means.

    Raises:
        ToolException: in words that the model can act on.
        SeedError: the error itself, where only the user can act.
    """
    known = as_model_error(error)
    if isinstance(error, _OF_USER):
        raise known from error.__cause__
    raise ToolException(f"{head}: {error}.") from known


def told_wrong(error: ValidationError) -> str:
    """What a model is told of arguments that do not fit the schema."""
    wrong = in_words(error)
    return f"Nothing was sent, and nothing is charged: {wrong}. Correct it and call again."
