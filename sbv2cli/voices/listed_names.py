"""The names of speakers and styles as a voice's files list them, without opening the voice.

For whoever must answer at once, as the completion of a shell: no numpy, nothing is checked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sbv2cli.voices import piper_graph
from sbv2cli.voices.aivm import container

_SPEAKERS, _STYLES = ("spk2id", "speaker_id_map"), ("style2id",)


class ListedNames(NamedTuple):
    """In the order of their numbers."""

    speakers: Sequence[str] = ()
    styles: Sequence[str] = ()


def of_voice(path: Path) -> ListedNames:
    """The names that a voice lists; none where its files cannot be read."""
    try:
        raw = json.loads(_config(path))
    except ValueError:
        return ListedNames()
    sections = [part for part in (raw, raw.get("data")) if isinstance(part, dict)]
    return ListedNames(_first(sections, _SPEAKERS), _first(sections, _STYLES))


def _config(path: Path) -> str | bytes:
    if path.is_dir():
        whole = [file for file in path.iterdir() if file.suffix in container.SUFFIXES]
        pipers = sorted(path.glob(f"*{piper_graph.CONFIG_SUFFIX}"))
        config = path / "config.json"
        if config.is_file() or not (whole or pipers):
            return config.read_bytes()
        return container.read(whole[0]).config if whole else pipers[0].read_bytes()
    if path.suffix in container.SUFFIXES:
        return container.read(path).config
    if piper_graph.is_voice(path):
        return piper_graph.config_of(path).read_bytes()
    return (path.parent / "config.json").read_bytes()


def _first(sections: Sequence[dict[str, Any]], keys: Sequence[str]) -> list[str]:
    for section in sections:
        for key in keys:
            names = section.get(key)
            if isinstance(names, dict):
                return sorted(names, key=names.__getitem__)
    return []
