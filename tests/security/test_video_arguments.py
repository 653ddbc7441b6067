"""What a model says to a tool is data: it names no file of this machine, to read or to write."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from seed_core.emulator import Emulator
from seed_core.errors import SeedError
from seed_core.videos.offering import LookArguments, VideoArguments, task_of
from tests.security.opening import PICTURE, opened

KEY = "rw-a-key-that-nobody-may-see"
NAMES = (
    "{path}",
    "file://{path}",
    "file:{path}",
    " {path} ",
    "~/{path}",
    "http:{path}",
    "https:///{path}",
    "ftp://127.0.0.1{path}",
    "data:image/png;base64,iVBORw0KGgo=",
    "iVBORw0KGgo=",
    "PosixPath('{path}')",
)
LOOKING = ("get_video_status",)
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "first": lambda said: {"first_frame_url": said},
    "last": lambda said: {"last_frame_url": said},
    "reference": lambda said: {"reference_image_urls": [said]},
    "second reference": lambda said: {"reference_image_urls": ["https://a.example/a.png", said]},
}
MORE: dict[str, Callable[[str], Any]] = {
    "output": lambda path: path,
    "path": lambda path: path,
    "frame_images": lambda path: [path],
    "reference_videos": lambda path: [path],
    "webhook_url": lambda _: "https://a.example",
    "extra": lambda _: {"a": 1},
}


def tools(emulator: Emulator) -> list[Callable[[dict[str, Any]], str]]:
    """The tools of what is installed, as an agent calls them: arguments in, words out."""
    url = emulator.url("runware")
    found: list[Callable[[dict[str, Any]], str]] = []
    with suppress(ImportError):
        from langchain_seed import seedance_tools

        made = [one for one in seedance_tools(api_key=KEY, base_url=url) if one.name not in LOOKING]
        found += [partial(_of_langchain, tool) for tool in made]
    with suppress(ImportError):
        from llamaindex_seed import SeedanceToolSpec

        tools = SeedanceToolSpec(KEY, base_url=url).to_tool_list()
        found += [partial(_of_llamaindex, one) for one in tools if one.metadata.name not in LOOKING]
    return found


def _of_langchain(tool: Any, said: dict[str, Any]) -> str:
    call = {"name": tool.name, "args": said, "id": "c", "type": "tool_call"}
    answers = [tool.invoke(call), asyncio.run(tool.ainvoke(call))]
    assert {answer.status for answer in answers} == {"error"}
    return "\n".join(str(answer.content) for answer in answers)


def _of_llamaindex(tool: Any, said: dict[str, Any]) -> str:
    words = []
    for call in (lambda: tool.call(**said), lambda: asyncio.run(tool.acall(**said))):
        with pytest.raises((SeedError, TypeError)) as caught:
            call()
        words.append(str(caught.value))
    return "\n".join(words)


@pytest.mark.parametrize("place", PLACES)
def test_no_input_of_a_model_is_a_file(emulator: Emulator, secret: Path, place: str) -> None:
    for name in NAMES:
        said = {"prompt": "A cat", **PLACES[place](name.format(path=secret))}
        with opened() as names, pytest.raises(SeedError, match="local files cannot be read"):
            task_of(said)
        for use in tools(emulator):
            with opened() as more:
                words = use(said)
            assert "local files cannot be read here" in words
            assert str(secret) not in more
        assert str(secret) not in names
    assert emulator.requests == []


@pytest.mark.parametrize("name", MORE)
def test_a_model_can_say_nothing_that_it_is_not_offered(
    emulator: Emulator, secret: Path, name: str
) -> None:
    said = {"prompt": "A cat", name: MORE[name](str(secret))}
    for use in tools(emulator):
        with opened() as names:
            assert name in use(said)
        assert str(secret) not in names
    assert secret.read_bytes() == PICTURE
    with pytest.raises(SeedError):
        task_of(said)
    assert emulator.requests == []


def test_no_argument_names_a_place_to_write_to() -> None:
    offered = {*VideoArguments.model_fields, *LookArguments.model_fields}
    assert not [name for name in offered if "path" in name or "file" in name or "output" in name]
