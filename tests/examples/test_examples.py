"""Every example runs as a user would run it, and prints what it promises."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("langchain")

from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from seed_core.errors import ConfigurationError
from seed_core.providers import PROVIDERS, resolve
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
# The demo has tests of its own below, and what is for Ray has them in tests/batch.
APART = {"demo", "ray_data"}
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem not in APART)
PRINTS = {
    "async_batch": ["Peru: You said", "What is the capital of Vietnam?", " USD in all"],
    "batch_langchain": [
        ": BadRequestError, openrouter answered 400",
        "' in Portuguese, in one word?",
        "\n9 of 10, 0.0001",
    ],
    "chain": ['You said: "Good morning"', 'You said: "Good evening"', 'You said: "plum"'],
    "chat": ["Why is the sky blue?", "'output_tokens': ", "seed-2.0-mini at openrouter: 0.0000"],
    "checkpointer": [
        "it wants: [{'name': 'get_weather', 'args': {'city': 'Lisbon'}",
        "it says: get_weather answered: Lisbon: 21 degrees",
    ],
    "cost": [
        "SeedUsageCallback: 4 calls, 0.00",
        "openrouter  bytedance-seed/seed-2.0-mini ",
        "0 calls of unknown cost",
        "2 calls were made; the budget is spent: 0.00",
    ],
    "errors_and_retries": [
        "nothing was sent: temperature=9.0 is outside 0 to 2",
        "status 400, retryable: False: openrouter answered 400",
        'You said: "Count to three."',
        'You said: "Hello"',
    ],
    "failover": [
        "openrouter did not answer: InsufficientCreditError, 402\n",
        'seed-2-0-mini at empiriolabs: You said: "Why is the sky blue?',
    ],
    "queued": [
        "[queued, 0 before it] ",
        "[running] ",
        'You said: "Why is the sky blue?',
        " USD\n",
    ],
    "same_agent": [
        "openrouter called get_weather, get_population: ",
        "fal called get_weather, get_population: ",
    ],
    "image": ["I was shown 1 image (image/png, 4289 bytes)"],
    "pdf": ["1 document (report.pdf, application/pdf, 1445 bytes)", "which day was the best?"],
    "streaming_reasoning": ["--- reasoning ---\nThis is message 1", "\n--- text ---\nYou said"],
    "search": [
        'You said: "Who won the last world cup?',
        "[1] An emulated search result: https://example.com/emulated",
        "'web_search_requests': 1",
    ],
    "structured_output": ["Order(product='Gala apples', quantity=12, city='Lisbon')"],
    "tools_agent": [
        "get_weather (",
        "get_population (",
        "Lisbon: 21 degrees, a light wind\n",
        "get_population answered: 545000",
    ],
    "tracing": [
        '"llm.model_name": "bytedance-seed/seed-2.0-mini"',
        '"llm.cost.total": 1.61e-05',
        '"seed.host": "openrouter"',
        '"llm.token_count.completion_details.reasoning": 16',
        '"gen_ai.usage.output_tokens": 38',
        '"name": "First Token Stream Event"',
    ],
    "video": ["I was shown 1 video (video/mp4, 5374 bytes)"],
    "video_agent": [
        "The video is ready: http://",
        "Cost: USD 0.144 (reported), task ",
        "What moves here, and where to? Is it dawn?",
        "I was shown 1 video (http://",
    ],
}
ORDER = '{"prompt": "A cat walks through tall grass at dawn", "duration": 4}'
SCRIPTS: dict[str, tuple[Answer | Fault, ...]] = {
    "batch_langchain": (Fault.status(400),),
    "failover": (Fault.status(402),),
    "video_agent": (Answer(tool_calls=[ToolUse("generate_video", ORDER)]), Answer(text="It is.")),
}


def run(name: str) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_prints_what_it_promises(
    hosts: Emulator, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    if name == "tracing":
        pytest.importorskip("openinference.instrumentation.langchain")
    hosts.script(*SCRIPTS.get(name, ()))
    run(name)
    printed = capsys.readouterr().out
    for expected in PRINTS[name]:
        assert expected in printed
    assert hosts.requests
    assert {seen.headers["authorization"].split()[1] for seen in hosts.requests} == {"test"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_one_idea(name: str) -> None:
    source = (EXAMPLES / f"{name}.py").read_text("utf-8")
    assert len(source.splitlines()) < 40
    assert source.startswith('"""')


