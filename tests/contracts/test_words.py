"""The field's words: names, help, messages and documents use no private word for a known thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shell

# Retired word -> the field's word. Extend it with each renaming.
RETIRED = {
    r"language models?\b": "BERT",
    r"\bshelves\b": "voice folders",
    r"\bwish(es)?\b": "request, setting",
    r"\blanes?\b": "stream",
    r"contextual features": "BERT features",
    r"fewer products, |FewProducts": "Winograd convolution",
    r"in any company|in other company": "batch-invariant",
    r"the plain way": "baseline",
    r"on_shelves|jobs\.shelves": "search_path, voice_folders",
    r"files of no line": "orphaned files",
    r"\bjudges\b": "discriminators",
    r"\bopinions\b": "scores, discriminators",
    r"\bcrews?\b": "WorkerThreads",
    r"the house\b": "the package",
    r"\blearners?\b": "training model",
    r"liveliness": "stochastic duration ratio (sdp_ratio), noise_scale",
    r"\bsow(n|s|ing)?\b": "seed",
    r"what is told": "reported",
    r"\bdesks?\b": "device pipeline",
    r"\bsurroundings\b": "receptive field",
    r"sound version": "output version",
    r"\bspeaks? again\b": "re-render",
    r"neighbours (are|is) not heard": "batch-invariant",
    r"takes? equal sounds": "reuse identical audio",
    r"make failures of warnings": "treat warnings as errors",
    r"\bsays? errors only": "print errors only",
    r"\bclass (Said|Spoken|Heard|Learned|Piece)\b": "what the record is",
    r"\bheld (sentences|clips|lines)\b": "held-out",
}
TEXT = {".py", ".md", ".toml", ".yaml", ".cfg"}
PLACES = ("sbv2cli", "docs", "samples", "tools", "README.md", "CONTRIBUTING.md", "pyproject.toml")

# Modules that have another name now.
RETIRED_FILES = (
    "better_ja.py casting.py company.py cores.py ending.py faces.py gains.py given.py"
    " grouping.py job_label.py lanes.py learner.py outline.py packed.py pieces.py plan.py post.py"
    " processors.py quantities.py shelf.py slices.py subject.py"
).split()


def test_no_module_has_a_retired_name() -> None:
    names = {path.name for path in (shell.ROOT / "sbv2cli").rglob("*.py")}
    assert names & set(RETIRED_FILES) == set()


def pages() -> list[Path]:
    found = [
        path
        for place in map(shell.ROOT.joinpath, PLACES)
        for path in ([place] if place.is_file() else sorted(place.rglob("*")))
        if path.suffix in TEXT
    ]
    assert len(found) > 300
    return found


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_is_used_nowhere(word: str) -> None:
    pattern = re.compile(word, re.IGNORECASE)
    used = [
        f"{path.relative_to(shell.ROOT)}:{row}: {line.strip()}"
        for path in pages()
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert used == [], f"write: {RETIRED[word]}"
