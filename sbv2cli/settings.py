"""Settings of a run: the defaults of a delivery, and how narrower wishes override wider ones."""

from __future__ import annotations

from dataclasses import fields, replace

from sbv2cli.errors import UsageError
from sbv2cli.records import Delivery

BUILT_IN_DELIVERY = Delivery(
    speed=1.0,
    pitch=0.0,
    intonation=1.0,
    volume=0.0,
    sdp_ratio=0.2,
    noise=0.6,
    noise_w=0.8,
    seed=0,
    take=1,
    style_weight=1.0,
    assist_weight=1.0,
    bert_scale=1.0,
)
"""What holds where nobody said otherwise: the published defaults of the field."""

# field -> (lowest, highest) that still means something; outside, a typing error is likelier.
BOUNDS = {
    "style_weight": (-50.0, 50.0),
    "speed": (0.1, 10.0),
    "pitch": (-24.0, 24.0),
    "intonation": (0.0, 5.0),
    "volume": (-96.0, 40.0),
    "sdp_ratio": (0.0, 1.0),
    "noise": (0.0, 10.0),
    "noise_w": (0.0, 10.0),
    "assist_weight": (0.0, 1.0),
    "bert_scale": (0.0, 10.0),
}


def resolve(*deliveries: Delivery) -> Delivery:
    """Lay deliveries over each other, the strongest first, the built-in defaults last."""
    resolved = BUILT_IN_DELIVERY
    for delivery in reversed(deliveries):
        said = {
            name: value
            for name in (f.name for f in fields(Delivery))
            if (value := getattr(delivery, name)) is not None
        }
        resolved = replace(resolved, **said)
    return resolved


def check(delivery: Delivery, *, at: str | None = None) -> None:
    """Refuse numbers that cannot be meant."""
    for name, (lowest, highest) in BOUNDS.items():
        value = getattr(delivery, name)
        if value is not None and not lowest <= value <= highest:
            raise UsageError(
                f"setting.{name.replace('_', '-')}",
                f"{name.replace('_', ' ')} is {value:g}, outside {lowest:g} to {highest:g}",
                at=at,
                hint=f"give a number from {lowest:g} to {highest:g}",
            )
