"""Ark's Files: what was uploaded, and when it may be used.

Knows the upload's form and the record of a file. A file is `processing` when it is uploaded and
when it is asked for the first time, then `active`, so that a client has to wait for it; an empty
one is `failed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from seed_core.emulator.chat import Flaw
from seed_core.emulator.checks import number
from seed_core.emulator.multipart import Field, parse_multipart
from seed_core.emulator.seen import Seen

__all__ = ["Files"]

_WEEK = 7 * 24 * 3600
_FPS = number(0.2, 5)


@dataclass
class _Upload:
    record: dict[str, Any]
    asked: int = 0

    @property
    def status(self) -> str:
        if not self.record["bytes"]:
            return "failed"
        return "active" if self.asked > 1 else "processing"


@dataclass
class Files:
    """The files of one cloud."""

    _uploads: dict[str, _Upload] = field(default_factory=dict)

    def add(self, seen: Seen, unique: str, created: int) -> dict[str, Any]:
        """Take an upload and give its record."""
        form = parse_multipart(seen.headers.get("content-type", ""), seen.raw)
        if form is None:
            raise Flaw("", "The body must be multipart/form-data.")
        purpose, file = form.get("purpose"), form.get("file")
        if purpose is None:
            raise Flaw("purpose", "it is required", "missing")
        if purpose.text != "user_data":
            raise Flaw("purpose", f"must be user_data, not {purpose.text!r}")
        if file is None or file.filename is None:
            raise Flaw("file", "it is required", "missing")
        _check_fps(form.get("preprocess_configs[video][fps]"))
        record = {
            "object": "file",
            "id": f"file-{unique}",
            "purpose": "user_data",
            "filename": file.filename,
            "bytes": len(file.content),
            "mime_type": file.media_type,
            "created_at": created,
            "expire_at": created + _WEEK,
        }
        upload = self._uploads[f"file-{unique}"] = _Upload(record)
        return {**record, "status": upload.status}

    def ask(self, ident: str) -> dict[str, Any] | None:
        """Give the record of a file, None if there is none."""
        upload = self._uploads.get(ident)
        if upload is None:
            return None
        upload.asked += 1
        return {**upload.record, "status": upload.status}

    def check(self, ident: Any, where: str) -> None:
        """Refuse the id of a file that may not be used."""
        upload = self._uploads.get(ident) if isinstance(ident, str) else None
        if upload is None:
            raise Flaw(where, f"the file {ident!r} does not exist")
        if upload.status != "active":
            raise Flaw(where, f"the file {ident!r} is {upload.status}, not active")


def _check_fps(given: Field | None) -> None:
    if given is None:
        return
    try:
        said = _FPS(float(given.text))
    except ValueError:
        said = "must be a number"
    if said:
        raise Flaw("preprocess_configs.video.fps", said)
