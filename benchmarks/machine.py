"""Where a run took place: the machine without its name, and the versions of what was measured."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "aiohttp",
    "anyio",
    "h11",
    "httpcore",
    "httpx",
    "httpx-aiohttp",
    "langchain-core",
    "langchain-deepseek",
    "langchain-openai",
    "langchain-openrouter",
    "llama-index-core",
    "llama-index-llms-openai",
    "llama-index-llms-openai-like",
    "llama-index-llms-openrouter",
    "openai",
    "openrouter",
    "orjson",
    "pydantic",
    "seed-integrations",
)


def machine() -> dict[str, str]:
    """Processor, cores, interpreter, kernel."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": str(cores),
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
    }


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*: (.*)$", said, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def versions() -> dict[str, str]:
    """The packages that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
