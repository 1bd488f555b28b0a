"""The discriminators of sound that a voice may learn against, each with its losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbv2cli.training import losses
from sbv2cli.training.networks import discriminators
from sbv2cli.training.networks.discriminators import Discriminators

if TYPE_CHECKING:
    from torch import Tensor

    from sbv2cli.training.fit_settings import FitSettings

Scores = Sequence["Tensor"]
Maps = Sequence[Sequence["Tensor"]]


def _all() -> list[int] | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adversarial:
    """A set of discriminators, which of them are asked in a step, and what is minimised."""

    build: Callable[[FitSettings, bool], Discriminators]  # (settings, norm by spectra)
    discriminator: Callable[[Scores, Scores], Tensor]  # of real sound, of made sound
    generator: Callable[[Scores], Tensor]
    features: Callable[[Maps, Maps], Tensor]
    asked: Callable[[], list[int] | None] = _all  # places in the set; `None`: all


def _least_squares(build: Callable[[FitSettings, bool], Discriminators]) -> Adversarial:
    return Adversarial(
        build=build,
        discriminator=losses.discriminator,
        generator=losses.generator,
        features=losses.features,
    )


# Beside 22 times the mel distance and twice the spectral one (tools/teacher/small_cpu).
_GENERATOR_WEIGHT, _FEATURES_WEIGHT = 4.0, 8.0


def _spectra(real: Maps, made: Maps) -> Tensor:
    """Maps of the spectra alone, without their scores: those of the periods blur the noise."""
    kept = [
        [maps[:-1] for maps in some if maps[0].shape[1] == discriminators.RESOLUTION_WIDTH]
        for some in (real, made)
    ]
    return _FEATURES_WEIGHT * losses.relative_features(*kept)


ADVERSARIAL: Mapping[str, Adversarial] = {
    "published": _least_squares(
        lambda _settings, spectral: discriminators.published(spectral=spectral)
    ),
    "scales": _least_squares(lambda _settings, _spectral: discriminators.scales()),
    "small": _least_squares(
        lambda settings, _spectral: discriminators.small(settings.discriminator_width)
    ),
    "resolutions": Adversarial(
        build=lambda _settings, _spectral: discriminators.resolutions(),
        discriminator=losses.hinge_discriminator,
        generator=lambda scores: _GENERATOR_WEIGHT * losses.hinge_generator(scores),
        features=_spectra,
        asked=discriminators.one_period_two_spectra,
    ),
}
"""`discriminators` of the settings -> what it means; "none" has no row."""
