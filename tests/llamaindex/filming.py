"""What the tests of the video tools share: tools on the emulator, plain calls, what was sent."""

import json
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import pytest
from llama_index.core.tools import FunctionTool, ToolOutput

from llamaindex_seed import SeedanceToolSpec
from seed_core.emulator import Answer, Emulator, ToolUse

Colour: TypeAlias = Literal["call", "acall"]
Spec: TypeAlias = Callable[..., SeedanceToolSpec]
KEY = "a-runware-key-that-nobody-may-see"
CAT: dict[str, Any] = {"prompt": "A cat walks", "duration": 4}
PICTURE = "https://example.com/a.png"
PROCESSING = {"data": [{"taskUUID": "{taskUUID}", "status": "processing", "progress": 40}]}

colours = pytest.mark.parametrize("colour", ["call", "acall"])


def tools(spec: SeedanceToolSpec) -> dict[str, FunctionTool]:
    """The tools by their names."""
    return {tool.metadata.get_name(): tool for tool in spec.to_tool_list()}


async def use(
    spec: SeedanceToolSpec, colour: Colour, name: str = "generate_video", **arguments: Any
) -> ToolOutput:
    """The output of one of the tools, as a plain call."""
    tool = tools(spec)[name]
    return tool.call(**arguments) if colour == "call" else await tool.acall(**arguments)


def submitted(emulator: Emulator) -> list[dict[str, Any]]:
    """The tasks that were handed over."""
    tasks = [seen.body[0] for seen in emulator.requests if seen.host == "runware"]
    return [task for task in tasks if task["taskType"] == "videoInference"]


def failing(*codes: str, data: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """What a poll is told of a task of which some results failed."""
    errors = [
        {"code": code, "message": "It went wrong", "taskUUID": "{taskUUID}"} for code in codes
    ]
    return {"data": data or [], "errors": errors}


def asks(name: str, **arguments: Any) -> Answer:
    """A model's answer that calls a tool."""
    return Answer(tool_calls=[ToolUse(name, json.dumps(arguments))])
