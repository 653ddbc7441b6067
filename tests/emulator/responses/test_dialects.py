"""Where hosts differ in what they take, on a face that no host has."""

import pytest

from seed_core.emulator.chat import Flaw
from seed_core.emulator.checks import nullable, number, optional_fields
from seed_core.emulator.responses import PARTS, STANDARD, VIDEOS, linked, reasoning
from seed_core.emulator.serving import Refused
from tests.emulator.bodies import MP4
from tests.emulator.responses.conftest import SAID, user


def refusal(face, given="Hello", **fields):
    with pytest.raises(Refused) as caught:
        face.whole(given, **fields)
    error = caught.value.body["error"]
    return error["param"], error["message"]


def test_a_host_without_the_developers_role(face):
    strict = face(roles=("user", "assistant", "system"))
    param, said = refusal(strict, [{"role": "developer", "content": "Be brief."}])
    assert param == "input.0.role"
    assert "must be one of user, assistant, system" in said
    assert face().whole([{"role": "developer", "content": "Be brief."}])


def test_fields_of_the_hosts_own(face):
    fields = {
        **STANDARD,
        "thinking": nullable(optional_fields(type=lambda value: None if value == "on" else "no")),
        "reasoning": reasoning("low", "high"),
    }
    ark = face(fields=fields)
    assert refusal(ark, thinking={"type": "off"})[0] == "thinking"
    assert refusal(ark, reasoning={"effort": "medium"})[0] == "reasoning"
    assert ark.whole(thinking={"type": "on"}, reasoning={"effort": "high"}, stop=3, unknown=[])


def test_parts_of_the_hosts_own(face):
    known = {"file-1"}

    def check_file(ident, where):
        if ident not in known:
            raise Flaw(where, "no such file")

    video = linked(
        "video_url", VIDEOS, {"fps": (nullable(number(0.2, 5)), "value")}, file=check_file
    )
    ark = face(parts={**PARTS, "input_video": video})
    film = {"type": "input_video", "video_url": MP4}
    assert ark.whole([user({**film, "fps": 2})])
    assert ark.whole([user({"type": "input_video", "file_id": "file-1"})])
    assert refusal(ark, [user({**film, "fps": 9})])[0] == "input.0.content.0.fps"
    unknown = {"type": "input_video", "file_id": "file-2"}
    assert refusal(ark, [user(unknown)]) == (
        "input.0.content.0.file_id",
        "input.0.content.0.file_id: no such file",
    )
    assert refusal(face(), [user(film)])[0] == "input.0.content.0.type"


def test_a_terse_host_takes_a_thought_without_summary(face):
    given = [{"type": "reasoning", "id": "rs_1"}, SAID, {"role": "user", "content": "Go on."}]
    assert refusal(face(), given)[0] == "input.0.summary"
    assert face(terse=True).whole(given)


def test_checks_of_every_message(face):
    partial = optional_fields(partial=lambda value: None if value is True else "must be true")
    given = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "W", "partial": 1}]
    assert refusal(face(message=partial), given)[0] == "input.1"
    assert face().whole(given)
