"""For LangChain: Seed 2.0 Mini as `ChatSeed`, and Seedance 2.0 Mini as tools of an agent."""

try:
    import langchain_core
except ImportError as error:
    _message = 'langchain_seed needs LangChain: pip install "seed-integrations[langchain]"'
    raise ImportError(_message) from error

from langchain_seed import errors
from langchain_seed.chat import ChatSeed
from langchain_seed.tools import SeedanceTool, seedance_tools

__all__ = ["ChatSeed", "SeedanceTool", "errors", "seedance_tools"]

del langchain_core
