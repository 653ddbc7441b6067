"""The fixture `seed_emulator`, in runs of pytest as its users have them."""

import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest

from tests.conftest import ROOT
from tests.packaging.pyproject import PROJECT

PLUGIN = "seed_core.pytest_plugin"
PACKAGES = ("seed_core", "langchain_seed", "llamaindex_seed")
FRAMEWORKS = {"langchain_seed": "langchain_core", "llamaindex_seed": "llama_index"}
USES_IT = "def test_it(seed_emulator): assert seed_emulator.requests == []"
PYTHON = [sys.executable, "-c"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run pytest on a file in a folder of its own, with the plugins that are named."""

    def run(code, *plugins, options=(), before=""):
        (tmp_path / "test_app.py").write_text(textwrap.dedent(code), "utf-8")
        start = (
            f"import sys, pytest\n{textwrap.dedent(before)}\nsys.exit(pytest.main(sys.argv[1:]))"
        )
        named = [word for plugin in plugins for word in ("-p", plugin)]
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        done = subprocess.run(
            [
                *PYTHON,
                start,
                "-p",
                "no:cacheprovider",
                "-W",
                "error",
                *named,
                *options,
                "test_app.py",
            ],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            encoding="utf-8",
            timeout=120,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_entry_point_names_the_plugin_by_its_module():
    # By another name, `-p` and `pytest_plugins` would register it a second time, which is an error.
    assert PROJECT["entry-points"] == {"pytest11": {PLUGIN: PLUGIN}}


@pytest.fixture
def installed(tmp_path):
    """What lets pytest take the package for installed, and no other plugin."""
    about = tmp_path / "installed" / "seed_app-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: seed-app\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[pytest11]\n{PLUGIN} = {PLUGIN}\n")
    files = [f"{name}/{part}.py" for name in PACKAGES for part in ("__init__", "chat")]
    for file in files:
        (about.parent / file).parent.mkdir(exist_ok=True)
        (about.parent / file).touch()
    (about / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return f"""
        import os
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        from importlib import metadata
        here = [metadata.Distribution.at({str(about)!r})]
        metadata.distributions = lambda **_: here
        """


def test_it_is_found_by_itself_where_the_package_is_installed(run, installed):
    status, told = run(USES_IT, before=installed)
    assert status == 0, told
    assert "1 passed" in told


@pytest.mark.slow
def test_a_program_that_has_imported_the_packages_may_start_pytest(run, installed):
    there = [name for name in PACKAGES if find_spec(FRAMEWORKS.get(name, name))]
    status, told = run(USES_IT, before=f"{textwrap.dedent(installed)}\nimport {', '.join(there)}")
    assert status == 0, told


def test_an_app_reaches_it_as_it_stands_and_each_test_has_its_own(run):
    status, told = run(
        """
        from seed_core import Client, Message, Prompt, Text
        from seed_core.emulator import Answer

        def app(text):
            return Client().call(Prompt((Message("user", (Text(text),)),))).text

        def test_one(seed_emulator):
            seed_emulator.script(Answer(text="42"), Answer(text="left for nobody"))
            assert app("What is 6 times 7?") == "42"
            seed_emulator.assert_asked("6 times 7")
            seed_emulator.assert_no_more_requests()

        def test_two(seed_emulator):
            assert "left for nobody" not in app("Hello")
            seed_emulator.assert_called(times=1)

        def test_three():
            import os
            assert "OPENROUTER_API_KEY" not in os.environ

        def test_four(seed_emulator):
            app("How are you?")
            seed_emulator.assert_asked("weather")
        """,
        PLUGIN,
    )
    assert status == 1
    assert "1 failed, 3 passed" in told
    assert "AssertionError: no call asked 'weather'; these were the calls:" in told
    assert "1. openrouter, bytedance-seed/seed-2.0-mini; user: 'How are you?'" in told
    assert "seed_core/testing.py" not in told  # the traceback ends in the test


ASYNC_APP = """
    import pytest
    from seed_core import AsyncClient, Message, Prompt, Text

    async def ask():
        return (await AsyncClient().call(Prompt((Message("user", (Text("Hello"),)),)))).text
"""


@pytest.mark.slow
def test_tests_that_are_coroutines_have_it_too_in_several_processes(run):
    pytest.importorskip("xdist")
    status, told = run(
        ASYNC_APP
        + """
    @pytest.mark.asyncio
    @pytest.mark.parametrize("number", range(4))
    async def test_asyncio(seed_emulator, number):
        assert await ask()
        seed_emulator.assert_called(times=1)
    """,
        PLUGIN,
        "xdist",
        "pytest_asyncio.plugin",
        options=("-n", "2", "-o", "asyncio_default_fixture_loop_scope=function"),
    )
    assert status == 0, told
    assert "4 passed" in told


def test_tests_of_anyio_have_it_too(run):
    status, told = run(
        ASYNC_APP
        + """
    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_anyio(seed_emulator):
        assert await ask()
        seed_emulator.assert_called(times=1)
    """,
        PLUGIN,
        "anyio",
    )
    assert status == 0, told


def test_a_run_that_does_not_use_it_imports_next_to_nothing_and_needs_no_extra(run):
    status, told = run(
        """
        import sys

        def test_unused():
            ours = {name for name in sys.modules if name.startswith("seed_core")}
            assert ours == {"seed_core", "seed_core.version", "seed_core.pytest_plugin"}
            assert not [name for name in ("pydantic", "httpx", "uvicorn") if name in sys.modules]

        def test_used(seed_emulator):
            raise AssertionError("unreachable")
        """,
        PLUGIN,
        before="sys.modules['starlette'] = None",
    )
    assert "1 passed, 1 error" in told
    assert status == 1
    assert 'pip install "seed-integrations[emulator]"' in told
    assert "warning" not in told
