"""What the doctor knows without asking: the registry, the environment, what is installed."""

import json
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import pytest

from seed_core.capabilities import Capabilities
from seed_core.doctor.command import main
from seed_core.doctor.facts import FEATURES, examine
from seed_core.doctor.showing import plain
from seed_core.errors import ConfigurationError
from seed_core.providers import PROVIDERS
from seed_core.providers.base import ModelFacts
from seed_core.providers.openrouter import OPENROUTER
from seed_core.videos.seedance import PRICES

SECRET = "sk-or-v1-0123456789abcdef"


def only(name, **settings):
    return examine([name], **settings).hosts[0]


def test_every_host_of_the_registry_is_there_and_then_that_of_the_videos():
    assert [host.name for host in examine().hosts] == [*PROVIDERS, "runware"]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_host_is_told_as_its_row_says(name):
    row, host = PROVIDERS[name], only(name)
    assert host.model == row.model
    assert host.prices == row.prices
    assert host.max_concurrency == row.max_concurrency
    assert [wire.api for wire in host.wires] == [*row.wires]
    for wire in host.wires:
        can = replace(row, api=wire.api).capabilities()
        assert wire.base_url == row.addresses.get(wire.api, row.base_url)
        assert wire.streams == row.wires[wire.api].streams
        assert wire.limits["context_window"] == can.context_window
        assert wire.limits["ranges"] == can.ranges
        assert [*wire.features] == [*FEATURES]
        words = {"yes": can.yes, "no": can.no, "ignored": can.ignored}
        for feature, word in wire.features.items():
            for known, features in words.items():
                assert word != known or feature in features
            assert word != "unknown" or feature not in can.yes | can.no | can.ignored
            assert word != "in words" or (feature in can.no and can.serves(feature))
            assert (word == "by the client") == (feature == "stop" and feature in can.no)


def test_a_new_row_appears_by_itself(monkeypatch):
    fast = Capabilities(yes=frozenset({"tools"}), no=frozenset({"video"}), context_window=1234)
    row = replace(
        OPENROUTER,
        name="newhost",
        key_names=("NEWHOST_KEY",),
        model="seed-new",
        facts=(ModelFacts("seed-new", fast),),
    )
    monkeypatch.setitem(PROVIDERS, "newhost", row)
    monkeypatch.setenv("NEWHOST_KEY", SECRET)
    told = plain(examine())
    assert "newhost      NEWHOST_KEY          set         seed-new" in told
    assert "1,234" in told
    host = only("newhost")
    assert host.wires[0].features["tools"] == "yes"
    assert host.wires[0].features["video"] == "no"
    assert host.wires[0].features["image"] == "unknown"


def test_the_videos_are_told_by_the_second():
    host = only("runware")
    assert host.makes == "videos"
    assert host.prices == PRICES
    assert host.key.variables == (("RUNWARE_API_KEY",),)


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_key_is_told_by_its_variable_and_nothing_of_it_is_shown(monkeypatch, capsys, arguments):
    told = []
    for key in (SECRET, "another-of-another-length", "x"):
        for name in ("OPENROUTER_API_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET", "RUNWARE_API_KEY"):
            monkeypatch.setenv(name, key)
        assert main(arguments) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    assert SECRET not in told[0]
    found = {host.name: host.key.found for host in examine().hosts if host.key.found}
    assert found == {
        "openrouter": ("OPENROUTER_API_KEY",),
        "fal": ("FAL_KEY_ID", "FAL_KEY_SECRET"),
        "runware": ("RUNWARE_API_KEY",),
    }


def test_half_a_key_and_blanks_are_none(monkeypatch):
    monkeypatch.setenv("FAL_KEY_ID", "an-id-of-a-key")
    monkeypatch.setenv("OPENROUTER_API_KEY", "  ")
    assert only("fal").key.found == ()
    assert only("openrouter").key.found == ()


def test_it_says_who_is_asked_without_provider(monkeypatch):
    nobody = examine(["fal"])
    assert nobody.chosen is None
    assert "OPENROUTER_API_KEY" in (nobody.advice or "")
    monkeypatch.setenv("MODELSLAB_API_KEY", "k")
    assert (examine(["fal"]).chosen, examine(["fal"]).advice) == ("modelslab", None)


def test_the_versions_are_those_that_are_installed():
    told = examine(["fal"]).versions
    assert {"python", "seed-integrations", "httpx", "langchain-core", "llama-index-core"} <= {*told}
    for name in told.keys() - {"python", "seed-integrations"}:
        try:
            there = version(name)
        except PackageNotFoundError:
            there = None
        assert told[name] == there


def test_a_proxy_is_told_by_its_host_alone(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{SECRET}@proxy.example:3128/path?{SECRET}")
    sends = examine(["fal"]).transport
    assert (sends.name, sends.proxies) == ("httpx", {"https": "proxy.example:3128"})
    assert "somebody" not in json.dumps(examine().as_json())
    assert SECRET not in json.dumps(examine().as_json())


@pytest.mark.parametrize(
    ("proxy", "told"),
    [
        (f"http://{SECRET}:1234/56@proxy.example:3128", "an address that is none"),
        (f"http://{SECRET}:1234#56@proxy.example:3128", "an address that is none"),
        (f"http://{SECRET}:a/b@proxy.example:3128", "an address that is none"),
        ("http://", "an address that is none"),
        (f"http://a:{SECRET}@[::1]:3128", "[::1]:3128"),
        ("proxy.example:3128", "proxy.example:3128"),
    ],
)
def test_no_part_of_a_password_is_taken_for_the_host_of_a_proxy(monkeypatch, proxy, told):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert examine(["fal"]).transport.proxies == {"https": told}


@pytest.mark.parametrize(
    ("said", "name", "reason"),
    [
        (None, "own", "nothing says otherwise"),
        ("httpx", "httpx", "SEED_TRANSPORT says so"),
        ("pigeons", "own", "transport='pigeons' is not known; it is 'auto' or 'httpx'"),
    ],
)
def test_it_says_what_sends(monkeypatch, said, name, reason):
    if said is None:
        monkeypatch.delenv("SEED_TRANSPORT", raising=False)
    else:
        monkeypatch.setenv("SEED_TRANSPORT", said)
    sends = examine(["fal"]).transport
    assert (sends.name, sends.reason, sends.proxies) == (name, reason, {})


def test_settings_of_one_host_are_heeded():
    host = only("openrouter", api="messages", model="bytedance-seed/seed-1.6")
    assert host.model == "bytedance-seed/seed-1.6"
    assert [wire.api for wire in host.wires] == ["messages", "chat", "responses"]
    assert host.wires[0].features["tools"] == "unknown"  # nothing is known of that model
    moved = only("fal", base_url="http://localhost:1")
    assert {wire.base_url for wire in moved.wires} == {"http://localhost:1"}
    own = only("compatible", base_url="http://localhost:1/v1")
    assert {wire.base_url for wire in own.wires} == {"http://localhost:1/v1"}
    assert own.model == ""


def test_an_unknown_host_is_an_error():
    with pytest.raises(ConfigurationError, match="unknown provider 'nowhere'"):
        examine(["nowhere"])
