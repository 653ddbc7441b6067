"""The shapes of Ark's chat replies, beside what was recorded of it."""

import json
import re

import pytest

from seed_core.emulator import Answer, ToolUse
from tests.emulator.ark.conftest import NEW, deltas
from tests.emulator.bodies import user
from tests.emulator.conftest import WEATHER
from tests.emulator.test_recordings import events_of

THOUGHT = Answer(text="Hello!", reasoning="A greeting.")
CALLS = Answer(
    reasoning="Hm.",
    tool_calls=[ToolUse("f", '{"a": 1}'), ToolUse("g", " {}", id="call_x")],
    piece=4,
)
USAGE = {"stream_options": {"include_usage": True}}


def keys(value, prefix=""):
    """Every path of keys in a value."""
    if isinstance(value, list):
        return set().union(*(keys(item, f"{prefix}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    found = {f"{prefix}.{key}" for key in value}
    return found.union(*(keys(item, f"{prefix}.{key}") for key, item in value.items()))


def shapes(events):
    return {frozenset(keys(event)) for event in events}


def load(recordings, name):
    text = (recordings / name).read_text("utf-8")
    if name.endswith(".sse"):
        return events_of(text)
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


# Beside recorded traffic


def test_a_whole_reply(recordings, chat, script):
    script(THOUGHT)
    assert keys(chat.whole()) == keys(load(recordings, "ark/mini_260215_chat.json"))


def test_a_whole_reply_without_reasoning(recordings, chat, script):
    script(Answer(text="Hello!"))
    assert keys(chat.whole()) == keys(load(recordings, "ark/doubao_1_5_pro_chat.json"))


def test_a_whole_reply_with_encrypted_reasoning(recordings, chat, script):
    real = load(recordings, "aimlapi/seed_2_0_pro_260328_chat.json")
    del real["meta"]  # the reseller's own
    script(THOUGHT)
    ours = chat.whole(model="seed-2-0-pro-260328")
    assert keys(ours) == keys(real)
    begin = real["choices"][0]["message"]["encrypted_content"][:2]
    assert ours["choices"][0]["message"]["encrypted_content"].startswith(begin)


def test_whole_tool_calls(recordings, chat, script):
    script(CALLS)
    ours = chat.whole(model=NEW)["choices"][0]
    (real,) = load(recordings, "ark/tool_calls_doc_example.json")["choices"]
    assert keys(ours) - {".logprobs"} == keys(real)
    assert (ours["message"]["content"], ours["finish_reason"]) == ("", "tool_calls")
    first, second = ours["message"]["tool_calls"]
    assert re.fullmatch(r"call_\w{24}", first["id"])
    assert (second["id"], second["function"]["arguments"]) == ("call_x", " {}")


def test_a_stream_of_text(recordings, chat, script):
    script(Answer(text="Hello!", piece=1))
    assert shapes(chat.events()) == shapes(load(recordings, "ark/doubao_1_5_pro_stream.sse"))


def test_a_stream_of_reasoning(recordings, chat, script):
    script(THOUGHT)
    ours = chat.events()
    assert shapes(ours) == shapes(load(recordings, "ark/stream_doc_example.sse"))
    assert shapes(ours[:1]) == shapes(load(recordings, "ark/lite_260215_stream_head.sse"))


def test_the_order_of_a_stream_with_encrypted_reasoning(recordings, chat, script):
    script(Answer(text="Hello!", reasoning="A greeting.", piece=6))
    real = load(recordings, "tanstack-ai/thinking_summary_stream.jsonl")
    sealed = [delta for delta in deltas(real) if "encrypted_content" in delta]
    ours = chat.events(model=NEW, **USAGE)
    found = [set(delta) - {"role"} for delta in deltas(ours)]
    assert found == [
        *[{"content", "reasoning_content"}] * 2,
        set(sealed[0]),
        *[{"content"}] * 2,
    ]
    assert [len(event["choices"]) for event in ours] == [1, 1, 1, 1, 1, 0]


def test_the_headers_of_a_reply(recordings, chat, http):
    text = (recordings / "ark/mini_260215_chat.headers.txt").read_text("utf-8")
    recorded = dict(line.split(": ", 1) for line in text.splitlines()[1:])
    response = chat.post()
    for name in ("server", "x-request-id", "x-client-request-id"):
        assert name in recorded
        assert response.headers[name]
    assert response.headers["server"] == recorded["server"]
    assert response.headers["x-client-request-id"].startswith("unknown-")
    http.headers["X-Client-Request-Id"] = "mine"
    assert chat.post().headers["x-client-request-id"] == "mine"


def test_the_recorded_error(recordings, chat):
    real = load(recordings, "ark/error_developer_role.json")
    ours = chat.post(messages=[{"role": "developer", "content": "x"}]).json()
    assert keys(ours) == keys(real)
    assert {k: ours["error"][k] for k in ("code", "param", "type")} == {
        k: real["error"][k] for k in ("code", "param", "type")
    }
    middle = re.search(r"invalid value:.*`tool`\.", real["error"]["message"])
    assert middle is not None
    assert middle[0] in ours["error"]["message"]


# From the page


def test_the_id_is_in_the_body_and_in_a_header(chat):
    response = chat.post()
    assert re.fullmatch(r"021\d{12}\w{38}", response.json()["id"])
    assert response.headers["x-request-id"] == response.json()["id"]
    streamed = chat.post(stream=True)
    ids = {event["id"] for event in events_of(streamed.text)}
    assert ids == {streamed.headers["x-request-id"]}
    assert response.json()["id"] not in ids


def test_every_delta_has_the_role_and_reasoning_an_empty_content(chat, script):
    script(Answer(text="ab", reasoning="cd", tool_calls=[ToolUse("f")], piece=1))
    got = deltas(chat.events())
    assert {delta["role"] for delta in got} == {"assistant"}
    assert {delta["content"] for delta in got if "reasoning_content" in delta} == {""}


def test_no_keep_alives(chat):
    assert chat.post(stream=True).text.startswith("data: ")
    assert chat.post().text.startswith("{")


def test_usage_comes_only_when_asked_for(chat):
    assert {event["usage"] for event in chat.events()} == {None}
    *events, last = chat.events(**USAGE)
    assert {event["usage"] for event in events} == {None}
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    every = chat.events(stream_options={"include_usage": True, "chunk_include_usage": True})
    assert all(event["usage"]["total_tokens"] for event in every)


def test_the_finish_reason_rides_on_the_last_argument_piece(recordings, chat, script):
    script(CALLS, THOUGHT)
    real = load(recordings, "tanstack-ai/tool_call_stream.jsonl")[-1]["choices"][0]
    last = chat.events()[-1]["choices"][0]
    assert set(last) == set(real)
    assert (last["finish_reason"], "tool_calls" in last["delta"]) == ("tool_calls", True)
    last = chat.events()[-1]["choices"][0]
    assert last["delta"] == {"role": "assistant", "content": ""}


def test_the_first_piece_of_a_call_has_its_name(chat, script):
    script(CALLS)
    pieces = [delta["tool_calls"][0] for delta in deltas(chat.events()) if "tool_calls" in delta]
    assert [piece["index"] for piece in pieces] == [0, 0, 1]
    assert pieces[0]["function"] == {"name": "f", "arguments": '{"a"'}
    assert pieces[1] == {"index": 0, "function": {"arguments": ": 1}"}}
    assert pieces[2]["id"] == "call_x"


def test_encrypted_reasoning_must_come_back_as_it_was(chat, script):
    script(Answer(reasoning="Hm.", tool_calls=[ToolUse("f", id="a")]))
    message = chat.message(model=NEW)
    history = [user("Hi"), message, {"role": "tool", "tool_call_id": "a", "content": "x"}]
    assert chat.post(messages=history).status_code == 200
    altered = {**message, "encrypted_content": message["encrypted_content"][:-4] + "AAAA"}
    response = chat.post(messages=[history[0], altered, history[2]])
    assert response.json()["error"]["message"].startswith("Invalid signature")
    del message["encrypted_content"]
    assert chat.post(messages=history).status_code == 200


def test_an_older_build_encrypts_nothing(chat):
    assert set(chat.message()) == {"role", "content", "reasoning_content"}


def test_encrypted_reasoning_may_be_scripted(chat, script):
    entry = {"type": "reasoning.encrypted", "data": "ENC-x"}
    script(Answer(text="a", reasoning_details=[[entry], []]))
    message = chat.message()
    assert message["encrypted_content"] == "ENC-x"
    history = [user("Hi"), message, user("Go")]
    assert chat.post(messages=history).status_code == 200
    history[1] = {**message, "encrypted_content": "ENC-y"}
    assert chat.post(messages=history).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": {"type": "disabled"}},
        {"reasoning_effort": "minimal"},
        {"reasoning_effort": "none"},
    ],
)
def test_thinking_can_be_off(chat, fields):
    body = chat.whole(**fields)
    assert "reasoning_content" not in body["choices"][0]["message"]
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 0


def test_effort_has_a_default_by_model(chat):
    def thought(**fields):
        return chat.message(**fields)["reasoning_content"]

    assert thought() == thought(reasoning_effort="medium")
    assert thought(model="seed-2-1-turbo-260628") == thought(reasoning_effort="high")
    assert thought(reasoning_effort="xhigh") == thought(reasoning_effort="max")
    assert thought(reasoning_effort="low") != thought(reasoning_effort="high")


def test_max_tokens_counts_the_answer_alone(chat):
    body = chat.whole(max_tokens=5)
    message, usage = body["choices"][0]["message"], body["usage"]
    assert body["choices"][0]["finish_reason"] == "length"
    assert len(message["content"]) == 20
    assert usage["completion_tokens"] - usage["completion_tokens_details"]["reasoning_tokens"] == 5
    assert message["reasoning_content"] == chat.message()["reasoning_content"]


def test_max_completion_tokens_counts_both(chat):
    body = chat.whole(max_completion_tokens=5)
    assert body["usage"]["completion_tokens"] == 5
    assert body["choices"][0]["message"]["content"] == ""


def test_a_repeated_prompt_is_cached_from_1024_tokens_on(chat):
    messages = [user("word " * 1000)]
    details = [chat.whole(messages=messages)["usage"]["prompt_tokens_details"] for _ in range(2)]
    assert details[0]["cached_tokens"] == 0
    assert details[1]["cached_tokens"] > 1024
    assert chat.whole()["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def test_the_echoed_model_is_the_dated_one(chat):
    assert chat.whole(model="ep-20260215-abc")["model"] == "seed-2-0-mini-260215"
    assert chat.whole(model="seed-2-1-turbo-260628")["model"] == "dola-seed-2-1-turbo-260628"


def test_a_tool_loop(chat):
    ask = [user("What is the weather in Paris?")]
    message = chat.message(messages=ask, tools=[WEATHER])
    (called,) = message["tool_calls"]
    assert json.loads(called["function"]["arguments"]) == {"location": "Paris"}
    result = {"role": "tool", "tool_call_id": called["id"], "content": "Sunny."}
    text = chat.message(messages=[*ask, message, result], tools=[WEATHER])["content"]
    assert "get_weather answered: Sunny." in text
