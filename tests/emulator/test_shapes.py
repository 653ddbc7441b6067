"""The shapes of OpenRouter's replies, one by one: the checklist of its protocol page."""

import re

import pytest

from seed_core.emulator import Answer, ToolUse
from tests.emulator.conftest import MODEL

DETAIL = {"type": "reasoning.text", "format": "unknown", "index": 0}


def deltas(events):
    return [event["choices"][0]["delta"] for event in events if event["choices"]]


def finishes(events):
    reasons = [event["choices"][0]["finish_reason"] for event in events if event["choices"]]
    return [reason for reason in reasons if reason]


def test_ids_and_frame_of_a_whole_reply(chat):
    response = chat.post()
    body = response.json()
    assert re.fullmatch(r"gen-\d{10}-\w{20}", body["id"])
    assert response.headers["x-generation-id"] == body["id"]
    assert body["object"] == "chat.completion"
    assert body["provider"] == "Seed"
    assert body["model"] == MODEL
    # The generated SDKs need it, although its value is null.
    assert body["system_fingerprint"] is None
    choice = body["choices"][0]
    assert choice["finish_reason"] == choice["native_finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"


def test_blank_lines_keep_a_whole_reply_alive(chat, emulator):
    emulator.script(Answer(text="a", comments=3), Answer(text="a", comments=0))
    assert chat.post().text.startswith("\n         \n" * 3 + "{")
    assert chat.post().text.startswith("{")


def test_comments_come_before_the_first_chunk(chat, emulator):
    emulator.script(Answer(text="a", comments=30))
    text = chat.post(stream=True).text
    assert text.startswith(": OPENROUTER PROCESSING\n\n" * 30 + "data: {")
    assert text.endswith("data: [DONE]\n\n")


def test_ids_differ_and_stay_within_a_stream(chat):
    first, second = chat.events(), chat.events()
    assert len({event["id"] for event in first}) == 1
    assert first[0]["id"] != second[0]["id"]
    assert {event["object"] for event in first} == {"chat.completion.chunk"}


def test_the_role_is_on_every_delta(chat, emulator):
    emulator.script(Answer(text="abc", reasoning="def", tool_calls=[ToolUse("f")], piece=1))
    assert {delta["role"] for delta in deltas(chat.events())} == {"assistant"}


def test_pieces_make_up_the_answer(chat, emulator):
    emulator.script(Answer(text="The ﬁnal 答え.", reasoning="Hm, well.", piece=3))
    got = deltas(chat.events())
    assert "".join(delta["content"] or "" for delta in got) == "The ﬁnal 答え."
    assert "".join(delta.get("reasoning") or "" for delta in got) == "Hm, well."
    assert max(len(delta["content"]) for delta in got) == 3


def test_reasoning_is_mirrored(chat, emulator):
    emulator.script(Answer(text="a", reasoning="thinking", piece=4), Answer("a", "thinking"))
    thoughts = [delta for delta in deltas(chat.events()) if delta.get("reasoning")]
    assert [delta["reasoning"] for delta in thoughts] == ["thin", "king"]
    for delta in thoughts:
        assert delta["reasoning_details"] == [{**DETAIL, "text": delta["reasoning"]}]
        assert delta["content"] == ""
    message = chat.message()
    assert message["reasoning"] == "thinking"
    assert message["reasoning_details"] == [{**DETAIL, "text": "thinking"}]


def test_shape_2_is_the_default(chat):
    events = chat.events()
    assert finishes(events) == ["stop", "stop"]
    assert [("usage" in event) for event in events[-2:]] == [False, True]


def test_shape_1_tells_usage_without_finish_reason(chat, emulator):
    emulator.script(Answer(text="a", usage_shape=1))
    events = chat.events()
    assert finishes(events) == ["stop"]
    assert events[-1]["choices"][0]["finish_reason"] is None
    assert events[-1]["usage"]["total_tokens"] > 0


def test_shape_3_tells_usage_without_choices(chat, emulator):
    emulator.script(Answer(text="a", usage_shape=3))
    events = chat.events()
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["total_tokens"] > 0


def test_no_usage_at_all(chat, emulator):
    emulator.script(Answer(text="a", usage_shape=0), Answer(text="a", usage_shape=0))
    assert not any("usage" in event for event in chat.events())
    assert "usage" not in chat.whole()


def test_the_finish_chunk_may_be_repeated(chat, emulator):
    emulator.script(Answer(text="a", repeat_finish=True, usage_shape=3))
    assert finishes(chat.events()) == ["stop", "stop"]


def test_done_may_be_missing(chat, emulator):
    emulator.script(Answer(text="a", done=False))
    assert "[DONE]" not in chat.post(stream=True).text


def test_tool_calls_of_a_whole_reply_have_an_index(chat, emulator):
    emulator.script(Answer(tool_calls=[ToolUse("f", '{"a": 1}'), ToolUse("g", id="call_x")]))
    body = chat.whole()
    message = body["choices"][0]["message"]
    assert body["choices"][0]["finish_reason"] == "tool_calls"
    assert message["content"] is None
    assert [call["index"] for call in message["tool_calls"]] == [0, 1]
    assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
    assert message["tool_calls"][0]["id"].startswith("call_")
    assert message["tool_calls"][1]["id"] == "call_x"


def test_tool_call_fragments(chat, emulator):
    emulator.script(Answer(tool_calls=[ToolUse("f", '{"a": 1}', id="x")], piece=4))
    fragments = [d["tool_calls"][0] for d in deltas(chat.events()) if "tool_calls" in d]
    assert fragments == [
        {"index": 0, "id": "x", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ": 1}"}},
    ]


