"""What the host and model can do, in LangChain's words."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.language_models import ModelProfile

from seed_core.capabilities import Capabilities


class KnownProfile(dict[str, Any]):
    """A profile made of what is known here: another model or host makes another.

    One that the user gave is of no such class, and stays.
    """


def to_profile(can: Capabilities, model: str) -> ModelProfile | None:
    """A profile for one model at one host, or None when nothing is known of it.

    Tool results may hold pictures and PDFs wherever human messages may, because the wire moves
    them into a turn of their own.
    """
    if not can.yes:
        return None
    facts: dict[str, Any] = {
        "name": model,
        "max_input_tokens": can.context_window,
        "max_output_tokens": can.max_output_tokens,
        "text_inputs": True,
        "image_inputs": can.has("image"),
        "image_url_inputs": can.has("image"),
        "image_tool_message": can.has("image"),
        "video_inputs": can.has("video"),
        "pdf_inputs": can.has("document"),
        "pdf_tool_message": can.has("document"),
        "audio_inputs": False,
        "text_outputs": True,
        "image_outputs": False,
        "audio_outputs": False,
        "video_outputs": False,
        "reasoning_output": can.has("thinking"),
        "reasoning_effort_levels": None if can.efforts is None else list(can.efforts),
        "reasoning_effort_default": can.default_effort,
        "tool_calling": can.serves("tools"),
        "tool_choice": can.serves("tool_choice"),
        "tool_call_streaming": can.has("tools"),
        "structured_output": can.serves("json_schema"),
        "attachment": can.has("image"),
        "temperature": can.has("temperature"),
    }
    known = ModelProfile.__annotations__
    said = {name: value for name, value in facts.items() if value is not None and name in known}
    return cast("ModelProfile", KnownProfile(said))
