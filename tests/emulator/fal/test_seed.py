"""The Seed endpoint, called at once: what it answers, what it ignores, what it costs."""

import json

import httpx
import pytest

from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.emulator.meter import MEDIA_TOKENS, count
from tests.emulator.bodies import MP4, PNG
from tests.emulator.fal.conftest import ENDPOINT

HISTORY = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "I am Ann."},
    {"role": "assistant", "content": "Hello, Ann."},
]


def test_whole(fal):
    response = fal.run("How do you do?")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-fal-request-id"].count("-") == 4
    assert int(response.headers["x-fal-billable-units"]) > 0
    body = response.json()
    assert list(body) == ["output", "reasoning_content", "messages"]
    assert body["output"].startswith('You said: "How do you do?"')
    assert body["reasoning_content"].startswith("This is message 1")
    assert body["messages"] == [
        {"role": "user", "content": "How do you do?"},
        {"role": "assistant", "content": body["output"]},
    ]


def test_every_request_has_an_id_of_its_own(fal):
    assert len({fal.run().headers["x-fal-request-id"] for _ in range(3)}) == 3


def test_the_messages_of_a_reply_go_back_as_they_came(fal):
    first = fal.whole("I am Ann.", system_prompt="Be kind.")
    assert [message["role"] for message in first["messages"]] == ["system", "user", "assistant"]
    second = fal.whole("Who am I?", messages=first["messages"])
    assert second["messages"][:3] == first["messages"]
    assert second["messages"][3] == {"role": "user", "content": "Who am I?"}
    assert second["reasoning_content"].startswith("This is message 4")


def test_the_system_prompt_comes_with_the_newest_turn(fal):
    body = fal.whole("Hello", messages=HISTORY, system_prompt="Be brief.")
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "assistant", "system", "user", "assistant"]


