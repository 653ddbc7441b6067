"""What options become on Ark's wires, what is refused, and within which limits."""

import re
from typing import Any

import pytest

from seed_core.errors import ConfigurationError, MediaError, UnsupportedError
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.types import Bytes, Image, Video
from tests.providers.ark.hosts import CHAT, CHINA, KEY, RESPONSES
from tests.providers.sending import fields, prompt


@pytest.mark.parametrize(
    ("options", "chat", "responses"),
    [
        (
            {"thinking": "enabled"},
            {"thinking": {"type": "enabled"}},
            {"thinking": {"type": "enabled"}},
        ),
        (
            {"thinking": "disabled"},
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}},
        ),
        (
            # Together the host would refuse them.
            {"thinking": "disabled", "reasoning_effort": "high"},
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}},
        ),
        (
            {"reasoning_effort": "minimal"},
            {"reasoning_effort": "minimal"},
            {"reasoning": {"effort": "minimal"}},
        ),
        (
            {"reasoning_effort": "low"},
            {"reasoning_effort": "low"},
            {"reasoning": {"effort": "low"}},
        ),
        (
            {"thinking": "enabled", "reasoning_effort": "high"},
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            {"thinking": {"type": "enabled"}, "reasoning": {"effort": "high"}},
        ),
        ({"max_tokens": 100}, {"max_completion_tokens": 100}, {"max_output_tokens": 100}),
        ({"service_tier": "fast"}, {"service_tier": "fast"}, {"service_tier": "fast"}),
        ({"hide_reasoning": True}, {}, {}),
    ],
)
def test_options_become_each_wires_words(
    options: dict[str, Any], chat: dict[str, Any], responses: dict[str, Any]
) -> None:
    batch = resolve("byteplus", api="batch", model="ep-1", api_key=KEY)
    assert fields(CHAT, **options) == chat
    assert fields(batch, **options) == chat
    assert fields(RESPONSES, **options) == responses


def test_a_user_is_named_on_chat_alone() -> None:
    assert fields(CHAT, user="u") == {"user": "u"}
    with pytest.raises(
        UnsupportedError, match=r"user .* over this wire .*byteplus \(chat, batch\)"
    ):
        RESPONSES.check(prompt(user="u"))


@pytest.mark.parametrize("host", [CHAT, RESPONSES, CHINA], ids=lambda host: host.api)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thinking": "auto"}, "cannot express thinking='auto'; it knows enabled, disabled"),
        ({"reasoning_effort": "enormous"}, "cannot express reasoning_effort='enormous'"),
        ({"service_tier": "flex"}, "cannot express service_tier='flex'"),
        ({"image_detail": "blurred"}, "cannot express image_detail='blurred'"),
        ({"thinking_budget": 1024}, "does not support thinking_budget"),
        ({"frequency_penalty": 0.5}, "does not support frequency_penalty"),
        ({"presence_penalty": 0.5}, "does not support presence_penalty"),
    ],
)
def test_what_these_builds_do_not_know_is_refused(
    host: Provider, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnsupportedError, match=re.escape(words)):
        host.check(prompt(**options))


def test_limits_of_this_home_of_the_model() -> None:
    CHAT.check(prompt(max_tokens=65_536))
    with pytest.raises(ConfigurationError, match="max_tokens=65537 is outside 1 to 65536"):
        CHAT.check(prompt(max_tokens=65_537))
    CHAT.check(prompt(Image(Bytes(bytes(10 * 1024 * 1024)))))
    with pytest.raises(MediaError, match="images of at most 10,485,760 bytes"):
        CHAT.check(prompt(Image(Bytes(bytes(10 * 1024 * 1024 + 1)))))
    with pytest.raises(MediaError, match="videos of at most 52,428,800 bytes"):
        CHAT.check(prompt(Video(Bytes(bytes(50 * 1024 * 1024 + 1)))))
