"""The checkout has the shape a newcomer was promised."""

import json
import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.shape.source import PACKAGES, ROOT, checkout_files

TOP_LEVEL = {
    ".ci",
    ".env.example",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bot",
    "docs",
    "engine",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements-source.lock",
    "requirements-train.lock",
    "requirements.lock",
    "storage",
    "strategies",
    "systemd",
    "tests",
    "training",
}
# Heavy, or not the engine's business: none may come in by the back door.
STRANGERS = ("keras", "matplotlib", "telegram", "tensorflow")


def test_the_top_level_holds_only_what_it_should():
    assert {path.relative_to(ROOT).parts[0] for path in checkout_files()} - TOP_LEVEL == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_name_means_the_package_in_this_checkout(name: str):
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin) == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_name_belongs_to_no_other_distribution(name: str):
    assert set(packages_distributions().get(name, ["pasu"])) == {"pasu"}


def test_no_folder_of_tests_hides_a_package():
    """`tests` is a package so that tests/engine could never be imported as `engine`."""
    assert (ROOT / "tests" / "__init__.py").is_file()
    assert [name for name in PACKAGES if (ROOT / "tests" / name).exists()] == []


def test_a_started_engine_holds_nothing_heavy():
    code = "import json, sys, engine.app; print(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert set(json.loads(shown.stdout)) & set(STRANGERS) == set()
