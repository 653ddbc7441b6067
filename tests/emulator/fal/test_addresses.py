"""fal's several addresses, where other hosts have one."""

import pytest

from seed_core.emulator import Emulator
from seed_core.emulator.__main__ import _urls

PATHS = {
    "sync": "/fal/run",
    "queue": "/fal/queue",
    "chat": "/fal/run/openrouter/router/openai/v1",
    "storage": "/fal/rest",
    "cdn": "/fal/cdn",
}


def test_each_has_a_name(emulator):
    root = emulator.url("fal").removesuffix(PATHS["sync"])
    assert emulator.addresses("fal") == tuple(PATHS)
    for name, path in PATHS.items():
        assert emulator.url("fal", name) == emulator.url(host="fal", api=name) == root + path


def test_an_unknown_one_is_an_error(emulator):
    with pytest.raises(ValueError, match="no api 'batch' at fal; there is sync, queue, chat, "):
        emulator.url("fal", "batch")


def test_other_hosts_have_one_address_for_every_api(emulator):
    assert emulator.addresses("openrouter") == ()
    assert emulator.url("openrouter", "messages") == emulator.url("openrouter")


def test_all_are_printed(emulator):
    told = dict(_urls(emulator))
    assert {f"fal {name}" for name in PATHS} <= set(told)
    assert told["openrouter"] == emulator.url()


def test_a_host_that_does_not_run_has_none():
    with pytest.raises(RuntimeError, match="not running"):
        Emulator().url("fal", "queue")
