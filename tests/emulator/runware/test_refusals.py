"""What Runware refuses, and in which words: every rule of the model's page."""

import json
from typing import Any

import pytest

from seed_core.emulator import Fault, Job
from tests.emulator.runware.conftest import IMAGE, MODEL, SOUND, URL, UUID, VIDEO, new, refusal

NO_SIZE: dict[str, Any] = {"width": ..., "height": ...}
FRAME: dict[str, Any] = {"inputs": {"frameImages": [URL]}, **NO_SIZE}


def frames(*items: Any) -> dict[str, Any]:
    return {"inputs": {"frameImages": list(items)}, **NO_SIZE}


def at(position: Any, image: Any = URL) -> dict[str, Any]:
    return {"image": image, "frame": position}


def given(**inputs: Any) -> dict[str, Any]:
    return {"inputs": inputs}


# Fields, the code, and the parameter.
BAD: dict[str, tuple[dict[str, Any], str, Any]] = {
    "no id": ({"taskUUID": ...}, "missingTaskUUID", "taskUUID"),
    "an id of another version": (
        {"taskUUID": "019c42a0-c3ff-7138-be83-ee257abc5331"},
        "invalidTaskUUID",
        "taskUUID",
    ),
    "an id that is a number": ({"taskUUID": 1}, "invalidTaskUUID", "taskUUID"),
    "no model": ({"model": ...}, "missingModel", "model"),
    "another model": ({"model": "bytedance:seedance@2.0"}, "unknownModel", "model"),
    "a model that is a number": ({"model": 1}, "invalidModel", "model"),
    "no prompt": ({"positivePrompt": ...}, "missingPositivePrompt", "positivePrompt"),
    "a short prompt": ({"positivePrompt": "A"}, "invalidPositivePrompt", "positivePrompt"),
    "a long prompt": ({"positivePrompt": "A" * 10_001}, "invalidPositivePrompt", "positivePrompt"),
    "a prompt of null": ({"positivePrompt": None}, "invalidPositivePrompt", "positivePrompt"),
    "a short video": ({"duration": 3}, "invalidDuration", "duration"),
    "a long video": ({"duration": 16}, "invalidDuration", "duration"),
    "a duration between seconds": ({"duration": 4.5}, "invalidDuration", "duration"),
    "a duration that is a text": ({"duration": "5"}, "invalidDuration", "duration"),
    "no result": ({"numberResults": 0}, "invalidNumberResults", "numberResults"),
    "five results": ({"numberResults": 5}, "invalidNumberResults", "numberResults"),
    "true results": ({"numberResults": True}, "invalidNumberResults", "numberResults"),
    "output in base64": ({"outputType": "base64Data"}, "invalidOutputType", "outputType"),
    "output in a list": ({"outputType": ["URL"]}, "invalidOutputType", "outputType"),
    "another format": ({"outputFormat": "GIF"}, "invalidOutputFormat", "outputFormat"),
    "a small format": ({"outputFormat": "mp4"}, "invalidOutputFormat", "outputFormat"),
    "low quality": ({"outputQuality": 19}, "invalidOutputQuality", "outputQuality"),
    "high quality": ({"outputQuality": 100}, "invalidOutputQuality", "outputQuality"),
    "synchronous": ({"deliveryMethod": "sync"}, "invalidDeliveryMethod", "deliveryMethod"),
    "a webhook that is no URI": ({"webhookURL": "here"}, "invalidWebhookURL", "webhookURL"),
    "a webhook that is a number": ({"webhookURL": 1}, "invalidWebhookURL", "webhookURL"),
    "a webhook that is broken": ({"webhookURL": "http://["}, "invalidWebhookURL", "webhookURL"),
    "an endpoint that is no URI": (
        {"uploadEndpoint": "ftp://a/b"},
        "invalidUploadEndpoint",
        "uploadEndpoint",
    ),
    "safety that is a word": ({"safety": "full"}, "invalidSafety", "safety"),
    "a mode of safety": ({"safety": {"mode": "slow"}}, "invalidMode", "safety.mode"),
    "a check that is a word": (
        {"safety": {"checkContent": "yes"}},
        "invalidCheckContent",
        "safety.checkContent",
    ),
    "more safety": ({"safety": {"level": 1}}, "unknownParameter", "safety.level"),
    "a short life": ({"ttl": 59}, "invalidTtl", "ttl"),
    "a cost that is a number": ({"includeCost": 1}, "invalidIncludeCost", "includeCost"),
    "routing that is a word": ({"routing": "fast"}, "invalidRouting", "routing"),
    "settings in a list": ({"settings": []}, "invalidSettings", "settings"),
    "sound that is a word": ({"settings": {"audio": "on"}}, "invalidAudio", "settings.audio"),
    "more settings": ({"settings": {"fps": 24}}, "unknownParameter", "settings.fps"),
    "a seed": ({"seed": 1}, "unknownParameter", "seed"),
    "what to avoid": ({"negativePrompt": "rain"}, "unknownParameter", "negativePrompt"),
    "steps": ({"steps": 20}, "unknownParameter", "steps"),
    "other inputs": (given(image=URL), "unknownParameter", "inputs.image"),
    "inputs in a list": ({"inputs": [URL]}, "invalidInputs", "inputs"),
    # Sizes.
    "a width alone": ({"height": ...}, "missingHeight", "height"),
    "a height alone": ({"width": ...}, "missingWidth", "width"),
    "a width that is a text": ({"width": "1280"}, "invalidWidth", "width"),
    "a pair of no table": ({"width": 1920, "height": 1080}, "invalidDimensions", None),
    "sides of two pairs": ({"width": 1280, "height": 496}, "invalidDimensions", None),
    "nothing about the size": (NO_SIZE, "missingDimensionParameters", None),
    "references without a size": (
        {**given(referenceImages=[URL]), **NO_SIZE},
        "missingDimensionParameters",
        None,
    ),
    "a resolution alone": (
        {"resolution": "480p", **NO_SIZE},
        "missingFrameImages",
        "inputs.frameImages",
    ),
    "a resolution for references": (
        {"resolution": "480p", **given(referenceVideos=[URL]), **NO_SIZE},
        "missingFrameImages",
        "inputs.frameImages",
    ),
    "a resolution beside a size": ({"resolution": "720p"}, "incompatibleParameters", None),
    "all three, with a frame": (
        {**given(frameImages=[URL]), "resolution": "720p"},
        "incompatibleParameters",
        None,
    ),
    "another resolution": ({**FRAME, "resolution": "1080p"}, "invalidResolution", "resolution"),
    # Media.
    **{
        f"a frame beside {name}": (
            given(frameImages=[URL], **{name: [URL]}),
            "incompatibleParameters",
            ["inputs.frameImages", f"inputs.{name}"],
        )
        for name in ("referenceImages", "referenceVideos", "referenceAudios")
    },
    **{
        f"{word} for {name}": (
            {**given(**{name: value}), **({} if name != "frameImages" else NO_SIZE)},
            f"invalid{name[0].upper()}{name[1:]}",
            f"inputs.{name}",
        )
        for name in ("frameImages", "referenceImages", "referenceVideos", "referenceAudios")
        for word, value in {
            "a text": URL,
            "no item": [],
            "a number": [1],
            "null": None,
            "a path": ["./a.png"],
            "an address without a host": ["https://"],
            "an address of a file": ["file:///a.png"],
            "a broken data URI": ["data:image/png;base64,???"],
        }.items()
    },
    "a video in place of an image": (
        given(referenceImages=[VIDEO]),
        "invalidReferenceImages",
        "inputs.referenceImages",
    ),
    "a video as content": (
        given(referenceVideos=[VIDEO]),
        "invalidReferenceVideos",
        "inputs.referenceVideos",
    ),
    "a video in base64": (
        given(referenceVideos=[VIDEO.partition(",")[2]]),
        "invalidReferenceVideos",
        "inputs.referenceVideos",
    ),
    "a sound as content": (
        given(referenceAudios=[SOUND]),
        "invalidReferenceAudios",
        "inputs.referenceAudios",
    ),
    "three frames": (frames(URL, URL, URL), "invalidFrameImages", "inputs.frameImages"),
    "both forms of frames": (frames(URL, at("last")), "invalidFrameImages", "inputs.frameImages"),
    "two first frames": (frames(at("first"), at(0)), "invalidFrameImages", "inputs.frameImages"),
    "two last frames": (frames(at("last"), at(-1)), "invalidFrameImages", "inputs.frameImages"),
    "a frame in the middle": (frames(at(1)), "invalidFrame", "inputs.frameImages.frame"),
    "a quoted position": (frames(at("0")), "invalidFrame", "inputs.frameImages.frame"),
    "a false position": (frames(at(False)), "invalidFrame", "inputs.frameImages.frame"),
    "a frame without an image": (
        frames({"frame": "first"}),
        "missingImage",
        "inputs.frameImages.image",
    ),
    "more of a frame": (
        frames({**at(0), "weight": 1}),
        "unknownParameter",
        "inputs.frameImages.weight",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_video_is_400(tasks, script, emulator, case):
    fields, code, parameter = BAD[case]
    script(Job(submitted={"note": "not taken"}))
    task = tasks.video(**fields)
    error = refusal(tasks.post(task))
    assert error["code"] == code
    if parameter is not None:
        assert error["parameter"] == parameter
    assert error["message"]
    assert error["taskType"] == "videoInference"
    assert error.get("taskUUID") == (
        task.get("taskUUID") if isinstance(task.get("taskUUID"), str) else None
    )
    assert error["documentation"].startswith("https://runware.ai/docs/models/bytedance-seedance-")
    # It costs nothing, and the script still waits.
    assert emulator.charges == []
    assert tasks.post(tasks.video()).json()["data"][0]["note"] == "not taken"


GOOD: dict[str, dict[str, Any]] = {
    "everything": {
        "outputType": "URL",
        "outputFormat": "WEBM",
        "outputQuality": 20,
        "deliveryMethod": "async",
        "webhookURL": "https://example.com/hook?token=a",
        "uploadEndpoint": "https://example.com/put",
        "safety": {"checkContent": True, "mode": "full"},
        "ttl": 60,
        "includeCost": True,
        "numberResults": 4,
        "duration": 15,
        "settings": {"audio": False},
        "routing": {},
    },
    "the shortest prompt": {"positivePrompt": "ab"},
    "the longest prompt": {"positivePrompt": "a" * 10_000},
    "a whole number with a point": {"duration": 5.0},
    "empty objects": {"settings": {}, "safety": {}, "inputs": {}},
    "a frame alone": FRAME,
    "a frame and a resolution": {**FRAME, "resolution": "480p"},
    "a frame and a size": given(frameImages=[URL]),
    "two frames": frames(IMAGE, UUID),
    "a frame in base64": frames(IMAGE.partition(",")[2]),
    "a first and a last frame": frames(at("last"), at("first", IMAGE)),
    "the first and the last index": frames(at(0), at(-1)),
    "a last frame alone": frames(at("last")),
    "frames without positions": frames({"image": URL}, {"image": UUID}),
    "references of all kinds": given(
        referenceImages=[URL, UUID, IMAGE, IMAGE.partition(",")[2]],
        referenceVideos=[URL, UUID],
        referenceAudios=[URL, UUID],
    ),
    # The number of references is not on the page.
    "many references": given(referenceImages=[URL] * 12),
    "a sound alone": given(referenceAudios=[URL]),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_good_video_is_accepted(tasks, case):
    tasks.make(**GOOD[case])


@pytest.mark.parametrize(
    "size",
    [
        *("864x496", "752x560", "640x640", "560x752", "496x864", "992x432"),
        *("1280x720", "1112x834", "960x960", "834x1112", "720x1280", "1470x630"),
    ],
)
def test_twelve_sizes(tasks, size):
    width, height = map(int, size.split("x"))
    tasks.make(width=width, height=height)


def test_what_an_error_tells(tasks):
    task = tasks.video(duration=20)
    assert refusal(tasks.post(task)) == {
        "code": "invalidDuration",
        "message": "Invalid value for 'duration' parameter. "
        "It must be an integer of at least 4 of at most 15.",
        "parameter": "duration",
        "type": "integer",
        "min": 4,
        "max": 15,
        "documentation": "https://runware.ai/docs/models/bytedance-seedance-2-0-mini"
        "#request-duration",
        "taskType": "videoInference",
        "taskUUID": task["taskUUID"],
    }


def test_an_id_is_used_once(tasks, emulator):
    ident = tasks.make()
    error = refusal(tasks.post(tasks.video(taskUUID=ident)))
    assert (error["code"], error["taskUUID"]) == ("conflictTaskUUID", ident)
    assert len(emulator.charges) == 1
    # Another caller may have the same id.
    other = tasks.post(tasks.video(taskUUID=ident), Authorization="Bearer other")
    assert other.status_code == 200


def test_an_id_is_used_once_within_a_post(tasks, emulator):
    ident = new()
    response = tasks.post(tasks.video(taskUUID=ident), tasks.video(taskUUID=ident))
    assert response.status_code == 200
    assert [item["taskUUID"] for item in response.json()["data"]] == [ident]
    assert [error["code"] for error in response.json()["errors"]] == ["conflictTaskUUID"]
    assert len(emulator.charges) == 1


def test_a_refused_id_is_free(tasks, script):
    ident = new()
    refusal(tasks.post(tasks.video(taskUUID=ident, duration=1)))
    script(Fault.status(503))
    assert tasks.post(tasks.video(taskUUID=ident)).status_code == 503
    assert tasks.post(tasks.video(taskUUID=ident)).status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer invalid", "Key test", "test"])
def test_without_a_good_key(tasks, header):
    del tasks.http.headers["Authorization"]
    headers = {} if header is None else {"Authorization": header}
    for body in (json.dumps([tasks.video()]), "{}", "x"):
        response = tasks.http.post(tasks.url, content=body, headers=headers)
        assert response.status_code == 401
        (error,) = response.json()["errors"]
        assert error == {
            "code": "invalidApiKey",
            "message": "Invalid API key. Get one at https://my.runware.ai/signup",
            "parameter": "apiKey",
            "taskType": "authentication",
        }


@pytest.mark.parametrize("key", [None, 1, "", "invalid"])
def test_without_a_good_key_in_a_task(tasks, key):
    # A key in a task goes before one in the header.
    first = {"taskType": "authentication", "apiKey": key}
    assert tasks.post(first, tasks.video()).status_code == 401
    del first["apiKey"]
    assert tasks.post(first, tasks.video()).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'"a"', b"[{]", b'{"taskType": "x"}'])
def test_a_body_that_is_no_array_of_tasks(tasks, body):
    error = refusal(tasks.http.post(tasks.url, content=body))
    assert error["code"] == "invalidRequestBody"


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (1, "invalidTask"),
        ([], "invalidTask"),
        ({}, "missingTaskType"),
        ({"taskType": None}, "missingTaskType"),
        ({"taskType": 1}, "invalidTaskType"),
        ({"taskType": "imageInference", "taskUUID": UUID}, "invalidTaskType"),
        ({"taskType": "getResponse"}, "missingTaskUUID"),
        ({"taskType": "getResponse", "taskUUID": 1}, "invalidTaskUUID"),
        ({"taskType": "getResponse", "taskUUID": UUID, "model": MODEL}, "unknownParameter"),
    ],
)
def test_a_bad_task(tasks, task, code):
    assert refusal(tasks.post(task))["code"] == code


def test_a_key_in_a_task_comes_first(tasks):
    late = {"taskType": "authentication", "apiKey": "test"}
    response = tasks.post(tasks.video(), late)
    assert response.status_code == 200
    assert [error["code"] for error in response.json()["errors"]] == ["invalidTaskType"]


def test_other_addresses(tasks):
    for method, path in (("GET", ""), ("POST", "/"), ("POST", "/tasks"), ("GET", "/models")):
        response = tasks.http.request(method, f"{tasks.url}{path}", json=[])
        assert response.status_code == 404
        assert response.json()["errors"][0]["code"] == "resourceNotFound"


def test_what_is_of_the_wrong_kind_by_its_id(tasks):
    image = tasks.upload(IMAGE)
    for name in (image["mediaUUID"], image["mediaURL"]):
        error = refusal(tasks.post(tasks.video(inputs={"referenceVideos": [name]})))
        assert "must be video, not image" in error["message"]
    sound = tasks.upload(SOUND)["mediaUUID"]
    error = refusal(tasks.post(tasks.video(**frames(sound))))
    assert "must be image, not audio" in error["message"]
