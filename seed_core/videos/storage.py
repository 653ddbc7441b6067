"""Media that is stored at the host first, to be an input by its UUID.

It is the way for a local clip or sound, which a task does not take itself. What is stored costs
nothing; but a UUID is taken once, so what may have arrived is not sent again by itself.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from seed_core.body import Splice
from seed_core.errors import ConfigurationError, InvalidReplyError, MediaError
from seed_core.flow import Flow, Response, Retry, exchange
from seed_core.media import Kind, from_bytes, from_path, from_url
from seed_core.polling import once
from seed_core.types import Document, FileId, Image, Media, Source, Url, Video
from seed_core.videos.envelope import failure_in
from seed_core.videos.explain import PROVIDER
from seed_core.videos.inputs import (
    ImageInput,
    Uploaded,
    as_leaf,
    is_url,
    is_uuid,
    read_image,
)
from seed_core.videos.runware import Runware
from seed_core.videos.submit import checked_uuid

MediaInput: TypeAlias = str | os.PathLike[str] | bytes | Media
"""A URL or data URI as text, a path, bytes, or a value of this project; a sound is a `Document`."""

_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/x-ms-bmp", "image/gif")
"""What the image upload takes [docs]."""


def upload_image(
    runware: Runware, picture: ImageInput, task_uuid: str, retry: Retry
) -> Flow[Uploaded]:
    """Store a picture. It is kept until 30 days after its last use, 2048 pixels a side at most.

    Args:
        runware: the host.
        picture: a URL, data URI or base64 as text, a path, bytes or an `Image`.
        task_uuid: a UUID (version 4) that no task had before.
        retry: when to try again.

    Raises:
        MediaError: it is no picture, or of a format that is not taken.
        SeedError: it was not stored.
    """
    read = read_image(picture)
    if isinstance(read, str):
        _refuse_stored(read)
    elif read.mime is not None and read.mime not in _PICTURES:
        msg = f"{PROVIDER} stores JPEG, PNG, WebP, BMP and GIF, not {read.mime}; convert it first"
        raise MediaError(msg)
    task = {"taskType": "imageUpload", "taskUUID": task_uuid, "image": as_leaf(read)}
    said = yield from _store(runware, task, task_uuid, retry)
    return _uploaded(said, "image")


def upload_media(
    runware: Runware, media: MediaInput, task_uuid: str, retry: Retry, *, mime: str | None = None
) -> Flow[Uploaded]:
    """Store a picture, a clip or a sound.

    Args:
        runware: the host.
        media: a URL or data URI as text, a path, bytes, or a value of this project.
        task_uuid: a UUID (version 4) that no task had before.
        retry: when to try again.
        mime: what it is, where neither its content nor its name tells: bytes of a sound.

    Raises:
        MediaError: it is missing, or it is not known what it is.
        SeedError: it was not stored.
    """
    task = {
        "taskType": "mediaStorage",
        "taskUUID": task_uuid,
        "operation": "upload",
        "media": _leaf(media, mime),
    }
    said = yield from _store(runware, task, task_uuid, retry)
    return _uploaded(said, "media")


def delete_media(
    runware: Runware, stored: Uploaded | str, task_uuid: str, retry: Retry
) -> Flow[None]:
    """Delete what was stored, by its UUID.

    Raises:
        ConfigurationError: it is no UUID.
        SeedError: it was not deleted.
    """
    uuid = stored.uuid if isinstance(stored, Uploaded) else str(stored)
    if not is_uuid(uuid):
        raise ConfigurationError("what is deleted is named by its UUID", provider=PROVIDER)
    # The field for it is that of the upload [assumed].
    task = {
        "taskType": "mediaStorage",
        "taskUUID": task_uuid,
        "operation": "delete",
        "media": uuid,
    }
    yield from _store(runware, task, task_uuid, retry)


def _store(
    runware: Runware, task: Mapping[str, Any], task_uuid: str, retry: Retry
) -> Flow[Mapping[str, Any]]:
    """Hand over a task of the storage; what the host says of it."""
    checked_uuid(task_uuid)
    request = runware.request(task)
    return (yield from exchange(request, partial(_stored, runware, task_uuid), once(retry)))


def _stored(runware: Runware, task_uuid: str, response: Response) -> Mapping[str, Any]:
    """What the host says of a task, or nothing.

    Raises:
        APIStatusError: it failed, whatever the status says.
    """
    told = runware.read(response).of(task_uuid)
    failed = [entry for item in told.items if (entry := failure_in(item)) is not None]
    if failed or told.errors:
        raise runware.explain([*failed, *told.errors], response)
    return told.items[0] if told.items else {}


def _uploaded(said: Mapping[str, Any], kind: str) -> Uploaded:
    """What was stored, by the names of its kind."""
    uuid, url = said.get(f"{kind}UUID"), said.get(f"{kind}URL")
    if not isinstance(uuid, str) or not uuid:
        msg = f"{PROVIDER} did not say under which UUID it stored what was uploaded"
        raise InvalidReplyError(msg, provider=PROVIDER)
    return Uploaded(uuid, url if isinstance(url, str) and url else None)


def _refuse_stored(uuid: str) -> None:
    """A UUID names what is stored already."""
    if is_uuid(uuid):
        msg = f"{uuid} is a UUID: it is stored already, and can be used as it is"
        raise ConfigurationError(msg, provider=PROVIDER)


def _leaf(said: object, mime: str | None) -> str | Splice:
    """Media as the storage takes it: a URL, or bytes with their type."""
    if isinstance(said, str):
        _refuse_stored(said)
        if is_url(said):
            return said
    media = _read(said, mime)
    if isinstance(media.source, FileId):
        _refuse_stored(media.source.file_id)
    if not isinstance(media.source, Url):
        family = (media.mime or "").partition("/")[0]
        if family not in ("image", "video", "audio"):
            told = media.mime or "of a kind that does not show; say mime='audio/mpeg' or the like"
            raise MediaError(f"the storage takes pictures, clips and sounds; this is {told}")
    return as_leaf(media)


def _read(said: object, mime: str | None) -> Media:
    """Local media, of whichever kind it is: a sound counts as a document here."""
    match said:
        case Image() | Video() | Document():
            return said if said.mime else replace(said, mime=mime)
        case str():
            return _of_any_kind(partial(from_url, said, mime=mime), mime)
        case bytes():
            return _of_any_kind(partial(from_bytes, said, mime=mime), mime)
        case os.PathLike():
            mime = mime or mimetypes.guess_type(Path(said).name)[0]
            return _of_any_kind(partial(from_path, said, mime=mime), mime)
        case _:
            kind = type(said).__name__
            raise MediaError(f"media is text, a path, bytes or an Image or Video, not a {kind}")


def _of_any_kind(read: Callable[[Kind], tuple[Source, str | None]], mime: str | None) -> Media:
    """Media that is read as each kind in turn, the likeliest last: its error is the one to see."""
    family = (mime or "").partition("/")[0]
    kinds: list[Kind] = ["image", "document", "video"]
    kinds.sort(key=lambda kind: kind == (family if family in ("image", "video") else "document"))
    for kind in kinds[:-1]:
        with suppress(MediaError):
            found = read(kind)
            if found[1]:
                return Document(*found)
    return Document(*read(kinds[-1]))
