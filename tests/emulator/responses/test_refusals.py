"""What the Responses refuse: at OpenRouter over HTTP, and where other hosts differ."""

import base64
import json
from typing import Any

import pytest

from seed_core.emulator import Answer
from seed_core.emulator.responses import (
    seal,
)
from tests.emulator.bodies import MP4, PDF, PNG
from tests.emulator.conftest import WEATHER as NESTED
from tests.emulator.responses.conftest import CALL, RESULT, SAID, THOUGHT, WEATHER, user

ASK = user({"type": "input_text", "text": "Hi"})


def part(**fields: Any) -> dict[str, Any]:
    return {"input": [user(fields)]}


def image(url: Any, **fields: Any) -> dict[str, Any]:
    return part(type="input_image", image_url=url, **fields)


def history(*items: Any) -> dict[str, Any]:
    return {"input": [ASK, *items, ASK]}


def tools(**fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "name": "f", **fields}]}


def choice(value: Any) -> dict[str, Any]:
    return {"tools": [WEATHER], "tool_choice": value}


def schema(**fields: Any) -> dict[str, Any]:
    return {"text": {"format": {"type": "json_schema", **fields}}}


# Each with the place that is named in `metadata.raw`.
UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    # the store: there is none
    "store": ({"store": True}, "store"),
    "previous response": ({"previous_response_id": "gen-1"}, "previous_response_id"),
    # fields
    "temperature high": ({"temperature": 2.1}, "temperature"),
    "temperature text": ({"temperature": "1"}, "temperature"),
    "top_p": ({"top_p": 1.1}, "top_p"),
    "top_k": ({"top_k": 1.5}, "top_k"),
    "top_logprobs": ({"top_logprobs": 21}, "top_logprobs"),
    "presence penalty": ({"presence_penalty": 3}, "presence_penalty"),
    "max_output_tokens zero": ({"max_output_tokens": 0}, "max_output_tokens"),
    "max_output_tokens fraction": ({"max_output_tokens": 1.5}, "max_output_tokens"),
    "max_output_tokens text": ({"max_output_tokens": "100"}, "max_output_tokens"),
    "max_tool_calls": ({"max_tool_calls": 0}, "max_tool_calls"),
    "instructions": ({"instructions": ["Be brief."]}, "instructions"),
    "include": ({"include": ["reasoning"]}, "include"),
    "include of OpenAI": ({"include": ["message.output_text.logprobs"]}, "include"),
    "truncation": ({"truncation": "middle"}, "truncation"),
    "service_tier": ({"service_tier": "gold"}, "service_tier"),
    "stream": ({"stream": "true"}, "stream"),
    "background": ({"background": 1}, "background"),
    "parallel": ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
    "session_id": ({"session_id": "x" * 257}, "session_id"),
    "user": ({"user": "x" * 257}, "user"),
    "modalities": ({"modalities": ["audio"]}, "modalities"),
    "provider": ({"provider": {"order": "seed"}}, "provider"),
    "cache_control": ({"cache_control": {"type": "forever"}}, "cache_control"),
    "metadata list": ({"metadata": []}, "metadata"),
    "metadata number": ({"metadata": {"a": 1}}, "metadata"),
    "metadata many": ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    "metadata key": ({"metadata": {"x" * 65: ""}}, "metadata"),
    "metadata brackets": ({"metadata": {"a[0]": ""}}, "metadata"),
    # reasoning
    "effort unknown": ({"reasoning": {"effort": "hard"}}, "reasoning"),
    "effort in place of the object": ({"reasoning": "high"}, "reasoning"),
    "summary": ({"reasoning": {"summary": True}}, "reasoning"),
    "reasoning max_tokens": ({"reasoning": {"max_tokens": 0}}, "reasoning"),
    # text
    "text in place of the object": ({"text": "json"}, "text"),
    "verbosity": ({"text": {"verbosity": "loud"}}, "text"),
    "format text": ({"text": {"format": "json_object"}}, "text.format"),
    "format type": ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
    "format as in chat": (schema(json_schema={"name": "x", "schema": {}}), "text.format.name"),
    "format without schema": (schema(name="x"), "text.format.schema"),
    "format long name": (schema(name="x" * 65, schema={}), "text.format.name"),
    "format strict": (schema(name="x", schema={}, strict="yes"), "text.format"),
    # tools
    "tool as in chat": ({"tools": [NESTED]}, "tools.0.name"),
    "tools object": ({"tools": {}}, "tools"),
    "tool type": ({"tools": [{"type": "tool", "name": "f"}]}, "tools.0.type"),
    "tool server unknown": ({"tools": [{"type": "openrouter:magic"}]}, "tools.0.type"),
    "tool name long": (tools(name="f" * 65), "tools.0.name"),
    "tool name spaced": (tools(name="a b"), "tools.0.name"),
    "tool parameters": (tools(parameters=[]), "tools.0"),
    "tool strict": (tools(strict="yes"), "tools.0"),
    "choice word": (choice("any"), "tool_choice"),
    "choice as in chat": (
        choice({"type": "function", "function": {"name": "get_weather"}}),
        "tool_choice.name",
    ),
    "choice type": (choice({"type": "tool", "name": "get_weather"}), "tool_choice.type"),
    "choice list": (choice(["get_weather"]), "tool_choice"),
    "choice mode": (
        choice({"type": "allowed_tools", "mode": "any", "tools": [{}]}),
        "tool_choice.mode",
    ),
    "choice of none": (
        choice({"type": "allowed_tools", "mode": "auto", "tools": []}),
        "tool_choice.tools",
    ),
    # input
    "input missing": ({"input": None}, "input"),
    "input number": ({"input": 1}, "input"),
    "input empty": ({"input": []}, "input"),
    "input of texts": ({"input": ["Hi"]}, "input"),
    "messages": ({"input": [{"content": "Hi"}]}, "input.0.type"),
    "item unknown": ({"input": [{"type": "tool_result"}]}, "input.0.type"),
    "role unknown": ({"input": [{"role": "human", "content": "Hi"}]}, "input.0.role"),
    "role of chat": ({"input": [{"role": "tool", "content": "Hi"}]}, "input.0.role"),
    "content null": ({"input": [{"role": "user", "content": None}]}, "input.0.content"),
    "content of texts": ({"input": [user("Hi")]}, "input.0.content.0"),
    "part of chat": (part(type="text", text="Hi"), "input.0.content.0.type"),
    "part image of chat": (
        part(type="image_url", image_url={"url": PNG}),
        "input.0.content.0.type",
    ),
    "output part of the user": (part(type="output_text", text="x"), "input.0.content.0.type"),
    "text missing": (part(type="input_text"), "input.0.content.0.text"),
    "image object": (image({"url": PNG}), "input.0.content.0.image_url"),
    "image missing": (part(type="input_image"), "input.0.content.0.image_url"),
    "image upload": (part(type="input_image", file_id="f"), "input.0.content.0.file_id"),
    "image detail": (image(PNG, detail="huge"), "input.0.content.0.detail"),
    "image scheme": (image("file:///x.png"), "input.0.content.0.image_url"),
    "image base64": (image("data:image/png;base64,?"), "input.0.content.0.image_url"),
    "image type": (image("data:image/tiff;base64,aaaa"), "input.0.content.0.image_url"),
    "image is a film": (image(MP4), "input.0.content.0.image_url"),
    "video object": (
        part(type="input_video", video_url={"url": MP4}),
        "input.0.content.0.video_url",
    ),
    "video is a picture": (
        part(type="input_video", video_url=PNG),
        "input.0.content.0.video_url",
    ),
    "file missing": (part(type="input_file", filename="a.pdf"), "input.0.content.0"),
    "file id": (part(type="input_file", file_id=""), "input.0.content.0.file_id"),
    "file bare": (part(type="input_file", file_data="aaaa"), "input.0.content.0.file_data"),
    "file picture": (part(type="input_file", file_data=PNG), "input.0.content.0.file_data"),
    "file name": (
        part(type="input_file", file_data=PDF, filename=1),
        "input.0.content.0.filename",
    ),
    "sound": (part(type="input_audio", input_audio={}), "input.0.content.0.input_audio.data"),
    # the model's own messages
    "answer without id": (history({**SAID, "id": None}), "input.1.id"),
    "answer without status": (
        history({key: value for key, value in SAID.items() if key != "status"}),
        "input.1.status",
    ),
    "answer status": (history({**SAID, "status": "done"}), "input.1.status"),
    "answer image": (
        history({**SAID, "content": [{"type": "input_image", "image_url": PNG}]}),
        "input.1.content.0.type",
    ),
    # calls and results
    "call without name": (history({**CALL, "name": ""}, RESULT), "input.1.name"),
    "call without call_id": (history({**CALL, "call_id": None}, RESULT), "input.1.call_id"),
    "call arguments": (history({**CALL, "arguments": {}}, RESULT), "input.1.arguments"),
    "result without call_id": (
        history(CALL, {"type": "function_call_output", "output": ""}),
        "input.2.call_id",
    ),
    "result object": (history(CALL, {**RESULT, "output": {"a": 1}}), "input.2.output"),
    "result null": (history(CALL, {**RESULT, "output": None}), "input.2.output"),
    # reasoning that comes back
    "thought without id": (history({**THOUGHT, "id": None}, SAID), "input.1.id"),
    "thought without summary": (
        history({"type": "reasoning", "id": "rs_1"}, SAID),
        "input.1.summary",
    ),
    "thought of texts": (history({**THOUGHT, "summary": ["Hm."]}, SAID), "input.1.summary"),
    "thought text": (
        history({**THOUGHT, "summary": [{"type": "text", "text": "Hm."}]}, SAID),
        "input.1.summary.0.type",
    ),
    "thought content": (
        history({**THOUGHT, "content": [{"type": "reasoning_text"}]}, SAID),
        "input.1.content.0.text",
    ),
    "thought encrypted": (history({**THOUGHT, "encrypted_content": 1}, SAID), "input.1"),
    "reference without id": ({"input": [{"type": "item_reference"}]}, "input.0.id"),
    "reference": ({"input": [ASK, {"type": "item_reference", "id": "x"}]}, "input.1.id"),
}


