"""Seed over any host: prompts in, replies or events out. The frameworks' packages stand on this."""

import logging

from seed_core.client import AsyncClient, Client
from seed_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
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
)
from seed_core.events import Reply, collect
from seed_core.flow import Retry
from seed_core.media import document, image, video
from seed_core.polling import Progress
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.timeouts import Timeout
from seed_core.types import Message, Options, Prompt, Text, Tool
from seed_core.version import __version__

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
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
    "ServerError",
    "StreamBrokenError",
    "Text",
    "Timeout",
    "Tool",
    "UnsupportedError",
    "__version__",
    "collect",
    "document",
    "image",
    "resolve",
    "video",
]

# Quiet unless the application says otherwise, as libraries are.
logging.getLogger("seed_core").addHandler(logging.NullHandler())
