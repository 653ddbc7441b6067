"""Ark of BytePlus and Volcengine, where it is and where it is emulated."""

from typing import Any

from seed_core.emulator import Emulator
from seed_core.providers import resolve
from seed_core.providers.base import Provider
from seed_core.types import Tool

KEY = "ark-key-of-nobody"
CLOUDS = ("byteplus", "volcengine")
CHAT, RESPONSES = (resolve("byteplus", api=api, api_key=KEY) for api in ("chat", "responses"))
CHINA = resolve("volcengine", api="responses", api_key=KEY)
NEW = "seed-2-0-mini-260428"
"""A build that seals its reasoning and knows no JSON; the default is an older one."""
TOOL = Tool("get_weather", "The weather.", {"type": "object", "properties": {}})


def at(emulator: Emulator, cloud: str = "byteplus", **settings: Any) -> Provider:
    return resolve(cloud, base_url=emulator.url(cloud), api_key=KEY, **settings)
