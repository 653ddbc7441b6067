"""What a traceback with local variables shows, as pytest, rich and error trackers print one."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

TESTS = Path(__file__).parents[1]
OURS = ("seed_core", "langchain_seed", "llamaindex_seed")


def errors_of(error: BaseException) -> Iterator[BaseException]:
    """An error and all that hang on it: causes, contexts, groups, hosts that were asked before."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None)]
        waiting += [*getattr(one, "exceptions", ()), *getattr(one, "earlier", ())]


def frames_with(error: BaseException, *secrets: str, ours: bool = False) -> set[str]:
    """The variables, by function and name, whose repr shows a secret; those of tests aside.

    Args:
        error: with its causes and what else hangs on it.
        secrets: what is looked for.
        ours: look at frames of this project only.
    """
    return {
        where
        for one in errors_of(error)
        for file, where, shown in _variables(one.__traceback__)
        if any(secret in shown for secret in secrets)
        and (not ours or not {*file.parts}.isdisjoint(OURS))
    }


def told(error: BaseException) -> str:
    """All that errors say of themselves, and what those of ours carry."""
    said = []
    for one in errors_of(error):
        carried = vars(one) if type(one).__module__.startswith(OURS) else ""
        said.append(f"{one} {one!r} {one.args} {carried}")
    return "\n".join(said)


def _variables(trace: TracebackType | None) -> Iterator[tuple[Path, str, str]]:
    while trace is not None:
        code, names = trace.tb_frame.f_code, trace.tb_frame.f_locals
        file = Path(code.co_filename)
        if TESTS not in file.parents:
            for name, value in names.items():
                yield file, f"{file.name}:{code.co_name}:{name}", _shown(value)
        trace = trace.tb_next


def _shown(value: object) -> str:
    try:
        return f"{value!r} {value}"
    except Exception:  # noqa: BLE001 - an object of others that cannot be shown shows nothing
        return ""
