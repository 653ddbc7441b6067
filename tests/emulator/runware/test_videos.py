"""A video from its acknowledgement to its file: what each poll tells, what it costs."""

import re
import uuid

import httpx
import pytest

from seed_core.emulator import Emulator, Fault
from tests.emulator.runware.conftest import URL, Tasks, new

SMALL = {"width": 864, "height": 496}
FRAMED = {"width": ..., "height": ..., "inputs": {"frameImages": [URL]}}
FROM_VIDEO = {"inputs": {"referenceVideos": [URL]}}


def test_acknowledgement(tasks):
    task = tasks.video()
    response = tasks.post(task)
    assert response.json() == {
        "data": [{"taskType": "videoInference", "taskUUID": task["taskUUID"]}]
    }
    assert response.headers["content-type"] == "application/json"


def test_two_polls_find_it_processing(tasks):
    ident = tasks.make()
    named = {"taskType": "videoInference", "taskUUID": ident}
    for progress in (40, 80):
        told = tasks.ask(ident)
        assert told.status_code == 200
        assert told.json() == {"data": [{**named, "status": "processing", "progress": progress}]}
    done = tasks.ask(ident).json()
    (item,) = done["data"]
    assert item == {**item, **named, "status": "success"}
    assert set(item) == {"taskType", "taskUUID", "status", "videoUUID", "videoURL", "seed"}
    assert uuid.UUID(item["videoUUID"]).version == 4
    assert item["videoURL"] == f"{tasks.url[:-3]}/files/video/{item['videoUUID']}.mp4"
    assert 0 <= item["seed"] < 2**31
    # It stays.
    assert tasks.ask(ident).json() == done


def test_results_come_one_after_the_other(tasks):
    ident = tasks.make(numberResults=3)
    seen = [tasks.ask(ident).json()["data"] for _ in range(6)]
    assert [[item["status"] for item in items] for items in seen] == [
        ["processing"] * 3,
        ["processing"] * 3,
        ["success", "processing", "processing"],
        ["success", "success", "processing"],
        ["success"] * 3,
        ["success"] * 3,
    ]
    # A list is the one before it with more.
    assert seen[3][:1] == seen[2][:1]
    assert seen[4][:2] == seen[3][:2]
    for name in ("videoUUID", "videoURL", "seed"):
        assert len({item[name] for item in seen[5]}) == 3
    assert {item["taskUUID"] for item in seen[5]} == {ident}


def test_an_unknown_id_is_no_error(tasks, emulator):
    for ident in (new(), "t"):
        response = tasks.ask(ident)
        assert response.status_code == 200
        assert response.json() == {"data": []}
    mine = tasks.make()
    others = tasks.post({"taskType": "getResponse", "taskUUID": mine}, Authorization="Bearer other")
    assert others.json() == {"data": []}
    emulator.clear()
    assert tasks.ask(mine).json() == {"data": []}
    assert emulator.charges == []


def test_what_is_told_on_demand(tasks):
    ident = tasks.make(includeCost=True, safety={"checkContent": True}, numberResults=2)
    items = tasks.wait(ident)
    assert [item["cost"] for item in items] == [0.405, 0.405]
    assert [item["NSFWContent"] for item in items] == [False, False]
    ident = tasks.make(includeCost=False, safety={"checkContent": False, "mode": "none"})
    assert not {"cost", "NSFWContent"} & set(tasks.wait(ident)[0])


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        # The examples of the page.
        ({**SMALL, "duration": 4}, 0.144),
        ({"duration": 15}, 1.215),
        ({**SMALL, "duration": 4, **FROM_VIDEO}, 0.172),
        ({"duration": 4, **FROM_VIDEO}, 0.384),
        # Five seconds, at 720p where no size is named.
        ({}, 0.405),
        (FRAMED, 0.405),
        ({**FRAMED, "resolution": "480p"}, 0.18),
        ({**FRAMED, **SMALL}, 0.18),
        ({"inputs": {"referenceImages": [URL], "referenceAudios": [URL]}}, 0.405),
        ({"width": 640, "height": 640}, 0.18),
        ({"width": 834, "height": 1112}, 0.405),
    ],
)
def test_prices(tasks, emulator, fields, usd):
    ident = tasks.make(includeCost=True, numberResults=2, **fields)
    (charge,) = emulator.charges
    assert (charge.job, charge.usd) == (ident, pytest.approx(2 * usd))
    assert tasks.wait(ident)[0]["cost"] == pytest.approx(usd)


