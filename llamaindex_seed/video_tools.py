"""`SeedanceToolSpec`: an agent makes video clips with Seedance 2.0 Mini, and watches them."""

# Without `from __future__ import annotations`: LlamaIndex knows the parameter for its context by
# the type itself, not by the type's name.

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from llama_index.core.workflow import Context
from pydantic import BaseModel, SecretStr

from llamaindex_seed.video_tool import (
    ALONE,
    VideoRecord,
    VideoTool,
    announced,
    explained,
    told,
    told_late,
)
from seed_core.arguments import unseen_key
from seed_core.errors import ConfigurationError, VideoJobTimeoutError
from seed_core.flow import Retry
from seed_core.polling import OnProgress
from seed_core.timeouts import Timeout
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.offering import (
    GENERATE,
    LOOK,
    SUBMIT,
    AspectRatio,
    LookArguments,
    Tier,
    VideoArguments,
    check_fixed,
    offered,
    task_of,
)
from seed_core.videos.runware import Runware
from seed_core.videos.seedance import SeedanceTask

if TYPE_CHECKING:
    import httpx

_PAIRS = {
    "generate_video": "agenerate_video",
    "submit_video": "asubmit_video",
    "get_video_status": "aget_video_status",
}
_DESCRIPTIONS = {"generate_video": GENERATE, "submit_video": SUBMIT, "get_video_status": LOOK}


