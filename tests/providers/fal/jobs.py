"""Jobs at the emulated queue: long ones, and what was done about them."""

from typing import Any

from seed_core.emulator import Emulator, Job, Seen
from seed_core.providers.base import Provider

QUEUED = {"status": "IN_QUEUE", "queue_position": 3}
RUNNING = {"status": "IN_PROGRESS", "logs": []}
ENDLESS = Job(statuses=[QUEUED, *[RUNNING] * 5000])


def queue(emulator: Emulator, **settings: Any) -> Provider:
    """The emulated queue."""
    return emulator.provider("fal", api="queue", **settings)


def methods(emulator: Emulator) -> list[str]:
    """What was done there, in order."""
    return [seen.method for seen in emulator.requests]


def cancels(emulator: Emulator) -> list[Seen]:
    """The requests that cancel a job."""
    return [seen for seen in emulator.requests if seen.method == "PUT"]


def cancelled_once(emulator: Emulator) -> bool:
    """Whether the one job was cancelled, once, and was not asked about after that."""
    (put,) = cancels(emulator)
    assert methods(emulator).count("POST") == 1
    assert put.path.endswith("/cancel")
    assert "seed/v2/mini" not in put.path
    assert put.headers["authorization"] == "Key test"
    return emulator.requests[-1] is put
