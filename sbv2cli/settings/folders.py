"""Where settings, voices and models of this person are, by the custom of the platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VOICES = "voices"


def user_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where this person's settings are."""
    environment = os.environ if environment is None else environment
    home = _home(environment)
    if sys.platform == "win32":  # pragma: no cover
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "sbv2"
    if sys.platform == "darwin":  # pragma: no cover
        return home / "Library" / "Application Support" / "sbv2"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "sbv2"


def data_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where this person's models are."""
    environment = os.environ if environment is None else environment
    home = _home(environment)
    if sys.platform == "win32":  # pragma: no cover
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "sbv2"
    if sys.platform == "darwin":  # pragma: no cover
        return home / "Library" / "Application Support" / "sbv2"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "sbv2"


def installed_voices() -> Path:
    """Where `sbv2 voices install` puts voices; on some systems the settings are there too."""
    return data_directory() / VOICES


def usual_voice_folders() -> tuple[Path, ...]:
    """Where voices are looked for by name, in order, beside what settings name."""
    return (Path(VOICES), user_directory() / VOICES, installed_voices())


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
