"""Prices, token estimates and waits: small rules, each with its edges."""

import time
from types import MappingProxyType

import pytest

from seed_core.errors import APITimeoutError, ConfigurationError, Phase
from seed_core.events import Usage
from seed_core.pricing import LONG_CONTEXT, Price, estimate
from seed_core.timeouts import Deadline, Timeout
from seed_core.tokens import (
    CALL_TOKENS,
    DOCUMENT_TOKENS,
    IMAGE_TOKENS,
    MESSAGE_TOKENS,
    VIDEO_TOKENS,
    estimate_text,
    estimate_tokens,
)
from seed_core.types import (
    Annotation,
    Document,
    Image,
    Message,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Url,
    Video,
)

ROWS = (
    Price("mini(-.*)?", 1.0, 10.0, 2.0, 20.0, "page", "2026-09-28"),
    Price("min.*", 5.0, 50.0, 5.0, 50.0, "page", "2026-09-28"),
)


@pytest.mark.parametrize(
    ("model", "inputs", "outputs", "usd"),
    [
        ("mini", 1_000, 100, 0.002),
        ("mini-260215", LONG_CONTEXT, 0, 0.128),
        ("mini", LONG_CONTEXT + 1, 0, 0.256002),
        ("mini", LONG_CONTEXT + 1, 1_000_000, 20.256002),
        ("mini", 0, 0, 0.0),
        ("minimal", 1_000_000, 0, 5.0),
    ],
)
def test_the_first_row_of_a_model_prices_it_by_tier(
    model: str, inputs: int, outputs: int, usd: float
) -> None:
    cost = estimate(Usage(inputs, outputs), model, ROWS)
    assert cost is not None
    assert cost.usd == pytest.approx(usd)
    assert cost.source == "estimated"


@pytest.mark.parametrize(
    ("usage", "model"),
    [
        (None, "mini"),
        (Usage(None, 5), "mini"),
        (Usage(5, None), "mini"),
        (Usage(5, 5), "other"),
        (Usage(5, 5), None),
        (Usage(5, 5), ""),
        (Usage(5, 5), "a-mini"),
        # What the host's tools and its cache cost stands in no row.
        (Usage(5, 5, tool_usage={"web_search": 3}), "mini"),
        (Usage(5, 5, cache_read_tokens=4), "mini"),
    ],
)
def test_what_is_not_known_has_no_price(usage: Usage | None, model: str | None) -> None:
    assert estimate(usage, model, ROWS) is None
    assert estimate(Usage(5, 5), "mini", ()) is None


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("é", 1), ("模型", 2), ("\ud800", 1)],
)
def test_text_is_a_quarter_of_its_bytes(text: str, tokens: int) -> None:
    assert estimate_text(text) == tokens


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (Text("abcd"), 1),
        (Refusal("abcd"), 1),
        (Reasoning("abcd"), 1),
        (Image(Url("https://a")), IMAGE_TOKENS),
        (Video(Url("https://a")), VIDEO_TOKENS),
        (Document(Url("https://a")), DOCUMENT_TOKENS),
        (ToolCall("id", "abcd", "abcdefgh"), CALL_TOKENS + 3),
        (ToolResult("id", (Text("abcd"), Image(Url("https://a")))), 1 + IMAGE_TOKENS),
        (Annotation({"a": "b" * 100}), 0),
    ],
)
def test_every_part_has_its_tokens(part: Part, tokens: int) -> None:
    prompt = Prompt((Message("user", (part,)),))
    assert estimate_tokens(prompt) == MESSAGE_TOKENS + tokens
    twice = Prompt((Message("user", (part, part)), Message("user", ())))
    assert estimate_tokens(twice) == 2 * MESSAGE_TOKENS + 2 * tokens


def test_tools_are_counted_with_their_schemas() -> None:
    tool = Tool("abcd", "abcdefgh", MappingProxyType({"type": "object"}))
    assert estimate_tokens(Prompt((), (tool,))) == 1 + 2 + 5
    assert estimate_tokens(Prompt((), (ServerTool({"type": "x"}),))) == 3


# --- waits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0, -1, -0.5, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "name", ["connect", "read", "write", "pool", "first_token", "idle", "total"]
)
def test_a_wait_is_more_than_nothing(name: str, bad: float) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Timeout(**{name: bad})


def test_waits_are_strict_for_connecting_and_generous_for_thinking() -> None:
    assert (Timeout().connect, Timeout().read, Timeout().first_token) == (10, 600, 600)
    assert Timeout().total is None


def test_without_limits_nothing_ends() -> None:
    free = Deadline.start(Timeout(None, None, None, None, None, None, None))
    free.begin(streaming=True)
    free.check("host")
    assert free.nearest()[0] is None
    assert free.silence(streaming=True)[0] is None
    assert free.pause(5.0) == 5.0
    assert set(free.for_httpx(streaming=True).values()) == {None}


def test_the_total_bounds_every_wait() -> None:
    deadline = Deadline.start(Timeout(total=0.5))
    deadline.begin(streaming=False)
    assert deadline.pause(9.0) <= 0.5
    assert deadline.pause(0.1) == 0.1
    limits = deadline.for_httpx(streaming=False)
    assert all(limit is not None and 0 < limit <= 0.5 for limit in limits.values())
    seconds, phase = deadline.silence(streaming=False)
    assert phase == "total"
    assert seconds is not None
    assert seconds <= 0.5


def test_a_total_that_has_passed_is_an_error_and_leaves_no_wait() -> None:
    deadline = Deadline.start(Timeout(total=0.001))
    time.sleep(0.005)
    with pytest.raises(
        APITimeoutError, match=r"host did not answer in time: total is 0\.001 s"
    ) as caught:
        deadline.check("host")
    assert (caught.value.phase, caught.value.provider, caught.value.retryable) == (
        "total",
        "host",
        False,
    )
    assert deadline.pause(5.0) == 0.0
    assert deadline.nearest() == (0.001, "total")


@pytest.mark.parametrize(
    ("timeout", "streaming", "phase"),
    [
        (Timeout(read=3), False, "read"),
        (Timeout(read=3, total=2), False, "total"),
        (Timeout(read=None, total=2), False, "total"),
        (Timeout(first_token=2, idle=1), True, "first_token"),
        (Timeout(first_token=2, total=1), True, "total"),
        (Timeout(first_token=None, idle=1), True, "idle"),
        (Timeout(first_token=None, idle=1, total=0.5), True, "total"),
    ],
)
def test_the_nearest_limit_of_a_silence_gives_it_its_name(
    timeout: Timeout, streaming: bool, phase: Phase
) -> None:
    deadline = Deadline.start(timeout)
    deadline.begin(streaming=streaming)
    assert deadline.silence(streaming=streaming)[1] == phase


def test_after_the_first_event_silence_is_idle() -> None:
    deadline = Deadline.start(Timeout(first_token=2, idle=7))
    deadline.begin(streaming=True)
    deadline.first_token = None
    assert deadline.silence(streaming=True) == (7, "idle")


def test_httpx_waits_for_a_stream_as_long_as_the_longer_of_its_silences() -> None:
    deadline = Deadline.start(Timeout(first_token=2, idle=7, read=1))
    assert deadline.for_httpx(streaming=True)["read"] == 7
    assert deadline.for_httpx(streaming=False)["read"] == 1
    unbound = Deadline.start(Timeout(first_token=None, idle=7))
    assert unbound.for_httpx(streaming=True)["read"] is None


def test_an_error_without_a_limit_still_has_words() -> None:
    deadline = Deadline.start(Timeout(connect=None))
    assert "connect" in str(deadline.error("connect", None))
