"""Where Ark's clouds and regions are, with which key, and what they call the model."""

import pytest

from seed_core.errors import ConfigurationError
from seed_core.providers import resolve
from tests.core.calling import HELLO
from tests.providers.ark.hosts import CHAT, CHINA, CLOUDS, KEY
from tests.providers.sending import sent

PATHS = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "batch": "/batch/chat/completions",
}


@pytest.mark.parametrize(
    ("cloud", "region", "root"),
    [
        ("byteplus", None, "https://ark.ap-southeast.bytepluses.com/api/v3"),
        ("byteplus", "ap-southeast-1", "https://ark.ap-southeast.bytepluses.com/api/v3"),
        ("byteplus", "eu-west-1", "https://ark.eu-west.bytepluses.com/api/v3"),
        ("volcengine", None, "https://ark.cn-beijing.volces.com/api/v3"),
        ("volcengine", "cn-beijing", "https://ark.cn-beijing.volces.com/api/v3"),
    ],
)
def test_each_region_has_its_address(cloud: str, region: str | None, root: str) -> None:
    for api, path in PATHS.items():
        assert resolve(cloud, api=api, region=region, api_key=KEY).url == root + path


def test_an_unknown_region_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"no region 'eu-west-1'; it has cn-beijing"):
        resolve("volcengine", region="eu-west-1", api_key=KEY)
    with pytest.raises(ConfigurationError, match=r"openrouter has no region .*none"):
        resolve("openrouter", region="eu-west-1", api_key=KEY)


def test_any_form_of_an_address_will_do_and_a_region_beside_it_is_refused() -> None:
    given = "https://gate.example/api/v3/batch/chat/completions"
    with pytest.raises(ConfigurationError, match="base_url= or region=, not both"):
        resolve("byteplus", base_url=given, region="eu-west-1", api_key=KEY)
    for api, path in PATHS.items():
        found = resolve("byteplus", api=api, base_url=given, api_key=KEY)
        assert found.url == f"https://gate.example/api/v3{path}"


def test_the_key_is_ark_s_for_both_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARK_API_KEY", KEY)
    for cloud in CLOUDS:
        headers = resolve(cloud).request(HELLO, stream=False).headers
        assert headers["authorization"] == f"Bearer {KEY}"
    with pytest.raises(ConfigurationError, match="provider='byteplus' or 'volcengine'"):
        resolve()  # the key does not say which cloud it belongs to


def test_each_cloud_has_its_own_name_of_the_model() -> None:
    assert sent(CHAT)["model"] == "seed-2-0-mini-260215"
    assert sent(CHINA)["model"] == "doubao-seed-2-0-mini-260215"
