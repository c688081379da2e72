"""Fixtures that several of these tests share."""

from decimal import Decimal

import pytest

from engine.domain.exits import ExitPlan


@pytest.fixture
def held_exits() -> ExitPlan:
    return ExitPlan(
        take_profit=Decimal(106),
        stop_loss=Decimal(97),
        trailing=Decimal("0.02"),
        emergency=Decimal("0.05"),
    )
