"""Every fault, as a plain client of Messages sees it."""

import json

import httpx
import pytest

from seed_core.emulator import Answer, Fault

HI = Answer(text="Hello there", piece=4, comments=0)


def read(ask, stream=True):
    """What arrived, and what ended it."""
    body = {**ask.fields, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}
    got = b""
    try:
        with ask.http.stream("POST", ask.path, json=body) as response:
            for block in response.iter_raw():
                got += block
    except httpx.TransportError as error:
        return got.decode(), type(error).__name__
    return got.decode(), "end"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_status(ask, emulator, status, kind):
    emulator.script(Fault.status(status))
    response = ask.post(stream=True)
    assert response.status_code == status
    body = response.json()
    assert (body["type"], body["error"]["type"], body["request_id"]) == ("error", kind, None)
    assert body["error"]["message"]
    assert body["error"]["error_type"] != "unmapped"


def test_status_in_own_words(ask, emulator):
    fault = Fault.status(
        503, message="Busy", code="overloaded_error", metadata={"a": 1}, retry_after=2
    )
    emulator.script(fault)
    response = ask.post()
    assert response.headers["retry-after"] == "2"
    assert response.json()["error"]["type"] == "overloaded_error"
    assert response.json()["error"]["message"] == "Busy"
    assert response.json()["metadata"] == {"a": 1}


def test_an_error_in_the_body_of_a_200(ask, emulator):
    emulator.script(Fault.error_in_body(529, "Overloaded"), Fault.error_in_body(529, "Overloaded"))
    response = ask.post()
    assert response.status_code == 200
    assert response.json()["error"]["type"] == "overloaded_error"
    (event,) = ask.events()
    assert event["error"]["message"] == "Overloaded"


def test_an_error_in_mid_stream(ask, emulator):
    emulator.script(Fault.error_mid_stream(4, code=529, message="Overloaded", answer=HI))
    *before, broken = ask.events()
    assert [event["type"] for event in before] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
    ]
    assert broken["type"] == "error"
    assert broken["error"]["type"] == "overloaded_error"
    assert broken["error"]["message"] == "Overloaded"


def test_an_error_in_a_choice_comes_before_the_end(ask, emulator):
    fault = Fault.error_in_choice(503, "Gone", answer=HI)
    emulator.script(fault, fault)
    events = ask.events()
    assert [event["type"] for event in events[-2:]] == ["content_block_stop", "error"]
    assert ask.post().json()["error"]["message"] == "Gone"


@pytest.mark.parametrize(
    ("how", "ends"), [("close", "RemoteProtocolError"), ("reset", "ReadError"), ("end", "end")]
)
@pytest.mark.parametrize("after", [0, 1, 4])
def test_cut(ask, emulator, how, ends, after):
    emulator.script(Fault.cut(after, how=how, answer=HI))
    text, ended = read(ask)
    assert ended == ends
    assert text.count("event: ") == after
    assert "message_stop" not in text


def test_cut_in_a_whole_message(ask, emulator):
    emulator.script(Fault.cut(how="end", answer=HI))
    text, _ = read(ask, stream=False)
    assert text.startswith("{")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text)


def test_stall(ask, emulator):
    emulator.script(Fault.stall(2, seconds=60, answer=HI), Fault.stall(2, seconds=0.01, answer=HI))
    timeout = httpx.Timeout(5, read=0.05)
    with pytest.raises(httpx.ReadTimeout):
        ask.http.post(
            ask.path,
            json={**ask.fields, "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
            timeout=timeout,
        )
    assert ask.events()[-1]["type"] == "message_stop"


def test_garbage(ask, emulator):
    emulator.script(Fault.garbage(1, "not json", answer=HI), Fault.garbage(text="<x>"))
    wire = ask.post(stream=True).text
    assert wire.split("\n\n")[1].strip() == "data: not json"
    assert ask.post().text == "<x>"


@pytest.mark.parametrize("stream", [False, True])
def test_drip(ask, emulator, stream):
    emulator.script(Fault.drip(seconds=0, size=7, answer=Answer(text="Hel☃lo")))
    text, ended = read(ask, stream)
    assert ended == "end"
    assert "Hel☃lo" in text


@pytest.mark.parametrize("stream", [False, True])
def test_comments_forever(ask, emulator, stream):
    emulator.script(Fault.comments(every=0.005))
    body = {**ask.fields, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}
    seen = b""
    with ask.http.stream("POST", ask.path, json=body) as response:
        for block in response.iter_raw():
            seen += block
            if len(seen) > 5:
                break
    assert not seen.replace(b": OPENROUTER PROCESSING", b"").strip()


def test_refuse_html_empty_and_a_wrong_type(ask, emulator):
    emulator.script(
        Fault.refuse(), Fault.html(), Fault.empty(503), Fault.content_type("text/plain", answer=HI)
    )
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        ask.post()
    assert "<html>" in ask.post().text
    assert (ask.post().status_code, ask.post(stream=True).headers["content-type"]) == (
        503,
        "text/plain",
    )
