"""Runware as seen on the wire: Seedance 2.0 Mini, its jobs, their files, and uploads.

From the host's model page, its documentation, its SDK's sources and recorded answers. Whatever is
asked is a task in the array of one POST.

What a script means here:

* A `Job` is a video whose `statuses` are what its polls get: a mapping is a body as it is (200), a
  `Raw` or a `Fault` takes its place. In the texts of a mapping `{taskUUID}` stands for the job's
  id, `{videoUUID}` and `{videoURL}` for its first result, `{videoUUID2}` for the second and so on.
  A last mapping that tells of the end of all results stays; else the next poll tells of success.
  `submitted` is laid over the acknowledgement; if nothing is left of that, it is an empty list.
  `result` is what downloads of its videos get, one by one: `Fault.status(403)` is a link that has
  expired.
* A `Raw`, and a `Fault` that takes the place of an answer (a status, a refusal to talk, HTML,
  nothing, an error in a 200), come before the job is accepted: there is none, and no charge.
* Any other `Fault` (`cut`, `stall`, `garbage`, `drip`, `comments`, a wrong content type) harms the
  acknowledgement of a job that *is* accepted and charged: the submission is ambiguous for its
  caller. `Fault.cut(after=-1)` breaks it before the status line.
* An `Answer` is a video like any other, with its `fault` for the acknowledgement. With a `Job` that
  has such an answer, the job's life can be told as well.

Each accepted `videoInference` takes one item; other tasks take none.
"""

from seed_core.emulator.runware.host import Runware

__all__ = ["Runware"]
