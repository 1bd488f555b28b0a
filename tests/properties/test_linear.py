"""Twice the input takes about twice a processor's time, whatever is repeated."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sbv2cli import normal_form
from sbv2cli.errors import Sbv2Error
from sbv2cli.languages.japanese import user_dictionary
from sbv2cli.pipeline.corrections import read_corrections
from sbv2cli.readers import READERS
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.settings.config_file import Sheet
from sbv2cli.tables import load
from sbv2cli.writers import naming

RATIO = 2.6
TRIES = 4
SHORT_S = 0.05  # what is less is of the clock, of caches and of collecting garbage


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    with suppress(Sbv2Error):
        work()
    return time.process_time() - began


def doubles(work_of: Callable[[int], Callable[[], object]], size: int) -> None:
    """The best of a few decides: noise only makes a measurement longer."""
    once = twice = float("inf")
    for _ in range(TRIES):
        once = min(once, seconds(work_of(size)))
        twice = min(twice, seconds(work_of(2 * size)))
        if twice <= RATIO * max(once, SHORT_S):
            return
    raise AssertionError(f"twice the input takes {twice / once:.1f} times: {twice:.2f} s")


# Marks of changing classes, which a normal form puts into order, and letters that are two marks.
MARKS = {"alternating": "\u0300\u0316", "alike": "\u0301", "double": "\u0f73", "voiced": "か\u3099"}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
def test_names_of_files(marks: str) -> None:
    def work_of(size: int) -> Callable[[], object]:
        name = "a" + marks * (size // len(marks))

        def work() -> None:
            naming.file_name(naming.parse_template("{id}"), {"id": name, "ext": "wav"})
            naming.asked_name(name, "wav")
            naming.fold(name)

        return work

    doubles(work_of, 20_000)


def test_ten_thousand_lines_of_one_name() -> None:
    doubles(lambda size: lambda: naming.with_suffixes([("a", "太郎.wav")] * size), 5_000)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
def test_normal_forms(form: normal_form.Form, marks: str) -> None:
    doubles(lambda size: lambda: normal_form.normalize(form, "a" + marks * size), 25_000)


def roles(size: int) -> str:
    return "".join(f'[cast."役{n}"]\nvoice = "hana"\nspeed = 1.1\n' for n in range(size))


SETTINGS: dict[str, tuple[Callable[[int], str], int]] = {
    "roles": (roles, 1_500),
    "roles in one table": (
        lambda size: "[cast]\n" + "".join(f'"役{n}" = {{voice = "a"}}\n' for n in range(size)),
        1_500,
    ),
    "blank rows": (lambda size: "[defaults]\n" + "\n" * size + "speed = 1.1\n", 50_000),
    "long blanks": (lambda size: f"[defaults]\n{' ' * size}speed{' ' * size}=1.1\n", 50_000),
    "blanks in a heading": (lambda size: f"[{' ' * size}defaults{' ' * size}]x\n", 50_000),
    "brackets": (lambda size: "[" * size, 50_000),
    "closing": (lambda size: "[defaults" + "]" * size, 50_000),
    "quotes": (lambda size: "[defaults]\n" + '"' * size, 50_000),
    "unknown": (lambda size: "[defaults]\n" + "".join(f"a{n} = 1\n" for n in range(size)), 3_000),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(tmp_path: Path, name: str) -> None:
    made, size = SETTINGS[name]

    def work_of(size: int) -> Callable[[], object]:
        path = tmp_path / f"{size}.toml"
        path.write_text(made(size), encoding="utf-8")
        return lambda: Sheet.read(path)

    doubles(work_of, size)


def json_dictionary(size: int) -> str:
    word = {"surface": "", "pronunciation": "ウミ", "accent_type": 1}
    return json.dumps({f"{n:036}": {**word, "surface": f"単語{n}"} for n in range(size)})


DICTIONARIES: dict[str, tuple[str, Callable[[int], str], int]] = {
    "JSON": ("json", json_dictionary, 4_000),
    "CSV": ("csv", lambda size: "".join(f"単語{n},ウミ,1\n" for n in range(size)), 4_000),
    "CSV with faults": ("csv", lambda size: "".join(f"単語{n},%%\n" for n in range(size)), 4_000),
    "one word": ("csv", lambda size: "単語,ウミ,1\n" * size, 4_000),
    "a long word": ("csv", lambda size: f"{'漢' * size},{'ア' * size},0\n", 10_000),
    "quotes": ("csv", lambda size: '"' * size, 20_000),
}


@pytest.mark.parametrize("name", DICTIONARIES)
def test_dictionaries(tmp_path: Path, name: str) -> None:
    suffix, made, size = DICTIONARIES[name]

    def work_of(size: int) -> Callable[[], object]:
        path = tmp_path / f"{size}.{suffix}"
        path.write_text(made(size), encoding="utf-8")
        return lambda: user_dictionary.examine(user_dictionary.read(path))

    doubles(work_of, size)


@pytest.mark.parametrize("cell", ["やあ。", "%%", "あ" * 50])
def test_corrections(tmp_path: Path, cell: str) -> None:
    def work_of(size: int) -> Callable[[], object]:
        path = tmp_path / f"{size}.csv"
        rows = "".join(f"l{n},{cell},{cell}\n" for n in range(size))
        path.write_text("id,text,reading\n" + rows, encoding="utf-8")
        return lambda: read_corrections([path])

    doubles(work_of, 1_500)


# What formats give a meaning to, and what a long row may hold of it.
PIECES = (
    " ", "　", "(", "《", "｜", "》", "｜《", "漢《", "[[", "]]", "「", "」", '"', "'", "{", "<",
    "</", "<a ", "&", "#", "*", "_", "`", "-", "|", "\\", "$", ":", "…", "。", "漢", "1", "※［＃",
    "［＃", "\t", ",", "[ruby text=a]", "/*", "<!--", "<p>", "\\n", "\\C[1]", "{{", "${", "\n",
    "\n ", "> ",
)  # fmt: skip
BEGINNINGS = {
    "aozora": "題\n著者\n\n" + "-" * 30 + "\n【記号】\n《》：ルビ\n" + "-" * 30 + "\n",
    "csv": "id,text\n1,",
    "tsv": "id\ttext\n1\t",
    "json": '[{"text":"',
    "jsonl": '{"text":"',
    "ssml": "<speak>",
    "tyrano": "*start\n",
    "naninovel": "# a\n",
    "renpy-translation": 'translate japanese a:\n    "',
    "po": 'msgid "a"\nmsgstr "',
    "voicevox": "a,",
}
TEXTS = [name for name, row in READERS.items() if not row.binary or name == "html"]


def long_rows(name: str) -> Iterator[tuple[str, str]]:
    beginning = BEGINNINGS.get(name, "")
    yield from ((beginning, piece) for piece in PIECES)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_readers(name: str) -> None:
    reader = load(READERS[name].place)

    def work_of(beginning: str, piece: str, size: int) -> Callable[[], object]:
        data = (beginning + piece * (size // len(piece))).encode()
        return lambda: list(reader.read(io.BytesIO(data), "a.txt", ReaderOptions()))

    for beginning, piece in long_rows(name):
        try:
            doubles(lambda n, b=beginning, p=piece: work_of(b, p, n), 10_000)  # type: ignore[misc]
        except AssertionError as error:
            raise AssertionError(f"{piece!r}: {error}") from None


def test_ssml_of_many_marks() -> None:
    reader = load(READERS["ssml"].place)

    def work_of(size: int) -> Callable[[], object]:
        marks = 'あ<mark name="m"/>' * size
        data = f"<speak>{marks}</speak>".encode()
        return lambda: list(reader.read(io.BytesIO(data), "a.ssml", ReaderOptions()))

    doubles(work_of, 25_000)
