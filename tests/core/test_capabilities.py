"""What can be sent where: yes, no, ignored, unknown; ranges, words, names, formats."""

import logging
import math
from dataclasses import replace
from typing import Any

import pytest

from seed_core.capabilities import (
    PROMPTED,
    Capabilities,
    Feature,
    by_prompt,
    features,
    given,
    media_of,
)
from seed_core.checking import check
from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.providers import resolve
from seed_core.types import (
    Bytes,
    Document,
    Image,
    JsonObject,
    JsonSchema,
    Media,
    Message,
    NamedTool,
    Options,
    Prompt,
    Reasoning,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Url,
    Video,
)

HELLO = Message("user", (Text("Hi"),))
IMAGE = Image(Url("https://a.example/b.png"), "image/png")
SAID: dict[Feature, Any] = {
    "temperature": 0.0,
    "top_p": 0.0,
    "stop": ("x",),
    "seed": 0,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "thinking": "enabled",
    "reasoning_effort": "low",
    "thinking_budget": 1,
    "hide_reasoning": False,
    "image_detail": "low",
    "video_fps": 1.0,
    "parallel_tool_calls": False,
    "web_search": True,
    "caching": True,
    "user": "",
}
ASKS: dict[Feature, Prompt] = {
    "tools": Prompt((HELLO,), tools=(Tool("f"),)),
    "tool_choice": Prompt((HELLO,), tools=(Tool("f"),), tool_choice="required"),
    "json_schema": Prompt((HELLO,), response_format=JsonSchema("s", {})),
    "json_object": Prompt((HELLO,), response_format=JsonObject()),
    "image": Prompt((Message("user", (IMAGE,)),)),
    "video": Prompt((Message("user", (Video(Url("https://a")),)),)),
    "document": Prompt((Message("tool", (ToolResult("c", (Document(Url("https://a")),)),)),)),
}
ASKS |= {name: Prompt((HELLO,), options=Options(**{name: value})) for name, value in SAID.items()}
# How many calls may come matters where calls may.
ASKS["parallel_tool_calls"] = replace(ASKS["parallel_tool_calls"], tools=(Tool("f"),))


def verdict(prompt: Prompt, can: Capabilities, *others: str) -> None:
    check(prompt, can, "host", lambda _: others)


def options(**said: object) -> Prompt:
    return Prompt((HELLO,), options=Options(**said))  # type: ignore[arg-type]  # the value is a parameter


def test_a_plain_prompt_asks_for_nothing() -> None:
    assert list(features(Prompt((HELLO,)), {})) == []


@pytest.mark.parametrize("feature", [name for name in ASKS if name != "stop"])
def test_what_a_host_does_not_have_is_refused_with_the_names_of_those_who_have_it(
    feature: Feature,
) -> None:
    asked = ASKS[feature]
    if feature in PROMPTED:
        asked = replace(asked, options=replace(asked.options, tool_calling="off"))
    assert feature in set(features(asked, given(asked.options)))
    no = Capabilities(no=frozenset({feature}))
    with pytest.raises(UnsupportedError, match=f"host does not support {feature}.*one, two can"):
        verdict(asked, no, "one", "two")
    with pytest.raises(UnsupportedError, match="no built-in provider can") as caught:
        verdict(asked, no)
    assert caught.value.provider == "host"
    assert ("leave out tool_calling='off'" in str(caught.value)) == (feature in PROMPTED)


@pytest.mark.parametrize("feature", ["tools", "tool_choice", "json_schema", "json_object"])
def test_tools_and_forms_are_asked_for_in_words_where_a_host_has_none(feature: Feature) -> None:
    no = Capabilities(no=frozenset({feature}))
    verdict(ASKS[feature], no)
    assert feature in by_prompt(ASKS[feature], no)
    assert by_prompt(ASKS[feature], Capabilities()) == frozenset()
    assert no.serves(feature) is True
    assert no.has(feature) is False
    assert replace(no, in_words=False).serves(feature) is False


def test_tools_can_be_asked_for_in_words_everywhere() -> None:
    asked = replace(ASKS["tools"], options=Options(tool_calling="prompted"))
    assert by_prompt(asked, Capabilities(yes=frozenset({"tools"}))) == {"tools"}
    form = replace(ASKS["json_schema"], options=Options(tool_calling="prompted"))
    able = Capabilities(yes=frozenset({"tools", "json_schema"}))
    assert by_prompt(form, able) == frozenset()
    # A mode for the form would keep the model from calling what stands in the words.
    assert by_prompt(replace(form, tools=(Tool("f"),)), able) == {"tools", "json_schema"}


