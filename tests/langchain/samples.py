"""Small real media, and what the tests ask for."""

from base64 import b64decode, b64encode
from types import SimpleNamespace
from typing import Any

PNG64 = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
PNG = b64decode(PNG64)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
PDF64 = b64encode(PDF).decode()
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"
MP464 = b64encode(MP4).decode()

PNG_URL = f"data:image/png;base64,{PNG64}"
PDF_URL = f"data:application/pdf;base64,{PDF64}"
MP4_URL = f"data:video/mp4;base64,{MP464}"

MODEL = "bytedance-seed/seed-2.0-mini"
KEY = "sk-or-v1-0123456789abcdef"
"""A key that no host gave out; it must not turn up anywhere but in the request's header."""


def _fetch(url: str, **_: Any) -> SimpleNamespace:
    """What LangChain's suite downloads from other sites: any picture or PDF does for it."""
    return SimpleNamespace(content=PDF if url.endswith(".pdf") else PNG)


served = SimpleNamespace(get=_fetch)
"""Stands for the suite's own `httpx`: the tests must not depend on other sites' servers."""
