"""What is understood of a request: every item and part reaches the answer by rule."""

import pytest

from seed_core.emulator import Fault
from seed_core.emulator.responses.shelf import Shelf
from seed_core.emulator.serving import Refused
from tests.emulator.bodies import MP4, PDF, PNG
from tests.emulator.responses.conftest import CALL, RESULT, SAID, THOUGHT, WEATHER, tool, user

HI = {"type": "input_text", "text": "Hi"}


def test_a_text_and_a_message_are_the_same(respond):
    texts = {
        respond.text("Hello"),
        respond.text([{"role": "user", "content": "Hello"}]),
        respond.text([{"type": "message", **user({"type": "input_text", "text": "Hello"})}]),
    }
    assert texts == {'You said: "Hello". (A canned answer of the emulator, not of the model.)'}


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ({"type": "input_image", "image_url": PNG}, "1 image (image/png, 8 bytes)"),
        ({"type": "input_image", "image_url": "https://a/b.png", "detail": "low"}, "https://a/b"),
        ({"type": "input_video", "video_url": MP4}, "1 video (video/mp4, 8 bytes)"),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
            "1 document (a.pdf, application/pdf, 8 bytes)",
        ),
        ({"type": "input_file", "file_url": "https://a/b.pdf"}, "1 document (https://a/b.pdf)"),
        ({"type": "input_file", "file_id": "file-1"}, "1 document (file-1)"),
    ],
)
def test_media(respond, part, shown):
    assert shown in respond.text([user(HI, part)])


def test_media_weigh(respond):
    plain = respond.whole([user(HI)])["usage"]["input_tokens"]
    film = {"type": "input_video", "video_url": MP4}
    assert respond.whole([user(HI, film)])["usage"]["input_tokens"] == plain + 1024


def test_a_call_and_its_result(respond):
    ask = {"role": "user", "content": "What is the weather in Paris?"}
    first = respond.whole([ask], tools=[WEATHER])
    thought, call = first["output"]
    assert (thought["type"], call["name"]) == ("reasoning", "get_weather")
    assert call["arguments"] == '{"location": "Paris"}'
    assert call["call_id"] != call["id"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "Sunny."}
    assert "get_weather answered: Sunny." in respond.text(
        [ask, thought, call, result], tools=[WEATHER]
    )


def test_a_result_in_parts(respond):
    output = [
        {"type": "input_text", "text": "A map."},
        {"type": "input_image", "image_url": PNG},
    ]
    ask = {"role": "user", "content": "Where?"}
    said = respond.text([ask, CALL, {**RESULT, "output": output}], tools=[WEATHER])
    assert "get_weather answered: A map. 1 image (image/png, 8 bytes)" in said


def test_calls_at_once_and_results_in_any_order(respond):
    second = {**CALL, "call_id": "c2", "name": "get_time"}
    ask = {"role": "user", "content": "Weather and time?"}
    results = [{**RESULT, "call_id": "c2", "output": "Noon."}, RESULT]
    said = respond.text([ask, CALL, second, *results])
    assert "get_time answered: Noon. get_weather answered: Sunny." in said


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", []),
        ("auto", ["get_weather"]),
        ("required", ["get_weather"]),
        ({"type": "function", "name": "other"}, ["other"]),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "other"}],
            },
            ["other"],
        ),
        ({"type": "openrouter:web_search"}, ["get_weather"]),
    ],
)
def test_tool_choices(respond, choice, called):
    offered = [WEATHER, tool("other"), {"type": "openrouter:web_search"}]
    output = respond.whole("The weather?", tools=offered, tool_choice=choice)["output"]
    assert [item["name"] for item in output if item["type"] == "function_call"] == called


def test_formats(respond):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    flat = {"type": "json_schema", "name": "x", "schema": schema, "strict": True}
    assert respond.text("I live in Paris.", text={"format": flat}) == '{"city": "Paris"}'
    plain = respond.text('JSON with "a", please.', text={"format": {"type": "json_object"}})
    assert plain.startswith('{"a": ')
    assert respond.text("Hello", text={"format": {"type": "text"}}).startswith("You said")


def test_instructions_and_roles_are_read(respond):
    schema = '{"properties": {"n": {"type": "integer"}}, "required": ["n"]}'
    assert respond.text("7", instructions=f"Answer as {schema}") == '{"n": 7}'
    for role in ("system", "developer"):
        told = {"role": role, "content": f"Answer as {schema}"}
        assert respond.text([told, {"role": "user", "content": "7"}]) == '{"n": 7}'


def test_effort(respond):
    def thought(**reasoning):
        (part,) = respond.items(reasoning=reasoning)["reasoning"]["content"]
        return part["text"]

    lengths = [len(thought(effort=effort)) for effort in ("minimal", "low", "medium", "high")]
    assert lengths == sorted(set(lengths))
    assert thought(effort="xhigh") == thought(effort="max") == thought(effort="high")
    assert thought() == thought(effort="medium")
    assert len(thought(max_tokens=2)) == 8
    for off in ({"effort": "none"}, {"enabled": False}):
        assert "reasoning" not in respond.items(reasoning=off)
        assert respond.whole(reasoning=off)["usage"]["output_tokens_details"] == {
            "reasoning_tokens": 0
        }


