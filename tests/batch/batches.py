"""What the tests of batches share: settings at the emulator, rows, files of JSON lines."""

import json
from pathlib import Path
from typing import Any

from seed_core.emulator import Emulator, Seen
from seed_core.settings import Settings
from tests.core.calling import provider_at


def settings_at(emulator: Emulator, **said: Any) -> Settings:
    """The emulated OpenRouter; nothing is tried again unless a test says so."""
    return Settings(**{"provider": provider_at(emulator), "max_retries": 0, **said})


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": f"row-{i}", "prompt": f"Question {i}."} for i in range(count)]


def write(path: Path, said: list[Any]) -> Path:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in said]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of an output, by index; each line is whole."""
    text = path.read_text("utf-8")
    assert text == "" or text.endswith("\n")
    found: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    return sorted(found, key=lambda row: row["index"])


def question(seen: Seen) -> str:
    return str(seen.body["messages"][-1]["content"])


def asked(emulator: Emulator) -> list[str]:
    return [question(seen) for seen in emulator.requests]
