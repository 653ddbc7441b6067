"""Every fault, as a plain HTTP client sees it."""

import json
import time

import httpx
import pytest

from seed_core.emulator import Answer, Emulator, Fault, Raw

HI = Answer(text="Hello there", reasoning="", piece=4, comments=1)


def lines(text):
    return [line for line in text.split("\n") if line.startswith("data: ")]


def read(chat, stream=True, **fields):
    """What arrived, and what ended it."""
    body = {"model": "bytedance-seed/seed-2.0-mini", "stream": stream, **fields}
    body["messages"] = [{"role": "user", "content": "Hello"}]
    got = b""
    try:
        with chat.http.stream("POST", "/chat/completions", json=body) as response:
            for block in response.iter_raw():
                got += block
    except httpx.TransportError as error:
        return got.decode(), type(error).__name__
    return got.decode(), "end"


@pytest.mark.parametrize("stream", [False, True])
def test_status_with_the_hosts_own_words(chat, emulator, stream):
    for status in (400, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 524, 529):
        emulator.script(Fault.status(status))
        response = chat.post(stream=stream)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"
        assert response.json()["error"]["code"] == status
        assert response.json()["error"]["message"]
        assert response.headers["x-generation-id"]


def test_429_as_recorded(chat, emulator):
    emulator.script(Fault.status(429))
    response = chat.post()
    assert "retry-after" not in response.headers
    assert response.json()["error"]["message"] == "Provider returned error"
    assert response.json()["error"]["metadata"]["provider_name"] == "Seed"


