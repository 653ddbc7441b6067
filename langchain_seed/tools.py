"""Seedance 2.0 Mini as tools of an agent: it asks for a video, and gets the address of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from langchain_seed.progress import telling, telling_async
from langchain_seed.video_tool import VideoTool
from langchain_seed.video_words import Told, refuse, told, told_trouble
from seed_core.errors import SeedError
from seed_core.videos.offering import GENERATE, LOOK, LOOKER, SUBMIT, LookArguments


class SeedanceTool(VideoTool):
    """Makes a video, and waits until it is there. See `VideoTool` for the settings.

    The text for the model has the address, the seed and the cost; the artifact of the message is
    their `seed_core.videos.telling.record`. If the time is up before the video is, both name the
    task, which goes on.

    Example:
        >>> from langchain_seed import SeedanceTool
        >>> tool = SeedanceTool(max_cost_usd=0.5, fixed={"tier": "480p"})  # doctest: +SKIP
        >>> create_agent(llm, [tool])  # doctest: +SKIP
    """

    name: str = "generate_video"
    description: str = GENERATE

    def _run(
        self,
        *prompt: str,
        run_manager: CallbackManagerForToolRun | None = None,
        **arguments: Any,
    ) -> Told:
        task, uuid = self.asked(prompt, arguments), str(uuid4())
        client = self.client(telling(run_manager))
        try:
            return told(client.generate(task, task_uuid=uuid), task)
        except SeedError as error:
            return told_trouble(error, task, uuid)

    async def _arun(
        self,
        *prompt: str,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
        **arguments: Any,
    ) -> Told:
        task, uuid = self.asked(prompt, arguments), str(uuid4())
        async with telling_async(run_manager) as on_progress:
            client = self.async_client(on_progress)
            try:
                return told(await client.generate(task, task_uuid=uuid), task)
            except SeedError as error:
                return told_trouble(error, task, uuid)


class SeedanceSubmitTool(VideoTool):
    """Hands over a video to be made, and does not wait. See `VideoTool` for the settings."""

    name: str = "submit_video"
    description: str = SUBMIT

    def _run(self, *prompt: str, **arguments: Any) -> Told:
        task, uuid = self.asked(prompt, arguments), str(uuid4())
        client = self.client()
        try:
            return told(client.submit(task, task_uuid=uuid), task)
        except SeedError as error:
            return told_trouble(error, task, uuid)

    async def _arun(self, *prompt: str, **arguments: Any) -> Told:
        task, uuid = self.asked(prompt, arguments), str(uuid4())
        client = self.async_client()
        try:
            return told(await client.submit(task, task_uuid=uuid), task)
        except SeedError as error:
            return told_trouble(error, task, uuid)


class SeedanceStatusTool(VideoTool):
    """Tells how a video stands that was ordered before. See `VideoTool` for the settings."""

    name: str = LOOKER
    description: str = LOOK

    def offered(self) -> type[BaseModel]:
        """The task; nothing of it can be fixed."""
        return LookArguments

    def _run(self, task_uuid: str) -> Told:
        client, results = self.client(), self.fixed.get("results")
        try:
            return told(client.status(task_uuid.strip(), results=results))
        except SeedError as error:
            refuse(error, "The host could not be asked")

    async def _arun(self, task_uuid: str) -> Told:
        client, results = self.async_client(), self.fixed.get("results")
        try:
            return told(await client.status(task_uuid.strip(), results=results))
        except SeedError as error:
            refuse(error, "The host could not be asked")


def seedance_tools(**settings: Any) -> list[BaseTool]:
    """The tools of an agent that makes videos, also one that cannot wait for them.

    Args:
        settings: those of `VideoTool`, for all three.

    Returns:
        `generate_video`, `submit_video` and `get_video_status`.

    Example:
        >>> create_agent(llm, seedance_tools(max_cost_usd=1.0))  # doctest: +SKIP
    """
    kinds: tuple[Callable[..., BaseTool], ...] = (
        SeedanceTool,
        SeedanceSubmitTool,
        SeedanceStatusTool,
    )
    return [kind(**settings) for kind in kinds]