@pytest.mark.parametrize(("fields", "place"), UNFIT.values(), ids=UNFIT)
def test_a_request_of_the_wrong_form(respond, fields, place):
    response = respond.post(**fields)
    assert response.status_code == 400, response.text
    body = response.json()
    assert body["error"] == {"code": "invalid_prompt", "message": "Invalid Responses API request"}
    (issue,) = json.loads(body["metadata"]["raw"])
    assert ".".join(map(str, issue["path"])).startswith(place)
    assert issue["message"]


TORN = {
    "call without result": (history(CALL), "No tool output found for function call c1."),
    "result without call": (
        history(RESULT),
        "No tool call found for function call output with call_id c1.",
    ),
    "result before its call": (
        history(RESULT, CALL),
        "No tool call found for function call output with call_id c1.",
    ),
    "thought alone": (
        history(THOUGHT),
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ),
    "thought before a result": (
        history(CALL, THOUGHT, RESULT),
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ),
    "thought at the end": (
        {"input": [ASK, THOUGHT]},
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ),
    "thought before an edited answer": (
        history(THOUGHT, {"role": "assistant", "content": "The meaning of life is 42"}),
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ),
    "twice": (history(SAID, SAID), "Duplicate item found with id msg_1."),
    "tools twice": ({"tools": [WEATHER, WEATHER]}, "tool names must be unique: get_weather"),
    "tool of a text": (tools(parameters={"type": "string"}), "type must be object"),
    "choice without tools": ({"tool_choice": "required"}, "must be specified with tools"),
    "choice elsewhere": (
        choice({"type": "function", "name": "other"}),
        "'other' not found in 'tools' parameter",
    ),
    "choice of a hosted tool": (
        choice({"type": "openrouter:web_search"}),
        "'openrouter:web_search' not found in 'tools' parameter",
    ),
    "seal": (
        history({**THOUGHT, "encrypted_content": "gAAAAABo"}, SAID),
        "The encrypted content for item rs_1 could not be verified.",
    ),
    "seal of another host": (
        history({**THOUGHT, "encrypted_content": seal("Hm.")}, SAID),
        "The encrypted content for item rs_1 could not be verified.",
    ),
}


