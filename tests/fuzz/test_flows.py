"""Whatever is answered to other questions: lists of models, uploads, video tasks; and webhooks."""

import copy
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st

from seed_core.errors import ConfigurationError, InvalidReplyError, SeedError
from seed_core.flow import Flow, Request, Response
from seed_core.providers import fal_storage
from seed_core.providers.catalogue import count_tokens, describe_model, list_models
from seed_core.types import Bytes, Document, Image, Video
from seed_core.videos.fetch import fetch
from seed_core.videos.runware import resolve_runware
from seed_core.videos.storage import delete_media, upload_image, upload_media
from seed_core.videos.submit import generate, submit
from seed_core.videos.watch import look, wait
from seed_core.videos.webhook import parse_webhook
from tests.fuzz.answers import HELLO
from tests.fuzz.calls import AGAIN, HOSTS, NOWHERE, outcome
from tests.fuzz.hostile import (
    altered,
    damaged_bytes,
    each_replaced,
    keys_in,
    tried,
    values,
    words_in,
    written,
)
from tests.fuzz.test_wires import HEADERS, STATUSES
from tests.video.asking import PNG, TASK, data, error, errors, failed, item, made, task

RUNWARE = resolve_runware("rw-a-key-that-nobody-may-see")
FAL = HOSTS["fal-sync"]
STORED: list[Any] = [
    {"upload_url": "https://a.example/put", "file_url": "https://a.example/file"},
    {"token": "t", "token_type": "Bearer", "base_url": "https://a.example"},
    {"access_url": "https://a.example/file", "uploadId": "u"},
]
PARTS = STORED[1:]
LISTED: list[Any] = [
    {"data": [{"id": "m", "context_length": 4}, {"id": "n"}]},
    {"data": {"id": "m", "endpoints": [{"context_length": 4}]}},
    {"id": "m", "context_window": 4},
    {"input_tokens": 4},
    {"error": {"code": 404, "message": "No such model"}},
]
FILMED: list[Any] = [
    data(item(status="processing", progress=40)),
    data(),
    data(made(1, cost=0.1, seed=7, resultIndex=0, NSFWContent=False), item(status="processing")),
    data(made(1), made(2)),
    data(failed("inferenceError"), failed("providerTimeout", parameter=["a", "b"])),
    errors(error("invalidApiKey"), error("timeoutProvider", task_uuid=None)),
    {"data": [], "error": "words", "taskUUID": TASK},
    data({"taskUUID": TASK, "imageUUID": "u", "imageURL": "https://a.example"}),
    data({"taskUUID": TASK, "mediaUUID": "u", "mediaURL": None}),
    {"title": "Bad", "detail": "words", "code": "missingParameter"},
]
SOUND = Document(Bytes(b"ID3"), "audio/mpeg")

FLOWS: dict[str, tuple[Callable[[], Flow[Any]], list[Any]]] = {
    "models": (lambda: list_models(HOSTS["openrouter-chat"], AGAIN), LISTED),
    "model": (lambda: describe_model(HOSTS["openrouter-chat"], None, AGAIN), LISTED),
    "count": (lambda: count_tokens(HOSTS["modelslab-chat"], HELLO, AGAIN), LISTED),
    "file": (lambda: fal_storage.upload(FAL, Image(Bytes(PNG), "image/png"), AGAIN), STORED),
    "parts": (lambda: fal_storage.upload(FAL, Video(Bytes(b"x" * 40), None), AGAIN), PARTS),
    "submit": (lambda: submit(RUNWARE, task(), TASK, AGAIN), FILMED),
    "generate": (lambda: generate(RUNWARE, task(results=2), TASK, AGAIN), FILMED),
    "look": (lambda: look(RUNWARE, TASK, AGAIN), FILMED),
    "wait": (lambda: wait(RUNWARE, TASK, 2, AGAIN), FILMED),
    "image": (lambda: upload_image(RUNWARE, PNG, TASK, AGAIN), FILMED),
    "media": (lambda: upload_media(RUNWARE, SOUND, TASK, AGAIN), FILMED),
    "delete": (lambda: delete_media(RUNWARE, TASK, TASK, AGAIN), FILMED),
}
STRANGE = {
    id(good): values(sorted(keys_in(good)), sorted(words_in(good)))
    for good in (STORED, PARTS, LISTED, FILMED)
}


