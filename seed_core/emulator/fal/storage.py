"""fal's storage: leave to upload, asked for with the key; and the CDN, which must not see the key.

There are three ways: to a signed address, whole with a token, in parts with a token.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from seed_core.emulator.delivery import Delivery
from seed_core.emulator.fal.errors import Problem, Problems, plain
from seed_core.emulator.fal.files import KEPT, Content, Files, Upload
from seed_core.emulator.seen import Seen, StoredFile, parse
from seed_core.emulator.sending import as_json
from seed_core.emulator.serving import answering

__all__ = ["CDN", "REST", "Storage"]

REST, CDN = "/rest", "/cdn"
_TYPES = ("fal-cdn-v3", "gcs")
_EXPIRES = "2100-01-01T00:00:00+00:00"
_TOKEN = "emulated-cdn-token-"  # noqa: S105  (it opens nothing)
_LIFECYCLES = ("x-fal-object-lifecycle", "x-fal-object-lifecycle-preference")
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class _Signed:
    """An address to upload to, as it was handed out."""

    url: str
    content_type: str
    signature: str
    tolerant: bool
    """Whether a stray `Authorization` does no harm."""


class Storage:
    """Both sides, and the files."""

    def __init__(self, authorize: Callable[[Seen], str], root: str) -> None:
        """`authorize` checks the key; `root` is the path that the host's own begin with."""
        self._authorize = authorize
        self._root = root
        self._files = Files(f"{root}{CDN}/files/")
        self._signed: dict[str, _Signed] = {}
        self._uploads: dict[str, Upload] = {}
        self._count = 0
        self.look_up = self._files.look_up

    @property
    def stored(self) -> list[StoredFile]:
        """The files, oldest first."""
        return self._files.stored

    def routes(self) -> list[Route]:
        """List the addresses."""
        part = f"{CDN}/files/{{path:path}}/multipart/{{ident}}"
        return [
            Route(f"{REST}/storage/upload/initiate", answering(self._initiate), methods=["POST"]),
            Route(f"{REST}/storage/auth/token", answering(self._give_token), methods=["POST"]),
            Route(f"{CDN}/upload/{{ident}}", answering(self._put), methods=["PUT"]),
            Route(f"{CDN}/files/upload", answering(self._upload), methods=["POST"]),
            Route(f"{CDN}/files/upload/multipart", answering(self._begin), methods=["POST"]),
            Route(f"{part}/complete", answering(self._complete), methods=["POST"]),
            Route(f"{part}/{{number:int}}", answering(self._put_part), methods=["PUT"]),
            Route(f"{CDN}/files/{{path:path}}", answering(self._get)),
        ]

    def forget(self) -> None:
        """Forget the files and what was to become one; tokens stay good."""
        self._files.forget()
        self._signed.clear()
        self._uploads.clear()

    # The control plane.

    def _initiate(self, request: Request) -> Delivery:
        seen: Seen = request.scope["seen"]
        self._authorize(seen)
        kind = _storage_type(request, _TYPES)
        _check_lifecycle(seen)
        body = seen.body if isinstance(seen.body, dict) else {}
        for name in ("content_type", "file_name"):
            if not isinstance(body.get(name), str) or not body[name]:
                said = "Input should be a valid string"
                raise Problems(Problem((name,), said, "string_type", body.get(name)))
        url = self._new_url(request, body["file_name"])
        ident = f"{self._count:08d}"
        signature = hashlib.sha256(url.encode()).hexdigest()
        # The official client sends its key along to this kind, so that must do no harm; to the
        # other kind nobody does, and signed addresses commonly refuse a second authorization.
        signed = _Signed(url, body["content_type"], signature, tolerant=kind == "gcs")
        self._signed[ident] = signed
        upload_url = f"{self._base(request)}{CDN}/upload/{ident}?X-Signature={signature}"
        return as_json({"file_url": url, "upload_url": upload_url})

    def _give_token(self, request: Request) -> Delivery:
        self._authorize(request.scope["seen"])
        _storage_type(request, _TYPES[:1])
        self._count += 1
        token = {"token": f"{_TOKEN}{self._count}", "token_type": "Bearer"}
        return as_json({**token, "base_url": f"{self._base(request)}{CDN}", "expires_at": _EXPIRES})

    # The CDN.

    def _put(self, request: Request) -> Delivery:
        """Take the bytes for a signed address: it says no in XML, as object stores do."""
        seen: Seen = request.scope["seen"]
        signed = self._signed.get(request.path_params["ident"])
        if signed is None or request.query_params.get("X-Signature") != signed.signature:
            return _xml(403, "SignatureDoesNotMatch")
        if "authorization" in seen.headers and not signed.tolerant:
            return _xml(400, "InvalidArgument", "Only one auth mechanism allowed")
        if seen.headers.get("content-type") != signed.content_type:
            return _xml(403, "SignatureDoesNotMatch", "The content type was signed as another")
        self._keep(seen, signed.url, signed.content_type)
        return Delivery([], headers={"content-length": "0"})

    def _upload(self, request: Request) -> Delivery:
        seen = _holding_token(request)
        url = self._new_url(request, seen.headers.get("x-fal-file-name", "upload.bin"))
        self._keep(seen, url, seen.headers.get("content-type", "application/octet-stream"))
        return as_json({"access_url": url})

    def _begin(self, request: Request) -> Delivery:
        seen = _holding_token(request)
        url = self._new_url(request, seen.headers.get("x-fal-file-name", "upload.bin"))
        ident = f"upload-{self._count:08d}"
        kind = seen.headers.get("content-type", "application/octet-stream")
        self._uploads[ident] = Upload(url, kind)
        return as_json({"access_url": url, "uploadId": ident})

    def _put_part(self, request: Request) -> Delivery:
        seen = _holding_token(request)
        etag = self._found(request).put(request.path_params["number"], seen.raw)
        _shorten(seen)
        return Delivery([], headers={"etag": etag, "content-length": "0"})

    def _complete(self, request: Request) -> Delivery:
        seen = _holding_token(request)
        upload = self._found(request)
        upload.check(seen.body.get("parts") if isinstance(seen.body, dict) else None)
        del self._uploads[request.path_params["ident"]]
        self._files.add(upload.url, upload.content_type, upload.content)
        return as_json({"access_url": upload.url})

    def _get(self, request: Request) -> Delivery:
        """Serve a file, to anyone; past the first megabyte it is zeros."""
        _refuse_key(request.scope["seen"])
        held = self._files.get(f"{self._root}{CDN}/files/{request.path_params['path']}")
        if held is None:
            raise plain(404)
        file, content = held
        head = {"content-type": file.content_type, "content-length": str(file.size)}
        return Delivery(content.blocks(), headers=head)

    # What they share.

    def _base(self, request: Request) -> str:
        """Give the address of the host, as its caller names it."""
        return f"{request.url.scheme}://{request.url.netloc}{self._root}"

    def _new_url(self, request: Request, name: str) -> str:
        self._count += 1
        shard = f"{self._count:08d}"
        _check_lifecycle(request.scope["seen"])
        return f"{self._base(request)}{CDN}/files/b/{shard}/{_UNFIT.sub('_', name)}"

    def _keep(self, seen: Seen, url: str, content_type: str) -> None:
        content = Content()
        content.add(seen.raw)
        _shorten(seen)
        self._files.add(url, content_type, content)

    def _found(self, request: Request) -> Upload:
        upload = self._uploads.get(request.path_params["ident"])
        path = f"{self._root}{CDN}/files/{request.path_params['path']}"
        if upload is None or not upload.url.endswith(path):
            raise plain(404, "The upload does not exist.")
        return upload


