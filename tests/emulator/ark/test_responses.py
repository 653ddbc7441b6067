"""Ark's Responses: what the vendor adds to the wire, leaves out of it, and keeps."""

from typing import Any

import pytest

from seed_core.emulator import Answer, Fault, ToolUse
from tests.emulator.ark.conftest import NEW, OLD
from tests.emulator.ark.test_shapes import keys, load
from tests.emulator.bodies import MP4, PNG
from tests.emulator.messages.asking import events_of

FLAT = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


@pytest.fixture
def ask(http):
    def post(**fields: Any) -> Any:
        return http.post("/responses", json={"model": OLD, "input": "Hello", **fields})

    return post


def said(*content: Any, **fields: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": list(content), **fields}]}


def wanted(kind: str, **fields: Any) -> dict[str, Any]:
    return {"text": {"format": {"type": kind, **fields}}}


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "developer": (
        {"input": [{"role": "developer", "content": "x"}]},
        400,
        "InvalidParameter",
    ),
    "auto": ({"thinking": {"type": "auto"}}, 400, "InvalidParameter"),
    "thinking": ({"thinking": {"type": "on"}}, 400, "InvalidParameter"),
    "disabled and effort": (
        {"thinking": {"type": "disabled"}, "reasoning": {"effort": "high"}},
        400,
        "InvalidParameter",
    ),
    "effort": ({"reasoning": {"effort": "hard"}}, 400, "InvalidParameter"),
    "nested tool": (
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        400,
        "MissingParameter",
    ),
    "hosted tool at BytePlus": ({"tools": [{"type": "web_search"}]}, 400, "InvalidParameter"),
    "schema, newer build": (
        {"model": NEW, **wanted("json_schema", name="x", schema={})},
        400,
        "InvalidParameter",
    ),
    "object unasked": (wanted("json_object"), 400, "InvalidParameter"),
    "prefix and stream": (
        {"caching": {"type": "enabled", "prefix": True}, "stream": True},
        400,
        "InvalidParameter",
    ),
    "prefix and limit": (
        {"caching": {"type": "enabled", "prefix": True}, "max_output_tokens": 5},
        400,
        "InvalidParameter",
    ),
    "caching": ({"caching": {"type": "on"}}, 400, "InvalidParameter"),
    "service_tier": ({"service_tier": "flex"}, 400, "InvalidParameter"),
    "image object": (
        said({"type": "input_image", "image_url": {"url": PNG}}),
        400,
        "InvalidParameter",
    ),
    "detail": (
        said({"type": "input_image", "image_url": PNG, "detail": "huge"}),
        400,
        "InvalidArgumentError.InvalidImageDetail",
    ),
    "fps": (
        said({"type": "input_video", "video_url": MP4, "fps": 9}),
        400,
        "InvalidParameter",
    ),
    "partial": (said({"type": "input_text", "text": "x"}, partial=1), 400, "InvalidParameter"),
    "model": ({"model": "doubao-seed-2-0-mini-260215"}, 404, "InvalidEndpointOrModel.NotFound"),
    "model missing": ({"model": None}, 400, "InvalidParameter"),
    "previous": ({"previous_response_id": "resp_none"}, 404, "NotFound.Response"),
    "too long": ({"input": "word " * 250_000}, 400, "OutofContextError"),
}


@pytest.mark.parametrize(("fields", "status", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_request_is_refused(ask, fields, status, code):
    response = ask(**fields)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers["x-request-id"] in response.json()["error"]["message"]


def test_hosted_tools_are_at_volcengine(volc):
    body = {"model": "doubao-seed-2-0-mini-260215", "input": "Hi"}
    response = volc.post("/responses", json={**body, "tools": [{"type": "web_search"}]})
    assert response.status_code == 200
    assert response.json()["usage"]["tool_usage"] == {"web_search": 1}
    assert "tool_usage" not in volc.post("/responses", json=body).json()["usage"]


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": {"type": "disabled"}, "reasoning": {"effort": "minimal"}},
        {"input": "Answer in JSON", **wanted("json_object")},
        wanted("json_schema", name="x", schema={"type": "object", "properties": {}}),
        {"caching": {"type": "enabled", "prefix": True}},
        said({"type": "input_image", "image_url": PNG, "image_pixel_limit": {"max_pixels": 9}}),
        said({"type": "input_video", "video_url": MP4, "fps": 5}),
        said({"type": "input_text", "text": "x"}, partial=True),
        {"tools": [FLAT]},
    ],
)
def test_what_the_host_takes_is_taken(ask, fields):
    response = ask(**fields)
    assert response.status_code == 200, response.text


