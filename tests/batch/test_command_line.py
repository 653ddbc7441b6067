"""`python -m seed_core.batch`: what it says and gives back, and what signals do to it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from seed_core.batch.__main__ import main
from seed_core.emulator import Answer, Emulator, Fault
from tests.batch.batches import question, read, rows, write
from tests.conftest import ROOT
from tests.core.calling import eventually

KEY = "sk-or-v1-a-key-that-nobody-may-see"
signals = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such signals")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", rows(6))
    return tmp_path


def words(emulator: Emulator, *more: str, source: str = "in.jsonl") -> list[str]:
    at = ["--provider", "openrouter", "--base-url", emulator.url("openrouter")]
    return [source, "-o", "out.jsonl", *at, *more]


def started(
    emulator: Emulator, folder: Path, *more: str, source: str = "in.jsonl"
) -> subprocess.Popen[str]:
    said = words(emulator, *more, source=source)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "seed_core.batch", *said],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE if source == "-" else None,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str], more: str | None = None) -> str:
    _, told = process.communicate(more, timeout=60)
    assert KEY not in told
    assert "Traceback" not in told
    assert "Warning" not in told
    return told


# --------------------------------------------------------------------------- in this process


def test_it_tells_what_it_came_to(
    emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.script(*[Answer(text="Yes.", cost=0.25)] * 6)
    assert main(words(emulator, "--max-tokens", "50", "--set", "temperature=0.5")) == 0
    out, told = capsys.readouterr()
    assert out == ""
    assert "0 of 6 rows, 0.0 rows/s, 0 failed" in told
    assert "6 answered, 0 failed, 0 left; 6 sent\n" in told
    assert "ended by: stop 6\n" in told
    assert "USD 1.500000 reported, 0.000000 estimated\n" in told
    assert KEY not in told
    body = emulator.requests[0].body
    assert (body["max_tokens"], body["temperature"]) == (50, 0.5)
    assert len(read(folder / "out.jsonl")) == 6


def test_its_status_tells_of_rows_that_failed(
    emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.script(Fault.status(503))
    assert main(words(emulator, "--max-retries", "0", "--quiet")) == 1
    told = capsys.readouterr().err
    assert told.startswith("5 answered, 1 failed")
    assert "--retry-failed asks those again" in told
    assert main(words(emulator, "--retry-failed")) == 0
    assert main(words(emulator)) == 0


def test_its_status_tells_that_the_money_is_spent(
    emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.script(*[Answer(text="Yes.", cost=0.25)] * 6)
    assert main(words(emulator, "--max-usd", "0.5", "--concurrency", "1")) == 3
    assert "ended by --max-usd 0.5\n" in capsys.readouterr().err


def test_its_status_tells_that_it_gave_up(
    emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator.script(*[Fault.status(400)] * 6)
    assert main(words(emulator, "--give-up-after", "2", "--concurrency", "1")) == 1
    assert "2 rows failed one after the other" in capsys.readouterr().err


def test_a_wrong_key_is_said_in_a_line(
    emulator: Emulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "invalid")
    assert main(words(emulator)) == 1
    told = capsys.readouterr().err
    assert "AuthenticationError: openrouter answered 401" in told
    assert not (folder / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--set", "temperature"), "--set takes name=value"),
        (("--set", "api_key=abc"), "a key comes from the environment"),
        (("--set", 'provider={"provider": "fal", "api_key": "abc"}'), "takes no api_key"),
        (("--set", 'default_headers={"x-key": "abc"}'), "takes no default_headers"),
        (("--set", 'default_query={"key": "abc"}'), "takes no default_query"),
        (("--set", 'provider=[{"provider": "fal", "query": {"key": "abc"}}]'), "takes no query"),
        (("--set", "temprature=1"), "did you mean 'temperature'"),
        (("--set", "max_tokens=many"), "max_tokens"),
        (("--concurrency", "0"), "concurrency is 1 or more"),
        (("--api", "nowhere"), "nowhere"),
        (("--in-doubt", "ask"), "invalid choice"),
    ],
)
def test_a_mistake_in_the_command_is_told_apart(
    emulator: Emulator,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words(emulator, *more))
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not (folder / "out.jsonl").exists()


def test_a_mistake_in_the_input_is_said_in_a_line(
    emulator: Emulator, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "in.jsonl", [*rows(2), "{"])
    assert main(words(emulator)) == 1
    assert capsys.readouterr().err.startswith("ConfigurationError: line 3 is not JSON")
    assert main(words(emulator, source="nowhere.jsonl")) == 1
    assert "there is no file 'nowhere.jsonl'" in capsys.readouterr().err
    assert emulator.requests == []
    assert [path.name for path in folder.iterdir()] == ["in.jsonl"]


def test_several_hosts_are_asked_in_order(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSLAB_API_KEY", KEY)
    emulator.script(*[Fault.status(402)] * 6)
    second = f'{{"provider": "modelslab", "base_url": "{emulator.url("modelslab")}"}}'
    first = f'{{"provider": "openrouter", "base_url": "{emulator.url("openrouter")}"}}'
    assert main(["in.jsonl", "-o", "out.jsonl", "--set", f"provider=[{first}, {second}]"]) == 0
    found = read(folder / "out.jsonl")
    assert {row["provider"] for row in found} == {"modelslab"}
    assert found[0]["failed_providers"] == [
        {"provider": "openrouter", "error": "InsufficientCreditError", "status_code": 402}
    ]


@signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_hears_a_signal_and_gives_back_who_heard_it_before(
    emulator: Emulator, folder: Path, number: signal.Signals
) -> None:
    emulator.script(*[Answer(text="Yes.", delay=0.3)] * 6)
    before = signal.getsignal(number)

    def send() -> None:
        assert eventually(lambda: len(emulator.requests) == 2, 30)
        os.kill(os.getpid(), number)

    sending = threading.Thread(target=send)
    sending.start()
    assert main(words(emulator, "--concurrency", "2")) == 128 + number
    sending.join()
    assert signal.getsignal(number) == before
    assert 2 <= len(read(folder / "out.jsonl")) < 6


# ------------------------------------------------------------------------ in one of its own


@signals
@pytest.mark.slow
def test_a_signal_ends_it_while_nothing_comes(emulator: Emulator, folder: Path) -> None:
    process = started(emulator, folder, source="-")
    assert process.stdin is not None
    process.stdin.write((folder / "in.jsonl").read_text("utf-8"))
    process.stdin.flush()
    assert eventually(lambda: len(emulator.requests) == 6, 30)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    told = process.stderr.read()  # to its end, with the input still open
    assert process.wait(30) == 130
    assert "6 answered, 0 failed; 6 sent" in told
    process.stdin.close()
    process.stderr.close()


@signals
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_those_on_their_way_be_answered(
    emulator: Emulator, folder: Path, number: signal.Signals
) -> None:
    emulator.script(*[Answer(text="Yes.", delay=2.0)] * 6)
    process = started(emulator, folder, "--concurrency", "2")
    assert eventually(lambda: len(emulator.requests) == 2, 30)
    process.send_signal(number)
    told = ended(process)
    assert process.returncode == 128 + number
    assert "2 answered, 0 failed, 4 left; 2 sent" in told
    assert [row["text"] for row in read(folder / "out.jsonl")] == ["Yes.", "Yes."]
    assert not (folder / "out.jsonl.journal").exists()


@signals
@pytest.mark.slow
def test_a_second_signal_leaves_them_in_doubt(emulator: Emulator, folder: Path) -> None:
    emulator.script(*[Fault.stall(after=0)] * 6)
    process = started(emulator, folder, "--concurrency", "2")
    assert eventually(lambda: len(emulator.requests) == 2, 30)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "those on their way are waited for" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    ended(process)
    assert process.returncode == 130
    emulator.clear()
    process = started(emulator, folder, "--in-doubt", "skip")
    told = ended(process)
    assert process.returncode == 1
    assert "in doubt: 2 rows were on their way" in told
    assert "row-0, row-1" in told
    assert len(emulator.requests) == 4


@signals
@pytest.mark.slow
def test_a_full_disk_is_said_in_a_line_and_gone_on_from(emulator: Emulator, folder: Path) -> None:
    code = f"""
