"""The host as a value: its address and its key, which is shown to nobody."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from seed_core.errors import APIStatusError, ConfigurationError, InvalidReplyError, SeedError
from seed_core.polling import Polling
from seed_core.version import USER_AGENT
from seed_core.videos.runware import BASE_URL, Runware, resolve_runware
from seed_core.videos.storage import upload_image
from seed_core.videos.submit import submit
from seed_core.videos.watch import look
from tests.core.playing import play
from tests.video.asking import AT_ONCE, HOST, KEY, TASK, error, errors, says, task

# --- the key --------------------------------------------------------------------------------------


def test_the_key_of_the_environment_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_runware().api_key is None
    monkeypatch.setenv("RUNWARE_API_KEY", f" {KEY}\n")
    for said in (None, "", SecretStr(" ")):
        found = resolve_runware(said).api_key
        assert found is not None
        assert found.get_secret_value() == KEY
    for given in ("mine", SecretStr("mine")):
        own = resolve_runware(given).api_key
        assert own is not None
        assert own.get_secret_value() == "mine"


def test_without_a_key_nothing_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="set RUNWARE_API_KEY, or pass api_key="):
        next(look(resolve_runware(), TASK, AT_ONCE))
    with pytest.raises(ConfigurationError, match="no key"):
        next(look(resolve_runware(""), TASK, AT_ONCE))
    own = resolve_runware(headers={"Authorization": "Bearer other"})
    assert own.request({}).headers["authorization"] == "Bearer other"


def test_the_headers_of_a_request() -> None:
    host = resolve_runware(KEY, headers={"X-Runware-Dry-Run": "1", "User-Agent": "mine"})
    assert host.request({}).headers == {
        "accept": "application/json",
        "content-type": "application/json",
        "user-agent": "mine",
        "authorization": f"Bearer {KEY}",
        "x-runware-dry-run": "1",
    }
    assert HOST.request({}).headers["user-agent"] == USER_AGENT


@pytest.mark.parametrize("key", ["a\nb", "schlüssel-lang-genug", "\x00key-long-enough"])
def test_a_key_that_no_header_can_hold_is_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="copy it again") as caught:
        resolve_runware(key).request({})
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "headers", [{"x-token": "secret\n"}, {"x-token": 7}, {"x token": "secret"}, {"x-é": "secret"}]
)
def test_a_header_that_is_none_is_not_shown(headers: Any) -> None:
    with pytest.raises(ConfigurationError, match="printable ASCII") as caught:
        resolve_runware(KEY, headers=headers).request({})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "said", [{"api_key": 7}, {"base_url": 7}, {"headers": ["a"]}, {"api_key": b"key"}]
)
def test_arguments_have_their_types(said: Any) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(said))):
        resolve_runware(**said)


# --- the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "url"),
    [
        (None, BASE_URL),
        ("", BASE_URL),
        ("https://api.runware.ai", BASE_URL),
        ("https://api.runware.ai/", BASE_URL),
        (" https://api.runware.ai/v1/ ", BASE_URL),
        ("http://127.0.0.1:8080/runware/v1", "http://127.0.0.1:8080/runware/v1"),
        ("https://proxy.example/x", "https://proxy.example/x"),
    ],
)
def test_an_address_in_any_form(said: str | None, url: str) -> None:
    assert resolve_runware(KEY, said).request({}).url == url


@pytest.mark.parametrize(
    "said",
    [
        "api.runware.ai",
        "ftp://api.runware.ai",
        "https://",
        "https://a.example:0",
        "https://a.example:x",
        "https://[::1",
        "https://user:secret@a.example",
        "https://a.example/?key=secret",
        "https://a.example/#secret",
    ],
)
def test_what_is_no_address_is_refused(said: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        resolve_runware(KEY, said)
    assert "secret" not in str(caught.value)


# --- what is secret -------------------------------------------------------------------------------

SECRETIVE = resolve_runware(
    KEY, headers={"x-api-token": "Token header-secret-9", "x-app": "an app"}
)
ECHO = f"No such key {KEY}, nor header-secret-9"


def all_of(raised: SeedError) -> str:
    return f"{raised} {raised!r} {vars(raised)}"


def test_no_repr_shows_the_key() -> None:
    values = (
        SECRETIVE,
        SECRETIVE.request({"a": 1}),
        submit(SECRETIVE, task(), TASK, AT_ONCE),
        SECRETIVE.without_key(),
    )
    assert not [one for one in values if KEY in f"{one!r} {one}" or "secret-9" in f"{one!r} {one}"]


@pytest.mark.parametrize(
    "answer",
    [
        says(errors(error("invalidApiKey", ECHO)), 401),
        says(errors(error("invalidApiKey", ECHO))),
        says({"detail": ECHO}, 400),
        says(f"<p>{ECHO}</p>".encode(), 400),
        says(ECHO.encode(), 402),
        says(b"{}", 400, x_odd=ECHO),
        says(errors(error("invalidValue")), 200, x_odd=ECHO),
        says(errors(error(ECHO)), 400),
    ],
)
def test_no_error_shows_the_key(answer: Any) -> None:
    for flow in (
        submit(SECRETIVE, task(), TASK, AT_ONCE),
        upload_image(SECRETIVE, "https://example.com/a.png", TASK, AT_ONCE),
    ):
        _, raised = play(flow, answer)
        assert isinstance(raised, APIStatusError)
        assert KEY not in all_of(raised)
        assert "header-secret-9" not in all_of(raised)
        assert raised.headers["content-type"] == "application/json"


def test_an_answer_of_something_else_does_not_show_the_key_either() -> None:
    echo = says(ECHO.encode())
    _, raised = play(look(SECRETIVE, TASK, AT_ONCE), echo, echo, echo)
    assert isinstance(raised, InvalidReplyError)
    assert "No such key ***" in str(raised)
    assert "check base_url=" in str(raised)
    assert KEY not in all_of(raised)


def test_a_key_of_a_few_letters_is_a_placeholder() -> None:
    assert resolve_runware("a").scrub("a word") == "a word"
    assert SECRETIVE.scrub(f"{KEY} of an app") == "*** of an app"


def test_a_pickle_has_no_key_and_a_copy_has() -> None:
    polling = Polling(1.0, 2.0)
    host = replace(SECRETIVE, base_url="https://a.example/v1", polling=polling)
    content = pickle.dumps(host)
    assert KEY.encode() not in content
    assert b"header-secret-9" not in content
    assert pickle.loads(content) == Runware("https://a.example/v1", polling=polling)
    assert copy.copy(host) is copy.deepcopy(host) is host
    assert host.without_key().api_key is None


def test_the_body_is_a_list_of_one() -> None:
    assert b"".join(part for part in HOST.request({"a": "b"}).body.parts) == b'[{"a":"b"}]'  # type: ignore[misc]  # there is no media
    with pytest.raises(ConfigurationError, match="JSON"):
        HOST.request({"a": object()})