def test_one_delta_may_mix_text_and_a_call(chat, emulator):
    emulator.script(Answer(text="Let me look.", tool_calls=[ToolUse("f")], mixed=True, piece=6))
    mixed = [d for d in deltas(chat.events()) if d.get("content") and "tool_calls" in d]
    assert [(d["content"], d["tool_calls"][0]["function"]["name"]) for d in mixed] == [
        (" look.", "f")
    ]


@pytest.mark.parametrize("finish", ["length", "content_filter", None])
def test_any_finish_reason(chat, emulator, finish):
    emulator.script(Answer(text="a", finish=finish), Answer(text="a", finish=finish))
    assert chat.whole()["choices"][0]["finish_reason"] == finish
    assert set(finishes(chat.events())) == ({finish} if finish else set())


def test_a_dated_permaslug(chat, emulator):
    emulator.script(Answer(text="a", model=f"{MODEL}-20260224", provider="BytePlus"))
    body = chat.whole()
    assert (body["model"], body["provider"]) == (f"{MODEL}-20260224", "BytePlus")


def test_a_refusal(chat, emulator):
    emulator.script(Answer(refusal="I will not."), Answer(refusal="I will not."))
    message = chat.message()
    assert (message["content"], message["refusal"]) == (None, "I will not.")
    said = [delta.get("refusal") or "" for delta in deltas(chat.events())]
    assert "".join(said) == "I will not."


def test_a_chunk_with_only_a_signature(chat, emulator):
    text = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    entries = [[{**text, "text": "Hm."}], [{**text, "signature": "c2ln"}]]
    emulator.script(Answer(text="a", reasoning_details=entries))
    first, second = [d for d in deltas(chat.events()) if d.get("reasoning_details")]
    assert (first["reasoning"], first["reasoning_details"]) == ("Hm.", entries[0])
    assert (second["reasoning"], second["reasoning_details"]) == (None, entries[1])


def test_encrypted_reasoning_only(chat, emulator):
    entry = {"type": "reasoning.encrypted", "data": "ZW5j", "id": "rs_1", "index": 0}
    answer = Answer(text="a", reasoning_details=[entry])
    emulator.script(answer, answer)
    message = chat.message()
    assert (message["reasoning"], message["reasoning_details"]) == (None, [entry])
    assert deltas(chat.events())[0]["reasoning_details"] == [entry]


def test_reasoning_text_beside_encrypted_details(chat, emulator):
    entry = {"type": "reasoning.encrypted", "data": "ZW5j", "index": 0}
    emulator.script(Answer(text="a", reasoning="Hm.", reasoning_details=[entry]))
    got = deltas(chat.events())
    assert (got[0]["reasoning"], got[0]["reasoning_details"]) == ("Hm.", [])
    assert got[1]["reasoning_details"] == [entry]


def test_empty_reasoning_details(chat, emulator):
    answer = Answer(text="a", reasoning_details=[])
    emulator.script(answer, answer)
    assert chat.message()["reasoning_details"] == []
    first = deltas(chat.events())[0]
    assert (first["content"], first["reasoning_details"]) == ("a", [])


def test_annotations_come_late(chat, emulator):
    annotation = {"type": "url_citation", "url_citation": {"url": "https://example.com"}}
    emulator.script(
        Answer(text="a", annotations=[annotation]), Answer("a", annotations=[annotation])
    )
    assert chat.message()["annotations"] == [annotation]
    events = chat.events()
    cited = [i for i, delta in enumerate(deltas(events)) if "annotations" in delta]
    assert cited == [len(events) - 3]


