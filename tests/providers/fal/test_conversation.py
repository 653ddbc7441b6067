"""How a conversation becomes fal's one prompt with the turns before it. Nothing is sent here."""

import base64

import pytest

from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.flow import Opened, Retry
from seed_core.types import (
    Annotation,
    Base64,
    Document,
    Image,
    Message,
    Prompt,
    Reasoning,
    Refusal,
    ReplayState,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Url,
    Video,
)
from tests.providers.fal.asking import FAL, QUEUE, body, sent, turn

A, B = (Image(Url(f"https://a.example/{name}.png"), "image/png") for name in "ab")
CLIP = Video(Url("https://a.example/c.mp4"), "video/mp4")
PIXEL = Base64(base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(10)).decode())
INLINE = Image(PIXEL, "image/png")
WEATHER = Tool("get_weather", "The weather.", {"type": "object", "properties": {}})


def refused(*turns: Message) -> str:
    with pytest.raises(ConfigurationError) as caught:
        sent(FAL, Prompt(turns))
    assert caught.value.provider == "fal"
    return str(caught.value)


def test_a_question_is_a_prompt_and_nothing_else() -> None:
    assert body(turn("user", "Hello")) == {"prompt": "Hello"}
    assert sent(QUEUE, Prompt((turn("user", "Hello"),))) == {"prompt": "Hello"}


def test_the_last_turn_is_the_prompt_and_stands_nowhere_else() -> None:
    turns = (turn("user", "One"), turn("assistant", "1"), turn("user", "Two"))
    assert body(turn("system", "Be brief."), *turns) == {
        "prompt": "Two",
        "system_prompt": "Be brief.",
        "messages": [{"role": "user", "content": "One"}, {"role": "assistant", "content": "1"}],
    }


def test_several_turns_of_the_user_stay_several() -> None:
    assert body(turn("user", "One"), turn("user", "Two")) == {
        "prompt": "Two",
        "messages": [{"role": "user", "content": "One"}],
    }


def test_instructions_around_the_conversation_are_said_once() -> None:
    turns = (turn("system", "A"), turn("system", "B"), turn("user", "Hi"), turn("system", "C"))
    assert body(*turns) == {"prompt": "Hi", "system_prompt": "A\n\nB\n\nC"}


def test_instructions_between_turns_stay_between_them() -> None:
    turns = (turn("user", "One"), turn("system", "Now in French."), turn("user", "Two"))
    assert body(*turns) == {
        "prompt": "Two",
        "messages": [
            {"role": "user", "content": "One"},
            {"role": "system", "content": "Now in French."},
        ],
    }


def test_media_of_the_last_turn_stands_beside_the_prompt() -> None:
    assert body(turn("user", "What", A, "is", CLIP, B, "it?")) == {
        "prompt": "What\nis\nit?",
        "image_urls": ["https://a.example/a.png", "https://a.example/b.png"],
        "video_urls": ["https://a.example/c.mp4"],
    }


def test_media_of_earlier_turns_stays_with_its_turn() -> None:
    turns = (turn("user", "This", A, CLIP), turn("assistant", "Nice"), turn("user", "And", INLINE))
    said = body(*turns)
    assert said["messages"][0] == {
        "role": "user",
        "content": [
            {"type": "text", "text": "This"},
            {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}},
            {"type": "video_url", "video_url": {"url": "https://a.example/c.mp4"}},
        ],
    }
    assert said["image_urls"] == [f"data:image/png;base64,{PIXEL.data}"]
    assert "video_urls" not in said


def test_an_earlier_answer_is_its_words() -> None:
    thought = Reasoning("Hm", ReplayState("fal"))
    note = Annotation({"type": "file"}, "openrouter")
    answer = turn("assistant", thought, "I would,", Refusal("but I cannot."), note)
    assert body(turn("user", "One"), answer, turn("user", "Two"))["messages"][1] == {
        "role": "assistant",
        "content": "I would,\nbut I cannot.",
    }


def test_results_of_tools_are_the_last_turn() -> None:
    turns = (
        turn("user", "Weather?"),
        turn("assistant", "I look.", ToolCall("call_1", "get_weather", '{"city": "Paris"}')),
        turn("tool", ToolResult("call_1", (Text("18 degrees"), A), "get_weather")),
        turn("tool", ToolResult("call_2", (Text("windy"),), "get_wind", is_error=True)),
    )
    said = body(*turns)
    assert "18 degrees" in said["prompt"]
    assert "get_weather" in said["prompt"]
    assert "Error: windy" in said["prompt"]
    assert said["image_urls"] == ["https://a.example/a.png"]
    assert [one["role"] for one in said["messages"]] == ["user", "assistant"]
    assert "I look." in said["messages"][1]["content"]
    assert "<function=get_weather>" in said["messages"][1]["content"]
    assert "system_prompt" not in said, "no tools are offered"


