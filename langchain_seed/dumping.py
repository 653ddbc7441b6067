"""A model as LangChain writes it down: for `dumpd`, and for tracing before an object's first call.

LangChain looks for the default of each setting, of which nearly all say nothing. That takes longer
than all else in the first call of an object, so here is the same by a table of the defaults.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.load.serializable import SerializedConstructor
from pydantic_core import PydanticUndefined


def to_json(llm: BaseChatModel) -> SerializedConstructor:
    """What `BaseChatModel.to_json` gives for a class that adds none of LangChain's own attributes.

    Args:
        llm: the model; its secrets and attributes are `lc_secrets` and `lc_attributes`.
    """
    defaults = _defaults(type(llm))
    said: dict[str, Any] = {
        name: value
        for name, value in llm.__dict__.items()
        if name in defaults and (value or value not in defaults[name])
    }
    said |= llm.lc_attributes
    for name, variable in llm.lc_secrets.items():
        if getattr(llm, name, None) is not None:
            said[name] = {"lc": 1, "type": "secret", "id": [variable]}
    return {
        "lc": 1,
        "type": "constructor",
        "id": llm.lc_id(),
        "kwargs": said,
        "name": llm.get_name(),
    }


@lru_cache(maxsize=8)
def _defaults(kind: type[BaseChatModel]) -> dict[str, tuple[Any, ...]]:
    """What a class's settings are when nothing is said, but for those that are not written down.

    A factory is not asked, as LangChain does not ask it: only an empty dict or list is known.
    """
    empty: dict[Any, tuple[Any, ...]] = {dict: ({}, None), list: ([], None)}
    return {
        name: empty.get(field.default_factory, (None,))
        if field.default is PydanticUndefined
        else (field.default,)
        for name, field in kind.model_fields.items()
        if not field.exclude
    }
