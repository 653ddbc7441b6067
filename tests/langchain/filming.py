"""What the tests of the video tools share: tools on the emulator, calls, and what was sent."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from langchain_core.callbacks import Callbacks
from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import SecretStr

from seed_core.emulator import Emulator
from seed_core.videos.runware import Runware
from tests.rows import FAST

Way: TypeAlias = Literal["invoke", "ainvoke"]
WAYS: tuple[Way, ...] = ("invoke", "ainvoke")
KEY = "rw-a-key-that-nobody-may-see"
CAT = {"prompt": "A cat walks"}
URL = "https://example.com/a.png"

PROCESSING: dict[str, Any] = {"data": [{"taskUUID": "{taskUUID}", "status": "processing"}]}


def failing(code: str, message: str) -> dict[str, Any]:
    """What a poll is told of a task that failed."""
    return {"data": [], "errors": [{"code": code, "message": message, "taskUUID": "{taskUUID}"}]}


def at(emulator: Emulator, key: str = KEY) -> dict[str, Any]:
    """The settings of a tool that asks the emulator, and does not wait long."""
    return {"runware": Runware(emulator.url("runware"), SecretStr(key), polling=FAST)}


async def use(
    tool: BaseTool, way: Way, arguments: Mapping[str, Any], callbacks: Callbacks = None
) -> ToolMessage:
    """The message that a model's call becomes."""
    call = ToolCall(name=tool.name, args=dict(arguments), id="call-1", type="tool_call")
    heard = RunnableConfig(callbacks=callbacks)
    message = await tool.ainvoke(call, heard) if way == "ainvoke" else tool.invoke(call, heard)
    assert isinstance(message, ToolMessage)
    assert message.tool_call_id == "call-1"
    return message


def sent(emulator: Emulator) -> dict[str, Any]:
    """The last task that was handed over."""
    return _handed_over(emulator)[-1]


def submissions(emulator: Emulator) -> int:
    """How often a task was handed over."""
    return len(_handed_over(emulator))


def _handed_over(emulator: Emulator) -> list[dict[str, Any]]:
    posts = [seen.body for seen in emulator.requests if seen.host == "runware"]
    return [task for post in posts for task in post if task["taskType"] == "videoInference"]