import resource, signal
from seed_core.batch.__main__ import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
raise SystemExit(main({[*words(emulator), "--concurrency", "2"]!r}))
"""
    full = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    told = ended(full)
    assert full.returncode == 1
    assert re.search(r"^OSError: .*out\.jsonl", told, re.MULTILINE), told
    kept = read(folder / "out.jsonl")
    assert 0 < len(kept) < 6
    process = started(emulator, folder)
    assert "6 answered, 0 failed" in ended(process)
    assert len(read(folder / "out.jsonl")) == 6


@pytest.mark.slow
def test_a_batch_that_was_killed_goes_on_where_it_was(emulator: Emulator, folder: Path) -> None:
    count, concurrency = 2000, 16
    write(folder / "in.jsonl", rows(count))
    output = folder / "out.jsonl"
    process = started(emulator, folder, "--concurrency", str(concurrency))

    def written() -> int:
        return output.read_bytes().count(b"\n") if output.exists() else 0

    assert eventually(lambda: written() > count * 0.4, 50)
    process.kill()
    ended(process)
    recorded = output.read_bytes()
    known = recorded.count(b"\n")
    assert count * 0.4 < known < count
    before = Counter(question(seen) for seen in emulator.requests)
    assert set(before.values()) == {1}

    process = started(emulator, folder, "--concurrency", str(concurrency))
    told = ended(process)
    assert process.returncode == 0, told
    found = read(output)
    assert [(row["index"], row["id"]) for row in found] == [(i, f"row-{i}") for i in range(count)]
    assert all("error" not in row for row in found)
    assert output.read_bytes().startswith(recorded[: recorded.rindex(b"\n") + 1])

    # What was on its way was sent twice, and is named; nothing else was.
    sent = Counter(question(seen) for seen in emulator.requests)
    twice = {text for text, times in sent.items() if times > 1}
    assert set(sent.values()) <= {1, 2}
    in_doubt = {f"Question {row['index']}." for row in found if row.get("in_doubt")}
    assert twice <= in_doubt
    assert len(in_doubt) <= concurrency
    (named,) = re.findall(r"in doubt: (\d+) rows .* again: (.*)\n", told)
    assert int(named[0]) == len(in_doubt)
    assert {f"Question {name.removeprefix('row-')}." for name in named[1].split(", ")} == in_doubt
    assert f"{count:,} answered, 0 failed, 0 left; {count - known:,} sent" in told
    print(f"{known} recorded, {len(twice)} sent twice, {len(in_doubt)} in doubt")