def test_offered_tools_are_described_in_the_instructions_once() -> None:
    asked = Prompt((turn("system", "Be brief."), turn("user", "Weather?")), (WEATHER,))
    said = sent(FAL, asked)
    assert said["prompt"] == "Weather?"
    assert said["system_prompt"].startswith("Be brief.")
    assert said["system_prompt"].count('"get_weather"') == 1
    assert said.keys() == {"prompt", "system_prompt"}


def test_a_conversation_that_the_user_does_not_end_cannot_be_asked() -> None:
    assert "must end with one" in refused(turn("user", "One"), turn("assistant", "1"))
    assert "must end with one" in refused(turn("system", "Be brief."))


def test_a_picture_without_words_cannot_be_asked() -> None:
    assert "put a text beside" in refused(turn("user", A))
    assert refused(turn("user", " \n")) == "fal wants words in the last turn of the user"


def test_media_in_the_instructions_cannot_be_said() -> None:
    assert "move the media" in refused(turn("system", "Like this:", A), turn("user", "Draw"))


# --- options --------------------------------------------------------------------------------------


def test_options_are_a_field_each() -> None:
    said = body(
        turn("user", "Hello"),
        temperature=0.5,
        top_p=0.25,
        max_tokens=9,
        thinking="auto",
        reasoning_effort="high",
    )
    assert said == {
        "prompt": "Hello",
        "temperature": 0.5,
        "top_p": 0.25,
        "max_completion_tokens": 9,
        "thinking": "auto",
        "reasoning_effort": "high",
    }


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high"])
def test_an_effort_is_left_out_where_thinking_is_off(effort: str) -> None:
    said = body(turn("user", "Hello"), thinking="disabled", reasoning_effort=effort)
    assert said == {"prompt": "Hello", "thinking": "disabled"}


def test_extra_fields_are_the_last_word() -> None:
    said = body(turn("user", "Hello"), top_p=0.5, extra_body={"top_p": 1, "prompt": "Mine"})
    assert said == {"prompt": "Mine", "top_p": 1}


# --- limits ---------------------------------------------------------------------------------------


def check(*turns: Message) -> None:
    FAL.check(Prompt(turns))


def test_a_seventh_picture_or_a_fourth_clip_is_an_error() -> None:
    check(turn("user", "Look", *[A] * 6, *[CLIP] * 3))
    with pytest.raises(MediaError, match="at most 6 images in a turn, and this one has 7"):
        check(turn("user", "Look", *[A] * 7))
    with pytest.raises(MediaError, match="at most 3 videos in a turn, and this one has 4"):
        check(turn("user", "Look", *[CLIP] * 4))


def test_every_turn_has_its_own_limit() -> None:
    check(turn("user", "Look", *[A] * 6), turn("assistant", "Nice"), turn("user", "And", *[A] * 6))
    with pytest.raises(MediaError, match="in a turn"):
        check(turn("user", "Look", *[A] * 7), turn("assistant", "Nice"), turn("user", "And"))


def test_results_of_several_tools_are_one_turn() -> None:
    def result(n: int) -> Message:
        return turn("tool", ToolResult(f"call_{n}", (Text("Here"), *[A] * 4), "look"))

    asked = turn("assistant", *[ToolCall(f"call_{n}", "look", "{}") for n in range(2)])
    check(turn("user", "Look"), asked, result(0))
    with pytest.raises(MediaError, match="at most 6 images"):
        check(turn("user", "Look"), asked, result(0), result(1))


def test_a_document_is_refused_with_those_who_take_them() -> None:
    paper = Document(Url("https://a.example/a.pdf"), "application/pdf")
    with pytest.raises(UnsupportedError, match=r"fal does not support document .*\(openrouter, .*"):
        check(turn("user", "Read", paper))
    given = ToolResult("call_1", (Text("Here"), paper), "fetch")
    with pytest.raises(UnsupportedError, match="document"):
        check(
            turn("user", "Read"),
            turn("assistant", ToolCall("call_1", "fetch", "{}")),
            turn("tool", given),
        )


@pytest.mark.parametrize("mime", ["image/gif", "image/heic"])
def test_a_format_that_the_host_does_not_take_is_an_error(mime: str) -> None:
    with pytest.raises(MediaError, match="image/jpeg, image/png, image/webp"):
        check(turn("user", "Look", Image(Url("https://a.example/a"), mime)))


def test_an_endpoint_is_a_path_and_stays_one() -> None:
    for model in ("mini", "../admin/x", "a/../b", "a/b?c=d", "a//b"):
        with pytest.raises(ConfigurationError, match="takes the path of an endpoint"):
            FAL.check(Prompt((turn("user", "Hi"),), model=model))
    flow = FAL.call(
        Prompt((turn("user", "Hi"),), model="fal-ai/other/one"), stream=False, retry=Retry(0)
    )
    assert next(flow).request.url == "https://fal.run/fal-ai/other/one"
    assert not isinstance(flow, Opened)
