"""The locks hold every dependency at one version, by hash, from nowhere in particular."""

import re
import tomllib
from typing import Any

import pytest

from tests.shape.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-train.lock")
SOURCE_LOCK = "requirements-source.lock"
MIN_PINS = 40
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.+!]+)(?: ; (?P<marker>[^\\#]+?))?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")

Pins = set[tuple[str, str, str]]


def faults(text: str) -> list[str]:
    """Return the requirements of a lock that pip could not hold to their hashes."""
    return [entry for entry in _entries(text) if not _is_held(entry)]


def pins(text: str) -> Pins:
    """Return name, version and marker of each requirement."""
    found = (PIN.fullmatch(_split(entry)[0]) for entry in _entries(text))
    return {(m["name"], m["version"], m["marker"] or "") for m in found if m}


def _entries(text: str) -> list[str]:
    return [line for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines() if line.strip()]


def _split(entry: str) -> list[str]:
    return re.split(r"\s+(?=--)", entry.strip())


def _is_held(entry: str) -> bool:
    pin, *hashes = _split(entry)
    all_hashes = bool(hashes) and all(HASH.fullmatch(h) for h in hashes)
    return bool(PIN.fullmatch(pin)) and all_hashes


def _lock(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _declared(*groups: str) -> set[str]:
    return _names(_project()["dependencies"]) | _extras(*groups)


def _extras(*groups: str) -> set[str]:
    extras = _project()["optional-dependencies"]
    return {name for group in groups for name in _names(extras[group])}


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _names(wanted: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", want)[0].lower().replace("_", "-") for want in wanted}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_has_a_hash_and_nothing_else(name: str):
    assert len(pins(_lock(name))) > MIN_PINS
    assert faults(_lock(name)) == []


def test_what_comes_as_source_has_a_lock_of_its_own():
    assert faults(_lock(SOURCE_LOCK)) == []
    assert {pin[0] for pin in pins(_lock(SOURCE_LOCK))} == _extras("source")


@pytest.mark.parametrize(
    ("name", "groups"),
    [(LOCKS[0], ["build"]), (LOCKS[1], ["build", "dev"]), (LOCKS[2], ["build", "train"])],
)
def test_every_dependency_is_in_its_lock(name: str, groups: list[str]):
    assert _declared(*groups) - {pin[0] for pin in pins(_lock(name))} == set()


@pytest.mark.parametrize("name", LOCKS[1:])
def test_every_lock_runs_what_the_first_one_runs(name: str):
    assert pins(_lock(LOCKS[0])) - pins(_lock(name)) == set()


@pytest.mark.parametrize("name", LOCKS[:2])
def test_running_and_testing_need_no_tensorflow(name: str):
    assert {"keras", "tensorflow", "tensorflow-cpu"} & {
        pin[0] for pin in pins(_lock(name))
    } == set()


@pytest.mark.parametrize(
    "text",
    [
        "numpy==2.0.0",
        "numpy==2.0.0 \\\n    --hash=md5:" + "0" * 32,
        "numpy>=2 \\\n    --hash=sha256:" + "0" * 64,
        "--extra-index-url somewhere",
        "--find-links somewhere",
        "-e .",
        "numpy @ file:///somewhere",
        "# made by a tool in /somewhere",
    ],
)
def test_planted_loose_requirement_is_caught(text: str):
    assert faults(text)


def test_a_held_requirement_is_no_fault():
    text = "numpy==2.0.0 ; python_full_version < '3.14' \\\n    --hash=sha256:" + "0" * 64
    assert faults(text) == []
    assert pins(text) == {("numpy", "2.0.0", "python_full_version < '3.14'")}
