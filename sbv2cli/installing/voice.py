"""Voices: from a source to what is to be installed, and where."""

from __future__ import annotations

from pathlib import Path

from sbv2cli.installing.install import Installation
from sbv2cli.installing.offer import Offer
from sbv2cli.installing.origins.origin import Origin
from sbv2cli.voices.bundle import open_bundle


def installation(
    origin: Origin, offer: Offer, folder: Path, *, weights: str | None
) -> Installation:
    """What brings an offered voice into a folder of voices; `weights` is what a person named."""
    return Installation(
        origin=origin,
        target=folder / offer.name,
        inside=offer.path,
        files=offer.files,
        licence=offer.licence,
        check=open_bundle,
        weights=weights,
    )
