"""A mistake in the settings is told, in a traceback with its variables too, without the keys."""

from collections.abc import Callable
from typing import Any

import pytest

from seed_core.arguments import Unseen, unseen
from seed_core.client import AsyncClient, Client
from seed_core.providers import resolve, resolve_all
from seed_core.settings import Settings
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.runware import resolve_runware
from tests.security.showing import frames_with, told

KEY = "sk-or-v1-planted-key-that-nobody-may-see"
HEADER = "planted-header-that-nobody-may-see"
QUERY = "planted-query-that-nobody-may-see"
SAID = {"headers": {"x-token": HEADER}, "query": {"sig": QUERY}}
SETTINGS: dict[str, Any] = {
    "api_key": KEY,
    "default_headers": {"x-token": HEADER},
    "default_query": {"sig": QUERY},
}
MISTAKES: tuple[dict[str, Any], ...] = (
    {"provider": "nobody"},
    {"provider": "openrouter", "api": "nothing"},
    {"provider": "openrouter", "base_url": "ftp://a.example"},
    {"provider": "openrouter", "base_url": "https://user:word@a.example"},
    {"provider": "openrouter", "base_url": "https://a.example/?key=hidden"},
    {"provider": "openrouter", "region": "the moon"},
    {"provider": "empiriolabs"},  # the key is another host's
    {"provider": "openrouter", "key_in": "cookie"},
    {"provider": "openrouter", "model": 5},
    {"provider": "openrouter", "openai_api_key": KEY},
    {"provider": "openrouter", "extra_headers": {"x-token": HEADER}},
    {"provider": {"provider": "openrouter", "api_key": f"{KEY}-2", **SAID}},
    {"provider": {"provider": "openrouter", "api_key": KEY, "misspelt": 1, **SAID}},
    {"provider": [{"provider": "openrouter", "api_key": KEY, **SAID}] * 2},
    {"provider": [{"provider": "openrouter", "api_key": KEY}, {"fal_api_key": KEY}]},
    {"provider": "openrouter", "host_options": {"nobody": {"a": 1}}},
    {"provider": "openrouter", "temperature": "hot"},
    {"provider": "openrouter", "timeout": {"misspelt": 1}},
)


def failing(make: Callable[..., Any], *args: Any, **said: Any) -> BaseException | None:
    """What goes wrong when something is made."""
    try:
        make(*args, **said)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    return None


def makers() -> list[Any]:
    """What is made of these settings, as far as it is installed."""
    found: list[Any] = [Settings]
    for module, name in (
        ("langchain_seed", "ChatSeed"),
        ("llamaindex_seed", "SeedLLM"),
        ("llamaindex_seed", "SeedMultiModal"),
    ):
        try:
            found.append(getattr(__import__(module), name))
        except ImportError:
            continue
    return found


@pytest.mark.parametrize("make", makers(), ids=lambda kind: str(kind.__name__))
def test_a_mistake_in_a_models_settings_shows_no_key(make: Any) -> None:
    for mistake in MISTAKES:
        error = failing(make, **{**SETTINGS, **mistake})
        assert error is not None, mistake
        assert frames_with(error, KEY, HEADER, QUERY) == set(), mistake
        assert not [one for one in (KEY, HEADER, QUERY) if one in told(error)], mistake


@pytest.mark.parametrize("make", [resolve, resolve_all, Client, AsyncClient])
def test_a_mistake_about_a_host_shows_no_key(make: Any) -> None:
    for mistake in MISTAKES:
        known = {"api_key": KEY, **SAID, **mistake}
        provider = known.pop("provider")
        if make in (Client, AsyncClient):
            provider = {"provider": provider, **known} if isinstance(provider, str) else provider
            known = {}
        error = failing(make, provider, **known)
        if error is not None:
            assert frames_with(error, KEY, HEADER, QUERY) == set(), mistake
            assert not [one for one in (HEADER, QUERY) if one in told(error)], mistake
    both = [{"provider": "openrouter", "api_key": KEY}, {"provider": "fal", "nothing": 1}]
    for bad in (both, {"provider": "fal", "api_key": KEY, "nothing": 1}):
        error = failing(make, bad)
        assert error is not None
        assert frames_with(error, KEY) == set()


@pytest.mark.parametrize("make", [VideoClient, AsyncVideoClient, resolve_runware])
def test_a_mistake_about_videos_shows_no_key(make: Any) -> None:
    for mistake in ({"base_url": "ftp://x"}, {"base_url": 5}, {"base_url": "https://a@b"}):
        error = failing(make, KEY, **mistake)
        assert error is not None
        assert frames_with(error, KEY) == set()


def test_a_mistake_in_video_tools_shows_no_key() -> None:
    tools = []
    try:
        from langchain_seed import SeedanceVideoTool

        tools.append(SeedanceVideoTool)
    except ImportError:
        pass
    try:
        from llamaindex_seed import SeedanceToolSpec

        tools.append(SeedanceToolSpec)
    except ImportError:
        pass
    for make in tools:
        for mistake in ({"fixed": {"nothing": 1}}, {"base_url": "ftp://x"}, {"timeout": "x"}):
            error = failing(make, api_key=KEY, **mistake)
            assert error is not None, mistake
            assert frames_with(error, KEY) == set(), (make, mistake)


def test_what_is_unseen_can_be_read() -> None:
    hidden = Unseen({"a": KEY})
    assert (repr(hidden), str(hidden)) == ("Unseen(a)", "Unseen(a)")
    assert dict(hidden) == {"a": KEY}
    assert unseen(hidden) is hidden
    assert unseen(("openrouter", 5)) == ("openrouter", 5)
    assert str(unseen([{"a": KEY}])) == "[Unseen(a)]"
