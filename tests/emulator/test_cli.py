"""`python -m seed_core.emulator`."""

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from seed_core.emulator.__main__ import main

COMMAND = [sys.executable, "-W", "error", "-m", "seed_core.emulator", "--port", "0"]


# What a shell starts in the background ignores interrupts from the beginning.
IN_THE_BACKGROUND = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND]


@pytest.fixture(params=[COMMAND, IN_THE_BACKGROUND], ids=["in front", "in the background"])
def started(request):
    process = subprocess.Popen(
        request.param, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.kill()


def test_it_prints_how_to_use_it_and_runs_until_ctrl_c(started):
    lines = []
    for line in started.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    told = "".join(lines)
    assert "canned" in told
    assert "not the model" in told
    assert "OPENROUTER_API_KEY=test" in told
    url = next(word for word in told.split() if word.startswith("http://127.0.0.1:"))
    assert httpx.get(f"{url}/models", trust_env=False).status_code == 200
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=5) == 0
    assert started.stderr.read() == ""


def test_a_taken_port_is_said_plainly(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_help(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--port" in capsys.readouterr().out
