"""Local media goes to a host's file storage first, and its address into the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seed_core.capabilities import media_of, size_of
from seed_core.errors import ConfigurationError
from seed_core.flow import Flow, Retry
from seed_core.types import (
    Document,
    Image,
    Message,
    Part,
    Prompt,
    Source,
    ToolResult,
    Url,
    Video,
)

if TYPE_CHECKING:
    from seed_core.providers.base import Provider

UPLOAD_ABOVE = 1_000_000
"""Bytes above which a file is uploaded unasked: fal says that large data URIs slow a request, not
from where on."""


def upload_media(provider: Provider, prompt: Prompt, retry: Retry) -> Flow[Prompt]:
    """Upload what is local and large, or all that is local, as the prompt wants it.

    Raises:
        ConfigurationError: all shall be uploaded, and there is no storage where `base_url` points.
        SeedError: an upload failed.
    """
    mode = prompt.options.upload or "auto"
    cannot = provider.capabilities(prompt.model).has("upload") is False
    if mode == "never" or provider.upload is None or cannot:
        return prompt
    above = -1 if mode == "always" else UPLOAD_ABOVE
    local = [media for media in media_of(prompt) if (size_of(media.source) or -1) > above]
    if not local:
        return prompt
    if provider.storage is None:
        if mode == "auto":
            return prompt
        msg = (
            f"upload='always' needs {provider.name}'s own storage, and base_url= is another address"
        )
        raise ConfigurationError(msg, provider=provider.name)
    # What keeps the prompt from being sent is better known before its files are.
    provider.rehearse(prompt, stream=False)
    found: dict[Source, Url] = {}
    for media in local:
        if media.source not in found:
            found[media.source] = yield from provider.upload(provider, media, retry)
    return replace(prompt, messages=tuple(_moved(turn, found) for turn in prompt.messages))


def _moved(message: Message, found: Mapping[Source, Url]) -> Message:
    """A turn with addresses in the place of what was uploaded."""

    def moved(part: Any) -> Any:
        match part:
            case Image() | Video() | Document() if part.source in found:
                return replace(part, source=found[part.source])
            case ToolResult():
                return replace(part, parts=tuple(map(moved, part.parts)))
            case _:
                return part

    parts: tuple[Part, ...] = tuple(map(moved, message.parts))
    return replace(message, parts=parts)
