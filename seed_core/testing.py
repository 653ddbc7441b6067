"""The emulator in the place of the hosts, for the tests of your own program.

The pytest fixture `seed_emulator` (see `seed_core.pytest_plugin`) is a `SeedEmulator`; other kinds
of tests make one themselves. Needs the extra `[emulator]`.

Example:
    >>> from seed_core.emulator import Answer
    >>> from seed_core.testing import SeedEmulator
    >>> with SeedEmulator() as seed_emulator:  # doctest: +SKIP
    ...     seed_emulator.script(Answer(text="It rains."))
    ...     my_program()
    ...     seed_emulator.assert_asked("the weather in Lisbon")
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

from typing_extensions import Self

from seed_core import video_settings
from seed_core.emulator import Emulator
from seed_core.emulator.asked import Asked, Said, read_asked
from seed_core.polling import Polling
from seed_core.providers import PROVIDERS
from seed_core.videos.explain import KEY_NAME, PROVIDER
from seed_core.videos.runware import Runware, resolve_runware

__all__ = ["Asked", "Said", "SeedEmulator"]

K = TypeVar("K")
V = TypeVar("V")
KEY = "seed-emulator"
"""What stands in every variable for a key: no host knows it."""


class SeedEmulator(Emulator):
    """An emulator to which all calls of this process go, and what was asked of it.

    While it runs, every host's own address is the emulator's, and every variable that a key is
    looked for in holds a made-up one; so `ChatSeed()`, `SeedLLM()` and `VideoClient()` reach it as
    they stand. A model that was made before, or has a `base_url=` or an `http_client=` of its own,
    goes where it was made to go. Everything is put back in the end.

    Args:
        port: The port to listen on; 0 takes a free one.
        address: The address to listen on.
        models: Ids that are served beside the Seed models.

    Example:
        >>> with SeedEmulator() as seed_emulator:  # doctest: +SKIP
        ...     ChatSeed().invoke("Hello")
        ...     seed_emulator.assert_called(times=1)
    """

    def __init__(
        self, port: int = 0, *, address: str = "127.0.0.1", models: Sequence[str] = ()
    ) -> None:
        """Prepare; nothing is changed before `start` or `with`."""
        super().__init__(port, address=address, models=models)
        self._undo: ExitStack | None = None
        self._expected: set[int] = set()

    def start(self) -> Self:
        """Listen, and take the hosts' place."""
        super().start()
        if self._undo is None:
            with ExitStack() as undo:
                undo.callback(super().close)
                self._stand_in(undo)
                self._undo = undo.pop_all()
        return self

    def close(self) -> None:
        """Put everything back, hang up and free the port. May be called twice."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo.close()

    def clear(self) -> None:
        """Forget requests, files and jobs, the replies queued and the prompts cached."""
        super().clear()
        self._expected.clear()

    @property
    def calls(self) -> list[Asked]:
        """The requests for an answer or a video so far, oldest first, the refused ones included.

        Looks at a job, uploads, lists of models and the like are in `requests` only.
        """
        return [asked for seen in self.requests if (asked := read_asked(seen)) is not None]

    @property
    def last_request(self) -> Asked:
        """The last of `calls`.

        Raises:
            AssertionError: there was none.
        """
        calls = self.calls
        if not calls:
            self._fail("nothing was asked")
        self._expected.add(len(calls) - 1)
        return calls[-1]

    def assert_called(self, *, times: int | None = None, host: str | None = None) -> None:
        """Check that there were calls: some, or just so many, of all hosts or of one.

        Raises:
            AssertionError: with the calls that there were.
        """
        __tracebackhide__ = True
        found = self._matching(lambda _: True, host)
        if (times is None and not found) or (times is not None and len(found) != times):
            wanted = "a call" if times is None else _calls(times)
            self._fail(f"expected {wanted}{_of(host)}, not {_calls(len(found))}")

    def assert_asked(self, text: str, *, host: str | None = None) -> Asked:
        """Check that a text was in what a model was asked: in any message, letter by letter.

        Returns:
            The first call that has it.

        Raises:
            AssertionError: with the calls that there were.
        """
        __tracebackhide__ = True
        found = self._matching(lambda one: text in one.text, host)
        return found[0] if found else self._fail(f"no call{_of(host)} asked {text!r}")

    def assert_tool_offered(self, name: str, *, host: str | None = None) -> Asked:
        """Check that a tool was offered, in a field or, at a host without tools, in words.

        Returns:
            The first call that has it.

        Raises:
            AssertionError: with the calls that there were.
        """
        __tracebackhide__ = True
        found = self._matching(lambda one: name in one.tools, host)
        return found[0] if found else self._fail(f"no call{_of(host)} offered the tool {name!r}")

    def assert_no_more_requests(self) -> None:
        """Check that every call was one that an assertion before, or `last_request`, was about.

        Raises:
            AssertionError: with the calls that there were.
        """
        __tracebackhide__ = True
        more = len(self.calls) - len(self._expected)
        if more:
            self._fail(f"{_calls(more)} more than the test has asserted")

    def _matching(self, wanted: Callable[[Asked], bool], host: str | None) -> list[Asked]:
        """The calls that are meant. From now on they are expected."""
        found = {
            number: one
            for number, one in enumerate(self.calls)
            if host in (None, one.host) and wanted(one)
        }
        self._expected |= found.keys()
        return list(found.values())

    def _fail(self, problem: str) -> NoReturn:
        """Say what is wrong, and what was asked instead."""
        __tracebackhide__ = True
        told = [f"\n  {number}. {one}" for number, one in enumerate(self.calls, 1)]
        asked = "".join(["these were the calls:", *told]) if told else "there were no calls"
        others = len(self.requests) - len(told)
        if others and not told:
            asked += f", but {others} other requests: see seed_emulator.requests"
        raise AssertionError(f"{problem}; {asked}")

    def _stand_in(self, undo: ExitStack) -> None:
        """Take the hosts' place until `undo` is closed."""
        variables = {name for row in PROVIDERS.values() for name in row.key_names} | {KEY_NAME}
        said = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        direct = ",".join(filter(None, (said, "127.0.0.1")))
        told = dict.fromkeys(variables, KEY) | dict.fromkeys(("NO_PROXY", "no_proxy"), direct)
        _lay_over(os.environ, told, undo)
        moved = {
            name: self.provider(name).without_key() for name in PROVIDERS if name in self.hosts
        }
        # The registry is read-only to all others.
        _lay_over(cast("dict[str, Any]", PROVIDERS), moved, undo)
        patience = next(iter(moved.values())).polling
        runware = partial(_resolve_runware, self.url(PROVIDER), patience)
        _lay_over(vars(video_settings), {"resolve_runware": runware}, undo)
        # Open connections were made for other addresses, and perhaps through a proxy.
        _retire()
        undo.callback(_retire)


def _resolve_runware(url: str, patience: Polling, **said: Any) -> Runware:
    """Runware as the video clients find it, unless they are given an address."""
    if said.get("base_url"):
        return resolve_runware(**said)
    return replace(resolve_runware(**{**said, "base_url": url}), polling=patience)


def _lay_over(held: MutableMapping[K, V], changes: Mapping[K, V], undo: ExitStack) -> None:
    """Change some entries until `undo` is closed; what else changes meanwhile stays."""
    for name, value in changes.items():
        if name in held:
            undo.callback(held.__setitem__, name, held[name])
        else:
            undo.callback(held.pop, name, None)
        held[name] = value


def _retire() -> None:
    """Close the connections of the process, if there can be any."""
    pools = sys.modules.get("seed_core.pools")
    if pools is not None:
        pools.retire()


def _of(host: str | None) -> str:
    """Whose calls are meant, in words."""
    return f" of {host}" if host else ""


def _calls(number: int) -> str:
    """So many calls, in words."""
    return f"{number or 'no'} call{'' if number == 1 else 's'}"
