"""Moving over: what the page says of an argument of another integration becomes of it here."""

import re
from typing import Any

import pytest

pytest.importorskip("langchain_core")
pytest.importorskip("llama_index.core")

from langchain_seed import ChatSeed
from llamaindex_seed import SeedLLM
from seed_core.errors import ConfigurationError
from tests.examples.pages import DOCS, marked, rows, section

PAGE = DOCS / "moving-over.md"
CLASSES: dict[str, Any] = {
    "## From ChatOpenRouter": ChatSeed,
    "## From ChatOpenAI": ChatSeed,
    "## From OpenAILike": SeedLLM,
}
ROWS = [
    (cls, marked(row[0])[0], row[1])
    for heading, cls in CLASSES.items()
    for row in rows(section(PAGE, heading))
]
VALUES = {
    "model_name": "my-model",
    "stop_sequences": ("END",),
    "api_base": "http://localhost:8000",
    "reasoning": {"effort": "low"},
    "additional_kwargs": {"top_k": 40},
}
"""What is said by a name that is understood."""


def built(cls: Any, **said: Any) -> Any:
    """A model at a server that is nobody's."""
    where = {"provider": "compatible", "model": "m", "base_url": "http://localhost:8000"}
    kept = {name: value for name, value in where.items() if name not in taken(said)}
    return cls(**kept, **said)


def taken(said: dict[str, Any]) -> set[str]:
    """The names that those which are said are synonyms of."""
    return {{"model_name": "model", "api_base": "base_url"}.get(name, name) for name in said}


@pytest.mark.parametrize(
    ("cls", "name", "told"), ROWS, ids=lambda one: getattr(one, "__name__", one)
)
def test_an_argument_becomes_what_the_table_says(cls: Any, name: str, told: str) -> None:
    how, *here = told.partition(":")[0], *marked(told)
    if how == "the same":
        assert here == [name]
        assert name in cls.model_fields
    elif how == "understood":
        (becomes,) = here
        model = built(cls, **{name: VALUES[name]})
        if name == "reasoning":
            assert model.reasoning_effort == "low"
        else:
            assert getattr(model, becomes) == VALUES[name]
    elif how == "asked back":
        with pytest.raises(ConfigurationError, match=re.escape(f"did you mean {here[0]!r}?")):
            built(cls, **{name: None})
    else:
        assert how == "leave it out"
        with pytest.raises(ConfigurationError, match=f"has no option '{name}'; fields of the"):
            built(cls, **{name: None})


def test_the_tables_have_arguments() -> None:
    assert len(ROWS) > 50
