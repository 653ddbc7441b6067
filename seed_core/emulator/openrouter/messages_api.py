"""OpenRouter's own ways with Anthropic's Messages: Bearer keys, routing, ids, costs, errors.

From section 7 of the host's description and its OpenAPI types; tokens are not counted there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seed_core.emulator.checks import each, integer, mapping, nullable, string
from seed_core.emulator.messages import (
    Bill,
    Denied,
    Dialect,
    Messages,
    Problem,
    standard_error,
    standard_usage,
)
from seed_core.emulator.messages.dialect import Body
from seed_core.emulator.openrouter.errors import ERROR_TYPES, Refused
from seed_core.emulator.openrouter.fields import check_routing
from seed_core.emulator.openrouter.models import CONTEXT, Catalogue, price
from seed_core.emulator.scripts import Item
from seed_core.emulator.serving import bearer

__all__ = ["openrouter_messages"]

_FIELDS = {
    "context_management": nullable(mapping),
    "fallbacks": nullable(each(mapping)),
    "max_tokens": integer(1),
    "models": each(string()),
    "plugins": each(mapping),
    "provider": nullable(mapping),
    "session_id": string(256),
    "stop_server_tools_when": each(mapping, least=1),
    "trace": mapping,
    "user": string(256),
}
_SERVER_TOOLS = (
    "advisor_",
    "bash_",
    "openrouter:",
    "text_editor_",
    "tool_search_",
    "web_fetch_",
    "web_search_",
)


def openrouter_messages(take: Callable[[], Item | None], catalogue: Catalogue) -> Messages:
    """Make OpenRouter's Messages; `take` gives the next scripted reply."""

    def choose(body: Body) -> str:
        try:
            model, suffix = catalogue.choose(body)
            check_routing(body, model, suffix)
        except Refused as refused:
            raise Denied(refused.status, refused.body["error"]["message"]) from None
        return model

    dialect = Dialect(
        choose=choose,
        name="openrouter",
        key=bearer,
        missing_key="Missing Authentication header",
        wrong_key="User not found.",
        needs_max_tokens=False,
        context=CONTEXT,
        fields=_FIELDS,
        server_tools=_SERVER_TOOLS,
        usage=_usage,
        error=_error,
        broken=_error,
        further=lambda answer: {"provider": answer.provider},
        # Like the ids of its Responses; the documentation shows none.
        ident="gen-1772131107-m{:019d}".format,
        headers=lambda ident: {"x-generation-id": ident},
        keep_alive=b": OPENROUTER PROCESSING\n\n",
    )
    return Messages(take, dialect)


def _usage(bill: Bill) -> dict[str, Any]:
    """Write the standard usage with the cost; the types have the rest, mostly null."""
    paid = price(bill.prompt, bill.output)
    return {
        **standard_usage(bill),
        "inference_geo": None,
        "output_tokens_details": {"thinking_tokens": bill.thinking},
        "server_tool_use": None,
        "cost": round(sum(paid), 12),
        "cost_details": {
            "upstream_inference_cost": None,
            "upstream_inference_prompt_cost": paid[0],
            "upstream_inference_completions_cost": paid[1],
        },
        "is_byok": False,
    }


def _error(problem: Problem) -> dict[str, Any]:
    """Write the standard error with the host's own `error_type`, and no id of a request."""
    body = standard_error(problem)
    status = problem.code if isinstance(problem.code, int) else problem.status
    body["error"]["error_type"] = ERROR_TYPES.get(status, "unmapped")
    return {**body, "request_id": None}
