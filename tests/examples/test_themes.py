"""What the pages by theme say of hosts is what their rows say."""

import re

import pytest

from seed_core.capabilities import Capabilities, Feature
from seed_core.emulator import Emulator
from seed_core.providers import PROVIDERS
from tests.examples.pages import DOCS, marked, rows, section
from tests.rows import Row

MEDIA = section(DOCS / "media.md", "## How closely it looks")
BY_HOST = section(DOCS / "media.md", "## By host")
PROPER = {
    "openrouter": "OpenRouter",
    "empiriolabs": "EmpirioLabs",
    "modelslab": "ModelsLab",
    "fal": "fal",
    "byteplus": "BytePlus",
    "volcengine": "Volcengine",
}
ARK = "BytePlus and Volcengine"
NUMBERS = {"six": 6, "three": 3}
KINDS = {"image": "pictures", "video": "clips", "document": "PDFs"}


def of(name: str, **model: str) -> Capabilities:
    return PROVIDERS[name].capabilities(**model)


def that_have(feature: Feature) -> set[str]:
    return {PROPER[name] for name in PROPER if feature in of(name).yes}


def limits(name: str) -> list[str]:
    """The row of limits of a host."""
    can = of(name)
    stops = "by the client" if "stop" in can.no else str(can.max_stop or "")
    forms = {
        kind: " ".join(f"`{one.partition('/')[2]}`" for one in can.formats[kind])
        for kind in can.formats
    }
    return [
        f"`{name}`",
        str(PROVIDERS[name].max_concurrency or ""),
        ", ".join(f"{most} {KINDS[kind]}" for kind, most in can.max_in_turn.items()),
        ", ".join(f"{KINDS[kind]} {most >> 20} MiB" for kind, most in can.max_bytes.items()),
        ", ".join(f"{KINDS[kind]}: {form}" for kind, form in forms.items()),
        stops,
    ]


def test_the_limits_are_those_of_the_rows() -> None:
    told = list(rows(section(DOCS / "choosing-a-host.md", "## Limits")))
    assert told == [limits(name) for name in PROVIDERS]


@pytest.mark.parametrize("feature", ["image_pixel_limit", "video_fps"])
def test_the_hosts_that_look_closely_are_those_of_the_table(feature: Feature) -> None:
    (told,) = [row[2] for row in rows(MEDIA) if marked(row[1])[0].startswith(feature)]
    assert {name for name in PROPER.values() if name in told} == that_have(feature)


def test_how_often_a_clip_is_looked_at_has_the_limits_of_the_table() -> None:
    (told,) = [row[2] for row in rows(MEDIA) if marked(row[1])[0].startswith("video_fps")]
    limits = {float(number) for number in re.findall(r"[\d.]*\d", told)}
    for name in PROPER:
        if "video_fps" in of(name).yes:
            assert {*of(name).ranges["video_fps"]} == limits


def test_what_a_turn_may_hold_at_fal_is_what_the_page_says() -> None:
    pictures, clips = re.findall(r"(\w+) pictures and (\w+) clips", BY_HOST)[0]
    most = of("fal").max_in_turn
    assert (most["image"], most["video"]) == (NUMBERS[pictures], NUMBERS[clips])
    assert "document" in of("fal").no
    assert "no PDFs" in BY_HOST


@pytest.mark.parametrize("name", ["byteplus", "volcengine"])
def test_what_a_file_may_have_at_ark_is_what_the_page_says(name: str) -> None:
    picture, clip = map(int, re.findall(r"(\d+) MB a picture, (\d+) MB a clip", BY_HOST)[0])
    most = of(name).max_bytes
    assert [most[kind] >> 20 for kind in ("image", "video")] == [picture, clip]


def test_the_hosts_with_a_schema_mode_are_those_of_the_table() -> None:
    table = rows(section(DOCS / "structured-output.md", "## How it is asked for"))
    told = {row[0]: row[3] for row in table}["the host's JSON schema mode"]
    assert told == "OpenRouter, and Ark's older builds"
    assert that_have("json_schema") == {"OpenRouter", "BytePlus", "Volcengine"}
    assert "json_schema" in of("byteplus", model="seed-2-0-mini-260428").no


@pytest.mark.parametrize("name", PROPER)
def test_an_object_is_asked_for_as_the_table_says(name: str) -> None:
    chat = pytest.importorskip("langchain_seed", exc_type=ImportError)
    llm = chat.ChatSeed(provider=name, api_key="test")
    first = llm.with_structured_output({"title": "Movie", "type": "object"}).first
    said = first.kwargs["ls_structured_output_format"]["kwargs"]["method"]
    table = list(rows(section(DOCS / "structured-output.md", "## How it is asked for")))
    told = [marked(row[1])[0] for row in table if PROPER[name] in row[3].replace("Ark's", ARK)]
    elsewhere = [marked(row[1])[0] for row in table if row[3] == "elsewhere"]
    assert (told or elsewhere) == [f'"{said}"']


@pytest.mark.parametrize("page", ["langchain.md", "llamaindex.md"])
def test_the_page_of_a_framework_names_the_hosts_of_the_table(page: str) -> None:
    table = rows(section(DOCS / "structured-output.md", "## How it is asked for"))
    by_schema = " ".join(row[3] for row in table if marked(row[1]) == ['"json_schema"'])
    of_page = rows(section(DOCS / page, "## Structured output"))
    (told,) = [row[1] for row in of_page if marked(row[0]) == ['"json_schema"']]
    for name in (*PROPER.values(), "Ark"):
        assert (name in told) == (name in by_schema), name


def test_what_a_host_ignores_is_what_the_page_says() -> None:
    page = (DOCS / "known-behaviour.md").read_text("utf-8")
    told = page.partition("the log says so once: at OpenRouter ")[2].partition(".\n")[0]
    of_openrouter, of_others = ({*marked(part)} for part in told.split("; at EmpirioLabs and Ark "))
    others = {"empiriolabs", "byteplus", "volcengine"}
    for name in PROPER:
        unheeded = of_openrouter if name == "openrouter" else of_others if name in others else set()
        assert of(name).ignored == unheeded, name


def test_effort_is_medium_unless_it_is_said() -> None:
    page = (DOCS / "reasoning.md").read_text("utf-8")
    assert "with medium effort unless you say otherwise" in page
    known = {of(name).default_effort for name in PROPER}
    assert known <= {"medium", None}
    assert "medium" in known


def thinks(name: str, emulator: Emulator) -> bool:
    """Whether a host thinks with the least effort, over its default wire."""
    chat = pytest.importorskip("langchain_seed", exc_type=ImportError)
    llm = chat.ChatSeed(**Row(name, PROVIDERS[name].api_name).settings(emulator))
    message = llm.invoke("Hello", reasoning_effort="minimal")
    return "reasoning_content" in message.additional_kwargs


def test_the_least_effort_turns_thinking_off_where_the_pages_say_so(emulator: Emulator) -> None:
    off = {name for name in PROPER if not thinks(name, emulator)}
    page = (DOCS / "reasoning.md").read_text("utf-8")
    told = page.partition("`minimal` is off at ")[2].partition(", and over")[0]
    assert {name for name in PROPER if PROPER[name] in told} == off
    works = section(DOCS / "choosing-a-host.md", "## What works")
    (efforts,) = [row[1:] for row in rows(works) if row[0] == "efforts"]
    cells = zip(PROVIDERS, efforts, strict=True)
    assert {name for name, cell in cells if "`minimal` (as off)" in cell} == off
