"""EmpirioLabs: its fields at the top of the body, stop texts in one string, fixed sampling."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from seed_core.emulator import Answer, Emulator
from seed_core.errors import ConfigurationError, UnsupportedError
from seed_core.events import Usage
from seed_core.pricing import estimate
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.providers.empiriolabs import EMPIRIOLABS
from seed_core.types import Document, FileId, Image, Text, Url, Video
from tests.core.calling import COLOURS, Colour, ask
from tests.providers.sending import fields, prompt, sent

KEY = "sk-empiriolabs-x"
CHAT, RESPONSES, MESSAGES = (
    resolve("empiriolabs", api=api, api_key=KEY) for api in ("chat", "responses", "messages")
)
ALL = pytest.mark.parametrize("host", [CHAT, RESPONSES, MESSAGES], ids=lambda host: host.api)
PICTURE = Image(Url("https://a.example/b.png"))


def at(emulator: Emulator, **settings: Any) -> Provider:
    return resolve("empiriolabs", base_url=emulator.url("empiriolabs"), api_key=KEY, **settings)


def test_addresses_and_keys() -> None:
    root = "https://api.empiriolabs.ai/v1"
    assert [host.url for host in (CHAT, RESPONSES, MESSAGES)] == [
        f"{root}/chat/completions",
        f"{root}/responses",
        f"{root}/messages",
    ]
    for host in (CHAT, RESPONSES, MESSAGES):
        headers = host.request(prompt(), stream=False).headers
        assert headers["authorization"] == f"Bearer {KEY}"
        assert "x-api-key" not in headers
    assert resolve(api_key=KEY).name == "empiriolabs"


def test_a_plain_request_asks_for_plain_answers() -> None:
    assert sent(CHAT) == {
        "model": "seed-2-0-mini",
        "messages": [{"role": "user", "content": "Hi"}],
        "disable_formatting": True,
    }
    assert sent(CHAT, stream=True)["stream_options"] == {"include_usage": True}
    assert sent(RESPONSES)["disable_formatting"]
    assert sent(MESSAGES)["disable_formatting"]
    assert (
        sent(CHAT, prompt(extra_body={"disable_formatting": False}))["disable_formatting"] is False
    )


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
def test_without_formatting_reasoning_and_sources_stay_out_of_the_answer(
    emulator: Emulator, colour: Colour, stream: bool
) -> None:
    answer = Answer(text="Yes.", reasoning="I think so.")
    emulator.script(answer, answer, host="empiriolabs")
    searching = prompt(web_search=True)
    reply = ask(colour, at(emulator), stream=stream, prompt=searching).reply
    assert (reply.text, reply.reasoning) == ("Yes.", "I think so.")
    assert reply.citations[0].url == "https://example.com/emulated"
    formatted = prompt(web_search=True, extra_body={"disable_formatting": False})
    pasted = ask(colour, at(emulator), stream=stream, prompt=formatted).reply
    assert "I think so." in pasted.text


@ALL
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"thinking": "enabled"}, {"enable_thinking": True}),
        ({"thinking": "disabled"}, {"enable_thinking": False}),
        ({"thinking": "disabled", "reasoning_effort": "high"}, {"enable_thinking": False}),
        ({"reasoning_effort": "minimal"}, {"enable_thinking": False}),
        ({"web_search": True}, {"enable_web_search": True}),
        ({"caching": True}, {"enable_caching": True}),
        (
            {"web_search": False, "caching": False},
            {"enable_web_search": False, "enable_caching": False},
        ),
        ({"image_detail": "xhigh"}, {"image_detail": "xhigh"}),
        ({"hide_reasoning": True}, {}),
    ],
)
def test_its_own_options_stand_at_the_top_of_every_wires_body(
    host: Provider, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert fields(host, **options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        (
            {"thinking": "enabled", "reasoning_effort": "high"},
            {"enable_thinking": True, "reasoning_effort": "high"},
        ),
        ({"video_fps": 0.5}, {"video_fps": 0.5}),
        ({"max_tokens": 65_536}, {"max_tokens": 65_536}),
        ({"frequency_penalty": 0.5}, {"frequency_penalty": 0.5}),
        ({"presence_penalty": 0.5}, {"presence_penalty": 0.5}),
        ({"stop": ("END",)}, {"stop": "END"}),
        ({"stop": ("END", "\n\n", "x y")}, {"stop": "END,\n\n,x y"}),
        ({"temperature": 0.7, "top_p": 0.9}, {"temperature": 0.7, "top_p": 0.9}),
    ],
)
def test_options_of_the_chat(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert fields(CHAT, **options) == expected


def test_minimal_effort_is_the_switch_and_does_not_go_with_it_turned_on() -> None:
    with pytest.raises(ConfigurationError, match="'minimal' turns thinking off at empiriolabs"):
        sent(CHAT, prompt(thinking="enabled", reasoning_effort="minimal"))
    off = sent(CHAT, prompt(thinking="disabled", reasoning_effort="minimal"))
    assert off["enable_thinking"] is False
    assert "reasoning_effort" not in off


@pytest.mark.parametrize("stream", [False, True])
def test_minimal_effort_gives_an_answer_without_reasoning(emulator: Emulator, stream: bool) -> None:
    reply = ask(
        "sync", at(emulator), stream=stream, prompt=prompt(reasoning_effort="minimal")
    ).reply
    assert (reply.reasoning, bool(reply.text)) == ("", True)


# --- stop texts -----------------------------------------------------------------------------------


def test_a_stop_text_with_a_comma_cannot_be_said_in_one_string() -> None:
    with pytest.raises(UnsupportedError, match="cannot express a stop text with ','"):
        sent(CHAT, prompt(stop=("a, b",)))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_several_stop_texts_end_the_answer_on_every_wire(
    emulator: Emulator, colour: Colour, api: str
) -> None:
    asked = prompt(Text("one STOP two END three"), stop=("END", "STOP"))
    reply = ask(colour, at(emulator, api=api), stream=True, prompt=asked).reply
    assert reply.text.endswith("one ")
    assert reply.finish is not None
    assert reply.finish.reason == "stop"


# --- media ----------------------------------------------------------------------------------------


def test_one_detail_is_for_all_pictures() -> None:
    low, high = replace(PICTURE, detail="low"), replace(PICTURE, detail="high")
    assert sent(CHAT, prompt(low, low))["image_detail"] == "low"
    assert sent(CHAT, prompt(low, replace(PICTURE), image_detail="low"))["image_detail"] == "low"
    assert sent(CHAT, prompt(low, image_detail="high"))["image_detail"] == "low"
    for asked in (
        prompt(low, high),
        prompt(low, PICTURE),
        prompt(low, PICTURE, image_detail="high"),
    ):
        with pytest.raises(ConfigurationError, match="one image_detail for all pictures"):
            sent(CHAT, asked)
    with pytest.raises(UnsupportedError, match=r"image_detail='auto'.*low, high, xhigh"):
        sent(CHAT, prompt(PICTURE, image_detail="auto"))


def test_beside_an_address_stands_nothing() -> None:
    asked = prompt(
        replace(PICTURE, detail="low"),
        Video(Url("https://a.example/b.mp4")),
        Document(Url("https://a.example/b.pdf")),
        Document(FileId("f-1")),
        video_fps=2.0,
    )
    body = sent(CHAT, asked)
    assert body["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
        {"type": "video_url", "video_url": {"url": "https://a.example/b.mp4"}},
        {
            "type": "file",
            "file": {"filename": "document.pdf", "file_data": "https://a.example/b.pdf"},
        },
        {"type": "file", "file": {"file_id": "f-1"}},
    ]
    assert (body["image_detail"], body["video_fps"]) == ("low", 2.0)


# --- what is known --------------------------------------------------------------------------------


def test_fixed_sampling_is_sent_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    # Under another name, because every name is told once in a process.
    host = replace(CHAT, name="empiriolabs of this test")
    with caplog.at_level(logging.WARNING, "seed_core"):
        for _ in range(3):
            assert sent(host, prompt(temperature=0.0, top_p=0.5))["temperature"] == 0.0
    assert sorted(caplog.messages) == [
        "empiriolabs of this test accepts temperature and ignores it",
        "empiriolabs of this test accepts top_p and ignores it",
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 2.5},
        {"top_p": 1.5},
        {"max_tokens": 65_537},
        {"frequency_penalty": 3},
        {"presence_penalty": -3},
        {"video_fps": 0.1},
        {"video_fps": 6.0},
    ],
)
def test_values_outside_its_page_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        sent(CHAT, prompt(**options))


def test_the_price_doubles_above_128_thousand_tokens() -> None:
    def usd(tokens: int) -> float:
        cost = estimate(Usage(tokens, 1_000_000), "seed-2-0-mini", EMPIRIOLABS.prices)
        assert cost is not None
        assert cost.source == "estimated"
        return cost.usd

    assert usd(100_000) == pytest.approx(0.012 + 0.50)
    assert usd(1_000_000) == pytest.approx(0.24 + 1.00)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
def test_cost_and_searches_are_told(emulator: Emulator, colour: Colour, stream: bool) -> None:
    tools = {"tool_usage": {"web_search": 3, "code_interpreter": 1}, "cost_usd": 0.5}
    emulator.script(Answer(text="Hi", usage=tools), host="empiriolabs")
    finish = ask(colour, at(emulator), stream=stream).reply.finish
    assert finish is not None
    assert finish.usage is not None
    assert finish.usage.tool_usage == {"web_search": 3, "code_interpreter": 1}
    assert finish.cost is not None
    assert (finish.cost.usd, finish.cost.source) == (0.5, "reported")
