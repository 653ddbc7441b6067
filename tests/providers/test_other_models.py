"""Models of which nothing is known: what the host's request cannot say is refused all the same."""

from typing import Any

import pytest

from seed_core.errors import UnsupportedError
from seed_core.providers import resolve
from tests.providers.sending import fields, prompt

KEY = "a-key-that-nobody-may-see"
HOSTS = {
    (name, api): resolve(name, api=api, model="some-other-model", api_key=KEY)
    for name, apis in {
        "modelslab": ("chat", "messages"),
        "empiriolabs": ("chat", "responses", "messages"),
    }.items()
    for api in apis
}


@pytest.mark.parametrize("where", HOSTS, ids="-".join)
@pytest.mark.parametrize(
    "option", [{"image_pixel_limit": {"max_pixels": 9}}, {"thinking": "auto"}], ids=str
)
def test_what_the_request_has_no_word_for_is_refused(
    where: tuple[str, str], option: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedError, match=next(iter(option))):
        HOSTS[where].check(prompt(**option))


def test_a_budget_is_sent_where_the_host_has_a_word_for_it() -> None:
    with pytest.raises(UnsupportedError, match="thinking_budget"):
        HOSTS["modelslab", "chat"].check(prompt(thinking_budget=2000))
    assert fields(HOSTS["empiriolabs", "chat"], thinking_budget=2000) == {"thinking_budget": 2000}
    assert fields(HOSTS["modelslab", "messages"], thinking_budget=2000) == {
        "thinking": {"type": "enabled", "budget_tokens": 2000}
    }


@pytest.mark.parametrize("model", ["some-other-model", "seed-2-0-mini-260215"])
def test_a_comma_in_a_stop_text_would_be_two_texts(model: str) -> None:
    host = resolve("empiriolabs", model=model, api_key=KEY)
    with pytest.raises(UnsupportedError, match="','"):
        host.check(prompt(stop=("a,b",)))


@pytest.mark.parametrize("model", ["doubao-seed-2.0-mini", "doubao-seed-2-0-mini-260215"])
def test_a_plans_names_are_known_as_the_dated_ids_are(model: str) -> None:
    can = resolve("volcengine", model=model, api_key=KEY).capabilities()
    assert can.context_window == 262_144
    assert can.has("frequency_penalty") is False