def test_pictures_and_videos_are_parts_of_the_newest_turn(fal):
    body = fal.whole("Look", image_urls=[PNG, "https://example.com/a.jpg"], video_urls=[MP4])
    assert "2 images (image/png, 8 bytes; https://example.com/a.jpg)" in body["output"]
    assert "1 video (video/mp4, 8 bytes)" in body["output"]
    content = body["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "image_url", "video_url"]
    assert content[1]["image_url"] == {"url": PNG}
    # They go back like everything else.
    assert fal.run("And now?", messages=body["messages"]).status_code == 200


def test_too_many_are_ignored_without_a_word(fal):
    body = fal.whole("Look", image_urls=[PNG] * 6 + ["no url"], video_urls=[MP4] * 3 + ["no url"])
    assert "6 images" in body["output"]
    assert "3 videos" in body["output"]
    assert len(body["messages"][0]["content"]) == 10


def test_unknown_fields_and_null_are_dropped(fal):
    unknown = {"tools": [], "response_format": {"type": "json_object"}, "stream": True, "n": "x"}
    absent = ["image_urls", "video_urls", "system_prompt", "messages", "reasoning_effort"]
    response = fal.run(**unknown, **dict.fromkeys(absent))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    extra = fal.whole("x", messages=[{"role": "assistant", "content": "y", "reasoning": "z"}])
    assert extra["messages"][0] == {"role": "assistant", "content": "y"}


# Thinking.


def test_disabled_never_shows_reasoning(fal, script):
    assert "reasoning_content" not in fal.whole(thinking="disabled")
    assert "reasoning_content" not in fal.whole(thinking="disabled", reasoning_effort="minimal")
    script(Answer(text="x", reasoning="Hm."))
    assert "reasoning_content" not in fal.whole(thinking="disabled")


def test_auto_decides_for_itself(fal):
    assert "reasoning_content" not in fal.whole("Hello", thinking="auto")
    assert "reasoning_content" in fal.whole("How many words are there here?", thinking="auto")


def test_enabled_is_the_default_and_more_effort_thinks_longer(fal):
    efforts = ["minimal", "low", "medium", "high"]
    told = [fal.whole(reasoning_effort=effort)["reasoning_content"] for effort in efforts]
    assert sorted(told, key=len) == told
    assert fal.whole()["reasoning_content"] == fal.whole(thinking="enabled")["reasoning_content"]


def test_an_answer_without_reasoning_has_no_such_field(fal, script):
    script(Answer(text="x"))
    assert list(fal.whole()) == ["output", "messages"]


# Limits.


def test_the_limit_holds_reasoning_and_answer(fal):
    body = fal.whole(max_completion_tokens=5)
    assert body["output"] == ""
    assert body["reasoning_content"] == "This is message 1 of"
    # Nothing tells that it was cut.
    assert set(body) == {"output", "reasoning_content", "messages"}
    assert fal.output(max_completion_tokens=20) == 'You said: "Hello'


def test_the_limit_is_4096_unless_given(fal):
    fields = {f"field{number}": {"type": "string"} for number in range(300)}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    long = f"Fill in what follows, at great length: {json.dumps(schema)}"
    cut = fal.whole(long)
    tokens = count(cut["output"]) + count(cut["reasoning_content"])
    assert tokens == 4096
    assert set(json.loads(fal.output(long, max_completion_tokens=65_536))) == set(fields)


# Units.


def test_units(fal, script):
    script(Answer(text="x" * 40, reasoning="y" * 20))
    response = fal.run("a" * 400)
    assert response.headers["x-fal-billable-units"] == str(4 + 100 + 4 * (10 + 5))


def test_input_and_output_are_judged_separately(fal, script):
    script(Answer(text="x"), Answer(text="x" * 4 * 128_000), Answer(text="x", reasoning="y" * 8))
    long = "a" * 4 * 128_000
    told = [fal.run(long).headers["x-fal-billable-units"]]
    told += [fal.run("a").headers["x-fal-billable-units"]]
    told += [fal.run("a", thinking="disabled").headers["x-fal-billable-units"]]
    assert told == [str(2 * 128_004 + 4), str(5 + 8 * 128_000), str(5 + 4)]


def test_media_cost_tokens(fal, script):
    script(Answer(text="x"))
    response = fal.run("a", image_urls=[PNG], video_urls=[MP4])
    tokens = 5 + MEDIA_TOKENS["image"] + MEDIA_TOKENS["video"]
    assert response.headers["x-fal-billable-units"] == str(tokens + 4)


def test_a_script_can_set_the_units_or_leave_them_out(fal, script):
    script(Answer(text="x", cost=0.0018), Answer(text="x", usage={"cost": ...}))
    assert fal.run().headers["x-fal-billable-units"] == "18000"
    assert "x-fal-billable-units" not in fal.run().headers


# What a script has.


def test_calls_are_written_into_the_text(fal, script):
    script(Answer(text="Well.", tool_calls=[ToolUse("add", '{"a": 1}')]))
    body = fal.whole()
    assert body["output"] == (
        "Well.\n<seed:tool_call>\n<function=add>\n<parameter=a>1</parameter>\n</function>\n"
        "</seed:tool_call>"
    )
    assert body["messages"][-1]["content"] == body["output"]


def test_a_refusal_is_text(fal, script):
    script(Answer(refusal="I will not."))
    assert fal.output() == "I will not."


# Other endpoints.


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{ENDPOINT}/stream", "Path /seed/v2/mini/stream not found"),
        ("fal-ai/bytedance", "Path / not found"),
        ("fal-ai/nothing/else", "Application fal-ai/nothing not found"),
        ("x", "Application x not found"),
    ],
)
@pytest.mark.parametrize("api", ["sync", "queue"])
def test_an_unknown_endpoint_is_404(fal, http, api, path, words):
    response = http.post(f"{fal.url('fal', api)}/{path}", json={"prompt": "Hello"})
    assert (response.status_code, response.json()) == (404, {"detail": words})


def test_only_post(fal, http):
    assert http.get(f"{fal.url('fal')}/{ENDPOINT}").status_code == 404


def test_more_endpoints_and_a_namespace():
    with Emulator(models=["workflows/ann/flow/x"]) as emulator:
        headers = {"Authorization": "Key test"}
        with httpx.Client(trust_env=False, headers=headers) as http:
            url = f"{emulator.url('fal', 'queue')}/workflows/ann/flow/x"
            job = http.post(url, json={"prompt": "Hello"}).json()
            assert "/queue/workflows/ann/flow/requests/" in job["status_url"]
            assert http.get(job["status_url"]).json()["status"] == "IN_QUEUE"
