"""Five requests of a key are worked on at a time; the next is refused at once."""

import contextlib
import time

import httpx
import pytest

from seed_core.emulator import Answer, Fault
from tests.emulator.modelslab.conftest import MODEL

BODY = {
    "model_id": MODEL,
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
}
SLOW = Fault.stall(1, seconds=60, answer=Answer(text="Hello", comments=0))


@pytest.fixture
def key(request):
    """A key of this test alone: the host may not have noticed yet that another's streams ended."""
    return request.node.name


@pytest.fixture
def fill(lab, script, key):
    """Five streams of one key that have begun and do not end."""
    with contextlib.ExitStack() as streams:

        def begin(path="/chat/completions"):
            script(*[SLOW] * 5)
            for _ in range(5):
                stream = lab.stream("POST", path, json={**BODY, "key": key})
                response = streams.enter_context(stream)
                assert response.status_code == 200
            return streams

        yield begin


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/messages"])
def test_the_sixth_is_refused(lab, fill, script, key, path):
    fill(path)
    script(Answer(text="not taken"))
    for other in ("/chat/completions", "/v1/messages", "/v1/messages/count_tokens"):
        response = lab.post(other, json={**BODY, "key": key})
        assert response.status_code == 429
        assert response.json() == {
            "status": "error",
            "message": "Rate limit exceeded. Maximum 5 queued requests allowed.",
            "retry_after": 30,
        }
    # Another key has a queue of its own, and the script still waits.
    assert (
        "not taken"
        in lab.post("/chat/completions", json={**BODY, "key": "two", "stream": False}).text
    )


def test_who_leaves_makes_room(lab, fill, key):
    fill().close()
    assert _until_taken(lab, key).status_code == 200


def test_a_refused_request_takes_no_place(lab, key):
    for _ in range(6):
        assert lab.post("/chat/completions", json={**BODY, "key": key, "n": 0}).status_code == 400
    for _ in range(6):
        assert lab.post("/chat/completions", json={**BODY, "key": key}).status_code == 200


def _until_taken(lab: httpx.Client, key: str) -> httpx.Response:
    """Ask until the host has noticed that the others have gone."""
    end = time.monotonic() + 5
    while True:
        response = lab.post("/chat/completions", json={**BODY, "key": key})
        if response.status_code != 429 or time.monotonic() > end:
            return response
        time.sleep(0.01)
