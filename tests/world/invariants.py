"""What must be true when the dust has settled, whatever went wrong before."""

from collections.abc import Callable, Iterable, Iterator

from tests.world.accounts import (
    fills_agree,
    holdings_agree,
    money_agrees,
    only_dust_dropped,
    profits_agree,
)
from tests.world.case import Case
from tests.world.conduct import (
    decided_once,
    flat_after_panic,
    orders_ended,
    owner_is_left_alone,
    positions_guarded,
    sold_once,
)

CHECKS: tuple[Callable[[Case], Iterator[str]], ...] = (
    fills_agree,
    holdings_agree,
    money_agrees,
    only_dust_dropped,
    profits_agree,
    orders_ended,
    decided_once,
    sold_once,
    owner_is_left_alone,
    positions_guarded,
    flat_after_panic,
)


def violations(cases: Iterable[Case]) -> tuple[str, ...]:
    """Return every broken promise in words, with the name of its check; none is what we hope."""
    return tuple(
        f"{case.market.name.value} {check.__name__}: {found}"
        for case in cases
        for check in CHECKS
        for found in check(case)
    )
