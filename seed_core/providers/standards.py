"""What is true of a host unless its row says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.capabilities import Feature
from seed_core.flow import Headers
from seed_core.types import Json, Prompt


def no_attribution(_url: str | None, _title: str | None) -> Mapping[str, str]:
    """Most hosts keep no book of the apps that call them."""
    return {}


def error_field(payload: Json) -> Any:
    """OpenAI's envelope."""
    return payload.get("error")


def as_it_came(payload: Json) -> Json:
    """Most hosts do not repeat the prompt in their errors."""
    return payload


def nothing_said(_headers: Headers) -> bool | None:
    """Most hosts have no header of their own on trying again."""
    return None


def nothing_apart(prompt: Prompt, _api: str) -> tuple[Prompt, Mapping[str, str]]:
    """Most hosts are told everything in the body."""
    return prompt, {}


def nobody_known(_feature: Feature) -> tuple[str, ...]:
    """Without a registry at hand, nobody is known to have a feature."""
    return ()