def test_a_whole_response_beside_the_recorded(recordings, ask, script):
    first = load(recordings, "byteplus-docs/responses_round1.json")
    second = load(recordings, "byteplus-docs/responses_round2.json")
    script(
        Answer(tool_calls=[ToolUse("get_weather", '{"location": "London"}')]),
        Answer(text="Rain.", reasoning="Got the tool response."),
    )
    ours = ask(tools=[FLAT]).json()
    assert keys(first) <= keys(ours)
    assert keys(first["output"]) == keys(ours["output"])
    (called,) = ours["output"]
    result = {"type": "function_call_output", "call_id": called["call_id"], "output": "Rain"}
    ours = ask(input=[result], previous_response_id=ours["id"]).json()
    assert keys(ours) - keys(second) == {".thinking", ".thinking.type"}
    assert keys(second) <= keys(ours)


def test_a_streamed_response_beside_the_recorded(recordings, ask, script):
    text = (recordings / "byteplus-docs/responses_stream_head.sse").read_text("utf-8")
    real = events_of(text)
    script(Answer(text="Hi", reasoning="Got it, and more", piece=2))
    response = ask(stream=True)
    ours = events_of(response.text)[: len(real)]
    assert [event["type"] for event in ours] == [event["type"] for event in real]
    for event, recorded in zip(ours, real, strict=True):
        assert keys(event) == keys(recorded)
    assert "[DONE]" not in response.text
    assert response.headers["x-request-id"] in ours[0]["response"]["id"]
    assert ours[0]["response"]["id"].startswith("resp_021")


def test_responses_are_kept_and_deleted(ask, http):
    told = ask(input="My name is Ann.").json()
    assert told["store"] is True
    assert http.get(f"/responses/{told['id']}").json() == told
    items = http.get(f"/responses/{told['id']}/input_items").json()["data"]
    assert "Ann" in str(items)
    assert http.delete(f"/responses/{told['id']}").json()["deleted"] is True
    response = http.get(f"/responses/{told['id']}")
    assert (response.status_code, response.json()["error"]["type"]) == (404, "NotFound")
    unkept = ask(store=False).json()["id"]
    assert http.get(f"/responses/{unkept}").status_code == 404


def test_newer_builds_seal_their_reasoning(ask):
    thought, message = ask(model=NEW).json()["output"]
    assert thought["encrypted_content"].startswith("djF")
    again = [{"role": "user", "content": "Hi"}, thought, message, {"role": "user", "content": "Go"}]
    assert ask(input=again).status_code == 200
    again[1] = {**thought, "encrypted_content": thought["encrypted_content"][:-4] + "AAAA"}
    error = ask(input=again).json()["error"]
    assert error["message"].startswith("Invalid signature")
    assert "encrypted_content" not in ask().json()["output"][0]


def test_thinking_can_be_off(ask):
    assert len(ask().json()["output"]) == 2
    assert len(ask(thinking={"type": "disabled"}).json()["output"]) == 1
    assert len(ask(reasoning={"effort": "minimal"}).json()["output"]) == 1


def test_faults_are_in_arks_words(ask, script):
    script(Fault.status(429, code="ServerOverloaded"), Fault.error_mid_stream(2))
    response = ask()
    assert (response.status_code, response.json()["error"]["code"]) == (429, "ServerOverloaded")
    events = events_of(ask(stream=True).text)
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"]["code"] == "InternalServiceError"
