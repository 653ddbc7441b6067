"""Faults at Ark: in its own error bodies, on its own stream."""

import json

import httpx
import pytest

from seed_core.emulator import Answer, Fault, Raw
from tests.emulator.ark.conftest import OLD
from tests.emulator.bodies import user

HI = Answer(text="Hello there", piece=4)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidParameter", "BadRequest"),
        (401, "AuthenticationError", "Unauthorized"),
        (403, "AccessDenied", "Forbidden"),
        (404, "InvalidEndpointOrModel.NotFound", "NotFound"),
        (429, "ModelAccountRpmRateLimitExceeded", "TooManyRequests"),
        (500, "InternalServiceError", "InternalServerError"),
        (503, "InternalServiceError", "InternalServerError"),
    ],
)
def test_a_status(chat, script, status, code, kind, stream):
    script(Fault.status(status, retry_after=2))
    response = chat.post(stream=stream)
    assert (response.status_code, response.headers["retry-after"]) == (status, "2")
    error = response.json()["error"]
    assert (error["code"], error["type"], error["param"]) == (code, kind, "")
    assert response.headers["x-request-id"] in error["message"]


def test_a_status_with_a_code_of_its_own(chat, script):
    script(
        Fault.status(429, code="QuotaExceeded"),
        Fault.status(400, code="OutputTextSensitiveContentDetected", message="No."),
        Fault.status(400, metadata={"param": "messages"}),
    )
    error = chat.post().json()["error"]
    assert error["code"] == "QuotaExceeded"
    assert error["message"].startswith("Your quota is used up. Request id: 02")
    assert chat.post().json()["error"]["message"].startswith("No. Request id: ")
    assert chat.post().json()["error"]["param"] == "messages"


def test_an_error_inside_a_200(chat, script):
    script(Fault.error_in_body(429), Fault.error_in_body("ServerOverloaded"))
    response = chat.post()
    assert response.status_code == 200
    assert set(response.json()) == {"error"}
    assert response.json()["error"]["type"] == "TooManyRequests"
    (event,) = chat.events()
    assert event["error"]["code"] == "ServerOverloaded"


@pytest.mark.parametrize(("finish", "end"), [("error", "}}"), (None, "[DONE]")])
def test_an_error_in_mid_stream(chat, script, finish, end):
    script(Fault.error_mid_stream(2, finish=finish, message="Gone", answer=HI))
    text = chat.post(stream=True).text
    lines = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
    assert text.rstrip().endswith(end)
    assert set(json.loads(lines[2])) == {"error"}
    assert json.loads(lines[2])["error"]["message"].startswith("Gone")


def test_an_error_in_the_choice(chat, script):
    script(Fault.error_in_choice(message="Gone", answer=HI))
    choice = chat.whole()["choices"][0]
    assert (choice["finish_reason"], choice["error"]["code"]) == ("error", "InternalServiceError")


def test_a_cut_stream(chat, script):
    script(Fault.cut(2, answer=HI))
    with pytest.raises(httpx.RemoteProtocolError):
        chat.post(stream=True)
    script(Fault.cut(2, how="end", answer=HI))
    assert chat.post(stream=True).text.count("data: ") == 2


def test_garbage_html_and_nothing(chat, script):
    script(Fault.garbage(1, "<x>"), Fault.html(), Fault.empty(), Fault.content_type())
    assert "data: <x>" in chat.post(stream=True).text
    assert chat.post().headers["content-type"] == "text/html"
    assert chat.post().content == b""
    assert chat.post().headers["content-type"] == "text/plain"


def test_drops_and_silence(chat, script):
    script(Fault.drip(seconds=0, size=9, answer=HI), Fault.refuse(), Fault.stall(0, 60))
    assert chat.post(stream=True).text.endswith("data: [DONE]\n\n")
    with pytest.raises(httpx.RemoteProtocolError):
        chat.post()
    with pytest.raises(httpx.ReadTimeout):
        chat.http.post(
            "/chat/completions",
            json={"model": OLD, "messages": [user("Hi")]},
            timeout=httpx.Timeout(5, read=0.05),
        )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/chat/completions", "/responses"])
def test_comments_are_sent_by_the_fault_alone(http, script, path, stream):
    script(Fault.comments(0.001))
    seen = b""
    body = {"model": OLD, "messages": [user("Hi")], "input": "Hi", "stream": stream}
    with http.stream("POST", path, json=body) as response:
        for block in response.iter_raw():
            seen += block
            if len(seen) > 20:
                break
    assert seen.startswith(b": ") is stream
    assert not seen.replace(b": KEEP-ALIVE", b"").replace(b": keep-alive", b"").strip()


def test_exact_bytes(chat, script):
    script(Raw(418, body=b"short"), Raw(body=b"data: {}\n\n"))
    assert chat.post().status_code == 418
    assert chat.post(stream=True).headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize("finish", ["length", "content_filter", None])
def test_any_finish_reason(chat, script, finish):
    answer = Answer(text="a", finish=finish)
    script(answer, answer)
    assert chat.whole()["choices"][0]["finish_reason"] == finish
    assert chat.events()[-1]["choices"][0].get("finish_reason") == finish


def test_usage_may_be_scripted(chat, script):
    script(Answer(text="a", usage={"prompt_tokens": 7, "total_tokens": ...}), Answer(usage_shape=0))
    usage = chat.whole()["usage"]
    assert usage["prompt_tokens"] == 7
    assert "total_tokens" not in usage
    assert "usage" not in chat.whole()
