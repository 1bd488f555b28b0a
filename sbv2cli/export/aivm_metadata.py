"""What a voice is called in an AIVM or AIVMX file: its manifest, from the voice and from a person.

Pure but for the reading of former manifests. A manifest that other programs would refuse is an
error here, before anything is written.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from sbv2cli.engine.onnx import graph as onnx_graph
from sbv2cli.errors import UsageError, VoiceError
from sbv2cli.export.icon import plain_icon
from sbv2cli.voices.aivm import container, onnx_file
from sbv2cli.voices.aivm import manifest as aivm_manifest
from sbv2cli.voices.aivm.manifest import LANGUAGES, Manifest, Media, Speaker, Style

if TYPE_CHECKING:
    from sbv2cli.export.options import AivmMetadata
    from sbv2cli.voices.bundle import Bundle

FIRST_VERSION = "1.0.0"

# Ours alone: names of voices are made below it, so that equal voices have equal ids.
_NAMESPACE = UUID("5b7e3f1c-5f0a-4c1e-9a53-0f6c2d8a71be")
_TRAINED = re.compile(r"_e(\d+)_s(\d+)$")

HINTS: Mapping[str, str] = {
    "name": "give another with --name",
    "description": "give another with --description",
    "creators": "give others with --creator",
    "version": "give one with --voice-version 1.0.0",
    "speakers": "name the speakers in spk2id of config.json otherwise",
    "styles": "name the styles in style2id of config.json otherwise",
    "media": "give a picture with --icon, or leave out --like",
}


def manifest_of(bundle: Bundle, metadata: AivmMetadata, file_format: str) -> Manifest:
    """The manifest of a new file: from a former one where there is one, else from config.json."""
    if bundle.config.aivm is None:
        raise UsageError(
            "export.architecture",
            f"AIVM knows Style-Bert-VITS2 alone; this voice is {bundle.config.architecture}",
            at=str(bundle.path),
            hint="other programs can open it with --to onnx",
        )
    made = _with_metadata(_former(bundle, metadata) or _first(bundle), metadata)
    made = replace(
        made, format=file_format, speakers=tuple(_with_icon(speaker) for speaker in made.speakers)
    )
    _check(made, bundle)
    return made


def _former(bundle: Bundle, metadata: AivmMetadata) -> Manifest | None:
    if metadata.like is None:
        return container.manifest_of(bundle.weights)
    if metadata.like.suffix in container.SUFFIXES:
        former = container.read(metadata.like).manifest()
    else:
        former = container.read_manifest(metadata.like)
    if former is None:
        raise VoiceError(
            "voice.aivm-metadata",
            "the file that the new one is to be like has no manifest",
            at=str(metadata.like),
            hint="leave out --like",
        )
    if metadata.version in (None, former.version):
        raise UsageError(
            "export.aivm-version",
            f'the new file would be version {former.version} of "{former.name}" once more',
            at=str(metadata.like),
            hint="say which version it is: --voice-version 1.1.0",
        )
    return former


def _first(bundle: Bundle) -> Manifest:
    config = bundle.config
    identity = uuid5(_NAMESPACE, _origin(bundle))
    trained = _TRAINED.search(bundle.weights.stem)
    styles = tuple(
        Style(name=name, local_id=row)
        for name, row in sorted(config.styles.items(), key=lambda item: item[1])
    )
    return Manifest(
        name=bundle.name,
        architecture=config.aivm or "",
        format="",
        uuid=str(identity),
        version=FIRST_VERSION,
        licence=config.licence,
        epochs=int(trained[1]) if trained else None,
        steps=int(trained[2]) if trained else None,
        speakers=tuple(
            Speaker(
                name=name,
                local_id=row,
                uuid=str(uuid5(identity, f"speaker {row}")),
                languages=tuple(LANGUAGES[language] for language in config.languages),
                styles=styles,
            )
            for name, row in sorted(config.speakers.items(), key=lambda item: item[1])
        ),
    )


def _origin(bundle: Bundle) -> str:
    """The fingerprint of the voice; of our own graphs that of the weights they were made from."""
    if bundle.backend == "onnx":
        facts = onnx_graph.facts_of(onnx_file.metadata(bundle.weights), where=bundle.weights)
        if isinstance(facts.get("bundle"), str):
            return str(facts["bundle"])
    return bundle.fingerprint()


def _with_metadata(manifest: Manifest, metadata: AivmMetadata) -> Manifest:
    speakers = manifest.speakers
    if metadata.name is not None and len(speakers) == 1:
        # The specification wants one name for a voice with one speaker.
        speakers = (replace(speakers[0], name=metadata.name),)
    if metadata.icon is not None:
        icon = _picture(metadata.icon)
        speakers = tuple(replace(speaker, icon=icon) for speaker in speakers)
    return replace(
        manifest,
        name=manifest.name if metadata.name is None else metadata.name,
        description=manifest.description if metadata.description is None else metadata.description,
        creators=metadata.creators or manifest.creators,
        licence=manifest.licence if metadata.licence is None else metadata.licence or None,
        version=manifest.version if metadata.version is None else metadata.version,
        speakers=speakers,
    )


def _with_icon(speaker: Speaker) -> Speaker:
    """An icon is no choice in AIVM: who has none gets a plain colour."""
    if speaker.icon is not None:
        return speaker
    return replace(speaker, icon=_picture(plain_icon(speaker.uuid)))


def _picture(data: bytes) -> Media:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "image/png"
    elif data.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg"
    else:
        raise UsageError(
            "export.icon", "the icon is neither PNG nor JPEG", hint="convert it to PNG, 512 x 512"
        )
    return Media(f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _check(manifest: Manifest, bundle: Bundle) -> None:
    found = aivm_manifest.breaches(manifest, bundle.config)
    if not found:
        return
    key, first = found[0]
    more = f"; and {len(found) - 1} more like it" if len(found) > 1 else ""
    raise UsageError(
        "export.aivm-rules",
        f"AIVM does not allow it: {first}{more}",
        at=str(bundle.path),
        hint=HINTS.get(key, "export the voice from its folder, without a former manifest"),
    )
