"""What the doctor finds by asking, over a real socket."""

import json
from dataclasses import fields

import pytest

from seed_core.doctor.asking import MAX_TOKENS
from seed_core.doctor.command import main
from seed_core.doctor.facts import Ping
from seed_core.emulator import Answer, Fault, Raw
from seed_core.emulator.asked import read_asked
from seed_core.providers import PROVIDERS

ASKED = {name for name in PROVIDERS if name != "compatible"} | {"runware"}


def run(capsys, *arguments):
    """The exit status, and the pings by the names of the hosts."""
    status = main(["--ping", "--json", *arguments])
    hosts = json.loads(capsys.readouterr().out)["hosts"]
    return status, {host["name"]: host["ping"] for host in hosts}


def test_all_that_have_a_key_are_asked_at_once_and_little(hosts, capsys):
    status, pings = run(capsys)
    by_name = {name: ping["result"] for name, ping in pings.items()}
    # An Ark key does not say whose it is, and a compatible server may be anywhere.
    unnamed = {"byteplus", "volcengine", "compatible"}
    assert by_name == dict.fromkeys(ASKED - unnamed, "ok") | dict.fromkeys(unnamed, "skipped")
    assert status == 0
    assert "--provider byteplus" in pings["byteplus"]["message"]
    for one in hosts.calls:
        sent = json.dumps(one.body)
        assert str(MAX_TOKENS) in sent
        assert '"stream": true' not in sent
        off = ('"effort": "none"', '"enable_thinking": false', '"thinking": "disabled"')
        assert any(word in sent for word in off) == (one.host != "modelslab")
        assert len(sent) < 400
    assert len(hosts.requests) == len(ASKED - unnamed)


def test_what_it_cost_is_told_with_its_source(hosts, capsys):
    _, pings = run(capsys)
    assert pings["openrouter"]["cost_source"] == "reported"
    assert 0 < pings["openrouter"]["cost_usd"] < 0.001
    assert pings["openrouter"]["input_tokens"] > 0
    assert pings["openrouter"]["seconds"] > 0
    assert pings["fal"]["input_tokens"] is None  # it tells no tokens
    assert pings["modelslab"]["cost_usd"] is None


def test_nothing_is_made_where_videos_are_made(hosts, capsys):
    status, pings = run(capsys, "--provider", "runware")
    assert (status, pings["runware"]["result"], pings["runware"]["cost_usd"]) == (0, "ok", 0)
    assert hosts.charges == []
    (seen,) = hosts.requests
    assert [task["taskType"] for task in seen.body] == ["getResponse"]
    assert read_asked(seen) is None


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_wrong_key_is_told_with_what_to_do_and_the_others_are_asked(
    hosts, capsys, monkeypatch, name
):
    variable = PROVIDERS[name].key_names[0] if name in PROVIDERS else "RUNWARE_API_KEY"
    monkeypatch.setenv(variable, "invalid")
    other = "openrouter" if name != "openrouter" else "empiriolabs"
    status, pings = run(capsys, "--provider", name, "--provider", other)
    assert status == 1
    assert pings[other]["result"] == "ok"
    ping = pings[name]
    assert (ping["result"], ping["error"]) == ("failed", "AuthenticationError")
    assert ping["status_code"] == 401
    assert variable in ping["message"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Fault.status(402), "InsufficientCreditError"),
        (Fault.status(429, retry_after=30), "RateLimitError"),
        (Fault.html(), "ServerError"),
        (Fault.refuse(), "APIConnectionError"),
        (Fault.garbage(), "InvalidReplyError"),
        (Fault.empty(), "InvalidReplyError"),
        (Raw(body=b"[" * 2000), "InvalidReplyError"),
        (Raw(body=b'{"choices": 7}'), "InvalidReplyError"),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_one_call(hosts, capsys, reply, error):
    hosts.script(reply)
    assert main(["--ping", "--provider", "openrouter"]) == 1
    told = capsys.readouterr()
    assert f"openrouter: {error}: " in told.out
    assert "Traceback" not in told.out + told.err
    hosts.assert_called(times=1)


def test_a_host_that_is_silent_is_waited_for_no_longer_than_told(hosts, capsys):
    hosts.script(Fault.stall(after=-1, seconds=60))
    status, pings = run(capsys, "--provider", "openrouter", "--timeout", "1.5")
    assert (status, pings["openrouter"]["error"]) == (1, "APITimeoutError")
    assert 1.5 <= pings["openrouter"]["seconds"] < 15


def test_a_mistake_of_our_own_is_no_traceback_either(hosts, capsys, monkeypatch):
    monkeypatch.delattr("seed_core.doctor.asking.QUESTION")
    status, pings = run(capsys, "--provider", "openrouter", "--provider", "runware")
    assert status == 1
    assert pings["runware"]["result"] == "ok"
    ping = pings["openrouter"]
    assert (ping["result"], ping["error"]) == ("failed", "NameError")
    assert ping["message"] == "a mistake of this package's"


def test_what_a_host_says_cannot_move_the_cursor(hosts, capsys):
    hosts.script(Fault.status(400, message="\x1b[2Jgone\r\nhosts: all is well\x07"))
    assert main(["--ping", "--provider", "openrouter"]) == 1
    told = capsys.readouterr().out
    assert {letter for letter in told if not letter.isprintable()} == {"\n"}
    assert " [2Jgone  hosts: all is well" in told


def test_a_host_that_is_named_is_asked_even_without_a_key(hosts, capsys, monkeypatch):
    monkeypatch.delenv("FAL_KEY")
    status, pings = run(capsys, "--provider", "fal")
    assert (status, pings["fal"]["error"]) == (1, "ConfigurationError")
    assert "set FAL_KEY" in pings["fal"]["message"]
    assert hosts.requests == []


def test_nobody_to_ask_is_no_success(hosts, capsys, monkeypatch):
    for row in PROVIDERS.values():
        for name in row.key_names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("RUNWARE_API_KEY")
    status, pings = run(capsys)
    assert status == 1
    assert {ping["result"] for ping in pings.values()} == {"skipped"}
    assert pings["fal"]["message"] == "no key: FAL_KEY or FAL_KEY_ID and FAL_KEY_SECRET is not set"
    assert hosts.requests == []


def test_both_clouds_of_one_key_are_asked_when_they_are_named(hosts, capsys):
    status, pings = run(capsys, "--provider", "byteplus", "--provider", "volcengine")
    assert status == 0
    assert {ping["result"] for ping in pings.values()} == {"ok"}


@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_a_server_of_your_own_is_asked_at_its_address(hosts, capsys, api):
    where = ("--base-url", hosts.url("openrouter"), "--model", "bytedance-seed/seed-2.0-mini")
    status, pings = run(capsys, *where, "--api", api)
    assert status == 0
    assert pings == {"compatible": pings["compatible"]}
    assert pings["compatible"]["model"] == "bytedance-seed/seed-2.0-mini"
    hosts.assert_called(times=1)


def test_the_model_that_answered_is_told(hosts, capsys):
    hosts.script(Answer(text="Yes", model="bytedance-seed/seed-2.0-mini-20260224"))
    _, pings = run(capsys, "--provider", "openrouter")
    assert pings["openrouter"]["model"] == "bytedance-seed/seed-2.0-mini-20260224"
    assert {*pings["openrouter"]} == {field.name for field in fields(Ping)}
