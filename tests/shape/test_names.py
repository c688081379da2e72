"""A file is named after its one job."""

import re

import pytest

from tests.shape.source import Module, modules, parse

# Words that name a drawer, not a job.
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff)(_|$)")


def vague_names(module: Module) -> list[str]:
    """Return the parts of a module's name that say nothing."""
    return [f"{module.path}: {part}" for part in module.name.split(".") if VAGUE.search(part)]


def test_every_file_is_named_after_its_job():
    assert [fault for module in modules() for fault in vague_names(module)] == []


@pytest.mark.parametrize(
    "path",
    ["engine/utils.py", "bot/order_helper.py", "engine/helpers/x.py", "storage/state_manager.py"],
)
def test_planted_vague_name_is_caught(path: str):
    assert vague_names(parse("", path))


def test_a_word_inside_a_word_is_no_fault():
    assert vague_names(parse("", "engine/core/uncommon.py")) == []
