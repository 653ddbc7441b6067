"""One target's search, in a process of its own: `python -m tests.fuzz.search TARGET SECONDS`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seed_core", "langchain_seed", "llamaindex_seed"]):
    from tests.fuzz.targets import TARGETS, dictionary

FOUND = Path("build/fuzz")


def search(name: str, seconds: int) -> None:
    """Search with one target. The process ends with it."""
    target = TARGETS[name]()
    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = FOUND / f"{name}.dict"
    words.write_text("\n".join(dictionary(target.words)) + "\n", encoding="ascii")
    options = {
        "max_total_time": seconds,
        "timeout": 20,
        "rss_limit_mb": 2000,
        "max_len": 4096,
        "dict": words,
        "artifact_prefix": FOUND / f"{name}-",
        "print_final_stats": 1,
    }
    arguments = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], str(corpus), *arguments], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    search(sys.argv[1], int(sys.argv[2]))
