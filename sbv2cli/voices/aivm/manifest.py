"""The manifest of an AIVM or AIVMX file: who made a voice, and under which names it is known.

Manifest 1.0 of the AIVM specification (aivmlib, MIT). Read leniently: keys that we do not know are
kept aside and written again, values that are missing have the defaults of the specification.
`breaches` is strict: it says what other programs would refuse. Pictures and recordings stay the
data URLs that they are until someone asks for their bytes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sbv2cli.errors import VoiceError

if TYPE_CHECKING:
    from sbv2cli.voices.configs.voice_config import VoiceConfig

MANIFEST_VERSION = "1.0"

LANGUAGES: Mapping[str, str] = {"ja": "ja", "en": "en-US", "zh": "zh-CN"}
"""Our language -> its BCP 47 tag."""

SAFETENSORS, ONNX = "Safetensors", "ONNX"

# Limits of the specification, in characters; ids and styles are counted from 0.
NAME_LENGTH = 80
DESCRIPTION_LENGTH = 140
CREATOR_LENGTH = 255
STYLE_NAME_LENGTH = 20
LAST_STYLE = 31

ENDINGS: Mapping[str, str] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
}
PICTURES = ("image/jpeg", "image/png")
RECORDINGS = ("audio/mp4", "audio/wav")

_NUMBER = r"(0|[1-9][0-9]*)"
_WORD = r"[0-9]*[A-Za-z-][0-9A-Za-z-]*"
# semver.org, "suggested regular expression".
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(-({_NUMBER}|{_WORD})(\.({_NUMBER}|{_WORD}))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
# BCP 47 as the specification spells it: language, script, region, variants, extensions, own use.
_LANGUAGE_TAG = re.compile(
    r"[a-z]{2,3}(-[A-Z]{4})?(-([A-Z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(-[A-Za-z](-[A-Za-z0-9]{2,8})+)*(-x(-[A-Za-z0-9]{1,8})+)?"
)
_HINT = "export the voice again with a current AIVM tool"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a recording as a data URL; it is decoded when its bytes are asked for."""

    url: str = field(repr=False)

    @property
    def kind(self) -> str:
        """The media type, as `image/png`."""
        return self.url[5:100].partition(";")[0].partition(",")[0]

    @property
    def size(self) -> int:
        """How many bytes it will be, without decoding."""
        start = self.url.find(",") + 1
        return (len(self.url) - start) * 3 // 4 - self.url.count("=", max(start, len(self.url) - 2))

    def decode(self) -> bytes:
        """The bytes themselves."""
        head, comma, content = self.url.partition(",")
        if not (comma and head.startswith("data:") and head.endswith(";base64")):
            raise _wrong("a picture or recording", self.url, "a data URL in base64", "the manifest")
        try:
            return base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise VoiceError(
                "voice.aivm-media",
                f"a picture or recording ({self.kind}) is not base64",
                at="the manifest",
                hint=_HINT,
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A recording that shows what a style sounds like."""

    audio: Media
    transcript: str = ""
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style as people see it; `local_id` is its row of the style vectors."""

    name: str
    local_id: int
    icon: Media | None = None
    samples: tuple[Sample, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A speaker as people see it; `local_id` is its row of the speaker table."""

    name: str
    local_id: int
    uuid: str = ""
    languages: tuple[str, ...] = ()  # BCP 47
    icon: Media | None = None
    styles: tuple[Style, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an AIVM or AIVMX file says of its voice."""

    name: str
    architecture: str
    format: str
    uuid: str
    version: str  # of the voice
    speakers: tuple[Speaker, ...]
    manifest_version: str = MANIFEST_VERSION
    description: str = ""
    creators: tuple[str, ...] = ()
    licence: str | None = None
    epochs: int | None = None
    steps: int | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def media(self) -> Iterator[tuple[str, Media, str]]:
        """Every picture and recording: a name for its file, itself, and its transcript."""
        for speaker in self.speakers:
            who = f"speaker-{speaker.local_id}"
            if speaker.icon:
                yield f"{who}-icon", speaker.icon, ""
            for style in speaker.styles:
                if style.icon:
                    yield f"{who}-style-{style.local_id}-icon", style.icon, ""
                for number, sample in enumerate(style.samples, 1):
                    place = f"{who}-style-{style.local_id}-sample-{number}"
                    yield place, sample.audio, sample.transcript


def parse(text: str, *, where: str) -> Manifest:
    """Read a manifest; `where` is named in errors."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        # Python refuses integers of more than 4,300 digits with a message of its own.
        why = "nested too deeply" if deep else getattr(error, "msg", "a number too long")
        raise VoiceError(
            "voice.aivm-manifest",
            f"the manifest is not JSON: {why[:1].lower()}{why[1:]}",
            at=where,
            hint=_HINT,
        ) from None
    reader = _Reader(raw, "the manifest", where)
    version = reader.text("manifest_version")
    if version.partition(".")[0] != MANIFEST_VERSION.partition(".")[0]:
        raise VoiceError(
            "voice.aivm-version",
            f'the manifest is of version "{version}", we read {MANIFEST_VERSION}',
            at=where,
            hint="upgrade sbv2cli, or export the voice as AIVM 1.0",
        )
    return Manifest(
        manifest_version=version,
        name=reader.text("name"),
        description=reader.text("description", ""),
        creators=reader.texts("creators"),
        licence=reader.text("license", "") or None,
        architecture=reader.text("model_architecture", ""),
        format=reader.text("model_format", ""),
        epochs=reader.number("training_epochs"),
        steps=reader.number("training_steps"),
        uuid=reader.text("uuid", ""),
        version=reader.text("version", ""),
        speakers=tuple(_speaker(part) for part in reader.parts("speakers")),
        other=reader.rest(),
    )


def _speaker(reader: _Reader) -> Speaker:
    return Speaker(
        name=reader.text("name"),
        icon=reader.media("icon"),
        languages=reader.texts("supported_languages"),
        uuid=reader.text("uuid", ""),
        local_id=reader.needed_number("local_id"),
        styles=tuple(_style(part) for part in reader.parts("styles")),
        other=reader.rest(),
    )


def _style(reader: _Reader) -> Style:
    return Style(
        name=reader.text("name"),
        icon=reader.media("icon"),
        local_id=reader.needed_number("local_id"),
        samples=tuple(
            Sample(
                audio=part.needed_media("audio"),
                transcript=part.text("transcript", ""),
                other=part.rest(),
            )
            for part in reader.parts("voice_samples")
        ),
        other=reader.rest(),
    )


class _Reader:
    """An object of the manifest, read key by key; what nobody asks for is the rest."""

    def __init__(self, raw: object, place: str, where: str) -> None:
        if not isinstance(raw, dict):
            raise _wrong(place, raw, "an object", where)
        self._raw = raw
        self._place = place
        self._where = where
        self._asked: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, value, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, values, "a list of texts")
        return tuple(values)

    def number(self, key: str) -> int | None:
        return None if self._get(key) is None else self.needed_number(key)

    def needed_number(self, key: str) -> int:
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(key, value, "a whole number")
        return value

    def media(self, key: str) -> Media | None:
        return None if self._get(key) is None else self.needed_media(key)

    def needed_media(self, key: str) -> Media:
        return Media(self.text(key))

    def parts(self, key: str) -> list[_Reader]:
        place = f"{self._place}, {key}"
        return [
            _Reader(value, f"{place} {number}", self._where)
            for number, value in enumerate(self._list(key), 1)
        ]

    def rest(self) -> dict[str, Any]:
        return {key: value for key, value in self._raw.items() if key not in self._asked}

    def _get(self, key: str) -> Any:
        self._asked.add(key)
        return self._raw.get(key)

    def _list(self, key: str) -> list[Any]:
        value = self._get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, value, "a list")
        return value

    def _wrong(self, key: str, value: object, wanted: str) -> VoiceError:
        return _wrong(f'"{key}" of {self._place}', value, wanted, self._where)


def _wrong(what: str, value: object, wanted: str, where: str) -> VoiceError:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    message = f"{what} is {shown}, wanted {wanted}"
    if value is None:
        message = f"{what} is missing, wanted {wanted}"
    return VoiceError("voice.aivm-manifest", message, at=where, hint=_HINT)


def dump(manifest: Manifest) -> str:
    """The manifest as JSON; equal manifests give equal text."""
    content = {
        "manifest_version": manifest.manifest_version,
        "name": manifest.name,
        "description": manifest.description,
        "creators": list(manifest.creators),
        "license": manifest.licence,
        "model_architecture": manifest.architecture,
        "model_format": manifest.format,
        "training_epochs": manifest.epochs,
        "training_steps": manifest.steps,
        "uuid": manifest.uuid,
        "version": manifest.version,
        "speakers": [_speaker_json(speaker) for speaker in manifest.speakers],
        **manifest.other,
    }
    return json.dumps(content, ensure_ascii=False)


def _speaker_json(speaker: Speaker) -> dict[str, Any]:
    return {
        "name": speaker.name,
        "icon": speaker.icon.url if speaker.icon else None,
        "supported_languages": list(speaker.languages),
        "uuid": speaker.uuid,
        "local_id": speaker.local_id,
        "styles": [
            {
                "name": style.name,
                "icon": style.icon.url if style.icon else None,
                "local_id": style.local_id,
                "voice_samples": [
                    {
                        "audio": sample.audio.url,
                        "transcript": sample.transcript,
                        **sample.other,
                    }
                    for sample in style.samples
                ],
                **style.other,
            }
            for style in speaker.styles
        ],
        **speaker.other,
    }


def breaches(manifest: Manifest, config: VoiceConfig) -> list[tuple[str, str]]:
    """What breaks the rules of AIVM 1.0, or does not fit the voice: (key, what is wrong)."""
    return [*_breaches_of_voice(manifest, config), *_breaches_of_speakers(manifest, config)]


def _breaches_of_voice(manifest: Manifest, config: VoiceConfig) -> Iterator[tuple[str, str]]:
    yield from _length("name", "the name", manifest.name, NAME_LENGTH)
    yield from _length("description", "the description", manifest.description, 140, least=0)
    for creator in manifest.creators:
        yield from _length("creators", f'the creator "{creator[:40]}"', creator, CREATOR_LENGTH)
    architecture = config.aivm
    if manifest.architecture != architecture:
        yield (
            "model_architecture",
            f'the manifest says "{manifest.architecture}", config.json "{architecture}"',
        )
    if manifest.format not in (SAFETENSORS, ONNX):
        yield "model_format", f'the format is "{manifest.format}", not {SAFETENSORS} or {ONNX}'
    yield from _uuid("the voice", manifest.uuid)
    if not _SEMVER.fullmatch(manifest.version):
        yield "version", f'the version is "{manifest.version}", not like 1.0.0'


def _breaches_of_speakers(manifest: Manifest, config: VoiceConfig) -> Iterator[tuple[str, str]]:
    if not manifest.speakers:
        yield "speakers", "there is no speaker"
    yield from _twice("speakers", "speaker", [speaker.local_id for speaker in manifest.speakers])
    for speaker in manifest.speakers:
        who = f'speaker "{speaker.name[:40]}"'
        yield from _length("speakers", f"the name of {who}", speaker.name, NAME_LENGTH)
        yield from _uuid(who, speaker.uuid)
        if speaker.local_id not in config.speakers.values():
            yield "speakers", f"{who} is number {speaker.local_id}, which config.json does not have"
        if speaker.icon is None:
            yield "icon", f"{who} has no icon"
        else:
            yield from _media(f"the icon of {who}", speaker.icon, PICTURES)
        for tag in speaker.languages:
            if not _LANGUAGE_TAG.fullmatch(tag):
                yield "supported_languages", f'{who} speaks "{tag}", which is no language tag'
        if not speaker.styles:
            yield "styles", f"{who} has no style"
        yield from _twice("styles", f"style of {who}", [style.local_id for style in speaker.styles])
        for style in speaker.styles:
            yield from _breaches_of_style(style, who, config)


def _breaches_of_style(style: Style, who: str, config: VoiceConfig) -> Iterator[tuple[str, str]]:
    what = f'style "{style.name[:40]}" of {who}'
    yield from _length("styles", f"the name of {what}", style.name, STYLE_NAME_LENGTH)
    if style.local_id > LAST_STYLE:
        yield "styles", f"{what} is number {style.local_id}, the last allowed is {LAST_STYLE}"
    elif style.local_id not in config.styles.values():
        yield "styles", f"{what} is number {style.local_id}, which config.json does not have"
    if style.icon:
        yield from _media(f"the icon of {what}", style.icon, PICTURES)
    for number, sample in enumerate(style.samples, 1):
        yield from _media(f"recording {number} of {what}", sample.audio, RECORDINGS)
        if not sample.transcript:
            yield "voice_samples", f"recording {number} of {what} has no transcript"


def _length(
    key: str, what: str, text: str, most: int, *, least: int = 1
) -> Iterator[tuple[str, str]]:
    if not least <= len(text) <= most:
        yield key, f"{what} has {len(text)} characters, allowed are {least} to {most}"


def _uuid(what: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        uuid.UUID(text)
    except ValueError:
        yield "uuid", f'the uuid of {what} is "{text[:40]}", which is none'


def _twice(key: str, what: str, numbers: Iterable[int]) -> Iterator[tuple[str, str]]:
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            yield key, f"there is more than one {what} with the number {number}"
        seen.add(number)


def _media(what: str, media: Media, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if media.kind not in kinds:
        yield "media", f"{what} is {media.kind[:40] or 'nothing'}, not {' or '.join(kinds)}"
        return
    try:
        media.decode()
    except VoiceError as error:
        yield "media", f"{what}: {error.message}"
