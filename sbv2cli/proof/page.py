"""What was gathered -> a page and, for a long script, data files beside it.

The page opens from a disk: scripts are inside it or are loaded as scripts, since a browser fetches
nothing for a page without a server. Texts of the script go into JSON alone, and the page shows
them as text alone; its Content-Security-Policy runs no script but those that were written here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from sbv2cli.errors import UsageError
from sbv2cli.files import remove_dead_parts, write_whole
from sbv2cli.languages.japanese.moras import ALL_MORAS
from sbv2cli.proof import sounds
from sbv2cli.proof.gather import Folder, Proof
from sbv2cli.proof.line import Drawing, ProofLine, as_json

NAME = "proof.html"

MOST_INSIDE = 600  # lines that stand in the page itself; of more, each data file holds so many
MOST_EMBEDDED = 400_000_000  # bytes of sound; base64 makes a third more, and a string has an end

_GENERATOR = b'content="sbv2 proof"'
_HEAD = 2000  # bytes in which a page of ours says so
_SCRIPTS = (
    *("strings", "notation", "data", "store", "view", "drawing", "list"),
    *("player", "dictionary", "editor", "row", "exchange", "main"),
)
_OURS = re.compile(r"(lines|drawings)-\d+\.js")
_CALL = "sbv2proof.add("
# What ends a script, begins a comment of HTML, or ends a row of JavaScript.
_ESCAPES = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def write_page(proof: Proof, page: Path, *, embed: bool = False) -> tuple[Path, ...]:
    """Write the page; the files that were written, the page first.

    Pages of ours are replaced, other files are not.
    """
    check_page(page)
    base = "" if embed else _base(proof.folder, page.parent)
    rows = {
        "lines": [_json(as_json(_with_urls(line, base))) for line in proof.lines],
        "drawings": [_json(_drawings(line, proof.drawings)) for line in proof.lines],
    }
    head = {**_head(proof), "key": _key(rows)}
    beside: dict[str, bytes] = {}
    folder = data_folder(page)
    if embed or len(proof.lines) <= MOST_INSIDE:
        parts = (f'"{name}":[{",".join(each)}]' for name, each in rows.items())
        data = f"{_json(head)[:-1]},{','.join(parts)}}}"
    else:
        data = _json({**head, "folder": f"./{quote(folder.name)}/"})
        for name, each in rows.items():
            for first in range(0, len(each), MOST_INSIDE):
                some = ",".join(each[first : first + MOST_INSIDE])
                called = f'{_CALL}"{head["key"]}","{name}",{first},[{some}]);\n'
                beside[f"{name}-{first // MOST_INSIDE}.js"] = _bytes(called)
    remove_dead_parts(page, *(folder / name for name in beside))
    # The page last, so that it never names data that is not there yet.
    for name, content in beside.items():
        write_whole(folder / name, content, fsync=False)
    write_whole(page, _page(proof, data, embed=embed), fsync=False)
    _remove_left_over(folder, set(beside))
    return (page, *(folder / name for name in beside))


def _head(proof: Proof) -> dict[str, Any]:
    """What the page knows of the whole."""
    return {
        "job": proof.job,
        "title": proof.title,
        "command": proof.command,
        "count": len(proof.lines),
        "doubtful": proof.doubtful,
        "per": MOST_INSIDE,
        "moras": ALL_MORAS,
        "alphabet": sounds.ALPHABET,
        "steps": sounds.STEPS_PER_SEMITONE,
    }


def _key(rows: Mapping[str, Sequence[str]]) -> str:
    """Of all data, so that files of two runs are not mixed."""
    digest = hashlib.sha256()
    for each in rows.values():
        for row in each:
            digest.update(_bytes(row))
    return digest.hexdigest()[:16]


def check_page(page: Path) -> None:
    """Refuse to replace what is no page of ours."""
    try:
        with page.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError:
        head = b""
    if _GENERATOR not in head:
        raise UsageError(
            "proof.exists",
            "there is a file already which is no page of sbv2 proof",
            at=str(page),
            hint="choose another file with --output",
        )


def check_size(folder: Folder) -> None:
    """Refuse to put more sounds into a page than a browser opens."""
    paths = (folder.path / str(row.file) for row in folder.sounding)
    size = sum(path.stat().st_size for path in paths if path.is_file())
    if size > MOST_EMBEDDED:
        raise UsageError(
            "proof.too-large",
            f"the sounds have {size / 1e6:.0f} MB, a page holds {MOST_EMBEDDED / 1e6:.0f} MB",
            at=str(folder.path),
            hint="render with --format ogg or mp3, or leave --embed out and send the folder",
        )


def data_folder(page: Path) -> Path:
    """Where the data files of a page are."""
    return page.with_name(f"{page.stem}_files")


def _base(folder: Path, page_folder: Path) -> str:
    """From the page to the sounds, as the beginning of a URL."""
    try:
        way = os.path.relpath(folder.resolve(), page_folder.resolve())
    except ValueError:  # another drive of Windows
        return f"{folder.resolve().as_uri()}/"
    return "./" if way == "." else f"{quote(Path(way).as_posix())}/"


def _with_urls(line: ProofLine, base: str) -> ProofLine:
    takes = tuple(
        replace(take, file=base + quote(take.file) if base else take.file)
        if take.file is not None
        else take
        for take in line.takes
    )
    return replace(line, takes=takes)


def _drawings(line: ProofLine, drawings: Mapping[str, Drawing]) -> list[list[str]]:
    found = (drawings.get(take.id, sounds.NOTHING) for take in line.takes)
    return [[one.peaks, one.pitch] for one in found]


def _page(proof: Proof, data: str, *, embed: bool) -> bytes:
    assets = resources("sbv2cli.proof") / "assets"

    def asset(name: str) -> str:
        return (assets / name).read_text(encoding="utf-8")

    script = "".join(asset(f"{name}.js") for name in _SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    style = asset("page.css")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(asset("page.html")).render(
        title=proof.title,
        policy=_policy(script, style),
        script=script,
        style=style,
        data=data,
        sounds=_embedded(proof) if embed else (),
    )
    return _bytes(text)


def _policy(script: str, style: str) -> str:
    """Scripts: the one inside, and data files beside the page. Nothing else is loaded or sent."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' file: '{_source_hash(script)}'",
            f"style-src '{_source_hash(style)}'",
            "img-src data:",
            "media-src 'self' file: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source_hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(_bytes(text)).digest()).decode()}"


def _embedded(proof: Proof) -> Iterator[tuple[str, str]]:
    """The name of each sound and its bytes."""
    for file in proof.files:
        yield file, base64.b64encode((proof.folder / file).read_bytes()).decode()


def _remove_left_over(folder: Path, keep: Sequence[str] | set[str]) -> None:
    """Data files of a longer script that stood here before."""
    for path in folder.glob("*.js") if folder.is_dir() else ():
        if _OURS.fullmatch(path.name) and path.name not in keep:
            with path.open("rb") as file:
                ours = file.read(len(_CALL)) == _CALL.encode()
            if ours:
                path.unlink(missing_ok=True)
    with suppress(OSError):  # not empty, or not there
        folder.rmdir()


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter, escape in _ESCAPES.items():
        text = text.replace(letter, escape)
    return text


def _bytes(text: str) -> bytes:
    # Half of a surrogate pair has no UTF-8, but an escape in JSON, where alone it can stand.
    return text.encode("utf-8", "backslashreplace")
