"""The processes of a run: one for each contender, as seen by the one that gives the orders."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from types import TracebackType
from typing import IO, Any

from typing_extensions import Self

_ROOT = Path(__file__).parents[1]
_PATIENCE = 10.0


def environment() -> dict[str, str]:
    """This shell's variables, without those that would change what is measured."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith(("_PROXY", "_API_KEY", "_API_BASE", "_BASE_URL"))
        and not name.startswith(("LANGCHAIN_", "LANGSMITH_", "OPENAI_", "OPENROUTER_"))
    }
    return {**kept, "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0"}


class Client:
    """The process of one contender.

    Args:
        name: the contender.
        server: address of the server.
        folder: where it may write files.
        cores: the processors that it may use.
        log: where what it prints goes.
    """

    def __init__(
        self, name: str, server: str, folder: Path, cores: list[int], log: IO[str]
    ) -> None:
        arguments = [name, server, str(folder), json.dumps(cores)]
        self._process = Popen(
            [sys.executable, "-m", "benchmarks.client", *arguments],
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            text=True,
            env=environment(),
        )

    def order(self, suite: str, case: str = "") -> dict[str, Any]:
        """Have one thing done, and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"suite": suite, "case": case}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            return {"error": f"its process ended with {self._process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
