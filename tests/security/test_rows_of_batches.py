"""A file of questions may come from anybody: no row of it opens another file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seed_core.batch.messages import read_messages
from seed_core.errors import SeedError
from tests.security.opening import opened

PARTS: tuple[Callable[[str], dict[str, Any]], ...] = (
    lambda said: {"type": "image_url", "image_url": {"url": said}},
    lambda said: {"type": "image_url", "image_url": said},
    lambda said: {"type": "video_url", "video_url": {"url": said}},
    lambda said: {"type": "file", "file": {"file_data": said}},
    lambda said: {"type": "file", "file": {"path": said}},
    lambda said: {"type": "image", "path": said},
)


@pytest.mark.parametrize(
    "address",
    ["{path}", "file://{path}", "FILE:{path}", "~/{path}", "//127.0.0.1{path}", "ftp://h{path}"],
)
def test_no_row_opens_a_file(secret: Path, address: str) -> None:
    for part in PARTS:
        said = {"role": "user", "content": [part(address.format(path=secret))]}
        with opened() as names, pytest.raises(SeedError):
            read_messages([said])
        assert str(secret) not in names
