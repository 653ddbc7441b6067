"""Seed 2.0 Mini for LangChain: `ChatSeed`."""

try:
    import langchain_core
except ImportError as error:
    _message = 'langchain_seed needs LangChain: pip install "seed-integrations[langchain]"'
    raise ImportError(_message) from error

from langchain_seed import errors
from langchain_seed.chat import ChatSeed

__all__ = ["ChatSeed", "errors"]

del langchain_core
