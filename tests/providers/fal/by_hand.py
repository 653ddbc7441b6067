"""fal's queue driven by hand: what it answers, and a call that waits for that."""

from typing import Any

from pydantic_core import to_json

from seed_core.flow import Flow, Opened, Response, Retry
from seed_core.types import Options, Prompt
from tests.providers.fal.asking import QUEUE, turn

AT = "https://queue.fal.run/fal-ai/bytedance/requests/job-1"
ACCEPTED = {
    "status": "IN_QUEUE",
    "request_id": "job-1",
    "response_url": AT,
    "status_url": f"{AT}/status",
    "cancel_url": f"{AT}/cancel",
    "queue_position": 0,
}
QUEUED = {"status": "IN_QUEUE", "queue_position": 2}
RUNNING = {"status": "IN_PROGRESS", "logs": [{"message": "warm"}]}
COMPLETED = {"status": "COMPLETED", "logs": [{"message": "warm"}, {"message": "done"}]}
RESULT = {"output": "Hi", "reasoning_content": "Hm", "messages": [{"role": "assistant"}]}
NOT_READY = {"detail": "Request is still in progress"}
AT_ONCE = Retry(2, jitter=lambda: 0.0)


def says(body: Any, status: int = 200, **headers: str) -> Response:
    """An answer of the host."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else to_json(body)
    return Response(status, {"content-type": "application/json", **named}, content)


def calling(retry: Retry = AT_ONCE, **settings: Any) -> Flow[Opened]:
    """A call through the queue, not begun."""
    provider = settings.pop("provider", QUEUE)
    prompt = Prompt((turn("user", "Hello"),), options=settings.pop("options", Options()))
    return provider.call(prompt, stream=False, retry=retry, **settings)  # type: ignore[no-any-return]  # a Provider
