"""What EmpirioLabs makes of an answer unless it is told not to: it pastes all into the text.

Documented are "Markdown Thinking... headers" and "citation reformatting"; their form is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seed_core.emulator.scripts import Answer

__all__ = ["citation", "formatted"]


def citation(prompt: str) -> dict[str, Any]:
    """Make the one citation of an emulated search, in OpenAI's form."""
    found = {
        "url": "https://example.com/emulated",
        "title": "An emulated search result",
        "start_index": 0,
        "end_index": 0,
    }
    return {"type": "url_citation", "url_citation": {**found, "content": prompt[:80]}}


def formatted(answer: Answer) -> Answer:
    """Paste the reasoning in front of the text, and the citations behind it."""
    thought = f"**Thinking...**\n\n{answer.reasoning}\n\n---\n\n" if answer.reasoning else ""
    text = f"{thought}{answer.text}{_sources(answer)}"
    return replace(answer, text=text, reasoning="", annotations=())


def _sources(answer: Answer) -> str:
    lines = [
        f"{number}. {_link(annotation.get('url_citation') or {})}"
        for number, annotation in enumerate(answer.annotations, 1)
    ]
    return "\n\n**Sources**\n\n" + "\n".join(lines) if lines else ""


def _link(cited: Mapping[str, Any]) -> str:
    return f"[{cited.get('title') or cited.get('url')}]({cited.get('url')})"
