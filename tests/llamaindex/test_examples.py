"""Every example runs as a user would run it, and prints what it promises."""

import runpy
from inspect import signature
from textwrap import dedent

import pytest
from llama_index.core.query_engine import RetrieverQueryEngine

from seed_core.emulator import Answer, Emulator, Fault, ToolUse
from seed_core.emulator.__main__ import _HINT
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples" / "llamaindex"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
IS_NEW = "multimodal" in signature(RetrieverQueryEngine.from_args).parameters
PRINTS = {
    "agent_workflow": [
        "[handoff: ",
        "[look_up_order: Order 1234 left the warehouse this morning.]",
        "It is on its way.",
    ],
    "batch": ["France: You said", "\nVietnam: You said", "\n0.0001", " USD in all"],
    "chat_with_reasoning": [
        "--- reasoning ---\nThis is message 2",
        "\n--- answer ---\nYou said",
        " tokens on reasoning\n",
        " USD at openrouter",
    ],
    "cost": ["SeedUsageHandler: 1 call, 0.00", "2 calls were made; the budget is spent"],
    "failover": [
        'You said: "Why is the sky blue?',
        "\ndoubao-seed-2-0-mini-260215 at volcengine\n",
        "openrouter did not answer: InsufficientCreditError, 402\n",
    ],
    "function_agent": [
        "[get_weather {'city': 'Lisbon'}: Lisbon: 21 degrees, a light wind]",
        "[get_population {'city': 'Lisbon'}: 545000]",
        "get_population answered: 545000",
    ],
    "image": ["I was shown 1 image (image/png, 4289 bytes)"],
    "memory": [
        "get_weather answered: Lisbon: 21 degrees",
        'You said: "And what did I ask?',
    ],
    "multimodal_rag": ["I was shown 1 image (image/png, 4289 bytes)"],
    "pdf": ["1 document (report.pdf, application/pdf, 1445 bytes)", "which day was the best?"],
    "rag": ["You said", " cellar.txt"],
    "same_agent": [
        "openrouter called get_weather: Lisbon: 21 degrees",
        "fal called get_weather: Lisbon: 21 degrees",
        "get_weather answered: ",
    ],
    "search": [
        'You said: "Who won the last world cup?',
        "[1] An emulated search result: https://example.com/emulated",
        "'web_search_requests': 1",
    ],
    "structured_streaming": [
        "product='Gala' quantity=None city=None",
        "product='Gala apples' quantity=12 city='Lisbon'",
    ],
    "token_counting": ["counted: "],
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
        ": submitting]",
        ": completed]",
        "[generate_video: The video is ready: http",
        "Cost: USD 0.144 (reported), task ",
        "I was shown 1 video (http",
    ],
}
SCRIPTS: dict[str, tuple[Answer | Fault, ...]] = {
    "agent_workflow": (
        Answer(tool_calls=[ToolUse("handoff", '{"to_agent": "shipping", "reason": "An order."}')]),
        Answer(tool_calls=[ToolUse("look_up_order", '{"number": 1234}')]),
        Answer(text="It is on its way."),
    ),
    "failover": (Fault.status(402),),
    "video_agent": (
        Answer(tool_calls=[ToolUse("generate_video", '{"prompt": "A cat", "duration": 4}')]),
    ),
    "structured_streaming": (
        Answer(
            text='{"product": "Gala apples", "quantity": 12, "city": "Lisbon"}',
            piece=17,
            delay=0.05,
        ),
    ),
}


def run(name: str) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_prints_what_it_promises(
    hosts: Emulator, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    if name == "multimodal_rag" and not IS_NEW:
        pytest.skip("this LlamaIndex has no multimodal=True yet")
    if name == "tracing":
        pytest.importorskip("openinference.instrumentation.llama_index")
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


@pytest.mark.parametrize("name", NAMES)
def test_an_example_without_a_key_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "multimodal_rag" and not IS_NEW:
        pytest.skip("this LlamaIndex has no multimodal=True yet")
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    if name == "tracing":
        pytest.importorskip("openinference.instrumentation.llama_index")
    with pytest.raises(ValueError, match="OPENROUTER_API_KEY"):
        run(name)


def test_the_emulators_hint_works_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], emulator: Emulator
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "test")
    hint = _HINT.format(urls="", first=emulator.url())
    for paragraph in hint.split("\n\n"):
        if "SeedLLM" in paragraph:
            exec(dedent(paragraph), {})
    assert "Hello" in capsys.readouterr().out


def test_the_parse_of_a_pdf_goes_back_with_the_answer(hosts: Emulator) -> None:
    run("pdf")
    first, second = (seen.body["messages"] for seen in hosts.requests)
    assert len(first) == 1
    assert second[1]["annotations"][0]["file"]["name"] == "report.pdf"


def test_the_sources_of_the_answer_are_the_ones_that_were_sent(hosts: Emulator) -> None:
    run("rag")
    sent = str(hosts.requests[-1].body["messages"])
    assert "Boskoop keeps until April." in sent
    assert "Bees live" not in sent


def test_the_counted_tokens_are_the_told_ones(
    hosts: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run("token_counting")
    counted, told = capsys.readouterr().out.splitlines()
    assert counted.split()[1:] == told.split()[1:]


def test_both_tools_of_the_agent_are_called_in_one_answer(hosts: Emulator) -> None:
    run("function_agent")
    turns = hosts.requests[-1].body["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "tool", "tool"]
    assert len(turns[1]["tool_calls"]) == 2