def test_one_job_is_one_charge(tasks, emulator):
    ident = tasks.make()
    tasks.wait(ident)
    tasks.ask(ident)
    assert tasks.post(tasks.video(taskUUID=ident)).status_code == 400
    assert [charge.job for charge in emulator.charges] == [ident]
    second = tasks.make()
    assert [charge.job for charge in emulator.charges] == [ident, second]


def test_a_dry_run_only_tells_the_price(tasks, emulator, script):
    script(Fault.status(500))
    task = tasks.video(numberResults=2)
    response = tasks.post(task, X_Runware_Dry_Run="1")
    assert response.status_code == 200
    (item,) = response.json()["data"]
    assert item == {
        "taskType": "videoInference",
        "taskUUID": task["taskUUID"],
        "cost": pytest.approx(0.81),
    }
    assert tasks.post(tasks.video(duration=1), X_Runware_Dry_Run="1").status_code == 400
    assert emulator.charges == []
    assert tasks.ask(task["taskUUID"]).json() == {"data": []}
    # The script still waits, and the id is free.
    assert tasks.post(task).status_code == 500
    assert tasks.post(task, X_Runware_Dry_Run="0").status_code == 200


def test_tasks_of_one_post_are_answered_together(tasks, emulator):
    ready, fresh, bad = tasks.make(), tasks.video(), tasks.video(duration=1)
    tasks.wait(ready)
    response = tasks.post(
        bad,
        {"taskType": "getResponse", "taskUUID": ready},
        fresh,
        {"taskType": "getResponse", "taskUUID": new()},
    )
    assert response.status_code == 200
    body = response.json()
    assert [item["taskUUID"] for item in body["data"]] == [ready, fresh["taskUUID"]]
    assert [error["taskUUID"] for error in body["errors"]] == [bad["taskUUID"]]
    assert len(emulator.charges) == 2


def test_a_post_whose_tasks_are_all_refused_is_400(tasks):
    response = tasks.post(tasks.video(duration=1), tasks.video(ttl=1))
    assert response.status_code == 400
    assert response.json()["data"] == []
    assert len(response.json()["errors"]) == 2


def test_the_key_may_be_a_task(tasks):
    del tasks.http.headers["Authorization"]
    first = {"taskType": "authentication", "apiKey": "test"}
    task = tasks.video()
    greeting, told = tasks.post(first, task).json()["data"]
    assert greeting["taskType"] == "authentication"
    assert re.fullmatch(r"[0-9a-f-]{36}", greeting["connectionSessionUUID"])
    assert told["taskUUID"] == task["taskUUID"]
    assert tasks.post(first).json() == {"data": [greeting]}
    refused = tasks.post(first, tasks.video(duration=1))
    assert refused.status_code == 400
    assert refused.json()["data"] == [greeting]


def test_models_can_be_added():
    with (
        Emulator(models=["bytedance:seedance@2.0"]) as emulator,
        httpx.Client(headers={"Authorization": "Bearer test"}, trust_env=False) as http,
    ):
        Tasks(http, emulator.url("runware")).make(model="bytedance:seedance@2.0")


# Webhooks


def test_what_a_webhook_is_called_with(tasks, emulator):
    ident = tasks.make(webhookURL="https://example.com/hook", numberResults=2, includeCost=True)
    bodies = emulator.webhook_bodies(ident)
    items = tasks.wait(ident)
    # Flat, one for each result, without a status.
    assert bodies == [
        {name: value for name, value in item.items() if name != "status"} for item in items
    ]
    assert emulator.webhook_bodies(tasks.make()) == []
    assert emulator.webhook_bodies(new()) == []
