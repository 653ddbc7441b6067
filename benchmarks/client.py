"""The process of one contender: takes orders as lines of JSON, answers each with a line.

`python -m benchmarks.client NAME SERVER FOLDER CORES`
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.delivery import check
from benchmarks.measuring import Stage
from benchmarks.server import pin
from benchmarks.suites import SUITES


def perform(stage: Stage, order: dict[str, Any]) -> dict[str, Any]:
    """Do what a line says: look at what is delivered, or take one sample."""
    try:
        if order["suite"] == "delivery":
            return {"states": check(stage)}
        return {"values": SUITES[order["suite"]].measure(stage, order["case"])}
    except Exception as error:  # noqa: BLE001 - one contender's failure does not end the run
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def main() -> None:
    name, server, folder, cores = sys.argv[1:]
    pin(json.loads(cores))
    # What a library prints must not come between the answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        stage = Stage(CONTENDERS[name], server, Path(folder))
        for line in sys.stdin:
            print(json.dumps(perform(stage, json.loads(line))), file=answers, flush=True)
        stage.close()


if __name__ == "__main__":
    main()
