"""Large pictures and videos, from files."""

from __future__ import annotations

import hashlib
import resource
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from benchmarks.contenders import Entry
from benchmarks.contenders.base import Ask
from benchmarks.measuring import Stage, spending
from benchmarks.server import counts
from benchmarks.suites.base import Suite
from benchmarks.wire import Scenario

MB = 2**20
_IMAGE = b"\x89PNG\r\n\x1a\n"
_VIDEO = b"\x00\x00\x00\x18ftypmp42"
_BLOCK = bytes(range(256)) * 4


def write(path: Path, head: bytes, size: int) -> Path:
    """A file that begins like one of its kind."""
    with path.open("wb") as file:
        file.write(head)
        file.writelines(_BLOCK for _ in range((size - len(head)) // len(_BLOCK)))
        file.write(bytes((size - len(head)) % len(_BLOCK)))
    return path


def digest(path: Path) -> tuple[int, str]:
    """Length and SHA-256 of a file in base64, as the server tells them."""
    encoded = b64encode(path.read_bytes())
    return len(encoded), hashlib.sha256(encoded).hexdigest()


class Media(Suite):
    """One call with files beside the question, in a process of its own."""

    name = "media"
    title = "Large media"
    about = (
        "One call, in a process of its own after a small one: CPU, and how far the peak of its "
        "memory rises. The server checks that all bytes arrived."
    )
    cases: ClassVar = {"6 images of 4 MB": "images", "video of 45 MB": "video"}
    columns: ClassVar = {"cpu_s": "CPU s", "peak_mb": "extra peak MB"}
    compared = "cpu_s"
    rounds = (2, 3)
    warm = False
    fresh = True

    def takes(self, case: str, name: str, entry: Entry, *, full: bool) -> bool:
        """Whoever can."""
        return True

    def measure(self, stage: Stage, case: str) -> dict[str, float]:
        """One call."""
        small = write(stage.folder / "small.png", _IMAGE, 500)
        ask, size = _ask(stage.folder, case)
        contender = stage.contender(Scenario())
        contender.call(Ask(images=(small,)))
        counts(stage.server, forget=True)
        before = _forget_peak()
        with spending() as spent:
            contender.call(ask)
        peak = (_peak() - before) / MB
        path = ask.video or ask.images[0]
        sent = [digest(path)] * (1 if ask.video else len(ask.images))
        arrived = [
            (length, seen) for length, seen in counts(stage.server)["media"] if length > size
        ]
        if arrived != sent:
            raise AssertionError(f"{len(arrived)} of {len(sent)} files arrived as they are")
        return {"cpu_s": spent.cpu, "peak_mb": peak}


def _ask(folder: Path, case: str) -> tuple[Ask, int]:
    """The question with its files, and the size of one."""
    if case.startswith("video"):
        return Ask(video=write(folder / "large.mp4", _VIDEO, 45 * MB)), 45 * MB
    image = write(folder / "large.png", _IMAGE, 4 * MB)
    return Ask(images=(image,) * 6), 4 * MB


def _forget_peak() -> int:
    """Make the memory that is used now the peak, where the system can. Returns the peak."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """The peak of this process's memory, in bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
