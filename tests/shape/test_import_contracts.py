"""The import contracts of pyproject.toml are kept, and would notice if they were not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.source import PACKAGES, ROOT

LINT = Path(sys.executable).with_name("lint-imports")


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_every_contract_is_kept():
    shown = _lint(ROOT)
    assert shown.returncode == 0, shown.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("engine/domain/money.py", "import time", "Domain, contract and strategies do no I/O"),
        ("engine/domain/money.py", "import engine.core", "Imports go one way"),
        ("engine/core/__init__.py", "import storage", "engine.app alone knows"),
        ("storage/__init__.py", "import engine.venues", "Venues and storage do not know"),
        ("strategies/__init__.py", "import engine.app", "Venues, storage and strategies know only"),
        ("bot/__init__.py", "import engine.domain", "The bot knows the engine by its contract"),
        ("bot/__init__.py", "import engine.codec", "The bot leaves the coding"),
        ("engine/contract.py", "import engine.domain", "The contract stands alone, with"),
        ("engine/settings.py", "import engine.core", "Settings are a leaf"),
        ("training/__init__.py", "import engine.app", "Training shares decisions"),
        ("engine/ops/__init__.py", "import tensorflow", "The running process needs no TensorFlow"),
    ],
)
def test_planted_import_breaks_its_contract(copy: Path, path: str, line: str, contract: str):
    with (copy / path).open("a") as module:
        module.write(f"\n{line}\n")
    shown = _lint(copy)
    broken = [row for row in shown.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), shown.stdout
