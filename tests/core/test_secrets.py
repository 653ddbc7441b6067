"""The key goes to the host that it is for, and is shown to nobody else."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict

import httpx
import pytest

from seed_core.client import AsyncClient, Client
from seed_core.emulator import Emulator, Fault, Raw
from seed_core.errors import APIStatusError, ConfigurationError, SeedError
from seed_core.providers import resolve
from seed_core.settings import Settings
from tests.core.calling import COLOURS, HELLO, KEY, ONCE, Colour, ask, provider_at

both = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
ECHO = json.dumps(
    {"error": {"code": 401, "message": f"No such key {KEY}", "metadata": {"raw": KEY}}}
)


@both
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "trouble",
    [
        Fault.status(400),
        Fault.status(503),
        Fault.refuse(),
        Fault.garbage(after=0),
        Fault.cut(after=3),
        Raw(status=401, body=ECHO.encode()),
        Raw(status=502, body=f"<p>{KEY}</p>".encode(), headers={"content-type": "text/html"}),
        Raw(status=500, body=f"key {KEY} is odd".encode(), headers={"content-type": "text/plain"}),
        Raw(status=302, headers={"location": f"https://a.example/?k={KEY}"}),
    ],
    ids=lambda item: f"{getattr(item, 'kind', 'raw')} {getattr(item, 'status', '')}"[:20],
)
def test_no_error_and_no_log_shows_the_key(
    emulator: Emulator,
    colour: Colour,
    stream: bool,
    trouble: Fault | Raw,
    caplog: pytest.LogCaptureFixture,
) -> None:
    emulator.script(trouble)
    with caplog.at_level(logging.DEBUG):
        outcome = ask(colour, provider_at(emulator), stream=stream, retry=ONCE)
    error = outcome.error
    assert error is not None
    assert emulator.requests[0].headers["authorization"] == f"Bearer {KEY}"
    # The transport's own library logs response headers at DEBUG; what this project logs is ours.
    ours = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpcore"))
    shown = [str(error), repr(error), "".join(traceback.format_exception(error)), ours]
    assert not [text for text in shown if KEY in text]


def test_no_repr_shows_the_key(emulator: Emulator) -> None:
    secret_header = {"authorization": f"Bearer {KEY}"}
    provider = provider_at(emulator, headers=secret_header, query={"key": KEY})
    values = (
        provider,
        provider.request(HELLO, stream=True).headers.keys(),
        Client(provider),
        AsyncClient(provider),
        provider_at(emulator).request(HELLO, stream=False),
        provider_at(emulator).call(HELLO, stream=False, retry=ONCE),
    )
    assert not [value for value in values if KEY in f"{value!r} {value}"]


def test_a_provider_can_be_had_without_its_key(emulator: Emulator) -> None:
    bare = provider_at(emulator).without_key()
    assert KEY.encode() not in pickle.dumps(bare)
    assert KEY not in str(asdict(bare))
    assert bare.api_key is None


@pytest.mark.parametrize(
    "bad",
    ["sk-or-\nline", "sk-or-\u2026", "sk-or-é", "sk or\x00"],
)
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    emulator: Emulator, bad: str
) -> None:
    with pytest.raises(ConfigurationError, match="characters that no key has") as caught:
        Client(provider_at(emulator, api_key=bad)).call(HELLO)
    assert bad not in str(caught.value)
    assert emulator.requests == []


def test_blanks_around_a_key_are_not_part_of_it(emulator: Emulator) -> None:
    Client(provider_at(emulator, api_key=f"  {KEY}\n")).call(HELLO)
    assert emulator.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", f"Bearer {KEY}\n"),
        ("x-own", "é"),
        ("x-own", "a\r\nb: c"),
        ("x own", "unseen"),
        ("", "unseen"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_without_being_shown(
    emulator: Emulator, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match="the header") as caught:
        Client(provider_at(emulator, headers={name: value})).call(HELLO)
    assert value not in "".join(traceback.format_exception(caught.value))
    assert emulator.requests == []


# --- redirects ------------------------------------------------------------------------------------


REDIRECTS = pytest.mark.parametrize("status", [301, 302, 303, 307, 308])


@both
@pytest.mark.parametrize("colour", COLOURS)
@REDIRECTS
def test_a_redirect_is_not_followed(
    emulator: Emulator, colour: Colour, stream: bool, status: int
) -> None:
    provider = provider_at(emulator)
    emulator.script(Raw(status=status, headers={"location": provider.url}))
    error = ask(colour, provider, stream=stream).failure(APIStatusError)
    assert error.status_code == status
    assert "redirect" in str(error)
    assert len(emulator.requests) == 1


@REDIRECTS
async def test_a_redirect_is_not_followed_by_the_users_client_either(
    emulator: Emulator, status: int
) -> None:
    provider = provider_at(emulator)
    moved = Raw(status=status, headers={"location": provider.url})
    emulator.script(moved, moved)
    with (
        httpx.Client(follow_redirects=True) as own,
        pytest.raises(APIStatusError, match="redirect"),
    ):
        Client(provider, http_client=own).call(HELLO)
    async with httpx.AsyncClient(follow_redirects=True) as loops:
        with pytest.raises(APIStatusError, match="redirect"):
            await AsyncClient(provider, http_client=loops).call(HELLO)
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("address", ["http://user:word@127.0.0.1/v1", "https://u@a.example"])
def test_an_address_with_a_password_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="user name or password") as caught:
        resolve("openrouter", base_url=address, api_key=KEY)
    assert "word@" not in str(caught.value)


def test_an_address_of_another_host_is_never_guessed_for_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with pytest.raises(SeedError, match="base_url= needs provider="):
        resolve(base_url="https://a.example")


def test_a_key_of_the_wrong_type_is_not_shown_by_its_error() -> None:
    with pytest.raises(ValueError, match="api_key") as caught:
        Settings(provider="openrouter", api_key=[KEY])
    assert KEY not in str(caught.value)


# --- a provider as a value ------------------------------------------------------------------------


def test_a_pickled_provider_has_no_key_and_a_copied_one_keeps_it() -> None:
    given = resolve("openrouter", api_key=KEY, headers={"X-Gateway-Token": "gateway-secret-1"})
    written = pickle.dumps(given)
    assert KEY.encode() not in written
    assert b"gateway-secret-1" not in written
    again = pickle.loads(written)
    assert (again.name, again.url, again.model) == (given.name, given.url, given.model)
    assert again.api_key is None
    assert copy.copy(given) == copy.deepcopy(given) == given
    assert copy.deepcopy(given).api_key is not None


@pytest.mark.parametrize(
    "said",
    [
        {"headers": {"Authorization": "Bearer a-key-in-a-header"}},
        {"headers": {"X-Api-Key": "a-key-in-a-header"}},
        {"query": {"api_key": "a-key-in-a-header"}},
    ],
)
def test_a_key_that_was_given_otherwise_is_cut_out_of_what_a_host_says(
    emulator: Emulator, said: dict[str, dict[str, str]]
) -> None:
    body = json.dumps({"error": {"message": "No such key: a-key-in-a-header", "code": 401}})
    emulator.script(Raw(401, body=body.encode()))
    error = ask("sync", provider_at(emulator, **said), stream=False).error
    assert "No such key: ***" in str(error)
    assert "a-key-in-a-header" not in repr(getattr(error, "body", None))


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "sig"])
def test_an_address_that_holds_a_key_is_refused_without_being_shown(name: str) -> None:
    with pytest.raises(ConfigurationError, match="default_query=") as caught:
        resolve("openrouter", base_url=f"https://a.example/v1?{name}=hidden-value", api_key=KEY)
    assert "hidden-value" not in str(caught.value)
    assert resolve("openrouter", base_url="https://a.example/v1?api-version=2", api_key=KEY).url


def test_a_key_that_looks_like_another_hosts_is_not_sent() -> None:
    with pytest.raises(ConfigurationError, match="begins like those of openrouter") as caught:
        resolve("empiriolabs", api_key=KEY)
    assert KEY not in str(caught.value)
    assert resolve("empiriolabs", api_key=KEY, base_url="https://gateway.example").api_key
    chosen = Settings(api_key=KEY)
    with pytest.raises(ConfigurationError, match="not sent to empiriolabs"):
        _ = chosen.model_copy(update={"provider": "empiriolabs"}).host


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"api_key": b"a-key-as-bytes"}, "api_key= takes a str or a SecretStr, not a bytes"),
        ({"api": ["chat"]}, "api= takes a str"),
        ({"base_url": 5}, "base_url= takes a str"),
        ({"region": [1]}, "region= takes a str"),
        ({"model": 5}, "model= takes a str"),
        ({"headers": "x"}, "headers= takes a Mapping"),
        ({"query": [("a", "b")]}, "query= takes a Mapping"),
        ({"key_in": "cookie"}, "takes no key in the 'cookie'"),
    ],
)
def test_a_setting_of_the_wrong_type_is_told_without_being_shown(
    said: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        resolve("openrouter", **said)  # type: ignore[arg-type]  # the wrong type is the point
    assert "a-key-as-bytes" not in str(caught.value)


@pytest.mark.parametrize("said", [["openrouter"], {"provider": "openrouter"}, 5])
def test_one_provider_is_a_name_or_a_value(said: object) -> None:
    with pytest.raises(ConfigurationError, match="provider= takes a str or a Provider"):
        resolve(said)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize(
    "said", [{"timeout": "5"}, {"timeout": (1, 2)}, {"retry": 3}, {"provider": 5}]
)
def test_a_client_tells_what_it_takes(said: dict[str, object]) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(ConfigurationError, match=f"{next(iter(said))}= takes a"):
            kind(**{"provider": "openrouter", **said})  # type: ignore[arg-type]  # the wrong type is the point


def test_a_header_that_is_no_text_is_told() -> None:
    host = resolve("openrouter", api_key=KEY, headers={"X-A": None})  # type: ignore[dict-item]  # the wrong type is the point
    with pytest.raises(ConfigurationError, match="the header 'x-a' must be text, not a NoneType"):
        host.request(HELLO, stream=False)


def test_a_pickled_model_has_no_query_either() -> None:
    given = Settings(api_key=KEY, default_query={"api_key": "a-secret-in-the-query"})
    assert b"a-secret-in-the-query" not in pickle.dumps(given)