class SeedanceToolSpec(BaseToolSpec):
    """Tools by which an agent makes videos with Seedance 2.0 Mini at Runware.

    `generate_video` waits for the video, one to five minutes; `submit_video` and
    `get_video_status` are for agents that cannot. Nothing is ever made twice: a wait that ends too
    early names the task, by which it is asked for later.

    Args:
        api_key: the key; None for `RUNWARE_API_KEY`. Never shown.
        base_url: another address of the API.
        runware: all of the host as a value, instead of the two.
        model: the model's id; None for Seedance 2.0 Mini.
        timeout: seconds in all for a call (1200 unless said), or a `Timeout`.
        max_cost_usd: what a video may cost at most, by the price table; checked before it is sent.
        max_retries: retries of what cannot have made a task.
        fixed: arguments that the model is not offered, and any other field of a `SeedanceTask`:
            `{"tier": "480p", "results": 2}`.
        attach_media: answer with the video itself, too: the agent's model must take videos.
        on_progress: called with a `Progress` while a video is waited for, agent or not.
        http_client, http_async_client: httpx clients to use as they are.

    Raises:
        ConfigurationError: what is fixed does not exist or does not fit, or a type is wrong.

    Example:
        >>> from llamaindex_seed import SeedanceToolSpec, SeedLLM
        >>> tools = SeedanceToolSpec(max_cost_usd=0.5).to_tool_list()
        >>> FunctionAgent(tools=tools, llm=SeedLLM())  # doctest: +SKIP
    """

    spec_functions: list[SPEC_FUNCTION_TYPE] = list(_PAIRS.items())  # noqa: RUF012 - as it says

    def __init__(
        self,
        api_key: SecretStr | str | None = None,
        *,
        base_url: str | None = None,
        runware: Runware | None = None,
        model: str | None = None,
        timeout: Timeout | float | None = None,
        max_cost_usd: float | None = None,
        max_retries: int = 2,
        fixed: Mapping[str, Any] | None = None,
        attach_media: bool = False,
        on_progress: OnProgress | None = None,
        http_client: "httpx.Client | None" = None,
        http_async_client: "httpx.AsyncClient | None" = None,
    ) -> None:
        """Check what can be checked; nothing is opened."""
        api_key = unseen_key(api_key)
        if runware is not None and (api_key or base_url):
            raise ConfigurationError("runware= has an address and a key of its own; say them there")
        self.attach_media = attach_media
        self._fixed = {**({} if model is None else {"model": model}), **(fixed or {})}
        self._on_progress = on_progress
        client = VideoClient(api_key, base_url=base_url, runware=runware, timeout=timeout)
        client.runware.request({})  # without a key nothing can be asked
        settings: dict[str, Any] = {
            "runware": client.runware,
            "timeout": client.timeout,
            "retry": Retry(max_retries),
            "max_cost_usd": max_cost_usd,
        }
        # Clients hold no connection, so each call has its own, with its own listener.
        self._client = partial(VideoClient, http_client=http_client, **settings)
        self._async_client = partial(AsyncVideoClient, http_client=http_async_client, **settings)
        self._client()
        check_fixed(self._fixed)

    # --- the tools --------------------------------------------------------------------------------

    def generate_video(
        self,
        prompt: str,
        duration: int = 5,
        aspect_ratio: AspectRatio | None = None,
        tier: Tier = "720p",
        audio: bool = True,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        reference_image_urls: Sequence[str] | None = None,
        ctx: Context[Any] = ALONE,
    ) -> VideoRecord:
        """Make a short video and wait until it is ready, one to five minutes. Each is charged.

        Args:
            prompt (str): what is to be seen and heard.
            duration (int): seconds, 4 to 15.
            aspect_ratio (str): the shape; None for that of the first frame, or else 16:9.
            tier (str): the size, 480p or 720p.
            audio (bool): whether there is sound.
            first_frame_url (str): address or UUID of the picture that it begins with.
            last_frame_url (str): address or UUID of the picture that it ends with.
            reference_image_urls (list): addresses or UUIDs of pictures of what is to be seen.
            ctx (Context): the agent's context, whose stream gets `VideoProgress`.

        Returns:
            How it ended. If the wait ended first, the task's UUID is for `get_video_status`.

        Raises:
            ConfigurationError: the arguments do not fit, or it costs too much; nothing was sent.
            VideoJobError: it failed at the host.
            SeedError: the host refused it; or it could not be asked, and the words say what to do.
        """
        shape = (duration, aspect_ratio, tier, audio)
        task = self._task(prompt, *shape, first_frame_url, last_frame_url, reference_image_urls)
        uuid = str(uuid4())
        client = self._client(on_progress=announced(ctx, uuid, self._on_progress))
        try:
            with explained(uuid):
                return told(client.generate(task, task_uuid=uuid), task)
        except VideoJobTimeoutError as error:
            return told_late(error, uuid, task)

    async def agenerate_video(
        self,
        prompt: str,
        duration: int = 5,
        aspect_ratio: AspectRatio | None = None,
        tier: Tier = "720p",
        audio: bool = True,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        reference_image_urls: Sequence[str] | None = None,
        ctx: Context[Any] = ALONE,
    ) -> VideoRecord:
        """Make a short video and wait until it is ready. See `generate_video`."""
        shape = (duration, aspect_ratio, tier, audio)
        task = self._task(prompt, *shape, first_frame_url, last_frame_url, reference_image_urls)
        uuid = str(uuid4())
        client = self._async_client(on_progress=announced(ctx, uuid, self._on_progress))
        try:
            with explained(uuid):
                return told(await client.generate(task, task_uuid=uuid), task)
        except VideoJobTimeoutError as error:
            return told_late(error, uuid, task)

    def submit_video(
        self,
        prompt: str,
        duration: int = 5,
        aspect_ratio: AspectRatio | None = None,
        tier: Tier = "720p",
        audio: bool = True,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        reference_image_urls: Sequence[str] | None = None,
    ) -> VideoRecord:
        """Order a short video and do not wait for it. See `generate_video`."""
        shape = (duration, aspect_ratio, tier, audio)
        task = self._task(prompt, *shape, first_frame_url, last_frame_url, reference_image_urls)
        uuid = str(uuid4())
        try:
            with explained(uuid):
                return told(self._client().submit(task, task_uuid=uuid), task)
        except VideoJobTimeoutError as error:
            return told_late(error, uuid, task)

    async def asubmit_video(
        self,
        prompt: str,
        duration: int = 5,
        aspect_ratio: AspectRatio | None = None,
        tier: Tier = "720p",
        audio: bool = True,
        first_frame_url: str | None = None,
        last_frame_url: str | None = None,
        reference_image_urls: Sequence[str] | None = None,
    ) -> VideoRecord:
        """Order a short video and do not wait for it. See `generate_video`."""
        shape = (duration, aspect_ratio, tier, audio)
        task = self._task(prompt, *shape, first_frame_url, last_frame_url, reference_image_urls)
        uuid = str(uuid4())
        try:
            with explained(uuid):
                return told(await self._async_client().submit(task, task_uuid=uuid), task)
        except VideoJobTimeoutError as error:
            return told_late(error, uuid, task)

    def get_video_status(self, task_uuid: str) -> VideoRecord:
        """Tell how a video stands that was ordered before, and its address when it is ready.

        Args:
            task_uuid (str): the UUID of the task, as it was told when it was ordered.

        Returns:
            How it stands; that it failed is an answer as well.

        Raises:
            SeedError: the host could not be asked, which says nothing of the video.
        """
        results = self._fixed.get("results")
        return told(self._client().status(str(task_uuid).strip(), results=results))

    async def aget_video_status(self, task_uuid: str) -> VideoRecord:
        """Tell how a video stands that was ordered before. See `get_video_status`."""
        results = self._fixed.get("results")
        return told(await self._async_client().status(str(task_uuid).strip(), results=results))

    # --- as LlamaIndex takes them -----------------------------------------------------------------

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
        *,
        return_direct: bool = False,
    ) -> list[FunctionTool]:
        """The tools, for an agent or to be called.

        Args:
            spec_functions: which, by their names; None for all.
            func_to_metadata_mapping: descriptions of your own, by the tools' names.
            return_direct: whether an agent's run ends with the answer of a tool.
        """
        own = func_to_metadata_mapping or {}
        tools: list[FunctionTool] = []
        for said in spec_functions or self.spec_functions:
            name = _name(said)
            metadata = own.get(name) or own.get(_PAIRS[name])
            if metadata is None:
                found = self.get_metadata_from_fn_name(name)
                metadata = replace(found, return_direct=return_direct)
            functions = getattr(self, name), getattr(self, _PAIRS[name])
            tool = VideoTool(fn=functions[0], async_fn=functions[1], metadata=metadata)
            tool.attach_media = self.attach_media and name != "submit_video"
            tools.append(tool)
        return tools

    def get_fn_schema_from_fn_name(
        self, fn_name: str, spec_functions: list[SPEC_FUNCTION_TYPE] | None = None
    ) -> type[BaseModel]:
        """The arguments that a model may choose."""
        return LookArguments if fn_name == "get_video_status" else offered(self._fixed)

    def get_metadata_from_fn_name(
        self, fn_name: str, spec_functions: list[SPEC_FUNCTION_TYPE] | None = None
    ) -> ToolMetadata:
        """What a model is told of a tool."""
        return ToolMetadata(
            name=fn_name,
            description=_DESCRIPTIONS[fn_name],
            fn_schema=self.get_fn_schema_from_fn_name(fn_name),
        )

    def _task(self, *said: object) -> SeedanceTask:
        """The task of a model's arguments, which stand in their order, with what is pinned."""
        return task_of(dict(zip(VideoArguments.model_fields, said, strict=True)), self._fixed)


def _name(said: SPEC_FUNCTION_TYPE) -> str:
    """The name of a tool, which is that of its sync function.

    Raises:
        ConfigurationError: there is no such tool.
    """
    asked = said if isinstance(said, str) else said[0]
    for name, partner in _PAIRS.items():
        if asked in (name, partner):
            return name
    raise ConfigurationError(f"there is no tool {asked!r}; there are {', '.join(_PAIRS)}")
