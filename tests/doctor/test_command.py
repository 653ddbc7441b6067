"""`python -m seed_core`: what is shown, to whom, and how it ends."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from seed_core.doctor import examine
from seed_core.doctor.asking import ask
from seed_core.doctor.command import main
from seed_core.doctor.showing import plain, show
from seed_core.emulator import Fault
from seed_core.pricing import Price
from seed_core.providers import PROVIDERS
from tests.core.calling import eventually

COMMAND = [sys.executable, "-W", "error", "-m", "seed_core"]


def test_a_pipe_gets_plain_aligned_text(capsys):
    assert main(["--provider", "fal", "--provider", "openrouter"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    head, fal, openrouter = told.partition("\nHosts\n")[2].splitlines()[:3]
    assert head.index("model") == fal.index("fal-ai/") == openrouter.index("bytedance-seed/")
    assert re.search(r"^tools +in words +yes$", told, re.MULTILINE)
    assert "fal over chat: yes: tools; no: upload; unknown: tool_choice" in told


def test_a_price_is_that_of_the_model_that_is_asked():
    mini, other = Price("seed-a", 1, 2, 3, 4, "page a", "2026-01-02"), Price(".*", 5, 6)
    host = replace(examine(["fal"]).hosts[0], prices=(mini, other))
    report = examine(["fal"])
    told = [
        plain(replace(report, hosts=(replace(host, model=model),)))
        for model in ("seed-a", "seed-b", "seed-a-later")
    ]
    assert re.search(r"^fal +1.00 +- +2.00 +3.00 +4.00$", told[0], re.MULTILINE)
    assert "\nfal: page a, read on 2026-01-02" in told[0]
    assert re.search(r"^fal +5.00 +- +6.00 +- +-$", told[1], re.MULTILINE)
    assert "\nfal: said by the caller" in told[1]
    assert "\nfal: said by the caller" in told[2]
    assert "not known: modelslab" in plain(examine(["fal", "modelslab"])).splitlines()
    assert "million" not in plain(examine(["modelslab", "runware"]))


def test_every_feature_of_every_host_is_in_the_table():
    told = plain(examine())
    table = told.partition("\nLimits and features")[2].partition("\n\n")[0].splitlines()[1:]
    assert table[0].split() == [*PROVIDERS]
    for host in examine().hosts:
        for wire in host.wires:
            if wire is not host.wires[0] and wire.features != host.wires[0].features:
                assert any(line.startswith(f"{host.name} over {wire.api}: ") for line in table)


def test_a_terminal_with_rich_gets_the_same_words(hosts, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    console_of = pytest.importorskip("rich.console")
    report = ask(examine(["openrouter", "runware"]))
    shown = io.StringIO()
    show(report, console_of.Console(file=shown, force_terminal=True, width=200))
    told = shown.getvalue()
    assert "\x1b[32mset\x1b[0m" in told
    # Brackets are a host's words, not rich's markup.
    words = {word for line in plain(report).splitlines() for word in line.split()}
    bare = re.sub(r"\x1b\[[\d;]*m", "", told)
    assert words <= {*bare.split()}


def test_a_narrow_terminal_is_told_host_by_host():
    console_of = pytest.importorskip("rich.console")
    shown = io.StringIO()
    show(examine(), console_of.Console(file=shown, width=80))
    told = " ".join(shown.getvalue().split())
    assert "fal over sync: 256,000 tokens in and out; 65,536 tokens out; 2 calls at once, " in told
    assert "in words: tools, tool_choice, parallel_tool_calls, json_schema, json_object" in told
    assert "fal over chat: yes: tools; no: upload; unknown: tool_choice" in told
    assert max(map(len, shown.getvalue().splitlines())) <= 80


@pytest.mark.parametrize("missing", [False, True])
def test_a_terminal_is_told_with_rich_or_without(monkeypatch, capsys, *, missing):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    if missing:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    else:
        pytest.importorskip("rich.console")
    assert main(["--provider", "fal"]) == 0
    assert ("\x1b[" in capsys.readouterr().out) != missing


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--provider", "openruoter"], "unknown provider 'openruoter'; there is openrouter, "),
        (["--model", "x"], "--model belongs to one host: say one --provider"),
        (["--provider", "fal", "--api", "messages"], "fal has no api='messages'; it has sync, "),
        (["--provider", "runware", "--model", "x"], "--model and --api are not for runware"),
        (["--base-url", "ftp://x"], "base_url must begin with http:// or https://"),
        (["--timeout", "0"], "--timeout must be more than 0"),
        (["--timeout", "nan"], "--timeout must be more than 0"),
        (["--timeout", "inf"], "--timeout must be more than 0, and at most 1e+09"),
    ],
)
def test_a_mistake_in_the_command_is_told_and_is_status_2(capsys, arguments, words):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert words in capsys.readouterr().err


def test_the_json_is_json_and_has_what_the_values_have(capsys):
    assert main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(examine().as_json()))
    assert told["schema"] == 1


def test_it_imports_no_framework_and_ends_quietly_when_its_reader_is_gone():
    program = (
        "import sys; from seed_core.doctor.command import main; main([]);"
        "sys.exit(bool({'langchain_core', 'langchain', 'llama_index'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(COMMAND, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


def test_ctrl_c_ends_it_without_a_traceback(hosts):
    hosts.script(Fault.stall(after=-1, seconds=60))
    where = ["--base-url", hosts.url(), "--model", "bytedance-seed/seed-2.0-mini"]
    with subprocess.Popen(
        [*COMMAND, "--ping", *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert eventually(lambda: bool(hosts.requests), 30)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)
    assert (process.returncode, *told) == (130, b"", b"")
