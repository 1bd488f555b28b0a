"""`config.json` of a voice -> VoiceConfig, by the parser of the family that wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.records import Delivery
from sbv2cli.voices.configs import CONFIGS, PUBLISHED, unsupported
from sbv2cli.voices.configs.section import HINT, parse_json, strange_values, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from sbv2cli.records import TextRules
    from sbv2cli.voices.configs.diffusion import Diffusion
    from sbv2cli.voices.configs.mel import Mel
    from sbv2cli.voices.configs.vocoder_config import VocoderConfig
    from sbv2cli.voices.phonologies.phonology import Phonology
    from sbv2cli.voices.phonologies.symbol_table import SymbolTable


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConfig:
    """What speaking needs to know of a voice, with every default filled in."""

    name: str
    version: str
    architecture: str  # a row of models.ARCHITECTURES
    rate: int  # samples per second
    frame_samples: int  # samples per frame
    add_blank: bool
    speakers: Mapping[str, int]  # name -> row of the speaker table
    speaker_count: int
    styles: Mapping[str, int]  # name -> row of the style vectors
    has_styles: bool  # whether a style can be heard at all
    network: Mapping[str, Any]  # the `model` section with defaults; models/ gives it types
    phonology: Phonology
    needs_bert: bool  # False where the optional key `sbv2cli.bert` says "none"
    licence: str | None = None
    defaults: Delivery = field(default_factory=Delivery)  # what holds where nobody says more
    tensors: str = PUBLISHED  # how the weight file calls them: else a row of TENSORS
    tokeniser: bool = False  # whether files beside the configuration say how text is written
    data: Mapping[str, Any] = field(default_factory=dict)  # the `data` section with defaults
    mel: Mel | None = None  # of frames that are spectrograms; `None`: a latent
    mel_latent: bool = False  # whether the latent is a spectrogram all the same
    diffusion: Diffusion | None = None  # where frames are made of noise, step by step
    vocoder: VocoderConfig | None = None  # where it has a folder of its own
    aivm: str | None = None  # what AIVM calls the architecture; `None`: it knows no such voices

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the voice was built for."""
        return self.phonology.languages

    @property
    def text_rules(self) -> TextRules | None:
        """How it reads text, where no language of ours does."""
        return getattr(self.phonology, "text_rules", None)

    @property
    def symbols(self) -> SymbolTable | None:
        """Of voices that bring their own; `None` also where unknown."""
        return self.phonology.table


def parse(text: str, *, where: str) -> VoiceConfig:
    """Read a `config.json`; `where` is named in errors."""
    return parse_object(object_of(text, where), where=where)


def parse_object(raw: Mapping[str, Any], *, where: str) -> VoiceConfig:
    """The same of what such a file holds."""
    with strange_values(where):
        unsupported.refuse(raw, where)
        config: VoiceConfig = _family(raw).parse(raw, where)
    return config


def object_of(text: str, where: str) -> dict[str, Any]:
    """The JSON object that a text is."""
    try:
        raw = parse_json(text)
    except JSONDecodeError as error:
        raise _not_json(error.msg, f"{where}:{error.lineno}:{error.colno}") from None
    except RecursionError:
        raise _not_json("nested too deeply", where) from None
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise _not_json("a number too long", where) from None
    if not isinstance(raw, dict):
        raise wrong("the whole file", raw, "an object", where)
    return raw


def check_sizes(config: VoiceConfig, weights: Path) -> None:
    """Refuse a weight file whose header tells other sizes, where its family has such a look."""
    if config.tensors in CONFIGS:
        import_module(CONFIGS[config.tensors]).check_sizes(config, weights)


def plain(config: VoiceConfig) -> dict[str, Any]:
    """The file for a voice of another layout, once its tensors have their published names."""
    family = import_module(CONFIGS[config.architecture])
    written: dict[str, Any] = family.plain(config)
    return written


def without_file(weights: Path) -> dict[str, Any] | None:
    """What a file would say of published weights that came without a configuration."""
    asked = (getattr(import_module(name), "without_file", None) for name in CONFIGS.values())
    found = (family(weights.name) for family in asked if family is not None)
    return next((raw for raw in found if raw is not None), None)


def with_names(
    raw: Mapping[str, Any], speakers: Sequence[str], styles: Sequence[str]
) -> dict[str, Any]:
    """A new voice's file with its speakers and styles, in the order of their rows."""
    family = _family(raw)
    if not hasattr(family, "with_names"):
        raise UsageError(
            "train.objective",
            "nothing teaches on from a voice of this family",
            hint="begin with a recipe: sbv2 train prepare --help",
        )
    named: dict[str, Any] = family.with_names(raw, speakers, styles)
    return named


def _family(raw: Mapping[str, Any]) -> Any:
    """The parser of the family that wrote the file."""
    families = (import_module(name) for name in CONFIGS.values())
    return next(family for family in families if family.recognise(raw))


def _not_json(why: str, at: str) -> VoiceError:
    return VoiceError(
        "voice.config-json",
        f"config.json is not JSON: {why[:1].lower()}{why[1:]}",
        at=at,
        hint=HINT,
    )
