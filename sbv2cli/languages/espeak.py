"""Phonemes of espeak-ng, for voices that were trained on them.

It is a program of its own (GPL) that whoever wants it installs; it is run, never linked. It speaks
clauses without their marks, so marks are put back from the text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from sbv2cli.errors import MachineError, ReadingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbv2cli.records import EspeakMarks

PROGRAM = "espeak-ng"
INSTALL = "apt install espeak-ng, brew install espeak-ng, or winget install eSpeak-NG.eSpeak-NG"

MISSING = "espeak.missing"

SECONDS = 60

# "kept": every mark with the spaces around it, as the package phonemizer keeps them.
_KEPT = re.compile(r"(\s*[;:,.!?¡¿—…\"«»“”(){}\[\]]+\s*)")
# "ends": the mark that ends a clause; a point within a number ends none.
_ENDS = re.compile(r"(\s*(?:[.,?!:;…]+[\"'”’»)\]]*(?=\s|$)|[。、，！？；：]+)\s*)")
_SAME = str.maketrans("…。、，！？；：", "..,,!?;:")

# "(en)", where it says a word in another language.
_SWITCH = re.compile(r"\([a-z]{2,3}(?:-[a-z0-9-]+)?\)")

Placed = list[tuple[str, int]]
"""Characters, each with the place in the author's text that it comes from."""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which(PROGRAM) is not None


def missing(voice: str) -> MachineError:
    """The error where it is not."""
    return MachineError(
        MISSING,
        f'the voice reads text through the program {PROGRAM} (its voice "{voice}"), which is not'
        " installed",
        hint=f'{INSTALL}; or give the line in the voice\'s symbols: "cleaned: həlˈoʊ"',
    )


def phonemes(placed: Placed, voice: str, marks: EspeakMarks) -> Placed:
    """The phonemes of a text, each with the place where its clause begins.

    Raises:
        MachineError: the program is not installed, or does not run.
    """
    text = "".join(letter for letter, _ in placed)
    pieces = (_KEPT if marks == "kept" else _ENDS).split(text)
    ends = [0]
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    clauses = [" ".join(piece.split()) for piece in pieces[::2]]
    spoken = iter(_spoken(tuple(clause for clause in clauses if clause), voice))
    found: Placed = []
    for index, (start, _) in enumerate(pairwise(ends)):
        if index % 2:
            written = pieces[index] if marks == "kept" else _end_of(pieces[index])
        else:
            written = next(spoken) if clauses[index // 2] else ""
        place = placed[min(start, len(placed) - 1)][1] if placed else 0
        found += [(letter, place) for letter in written]
    return stripped(found)


def _end_of(piece: str) -> str:
    """The first mark alone, and a space behind it."""
    return piece.strip()[0].translate(_SAME) + " "


@lru_cache(maxsize=4096)
def _spoken(clauses: tuple[str, ...], voice: str) -> tuple[str, ...]:
    """The phonemes of each clause; of all in one run, where it answers with a line for each."""
    lines = _run(clauses, voice) if clauses else []
    if len(lines) == len(clauses):
        return tuple(lines)
    return tuple(" ".join(_run([clause], voice)) for clause in clauses)


def _run(clauses: Sequence[str], voice: str) -> list[str]:
    path = shutil.which(PROGRAM)
    if path is None:
        raise missing(voice)
    try:
        # Through stdin, so that no text is taken for an option.
        done = subprocess.run(  # noqa: S603 - the program that the voice asks for
            [path, "-q", "--ipa", "-b", "1", "-v", voice],
            input="".join(f"{clause}\n" for clause in clauses).encode("utf-8", "replace"),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from None
    said = done.stderr.decode("utf-8", "replace").strip()
    if "voice does not exist" in said:
        raise ReadingError(
            "espeak.voice",
            f'the installed {PROGRAM} has no voice "{voice}"',
            hint=f"install a newer {PROGRAM}; {PROGRAM} --voices lists what it has",
        )
    if done.returncode != 0:
        raise _failed(said.partition("\n")[0] or f"status {done.returncode}")
    rows = done.stdout.decode("utf-8", "replace").splitlines()
    return [" ".join(_SWITCH.sub("", row).split()) for row in rows if row.strip()]


def _failed(why: str) -> MachineError:
    return MachineError(
        "espeak.failed",
        f"{PROGRAM} does not run: {why[:200]}",
        hint=f"try it: echo hello | {PROGRAM} -q --ipa",
    )


def stripped(found: Placed) -> Placed:
    """Without spaces at both ends."""
    letters = "".join(letter for letter, _ in found)
    return found[len(letters) - len(letters.lstrip()) : len(letters.rstrip())]