@pytest.mark.parametrize("value", [1.5, 0, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after(chat, emulator, value):
    emulator.script(Fault.status(429, retry_after=value))
    assert chat.post().headers["retry-after"] == str(value)


def test_status_in_own_words(chat, emulator):
    metadata = {"error_type": "rate_limit_exceeded"}
    emulator.script(
        Fault.status(
            503, message="Busy", code="busy", metadata=metadata, headers={"X-RateLimit-Reset": "9"}
        )
    )
    response = chat.post()
    assert response.headers["x-ratelimit-reset"] == "9"
    assert response.json()["error"] == {"message": "Busy", "code": "busy", "metadata": metadata}


def test_an_error_in_the_body_of_a_200(chat, emulator):
    emulator.script(Fault.error_in_body(502, metadata={"raw": "x"}), Fault.error_in_body("server"))
    response = chat.post()
    assert response.status_code == 200
    assert "choices" not in response.json()
    assert response.json()["error"] == {
        "message": "Provider returned error",
        "code": 502,
        "metadata": {"raw": "x"},
    }
    (event,) = chat.events()
    assert event["error"]["code"] == "server"


def test_an_error_in_the_choice_of_a_200(chat, emulator):
    fault = Fault.error_in_choice(503, "Overloaded", answer=Answer(text="The be"))
    emulator.script(fault, fault)
    choice = chat.whole()["choices"][0]
    assert choice["finish_reason"] == "error"
    assert choice["message"]["content"] == "The be"
    assert choice["error"] == {"message": "Overloaded", "code": 503}
    finish = [e["choices"][0] for e in chat.events() if e["choices"][0]["finish_reason"]]
    assert finish[0]["error"]["code"] == 503


def test_an_error_in_mid_stream_as_documented(chat, emulator):
    metadata = {"error_type": "provider_unavailable"}
    emulator.script(Fault.error_mid_stream(after=2, metadata=metadata, answer=HI))
    text = chat.post(stream=True).text
    first, second, broken = [json.loads(line[6:]) for line in lines(text)]
    assert [e["choices"][0]["delta"]["content"] for e in (first, second)] == ["Hell", "o th"]
    assert broken["error"] == {
        "code": 502,
        "message": "Provider returned error",
        "metadata": metadata,
    }
    assert broken["choices"][0]["finish_reason"] == "error"
    assert "usage" not in broken


def test_an_error_in_mid_stream_as_recorded_in_2025(chat, emulator):
    emulator.script(
        Fault.error_mid_stream(1, finish=None, code=400, message="Token limit reached", answer=HI)
    )
    text = chat.post(stream=True).text
    assert lines(text)[-1] == "data: [DONE]"
    broken = json.loads(lines(text)[-2][6:])
    assert broken["error"] == {"code": 400, "message": "Token limit reached"}
    assert broken["choices"][0]["finish_reason"] is None
    assert broken["usage"]["prompt_tokens"] > 0


def test_an_error_in_mid_stream_of_a_whole_reply_is_in_its_body(chat, emulator):
    emulator.script(Fault.error_mid_stream())
    assert set(chat.whole()) == {"error", "user_id"}


@pytest.mark.parametrize(
    ("how", "ends"), [("close", "RemoteProtocolError"), ("reset", "ReadError"), ("end", "end")]
)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_cut(chat, emulator, how, ends, after):
    emulator.script(Fault.cut(after, how=how, answer=HI))
    text, ended = read(chat)
    assert ended == ends
    # Everything before the cut arrives.
    assert len(lines(text)) == after
    assert "[DONE]" not in text


def test_cut_in_a_whole_reply(chat, emulator):
    emulator.script(Fault.cut(answer=HI), Fault.cut(0, answer=HI), Fault.cut(how="end", answer=HI))
    text, ended = read(chat, stream=False)
    assert (text[:3], ended) == ("\n  ", "RemoteProtocolError")
    assert text.count("{") > 0
    text, ended = read(chat, stream=False)
    assert (text.strip(), ended) == ("", "RemoteProtocolError")
    text, ended = read(chat, stream=False)
    assert ended == "end"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text)


def test_stall_falls_silent_and_goes_on(chat, emulator):
    emulator.script(Fault.stall(after=2, seconds=0.15, answer=HI))
    began = time.monotonic()
    text, ended = read(chat)
    assert ended == "end"
    assert text.endswith("[DONE]\n\n")
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("after", [-1, 0, 1])
@pytest.mark.parametrize("stream", [False, True])
def test_stall_outlasts_a_read_timeout(chat, emulator, after, stream):
    emulator.script(Fault.stall(after, seconds=60, answer=HI))
    with pytest.raises(httpx.ReadTimeout):
        chat.http.post(
            "/chat/completions",
            json={
                "model": "bytedance-seed/seed-2.0-mini",
                "messages": [{"role": "user", "content": "Hello"}],
                "stream": stream,
            },
            timeout=httpx.Timeout(5, read=0.05),
        )


def test_garbage(chat, emulator):
    emulator.script(Fault.garbage(1, "not json", answer=HI), Fault.garbage(text="<x>"))
    got = lines(chat.post(stream=True).text)
    assert got[1] == "data: not json"
    assert got[-1] == "data: [DONE]"
    response = chat.post()
    assert (response.status_code, response.text) == (200, "<x>")
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("stream", [False, True])
def test_drip_is_the_same_reply_in_drops(chat, emulator, stream):
    emulator.script(Fault.drip(seconds=0, size=7, answer=Answer(text="Hel☃lo")))
    response = chat.post(stream=stream)
    assert "Hel☃lo" in response.text
    assert response.text.strip().endswith("[DONE]" if stream else "}")


@pytest.mark.parametrize("stream", [False, True])
def test_comments_forever(chat, emulator, stream):
    emulator.script(Fault.comments(every=0.005))
    body = {
        "model": "bytedance-seed/seed-2.0-mini",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": stream,
    }
    seen = b""
    with chat.http.stream("POST", "/chat/completions", json=body) as response:
        for block in response.iter_raw():
            seen += block
            if len(seen) > 100:
                break
    assert not seen.replace(b": OPENROUTER PROCESSING", b"").strip()
    assert wait_until(lambda: emulator.requests[-1].disconnected)


def test_comments_after_some_events(chat, emulator):
    emulator.script(Fault.comments(every=0.005, after=3, answer=HI))
    body = {"model": "bytedance-seed/seed-2.0-mini", "messages": [], "stream": True}
    body["messages"] = [{"role": "user", "content": "Hello"}]
    seen = b""
    with chat.http.stream("POST", "/chat/completions", json=body) as response:
        for block in response.iter_raw():
            seen += block
            if len(seen) > 5000:
                break
    assert seen.count(b"data: ") == 3
    assert seen.endswith(b"PROCESSING\n\n")


def test_refuse(chat, emulator):
    emulator.script(Fault.refuse())
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        chat.post()
    assert emulator.requests[-1].disconnected is False


def test_html(chat, emulator):
    emulator.script(Fault.html(), Fault.html(200, "<p>Log in</p>"))
    response = chat.post()
    assert response.status_code == 502
    assert response.headers["content-type"] == "text/html"
    assert "<html>" in response.text
    assert chat.post().status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_empty(chat, emulator, stream):
    emulator.script(Fault.empty(), Fault.empty(503))
    response = chat.post(stream=stream)
    assert (response.status_code, response.content) == (200, b"")
    assert chat.post(stream=stream).status_code == 503


def test_wrong_content_type(chat, emulator):
    emulator.script(Fault.content_type("text/html"), Fault.content_type(answer=HI))
    assert chat.post().headers["content-type"] == "text/html"
    response = chat.post(stream=True)
    assert response.headers["content-type"] == "text/plain"
    assert "[DONE]" in response.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed(chat, emulator, coding, stream):
    emulator.script(Fault.compressed(coding, answer=HI))
    response = chat.post(stream=stream)
    assert response.headers["content-encoding"] == coding
    assert "Hell" in response.text
    assert response.text.strip().endswith("[DONE]" if stream else "}")


def test_a_fault_without_an_answer_breaks_the_rule_based_one(chat, emulator):
    emulator.script(Fault.cut(6, how="end"))
    text, _ = read(chat)
    assert "You said" in text


def test_an_answer_may_carry_its_fault(chat, emulator):
    emulator.script(Answer(text="abcd", piece=1, fault=Fault.cut(2, how="end")))
    text, _ = read(chat)
    assert len(lines(text)) == 2
    assert '"content":"a"' in text


def test_delay_between_events(chat, emulator):
    emulator.script(Answer(text="abc", piece=1, delay=0.02), Answer(text="abc", delay=0.05))
    began = time.monotonic()
    chat.events()
    between = time.monotonic()
    assert between - began >= 5 * 0.02
    chat.whole()
    assert time.monotonic() - between >= 0.05


def test_raw_bytes(chat, emulator):
    emulator.script(
        Raw(418, {"X-Note": "tea"}, b"short and stout"),
        Raw(body=[b"data: {", b"}\n\n"], delay=0.01),
        Raw(headers={"content-type": "application/x-ndjson"}, body=b"{}"),
        Raw(headers={"content-type": ""}),
        Raw(body=[b"data: {", b"}"], cut=True),
    )
    response = chat.post()
    assert (response.status_code, response.text) == (418, "short and stout")
    assert response.headers["x-note"] == "tea"
    assert response.headers["content-type"] == "application/json"
    response = chat.post(stream=True)
    assert (response.text, response.headers["content-type"]) == (
        "data: {}\n\n",
        "text/event-stream",
    )
    assert chat.post().headers["content-type"] == "application/x-ndjson"
    assert "content-type" not in chat.post().headers
    assert read(chat) == ("data: {}", "RemoteProtocolError")


def test_scripts_are_taken_in_order_then_the_rules_are_back(chat, emulator):
    emulator.script(Answer(text="one"), Answer(text="two"))
    emulator.script(Answer(text="three"))
    texts = [chat.message()["content"] for _ in range(4)]
    assert texts[:3] == ["one", "two", "three"]
    assert texts[3].startswith("You said")


def test_a_refused_request_takes_no_script(chat, http, emulator):
    emulator.script(Answer(text="one"))
    assert chat.post(temperature=9).status_code == 400
    assert http.get("/models").status_code == 200
    assert chat.message()["content"] == "one"


def test_clear_forgets_scripts_and_requests(chat, emulator):
    emulator.script(Answer(text="one"))
    emulator.clear()
    assert emulator.requests == []
    assert chat.message()["content"] != "one"
    assert len(emulator.requests) == 1


def test_what_cannot_be_scripted():
    emulator = Emulator()
    with pytest.raises(TypeError, match="use Answer, Raw or Fault"):
        emulator.script("Hello")  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(ValueError, match="no host 'x' here; there is openrouter"):
        emulator.script(Answer(), host="x")


def wait_until(done, seconds=2.0):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
