"""Where settings, voices and models of this person are, by the custom of the platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VOICES = "voices"


def user_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where this person's settings are."""
    return _directory(environment, windows=("APPDATA", "Roaming"), xdg=("CONFIG", ".config"))


def data_directory(environment: Mapping[str, str] | None = None) -> Path:
    """Where this person's models are."""
    return _directory(environment, windows=("LOCALAPPDATA", "Local"), xdg=("DATA", ".local/share"))


def installed_voices() -> Path:
    """Where `sbv2 voices install` puts voices; on some systems the settings are there too."""
    return data_directory() / VOICES


def usual_voice_folders() -> tuple[Path, ...]:
    """Where voices are looked for by name, in order, beside what settings name."""
    return (Path(VOICES), user_directory() / VOICES, installed_voices())


def _directory(
    environment: Mapping[str, str] | None, windows: tuple[str, str], xdg: tuple[str, str]
) -> Path:
    """Our folder where a variable says, else in its usual place below the home folder."""
    told = os.environ if environment is None else environment
    home = Path(told.get("HOME") or told.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":  # pragma: no cover
        return Path(told.get(windows[0]) or home / "AppData" / windows[1]) / "sbv2"
    if sys.platform == "darwin":  # pragma: no cover
        return home / "Library" / "Application Support" / "sbv2"
    return Path(told.get(f"XDG_{xdg[0]}_HOME") or home / xdg[1]) / "sbv2"
