"""ByteDance Seed models and Seedance for LlamaIndex, at whichever host you have a key for.

PYTEST_DONT_REWRITE: a program that imports this may start pytest afterwards, and not be warned.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

try:
    import llama_index.core
except ModuleNotFoundError as error:
    raise ImportError(
        'llamaindex_seed needs llama-index-core: pip install "seed-integrations[llamaindex]"'
    ) from error

from llamaindex_seed.llm import SeedLLM
from llamaindex_seed.tools import NoToolCallError

if TYPE_CHECKING:
    from llamaindex_seed.multi_modal import SeedMultiModal
    from llamaindex_seed.tokens import tokenize
    from llamaindex_seed.usage import SeedUsageHandler
    from llamaindex_seed.video_tool import VideoProgress
    from llamaindex_seed.video_tools import SeedanceToolSpec

__all__ = [
    "NoToolCallError",
    "SeedLLM",
    "SeedMultiModal",
    "SeedUsageHandler",
    "SeedanceToolSpec",
    "VideoProgress",
    "tokenize",
]

_LATER = {
    "SeedMultiModal": "llamaindex_seed.multi_modal",
    "SeedUsageHandler": "llamaindex_seed.usage",
    "SeedanceToolSpec": "llamaindex_seed.video_tools",
    "VideoProgress": "llamaindex_seed.video_tool",
    "tokenize": "llamaindex_seed.tokens",
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


del llama_index

# Quiet unless the application says otherwise, as libraries are.
logging.getLogger("llamaindex_seed").addHandler(logging.NullHandler())
