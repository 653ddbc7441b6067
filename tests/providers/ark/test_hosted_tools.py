"""Tools that Ark runs itself, which are of the responses wire alone; and caching on request."""

from dataclasses import replace

import pytest

from seed_core.emulator import Emulator
from seed_core.errors import UnsupportedError
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.types import ServerTool
from tests.core.calling import ask
from tests.providers.ark.hosts import CHAT, CHINA, KEY, RESPONSES, TOOL, at
from tests.providers.sending import prompt, sent


def test_web_search_is_the_hosts_tool_in_china_and_nowhere_else(emulator: Emulator) -> None:
    asked = replace(prompt(web_search=True), tools=(TOOL, ServerTool({"type": "mcp"})))
    assert [tool["type"] for tool in sent(CHINA, asked)["tools"]] == [
        "function",
        "mcp",
        "web_search",
    ]
    for host in (CHAT, RESPONSES, resolve("volcengine", api_key=KEY)):
        with pytest.raises(UnsupportedError, match=r"web_search.*volcengine \(responses\)"):
            host.check(prompt(web_search=True))
    china = at(emulator, "volcengine", api="responses")
    reply = ask("sync", china, stream=True, prompt=prompt(web_search=True)).reply
    assert reply.citations
    assert reply.finish is not None
    assert reply.finish.usage is not None
    assert reply.finish.usage.tool_usage == {"web_search": 1}


@pytest.mark.parametrize("host", [CHAT, RESPONSES], ids=["chat", "responses"])
def test_caching_on_request_would_need_answers_that_are_kept(host: Provider) -> None:
    with pytest.raises(UnsupportedError, match="caching"):
        host.check(prompt(caching=True))


def test_hosted_tools_are_announced_as_arks_own_sdk_does() -> None:
    plain = CHINA.request(prompt(), stream=False)
    assert not [name for name in plain.headers if name.startswith("ark-beta")]
    searching = CHINA.request(prompt(web_search=True), stream=False)
    assert searching.headers["ark-beta-web-search"] == "true"
    tools = (ServerTool({"type": "mcp", "server_label": "a"}),)
    request = CHINA.request(replace(prompt(), tools=tools), stream=False)
    assert request.headers["ark-beta-mcp"] == "true"
