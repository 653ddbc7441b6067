"""Seed over any host: prompts in, replies or events out. The frameworks' packages stand on this.

PYTEST_DONT_REWRITE: a program that imports this may start pytest afterwards, and not be warned.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seed_core.version import __version__

if TYPE_CHECKING:
    from seed_core.client import AsyncClient, Client
    from seed_core.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        BudgetExceededError,
        ConfigurationError,
        ContentFilterError,
        ContextOverflowError,
        InsufficientCreditError,
        InvalidReplyError,
        MediaError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        SeedError,
        ServerError,
        StreamBrokenError,
        UnsupportedError,
        VideoJobError,
        VideoJobTimeoutError,
    )
    from seed_core.events import Reply, collect
    from seed_core.flow import Retry
    from seed_core.media import document, image, video
    from seed_core.polling import Progress
    from seed_core.providers import resolve
    from seed_core.providers.base import Provider
    from seed_core.spending import Spending
    from seed_core.timeouts import Timeout
    from seed_core.types import Message, Options, Prompt, Text, Tool
    from seed_core.video_client import AsyncVideoClient, VideoClient
    from seed_core.videos.seedance import SeedanceTask

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AsyncVideoClient",
    "AuthenticationError",
    "BadRequestError",
    "BudgetExceededError",
    "Client",
    "ConfigurationError",
    "ContentFilterError",
    "ContextOverflowError",
    "InsufficientCreditError",
    "InvalidReplyError",
    "MediaError",
    "Message",
    "NotFoundError",
    "Options",
    "PermissionDeniedError",
    "Progress",
    "Prompt",
    "Provider",
    "RateLimitError",
    "Reply",
    "Retry",
    "SeedError",
    "SeedanceTask",
    "ServerError",
    "Spending",
    "StreamBrokenError",
    "Text",
    "Timeout",
    "Tool",
    "UnsupportedError",
    "VideoClient",
    "VideoJobError",
    "VideoJobTimeoutError",
    "__version__",
    "collect",
    "document",
    "image",
    "resolve",
    "video",
]

_OF_MODULES = {
    "client": ("AsyncClient", "Client"),
    "errors": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "ConfigurationError",
        "ContentFilterError",
        "ContextOverflowError",
        "InsufficientCreditError",
        "InvalidReplyError",
        "MediaError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "SeedError",
        "ServerError",
        "StreamBrokenError",
        "UnsupportedError",
        "VideoJobError",
        "VideoJobTimeoutError",
    ),
    "events": ("Reply", "collect"),
    "flow": ("Retry",),
    "media": ("document", "image", "video"),
    "polling": ("Progress",),
    "providers": ("resolve",),
    "providers.base": ("Provider",),
    "spending": ("Spending",),
    "timeouts": ("Timeout",),
    "types": ("Message", "Options", "Prompt", "Text", "Tool"),
    "video_client": ("AsyncVideoClient", "VideoClient"),
    "videos.seedance": ("SeedanceTask",),
}
_LATER = {name: f"seed_core.{module}" for module, names in _OF_MODULES.items() for name in names}
"""What is imported when it is first used, and where it is: every run of pytest imports this package
for its fixture, hosts and wires come with the first model, and most programs make no videos."""


def __getattr__(name: str) -> Any:
    """Import a name that is needed only now."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    """The names that are here, and those that can be."""
    return sorted({*globals(), *_LATER})


# Quiet unless the application says otherwise, as libraries are.
logging.getLogger("seed_core").addHandler(logging.NullHandler())
