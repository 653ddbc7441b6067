"""`python -m seed_core.batch in.jsonl -o out.jsonl`: a batch from the command line.

Exit status: 0 when every row has an answer; 1 when rows failed, or the batch could not go on; 2 for
a mistake in the command; 3 when `--max-usd` ended it; 130 after Ctrl-C, 143 after SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from seed_core.batch.plan import Plan
from seed_core.batch.results import Summary
from seed_core.batch.running import arun
from seed_core.errors import ConfigurationError, SeedError
from seed_core.progress_bar import RowBar
from seed_core.settings import Settings

_SECRET = frozenset({"api_key", "default_headers", "default_query", "headers", "query"})
"""The settings that may hold a key."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a batch; give the exit status."""
    parser = _parser()
    said = parser.parse_args(arguments)
    try:
        settings, plan = _settings(said), _plan(said)
    except (SeedError, ValidationError) as error:
        parser.error(str(error))
    work = _Work(said.input, Path(said.output), settings, plan, concise=said.quiet)
    try:
        return asyncio.run(work.run())
    except (SeedError, OSError) as error:
        _say(f"{type(error).__name__}: {error}")
        return 1


def _parser() -> argparse.ArgumentParser:
    """What can be said."""
    parser = argparse.ArgumentParser(
        prog="python -m seed_core.batch",
        description="Ask Seed 2.0 Mini many questions. The same command again goes on where it "
        "ended: nothing that was answered is asked twice.",
    )
    add = parser.add_argument
    add("input", help="JSON lines: {'id', 'prompt' or 'messages', options}; - for standard input")
    add("-o", "--output", required=True, help="JSON lines: an answer or an error for each row")
    add("--provider", action="append", help="the host; said again, the next one to ask")
    add("--model", help="any id of the host (its Seed 2.0 Mini)")
    add("--api", help="which of the host's wires (its first)")
    add("--base-url", help="another address")
    add("--max-tokens", type=int, help="reasoning and answer together, in tokens, for each row")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="any other option: JSON")
    add("--timeout", type=float, metavar="S", help="seconds for each row, retries included")
    add("--max-retries", type=int, help="of each row (2)")
    plan = Plan()
    add("--concurrency", type=int, default=plan.concurrency, help="rows at a time (8)")
    add("--per-minute", type=float, metavar="N", help="rows begun in a minute at most")
    add("--max-usd", type=float, metavar="USD", help="begin no more rows when this is spent")
    add("--retry-failed", action="store_true", help="ask rows again that failed before")
    add(
        "--in-doubt",
        choices=("resend", "skip"),
        default=plan.in_doubt,
        help="rows that were on their way when a run was killed: ask again (resend), or fail",
    )
    add(
        "--give-up-after",
        type=int,
        metavar="N",
        default=plan.give_up_after,
        help="failed rows in succession that end it; 0 for never (25)",
    )
    add("--quiet", action="store_true", help="no progress, only the summary")
    return parser


def _settings(said: argparse.Namespace) -> Settings:
    """Whom to ask, and how."""
    given: dict[str, Any] = {
        "provider": said.provider[0]
        if said.provider and len(said.provider) == 1
        else said.provider,
        "model": said.model,
        "api": said.api,
        "base_url": said.base_url,
        "max_tokens": said.max_tokens,
        "timeout": said.timeout,
    }
    if said.max_retries is not None:
        given["max_retries"] = said.max_retries
    for one in said.set:
        name, _, text = one.partition("=")
        if not name or not text:
            raise ConfigurationError(f"--set takes name=value, not {one!r}")
        given[name] = _value(text)
    if secret := _SECRET & {*_names(given)}:
        # A command line is seen by every user of the machine.
        names = ", ".join(sorted(secret))
        raise ConfigurationError(f"--set takes no {names}; a key comes from the environment")
    return Settings(**given)


