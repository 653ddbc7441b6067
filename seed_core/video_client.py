"""Video generation: tasks in, finished videos out; and nothing that is paid for is lost.

A task is known by its UUID from before it is submitted. Whatever happens, `resume` with that UUID
goes on where it was left.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import SecretStr

from seed_core.arguments import unseen_key
from seed_core.connecting import AsyncConnected, Connected, TransportName
from seed_core.flow import Retry
from seed_core.polling import OnProgress
from seed_core.saving import FileSink
from seed_core.timeouts import Timeout
from seed_core.video_settings import VideoSettings, address_of, known_uuid, named, new_uuid
from seed_core.videos.fetch import fetch
from seed_core.videos.inputs import Uploaded
from seed_core.videos.runware import Runware
from seed_core.videos.seedance import SeedanceTask
from seed_core.videos.status import VideoResult, VideoStatus
from seed_core.videos.storage import MediaInput, delete_media, upload_image, upload_media
from seed_core.videos.submit import generate, submit
from seed_core.videos.watch import look, wait

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger("seed_core")
T = TypeVar("T")
Path_: TypeAlias = "str | os.PathLike[str]"
MAX_BYTES = 1_000_000_000
"""Bytes of a download, unless more are allowed. Fifteen seconds of 720p have a few million."""


class VideoClient(VideoSettings, Connected):
    """Makes videos with Seedance 2.0 Mini at Runware, from threads.

    Args:
        api_key: the key; None for `RUNWARE_API_KEY`. Never shown.
        base_url: another address of the API.
        runware: all of the host as a value, instead of the two.
        timeout: seconds in all for a call (1200 unless said), or a `Timeout` with its own `total`.
        retry: when to try again. A task is never made twice.
        max_cost_usd: what a task may cost at most, by the price table; checked before it is sent.
        on_progress: called with a `Progress` while a task is waited for; see `ProgressBar`.
        transport: "httpx" sends with that instead of our own transport; see `docs/performance.md`.
        http_client: an httpx client to use as it is, instead of the shared connections.

    Example:
        >>> with VideoClient() as client:  # doctest: +SKIP
        ...     status = client.generate(SeedanceTask(prompt="A cat", size="1280x720"))
        ...     client.download(status.results[0], "cat.mp4")
    """

    def __init__(
        self,
        api_key: SecretStr | str | None = None,
        *,
        base_url: str | None = None,
        runware: Runware | None = None,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        max_cost_usd: float | None = None,
        on_progress: OnProgress | None = None,
        transport: TransportName | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Settle how the host is asked; nothing is opened."""
        api_key = unseen_key(api_key)
        super().__init__(api_key, base_url, runware, timeout, retry, max_cost_usd, on_progress)
        self._over(http_client, transport)

    def submit(
        self,
        task: SeedanceTask,
        *,
        task_uuid: str | None = None,
        max_cost_usd: float | None = None,
    ) -> VideoStatus:
        """Hand over a task, once, and do not wait for it; `.task_uuid` names it.

        Args:
            task: what is to be made.
            task_uuid: a UUID (version 4) of your own, written down before, so that it is known
                even if this program ends meanwhile. None makes one.
            max_cost_usd: what it may cost at most.

        Raises:
            ConfigurationError: it would cost more, or cannot be sent; nothing was.
            SeedError: the host refused it; or it may have been accepted, and the words say so.
        """
        checked, uuid = self._checked(task, max_cost_usd), new_uuid(task_uuid)
        with named(uuid):
            return self._run(submit(self.runware, checked, uuid, self.retry))

    def status(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Ask once how a task stands. See `seed_core.videos.watch.look`."""
        return self._run(look(self.runware, known_uuid(task_uuid), self.retry, results=results))

    def wait(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Wait until a task is over.

        Args:
            task_uuid: the task.
            results: how many results were asked for. Without it a task is taken to be over when
                something is done and nothing is seen under way.

        Raises:
            VideoJobError: all that was to be made failed.
            VideoJobTimeoutError: the time was up; `.task_uuid` is for `resume`.
            SeedError: the host could not be asked; the task goes on.
        """
        flow = wait(self.runware, known_uuid(task_uuid), results, self.retry, self.on_progress)
        with named(task_uuid):
            return self._run(flow)

    def resume(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Go on waiting for a task that was submitted before, here or elsewhere. See `wait`."""
        flow = wait(
            self.runware, known_uuid(task_uuid), results, self.retry, self.on_progress, at_once=True
        )
        with named(task_uuid):
            return self._run(flow)

    def generate(
        self,
        task: SeedanceTask,
        *,
        task_uuid: str | None = None,
        max_cost_usd: float | None = None,
    ) -> VideoStatus:
        """Submit a task and wait until it is over. See `submit` and `wait`."""
        checked, uuid = self._checked(task, max_cost_usd), new_uuid(task_uuid)
        with named(uuid):
            return self._run(generate(self.runware, checked, uuid, self.retry, self.on_progress))

    def upload(self, media: MediaInput, *, mime: str | None = None) -> Uploaded:
        """Store a picture, a clip or a sound at the host, to be an input by its UUID.

        Raises:
            MediaError: it is missing, or it is not known what it is.
            SeedError: it was not stored.
        """
        return self._run(upload_media(self.runware, media, new_uuid(None), self.retry, mime=mime))

    def upload_image(self, picture: MediaInput) -> Uploaded:
        """Store a picture by the host's own way for pictures: 2048 pixels a side at most."""
        return self._run(upload_image(self.runware, picture, new_uuid(None), self.retry))  # type: ignore[arg-type]  # it is refused there

    def delete(self, stored: Uploaded | str) -> None:
        """Delete what was stored."""
        self._run(delete_media(self.runware, stored, new_uuid(None), self.retry))

    def download(
        self, video: VideoResult | str, path: Path_, *, max_bytes: int = MAX_BYTES
    ) -> Path:
        """Fetch a finished video into a file, without the key. Links expire: do it soon.

        Args:
            video: a result, or its address.
            path: the file; it is there when the video is whole.
            max_bytes: how large it may be.

        Raises:
            NotFoundError, PermissionDeniedError: the link has expired.
            MediaError: it is too large, or the file cannot be written.
            SeedError: it was not delivered.
        """
        sink = FileSink(path, max_bytes)
        self._run(fetch(address_of(video), sink, self.retry))
        return sink.path


class AsyncVideoClient(VideoSettings, AsyncConnected):
    """Makes videos from event loops. See `VideoClient`."""

    def __init__(
        self,
        api_key: SecretStr | str | None = None,
        *,
        base_url: str | None = None,
        runware: Runware | None = None,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        max_cost_usd: float | None = None,
        on_progress: OnProgress | None = None,
        transport: TransportName | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Settle how the host is asked; nothing is opened."""
        api_key = unseen_key(api_key)
        super().__init__(api_key, base_url, runware, timeout, retry, max_cost_usd, on_progress)
        self._over(http_client, transport)

    async def submit(
        self,
        task: SeedanceTask,
        *,
        task_uuid: str | None = None,
        max_cost_usd: float | None = None,
    ) -> VideoStatus:
        """Hand over a task, once, and do not wait for it. See `VideoClient.submit`."""
        checked, uuid = self._checked(task, max_cost_usd), new_uuid(task_uuid)
        with named(uuid):
            return await self._run(submit(self.runware, checked, uuid, self.retry))

    async def status(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Ask once how a task stands. See `seed_core.videos.watch.look`."""
        return await self._run(
            look(self.runware, known_uuid(task_uuid), self.retry, results=results)
        )

    async def wait(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Wait until a task is over. See `VideoClient.wait`."""
        flow = wait(self.runware, known_uuid(task_uuid), results, self.retry, self.on_progress)
        with named(task_uuid):
            return await self._run(flow)

    async def resume(self, task_uuid: str, *, results: int | None = None) -> VideoStatus:
        """Go on waiting for a task that was submitted before. See `VideoClient.wait`."""
        flow = wait(
            self.runware, known_uuid(task_uuid), results, self.retry, self.on_progress, at_once=True
        )
        with named(task_uuid):
            return await self._run(flow)

    async def generate(
        self,
        task: SeedanceTask,
        *,
        task_uuid: str | None = None,
        max_cost_usd: float | None = None,
    ) -> VideoStatus:
        """Submit a task and wait until it is over. See `VideoClient.generate`."""
        checked, uuid = self._checked(task, max_cost_usd), new_uuid(task_uuid)
        flow = generate(self.runware, checked, uuid, self.retry, self.on_progress)
        with named(uuid):
            return await self._run(flow)

    async def upload(self, media: MediaInput, *, mime: str | None = None) -> Uploaded:
        """Store a picture, a clip or a sound at the host. See `VideoClient.upload`."""
        return await self._run(
            upload_media(self.runware, media, new_uuid(None), self.retry, mime=mime)
        )

    async def upload_image(self, picture: MediaInput) -> Uploaded:
        """Store a picture by the host's own way for pictures. See `VideoClient.upload_image`."""
        return await self._run(upload_image(self.runware, picture, new_uuid(None), self.retry))  # type: ignore[arg-type]  # it is refused there

    async def delete(self, stored: Uploaded | str) -> None:
        """Delete what was stored."""
        await self._run(delete_media(self.runware, stored, new_uuid(None), self.retry))

    async def download(
        self, video: VideoResult | str, path: Path_, *, max_bytes: int = MAX_BYTES
    ) -> Path:
        """Fetch a finished video into a file, without the key. See `VideoClient.download`."""
        sink = FileSink(path, max_bytes)
        await self._run(fetch(address_of(video), sink, self.retry))
        return sink.path


if __name__ == "__main__":
    from seed_core.video_cli import main

    raise SystemExit(main())