def test_one_call_at_a_time_is_not_a_reason_for_words() -> None:
    no = Capabilities(no=frozenset({"parallel_tool_calls"}))
    assert no.serves("parallel_tool_calls") is False
    with pytest.raises(UnsupportedError, match="parallel_tool_calls"):
        verdict(ASKS["parallel_tool_calls"], no)
    assert Capabilities(no=PROMPTED).serves("parallel_tool_calls") is True
    verdict(options(parallel_tool_calls=False), no)


@pytest.mark.parametrize("name", ["upload", "tool_calling"])
def test_a_word_of_ours_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedError, match=f"{name}='perhaps'; it knows"):
        verdict(options(**{name: "perhaps"}), Capabilities())


def test_stop_texts_are_the_clients_matter_where_a_host_has_none() -> None:
    verdict(ASKS["stop"], Capabilities(no=frozenset({"stop"})))


@pytest.mark.parametrize("feature", ASKS)
def test_what_a_host_has_or_what_nobody_knows_is_sent(feature: Feature) -> None:
    verdict(ASKS[feature], Capabilities())
    verdict(ASKS[feature], Capabilities(yes=frozenset({feature})))


def test_has_is_yes_no_or_unknown() -> None:
    can = Capabilities(yes=frozenset({"tools"}), no=frozenset({"video"}))
    assert (can.has("tools"), can.has("video"), can.has("seed")) == (True, False, None)


def test_what_a_host_ignores_is_sent_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    can = Capabilities(ignored=frozenset({"seed"}))
    with caplog.at_level(logging.WARNING, "seed_core"):
        for _ in range(3):
            check(options(seed=1), can, "a host that ignores", lambda _: ())
        assert caplog.messages == ["a host that ignores accepts seed and ignores it"]
        check(options(seed=1), can, "another host", lambda _: ())
    assert len(caplog.messages) == 2


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no messages"):
        verdict(Prompt(()), Capabilities())


# --- values ---------------------------------------------------------------------------------------

RANGED = Capabilities(ranges={"temperature": (0, 2)}, max_output_tokens=10, max_stop=2)


@pytest.mark.parametrize("value", [-0.01, 2.01, math.nan, math.inf, -math.inf])
def test_a_number_outside_its_range_is_refused(value: float) -> None:
    with pytest.raises(ConfigurationError, match=r"temperature=.* is outside 0 to 2"):
        verdict(options(temperature=value), RANGED)


@pytest.mark.parametrize("value", [0, 0.0, 1.5, 2])
def test_a_number_in_its_range_is_sent(value: float) -> None:
    verdict(options(temperature=value), RANGED)


@pytest.mark.parametrize("value", [0, -1, 11])
def test_max_tokens_lies_between_one_and_the_models_cap(value: int) -> None:
    with pytest.raises(ConfigurationError, match=f"max_tokens={value}.* 1 "):
        verdict(options(max_tokens=value), RANGED)
    verdict(options(max_tokens=10), RANGED)
    verdict(options(max_tokens=10**9), Capabilities())


def test_where_no_cap_is_known_max_tokens_must_still_be_positive() -> None:
    with pytest.raises(ConfigurationError, match="max_tokens=0") as caught:
        verdict(options(max_tokens=0), Capabilities())
    assert "1 to 0" not in str(caught.value)


@pytest.mark.parametrize("name", ["temperature", "top_p", "frequency_penalty", "video_fps"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_cannot_say_is_refused_where_no_range_is_known(
    name: str, value: float
) -> None:
    with pytest.raises(ConfigurationError, match=name):
        verdict(options(**{name: value}), Capabilities())


@pytest.mark.parametrize(
    ("said", "can"),
    [
        ({"reasoning_effort": "xhigh"}, Capabilities(efforts=("low", "high"))),
        ({"thinking": "auto"}, Capabilities(thinking=("enabled", "disabled"))),
    ],
)
def test_a_word_that_the_host_does_not_know_is_refused(
    said: dict[str, str], can: Capabilities
) -> None:
    ((name, word),) = said.items()
    with pytest.raises(UnsupportedError, match=f"host cannot express {name}='{word}'; it knows"):
        verdict(options(**said), can)
    verdict(options(**said), Capabilities())
    verdict(options(**said), replace(can, efforts=None, thinking=None))


def test_stops_are_few_and_not_empty() -> None:
    verdict(options(stop=("a", "b")), RANGED)
    with pytest.raises(ConfigurationError, match="at most 2 stop texts, not 3"):
        verdict(options(stop=("a", "b", "c")), RANGED)
    with pytest.raises(ConfigurationError, match="stop text is empty"):
        verdict(options(stop=("a", "")), Capabilities())


# --- tools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f", "get_weather", "a-b", "_", "-", "__", "9", "x" * 64])
def test_a_tool_name_of_the_hosts_alphabet_is_sent(name: str) -> None:
    verdict(Prompt((HELLO,), tools=(Tool(name),)), Capabilities())


@pytest.mark.parametrize("name", ["", "a b", "a.b", "wétter", "天気", "a\n", "x" * 65, "²"])
def test_a_tool_name_outside_the_hosts_alphabet_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="the tool name"):
        verdict(Prompt((HELLO,), tools=(Tool(name),)), Capabilities())


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="same name"):
        verdict(Prompt((HELLO,), tools=(Tool("f"), Tool("f"))), Capabilities())
    server = ServerTool({"type": "x"})
    verdict(Prompt((HELLO,), tools=(Tool("f"), server, server)), Capabilities())


