"""How much work a page may do: the tier it is built in."""

import os
from typing import TypeVar

from ._check import check_choice

T = TypeVar("T")

TIERS = ("small", "full")


def tier() -> str:
    """The tier of this run: ``$UDLBOOK_TIER``, or ``"small"``.

    ``small`` runs on two CPU cores in a minute a page; ``full`` is for the GPU runner.

    Raises:
        ValueError: If ``$UDLBOOK_TIER`` names no tier.
    """
    name = os.environ.get("UDLBOOK_TIER", "small")
    check_choice("UDLBOOK_TIER", name, TIERS)
    return name


def budget(*, small: T, full: T) -> T:
    """The value for this tier: ``budget(small=400, full=20_000)``."""
    return {"small": small, "full": full}[tier()]
