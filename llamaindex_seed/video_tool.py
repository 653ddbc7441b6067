"""What a tool that makes videos is to LlamaIndex: its answer, its progress, its context."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, cast

from llama_index.core.base.llms.types import VideoBlock
from llama_index.core.tools import FunctionTool, ToolOutput
from llama_index.core.workflow import Context, Event

from seed_core.errors import SeedError, VideoJobTimeoutError
from seed_core.polling import OnProgress, Progress
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoStatus
from seed_core.videos.telling import late, record, sentence, trouble

_log = logging.getLogger("llamaindex_seed")

ALONE = cast("Context[Any]", None)
"""No agent. LlamaIndex knows the parameter by the type `Context` alone, so this has to be one."""


class VideoProgress(Event):
    """How far a video has come, on the stream of the run whose agent asked for it.

    Attributes:
        task_uuid: the task. The first event has it before anything is submitted, so that whoever
            keeps it loses nothing that is paid for.
        status: how it stands.
        percent: how much is done, from 0 to 100, if the host says so.
    """

    task_uuid: str
    status: Literal["submitting", "queued", "running", "completed"]
    percent: float | None = None


class VideoRecord(dict[str, Any]):
    """What a tool answers: plain JSON for programs, which reads as its `text` for a model.

    See `seed_core.videos.telling.record` for what else it holds.
    """

    def __str__(self) -> str:
        """The words for a model."""
        return str(self["text"])


class VideoTool(FunctionTool):
    """A tool that works with an agent's context and without, and can show what it made.

    Attributes:
        attach_media: also answer with the videos themselves, for a model that watches videos.
    """

    attach_media: bool = False

    def call(self, *args: Any, **kwargs: Any) -> ToolOutput:
        """Call it; without a context nobody is told of the progress."""
        return self._shown(super().call(*args, **self._with_context(kwargs)))

    async def acall(self, *args: Any, **kwargs: Any) -> ToolOutput:
        """Call it. See `call`."""
        return self._shown(await super().acall(*args, **self._with_context(kwargs)))

    def _with_context(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, with a context where one can be."""
        return {self.ctx_param_name: ALONE, **arguments} if self.ctx_param_name else arguments

    def _shown(self, output: ToolOutput) -> ToolOutput:
        """What it answers, with the videos if they are wanted."""
        if self.attach_media:
            urls = [video["url"] for video in output.raw_output["videos"] if video["url"]]
            output.blocks = [*output.blocks, *(VideoBlock(url=url) for url in urls)]
        return output


def told(status: VideoStatus, task: SeedanceTask | None = None) -> VideoRecord:
    """The answer about a task: how it stands, and what it costs."""
    return VideoRecord(text=sentence(status, task), **record(status, task))


def told_late(error: VideoJobTimeoutError, task_uuid: str, task: SeedanceTask) -> VideoRecord:
    """The answer when the wait ended before the task did."""
    # Processing as far as anybody knows: it is asked for later in any case.
    standing = record(VideoStatus(task_uuid, "processing"), task)
    return VideoRecord(text=late(error), **standing)


@contextmanager
def explained(task_uuid: str) -> Iterator[None]:
    """Tell a model, in the words of an error, what to do about a task that may go on."""
    try:
        yield
    except SeedError as error:
        error.args = (trouble(error, task_uuid),)
        raise


def announced(ctx: Context[Any], task_uuid: str, listener: OnProgress | None) -> OnProgress:
    """Tell an agent's stream that a task is about to be submitted.

    Args:
        ctx: the agent's context, or `ALONE`.
        task_uuid: the task.
        listener: who else is told of its progress.

    Returns:
        What tells of the progress from now on. Nobody who listens can break the wait for what is
        paid for.
    """

    def write(event: VideoProgress) -> None:
        if ctx is ALONE:
            return
        try:
            ctx.write_event_to_stream(event)
        except Exception:  # noqa: BLE001 - a run that is over must not cost the video
            _log.warning("the progress of task %s has no stream", task_uuid, exc_info=True)

    def tell(progress: Progress) -> None:
        write(VideoProgress(task_uuid=task_uuid, status=progress.status, percent=progress.percent))
        if listener is not None:
            try:
                listener(progress)
            except Exception:  # noqa: BLE001 - likewise
                _log.warning("the listener of task %s failed", task_uuid, exc_info=True)

    write(VideoProgress(task_uuid=task_uuid, status="submitting"))
    return tell
