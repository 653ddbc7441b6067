"""For LangChain: Seed 2.0 Mini as `ChatSeed`, and Seedance 2.0 Mini as tools of an agent.

PYTEST_DONT_REWRITE: a program that imports this may start pytest afterwards, and not be warned.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

try:
    import langchain_core
except ImportError as error:
    _message = 'langchain_seed needs LangChain: pip install "seed-integrations[langchain]"'
    raise ImportError(_message) from error

from langchain_seed import errors
from langchain_seed.chat import ChatSeed

if TYPE_CHECKING:
    from langchain_seed.tools import SeedanceTool, seedance_tools
    from langchain_seed.usage import SeedUsageCallback

__all__ = ["ChatSeed", "SeedUsageCallback", "SeedanceTool", "errors", "seedance_tools"]

_LATER = {
    "SeedUsageCallback": "langchain_seed.usage",
    "SeedanceTool": "langchain_seed.tools",
    "seedance_tools": "langchain_seed.tools",
}
"""What is imported when it is first used, and where it is: few programs use all of it."""


def __getattr__(name: str) -> Any:
    """Import a name that is needed only now."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    """The names that are here, and those that can be."""
    return sorted({*globals(), *_LATER})


del langchain_core

# Quiet unless the application says otherwise, as libraries are.
logging.getLogger("langchain_seed").addHandler(logging.NullHandler())
