"""One tiny call to each host whose key is set, all at once; what came of it, as values.

At the host that makes videos nothing is made: it is asked about a task that does not exist, which
it answers to whoever has a key, and which costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from uuid import uuid4

from seed_core.client import AsyncClient
from seed_core.doctor.facts import Host, Ping, Report
from seed_core.errors import SeedError
from seed_core.flow import Retry
from seed_core.providers import resolve_all
from seed_core.types import Message, Options, Prompt, Text
from seed_core.video_client import AsyncVideoClient
from seed_core.videos.explain import KEY_NAME, PROVIDER

QUESTION = "Answer with one word: are you there?"
MAX_TOKENS = 16
"""The least that OpenAI's responses take; without reasoning it is enough for a word."""

_ONCE = Retry(max_retries=0)
"""A call that is sent again would tell neither the latency nor the error."""


def ask(
    report: Report,
    *,
    named: Collection[str] = (),
    timeout: float = 30.0,
    **settings: str | None,
) -> Report:
    """The report, with what each of its hosts answered.

    Args:
        report: which hosts.
        named: those that the user named: they are asked even where their key is missing, which is
            then an error that says so, or may be another's.
        timeout: seconds that each may take in all.
        settings: as for `examine`.
    """
    return asyncio.run(_ask_all(report, named, timeout, settings))


async def _ask_all(
    report: Report, named: Collection[str], timeout: float, settings: Mapping[str, str | None]
) -> Report:
    """All of them at once."""

    async def asked(host: Host) -> Host:
        why_not = None if host.name in named else reason_to_skip(host)
        if why_not is not None:
            return replace(host, ping=Ping("skipped", message=why_not))
        call = _look if host.name == PROVIDER else _chat
        return replace(host, ping=await _judged(lambda: call(host.name, timeout, settings)))

    return replace(report, hosts=tuple(await asyncio.gather(*map(asked, report.hosts))))


def reason_to_skip(host: Host) -> str | None:
    """Why a host that nobody named is not asked, or None."""
    if host.wires and not host.wires[0].base_url:
        return "it is wherever you say: --base-url and --model"
    variables = " or ".join(" and ".join(names) for names in host.key.variables)
    if host.key.needed and not host.key.found:
        return f"no key: {variables} is not set"
    if host.key.shared_with:
        # A key stays with its host, so the other one is not tried with it.
        return f"{variables} does not say whose key it is; name the host: --provider {host.name}"
    return None


async def _judged(call: Callable[[], Awaitable[Ping]]) -> Ping:
    """What came of a call. Nothing that goes wrong with one host keeps the others from the page."""
    begun = time.monotonic()
    try:
        answered = await call()
    except Exception as error:  # noqa: BLE001 - see above
        answered = Ping(
            "failed",
            error=type(error).__name__,
            status_code=getattr(error, "status_code", None),
            message=str(error) if isinstance(error, SeedError) else "a mistake of this package's",
        )
    return replace(answered, seconds=round(time.monotonic() - begun, 3))


async def _chat(name: str, timeout: float, settings: Mapping[str, str | None]) -> Ping:
    """Ask for a word, without reasoning where the host is known to turn it off."""
    said = {setting: value for setting, value in settings.items() if value}
    (row,) = resolve_all({"provider": name, **said})
    can = row.capabilities()
    off = can.has("thinking") and "disabled" in (can.thinking or ())
    options = Options(max_tokens=MAX_TOKENS, thinking="disabled" if off else None)
    prompt = Prompt((Message("user", (Text(QUESTION),)),), options=options)
    reply = await AsyncClient(row, timeout=timeout, retry=_ONCE).call(prompt)
    finish = reply.finish
    usage, cost = (finish.usage, finish.cost) if finish else (None, None)
    return Ping(
        "ok",
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        cost_usd=cost.usd if cost else None,
        cost_source=cost.source if cost else None,
        model=finish.model if finish else None,
    )


async def _look(_name: str, timeout: float, settings: Mapping[str, str | None]) -> Ping:
    """Ask about a task that does not exist."""
    client = AsyncVideoClient(base_url=settings.get("base_url"), timeout=timeout, retry=_ONCE)
    await client.status(str(uuid4()))
    message = f"it takes {KEY_NAME}; no video was made"
    return Ping("ok", cost_usd=0.0, cost_source="estimated", message=message)
