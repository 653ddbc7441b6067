"""The file that is downloaded: boxes that hold together, and pictures of the wanted size."""

import hashlib
import struct

import pytest

from seed_core.emulator.runware.movie import movie, remark
from seed_core.emulator.runware.prices import SIZES

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"}


def boxes(data, start=0, end=None):
    """The boxes of a file by their paths, with where the content of each begins."""
    found = {}
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", data, start)
        assert size >= 8, name
        inside = (start + 8, start + size)
        found[name.decode()] = inside
        if name in CONTAINERS:
            inner = boxes(data, *inside)
            found |= {f"{name.decode()}.{path}": place for path, place in inner.items()}
        start += size
    assert start == end
    return found


@pytest.mark.parametrize("size", SIZES)
def test_the_boxes_tell_the_size_and_the_length(size):
    data = movie(*size, 4)
    found = boxes(data)
    assert next(iter(found)) == "ftyp"
    assert data[found["ftyp"][0] :][:4] == b"isom"
    (start, _) = found["moov.mvhd"]
    scale, length = struct.unpack_from(">2I", data, start + 12)
    assert length / scale == 4
    _, end = found["moov.trak.tkhd"]
    assert struct.unpack_from(">2I", data, end - 8) == tuple(side << 16 for side in size)


def test_the_table_points_at_the_pictures():
    data = movie(1280, 720, 5)
    found = boxes(data)
    table = "moov.trak.mdia.minf.stbl"
    start, end = found[f"{table}.stsz"]
    lengths = struct.unpack_from(f">{(end - start - 12) // 4}I", data, start + 12)
    assert len(lengths) == 5 * 24
    (place,) = struct.unpack_from(">I", data, found[f"{table}.stco"][0] + 8)
    assert place == found["mdat"][0]
    kinds = []
    for length in lengths:
        (unit,) = struct.unpack_from(">I", data, place)
        assert unit == length - 4
        kinds.append(data[place + 4] & 0x1F)
        place += length
    assert place == found["mdat"][1]
    # One picture that stands alone, and the others after it.
    assert kinds == [5] + [1] * 119


def test_a_remark_is_one_more_box():
    data = movie(640, 640, 4) + remark("a")
    start, end = boxes(data)["free"]
    assert data[start:end] == b"a"


def test_the_bytes_are_those_that_a_decoder_has_shown():
    # FFmpeg (PyAV 18.1) decoded exactly these: every picture, grey, in the size that was asked for.
    digest = hashlib.sha256(b"".join(movie(*size, 4) for size in SIZES)).hexdigest()
    assert digest == "4f30fa8fafa2f875c6c5a56f5b79baf27fd4ba77b91a8cbe45f7479eeb5b3d07"
