"""The manifest of an AIVM or AIVMX voice, as people see it; pictures and recordings on request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbv2cli.cli.console import Word
from sbv2cli.errors import MachineError, UsageError, VoiceError

if TYPE_CHECKING:
    from sbv2cli.voices.aivm.manifest import Manifest, Media, Speaker
    from sbv2cli.voices.bundle import Bundle

LICENCE_LINES = 3
SHOWN = 3


def facts(manifest: Manifest) -> dict[str, Any]:
    """Everything but the bytes of pictures and recordings, as JSON."""
    return {
        "name": manifest.name,
        "version": manifest.version,
        "uuid": manifest.uuid,
        "creators": list(manifest.creators),
        "licence": manifest.licence,
        "description": manifest.description,
        "architecture": manifest.architecture,
        "format": manifest.format,
        "epochs": manifest.epochs,
        "steps": manifest.steps,
        "speakers": [
            {
                "name": speaker.name,
                "number": speaker.local_id,
                "uuid": speaker.uuid,
                "languages": list(speaker.languages),
                "styles": [
                    {"name": style.name, "number": style.local_id} for style in speaker.styles
                ],
            }
            for speaker in manifest.speakers
        ],
        "media": [
            {"file": _file_name(name, media), "kind": media.kind, "bytes": media.size}
            for name, media, _ in manifest.media()
        ],
    }


def rows(manifest: Manifest) -> list[tuple[str, str]]:
    """The rows of `sbv2 voices show`."""
    trained = [
        f"{count} {what}"
        for count, what in ((manifest.epochs, "epochs"), (manifest.steps, "steps"))
        if count is not None
    ]
    found = [
        ("name", manifest.name),
        ("version", manifest.version),
        ("uuid", manifest.uuid),
        ("creators", ", ".join(manifest.creators) or Word("unknown")),
        ("licence", _licence(manifest.licence)),
        ("description", manifest.description),
        ("trained", Word(", ".join(trained) or "unknown")),
        *((f"speaker {speaker.local_id}", _speaker(speaker)) for speaker in manifest.speakers),
        ("icons", _amount([m for _, m, _ in manifest.media() if m.kind.startswith("image/")])),
        ("recordings", _amount([m for _, m, _ in manifest.media() if m.kind.startswith("audio/")])),
    ]
    return [(Word(name), value) for name, value in found]


def extract_media(manifest: Manifest, folder: Path) -> list[Path]:
    """Write icons and recordings, and the transcripts of these, into a folder; none is replaced."""
    contents: dict[Path, bytes] = {}
    for name, media, transcript in manifest.media():
        contents[folder / _file_name(name, media)] = media.decode()
        if transcript:
            contents[folder / f"{name}.txt"] = f"{transcript}\n".encode("utf-8", "replace")
    taken = [path for path in contents if path.exists()]
    if taken:
        raise UsageError(
            "voice.media-exists",
            f'"{taken[0].name}" is there already',
            at=str(folder),
            hint="name another folder",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as error:
        raise MachineError(
            "disk.write",
            f"icons and recordings cannot be written: {error.strerror}",
            at=str(folder),
            hint="name another folder, or make room",
        ) from None
    return list(contents)


def check(opened: Bundle) -> Manifest | None:
    """The manifest of a voice; one that other programs would refuse is an error."""
    from sbv2cli.voices.aivm import container
    from sbv2cli.voices.aivm import manifest as aivm_manifest

    manifest = container.manifest_of(opened.weights)
    if manifest is None:
        if opened.weights.suffix in container.SUFFIXES:
            raise VoiceError(
                "voice.aivm-metadata",
                f"the {opened.weights.suffix} file carries no {container.MANIFEST}",
                at=str(opened.weights),
                hint="it speaks, but other programs refuse it; convert it again",
            )
        return None
    found = [message for _, message in aivm_manifest.breaches(manifest, opened.config)]
    if found:
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise VoiceError(
            "voice.aivm-rules",
            f"the manifest breaks rules of AIVM: {'; '.join(found[:SHOWN])}{more}",
            at=str(opened.weights),
            hint="it speaks, but other programs may refuse it; convert it again",
        )
    return manifest


def _speaker(speaker: Speaker) -> str:
    styles = ", ".join(f"{style.local_id} {style.name}" for style in speaker.styles)
    return f"{speaker.name} ({', '.join(speaker.languages)}): {styles}"


def _licence(text: str | None) -> str:
    lines = [line for line in (text or "").splitlines() if line.strip()]
    if len(lines) <= LICENCE_LINES:
        return "\n".join(lines) or Word("unknown")
    rest = len(lines) - LICENCE_LINES
    return Word("\n".join([*lines[:LICENCE_LINES], f"… {rest} more lines, with --json"]))


def _amount(media: Sequence[Media]) -> str:
    size = sum(one.size for one in media)
    return f"{len(media)} ({size / 1000:,.1f} kB)" if media else Word("none")


def _file_name(name: str, media: Media) -> str:
    from sbv2cli.voices.aivm.manifest import ENDINGS

    return f"{name}{ENDINGS.get(media.kind, '.bin')}"
