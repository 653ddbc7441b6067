"""Every fault, as a plain HTTP client sees it at `/responses`."""

import json
import time

import httpx
import pytest

from seed_core.emulator import Answer, Fault, Raw
from tests.emulator.conftest import MODEL
from tests.emulator.responses.conftest import events_of

HI = Answer(text="Hello there", piece=4, comments=1)


def lines(text):
    return [line for line in text.split("\n") if line.startswith("data: ")]


def read(http, stream=True):
    """What arrived, and what ended it."""
    body = {"model": MODEL, "input": "Hello", "stream": stream}
    got = b""
    try:
        with http.stream("POST", "/responses", json=body) as response:
            for block in response.iter_raw():
                got += block
    except httpx.TransportError as error:
        return got.decode(), type(error).__name__
    return got.decode(), "end"


@pytest.mark.parametrize("stream", [False, True])
def test_status_in_the_hosts_own_words(respond, emulator, stream):
    codes = {400: "invalid_prompt", 422: "invalid_prompt", 429: "rate_limit_exceeded"}
    for status in (400, 402, 404, 408, 422, 429, 500, 502, 503, 504, 524, 529):
        emulator.script(Fault.status(status))
        response = respond.post(stream=stream)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-generation-id"]
        body = response.json()
        assert body["error"].keys() == {"code", "message"}
        assert body["error"]["code"] == codes.get(status, "server_error")
        assert body["metadata"] is None


def test_status_in_own_words(respond, emulator):
    metadata = {"provider_name": "Seed"}
    emulator.script(
        Fault.status(503, message="Busy", code="busy", metadata=metadata, retry_after=2)
    )
    response = respond.post()
    assert response.headers["retry-after"] == "2"
    assert response.json() == {"error": {"code": "busy", "message": "Busy"}, "metadata": metadata}


def test_an_error_in_the_body_of_a_200(respond, emulator):
    fault = Fault.error_in_body(502)
    emulator.script(fault, fault)
    told = {
        "error": {"code": "server_error", "message": "Provider returned error"},
        "metadata": None,
    }
    response = respond.post()
    assert (response.status_code, response.json()) == (200, told)
    assert respond.events() == [told]


def test_an_error_in_the_body_where_events_have_names(face):
    fault = Fault.error_in_body("overloaded", "Busy")
    assert face().whole("Hello", fault)["error"]["message"] == "Busy"
    (event,) = face().events("Hello", fault)
    assert event["error"]["code"] == "overloaded"


def test_a_failure_with_a_partial_answer(respond, emulator):
    metadata = {"error_type": "provider_overloaded"}
    fault = Fault.error_in_choice(503, "Overloaded", metadata, Answer(text="The be"))
    emulator.script(fault, fault)
    whole, last = respond.whole(), respond.events()[-1]
    assert last["type"] == "response.failed"
    for response in (whole, last["response"]):
        assert response["status"] == "failed"
        assert response["error"] == {"code": "server_error", "message": "Overloaded"}
        assert response["error_type"] == "provider_overloaded"
        assert response["output"][0]["content"][0]["text"] == "The be"
        assert response["output"][0]["status"] == "incomplete"


def test_an_error_in_mid_stream(respond, emulator):
    emulator.script(Fault.error_mid_stream(after=6, answer=HI))
    text = respond.post(stream=True).text
    *before, error, failed = events_of(text)
    assert [event["type"] for event in before][-2:] == ["response.output_text.delta"] * 2
    assert error == {
        "type": "error",
        "error": {
            "type": "server_error",
            "code": "server_error",
            "message": "Provider returned error",
            "param": None,
        },
        "sequence_number": 6,
    }
    assert (failed["type"], failed["sequence_number"]) == ("response.failed", 7)
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error_type"] == "provider_unavailable"
    assert failed["response"]["id"] == before[0]["response"]["id"]
    assert "[DONE]" not in text