def test_the_parse_of_a_pdf_goes_back_with_the_answer(hosts: Emulator) -> None:
    run("pdf")
    first, second = (seen.body["messages"] for seen in hosts.requests)
    assert len(first) == 1
    assert second[1]["annotations"][0]["file"]["name"] == "report.pdf"


def test_the_batch_keeps_to_its_limit(hosts: Emulator) -> None:
    run("async_batch")
    assert len({seen.connection for seen in hosts.requests}) <= 4


@pytest.mark.parametrize("name", NAMES)
def test_an_example_without_a_key_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("OPENROUTER_API_KEY", "FAL_KEY"):
        monkeypatch.delenv(variable, raising=False)
    if name == "tracing":
        pytest.importorskip("openinference.instrumentation.langchain")
    with pytest.raises(ValueError, match=r"OPENROUTER_API_KEY|FAL_KEY"):
        run(name)


# ------------------------------------------------------------------------------------------- demo


def test_the_demo_without_a_key_is_canned_and_says_so(tmp_path: Path) -> None:
    # LlamaIndex asks for a loop where there is none, which is deprecated from 3.12 on.
    loop = "ignore:There is no current event loop:DeprecationWarning:llama_index.core.async_utils"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", loop, str(EXAMPLES / "demo.py")],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "HTTP_PROXY": "http://127.0.0.1:9"},
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    said = done.stdout
    assert "an emulator on this computer gives CANNED answers" in said.splitlines()[0]
    with pytest.raises(ConfigurationError) as no_key:
        resolve()
    keys = r"\w+_(?:API_)?KEY\b"
    assert re.findall(keys, said.splitlines()[1]) == re.findall(keys, str(no_key.value))
    assert "[reasoning] If the ball costs x" in said
    assert "\n[text] The ball costs 0.05. (A canned answer" in said
    assert "I was shown 1 image (image/png, 4289 bytes)" in said
    assert "call   get_weather {'city': 'Lisbon'}" in said
    assert "result Lisbon: 21 degrees" in said
    assert "Order(product='Gala apples', quantity=12, city='Lisbon')" in said
    assert "file: cellar.txt Boskoop keeps until April." in said
    assert "source cellar.txt: 'Boskoop keeps until April." in said
    assert "6 calls, " in said
    assert "(not charged: canned)" in said.splitlines()[-1]
    assert "\033" not in said


@pytest.mark.parametrize("terminal", [False, True])
def test_the_demo_with_a_key_asks_the_host(
    hosts: Emulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    terminal: bool,
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    run("demo")
    printed = capsys.readouterr().out
    assert "The model answers, at openrouter." in printed
    assert "CANNED" not in printed.splitlines()[0]
    assert printed.rstrip("\033[0m\n").endswith(" USD")
    assert len(hosts.requests) == 6
    assert ("\033[2mThe user wants an answer." in printed) == terminal
    assert ("[reasoning] The user wants an answer." in printed) != terminal


@pytest.mark.parametrize(
    ("name", "last"),
    [("empiriolabs", " USD"), ("modelslab", " 6 calls of unknown cost"), ("fal", " USD")],
)
def test_the_demo_asks_whichever_host_has_a_key(
    hosts: Emulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    last: str,
) -> None:
    for row in PROVIDERS.values():
        if row.name != name:
            for variable in row.key_names:
                monkeypatch.delenv(variable, raising=False)
    run("demo")
    printed = capsys.readouterr().out
    assert printed.startswith(f"The model answers, at {name}.")
    assert "I was shown 1 image (image/png, 4289 bytes)" in printed
    assert "Order(product='Gala apples', quantity=12, city='Lisbon')" in printed
    assert "source cellar.txt" in printed
    assert printed.endswith(f"{last}\n")
    assert len(hosts.requests) == 6


def test_the_demo_says_in_a_line_what_went_wrong(
    hosts: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "invalid")
    with pytest.raises(SystemExit, match=r"AuthenticationError: openrouter answered 401"):
        run("demo")


def test_the_demo_is_short() -> None:
    assert len((EXAMPLES / "demo.py").read_text("utf-8").splitlines()) < 220
