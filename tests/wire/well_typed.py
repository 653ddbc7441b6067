"""Whether an event holds what its type says, whatever a host sent."""

from dataclasses import asdict
from math import isfinite
from typing import Any, get_args

from seed_core.events import (
    Citation,
    Cost,
    Event,
    FileAnnotation,
    Finish,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from seed_core.types import ReplayState


def well_typed(event: Event) -> bool:
    """Whether every field of an event is of its type; `True` counts nothing."""
    match event:
        case TextDelta() | ReasoningDelta() | RefusalDelta():
            return _texts(event.text)
        case ToolCallDelta():
            told = _texts(event.arguments, event.id or "", event.name or "")
            return told and type(event.index) is int
        case Citation():
            told = _texts(event.url, event.title or "", event.text or "")
            places = (0 if place is None else place for place in (event.start, event.end))
            return told and all(type(place) is int and place >= 0 for place in places)
        case FileAnnotation():
            return _texts(event.issuer or "") and isinstance(event.raw, dict)
        case ReplayState():
            entries = event.details or ()
            return _texts(event.issuer) and all(isinstance(entry, dict) for entry in entries)
        case Finish():
            return (
                event.reason in get_args(FinishReason)
                and _texts(event.model or "", event.upstream_provider or "", event.provider or "")
                and _texts(event.response_id or "", event.native_reason or "")
                and isinstance(event.raw, dict)
                and (event.usage is None or _is_usage(event.usage))
                and (event.cost is None or _is_cost(event.cost))
            )


def _is_usage(usage: Usage) -> bool:
    fields: dict[str, Any] = asdict(usage)
    tools: dict[str, Any] = fields.pop("tool_usage")
    return _texts(*tools) and _counts(*tools.values(), *fields.values())


def _is_cost(cost: Cost) -> bool:
    dollars = (cost.usd, *cost.details.values())
    return cost.usd >= 0 and all(type(one) is float and isfinite(one) for one in dollars)


def _texts(*values: Any) -> bool:
    return all(type(value) is str for value in values)


def _counts(*values: Any) -> bool:
    return all(value is None or (type(value) is int and value >= 0) for value in values)