@pytest.mark.parametrize(("fields", "said"), TORN.values(), ids=TORN)
def test_a_conversation_that_does_not_hold_together(respond, fields, said):
    response = respond.post(**fields)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["code"] == "invalid_prompt"
    assert error["message"].startswith(said)


def test_the_recorded_refusal_of_an_edited_answer(recordings, respond):
    name = "openai-responses-pydantic-ai/test_openai_responses_thinking_with_modified_history.1"
    request = json.loads((recordings / f"{name}.meta.json").read_text("utf-8"))["request_body"]
    said = json.loads((recordings / f"{name}.json").read_text("utf-8"))["error"]["message"]
    given = [
        {key: value for key, value in item.items() if key != "encrypted_content"}
        for item in request["input"]
    ]
    assert respond.post(given).json()["error"]["message"] == said


def test_encrypted_reasoning_comes_back_as_it_was_or_not_at_all(respond):
    asked = {"include": ["reasoning.encrypted_content"]}
    ask = [{"role": "user", "content": "Hello"}]
    output = respond.whole(ask, **asked)["output"]
    again = [*ask, *output, *ask]
    assert respond.post(again, **asked).status_code == 200
    sealed = output[0]["encrypted_content"]
    tail = sealed[sealed.index(".") :]
    noise = base64.b64encode(b"v1s" + b"\xff" * 40).decode() + tail
    others = (sealed[:-1], sealed.replace(".", "x."), f"{sealed}A", sealed.swapcase(), "x", tail)
    bent = sealed[:60] + ("A" if sealed[60] != "A" else "B") + sealed[61:]
    for altered in (*others, noise, bent):
        output[0]["encrypted_content"] = altered
        assert respond.post(again, **asked).status_code == 400
    output[0]["encrypted_content"] = None
    assert respond.post(again, **asked).status_code == 200