def _names(value: Any) -> Iterator[str]:
    """The names in a value, however deep."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _names(one)


def _value(text: str) -> Any:
    """A value: JSON, or else a text as it is."""
    try:
        return from_json(text)
    except ValueError:
        return text


def _plan(said: argparse.Namespace) -> Plan:
    """How it is run."""
    return Plan(
        concurrency=said.concurrency,
        per_minute=said.per_minute,
        retry_failed=said.retry_failed,
        in_doubt=said.in_doubt,
        max_usd=said.max_usd,
        give_up_after=said.give_up_after,
    )


class _Work:
    """One run, watched by a person."""

    def __init__(
        self, source: str, output: Path, settings: Settings, plan: Plan, *, concise: bool
    ) -> None:
        """Nothing is begun."""
        self._source = source
        self._output = output
        self._settings = settings
        self._plan = plan
        self._bar = None if concise else RowBar()
        self._last: Summary | None = None
        self._signal = 0

    async def run(self) -> int:
        """All of it; the exit status."""
        stopping = asyncio.Event()
        task = asyncio.create_task(
            arun(
                self._settings,
                self._source,
                self._output,
                self._plan,
                on_progress=self._show,
                stopping=stopping,
            )
        )
        try:
            with _signals(lambda number: self._interrupted(number, stopping, task)):
                self._last = await task
        except asyncio.CancelledError:
            if not self._signal:
                raise
        finally:
            if self._bar is not None:
                self._bar.close()
            if self._last is not None:
                _say(_told(self._last, self._plan))
        return self._status(self._last)

    def _show(self, summary: Summary) -> None:
        """Show how far it has come."""
        if self._last is None and summary.in_doubt:
            _say(_doubts(summary, self._plan))
        self._last = summary
        if self._bar is not None:
            self._bar(summary.done, summary.total, _short(summary))

    def _interrupted(self, number: int, stopping: asyncio.Event, task: asyncio.Task[Any]) -> None:
        """Ctrl-C or SIGTERM: end well the first time, at once the second."""
        self._signal = number
        if stopping.is_set():
            task.cancel()
            return
        stopping.set()
        _say("\nno more rows are begun; those on their way are waited for. Once more to leave them")

    def _status(self, summary: Summary | None) -> int:
        """The exit status."""
        if self._signal:
            return 128 + self._signal
        if summary is None or summary.failed or summary.stopped == "failures":
            return 1
        return 3 if summary.stopped == "max_usd" else 0


@contextmanager
def _signals(heard: Callable[[int], None]) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM heard on the running loop."""
    loop = asyncio.get_running_loop()
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {
        kind: signal.signal(kind, lambda number, _: loop.call_soon_threadsafe(heard, number))
        for kind in kinds
    }
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _short(summary: Summary) -> str:
    """What a bar says beside the rows."""
    spent = summary.spent
    return f"{summary.failed:,} failed, {spent.total_tokens:,} tokens, USD {spent.total_usd:.4f}"


def _doubts(summary: Summary, plan: Plan) -> str:
    """Which rows may have been billed without an answer."""
    names = ", ".join(map(str, summary.in_doubt))
    what = "are sent again" if plan.in_doubt == "resend" else "are written down as failed"
    return (
        f"in doubt: {len(summary.in_doubt)} rows were on their way when an earlier run was ended "
        f"by force. They may have been billed, and {what}: {names}"
    )


def _told(summary: Summary, plan: Plan) -> str:
    """What it came to, in a few lines."""
    left = "" if summary.total is None else f", {summary.total - summary.done:,} left"
    lines = [
        f"{summary.answered:,} answered, {summary.failed:,} failed{left}; {summary.sent:,} sent"
    ]
    ends = ", ".join(f"{name} {count:,}" for name, count in sorted(summary.finish_reasons.items()))
    if ends:
        lines.append(f"ended by: {ends}")
    spent = summary.spent
    lines.append(
        f"tokens: {spent.input_tokens:,} in, {spent.output_tokens:,} out "
        f"({spent.reasoning_tokens:,} of them reasoning)"
    )
    costs = [f"USD {spent.reported_usd:.6f} reported, {spent.estimated_usd:.6f} estimated"]
    if spent.unknown_cost:
        costs.append(f"{spent.unknown_cost:,} answers of unknown cost")
    lines.append(", ".join(costs))
    match summary.stopped:
        case "max_usd":
            lines.append(f"ended by --max-usd {plan.max_usd:g}")
        case "failures":
            lines.append(f"ended: {plan.give_up_after} rows failed one after the other")
    if summary.failed and not plan.retry_failed:
        lines.append("--retry-failed asks those again that failed")
    return "\n".join(lines)


def _say(text: str) -> None:
    """Say something to the person who watches."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
