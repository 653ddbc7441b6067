"""What the video tools share in LangChain: their settings, and where their tasks go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from langchain_seed.errors import model_errors
from langchain_seed.video_words import refuse, told_wrong
from seed_core.arguments import all_unseen, unknown_name
from seed_core.errors import ConfigurationError, MediaError
from seed_core.flow import Retry
from seed_core.polling import OnProgress
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.offering import check_fixed, offered, task_of
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.sizes import MINI

_HANDED_IN = {"args_schema", "response_format"}
"""What LangChain's tools are told and these know themselves."""


class VideoTool(BaseTool):
    """What the video tools share: where the tasks go, and what they may cost.

    Attributes:
        api_key: the key; None for `RUNWARE_API_KEY`. Never shown, dumped or pickled.
        base_url: another address of the API.
        runware: a `seed_core.videos.runware.Runware`, all of the host as a value, instead of both.
        model: the model's id.
        timeout: seconds in all for a call (1200 unless said), or a `seed_core.Timeout`.
        max_cost_usd: what a video may cost at most, by the price table; checked before it is sent.
        max_retries: retries of what cannot have made a task. None is made twice.
        fixed: arguments that the model is not offered, and any other field of a `SeedanceTask`:
            `{"tier": "480p", "results": 2}`.
        http_client, http_async_client: httpx clients to use as they are.

    Raises:
        ConfigurationError: there is no key, a name is unknown, or what is fixed does not fit.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        extra="forbid",
        # An error about a value does not show it: it may be a key.
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = True
    handle_validation_error: bool | str | Callable[[Any], str] | None = told_wrong

    api_key: SecretStr | None = Field(default=None, exclude=True, repr=False)
    base_url: str | None = None
    runware: Any = Field(default=None, exclude=True, repr=False)
    model: str = MINI
    timeout: Any = None
    max_cost_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    max_retries: int = Field(default=2, ge=0)
    # Not shown: a webhook's address carries a token.
    fixed: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False, frozen=True)
    http_client: Any = Field(default=None, exclude=True, repr=False)
    http_async_client: Any = Field(default=None, exclude=True, repr=False)

    def __init__(self, **settings: Any) -> None:
        """Check everything that can be checked before a call."""
        settings = all_unseen(settings)
        kind = type(self)
        known = kind.model_fields.keys() - _HANDED_IN
        for name in settings.keys() - known:
            raise unknown_name(name, sorted(known), kind.__name__, elsewhere=False)
        super().__init__(**settings)
        if "model" in self.fixed:
            raise ConfigurationError("fixed= has no model; say model= of the tool")
        if self.runware is not None and (self.api_key or self.base_url):
            raise ConfigurationError("runware= has an address and a key of its own; say them there")
        self.client()
        check_fixed(self.pinned)
        self.args_schema = self.offered()

    @property
    def pinned(self) -> dict[str, Any]:
        """What is fixed of every task."""
        return {"model": self.model, **self.fixed}

    def offered(self) -> type[BaseModel]:
        """The arguments that a model may choose."""
        return offered(self.pinned)

    def client(self, on_progress: OnProgress | None = None) -> VideoClient:
        """A client for threads. It holds no connection, so it is made for every call.

        Raises:
            ConfigurationError: there is no key.
        """
        with model_errors:
            client = VideoClient(
                **self._how(), on_progress=on_progress, http_client=self.http_client
            )
            client.runware.request({})  # made, not sent: that takes a key
        return client

    def async_client(self, on_progress: OnProgress | None = None) -> AsyncVideoClient:
        """A client for event loops, likewise."""
        with model_errors:
            client = AsyncVideoClient(
                **self._how(), on_progress=on_progress, http_client=self.http_async_client
            )
            client.runware.request({})
        return client

    def __getstate__(self) -> dict[Any, Any]:
        """What is pickled: everything but the key and what cannot travel."""
        state = super().__getstate__()
        left = ("api_key", "args_schema", "http_client", "http_async_client")
        return {**state, "__dict__": {**state["__dict__"], **dict.fromkeys(left)}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """What was pickled, with the arguments that are offered."""
        super().__setstate__(state)
        self.args_schema = self.offered()

    def _how(self) -> dict[str, Any]:
        """The settings of a client."""
        return {
            "api_key": self.api_key,
            "base_url": self.base_url,
            "runware": self.runware,
            "timeout": self.timeout,
            "retry": Retry(self.max_retries),
            "max_cost_usd": self.max_cost_usd,
        }

    def asked(self, said: tuple[str, ...], arguments: Mapping[str, Any]) -> SeedanceTask:
        """The task that a call asks for; a text alone is its prompt."""
        try:
            return task_of({"prompt": said[0]} if said else arguments, self.pinned)
        except (ConfigurationError, MediaError) as error:
            refuse(error, "Nothing was sent, and nothing is charged")