def test_a_flat_error_in_mid_stream(respond, emulator):
    emulator.script(
        Fault.error_mid_stream(1, finish=None, code="rate_limit_exceeded", message="Slow down")
    )
    text = respond.post(stream=True).text
    created, error = events_of(text)
    assert created["type"] == "response.created"
    assert error == {
        "type": "error",
        "code": "rate_limit_exceeded",
        "message": "Slow down",
        "param": None,
        "sequence_number": 1,
    }
    assert text.endswith("data: [DONE]\n\n")


def test_an_error_in_mid_stream_of_a_whole_reply_is_in_its_body(respond, emulator):
    emulator.script(Fault.error_mid_stream())
    assert set(respond.whole()) == {"error", "metadata"}


def test_each_kind_of_error_has_its_type(respond, emulator):
    types = {400: "invalid_request", 429: "rate_limit_exceeded", 504: "timeout", 418: "unmapped"}
    for code, kind in types.items():
        emulator.script(Fault.error_in_choice(code, "No"))
        assert respond.whole()["error_type"] == kind


@pytest.mark.parametrize(
    ("how", "ends"), [("close", "RemoteProtocolError"), ("reset", "ReadError"), ("end", "end")]
)
@pytest.mark.parametrize("after", [0, 1, 5])
def test_cut(respond, emulator, how, ends, after):
    emulator.script(Fault.cut(after, how=how, answer=HI))
    text, ended = read(respond.http)
    assert ended == ends
    assert len(lines(text)) == after
    assert "[DONE]" not in text


def test_cut_in_a_whole_reply(respond, emulator):
    emulator.script(Fault.cut(how="end", answer=HI))
    text, ended = read(respond.http, stream=False)
    assert ended == "end"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text)


@pytest.mark.parametrize("stream", [False, True])
def test_stall(respond, emulator, stream):
    emulator.script(Fault.stall(1, seconds=0.05, answer=HI))
    before = time.monotonic()
    text, ended = read(respond.http, stream)
    assert ended == "end"
    assert time.monotonic() - before >= 0.05
    assert "Hello there" in text


def test_garbage(respond, emulator):
    emulator.script(Fault.garbage(2, '{"type": ', HI), Fault.garbage(answer=HI))
    told = lines(respond.post(stream=True).text)
    assert told[2] == 'data: {"type": '
    assert json.loads(told[3][6:])["sequence_number"] == 2
    assert respond.post().text == '{"choices": ['


def test_drip(respond, emulator):
    emulator.script(HI, Fault.drip(seconds=0, size=7, answer=HI))
    types = [event["type"] for event in respond.events()]
    assert [event["type"] for event in respond.events()] == types


def test_comments(respond, emulator):
    emulator.script(Fault.comments(every=0.01))
    body = {"model": MODEL, "input": "Hello", "stream": True}
    with respond.http.stream("POST", "/responses", json=body) as response:
        blocks = response.iter_raw()
        assert b"".join(next(blocks) for _ in range(3)).startswith(b": \n\n: \n\n")


def test_the_rest(respond, emulator):
    emulator.script(
        Fault.html(502),
        Fault.empty(),
        Fault.content_type("text/plain", HI),
        Raw(status=418, body=b"tea"),
        Raw(body=[b"data: {}\n\n", b"data: [DONE]\n\n"]),
    )
    page = respond.post()
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert respond.post(stream=True).content == b""
    plain = respond.post(stream=True)
    assert plain.headers["content-type"] == "text/plain"
    assert events_of(plain.text)[-1]["type"] == "response.completed"
    assert respond.post().content == b"tea"
    assert respond.post(stream=True).text == "data: {}\n\ndata: [DONE]\n\n"
    emulator.script(Fault.refuse())
    with pytest.raises(httpx.RemoteProtocolError):
        respond.post()


def test_a_fault_that_comes_with_an_answer(respond, emulator):
    emulator.script(Answer(text="Hello there", fault=Fault.cut(4)))
    text, ended = read(respond.http)
    assert (len(lines(text)), ended) == (4, "RemoteProtocolError")
