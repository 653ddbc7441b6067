"""The command line: what it shows, makes and saves, and how it is taken up again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from seed_core.emulator import Emulator, Job
from seed_core.video_client import VideoClient
from tests.conftest import ROOT
from tests.core.calling import eventually
from tests.video.filming import KEY, runware, submits


def command(emulator: Emulator, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "seed_core.video_client",
            *arguments,
            "--base-url",
            emulator.url("runware"),
        ],
        cwd=folder,
        env={**os.environ, "RUNWARE_API_KEY": KEY, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, told = process.communicate(timeout=60)
    assert KEY not in said + told
    return process.returncode, said, told


@pytest.mark.slow
def test_a_video_from_the_command_line(emulator: Emulator, tmp_path: Path) -> None:
    asked = ("A cat walks", "--seconds", "4", "--size", "864x496", "-o", "cat.mp4")
    code, said, told = finished(command(emulator, *asked, folder=tmp_path))
    assert (code, said) == (0, "cat.mp4\n"), told
    assert "about USD 0.144" in told
    assert "cost USD 0.144" in told
    assert "completed" in told
    assert (tmp_path / "cat.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.slow
def test_a_killed_program_is_taken_up_again_with_one_charge(
    emulator: Emulator, tmp_path: Path
) -> None:
    processing = {"data": [{"taskUUID": "{taskUUID}", "status": "processing", "progress": 10}]}
    emulator.script(Job(statuses=[processing] * 3), host="runware")
    first = command(emulator, "A cat walks", "--size", "864x496", folder=tmp_path)
    assert eventually(lambda: len(emulator.charges) == 1, 30)
    time.sleep(0.2)
    first.kill()
    _, told = first.communicate(timeout=10)
    uuid = told.split("task ", 1)[1].split(",", 1)[0]
    code, said, told = finished(command(emulator, "--resume", uuid, folder=tmp_path))
    assert (code, said) == (0, "clip.mp4\n"), told
    assert [charge.job for charge in emulator.charges] == [uuid]
    assert len(submits(emulator)) == 1


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(emulator: Emulator, tmp_path: Path) -> None:
    process = command(emulator, "A cat walks", "--size", "864x496", folder=tmp_path)
    assert eventually(lambda: len(emulator.charges) == 1, 30)
    process.send_signal(signal.SIGINT)
    code, _, told = finished(process)
    assert code == 130
    assert f"--resume {emulator.charges[0].job}" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ((), 2, "say a prompt"),
        (("A cat", "--resume", "x"), 2, "say a prompt"),
        (("A cat", "--seconds", "60"), 1, "ConfigurationError"),
        (("A cat", "--max-cost", "0.1"), 1, "more than max_cost_usd=0.1"),
        (("A cat", "--frame", "no-such-file.png"), 1, "MediaError"),
        (("--resume", "no-uuid"), 1, "UUID"),
    ],
)
def test_a_mistake_on_the_command_line_is_told(
    emulator: Emulator, tmp_path: Path, asked: tuple[str, ...], code: int, words: str
) -> None:
    found, _, told = finished(command(emulator, *asked, folder=tmp_path))
    assert (found, emulator.charges) == (code, [])
    assert words in told
    assert "Traceback" not in told


def test_a_frame_from_a_file_is_sent(
    emulator: Emulator, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seed_core import video_cli

    frame = tmp_path / "first.png"
    frame.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
    monkeypatch.setattr(
        video_cli,
        "VideoClient",
        lambda **said: VideoClient(
            runware=runware(emulator), **{n: v for n, v in said.items() if n != "base_url"}
        ),
    )
    out = tmp_path / "clip.mp4"
    assert video_cli.main(["A cat", "--frame", str(frame), "--results", "2", "-o", str(out)]) == 0
    assert capsys.readouterr().out.split() == [str(out), str(tmp_path / "clip-2.mp4")]
    (task,) = submits(emulator)
    assert "width" not in task
    assert task["inputs"]["frameImages"][0].startswith("data:image/png")
    assert json.dumps(task)
