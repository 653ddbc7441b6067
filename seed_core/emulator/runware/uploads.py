"""The tasks that upload to Runware and delete there: `imageUpload` and `mediaStorage`."""

from __future__ import annotations

from seed_core.emulator.runware.errors import Rejected, invalid
from seed_core.emulator.runware.fields import check_media_ident, check_parameters
from seed_core.emulator.runware.media import Missing
from seed_core.emulator.runware.posts import Act, Post, Task, answered, dry, refused
from seed_core.emulator.runware.replies import Part
from seed_core.emulator.runware.storage import Storage, Upload

__all__ = ["Uploads"]


class Uploads:
    """What is done to the storage."""

    def __init__(self, storage: Storage) -> None:
        """Work on a storage."""
        self._storage = storage

    def image(self, task: Task, post: Post) -> Act:
        """Store an image. It is kept as it came, while the host makes a large one smaller."""
        check_parameters(task)
        upload = _readable(task, "image")
        if upload.format is not None and upload.format.kind != "image":
            raise invalid("image", "must hold an image", "string")
        return self._storing(task, post, upload)

    def media(self, task: Task, post: Post) -> Act:
        """Store an image, a video or a sound, or delete one."""
        check_parameters(task)
        if task["operation"] == "upload":
            return self._storing(task, post, _readable(task, "media"))
        # What is deleted is named by its UUID [assumed].
        check_media_ident(task)
        return self._deleting(task, post)

    def _storing(self, task: Task, post: Post, upload: Upload) -> Act:
        post.reserve(task)
        if post.dry:
            return dry(task, 0)

        def store() -> Part:
            post.idents.use(post.key, task["taskUUID"])
            ident = post.idents.new()
            url = self._storage.add(ident, upload, post.base)
            if "image" in task:
                return answered(task, imageUUID=ident, imageURL=url)
            return answered(task, operation="upload", mediaUUID=ident, mediaURL=url)

        return store

    def _deleting(self, task: Task, post: Post) -> Act:
        post.reserve(task)
        if post.dry:
            return dry(task, 0)

        def delete() -> Part:
            ident = task["media"].lower()
            try:
                self._storage.delete(ident)
            except Missing:
                message = f"There is no media {ident}."
                return refused(task, Rejected("mediaNotFound", message, "media", status=404))
            post.idents.use(post.key, task["taskUUID"])
            return answered(task, operation="delete", mediaUUID=ident)

        return delete


def _readable(task: Task, name: str) -> Upload:
    upload = Upload.read(task[name])
    if upload is None:
        raise invalid(name, "must be a URL, or a data URI or base64 of a known format", "string")
    return upload
