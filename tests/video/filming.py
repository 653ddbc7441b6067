"""What the tests of the video clients share: the emulated host, and what was handed over."""

from dataclasses import replace
from typing import Any

from seed_core.emulator import Emulator
from seed_core.polling import Polling
from seed_core.videos.runware import Runware, resolve_runware

KEY = "a-runware-key-that-nobody-may-see"


def runware(emulator: Emulator, **settings: Any) -> Runware:
    at = resolve_runware(**{"api_key": KEY, "base_url": emulator.url("runware"), **settings})
    return replace(at, polling=Polling(0.01, 0.05))


def submits(emulator: Emulator) -> list[dict[str, Any]]:
    tasks = [seen.body[0] for seen in emulator.requests if seen.method == "POST"]
    return [task for task in tasks if task["taskType"] == "videoInference"]
