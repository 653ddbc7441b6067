"""What fal refuses: keys, headers, and bodies with what is wrong in them."""

from typing import Any

import pytest

from seed_core.emulator import Answer
from tests.emulator.bodies import MP4, PDF, PNG
from tests.emulator.fal.conftest import ENDPOINT

GIF = "data:image/gif;base64,R0lGODlh"
BAD: dict[str, tuple[dict[str, Any], list[Any], str]] = {
    "prompt": ({"prompt": 1}, ["prompt"], "string_type"),
    "prompt null": ({"prompt": None}, ["prompt"], "string_type"),
    "prompt empty": ({"prompt": ""}, ["prompt"], "sequence_too_short"),
    "system_prompt": ({"system_prompt": ["x"]}, ["system_prompt"], "string_type"),
    "thinking": ({"thinking": "on"}, ["thinking"], "literal_error"),
    "thinking null": ({"thinking": None}, ["thinking"], "literal_error"),
    "effort": ({"reasoning_effort": "none"}, ["reasoning_effort"], "literal_error"),
    "effort list": ({"reasoning_effort": []}, ["reasoning_effort"], "literal_error"),
    "limit 0": ({"max_completion_tokens": 0}, ["max_completion_tokens"], "greater_than_equal"),
    "limit high": ({"max_completion_tokens": 65_537}, ["max_completion_tokens"], "less_than_equal"),
    "limit 1.5": ({"max_completion_tokens": 1.5}, ["max_completion_tokens"], "int_from_float"),
    "limit text": ({"max_completion_tokens": "9"}, ["max_completion_tokens"], "int_type"),
    "limit true": ({"max_completion_tokens": True}, ["max_completion_tokens"], "int_type"),
    "limit null": ({"max_completion_tokens": None}, ["max_completion_tokens"], "int_type"),
    "temperature low": ({"temperature": -0.1}, ["temperature"], "greater_than_equal"),
    "temperature high": ({"temperature": 2.1}, ["temperature"], "less_than_equal"),
    "temperature text": ({"temperature": "1"}, ["temperature"], "float_type"),
    "top_p": ({"top_p": 1.01}, ["top_p"], "less_than_equal"),
    "images": ({"image_urls": PNG}, ["image_urls"], "list_type"),
    "an image": ({"image_urls": [PNG, 1]}, ["image_urls", 1], "string_type"),
    "an image file": ({"image_urls": ["/a.png"]}, ["image_urls", 0], "file_download_error"),
    "a broken image": (
        {"image_urls": ["data:image/png;base64,!"]},
        ["image_urls", 0],
        "image_load_error",
    ),
    "a gif": ({"image_urls": [PNG, GIF]}, ["image_urls", 1], "unsupported_image_format"),
    "a video as image": ({"image_urls": [MP4]}, ["image_urls", 0], "unsupported_image_format"),
    "videos": ({"video_urls": {}}, ["video_urls"], "list_type"),
    "a video": ({"video_urls": ["x"]}, ["video_urls", 0], "file_download_error"),
    "a broken video": ({"video_urls": ["data:x"]}, ["video_urls", 0], "file_download_error"),
    "a pdf": ({"video_urls": [PDF]}, ["video_urls", 0], "unsupported_video_format"),
    "messages": ({"messages": "x"}, ["messages"], "list_type"),
    "a message": ({"messages": ["x"]}, ["messages", 0], "model_attributes_type"),
    "no role": ({"messages": [{"content": "x"}]}, ["messages", 0, "role"], "missing"),
    "role tool": (
        {"messages": [{"role": "tool", "content": "x"}]},
        ["messages", 0, "role"],
        "literal_error",
    ),
    "no content": ({"messages": [{"role": "user"}]}, ["messages", 0, "content"], "missing"),
    "a part": (
        {"messages": [{"role": "user", "content": ["x"]}]},
        ["messages", 0, "content", "list[object]", 0],
        "dict_type",
    ),
    "an unknown part": (
        {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
        ["messages", 0, "content", 0],
        "value_error",
    ),
    "a part without a url": (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        ["messages", 0, "content", 0],
        "value_error",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_422(fal, script, case):
    fields, loc, kind = BAD[case]
    script(Answer(text="not taken"))
    problem = fal.problem(**fields)
    assert (problem["loc"], problem["type"]) == (["body", *loc], kind)
    value: Any = fields
    for step in loc:
        if step != "list[object]":
            value = value.get(step, value) if isinstance(value, dict) else value[step]
    # What was submitted there stands in the error, however long it is.
    assert problem["input"] == value
    assert fal.output() == "not taken"


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_effort_without_thinking(fal, effort):
    problem = fal.problem(thinking="disabled", reasoning_effort=effort)
    assert (problem["type"], problem["loc"]) == ("value_error", ["body", "reasoning_effort"])
    assert problem["msg"].startswith("Value error, ")


def test_a_missing_prompt_echoes_the_whole_body(fal):
    problem = fal.problem(prompt=..., system_prompt="A secret.")
    assert (problem["type"], problem["msg"]) == ("missing", "Field required")
    assert problem["input"] == {"system_prompt": "A secret."}


def test_context(fal):
    assert fal.problem(temperature=3)["ctx"] == {"le": 2}
    assert fal.problem(temperature=-1)["ctx"] == {"ge": 0}
    assert fal.problem(thinking="no")["ctx"] == {"expected": "'enabled', 'disabled' or 'auto'"}
    formats = {"supported_formats": [".jpg", ".jpeg", ".png", ".webp"]}
    assert fal.problem(image_urls=[GIF])["ctx"] == formats


def test_content_of_neither_type_has_two_problems(fal):
    response = fal.run(messages=[{"role": "user", "content": 1}])
    told = [(problem["loc"][-1], problem["type"]) for problem in response.json()["detail"]]
    assert told == [("str", "string_type"), ("list[object]", "list_type")]


def test_all_problems_are_told_at_once(fal):
    problems = fal.run(prompt=..., top_p=2, temperature="x").json()["detail"]
    assert [problem["loc"][1] for problem in problems] == ["prompt", "temperature", "top_p"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "json_invalid"),
        (b"", "json_invalid"),
        (b"[]", "model_attributes_type"),
        (b"null", "model_attributes_type"),
    ],
)
def test_what_is_no_object(fal, http, content, kind):
    response = http.post(f"{fal.url('fal')}/{ENDPOINT}", content=content)
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == kind


def test_too_long_a_prompt(fal):
    problem = fal.problem(prompt="word " * 250_000)
    assert problem["type"] == "sequence_too_long"
    assert problem["ctx"] == {"max_length": 262_144}


# Who may call.


@pytest.mark.parametrize("value", [None, "Bearer test", "key test", "Key", "Key invalid"])
def test_401(fal, http, script, value):
    if value is None:
        del http.headers["Authorization"]
    else:
        http.headers["Authorization"] = value
    script(Answer(text="not taken"))
    for url in (
        f"{fal.url('fal')}/{ENDPOINT}",
        f"{fal.url('fal', 'queue')}/{ENDPOINT}",
        f"{fal.url('fal', 'chat')}/chat/completions",
        f"{fal.url('fal', 'storage')}/storage/auth/token?storage_type=fal-cdn-v3",
    ):
        response = http.post(url, json={})
        assert response.status_code == 401, url
        assert list(response.json()) == ["detail"]
    http.headers["Authorization"] = "Key id:secret"
    assert fal.output() == "not taken"


@pytest.mark.parametrize("value", ["1", "0", "-3", "soon", "nan", "inf"])
def test_a_timeout_that_is_none(fal, value):
    headers = {"X-Fal-Request-Timeout": value}
    assert fal.run(headers=headers).status_code == 400
    assert fal.submitting(headers=headers).status_code == 400


def test_headers_that_do_no_harm(fal):
    headers = {
        "X-Fal-Request-Timeout": "1.5",
        "X-Fal-Queue-Priority": "low",
        "X-Fal-Runner-Hint": "me",
        "x-fal-no-retry": "1",
        "X-Fal-Store-IO": "0",
    }
    assert fal.run(headers=headers).status_code == 200
    assert fal.submitting(headers=headers).status_code == 200


def test_priority(fal):
    assert fal.submitting(headers={"X-Fal-Queue-Priority": "urgent"}).status_code == 400


def test_nowhere(fal, http):
    response = http.get(f"{fal.url('fal', 'storage')}/nothing")
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
