"""What both video clients hold, and the small things that they say alike."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from pydantic import SecretStr

from seed_core.arguments import check_types
from seed_core.errors import ConfigurationError, SeedError
from seed_core.flow import Retry
from seed_core.polling import OnProgress
from seed_core.timeouts import Timeout
from seed_core.videos.inputs import is_uuid
from seed_core.videos.runware import Runware, resolve_runware
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoResult

_log = logging.getLogger("seed_core")
TOTAL = 1200.0
"""Seconds for which a video is waited for: what Runware's own client allows."""
READ = 60.0
"""Seconds of silence after which an answer is taken for lost, and the task looked for."""


class VideoSettings:
    """What both clients hold, and the flows of what they do."""

    def __init__(
        self,
        api_key: SecretStr | str | None,
        base_url: str | None,
        runware: Runware | None,
        timeout: Timeout | float | None,
        retry: Retry | None,
        max_cost_usd: float | None,
        on_progress: OnProgress | None,
    ) -> None:
        """Settle how the host is asked. A timeout that is a number is the total."""
        check_types(timeout=(timeout, (Timeout, int, float)), retry=(retry, Retry))
        check_types(max_cost_usd=(max_cost_usd, (int, float)), runware=(runware, Runware))
        if runware is not None and (api_key or base_url):
            raise ConfigurationError("runware= has an address and a key of its own; say them there")
        if max_cost_usd is not None:
            _check_ceiling(max_cost_usd)
        self.runware = runware or resolve_runware(api_key=api_key, base_url=base_url)
        said = Timeout(read=READ, total=timeout) if isinstance(timeout, (int, float)) else timeout
        given = said or Timeout(read=READ)
        # A host that forgot a task would be asked for ever.
        self.timeout = given if given.total is not None else replace(given, total=TOTAL)
        self.retry = retry or Retry()
        self.max_cost_usd = max_cost_usd
        self.on_progress = on_progress

    def _checked(self, task: SeedanceTask, max_cost_usd: float | None) -> SeedanceTask:
        """A task that costs no more than is allowed.

        Raises:
            ConfigurationError: it would cost more, or nobody knows what it costs.
        """
        check_types(task=(task, SeedanceTask))
        most = self.max_cost_usd if max_cost_usd is None else max_cost_usd
        if most is None:
            return task
        _check_ceiling(most)
        cost = task.estimate()
        if cost is None:
            msg = f"nobody knows what {task.model} costs, so max_cost_usd={most} cannot be kept"
            raise ConfigurationError(f"{msg}; leave it out, or take another model")
        if cost.usd > most:
            msg = (
                f"this would cost about USD {cost.usd:g}, more than max_cost_usd={most:g}; make it "
                "shorter or smaller, ask for fewer results, or raise the limit"
            )
            raise ConfigurationError(msg)
        return task


def _check_ceiling(most: float) -> None:
    """A sum that something can be more than."""
    if isinstance(most, bool) or not 0 <= most < math.inf:
        raise ConfigurationError(f"max_cost_usd={most} is no sum in USD")


def new_uuid(task_uuid: str | None) -> str:
    """The UUID of a task, a fresh one if none is said."""
    return str(uuid4() if task_uuid is None else task_uuid)


def known_uuid(task_uuid: str) -> str:
    """The UUID of a task that was submitted.

    Raises:
        ConfigurationError: it is none, so no task has it; the host would only say nothing.
    """
    if not is_uuid(str(task_uuid)):
        raise ConfigurationError(f"{task_uuid!r} is no UUID of a task")
    return str(task_uuid)


@contextmanager
def named(task_uuid: str) -> Iterator[None]:
    """Name a task that is left while it may go on, where no error of ours does."""
    try:
        yield
    except SeedError:
        raise
    except BaseException as error:  # Ctrl-C, a cancelled task, or a mistake in `on_progress`
        words = f"runware: task {task_uuid} was left; resume({str(task_uuid)!r}) goes on with it"
        _log.warning(words)
        if sys.version_info >= (3, 11):
            error.add_note(words)  # for who has set up no log
        raise


def address_of(video: VideoResult | str) -> str:
    """Where a finished video is.

    Raises:
        ConfigurationError: the host did not say.
    """
    url = video.url if isinstance(video, VideoResult) else video
    if not url:
        raise ConfigurationError("this result has no address; it was delivered elsewhere")
    return url