def test_the_whole_output_goes_back_in(respond):
    ask = {"role": "user", "content": "What is the weather in Paris?"}
    asked = {"include": ["reasoning.encrypted_content"], "tools": [WEATHER], "store": False}
    talk = [ask]
    for _ in range(2):
        output = respond.whole(talk, **asked)["output"]
        talk += output
        calls = [item["call_id"] for item in output if item["type"] == "function_call"]
        talk += [{**RESULT, "call_id": call} for call in calls]
    talk.append({"role": "user", "content": "Thanks."})
    assert "Thanks" in respond.text(talk, **asked)


def test_history_that_is_taken(respond):
    said = {"role": "assistant", "content": "Hi."}
    searched = {"type": "web_search_call", "id": "ws_1", "status": "searching"}
    refused = {**SAID, "id": "msg_2", "content": [{"type": "refusal", "refusal": "No."}]}
    typed = {"role": "assistant", "content": [HI]}
    signed = {**THOUGHT, "signature": "x", "format": "unknown", "status": "completed"}
    given = [{"role": "user", "content": "Hi"}, said, searched, typed, signed, SAID, refused]
    assert "Go on" in respond.text([*given, {"role": "user", "content": "Go on"}])


def test_what_was_sent_before_is_cached(respond):
    long = {"role": "user", "content": "word " * 1000}
    first = respond.whole([long], cache_control={"type": "ephemeral"})["usage"]
    assert first["input_tokens_details"]["cached_tokens"] == 0
    assert first["input_tokens_details"]["cache_write_tokens"] == first["input_tokens"]
    text = {"type": "input_text", "text": "More."}
    marked = {**text, "prompt_cache_breakpoint": {"mode": "explicit"}}
    second = respond.whole([long, SAID, user(marked)])["usage"]["input_tokens_details"]
    assert second["cached_tokens"] > 1024
    third = respond.whole([long, SAID, user(text)])["usage"]
    # The mark made no other prompt.
    assert third["input_tokens_details"] == {"cached_tokens": third["input_tokens"]}


def test_unknown_fields_are_ignored(respond):
    assert respond.text(stop=["said"], seed="x", stream_options=1, conversation=1)


# A host that stores.


def test_a_conversation_goes_on_by_its_id(face):
    kept = face(store="kept")
    first = kept.whole("What is the weather in Paris?", tools=[WEATHER])
    (call,) = [item for item in first["output"] if item["type"] == "function_call"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "Sunny."}
    second = kept.whole([result], previous_response_id=first["id"])
    assert second["previous_response_id"] == first["id"]
    assert "get_weather answered: Sunny." in second["output"][-1]["content"][0]["text"]
    third = kept.events("And tomorrow?", previous_response_id=second["id"])
    assert third[-1]["response"]["usage"]["input_tokens"] > second["usage"]["input_tokens"]


def test_instructions_are_not_inherited(face):
    kept = face(store="kept")
    schema = '{"properties": {"n": {"type": "integer"}}, "required": ["n"]}'
    first = kept.whole("7", instructions=f"Answer as {schema}")
    assert first["output"][-1]["content"][0]["text"] == '{"n": 7}'
    second = kept.whole("8", previous_response_id=first["id"])
    assert second["output"][-1]["content"][0]["text"].startswith("You said")


def test_what_is_not_stored_is_not_found(face):
    kept = face(store="kept")
    unstored = kept.whole(store=False)["id"]
    kept.raw("Hello", Fault.cut())
    for ident in (unstored, "resp_2", "resp_9"):
        with pytest.raises(Refused) as caught:
            kept.whole(previous_response_id=ident)
        assert caught.value.body["error"]["param"] == "previous_response_id"
        assert f"'{ident}' not found" in caught.value.body["error"]["message"]
    stored = kept.whole()["id"]
    kept.responses.forget()
    with pytest.raises(Refused):
        kept.whole(previous_response_id=stored)


def test_a_stored_response_can_be_asked_for_and_deleted(face):
    kept = face(store="kept")
    whole = kept.whole()
    ident = whole["id"]
    assert kept.responses.stored(ident) == whole
    listed = kept.responses.inputs(ident)
    assert [item["content"] for item in listed["data"]] == ["Hello"]
    assert kept.responses.delete(ident) == {"id": ident, "object": "response", "deleted": True}
    for gone in (kept.responses.stored, kept.responses.inputs, kept.responses.delete):
        with pytest.raises(Refused, match="not found"):
            gone(ident)


def test_references_are_resolved_where_something_is_stored(face):
    kept = face(store="kept")
    message = kept.whole()["output"][-1]
    again = [{"type": "item_reference", "id": message["id"]}, {"role": "user", "content": "And?"}]
    assert kept.whole(again)["usage"]["input_tokens"] > kept.whole("And?")["usage"]["input_tokens"]
    deaf = face()  # what a host does with ids that it cannot know is its own affair
    assert deaf.whole(again)["usage"]["input_tokens"] == deaf.whole("And?")["usage"]["input_tokens"]
    assert deaf.whole(again[:1])["output"]


def test_the_oldest_go_when_the_store_is_full():
    shelf = Shelf()
    for number in range(1001):
        shelf.put({"id": str(number), "output": []}, [])
    with pytest.raises(Exception, match="'0' not found"):
        shelf.get("0", "response_id")
    assert shelf.get("1", "response_id").response["id"] == "1"
