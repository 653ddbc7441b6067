"""SECURITY.md names the tests of each promise, and no promise is tested without being made."""

import re
from pathlib import Path

HERE = Path(__file__)
PAGE = (HERE.parents[2] / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_is_named_and_every_name_is_a_test() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    found = {path.stem for path in HERE.parent.glob("test_*.py")} - {HERE.stem}
    assert named == found
