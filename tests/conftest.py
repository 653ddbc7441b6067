"""What every test gets: no network but loopback, no keys, an emulator, the recordings."""

import os
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from seed_core.emulator import Emulator

ROOT = Path(__file__).parents[1]
IN_CI = bool(os.environ.get("CI"))

# ------------------------------------------------------------------------------------ hypothesis

hypothesis.settings.register_profile("dev", deadline=None, max_examples=50)
# The same examples in every run: a red run in CI is about the change, not about luck.
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True)
hypothesis.settings.load_profile("ci" if IN_CI else "dev")

# ----------------------------------------------------------------------------------- environment


def _decides_for_the_user(variable: str) -> bool:
    """Whether a variable of the developer's shell would change what a test sees."""
    name = variable.upper()
    return (
        name.endswith(("_PROXY", "_API_KEY", "_API_BASE", "_BASE_URL"))
        or name.startswith(("FAL_KEY", "LANGCHAIN_", "LANGSMITH_"))
        or name == "SSLKEYLOGFILE"
    )


# At import, not in a fixture: some libraries read their variables while they are imported.
TAKEN_AWAY = {
    name: os.environ.pop(name) for name in list(os.environ) if _decides_for_the_user(name)
}

# --------------------------------------------------------------------------------- network guard


class NetworkBlockedError(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so that no retry hides it."""


class _Guard:
    """An audit hook: it sees every socket, sync or async, also those that C code opens."""

    closed = True

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.closed and event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            self._check(event, args[-1])
        elif self.closed and event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            self._check(event, args)

    @staticmethod
    def _check(event: str, address: object) -> None:
        # Anything but a tuple that starts with a host is local: a path, a netlink id, no address.
        if not isinstance(address, tuple) or not isinstance(address[0], str | bytes):
            return
        host = address[0].decode() if isinstance(address[0], bytes) else address[0]
        if host in {"", "localhost"} or _is_loopback(host):
            return
        msg = f"{event} to {host!r}: tests may only use loopback (or mark the test `live`)"
        raise NetworkBlockedError(msg)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_guard = _Guard()
sys.addaudithook(_guard)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a live test whose keys are not set; give back keys and network to one that may run."""
    live = item.get_closest_marker("live")
    if live is None:
        return
    if missing := [name for name in live.args or ("OPENROUTER_API_KEY",) if name not in TAKEN_AWAY]:
        pytest.skip(f"a live test: set {', '.join(missing)}")
    os.environ.update(TAKEN_AWAY)
    _guard.closed = False


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Close what a live test had open."""
    if item.get_closest_marker("live") is not None:
        _guard.closed = True
        for name in TAKEN_AWAY:
            os.environ.pop(name, None)


# ------------------------------------------------------------------------- emulator, recordings


@pytest.fixture(scope="session")
def _running_emulator() -> Iterator["Emulator"]:
    from seed_core.emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(_running_emulator: "Emulator") -> "Emulator":
    """The emulator that runs for the whole session, with an empty script and no requests seen."""
    _running_emulator.clear()
    return _running_emulator


def find_recordings() -> Path | None:
    """Where the recorded traffic is, for tests that are parametrised over it."""
    path = Path(os.environ.get("SEED_RECORDINGS") or ROOT.parent / "shared" / "recordings")
    return path if path.is_dir() else None


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded traffic. It may be missing on a laptop, never in CI."""
    path = find_recordings()
    if path is not None:
        return path
    reason = "no recorded traffic: set SEED_RECORDINGS to the folder that holds it"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)
