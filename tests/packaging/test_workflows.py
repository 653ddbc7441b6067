"""The workflows do what `.ci/run` does, with no more rights than they need, and no secrets."""

import re
from typing import Any

import pytest

from tests.packaging.pyproject import PROJECT, ROOT

yaml = pytest.importorskip("yaml")

FOLDER = ROOT / ".github" / "workflows"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
WORKFLOWS: dict[str, Any] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
JOBS = {
    f"{name}, {job}": said for name, read in WORKFLOWS.items() for job, said in read["jobs"].items()
}
MAKE = re.compile(r"^CI= make PYTHON=python ([\w-]+)$")
ACTION = re.compile(r"(?:actions/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1)")


def targets(job: dict[str, Any]) -> list[str]:
    return [found[1] for step in job["steps"] if (found := MAKE.match(step.get("run", "")))]


def test_the_whole_of_ci_is_run_in_its_order():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^for target in (.+); do$", script, re.MULTILINE)
    assert targets(JOBS["ci.yml, everything"]) == listed.split()


def test_the_fast_tests_run_on_each_python_that_is_promised():
    main, others = JOBS["ci.yml, everything"], JOBS["ci.yml, fast"]
    (version,) = (
        step["with"]["python-version"]
        for step in main["steps"]
        if "python-version" in step.get("with", {})
    )
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert sorted([version, *others["strategy"]["matrix"]["python"]]) == sorted(promised)
    assert targets(others) == ["test"]


def test_every_target_exists():
    rules = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = {target for job in JOBS.values() for target in targets(job)}
    assert named <= set(rules)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    assert "secrets." not in TEXTS[name]
    assert "pull_request_target" not in TEXTS[name]


@pytest.mark.parametrize("job", JOBS)
def test_only_what_publishes_has_a_right_of_its_own(job):
    given = {"id-token": "write"} if job == "release.yml, publish" else None
    assert JOBS[job].get("permissions") == given
    assert JOBS[job]["timeout-minutes"] <= 60


@pytest.mark.parametrize("job", JOBS)
def test_every_action_is_held_to_a_major_version(job):
    used = [step["uses"] for step in JOBS[job]["steps"] if "uses" in step]
    assert [action for action in used if not ACTION.fullmatch(action)] == []


def test_what_publishes_runs_nothing_of_this_repository():
    publish = JOBS["release.yml, publish"]
    assert publish["needs"] == "build"
    assert publish["environment"] == "pypi"
    assert all("run" not in step for step in publish["steps"])
    assert not any("checkout" in step["uses"] for step in publish["steps"])
    (inputs,) = (step for step in publish["steps"] if "pypi-publish" in step["uses"])
    assert "with" not in inputs  # neither a password nor another index
