"""The public names. A change here is a change of the interface: it belongs in CHANGELOG.md."""

import importlib

import pytest

PUBLIC: dict[str, set[str]] = {
    "seed_core": {
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AsyncClient",
        "AsyncVideoClient",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "Client",
        "ConfigurationError",
        "ContentFilterError",
        "ContextOverflowError",
        "InsufficientCreditError",
        "InvalidReplyError",
        "MediaError",
        "Message",
        "NotFoundError",
        "Options",
        "PermissionDeniedError",
        "Progress",
        "Prompt",
        "Provider",
        "RateLimitError",
        "Reply",
        "Retry",
        "SeedError",
        "SeedanceTask",
        "ServerError",
        "Spending",
        "StreamBrokenError",
        "Text",
        "Timeout",
        "Tool",
        "UnsupportedError",
        "VideoClient",
        "VideoJobError",
        "VideoJobTimeoutError",
        "__version__",
        "collect",
        "document",
        "image",
        "resolve",
        "video",
    },
    "langchain_seed": {
        "ChatSeed",
        "SeedUsageCallback",
        "SeedanceTool",
        "errors",
        "seedance_tools",
    },
    "llamaindex_seed": {
        "NoToolCallError",
        "SeedLLM",
        "SeedMultiModal",
        "SeedUsageHandler",
        "SeedanceToolSpec",
        "VideoProgress",
        "tokenize",
    },
}
NEEDS = {"langchain_seed": "langchain_core", "llamaindex_seed": "llama_index.core"}


@pytest.fixture(params=PUBLIC)
def package(request):
    if request.param in NEEDS:
        pytest.importorskip(NEEDS[request.param])
    return importlib.import_module(request.param)


def test_the_public_names_are_these(package):
    assert set(package.__all__) == PUBLIC[package.__name__]


def test_a_public_name_is_listed_once(package):
    assert len(package.__all__) == len(set(package.__all__))


def test_every_public_name_is_there_and_shown_by_dir(package):
    assert {name for name in package.__all__ if not hasattr(package, name)} == set()
    assert set(package.__all__) <= set(dir(package))


def test_a_function_is_not_replaced_by_the_package_of_its_name():
    core = importlib.import_module("seed_core")
    importlib.import_module("seed_core.video_client")
    assert callable(core.video)
