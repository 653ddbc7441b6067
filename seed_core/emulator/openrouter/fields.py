"""What OpenRouter takes in the fields of a chat request, messages aside.

From the host's OpenAPI types. Fields that it does not know are ignored; known ones must have their
type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seed_core.emulator import chat
from seed_core.emulator.chat import Dialect, Flaw
from seed_core.emulator.checks import (
    Check,
    boolean,
    each,
    either,
    integer,
    mapping,
    nullable,
    number,
    one_of,
    optional_fields,
    string,
)
from seed_core.emulator.openrouter.errors import bad, no_endpoints
from seed_core.emulator.openrouter.messages import MARKS, PARTS, ROLES, check_assistant, holds_sound
from seed_core.emulator.openrouter.models import unsupported

__all__ = ["DIALECT", "check_fields", "check_routing", "server_tools"]

_EFFORT = one_of("max", "xhigh", "high", "medium", "low", "minimal", "none")
_STRINGS = nullable(each(string()))
_REASONING = optional_fields(
    effort=nullable(_EFFORT),
    enabled=nullable(boolean),
    max_tokens=nullable(integer(1)),
    exclude=nullable(boolean),
    summary=nullable(one_of("auto", "concise", "detailed")),
)
_SORTS = ("price", "throughput", "latency", "exacto")
_PROVIDER = optional_fields(
    order=_STRINGS,
    only=_STRINGS,
    ignore=_STRINGS,
    quantizations=_STRINGS,
    allow_fallbacks=nullable(boolean),
    require_parameters=nullable(boolean),
    enforce_distillable_text=nullable(boolean),
    zdr=nullable(boolean),
    data_collection=nullable(one_of("deny", "allow")),
    max_price=mapping,
    sort=nullable(either(one_of(*_SORTS), mapping)),
)
_STOP = either(string(shortest=1), each(string(shortest=1), least=1, most=4))
_FIELDS: dict[str, Check] = {
    "cache_control": optional_fields(type=one_of("ephemeral"), ttl=one_of("5m", "1h")),
    "debug": optional_fields(echo_upstream_body=boolean),
    "frequency_penalty": nullable(number(-2, 2)),
    "image_config": mapping,
    "include_reasoning": nullable(boolean),
    "logit_bias": nullable(mapping),
    "logprobs": nullable(boolean),
    "max_completion_tokens": nullable(integer(1)),
    "max_tokens": nullable(integer(1)),
    "metadata": mapping,
    "min_p": nullable(number(0, 1)),
    "modalities": each(one_of("text", "image", "audio")),
    "model": string(),
    "models": each(string()),
    "parallel_tool_calls": nullable(boolean),
    "prediction": nullable(mapping),
    "presence_penalty": nullable(number(-2, 2)),
    "prompt_cache_key": nullable(string()),
    "provider": nullable(_PROVIDER),
    "reasoning": nullable(_REASONING),
    "reasoning_effort": nullable(_EFFORT),
    "repetition_penalty": nullable(number(0, 2)),
    "response_format": nullable(mapping),
    "route": nullable(one_of("fallback", "sort")),
    "seed": nullable(integer()),
    "service_tier": nullable(one_of("auto", "default", "fast", "flex", "priority", "scale")),
    "session_id": string(256),
    "stop": nullable(_STOP),
    "stop_server_tools_when": each(mapping, least=1),
    "stream": nullable(boolean),
    "stream_options": nullable(mapping),
    "temperature": nullable(number(0, 2)),
    "top_a": nullable(number(0, 1)),
    "top_k": nullable(integer(0)),
    "top_logprobs": nullable(integer(0, 20)),
    "top_p": nullable(number(0, 1, above=True)),
    "trace": mapping,
    "usage": nullable(mapping),
    "user": string(),
}
_PLUGINS = frozenset(
    {
        "auto-beta-router",
        "auto-router",
        "context-compression",
        "file-parser",
        "fusion",
        "moderation",
        "pareto-router",
        "response-healing",
        "web",
        "web-fetch",
    }
)
_ENGINE = one_of("native", "mistral-ocr", "cloudflare-ai", "pdf-text")
_SERVER_TOOLS = frozenset(
    {
        "openrouter:advisor",
        "openrouter:bash",
        "openrouter:datetime",
        "openrouter:experimental__search_models",
        "openrouter:files",
        "openrouter:fusion",
        "openrouter:image_generation",
        "openrouter:subagent",
        "openrouter:web_fetch",
        "openrouter:web_search",
        "web_search",
        "web_search_2025_08_26",
        "web_search_preview",
        "web_search_preview_2025_03_11",
    }
)
DIALECT = Dialect(
    fields=_FIELDS,
    roles=ROLES,
    parts=PARTS,
    part=MARKS,
    assistant=check_assistant,
    formats=("text", "json_object", "json_schema", "grammar", "python"),
    server_tools=_SERVER_TOOLS,
)
"""What OpenRouter takes in a chat request."""


def check_fields(body: Mapping[str, Any]) -> None:
    """Refuse what the host refuses in the fields of a request."""
    chat.check_fields(body, DIALECT)
    _check_reasoning(body.get("reasoning") or {})
    _check_plugins(body.get("plugins"))
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "grammar" and (said := string()(wanted.get("grammar"))):
        raise Flaw("response_format.grammar", said)


def check_routing(body: Mapping[str, Any], model: str, suffix: str) -> None:
    """Refuse what leaves no provider: 404."""
    provider = body.get("provider") or {}
    only = [name.lower() for name in provider.get("only") or []]
    ignore = [name.lower() for name in provider.get("ignore") or []]
    if suffix == "free":
        message = f"No endpoints found for {model}:free."
        raise no_endpoints(message, f"{model}:free")
    if "seed" in ignore or (only and "seed" not in only) or _pinned_elsewhere(provider):
        message = "No allowed providers are available for the selected model."
        raise no_endpoints(message, model)
    if holds_sound(body["messages"]):
        message = "No endpoints found that support input audio"
        raise no_endpoints(message, model)
    strays = unsupported(body) if provider.get("require_parameters") else []
    if strays:
        message = "No endpoints found that can handle the requested parameters."
        raise no_endpoints(message, model, field="require_parameters", detail=", ".join(strays))


def server_tools(body: Mapping[str, Any]) -> list[str]:
    """Give the types of the tools that OpenRouter runs itself."""
    return [tool["type"] for tool in body.get("tools") or [] if tool["type"] in _SERVER_TOOLS]


def _pinned_elsewhere(provider: Mapping[str, Any]) -> bool:
    order = [name.lower() for name in provider.get("order") or []]
    return bool(order) and "seed" not in order and provider.get("allow_fallbacks") is False


def _check_reasoning(reasoning: Mapping[str, Any]) -> None:
    if reasoning.get("effort") is not None and reasoning.get("max_tokens") is not None:
        message = 'Only one of "reasoning.effort" and "reasoning.max_tokens" may be specified'
        raise bad(message)


def _check_plugins(plugins: Any) -> None:
    if plugins is None:
        return
    if said := each(mapping)(plugins):
        raise bad(f"plugins: {said}")
    for plugin in plugins:
        if plugin.get("id") not in _PLUGINS:
            raise bad(f"plugins: unknown plugin id {plugin.get('id')!r}")
        if "enabled" in plugin and (said := boolean(plugin["enabled"])):
            raise bad(f"plugins: enabled {said}")
        pdf = optional_fields(pdf=optional_fields(engine=_ENGINE))
        if plugin["id"] == "file-parser" and (said := pdf(plugin)):
            raise bad(f"plugins: file-parser {said}")
