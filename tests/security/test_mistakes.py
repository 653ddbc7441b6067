"""A mistake in the settings is told, in a traceback with its variables too, without the keys."""

from collections.abc import Callable
from typing import Any

import pytest

from seed_core.arguments import Unseen, unseen
from seed_core.client import AsyncClient, Client
from seed_core.providers import resolve, resolve_all
from seed_core.video_client import AsyncVideoClient, VideoClient
from seed_core.videos.runware import resolve_runware
from tests.security.planted import HEADER, QUERY
from tests.security.planted import KEY as PLANTED
from tests.security.showing import frames_with, told

KEY = f"sk-or-v1-{PLANTED}"
SAID = {"headers": {"x-token": HEADER}, "query": {"sig": QUERY}}
SETTINGS: dict[str, Any] = {
    "api_key": KEY,
    "default_headers": {"x-token": HEADER},
    "default_query": {"sig": QUERY},
}
TWO_KEYS = {"provider": {"provider": "openrouter", "api_key": f"{KEY}-2", **SAID}}
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
    TWO_KEYS,
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


def of_framework(module: str, name: str) -> Any:
    """What a framework's package has, if that framework is installed."""
    return getattr(pytest.importorskip(module, exc_type=ImportError), name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("seed_core.settings", "Settings"),
        ("langchain_seed", "ChatSeed"),
        ("llamaindex_seed", "SeedLLM"),
        ("llamaindex_seed", "SeedMultiModal"),
    ],
)
def test_a_mistake_in_a_models_settings_shows_no_key(module: str, name: str) -> None:
    make = of_framework(module, name)
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
        if error is None:  # one key in the settings and another of the host is none here
            assert mistake == TWO_KEYS
            assert make is not resolve
            continue
        assert frames_with(error, KEY, HEADER, QUERY) == set(), mistake
        assert not [one for one in (KEY, HEADER, QUERY) if one in told(error)], mistake
    both = [{"provider": "openrouter", "api_key": KEY}, {"provider": "fal", "nothing": 1}]
    for bad in (both, {"provider": "fal", "api_key": KEY, "nothing": 1}):
        error = failing(make, bad)
        assert error is not None
        assert frames_with(error, KEY) == set()
        assert KEY not in told(error)


@pytest.mark.parametrize("make", [VideoClient, AsyncVideoClient, resolve_runware])
def test_a_mistake_about_videos_shows_no_key(make: Any) -> None:
    for mistake in ({"base_url": "ftp://x"}, {"base_url": 5}, {"base_url": "https://a@b"}):
        error = failing(make, KEY, **mistake)
        assert error is not None
        assert frames_with(error, KEY) == set()
        assert KEY not in told(error)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("langchain_seed", "SeedanceTool"),
        ("langchain_seed.tools", "SeedanceStatusTool"),
        ("llamaindex_seed", "SeedanceToolSpec"),
    ],
)
@pytest.mark.parametrize(
    "mistake",
    [{"fixed": {"nothing": 1}}, {"base_url": "ftp://x"}, {"timeout": "x"}, {"misspelt": 1}],
    ids=str,
)
def test_a_mistake_in_video_tools_shows_no_key(
    module: str, name: str, mistake: dict[str, Any]
) -> None:
    error = failing(of_framework(module, name), api_key=KEY, **mistake)
    assert error is not None
    assert frames_with(error, KEY) == set()
    assert KEY not in told(error)


def test_what_is_unseen_can_be_read() -> None:
    hidden = Unseen({"a": KEY})
    assert (repr(hidden), str(hidden)) == ("Unseen(a)", "Unseen(a)")
    assert dict(hidden) == {"a": KEY}
    assert unseen(hidden) is hidden
    assert unseen(("openrouter", 5)) == ("openrouter", 5)
    assert str(unseen([{"a": KEY}])) == "[Unseen(a)]"