def test_a_choice_must_be_among_the_tools() -> None:
    tools = (Tool("f"), ServerTool({"type": "own"}))
    verdict(Prompt((HELLO,), tools=tools, tool_choice=NamedTool("f")), Capabilities())
    with pytest.raises(ConfigurationError, match=r"'g', which is not among the tools \(f\)"):
        verdict(Prompt((HELLO,), tools=tools, tool_choice=NamedTool("g")), Capabilities())
    with pytest.raises(ConfigurationError, match=r"\(none\)"):
        verdict(Prompt((HELLO,), tool_choice=NamedTool("g")), Capabilities())
    with pytest.raises(ConfigurationError, match="requires a tool call, but no tools"):
        verdict(Prompt((HELLO,), tool_choice="required"), Capabilities())
    verdict(Prompt((HELLO,), tools=tools, tool_choice="required"), Capabilities())
    verdict(Prompt((HELLO,), tool_choice="none"), Capabilities())


# --- formats --------------------------------------------------------------------------------------

FORMATS = Capabilities(formats={"image": ("image/png",), "document": ("application/pdf",)})


@pytest.mark.parametrize(
    "media",
    [
        Image(Bytes(b"x"), "image/png"),
        Image(Bytes(b"x")),
        Video(Bytes(b"x"), "video/any"),
        Document(Bytes(b"x"), "application/pdf"),
    ],
)
def test_a_format_that_the_host_takes_or_that_is_not_known_is_sent(media: Media) -> None:
    verdict(Prompt((Message("user", (media,)),)), FORMATS)


def test_a_format_that_the_host_does_not_take_is_refused_wherever_it_stands() -> None:
    picture = Image(Bytes(b"x"), "image/bmp")
    results = Message("tool", (ToolResult("c", (Text("t"), picture)),))
    for turn in (Message("user", (Text("a"), picture)), results):
        prompt = Prompt((turn,))
        assert list(media_of(prompt)) == [picture]
        with pytest.raises(MediaError, match="image/png, not image/bmp; convert it") as caught:
            verdict(prompt, FORMATS)
        assert caught.value.provider == "host"


@pytest.mark.parametrize(
    "turn",
    [
        Message("user", (ToolCall("c", "f", "{}"),)),
        Message("system", (Reasoning("Hm."),)),
        Message("assistant", (IMAGE,)),
        Message("assistant", (ToolResult("c", ()),)),
        Message("tool", (Text("alone"),)),
    ],
)
def test_a_part_where_no_wire_has_a_place_for_it_is_refused(turn: Message) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot stand in a {turn.role} turn"):
        verdict(Prompt((turn,)), Capabilities())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"stop": "END"}, "stop= takes a tuple, not a str"),
        ({"max_tokens": 5.5}, "max_tokens= takes an int, not a float"),
        ({"temperature": "1"}, "temperature= takes an int or a float, not a str"),
        ({"host_options": {"openrouter": 5}}, "openrouter= takes a Mapping"),
        ({"image_pixel_limit": 5}, "image_pixel_limit= takes a Mapping"),
        ({"extra_body": []}, "extra_body= takes a Mapping"),
        ({"stop": None}, "stop= is never None"),
        ({"host_options": None}, "host_options= is never None"),
        ({"extra_body": None}, "extra_body= is never None"),
    ],
)
def test_a_value_of_the_wrong_type_is_told(said: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        verdict(options(**said), Capabilities())


@pytest.mark.parametrize("name", ["web_search", "caching"])
def test_not_to_do_what_a_host_cannot_do_is_no_wish(name: Feature) -> None:
    verdict(options(**{name: False}), Capabilities(no=frozenset({name})))


@pytest.mark.parametrize("model", [5, ["a"]])
def test_a_model_that_is_no_text_is_told(model: Any) -> None:
    host = resolve("openrouter", api_key="sk-or-v1-a-key")
    with pytest.raises(ConfigurationError, match="model= takes a str"):
        host.check(Prompt((HELLO,), model=model))
    with pytest.raises(ConfigurationError, match="model= takes a str"):
        host.capabilities(model)
