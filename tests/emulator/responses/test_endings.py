"""How a response ends: its status, its usage, and what is remembered of it."""

import pytest

from seed_core.emulator import Answer, ToolUse


def test_only_the_last_event_has_usage_and_output(respond):
    created, in_progress, *_, last = respond.events()
    for event in (created, in_progress):
        response = event["response"]
        assert (response["usage"], response["output"]) == (None, [])
        assert (response["status"], response["completed_at"]) == ("in_progress", None)
    assert last["response"]["usage"]["total_tokens"] > 0
    assert last["response"]["status"] == "completed"


@pytest.mark.parametrize("stream", [False, True])
def test_usage(respond, emulator, stream):
    usage = {"total_tokens": 1, "cost": ..., "input_tokens_details": {"cached_tokens": 5}}
    emulator.script(Answer(text="x", usage=usage), Answer(text="x", usage_shape=0))

    def told():
        whole = respond.events()[-1]["response"] if stream else respond.whole()
        return whole["usage"]

    first = told()
    assert first["total_tokens"] == 1
    assert first["input_tokens_details"] == {"cached_tokens": 5}
    assert "cost" not in first
    assert told() is None


def test_usage_adds_up_and_costs(respond):
    usage = respond.whole()["usage"]
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]
    assert 0 < usage["output_tokens_details"]["reasoning_tokens"] < usage["output_tokens"]
    parts = usage["cost_details"]
    assert usage["cost"] == pytest.approx(
        parts["upstream_inference_input_cost"] + parts["upstream_inference_output_cost"]
    )


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("length", "max_output_tokens"), ("content_filter", "content_filter")],
)
def test_an_incomplete_response(respond, emulator, finish, reason):
    answer = Answer(text="The be", finish=finish)
    emulator.script(answer, answer)
    whole, last = respond.whole(), respond.events()[-1]
    assert last["type"] == "response.incomplete"
    for response in (whole, last["response"]):
        assert response["status"] == "incomplete"
        assert response["incomplete_details"] == {"reason": reason}
        assert response["output"][-1]["status"] == "incomplete"
        assert response["completed_at"] is None
        assert response["usage"]


def test_a_limit_that_is_reached(respond):
    short = respond.whole("Hello", max_output_tokens=5)
    assert short["incomplete_details"] == {"reason": "max_output_tokens"}
    # It was used up by thinking.
    assert [item["type"] for item in short["output"]] == ["reasoning"]
    assert short["usage"]["output_tokens"] == 5


def test_a_host_with_a_limit_of_its_own(face):
    small = face(max_output=5, reasons={"length": "length"})
    assert small.whole()["incomplete_details"] == {"reason": "length"}
    assert small.whole(max_output_tokens=500)["status"] == "completed"


def test_a_failed_response(respond, emulator):
    answer = Answer(text="The be", finish="error")
    emulator.script(answer, answer)
    whole, last = respond.whole(), respond.events()[-1]
    assert last["type"] == "response.failed"
    for response in (whole, last["response"]):
        assert response["status"] == "failed"
        assert response["error"]["code"] == "server_error"
        assert response["error"]["message"]
        assert response["error_type"]


def test_no_finish_is_no_end(respond, emulator):
    answer = Answer(text="The be", finish=None)
    emulator.script(answer, answer)
    assert respond.whole()["status"] == "in_progress"
    assert respond.events()[-1]["type"] == "response.output_item.done"


def test_a_generation_is_remembered(respond, emulator):
    emulator.script(Answer(text="x", cost=0.25), Answer(tool_calls=[ToolUse("f")]))
    before = respond.http.get("/key").json()["data"]["usage"]
    first, second = respond.whole(), respond.events()[-1]["response"]
    assert respond.http.get("/key").json()["data"]["usage"] >= before + 0.25

    def record(ident):
        return respond.http.get("/generation", params={"id": ident}).json()["data"]

    told = record(first["id"])
    assert (told["usage"], told["finish_reason"], told["streamed"]) == (0.25, "stop", False)
    assert told["tokens_prompt"] == first["usage"]["input_tokens"]
    assert (record(second["id"])["finish_reason"], record(second["id"])["streamed"]) == (
        "tool_calls",
        True,
    )
