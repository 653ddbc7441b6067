"""What was cut off is never taken for whole, and what is foreign is never lost."""

from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_seed import ChatSeed
from seed_core import Timeout, resolve
from seed_core.emulator import Answer, Emulator, ToolUse
from tests.langchain.asking import Body, How, Make, ask, beta
from tests.langchain.samples import KEY


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_a_call_cut_off_before_its_arguments_is_never_made(
    emulator: Emulator, llm: ChatSeed, how: How, finish: str
) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("wipe", "")], finish=finish))
    answer = await ask(llm, how, "Go")
    assert answer.tool_calls == []
    assert answer.invalid_tool_calls[0]["name"] == "wipe"


async def test_arguments_with_a_line_end_are_a_call_in_every_colour(
    emulator: Emulator, llm: ChatSeed, how: How
) -> None:
    emulator.script(Answer(tool_calls=[ToolUse("run", '{"code": "a\nb"}')]))
    answer = await ask(llm, how, "Go")
    assert answer.tool_calls[0]["args"] == {"code": "a\nb"}


def test_a_host_given_as_a_value_is_part_of_the_cache_key(emulator: Emulator) -> None:
    cache = InMemoryCache()
    emulator.script(Answer(text="of mini"), Answer(text="of lite"))
    for model, text in (("seed-2.0-mini", "of mini"), ("seed-2.0-lite", "of lite")):
        host = resolve(
            "openrouter",
            api_key=KEY,
            base_url=emulator.url("openrouter"),
            model=f"bytedance-seed/{model}",
        )
        assert ChatSeed(provider=host, cache=cache).invoke("Hi").text == text


@beta
def test_values_are_written_down_and_read_again(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = resolve("openrouter", api_key=KEY, base_url=emulator.url("openrouter"))
    written = dumpd(ChatSeed(provider=host, timeout=Timeout(read=5)))
    assert KEY not in str(written)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    again = load(written, valid_namespaces=["langchain_seed"], allowed_objects=[ChatSeed])
    assert again.host.base_url == host.base_url
    assert again.client().timeout == Timeout(read=5)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "refusal", "refusal": "I will not."},
        {"type": "non_standard", "value": {"refusal": "I will not."}},
    ],
)
def test_a_refusal_in_history_stays_a_refusal(
    llm: ChatSeed, body: Body, block: dict[str, Any]
) -> None:
    llm.invoke([HumanMessage("Go"), AIMessage([block]), HumanMessage("Why?")])
    assert body()["messages"][1]["refusal"] == "I will not."


def test_results_in_langchains_own_blocks_are_text(llm: ChatSeed, body: Body) -> None:
    call = {"name": "find", "args": {}, "id": "c1", "type": "tool_call"}
    found: list[str | dict[str, Any]] = [
        {"type": "json", "json": {"n": 1}},
        {
            "type": "search_result",
            "title": "A",
            "source": "https://a.example",
            "content": [{"type": "text", "text": "words"}],
        },
        {"type": "custom_tool_call_output", "output": "done"},
    ]
    llm.invoke(
        [
            HumanMessage("Go"),
            AIMessage("", tool_calls=[call]),
            ToolMessage(found, tool_call_id="c1"),
        ]
    )
    assert body()["messages"][2]["content"] == '{"n": 1}\nA\nhttps://a.example\nwords\ndone'


def test_cache_marks_reach_the_host_wherever_they_stand(llm: ChatSeed, body: Body) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    text: dict[str, Any] = {"type": "text", "text": "long", **mark}
    tool = {"name": "find", "input_schema": {"type": "object", "properties": {}}, **mark}
    call = {"name": "find", "args": {}, "id": "c1", "type": "tool_call"}
    history = [
        HumanMessage([text]),
        AIMessage([text], tool_calls=[call]),
        ToolMessage([text], tool_call_id="c1", status="error"),
    ]
    llm.bind_tools([tool]).invoke(history)
    user, answer, result = body()["messages"]
    assert user["content"] == answer["content"] == [text]
    assert result["content"] == [{**text, "text": f"Error: {text['text']}"}]
    assert body()["tools"][0]["cache_control"] == mark["cache_control"]


def test_a_choice_stands_also_where_the_host_searches(make: Make, body: Body) -> None:
    make(web_search=True).invoke("Go", tool_choice="none")
    assert body()["tool_choice"] == "none"
