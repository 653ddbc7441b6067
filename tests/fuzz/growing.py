"""Work that grows with what it is about: counted in calls, and timed at large."""

import sys
from collections.abc import Callable
from time import perf_counter

Work = Callable[[], object]


def steps(work: Work) -> int:
    """How many functions are called, of Python's and of C's: the same in every run."""
    count = 0

    def counting(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def least_time(work: Work, times: int) -> float:
    """Seconds that it takes when nothing else runs, more or less."""
    found = []
    for _ in range(times):
        begin = perf_counter()
        work()
        found.append(perf_counter() - begin)
    return min(found)


def check_steps(made: Callable[[int], Work], size: int) -> None:
    """Twice as much takes about twice the steps."""
    made(size)()  # what is done once, such as imports
    assert steps(made(2 * size)) <= 2.5 * steps(made(size)) + 200


def check_time(made: Callable[[int], Work], size: int) -> None:
    """32 times as much takes about as many times as long; with the square, a thousand times."""
    once = least_time(made(4 * size), 3)
    assert least_time(made(128 * size), 2) <= 32 * once * 6 + 0.5