def answer(data: st.DataObject, good: list[Any], place: int, *, going_well: bool) -> Response:
    """Something like the answer that is expected at this place."""
    body = good[place % len(good)] if going_well else data.draw(st.sampled_from(good))
    if going_well and data.draw(st.integers(0, 3)):
        return Response(200, {"etag": "e"}, written(body))
    if data.draw(st.integers(0, 2)):
        body = data.draw(altered(body, STRANGE[id(good)]))
    said = written(body)
    if data.draw(st.integers(0, 5)) == 0:
        said = data.draw(damaged_bytes(said))
    return Response(data.draw(STATUSES), data.draw(HEADERS), said)


def any_answers(data: st.DataObject) -> None:
    flow, good = FLOWS[data.draw(st.sampled_from(list(FLOWS)))]
    going_well, count = data.draw(st.booleans()), data.draw(st.integers(1, 6))
    answers = [answer(data, good, place, going_well=going_well) for place in range(count)]
    with patch.multiple(fal_storage, PARTS_ABOVE=30, PART=20):
        got = outcome(flow(), answers)
    assert not isinstance(got, SeedError) or str(got)


def any_webhook(data: st.DataObject) -> None:
    body = data.draw(altered(data.draw(st.sampled_from(FILMED)), STRANGE[id(FILMED)]))
    said = data.draw(st.sampled_from([body, written(body)]))
    before = repr(copy.deepcopy(said))
    try:
        statuses = parse_webhook(said)
    except SeedError as error:
        told = str(error)
    else:
        told = statuses[0].task_uuid
        for status in statuses:
            assert status.progress is None or 0 <= status.progress < float("inf")
            assert all(isinstance(one.url, (str, type(None))) for one in status.results)
    assert told
    assert repr(said) == before


PLACES = st.sampled_from(
    [
        "https://a.example/b",
        "http://b.example",
        "//c.example/d?e",
        "http://[",
        "//[",
        "/c",
        "ftp://x",
        "",
        "\u2028",
    ]
)


def any_place(data: st.DataObject) -> None:
    """A download is led only to addresses, and never from https to http."""
    answers = [
        Response(data.draw(st.sampled_from([200, 302, 302, 404])), {"location": data.draw(PLACES)})
        for _ in range(data.draw(st.integers(1, 7)))
    ]
    place, asked = data.draw(PLACES), list[Request]()
    got = outcome(fetch(place, NOWHERE, AGAIN), answers, asked)
    allowed = ("https:",) if place.startswith("https:") else ("http:", "https:")
    assert all(request.url.startswith(allowed) for request in asked)
    # Whose fault it is: what was asked for is no address, or what the host leads to.
    assert isinstance(got, ConfigurationError) == (asked == [])


CHECKS = pytest.mark.parametrize("check", [any_answers, any_webhook, any_place])


@CHECKS
def test_whatever_comes(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 150)


@pytest.mark.slow
@CHECKS
def test_whatever_comes_at_length(check: Callable[[st.DataObject], None]) -> None:
    tried(check, 500)


def test_a_download_that_is_led_round_in_circles_ends() -> None:
    round_and_round, asked = Response(302, {"location": "/c"}), list[Request]()
    got = outcome(fetch("https://a.example/b", NOWHERE, AGAIN), [round_and_round] * 50, asked)
    assert isinstance(got, InvalidReplyError)
    assert "in circles" in str(got)
    assert [request.url for request in asked] == ["https://a.example/b"] + [
        "https://a.example/c"
    ] * 5


@pytest.mark.parametrize("name", FLOWS)
def test_one_odd_value_at_any_place_of_an_answer(name: str) -> None:
    make, good = FLOWS[name]
    for number, body in enumerate(good):
        for where, odd in each_replaced(body):
            for status in (200, 400):
                answers = [Response(200, {"etag": "e"}, written(one)) for one in good]
                answers[number] = Response(status, {}, written(odd))
                try:
                    # In its turn, and as the first that is answered.
                    for begin in {0, number}:
                        with patch.multiple(fal_storage, PARTS_ABOVE=30, PART=20):
                            got = outcome(make(), answers[begin:])
                        assert not isinstance(got, SeedError) or str(got)
                except Exception as error:
                    raise AssertionError(f"{status}, answer {number}: {where}") from error