def _storage_type(request: Request, known: tuple[str, ...]) -> str:
    kind = request.query_params.get("storage_type", "")
    if kind not in known:
        raise plain(400, f"Invalid storage type {kind!r}")
    return kind


def _holding_token(request: Request) -> Seen:
    """Give a request that has a token of the control plane, and not the key itself."""
    seen: Seen = request.scope["seen"]
    _refuse_key(seen)
    kind, _, token = seen.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not token.startswith(_TOKEN):
        raise plain(401, "Invalid or missing token")
    return seen


def _refuse_key(seen: Seen) -> None:
    if seen.headers.get("authorization", "").lower().startswith("key "):
        raise plain(401, "The CDN takes no keys")


def _check_lifecycle(seen: Seen) -> None:
    """Refuse a lifetime that is no JSON object [assumed]."""
    for name in _LIFECYCLES:
        given: Any = parse(seen.headers.get(name, "{}").encode())
        seconds = given.get("expiration_duration_seconds", 1) if isinstance(given, dict) else 0
        if not isinstance(seconds, int) or seconds < 1:
            raise plain(400, f"Invalid {name} header: {json.dumps(given)}")


def _shorten(seen: Seen) -> None:
    """Let go of a long body."""
    seen.raw = seen.raw[:KEPT]


def _xml(status: int, code: str, message: str = "") -> Delivery:
    body = f"<Error><Code>{code}</Code><Message>{message or code}</Message></Error>"
    return Delivery([body.encode()], status, {"content-type": "application/xml"})
