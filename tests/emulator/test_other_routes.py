"""What stands beside the chat: models, keys, credits, generations."""

import httpx
import pytest

from tests.emulator.conftest import MODEL


def test_models_need_no_key(emulator):
    body = httpx.get(f"{emulator.url()}/models", trust_env=False).json()
    assert body["total_count"] == len(body["data"])
    mini = next(model for model in body["data"] if model["id"] == MODEL)
    assert mini["canonical_slug"] == f"{MODEL}-20260224"
    assert mini["context_length"] == 262_144
    assert mini["top_provider"]["max_completion_tokens"] == 131_072
    assert mini["architecture"]["input_modalities"] == ["text", "image", "video"]
    assert (mini["pricing"]["prompt"], mini["pricing"]["completion"]) == ("0.0000001", "0.0000004")
    assert mini["pricing"]["overrides"][0]["min_prompt_tokens"] == 128_000
    assert mini["reasoning"]["supported_efforts"] == ["high", "medium", "low", "minimal"]
    assert "tools" in mini["supported_parameters"]
    assert "seed" not in mini["supported_parameters"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"q": "2.0-lite"}, 1),
        ({"supported_parameters": "tools,seed"}, 0),
        ({"input_modalities": "image,video"}, 6),
        ({"input_modalities": "audio"}, 0),
    ],
)
def test_models_can_be_filtered(http, query, count):
    assert len(http.get("/models", params=query).json()["data"]) == count


def test_endpoints_of_a_model(http):
    data = http.get(f"/models/{MODEL}/endpoints").json()["data"]
    assert data["id"] == MODEL
    assert data["endpoints"][0]["provider_name"] == "Seed"
    assert http.get("/models/someone/else/endpoints").status_code == 404


def test_generation(http, chat):
    http.headers["HTTP-Referer"] = "https://example.com"
    whole = chat.whole()
    streamed = chat.events()[0]["id"]
    data = http.get("/generation", params={"id": whole["id"]}).json()["data"]
    assert data["model"] == MODEL
    assert data["total_cost"] == data["usage"] == whole["usage"]["cost"]
    assert data["tokens_prompt"] == whole["usage"]["prompt_tokens"]
    assert (data["streamed"], data["finish_reason"]) == (False, "stop")
    assert data["http_referer"] == "https://example.com"
    assert http.get("/generation", params={"id": streamed}).json()["data"]["streamed"] is True
    assert http.get("/generation", params={"id": "gen-1-x"}).status_code == 404


def test_key_and_credits(http, chat):
    chat.whole()
    data = http.get("/key").json()["data"]
    assert data["usage"] > 0
    assert data["is_management_key"] is False
    response = http.get("/credits")
    assert response.status_code == 403
    assert response.json()["error"]["code"] == 403
    http.headers["Authorization"] = "Bearer sk-or-management-1"
    data = http.get("/credits").json()["data"]
    assert data["total_credits"] > data["total_usage"] > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/nowhere", "/chat"])
def test_elsewhere_is_404(http, method, path):
    response = http.request(method, path)
    assert response.status_code == 404
    assert response.json()["error"] == {"message": "Not Found", "code": 404}
