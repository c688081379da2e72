"""Instances of any record, built from its type hints."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

TEXTS = st.text(max_size=12)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
DECIMALS = st.one_of(
    st.decimals(-(10**12), 10**12, places=12),
    st.integers(-(10**28), 10**28).map(Decimal),
    st.sampled_from([Decimal("1E+6"), Decimal("1E-18"), Decimal("-0.0"), Decimal(1) / 3]),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    Any: JSON,
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: DECIMALS,
    datetime: MOMENTS,
    date: st.dates(),
}


def instances(hint: Any) -> st.SearchStrategy[Any]:
    """Draw values of a type hint as records use them."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of(*(st.none() if arg is NoneType else instances(arg) for arg in inner))
    if origin is tuple:
        return st.lists(instances(inner[0]), max_size=3).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(instances(inner[0]), instances(inner[1]), max_size=3)
    if hasattr(hint, "__supertype__"):
        return instances(hint.__supertype__)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    assert isinstance(hint, type), f"no way to draw {hint}"
    assert is_dataclass(hint), f"no way to draw {hint}"
    hints = get_type_hints(hint)
    parts = {field.name: instances(hints[field.name]) for field in fields(hint)}
    return st.builds(hint, **parts)
