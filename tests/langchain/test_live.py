"""The real host: run with `pytest -m live` and a key. A few cents at most."""

from pathlib import Path

import pytest

from langchain_seed import ChatSeed

pytestmark = [pytest.mark.live("OPENROUTER_API_KEY"), pytest.mark.slow]
CHART = Path(__file__).parents[2] / "examples" / "data" / "chart.png"


@pytest.fixture
def llm() -> ChatSeed:
    return ChatSeed(provider="openrouter", reasoning_effort="low", max_tokens=2000)


def test_an_answer_has_text_usage_and_a_reported_cost(llm: ChatSeed) -> None:
    answer = llm.invoke("What is 6 times 7? Answer with the number alone.")
    assert "42" in answer.text
    assert answer.usage_metadata is not None
    assert answer.response_metadata["cost_source"] == "reported"


def test_a_stream_reasons_and_then_answers(llm: ChatSeed) -> None:
    kinds = [
        block["type"]
        for chunk in llm.stream("Why is the sky blue?")
        for block in chunk.content_blocks
    ]
    assert "reasoning" in kinds
    assert "text" in kinds


def test_a_tool_is_called_and_its_result_is_read(llm: ChatSeed) -> None:
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"{city}: 21 degrees"

    bound = llm.bind_tools([get_weather])
    call = bound.invoke("Use the tool: what is the weather in Lisbon?")
    assert call.tool_calls[0]["args"]["city"].startswith("Lisb")
    result = {"role": "tool", "tool_call_id": call.tool_calls[0]["id"], "content": "21 degrees"}
    assert "21" in bound.invoke([("human", "Weather in Lisbon?"), call, result]).text


def test_a_picture_is_seen(llm: ChatSeed) -> None:
    block = {"type": "image", "path": CHART}
    text = {"type": "text", "text": "Which kind of chart is this? One word."}
    assert llm.invoke([("human", [text, block])]).text.strip()
