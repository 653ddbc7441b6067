"""fal's file storage: local media goes there first, and its address into the prompt.

A file is announced with the key, and its bytes go to the address that is given for them, without
the key. Large files go in parts, with a token that the key buys and that is good for files alone.
Both ways, and their numbers, are those of fal's own clients.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic_core import from_json

from seed_core.body import Body, Raw, encode_json
from seed_core.capabilities import size_of
from seed_core.errors import ConfigurationError, InvalidReplyError
from seed_core.flow import Flow, Request, Response, Retry, exchange
from seed_core.providers.address import origin
from seed_core.providers.explain import explain_response
from seed_core.types import (
    Base64,
    Bytes,
    Document,
    File,
    Json,
    Media,
    Url,
)
from seed_core.version import USER_AGENT

if TYPE_CHECKING:
    from seed_core.providers.base import Provider

PARTS_ABOVE = 100_000_000
PART = 10_000_000
"""Bytes above which a file goes in parts, and the bytes of a part."""
STORAGE = "fal-cdn-v3"


def upload(provider: Provider, media: Media, retry: Retry) -> Flow[Url]:
    """Upload one file.

    Args:
        provider: fal, with the address of its storage.
        media: a picture, a video or a document that is local.
        retry: when to try again; a file that is sent twice costs nothing.

    Raises:
        MediaError: the file is gone, or not the one that was named.
        SeedError: the storage did not take it.
    """
    source = media.source
    if not isinstance(source, (Base64, Bytes, File)):
        raise ConfigurationError(f"{type(source).__name__} media is not local: nothing to upload")
    size, retry = size_of(source) or 0, replace(retry, repeatable=True)
    kind = media.mime or "application/octet-stream"
    name = _name(media, kind)
    if size > PARTS_ABOVE:
        return (yield from _in_parts(provider, source, size, kind, name, retry))
    told = {"content_type": kind, "file_name": name}
    place = yield from _ask(provider, "/storage/upload/initiate", told, retry)
    url, target = (_url(provider, place, field) for field in ("file_url", "upload_url"))
    headers = {"content-type": kind, "user-agent": USER_AGENT}
    put = Request("PUT", target, headers, Body((Raw(source, 0, size),)), provider.name)
    yield from exchange(put, partial(_taken, provider), retry)
    return Url(url)


def _in_parts(
    provider: Provider, source: Base64 | Bytes | File, size: int, kind: str, name: str, retry: Retry
) -> Flow[Url]:
    """Upload a large file, part by part."""
    token = yield from _ask(provider, "/storage/auth/token", {}, retry)
    base = _url(provider, token, "base_url").rstrip("/")
    signed = _signing(provider, token)
    del token  # a traceback may show the variables of its frames
    named = {"content-type": kind, "x-fal-file-name": re.sub(r"[^\x20-\x7e]", "_", name)}
    begin = signed("POST", f"{base}/files/upload/multipart", encode_json({}), named)
    begun = yield from exchange(begin, partial(_object, provider), retry)
    url, ident = _url(provider, begun, "access_url"), _text(provider, begun, "uploadId")
    parts = []
    for number, start in enumerate(range(0, size, PART), start=1):
        body = Body((Raw(source, start, min(PART, size - start)),))
        put = signed("PUT", f"{url}/multipart/{ident}/{number}", body, {"content-type": kind})
        response = yield from exchange(put, partial(_taken, provider), retry)
        parts.append({"partNumber": number, "etag": _etag(provider, response)})
    told = {"content-type": "application/json"}
    end = signed("POST", f"{url}/multipart/{ident}/complete", encode_json({"parts": parts}), told)
    yield from exchange(end, partial(_taken, provider), retry)
    return Url(url)


def _signing(
    provider: Provider, token: Json
) -> Callable[[str, str, Body, Mapping[str, str]], Request]:
    """What makes requests with the token that the key bought."""
    key = f"{_text(provider, token, 'token_type')} {_text(provider, token, 'token')}"
    headers = {"authorization": key, "accept": "application/json", "user-agent": USER_AGENT}

    def signed(method: str, url: str, body: Body, more: Mapping[str, str]) -> Request:
        return Request(method, url, {**headers, **more}, body, provider.name)

    return signed


def _ask(provider: Provider, path: str, body: Json, retry: Retry) -> Flow[Json]:
    """Ask the storage for a place, with the key."""
    url = f"{provider.storage}{path}?{urlencode({'storage_type': STORAGE})}"
    sent = encode_json(body)
    request = Request("POST", url, provider.headers_of(provider.wire), sent, provider.name)
    return (yield from exchange(request, partial(_object, provider), retry))


def _taken(provider: Provider, response: Response) -> Response:
    """A response that is no error."""
    if not response.ok:
        raise explain_response(provider, response)
    return response


def _object(provider: Provider, response: Response) -> Json:
    """The JSON object of a response that is no error."""
    try:
        value = from_json(_taken(provider, response).body)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _text(provider: Provider, said: Json, name: str) -> str:
    """A text that the storage must say."""
    value = said.get(name)
    if not isinstance(value, str) or not value:
        msg = f"{provider.name}'s storage did not say {name}; upload='never' sends media inline"
        raise InvalidReplyError(msg, provider=provider.name)
    return value


def _url(provider: Provider, said: Json, name: str) -> str:
    """An address that the storage names: encrypted, unless the storage itself is not."""
    url = _text(provider, said, name)
    scheme, host = origin(url)
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        msg = f"{provider.name}'s storage named what is no address as {name}"
        raise InvalidReplyError(msg, provider=provider.name)
    if scheme not in ("https", origin(provider.storage or "")[0]):
        msg = f"{provider.name}'s storage named an address without encryption as {name}"
        raise InvalidReplyError(msg, provider=provider.name)
    return url


def _etag(provider: Provider, response: Response) -> str:
    """The mark of a part that was taken."""
    return _text(provider, response.headers, "etag")


def _name(media: Media, kind: str) -> str:
    """The name of a file: its own, without its folders, or one made of its kind."""
    if isinstance(media, Document) and media.filename:
        return media.filename
    if isinstance(media.source, File):
        return PurePath(media.source.path).name
    return f"file{mimetypes.guess_extension(kind) or ''}"
