"""What an import costs, and what it says when something is missing."""

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


@pytest.mark.parametrize(
    ("module", "needs"),
    [
        ("seed_core", None),
        ("langchain_seed", "langchain_core"),
        ("llamaindex_seed", "llama_index.core"),
    ],
)
def test_nothing_that_talks_to_the_network_is_imported_before_it_is_used(module, needs):
    if needs:
        pytest.importorskip(needs)
    heavy = ("anyio", "h11", "httpcore", "httpx", "starlette", "uvicorn")
    # A framework may import some of it for itself: only what we add counts.
    result = run(
        f"""
        import sys
        {f"import {needs}.language_models.chat_models" if needs == "langchain_core" else ""}
        {f"import {needs}.llms.function_calling" if needs == "llama_index.core" else ""}
        before = set(sys.modules)
        import {module}
        print(*(name for name in {heavy!r} if name in sys.modules.keys() - before))
        """
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""


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
