"""The texts of a help as translators see them: paragraphs."""

from __future__ import annotations

import inspect
import re

_VERBATIM = "\b"  # click: this paragraph keeps its line ends


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each as one line; what is kept as written keeps its lines."""
    found = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text).replace("\f", "")):
        if paragraph.startswith(_VERBATIM):
            found.append(paragraph.removeprefix(_VERBATIM).strip("\n"))
        elif paragraph.strip():
            found.append(" ".join(paragraph.split()))
    return found
