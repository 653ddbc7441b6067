"""Small real media, conversations and tools that the tests ask about."""

from base64 import b64decode
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

PNG64 = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
PNG = b64decode(PNG64)
PNG_URL = f"data:image/png;base64,{PNG64}"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"

MODEL = "bytedance-seed/seed-2.0-mini"
KEY = "sk-or-v1-0123456789abcdef"
"""A key that no host gave out; it must not turn up anywhere but in the request's header."""

DETAILS = [{"type": "reasoning.text", "text": "I think.", "format": "unknown", "index": 0}]


class Film(BaseModel):
    """A film."""

    title: str
    year: int


def user(text: str = "Hello") -> ChatMessage:
    """A message of the user."""
    return ChatMessage(role="user", content=text)


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny"


def get_time() -> str:
    """Tell the time."""
    return "noon"


def tool(function: Any) -> FunctionTool:
    """A function as a tool."""
    return FunctionTool.from_defaults(fn=function)
