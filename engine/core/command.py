"""A command of the owner: its key makes it happen once, its dry run makes it a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks, under which idempotency key, and whether only a plan is wanted."""

    key: str
    who: str
    dry_run: bool = False
