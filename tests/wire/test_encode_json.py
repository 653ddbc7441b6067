"""Bodies as parts: media in its place, whatever the prompt says, as often as it is sent."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from seed_core.body import Body, Splice, base64_length, encode_json
from seed_core.media import from_path
from seed_core.render import arender, render
from seed_core.types import Base64, Bytes, File

MARK = "\x00media\x00"
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        MARK,
        MARK * 2,
        MARK * 3,
        "\x00",
        f"\x00{MARK}\x00",
        "\\u0000media\\u0000",
        'media\\u0000"',
        '"',
    ]
)
PREFIXES = st.sampled_from(["data:image/png;base64,", "", MARK, 'a"b\\'])
MEDIA = st.builds(
    Splice,
    PREFIXES,
    st.binary(max_size=50).map(Bytes)
    | st.binary(max_size=50).map(lambda b: Base64(b64encode(b).decode())),
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | MEDIA
VALUES = st.dictionaries(
    TEXTS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=15,
    ),
    max_size=5,
)


def plain(value: Any) -> Any:
    """The value with each media as its data URL."""
    match value:
        case Splice(prefix=prefix, media=Bytes(data)):
            return prefix + b64encode(data).decode()
        case Splice(prefix=prefix, media=Base64(text)):
            return prefix + text
        case dict():
            return {name: plain(inner) for name, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case _:
            return value


@given(VALUES)
@example({"a": MARK, "m": Splice("", Bytes(b"x"))})
@example({"a": "\x00" * 3000 + "media" + "\x00" * 3000, "m": Splice("", Bytes(b"x"))})
@example({"a": MARK * 300, "m": [Splice(MARK, Bytes(b"")), Splice("", Base64(""))]})
@example({MARK: MARK})
def test_a_rendered_body_is_the_value_with_its_media(value: dict[str, Any]) -> None:
    body = encode_json(value)
    sent = b"".join(render(body))
    assert json.loads(sent) == plain(value)
    assert len(sent) == body.length
    assert b"".join(render(body)) == sent


async def test_both_colours_render_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 9001)
    file, _ = from_path(path, "video")
    assert isinstance(file, File)
    value = {"a": [Splice("x", file), Splice("y", Bytes(b"12345")), Splice("z", Base64("AAAA"))]}
    body = encode_json(value)
    once = [piece async for piece in arender(body)]
    assert once == list(render(body))
    assert sum(map(len, once)) == body.length
    assert json.loads(b"".join(once))["a"] == [
        "x" + b64encode(path.read_bytes()).decode(),
        "yMTIzNDU=",
        "zAAAA",
    ]


@given(st.integers(0, 200))
def test_the_length_of_base64_is_known_beforehand(size: int) -> None:
    assert base64_length(size) == len(b64encode(bytes(size)))


def test_media_is_not_copied_into_the_body() -> None:
    data = bytes(1_000_000)
    body = encode_json({"a": Splice("data:video/mp4;base64,", Bytes(data))})
    assert any(isinstance(part, Bytes) and part.data is data for part in body.parts)
    assert sum(len(part) for part in body.parts if isinstance(part, bytes)) < 100


def test_an_empty_body_has_no_length() -> None:
    assert (Body().length, list(render(Body()))) == (0, [])


def test_media_is_never_shown_in_a_repr() -> None:
    assert "secret" not in repr(Bytes(b"secret"))
    assert "c2VjcmV0" not in repr(Base64("c2VjcmV0"))
