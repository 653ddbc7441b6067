"""The official SDK of Runware at the emulated host: a job from its submission to its URL."""

import asyncio

import pytest

from seed_core.emulator import Fault, Job
from tests.emulator.runware.conftest import IMAGE, MODEL

runware = pytest.importorskip("runware", reason="the SDK of Runware (runware-sdk) is not installed")

ASK = {"model": MODEL, "positivePrompt": "A boat", "width": 1280, "height": 720}
# Its polls are a second apart and more: fewer of them will do.
READY = Job(statuses=[{"data": []}])
FAILED = {"errors": [{"code": "timeoutProvider", "message": "Too slow", "taskUUID": "{taskUUID}"}]}


@pytest.fixture
async def client(emulator):
    async with runware.Runware(
        api_key="test",
        transport="rest",
        http_base_url=emulator.url("runware"),
        max_retries=0,
        retry_delay=1,
    ) as client:
        yield client


async def test_jobs(client, emulator, script, web):
    script(READY, READY)
    (one,), two = await asyncio.gather(
        client.run({**ASK, "includeCost": True}), client.run({**ASK, "numberResults": 2})
    )
    assert (one["status"], one["cost"]) == ("success", 0.405)
    assert len({item["videoUUID"] for item in [one, *two]}) == 3
    assert web(two[1]["videoURL"]).headers["content-type"] == "video/mp4"
    assert sorted(charge.usd for charge in emulator.charges) == [0.405, 0.81]


async def test_a_job_that_fails(client, script):
    script(Job(statuses=[FAILED]))
    with pytest.raises(runware.RunwareError, match="Too slow") as caught:
        await client.run(ASK)
    # It looks for "Timeout" with a capital T, so that it does not know this code.
    assert caught.value.code == "unknown"


async def test_refusals(client, emulator, script):
    with pytest.raises(runware.RunwareError) as caught:
        await client.run({**ASK, "duration": 60})
    assert (caught.value.code, caught.value.parameter) == ("validation", "duration")
    script(Fault.status(402), Fault.status(429))
    for code in ("quota", "rateLimit"):
        with pytest.raises(runware.RunwareError) as caught:
            await client.run(ASK)
        assert caught.value.code == code
    assert emulator.charges == []


async def test_uploads(client, emulator, script):
    (item,) = await client.media_storage({"operation": "upload", "media": IMAGE})
    assert [file.url for file in emulator.stored_files] == [item["mediaURL"]]
    (gone,) = await client.media_storage({"operation": "delete", "media": item["mediaUUID"]})
    assert gone["mediaUUID"] == item["mediaUUID"]
    assert emulator.stored_files == []
