"""Ark of BytePlus and Volcengine: builds, thinking, parts, sealed reasoning, regions, batch."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from seed_core.capabilities import Feature
from seed_core.emulator import Answer, Emulator, ToolUse
from seed_core.errors import (
    BadRequestError,
    ConfigurationError,
    MediaError,
    NotFoundError,
    StreamBrokenError,
    UnsupportedError,
)
from seed_core.events import Reply
from seed_core.providers import resolve, who_can
from seed_core.providers.ark import SEALED
from seed_core.providers.base import Provider
from seed_core.types import (
    Bytes,
    Image,
    JsonObject,
    JsonSchema,
    Message,
    Options,
    Prompt,
    Reasoning,
    ReplayState,
    ServerTool,
    Text,
    Tool,
    ToolResult,
    Video,
)
from tests.core.calling import COLOURS, HELLO, ONCE, Colour, ask
from tests.providers.sending import fields, prompt, sent

KEY = "ark-key-of-nobody"
CLOUDS = ("byteplus", "volcengine")
CHAT, RESPONSES = (resolve("byteplus", api=api, api_key=KEY) for api in ("chat", "responses"))
CHINA = resolve("volcengine", api="responses", api_key=KEY)
OLD, NEW = "seed-2-0-mini-260215", "seed-2-0-mini-260428"


def at(emulator: Emulator, cloud: str = "byteplus", **settings: Any) -> Provider:
    return resolve(cloud, base_url=emulator.url(cloud), api_key=KEY, **settings)


# --- addresses ------------------------------------------------------------------------------------


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
    paths = {
        "chat": "/chat/completions",
        "responses": "/responses",
        "batch": "/batch/chat/completions",
    }
    for api, path in paths.items():
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
    for api in ("chat", "batch", "responses"):
        found = resolve("byteplus", api=api, base_url=given, api_key=KEY)
        assert found.url.startswith("https://gate.example/api/v3/")
        assert found.url.count("chat/completions") <= 1


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


# --- thinking and limits --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "chat", "responses"),
    [
        (
            {"thinking": "enabled"},
            {"thinking": {"type": "enabled"}},
            {"thinking": {"type": "enabled"}},
        ),
        (
            {"thinking": "disabled"},
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}},
        ),
        (
            # Together the host would refuse them.
            {"thinking": "disabled", "reasoning_effort": "high"},
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "disabled"}},
        ),
        (
            {"reasoning_effort": "minimal"},
            {"reasoning_effort": "minimal"},
            {"reasoning": {"effort": "minimal"}},
        ),
        (
            {"reasoning_effort": "low"},
            {"reasoning_effort": "low"},
            {"reasoning": {"effort": "low"}},
        ),
        (
            {"thinking": "enabled", "reasoning_effort": "high"},
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            {"thinking": {"type": "enabled"}, "reasoning": {"effort": "high"}},
        ),
        ({"max_tokens": 100}, {"max_completion_tokens": 100}, {"max_output_tokens": 100}),
        ({"service_tier": "fast"}, {"service_tier": "fast"}, {"service_tier": "fast"}),
        ({"user": "u"}, {"user": "u"}, None),
        ({"hide_reasoning": True}, {}, {}),
        # The client cuts there.
        ({"stop": ("END",)}, None, None),
    ],
)
def test_options_become_each_wires_words(
    options: dict[str, Any], chat: dict[str, Any] | None, responses: dict[str, Any] | None
) -> None:
    if chat is not None:
        assert fields(CHAT, **options) == chat
        assert (
            fields(resolve("byteplus", api="batch", model="ep-1", api_key=KEY), **options) == chat
        )
    if responses is not None:
        assert fields(RESPONSES, **options) == responses
    CHAT.check(prompt(**options))


@pytest.mark.parametrize("host", [CHAT, RESPONSES, CHINA], ids=lambda host: host.api)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thinking": "auto"}, "cannot express thinking='auto'; it knows enabled, disabled"),
        ({"reasoning_effort": "enormous"}, "cannot express reasoning_effort='enormous'"),
        ({"service_tier": "flex"}, "cannot express service_tier='flex'"),
        ({"image_detail": "blurred"}, "cannot express image_detail='blurred'"),
        ({"thinking_budget": 1024}, "does not support thinking_budget"),
        ({"frequency_penalty": 0.5}, "does not support frequency_penalty"),
        ({"presence_penalty": 0.5}, "does not support presence_penalty"),
    ],
)
def test_what_these_builds_do_not_know_is_refused(
    host: Provider, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnsupportedError, match=re.escape(words)):
        host.check(prompt(**options))


def test_limits_of_this_home_of_the_model() -> None:
    CHAT.check(prompt(max_tokens=65_536))
    with pytest.raises(ConfigurationError, match="max_tokens=65537 is outside 1 to 65536"):
        CHAT.check(prompt(max_tokens=65_537))
    CHAT.check(prompt(Image(Bytes(bytes(10 * 1024 * 1024)))))
    with pytest.raises(MediaError, match="images of at most 10,485,760 bytes"):
        CHAT.check(prompt(Image(Bytes(bytes(10 * 1024 * 1024 + 1)))))
    with pytest.raises(MediaError, match="videos of at most 52,428,800 bytes"):
        CHAT.check(prompt(Video(Bytes(bytes(50 * 1024 * 1024 + 1)))))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_client_cuts_at_a_stop_text(
    emulator: Emulator, colour: Colour, cloud: str, api: str, stream: bool
) -> None:
    emulator.script(Answer(text="one END two", piece=2), host=cloud)
    asked = prompt(stop=("END",))
    reply = ask(colour, at(emulator, cloud, api=api), stream=stream, prompt=asked).reply
    assert reply.text == "one "
    assert reply.finish is not None
    assert reply.finish.reason == "stop"
    assert b"END" not in emulator.requests[-1].raw


# --- builds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        NEW,
        "seed-2-0-lite-260428",
        "seed-2-0-code-preview-260328",
        "doubao-seed-2-0-mini-260428",
        "doubao-seed-2-0-code-preview-260215",
    ],
)
@pytest.mark.parametrize(
    "wanted", [JsonObject(), JsonSchema("s", {"type": "object"})], ids=["object", "schema"]
)
def test_builds_without_json_are_asked_for_it_in_words(
    emulator: Emulator, model: str, wanted: JsonObject | JsonSchema
) -> None:
    cloud = "volcengine" if model.startswith("doubao") else "byteplus"
    asked = Prompt((Message("user", (Text("json please"),)),), response_format=wanted)
    for api in ("chat", "responses"):
        provider = at(emulator, cloud, api=api, model=model)
        for stream in (False, True):
            reply = ask("sync", provider, stream=stream, prompt=asked).reply
            assert isinstance(json.loads(reply.text), dict)
    assert all(b"JSON object" in seen.raw for seen in emulator.requests)
    assert not any(seen.body.get("response_format") for seen in emulator.requests)


@pytest.mark.parametrize("model", [NEW, "doubao-seed-2-0-mini-260428"])
@pytest.mark.parametrize(
    "wanted", [JsonObject(), JsonSchema("s", {"type": "object"})], ids=["object", "schema"]
)
def test_builds_without_json_refuse_it_where_words_are_off(
    emulator: Emulator, model: str, wanted: JsonObject | JsonSchema
) -> None:
    cloud = "volcengine" if model.startswith("doubao") else "byteplus"
    asked = Prompt(
        (Message("user", (Text("json please"),)),),
        response_format=wanted,
        options=Options(tool_calling="off"),
    )
    feature: Feature = "json_object" if isinstance(wanted, JsonObject) else "json_schema"
    for api in ("chat", "responses"):
        error = ask("sync", at(emulator, cloud, api=api, model=model), stream=False, prompt=asked)
        said = str(error.failure(UnsupportedError))
        assert f"{cloud} does not support {feature} for this model" in said
        assert "byteplus" in ", ".join(who_can(feature))
    assert emulator.requests == []


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_older_mini_takes_json(emulator: Emulator, api: str) -> None:
    asked = Prompt((Message("user", (Text('json with "name"'),)),), response_format=JsonObject())
    assert ask("sync", at(emulator, api=api), stream=False, prompt=asked).reply.text[0] == "{"


@pytest.mark.parametrize(
    ("model", "seals"),
    [
        ("seed-2-0-mini-260215", False),
        ("doubao-seed-2-0-mini-260215", False),
        ("seed-2-0-lite-260228", False),
        ("seed-1-8-251228", False),
        ("seed-2-0-mini-260428", True),
        ("seed-2-0-pro-260328", True),
        ("dola-seed-2-1-turbo-260628", True),
    ],
)
def test_sealed_reasoning_is_asked_for_where_a_build_has_some(model: str, seals: bool) -> None:
    assert bool(re.fullmatch(SEALED, model)) == seals
    body = sent(replace(RESPONSES, model=model))
    assert ("include" in body) == seals
    assert body["store"] is False


def test_a_model_that_is_not_served_is_told(emulator: Emulator) -> None:
    error = ask("sync", at(emulator, model="seed-9"), stream=False).failure(NotFoundError)
    assert error.code == "InvalidEndpointOrModel.NotFound"
    assert error.request_id
    assert "check model= and base_url=" in str(error)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_end_mark_without_a_finish_reason_is_no_end(emulator: Emulator, colour: Colour) -> None:
    emulator.script(Answer(text="Half an ans", finish=None), host="byteplus")
    error = ask(colour, at(emulator), stream=True).failure(StreamBrokenError)
    assert error.partial.text == "Half an ans"


# --- reasoning that goes back ---------------------------------------------------------------------

TOOL = Tool("get_weather", "The weather.", {"type": "object", "properties": {}})
ASKED = Prompt((Message("user", (Text("How is the weather?"),)),), (TOOL,))
CALLING = Answer(reasoning="Hm, weather.", tool_calls=[ToolUse("get_weather", "{}")])


def going_on(reply: Reply, state: ReplayState | None) -> Prompt:
    (call,) = reply.tool_calls
    answer = Message("assistant", (Reasoning(reply.reasoning, state), call))
    result = Message("tool", (ToolResult(call.id, (Text("Sunny"),), call.name),))
    return replace(ASKED, messages=(*ASKED.messages, answer, result))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_encrypted_original_goes_back_byte_for_byte_on_chat(
    emulator: Emulator, colour: Colour, stream: bool, cloud: str
) -> None:
    model = NEW if cloud == "byteplus" else f"doubao-{NEW}"
    host = at(emulator, cloud, model=model)
    emulator.script(CALLING, host=cloud)
    first = ask(colour, host, stream=stream, prompt=ASKED).reply
    assert first.state is not None
    assert first.state.details is not None
    (entry,) = first.state.details
    seal = entry["encrypted_content"]
    assert seal.startswith("djF")
    second = ask(colour, host, stream=stream, prompt=going_on(first, first.state)).reply
    assert "Sunny" in second.text
    turn = emulator.requests[-1].body["messages"][1]
    assert turn["encrypted_content"] == seal
    assert turn["reasoning_content"] == "Hm, weather."
    altered = replace(first.state, details=({**entry, "encrypted_content": seal[:-6] + "AAAAA="},))
    error = ask(colour, host, stream=stream, prompt=going_on(first, altered)).failure(
        BadRequestError
    )
    assert "Invalid signature" in str(error)


def test_plain_reasoning_goes_back_in_a_tool_loop_and_not_after_it(emulator: Emulator) -> None:
    emulator.script(CALLING, host="byteplus")
    first = ask("sync", at(emulator), stream=False, prompt=ASKED).reply
    loop = going_on(first, first.state)
    assert ask("sync", at(emulator), stream=False, prompt=loop).reply.text
    assert emulator.requests[-1].body["messages"][1]["reasoning_content"] == "Hm, weather."
    later = replace(loop, messages=(*loop.messages, Message("user", (Text("Thanks"),))))
    assert ask("sync", at(emulator), stream=False, prompt=later).reply.text
    assert "reasoning_content" not in emulator.requests[-1].body["messages"][1]


# --- responses alone ------------------------------------------------------------------------------


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
    volcengine = resolve("volcengine", api="responses", api_key=KEY)
    assert "ark-beta-web-search" not in volcengine.request(prompt(), stream=False).headers
    searching = volcengine.request(prompt(web_search=True), stream=False)
    assert searching.headers["ark-beta-web-search"] == "true"
    tools = (ServerTool({"type": "mcp", "server_label": "a"}),)
    request = volcengine.request(replace(prompt(), tools=tools), stream=False)
    assert request.headers["ark-beta-mcp"] == "true"


# --- batch ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_batch_endpoint_answers_whole(
    emulator: Emulator, colour: Colour, stream: bool, cloud: str
) -> None:
    host = at(emulator, cloud, api="batch", model="ep-1")
    assert ask(colour, host, stream=stream).reply.text
    seen = emulator.requests[-1]
    assert seen.path.endswith("/batch/chat/completions")
    assert "stream" not in seen.body
    assert seen.headers["accept"] == "application/json"


def test_a_batch_wants_an_endpoint_and_not_a_model(emulator: Emulator) -> None:
    host = at(emulator, api="batch")
    error = ask("sync", host, stream=False, retry=ONCE).failure(ConfigurationError)
    assert "api='batch' of byteplus takes the id of an endpoint, ep-...," in str(error)
    assert "not 'seed-2-0-mini-260215'" in str(error)
    assert emulator.requests == []


def test_an_endpoint_does_not_say_what_it_serves() -> None:
    can = resolve("byteplus", model="ep-1", api_key=KEY).capabilities()
    assert (can.has("json_schema"), can.has("tools"), can.has("thinking_budget")) == (
        None,
        None,
        False,
    )
