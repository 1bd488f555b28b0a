"""Deliveries lie over each other: the strongest word on each field holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sbv2cli.records import Delivery
from sbv2cli.settings.keys import BOUNDS, BUILT_IN_DELIVERY, DELIVERY_KEYS
from sbv2cli.settings.parse import in_bounds


def delivery_of(values: Mapping[str, Any]) -> Delivery:
    """A delivery from parsed values; keys that are not of a delivery are left aside."""
    return Delivery(**{name: values[name] for name in DELIVERY_KEYS if name in values})


def overlaid(stronger: Delivery, weaker: Delivery) -> Delivery:
    """What one delivery says, and where it says nothing, the other."""
    said = {name: value for name in DELIVERY_KEYS if (value := getattr(stronger, name)) is not None}
    return replace(weaker, **said)


# Lines of one character have one delivery, and a script has thousands of them.
@lru_cache(maxsize=1024)
def resolve_delivery(*deliveries: Delivery) -> Delivery:
    """Lay deliveries over each other, the strongest first, the built-in defaults last."""
    resolved = BUILT_IN_DELIVERY
    for delivery in reversed(deliveries):
        resolved = overlaid(delivery, resolved)
    return resolved


def check_delivery(delivery: Delivery, *, at: str | None = None) -> None:
    """Refuse numbers that cannot be meant."""
    for name in DELIVERY_KEYS:
        value = getattr(delivery, name)
        if name in BOUNDS and value is not None:
            in_bounds(name, value, at=at)
