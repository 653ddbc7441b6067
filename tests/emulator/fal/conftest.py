"""A plain HTTP client on the emulated fal."""

from typing import Any

import httpx
import pytest

from seed_core.emulator import Emulator
from tests.emulator.ark.conftest import HostChat

ENDPOINT = "fal-ai/bytedance/seed/v2/mini"
APP = "fal-ai/bytedance"


class Fal:
    """Requests to the Seed endpoint, at once and through the queue; `...` leaves a field out."""

    def __init__(self, http: httpx.Client, emulator: Emulator) -> None:
        self.http = http
        self.url = emulator.url

    def run(self, prompt: Any = "Hello", *, headers: Any = None, **fields: Any) -> httpx.Response:
        return self._post(f"{self.url('fal', 'sync')}/{ENDPOINT}", prompt, fields, headers)

    def whole(self, prompt: Any = "Hello", **fields: Any) -> dict[str, Any]:
        response = self.run(prompt, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def output(self, prompt: Any = "Hello", **fields: Any) -> str:
        output: str = self.whole(prompt, **fields)["output"]
        return output

    def problem(self, **fields: Any) -> dict[str, Any]:
        """The one problem that a body is refused for."""
        response = self.run(**fields)
        assert response.status_code == 422, response.text
        assert response.headers["x-fal-billable-units"] == "0"
        assert response.headers["x-fal-request-id"]
        (problem,) = response.json()["detail"]
        assert list(problem)[:4] == ["loc", "msg", "type", "url"]
        assert problem["url"] == f"https://docs.fal.ai/errors#{problem['type']}"
        return dict(problem)

    def submitting(
        self, prompt: Any = "Hello", *, headers: Any = None, query: str = "", **fields: Any
    ) -> httpx.Response:
        url = f"{self.url('fal', 'queue')}/{ENDPOINT}{query}"
        return self._post(url, prompt, fields, headers)

    def submit(self, prompt: Any = "Hello", **fields: Any) -> dict[str, Any]:
        response = self.submitting(prompt, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def poll(self, job: dict[str, Any], logs: Any = 0) -> httpx.Response:
        return self.http.get(job["status_url"], params={"logs": logs})

    def finish(self, job: dict[str, Any]) -> dict[str, Any]:
        """Poll until the job is complete."""
        for _ in range(20):
            status: dict[str, Any] = self.poll(job).json()
            if status["status"] == "COMPLETED":
                return status
        message = f"{job} never ends"
        raise AssertionError(message)

    def fetch(self, job: dict[str, Any]) -> httpx.Response:
        return self.http.get(job["response_url"])

    def cancel(self, job: dict[str, Any]) -> httpx.Response:
        return self.http.put(job["cancel_url"])

    def _post(self, url: str, prompt: Any, fields: Any, headers: Any) -> httpx.Response:
        body = {"prompt": prompt, **fields}
        given = {name: value for name, value in body.items() if value is not ...}
        return self.http.post(url, json=given, headers=headers)


@pytest.fixture
def http(emulator: Emulator, _one_client: httpx.Client) -> httpx.Client:
    _one_client.base_url = httpx.URL(emulator.url("fal", "chat"))
    _one_client.headers = httpx.Headers({"Authorization": "Key test"})
    return _one_client


@pytest.fixture
def fal(http: httpx.Client, emulator: Emulator) -> Fal:
    return Fal(http, emulator)


@pytest.fixture
def chat(http: httpx.Client) -> HostChat:
    """The OpenAI-compatible route."""
    return HostChat(http, "bytedance-seed/seed-2.0-mini")


@pytest.fixture
def script(emulator: Emulator) -> Any:
    return lambda *items: emulator.script(*items, host="fal")
