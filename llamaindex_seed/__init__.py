"""ByteDance Seed models and Seedance for LlamaIndex, at whichever host you have a key for."""

import logging

try:
    import llama_index.core
except ModuleNotFoundError as error:
    raise ImportError(
        'llamaindex_seed needs llama-index-core: pip install "seed-integrations[llamaindex]"'
    ) from error

from llamaindex_seed.llm import SeedLLM
from llamaindex_seed.multi_modal import SeedMultiModal
from llamaindex_seed.tokens import tokenize
from llamaindex_seed.tools import NoToolCallError
from llamaindex_seed.video_tool import VideoProgress
from llamaindex_seed.video_tools import SeedanceToolSpec

__all__ = [
    "NoToolCallError",
    "SeedLLM",
    "SeedMultiModal",
    "SeedanceToolSpec",
    "VideoProgress",
    "tokenize",
]

del llama_index

# Quiet unless the application says otherwise, as libraries are.
logging.getLogger("llamaindex_seed").addHandler(logging.NullHandler())
