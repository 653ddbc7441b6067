"""LangSmith's place: what LangChain's tracer would post there."""

import json
from typing import Any

import langsmith
import requests
from langchain_core.tracers import LangChainTracer


class Posted(requests.Session):
    """A tracer, and the bodies that it would post."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[str] = []
        self.tracer = LangChainTracer(
            client=langsmith.Client(
                api_url="http://127.0.0.1:9",
                api_key="ls",
                session=self,
                auto_batch_tracing=False,
                info={},
            )
        )

    def request(self, method: Any, url: Any, *_: Any, **kwargs: Any) -> requests.Response:
        data = kwargs.get("data") or b""
        self.bodies.append(data.decode() if isinstance(data, bytes) else str(data))
        response = requests.Response()
        response.status_code = 202
        return response

    def written(self) -> str:
        """All that would be posted."""
        self.tracer.wait_for_futures()
        return "\n".join(self.bodies)

    def run(self) -> dict[str, Any]:
        """The one run as it stood at its end: what was posted, and patched after that."""
        whole: dict[str, Any] = {}
        for part in map(json.loads, filter(None, self.written().splitlines())):
            whole.update({name: value for name, value in part.items() if value is not None})
        return whole
