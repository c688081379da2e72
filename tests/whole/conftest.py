"""A house for each test, torn down whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.processes import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    if made.engine is not None:
        made.engine.kill()
        made.engine.communicate()
