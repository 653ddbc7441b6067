"""The progress of a video as LangChain's custom events, under the run of the tool that waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from langchain_core.callbacks import (
    AsyncCallbackManagerForToolRun,
    CallbackManagerForToolRun,
    adispatch_custom_event,
    dispatch_custom_event,
)
from langchain_core.runnables import RunnableConfig

from seed_core.polling import OnProgress, Progress

EVENT = "video_progress"
"""The name of the events. Their data is a `Progress` as a dict."""

_log = logging.getLogger("langchain_seed")


def telling(run_manager: CallbackManagerForToolRun | None) -> OnProgress | None:
    """Tells a run's listeners; nobody where there is no run."""
    if run_manager is None:
        return None
    config = RunnableConfig(callbacks=run_manager.get_child())

    def tell(progress: Progress) -> None:
        try:
            dispatch_custom_event(EVENT, asdict(progress), config=config)
        except Exception:  # noqa: BLE001 - a listener that fails must not cost a paid video
            _log.warning("a listener of %s failed", EVENT, exc_info=True)

    return tell


@asynccontextmanager
async def telling_async(
    run_manager: AsyncCallbackManagerForToolRun | None,
) -> AsyncIterator[OnProgress | None]:
    """Tells a run's listeners beside the wait, in order, and all of it before the end."""
    if run_manager is None:
        yield None
        return
    config = RunnableConfig(callbacks=run_manager.get_child())
    last: asyncio.Task[None] | None = None

    async def tell_after(before: asyncio.Task[None] | None, progress: Progress) -> None:
        if before is not None:
            await before
        try:
            await adispatch_custom_event(EVENT, asdict(progress), config=config)
        except Exception:  # noqa: BLE001 - a listener that fails must not cost a paid video
            _log.warning("a listener of %s failed", EVENT, exc_info=True)

    def tell(progress: Progress) -> None:
        nonlocal last
        last = asyncio.create_task(tell_after(last, progress))

    try:
        yield tell
    finally:
        if last is not None:
            await last
