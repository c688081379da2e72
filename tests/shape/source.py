"""Read the checkout for the guards: our modules as syntax trees, and the text of every file."""

import ast
import math
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "engine", "storage", "strategies", "training")

# A guard that looks at nothing is green. Raise these as the code grows.
MIN_MODULES = 30
MIN_FILES = 60

_NOT_OURS = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "data",
    "pasu.egg-info",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of ours."""

    name: str
    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST, what: str) -> str:
        """Say where a fault is and what it is."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def parse(text: str, path: str = "engine/core/planted.py") -> Module:
    """Make a module of text, as if it lay at the path."""
    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Module(name, path, text, ast.parse(text))


def modules(*under: str, at_least: int = MIN_MODULES) -> list[Module]:
    """Return our modules, or those under the named folders."""
    folders = under or PACKAGES
    paths = sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))
    found = [parse(p.read_text("utf-8"), p.relative_to(ROOT).as_posix()) for p in paths]
    assert len(found) >= at_least, f"only {len(found)} modules under {', '.join(folders)}"
    return found


def functions(module: Module) -> Iterator[Function]:
    """Yield every function of a module, nested ones and methods too."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield node


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def percentile(values: Sequence[int], share: float) -> int:
    """Return the value that a share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def checkout_files() -> list[Path]:
    """Return what belongs to the repository: by git where there is one, else by walking."""
    found = (
        _files_by_git() if shutil.which("git") and (ROOT / ".git").exists() else _files_by_walk()
    )
    assert len(found) >= MIN_FILES, f"only {len(found)} files in the checkout"
    return found


def _files_by_git() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def _files_by_walk() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in _NOT_OURS]
        found += [Path(folder) / name for name in names if name != ".env"]
    return sorted(found)
