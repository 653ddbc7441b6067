"""What an import costs, and what it says when something is missing."""

import importlib
import pickle
import subprocess
import sys
import textwrap

import pytest


def run(code):
    """Run code in an interpreter that has imported nothing yet."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def import_without(missing, module):
    """Import a module where a distribution is not installed; the last line of what it says."""
    result = run(
        f"""
        import sys

        class NotInstalled:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {missing!r}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, NotInstalled())
        import {module}
        """
    )
    assert result.returncode != 0, f"{module} was imported without {missing}"
    return result.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("langchain_seed", ["langchain_core"], "langchain"),
        ("llamaindex_seed", ["llama_index"], "llamaindex"),
        ("seed_core.emulator", ["starlette"], "emulator"),
        ("seed_core.emulator", ["uvicorn"], "emulator"),
    ],
)
def test_a_missing_extra_is_named_in_a_command_to_copy(module, missing, extra):
    said = import_without(missing, module)
    assert said.startswith("ImportError: ")
    assert f'pip install "seed-integrations[{extra}]"' in said


FLOORS = {
    "seed_core": "pydantic, pydantic_core",
    "langchain_seed": (
        "langchain_core.language_models.chat_models, langchain_core.messages, "
        "langchain_core.output_parsers, langchain_core.outputs, langchain_core.runnables, "
        "langchain_core.tools, langchain_core.utils.function_calling"
    ),
    "llamaindex_seed": "llama_index.core, llama_index.core.llms.function_calling",
}
"""What any chat model of the framework imports: only what is added to it counts."""

FRAMEWORKS = {"langchain_seed": "langchain_core", "llamaindex_seed": "llama_index.core"}
MODELS = {"langchain_seed": "ChatSeed", "llamaindex_seed": "SeedLLM"}
MOST_MODULES = 60


def added_by(code, package):
    """The modules that code loads in a fresh process, beyond what the framework loads itself."""
    if package in FRAMEWORKS:
        pytest.importorskip(FRAMEWORKS[package])
    program = f"import sys, {FLOORS[package]}\nbefore = set(sys.modules)\n{textwrap.dedent(code)}"
    result = run(f"{program}\nprint(*(set(sys.modules) - before))")
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def belong(modules, *packages):
    """Those of the modules that are one of the packages, or inside it."""
    return {name for name in modules if any(f"{name}.".startswith(f"{one}.") for one in packages)}


@pytest.mark.parametrize("package", FLOORS)
def test_an_import_adds_few_modules(package):
    added = added_by(f"import {package}", package)
    assert package in added
    assert len(added) <= MOST_MODULES


@pytest.mark.parametrize("package", FLOORS)
def test_an_import_brings_nothing_that_talks_to_a_network_or_checks_schemas(package):
    heavy = ("anyio", "asyncio", "h11", "httpcore", "httpx", "jsonschema", "ssl", "starlette")
    assert belong(added_by(f"import {package}", package), *heavy) == set()


@pytest.mark.parametrize("package", FLOORS)
def test_an_import_brings_no_hosts_wires_or_clients(package):
    late = ("client", "drivers", "providers", "transport", "video_client", "videos", "wire")
    added = added_by(f"import {package}", package)
    assert belong(added, *(f"seed_core.{name}" for name in late)) == set()


@pytest.mark.parametrize("package", MODELS)
def test_the_first_model_brings_what_it_asks_with_and_no_more(package):
    model = MODELS[package]
    added = added_by(
        f"from {package} import {model}\n{model}(provider='openrouter', api_key='k')", package
    )
    assert {"seed_core.providers.openrouter", "seed_core.wire.chat"} <= added
    late = (
        "client",
        "video_client",
        "videos",
        "wire.markup",
        "wire.markup_prompt",
        "wire.messages_reply",
        "wire.responses_reply",
        "wire.schema_prompt",
    )
    assert belong(added, "httpx", "jsonschema", *(f"seed_core.{name}" for name in late)) == set()


@pytest.mark.parametrize("package", FLOORS)
def test_every_public_name_comes_when_it_is_asked_for(package):
    if package in FRAMEWORKS:
        pytest.importorskip(FRAMEWORKS[package])
    result = run(
        f"""
        import {package} as package
        assert set(package.__all__) <= set(dir(package))
        told = {{name: getattr(package, name) for name in package.__all__}}
        from {package} import *
        assert all(globals()[name] is value for name, value in told.items())
        try:
            package.nothing
        except AttributeError as error:
            assert "nothing" in str(error)
        else:
            raise AssertionError
        """
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("langchain_seed", "ChatSeed"),
        ("langchain_seed", "SeedanceTool"),
        ("llamaindex_seed", "SeedLLM"),
        ("llamaindex_seed", "SeedMultiModal"),
        ("llamaindex_seed", "SeedanceToolSpec"),
        ("seed_core", "Provider"),
        ("seed_core", "SeedanceTask"),
    ],
)
def test_a_pickled_class_is_found_where_nothing_is_imported_yet(package, name):
    if package in FRAMEWORKS:
        pytest.importorskip(FRAMEWORKS[package])
    pickled = pickle.dumps(getattr(importlib.import_module(package), name))
    result = run(f"import pickle; print(pickle.loads({pickled!r}).__name__)")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == name


def test_a_model_written_down_by_langchain_is_read_by_another_process():
    load = pytest.importorskip("langchain_core.load")
    langchain_seed = importlib.import_module("langchain_seed")
    written = load.dumps(langchain_seed.ChatSeed(provider="openrouter", api_key="k", seed=7))
    result = run(
        f"""
        import warnings
        warnings.simplefilter("ignore")  # LangChain's own, on what `load` may be given
        from langchain_core.load import loads
        from langchain_seed import ChatSeed
        model = loads(
            {written!r},
            secrets_map={{"OPENROUTER_API_KEY": "k"}},
            valid_namespaces=["langchain_seed"],
            allowed_objects=[ChatSeed],
        )
        print(type(model).__name__, model.host.name, model.seed)
        """
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["ChatSeed", "openrouter", "7"]


@pytest.mark.parametrize("package", FLOORS)
def test_its_log_is_quiet_until_a_program_sets_logging_up(package):
    if package in FRAMEWORKS:
        pytest.importorskip(FRAMEWORKS[package])
    result = run(f"import logging, {package}; logging.getLogger({package!r}).warning('told')")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("framework", ["langchain_core", "llama_index"])
def test_the_core_imports_no_framework(framework):
    result = run(f"import sys, seed_core; sys.exit({framework!r} in sys.modules)")
    assert result.returncode == 0, result.stderr


def test_what_makes_videos_is_imported_when_it_is_used():
    result = run(
        """
        import sys, seed_core
        assert "seed_core.video_client" not in sys.modules
        assert seed_core.VideoClient and seed_core.SeedanceTask
        assert "seed_core.video_client" in sys.modules
        """
    )
    assert result.returncode == 0, result.stderr
