"""What the contract asks, and how a reply is put back into the conversation."""

import base64
from dataclasses import replace
from typing import Any

from seed_core.capabilities import Feature
from seed_core.events import Reply
from seed_core.types import (
    Base64,
    Document,
    FileId,
    Image,
    JsonObject,
    JsonSchema,
    Media,
    Message,
    NamedTool,
    Options,
    Part,
    Prompt,
    Reasoning,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    Url,
    Video,
)

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("get_weather", "The weather in a city.", CITY)
TIME = Tool("get_time", "The time in a city.", CITY)
PERSON = JsonSchema(
    "person",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
)


def asking(
    *parts: Part | str,
    tools: tuple[Tool, ...] = (),
    tool_choice: ToolChoice | None = None,
    response_format: JsonSchema | JsonObject | None = None,
    **options: Any,
) -> Prompt:
    """One question."""
    said = tuple(Text(part) if isinstance(part, str) else part for part in parts or ("Hello",))
    return Prompt((Message("user", said),), tools, tool_choice, response_format, Options(**options))


def saying(*parts: Part | str, **options: Any) -> Prompt:
    """One question with options by their names."""
    return replace(asking(*parts), options=Options(**options))


def going_on(asked: Prompt, reply: Reply, *results: str) -> Prompt:
    """The conversation after the tools of a reply gave their results."""
    thought = Reasoning(reply.reasoning, reply.state)
    said = (Text(reply.text),) if reply.text else ()
    answer = Message("assistant", (thought, *said, *reply.tool_calls))
    given = [
        Message("tool", (ToolResult(call.id, (Text(result),), call.name),))
        for call, result in zip(reply.tool_calls, results, strict=True)
    ]
    return Prompt((*asked.messages, answer, *given), asked.tools)


def data(content: bytes) -> Base64:
    """Bytes as base64."""
    return Base64(base64.b64encode(content).decode())


MEDIA: dict[str, Media] = {
    "image": Image(data(b"\x89PNG\r\n\x1a\n" + bytes(20)), "image/png"),
    "image at a URL": Image(Url("https://a.example/b.png"), "image/png"),
    "video": Video(data(b"\x00\x00\x00\x18ftypmp42" + bytes(20)), "video/mp4"),
    "video at a URL": Video(Url("https://a.example/b.mp4"), "video/mp4"),
    "document": Document(data(b"%PDF-1.4 hello"), "application/pdf", "b.pdf"),
    "document at a URL": Document(Url("https://a.example/b.pdf"), "application/pdf", "b.pdf"),
}

ASKS: dict[Feature, Prompt] = {
    "tools": asking(tools=(WEATHER,)),
    "tool_choice": asking(tools=(WEATHER,), tool_choice=NamedTool("get_weather")),
    "parallel_tool_calls": asking(tools=(WEATHER,), parallel_tool_calls=False),
    "json_schema": asking(response_format=PERSON),
    "json_object": asking("Some json", response_format=JsonObject()),
    "image": asking("Look", MEDIA["image"]),
    "video": asking("Look", MEDIA["video"]),
    "document": asking("Look", MEDIA["document"]),
    "file_id": asking("Look", Image(FileId("file-1"), "image/png")),
    "temperature": asking(temperature=0.5),
    "top_p": asking(top_p=0.5),
    "stop": asking(stop=("END",)),
    "seed": asking(seed=1),
    "frequency_penalty": asking(frequency_penalty=0.5),
    "presence_penalty": asking(presence_penalty=0.5),
    "thinking": asking(thinking="disabled"),
    "reasoning_effort": asking(reasoning_effort="low"),
    "thinking_budget": asking(thinking_budget=1024),
    "hide_reasoning": asking(hide_reasoning=True),
    "image_detail": asking("Look", MEDIA["image"], image_detail="low"),
    "image_pixel_limit": asking("Look", MEDIA["image"], image_pixel_limit={"max_pixels": 1000}),
    "video_fps": asking(video_fps=1.0),
    "web_search": asking(web_search=True),
    "caching": asking(caching=True),
    "service_tier": asking(service_tier="auto"),
    "upload": asking(upload="always"),
    "user": asking(user="u-1"),
}
"""For each feature a prompt that asks for it."""