def test_usage_counts(chat):
    usage = chat.whole("x" * 400)["usage"]
    assert usage["prompt_tokens"] == 104
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    assert 0 < reasoning < usage["completion_tokens"]
    assert usage["cost"] == pytest.approx(104e-7 + usage["completion_tokens"] * 4e-7)
    details = usage["cost_details"]
    assert details["upstream_inference_prompt_cost"] == pytest.approx(104e-7)
    assert usage["is_byok"] is False


def test_the_price_doubles_above_128000_prompt_tokens(chat):
    usage = chat.whole("x" * 600_000)["usage"]
    assert usage["prompt_tokens"] > 128_000
    expected = usage["prompt_tokens"] * 2e-7 + usage["completion_tokens"] * 8e-7
    assert usage["cost"] == pytest.approx(expected)


def test_usage_may_lack_details_or_cost_nothing(chat, emulator):
    bare = {
        "prompt_tokens_details": ...,
        "completion_tokens_details": None,
        "cost_details": ...,
        "is_byok": ...,
        "prompt_tokens": 0,
    }
    emulator.script(Answer(text="a", usage=bare, cost=0), Answer(text="a", usage={"cost": ...}))
    usage = chat.whole()["usage"]
    assert set(usage) == {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost",
        "completion_tokens_details",
    }
    assert (usage["prompt_tokens"], usage["cost"]) == (0, 0)
    assert usage["completion_tokens_details"] is None
    assert "cost" not in chat.whole()["usage"]


def test_a_prompt_sent_before_is_cached(chat, emulator):
    system = {"role": "system", "content": "Be brief. " * 600}
    first = [system, {"role": "user", "content": "Hello"}]
    usage = chat.whole(messages=first)["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0
    longer = [*first, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Go"}]
    usage = chat.whole(messages=longer)["usage"]
    assert 1500 < usage["prompt_tokens_details"]["cached_tokens"] < usage["prompt_tokens"]
    other = [{"role": "system", "content": "Be long"}, *first]
    assert chat.whole(messages=other)["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    emulator.clear()
    assert chat.whole(messages=first)["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def test_a_cache_mark_writes_and_does_not_make_another_prompt(chat):
    text = {"type": "text", "text": "Be brief. " * 600}
    marked = [{"role": "user", "content": [{**text, "cache_control": {"type": "ephemeral"}}]}]
    written = chat.whole(messages=marked)["usage"]["prompt_tokens_details"]
    assert written["cache_write_tokens"] > 1500
    assert written["cached_tokens"] == 0
    plain = [{"role": "user", "content": text["text"]}]
    assert chat.whole(messages=plain)["usage"]["prompt_tokens_details"]["cached_tokens"] > 1500


def test_excluded_reasoning_is_billed_and_not_shown(chat):
    for fields in ({"reasoning": {"exclude": True}}, {"include_reasoning": False}):
        body = chat.whole(**fields)
        assert body["choices"][0]["message"]["reasoning"] is None
        assert "reasoning_details" not in body["choices"][0]["message"]
        assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] > 0
        assert not any(delta.get("reasoning") for delta in deltas(chat.events(**fields)))


def test_router_metadata_on_request(http, chat):
    assert "openrouter_metadata" not in chat.whole()
    http.headers["X-OpenRouter-Metadata"] = "enabled"
    assert chat.whole()["openrouter_metadata"]["requested"] == MODEL
    assert chat.events()[-1]["openrouter_metadata"]["attempt"] == 1


def test_debug_echoes_the_request_in_a_first_chunk_without_choices(chat):
    first = chat.events(debug={"echo_upstream_body": True})[0]
    assert first["choices"] == []
    assert first["debug"]["echo_upstream_body"]["model"] == MODEL


@pytest.mark.parametrize(
    "how",
    [
        {"tools": [{"type": "openrouter:web_search"}]},
        {"plugins": [{"id": "web"}]},
        {"model": f"{MODEL}:online"},
    ],
)
def test_a_search_leaves_citations_and_counters(chat, how):
    body = chat.whole("Look it up", **how)
    citation = body["choices"][0]["message"]["annotations"][0]
    assert citation["type"] == "url_citation"
    assert citation["url_citation"]["start_index"] == citation["url_citation"]["end_index"] == 0
    assert body["usage"]["server_tool_use_details"]["web_search_requests"] == 1
    assert "tool_calls" not in body["choices"][0]["message"]


def test_a_plugin_that_is_switched_off_does_not_search(chat):
    body = chat.whole(plugins=[{"id": "web", "enabled": False}])
    assert "server_tool_use_details" not in body["usage"]
