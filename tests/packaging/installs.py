"""What each extra promises, proved in an environment that has it and nothing else of ours."""

from pathlib import Path
from textwrap import dedent

from tests.packaging.environments import Environment

EXTRAS = ("", "langchain", "llamaindex", "emulator", "all")
"""The ways to install the project; the first is to name none."""
PROMISED = {
    "": "seed_core",
    "langchain": "langchain_seed",
    "llamaindex": "llamaindex_seed",
    "emulator": "seed_core.emulator",
}
"""The package that comes to life with each extra."""
# Nobody listens there: a request gets as far as the socket, and so has imported all that sends.
NOWHERE = "provider='compatible', model='m', base_url='http://127.0.0.1:9/v1'"
USED = {
    "": f"""
        from seed_core import APIConnectionError, Client, Message, Prompt, Retry, Text, resolve
        client = Client(resolve({NOWHERE}), retry=Retry(0))
        try:
            client.call(Prompt((Message("user", (Text("Hello"),)),)))
        except APIConnectionError:
            pass
        else:
            raise AssertionError
        """,
    "langchain": f"""
        from langchain_core.exceptions import ModelConnectionError
        from langchain_seed import ChatSeed
        try:
            ChatSeed({NOWHERE}, max_retries=0).invoke("Hello")
        except ModelConnectionError:
            pass
        else:
            raise AssertionError
        """,
    "llamaindex": f"""
        from llamaindex_seed import SeedLLM
        from seed_core import APIConnectionError
        try:
            SeedLLM({NOWHERE}, max_retries=0).complete("Hello")
        except APIConnectionError:
            pass
        else:
            raise AssertionError
        """,
    "emulator": """
        from seed_core import Client, Message, Prompt, Text, resolve
        from seed_core.emulator import Emulator
        with Emulator() as emulator:
            client = Client(resolve("openrouter", api_key="k", base_url=emulator.url()))
            assert "Hello" in client.call(Prompt((Message("user", (Text("Hello"),)),))).text
        """,
}
APART = {
    "seed_core": ("seed_core.emulator", "seed_core.testing", "seed_core.pytest_plugin"),
    "seed_core.emulator": ("seed_core.pytest_plugin",),
}
"""Modules that need more: an extra of their own, or pytest, which brings itself."""
EVERY_MODULE = """
    import importlib, pkgutil
    package = importlib.import_module({package!r})
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.startswith({apart!r}) and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    """
REFUSED = """
    try:
        import {package}
    except ImportError as error:
        assert 'pip install "seed-integrations[{extra}]"' in str(error), error
    else:
        raise AssertionError("{package} was imported without [{extra}]")
    """


def install(environment: Environment, archive: Path, extra: str) -> None:
    """Install the project from a wheel or a source distribution, with an extra or with none."""
    environment.install(f"{archive}[{extra}]" if extra else str(archive))


def prove(environment: Environment, extra: str) -> None:
    """See that what this extra promises works, and that the rest says which extra it needs.

    Raises:
        RuntimeError: something else happened there; it has the traceback.
    """
    for one, package in PROMISED.items():
        if one in ("", extra) or extra == "all":
            # With the emulator the rest of the core can be imported, too.
            whole = package.partition(".")[0]
            apart = APART.get(package, ())
            environment.says(dedent(EVERY_MODULE.format(package=whole, apart=apart)))
            environment.says(dedent(USED[one]))
        else:
            environment.says(dedent(REFUSED.format(package=package, extra=one)))