def test_the_gateways_refusals_in_this_wires_words(respond):
    unknown = respond.post(model="x/y")
    assert (unknown.status_code, unknown.json()) == (
        400,
        {
            "error": {"code": "invalid_prompt", "message": "x/y is not a valid model ID"},
            "metadata": None,
        },
    )
    assert respond.post(plugins=[{"id": "magic"}]).json()["error"]["code"] == "invalid_prompt"
    both = respond.post(reasoning={"effort": "low", "max_tokens": 10})
    assert "Only one of" in both.json()["error"]["message"]
    long = respond.post("word " * 250_000).json()
    assert "maximum context length" in long["error"]["message"]
    assert long["metadata"]["previous_errors"]
    nobody = respond.post(provider={"only": ["openai"]})
    assert nobody.status_code == 404
    assert nobody.json()["error"]["code"] == "server_error"
    assert nobody.json()["metadata"]["availability"]["code"] == "no_endpoints"
    sound = {"type": "input_audio", "input_audio": {"data": "aaaa", "format": "mp3"}}
    assert respond.post([user(sound)]).status_code == 404
    filtered = respond.post(provider={"require_parameters": True}, top_k=1)
    assert filtered.json()["metadata"]["availability"]["code"] == "constraint_filtered"


def test_the_key(respond):
    respond.http.headers["Authorization"] = "Bearer invalid"
    assert respond.post().status_code == 401
    del respond.http.headers["Authorization"]
    assert respond.post().json()["error"]["message"] == "Missing Authentication header"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"Hello"'])
def test_a_body_that_is_no_object(respond, content):
    response = respond.http.post("/responses", content=content)
    assert response.status_code == 400
    assert "must be a JSON object" in response.json()["metadata"]["raw"]


def test_a_refused_request_takes_no_scripted_reply(respond, emulator):
    emulator.script(Answer(text="Kept."))
    assert respond.post(temperature=3).status_code == 400
    assert respond.text() == "Kept."
