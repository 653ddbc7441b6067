"""Copies of pydantic objects with other fields, which are not checked again.

Both frameworks' messages are pydantic objects, one for each event of a stream. What this project
puts into them is of the right types, and checking it takes most of the time that is spent on an
event. So one of each kind is made by its own constructor, and all others are copies of that.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


def copied(one: M, **fields: Any) -> M:
    """What `copy` makes of a pydantic object, with other fields, in half the time.

    Args:
        one: the object; what it holds is shared with the copy, so give each field that may change.
        fields: values of the types that its class wants.

    Example:
        >>> class Point(BaseModel):
        ...     x: int
        >>> copied(Point(x=1), x=2)
        Point(x=2)
    """
    made = object.__new__(type(one))
    _set = object.__setattr__
    _set(made, "__dict__", {**one.__dict__, **fields})
    _set(made, "__pydantic_fields_set__", set(one.__pydantic_fields_set__))
    _set(made, "__pydantic_extra__", None if one.__pydantic_extra__ is None else {})
    _set(made, "__pydantic_private__", None)
    return made
