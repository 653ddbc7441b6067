"""What is asked back of a name that is not known: the one that was meant, and no other."""

import pytest

from seed_core.arguments import meant
from seed_core.errors import ConfigurationError
from seed_core.settings import Settings

KNOWN = ("host_options", "presence_penalty", "stop", "timeout", "top_p", "verbose")


@pytest.mark.parametrize(
    ("said", "ours"),
    [("presence_penalti", "presence_penalty"), ("Timeout", "timeout"), ("tpo_p", "top_p")],
)
def test_a_name_that_was_mistyped_is_asked_back(said: str, ours: str) -> None:
    assert meant(said, KNOWN) == f"did you mean {ours!r}? "


def test_a_name_of_another_integration_is_asked_back_where_ours_is_known() -> None:
    assert meant("request_timeout", KNOWN) == "did you mean 'timeout'? "
    # Nothing is, rather than what merely looks like it.
    assert meant("request_timeout", ["retry_timeouts"]) == ""


@pytest.mark.parametrize(
    "said",
    ["http_socket_options", "repetition_penalty", "store", "top_k", "verbosity"],
)
def test_what_has_no_name_here_is_not_taken_for_one_that_looks_like_it(said: str) -> None:
    assert meant(said, KNOWN) == ""
    with pytest.raises(ConfigurationError) as caught:
        Settings(provider="openrouter", api_key="test", **{said: 1})
    assert str(caught.value) == (
        f"Settings has no option {said!r}; fields of the host's body go into extra_body="
    )
