"""The emulator in the hosts' place, for code that is written as a user would write it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from seed_core import video_settings
from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS
from seed_core.videos.runware import Runware, resolve_runware
from tests.rows import FAST
from tests.tracing import INSTRUMENTORS


@pytest.fixture
def hosts(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A user with every key, whose hosts are the emulator: the addresses of the rows are others."""
    for name, row in PROVIDERS.items():
        for variable in row.key_names:
            monkeypatch.setenv(variable, "test")
        if name in emulator.hosts:
            url = emulator.url(name)
            moved = replace(
                row,
                base_url=url,
                addresses={api: emulator.url(name, api) for api in row.addresses},
                regions=dict.fromkeys(row.regions, url),
                polling=FAST,
            )
            monkeypatch.setitem(PROVIDERS, name, moved)
    monkeypatch.setenv("RUNWARE_API_KEY", "test")
    moved_runware = partial(_runware, emulator.url("runware"))
    monkeypatch.setattr(video_settings, "resolve_runware", moved_runware)
    yield emulator
    _untrace()


def _untrace() -> None:
    """Take off what an example or a page about tracing has put on a framework."""
    for framework, name in INSTRUMENTORS.items():
        module = sys.modules.get(f"openinference.instrumentation.{framework}")
        if module and (one := getattr(module, name)()).is_instrumented_by_opentelemetry:
            one.uninstrument()
    if instrumentation := sys.modules.get("llama_index_instrumentation"):
        handlers = instrumentation.get_dispatcher().event_handlers
        handlers[:] = [one for one in handlers if type(one).__module__ not in _SHOWN]


_SHOWN = {"__main__", "<run_path>"}
"""Where what an example or a page defines says that it is from."""


def _runware(url: str, **said: Any) -> Runware:
    """Runware, which is no row, as the video clients find it."""
    return replace(
        resolve_runware(**{**said, "base_url": said.get("base_url") or url}), polling=FAST
    )
