"""LangChain's own tests for tools, unit and integration, with the video tools."""

from typing import Any

import pytest

pytest.importorskip("langchain_tests")

from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_seed import SeedanceTool
from langchain_seed.tools import SeedanceStatusTool, SeedanceSubmitTool
from seed_core.emulator import Emulator
from tests.langchain.filming import KEY, at

PROMPT = {"prompt": "A cat walks through tall grass at dawn", "duration": 4, "tier": "480p"}
TASK = {"task_uuid": "24cd5dff-cb81-4db5-8506-b72a9425f9d1"}


class UnitTests(ToolsUnitTests):
    tool_constructor_params = {"api_key": KEY, "max_cost_usd": 1.0}  # noqa: RUF012 - as the suite has it

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        # The key stays where it is: a tool reads it for each call.
        return {"RUNWARE_API_KEY": KEY}, {"timeout": 9}, {"api_key": None, "timeout": 9}


class TestSeedanceTool(UnitTests):
    tool_constructor = SeedanceTool
    tool_invoke_params_example = PROMPT


class TestSeedanceSubmitTool(UnitTests):
    tool_constructor = SeedanceSubmitTool
    tool_invoke_params_example = PROMPT


class TestSeedanceStatusTool(UnitTests):
    tool_constructor = SeedanceStatusTool
    tool_invoke_params_example = TASK


class IntegrationTests(ToolsIntegrationTests):
    @pytest.fixture
    def tool(self, emulator: Emulator) -> BaseTool:
        return self.tool_constructor(**at(emulator))  # type: ignore[operator]  # it is a class


class TestSeedanceToolCalls(IntegrationTests):
    tool_constructor = SeedanceTool
    tool_invoke_params_example = PROMPT


class TestSeedanceSubmitToolCalls(IntegrationTests):
    tool_constructor = SeedanceSubmitTool
    tool_invoke_params_example = PROMPT


class TestSeedanceStatusToolCalls(IntegrationTests):
    tool_constructor = SeedanceStatusTool
    tool_invoke_params_example = TASK
