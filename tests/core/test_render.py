"""Bodies on their way out: small slices, little memory, and files that are still what they were."""

import os
import tracemalloc
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from seed_core.body import Body, Raw
from seed_core.errors import MediaError
from seed_core.media import from_path
from seed_core.render import arender, render
from seed_core.types import Base64, Bytes, File


def named(path: Path) -> File:
    source, _ = from_path(path, "document")
    assert isinstance(source, File)
    return source


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(2_000_000))
    return path


async def everything(body: Body) -> bytes:
    return b"".join([piece async for piece in arender(body)])


def change(path: Path) -> None:
    path.write_bytes(b"x" * path.stat().st_size)
    os.utime(path, ns=(1, 1))


def shrink(path: Path) -> None:
    path.write_bytes(b"short")


def grow(path: Path) -> None:
    with path.open("ab") as end:
        end.write(b"more")


def touch(path: Path) -> None:
    os.utime(path, ns=(5, 5))


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("happen", [change, shrink, grow, touch, remove])
async def test_a_file_that_is_not_the_one_that_was_named_is_refused(file: Path, happen) -> None:
    body = Body((b"[", named(file), b"]"))
    happen(file)
    with pytest.raises(MediaError, match=r"a\.bin"):
        b"".join(render(body))
    with pytest.raises(MediaError, match=r"a\.bin"):
        await everything(body)


def test_a_file_that_shrinks_while_it_is_sent_is_refused(file: Path) -> None:
    slices = render(Body((named(file),)))
    next(slices)
    os.truncate(file, 900_000)
    with pytest.raises(MediaError, match="shorter"):
        list(slices)


@pytest.mark.parametrize("size", [1, 2, 3, 768 * 1024 - 1, 768 * 1024, 768 * 1024 + 1, 2_000_000])
def test_slices_are_at_most_one_megabyte_and_add_up(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    for part in (Bytes(data), named(path)):
        body = Body((part,))
        slices = list(render(body))
        assert max(map(len, slices)) <= 1024 * 1024
        assert b64decode(b"".join(slices)) == data
        assert sum(map(len, slices)) == body.length
    text = Base64(b"".join(render(Body((Bytes(data),)))).decode())
    slices = list(render(Body((text,))))
    assert max(map(len, slices)) <= 1024 * 1024
    assert b"".join(slices) == text.data.encode()


def peak_of_rendering(body: Body) -> int:
    """Bytes of memory that rendering takes beside the body itself."""
    total = 0
    tracemalloc.start()
    try:
        for piece in render(body):
            total += len(piece)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert total == body.length


def test_a_file_of_64_megabytes_takes_less_than_8_to_send(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"%PDF")
    os.truncate(path, 64 * 1024 * 1024)
    assert peak_of_rendering(Body((named(path),))) < 8 * 1024 * 1024


def test_64_megabytes_in_memory_take_less_than_8_more_to_send() -> None:
    data = bytes(64 * 1024 * 1024)
    assert peak_of_rendering(Body((Bytes(data),))) < 8 * 1024 * 1024


def test_an_abandoned_file_is_closed(file: Path) -> None:
    slices = render(Body((named(file),)))
    next(slices)
    del slices  # an open file would be a ResourceWarning, which is an error here
    file.unlink()


# --- raw ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 1, 2, 3, 786_431, 786_433, 1_999_999])
@pytest.mark.parametrize("size", [1, 2, 3, 786_432, 786_433, 1_999_998])
async def test_a_stretch_of_media_is_its_bytes(tmp_path: Path, start: int, size: int) -> None:
    data = os.urandom(2_000_000)
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    size = min(size, len(data) - start)
    for media in (Bytes(data), Base64(b64encode(data).decode()), named(path)):
        body = Body((Raw(media, start, size),))
        slices = list(render(body))
        assert b"".join(slices) == data[start : start + size]
        assert body.length == size
        assert max(map(len, slices)) <= 1024 * 1024
        assert await everything(body) == data[start : start + size]


@pytest.mark.parametrize("happen", [change, shrink, remove])
async def test_a_stretch_of_a_file_that_changed_is_refused(file: Path, happen) -> None:
    body = Body((Raw(named(file), 1_000_000, 500_000),))
    happen(file)
    with pytest.raises(MediaError, match=r"a\.bin"):
        b"".join(render(body))
    with pytest.raises(MediaError, match=r"a\.bin"):
        await everything(body)


def test_uploading_64_megabytes_takes_less_than_8(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"%PDF")
    os.truncate(path, 64 * 1024 * 1024)
    assert peak_of_rendering(Body((Raw(named(path), 0, 64 * 1024 * 1024),))) < 8 * 1024 * 1024
    text = Base64("AAAA" * (16 * 1024 * 1024))
    assert peak_of_rendering(Body((Raw(text, 0, 48 * 1024 * 1024),))) < 8 * 1024 * 1024
