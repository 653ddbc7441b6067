"""The command line of `python -m seed_core`."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from seed_core.doctor.asking import ask
from seed_core.doctor.facts import Report, all_names, examine
from seed_core.doctor.showing import plain, show
from seed_core.errors import ConfigurationError
from seed_core.videos.explain import PROVIDER

_ABOUT = """\
Lists the hosts, which keys are set (never the keys), what each host can do and costs, what is
installed and what sends. With --ping it makes one tiny call to each host whose key is set."""
_STATUS = """\
exit status: 0; 1 if a host that was asked failed, or --ping found nobody to ask; 2 for a mistake in
the command. docs/doctor.md has the form of --json."""
_LONGEST = 1e9
"""Seconds: what a timeout takes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, ask if told to, show; give the exit status."""
    parser = _parser()
    said = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a host's words may be in any script
    names = _names(said, parser)
    settings = {"api": said.api, "base_url": said.base_url, "model": said.model}
    try:
        report = examine(names, **settings)
        if said.ping:
            named = names if said.provider or said.base_url else ()
            report = ask(report, named=named, timeout=said.timeout, **settings)
        _print(report, as_json=said.json)
    except ConfigurationError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # What reads has seen enough; the interpreter must not say so once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return _status(report) if said.ping else 0


def _parser() -> argparse.ArgumentParser:
    """What can be said."""
    parser = argparse.ArgumentParser(prog="python -m seed_core", description=_ABOUT, epilog=_STATUS)
    add = parser.add_argument
    add("--ping", action="store_true", help="make one tiny call to each host whose key is set")
    known = ", ".join(all_names())
    add("--provider", action="append", metavar="NAME", help=f"only this host, of {known}; repeat")
    add("--base-url", metavar="URL", help="the address of one host, of a compatible server if none")
    add("--model", metavar="ID", help="another model of one host")
    add("--api", metavar="NAME", help="another wire of one host")
    add("--timeout", type=float, default=30.0, metavar="S", help="seconds for each call (30)")
    add("--json", action="store_true", help="the same for programs")
    return parser


def _names(said: argparse.Namespace, parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """The hosts that are meant."""
    known = all_names()
    names = tuple(dict.fromkeys(said.provider or (["compatible"] if said.base_url else known)))
    for name in names:
        if name not in known:
            parser.error(f"unknown provider {name!r}; there is {', '.join(known)}")
    of_one = [one for one in ("base_url", "model", "api") if getattr(said, one)]
    if of_one and len(names) > 1:
        parser.error(f"--{of_one[0].replace('_', '-')} belongs to one host: say one --provider")
    if PROVIDER in names and (said.model or said.api):
        parser.error(f"--model and --api are not for {PROVIDER}")
    if not 0 < said.timeout <= _LONGEST:
        parser.error(f"--timeout must be more than 0, and at most {_LONGEST:g}")
    return names


def _print(report: Report, *, as_json: bool) -> None:
    """Write a report to the standard output."""
    console = None if as_json or not sys.stdout.isatty() else _console()
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    elif console is None:
        print(plain(report))
    else:
        show(report, console)
    sys.stdout.flush()


def _console() -> Any:
    """Rich's console, or None where rich is not installed."""
    try:
        from rich.console import Console  # noqa: PLC0415 - it may be missing
    except ImportError:
        return None
    return Console(highlight=False)


def _status(report: Report) -> int:
    """The exit status of a report with pings."""
    results = [host.ping.result for host in report.hosts if host.ping]
    return int("failed" in results or "ok" not in results)
