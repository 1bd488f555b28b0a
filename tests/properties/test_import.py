"""What `sbv2 import` writes is read back as the lines that it was given."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbv2cli.errors import ScriptError
from sbv2cli.pipeline.importing.run import Order, import_lines
from sbv2cli.readers.detect import detect, load
from sbv2cli.readers.format import ReaderOptions
from sbv2cli.readers.script import read_script
from sbv2cli.records import Delivery, LineId, Ruby, ScriptLine, Source

DATA = Path(__file__).parents[1] / "data"
SUFFIXES = {"jsonl": ".jsonl", "csv": ".csv", "xlsx": ".xlsx"}
AT = Source(path="script", row=1)

# Pieces that mean something to a notation, a table, a spreadsheet or a game.
PIECES = st.sampled_from(
    [
        *"心東京あアーaB1 　\n,;\t\"'=+-@＝＠#|｜《》{}【】<>[]（）%\\",
        "{漢字|かんじ}", "<ruby>", "</ruby>", "《《", "'=1+1", '="01"', "# ", "［＃", "😀", "か゚",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map("".join)
TRIMMED = TEXTS.map(str.strip).filter(bool)
NAMES = st.one_of(
    TRIMMED.filter(lambda name: "\n" not in name),
    st.sampled_from(
        ["備考", "話者", "text", "Key", "meta.x", "meta.", "声", "node", "file", "ruby"]
    ),
)
NUMBERS = st.floats(min_value=0.1, max_value=10, allow_nan=False)


@st.composite
def ruby_over(draw, text):
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    reading = TRIMMED
    spans = zip(cuts[::2], cuts[1::2], strict=False)
    return tuple(Ruby(span=span, reading=draw(reading)) for span in spans)


@st.composite
def lines(draw, number):
    text = draw(TRIMMED)
    optional = lambda value: draw(st.one_of(st.none(), value))  # noqa: E731
    heading = draw(st.booleans())
    return ScriptLine(
        id=LineId(draw(TRIMMED)),
        number=number,
        text=text,
        source=AT,
        ruby=draw(ruby_over(text)),
        language=optional(st.sampled_from(["ja", "en"])),
        character=optional(TRIMMED),
        delivery=Delivery(
            voice=optional(TRIMMED),
            speaker=optional(TRIMMED),
            style=optional(TRIMMED),
            speed=optional(NUMBERS),
            pitch=optional(st.floats(-24, 24)),
            seed=optional(st.integers(0, 2**63 - 1)),
            take=optional(st.integers(1, 9)),
        ),
        reading=optional(TRIMMED),
        pause_before=optional(NUMBERS),
        pause_after=optional(NUMBERS),
        chapter=optional(st.integers(0, 99)),
        chapter_title=optional(TRIMMED),
        heading=heading,
        level=optional(st.integers(1, 6)) if heading else None,
        scene=optional(TRIMMED),
        paragraph=optional(st.integers(1, 99)),
        file=optional(TRIMMED),
        skip=draw(st.booleans()),
        meta=draw(st.dictionaries(NAMES, TRIMMED, max_size=3)),
        imported=optional(st.just("text=abc")),
    )


SCRIPTS = st.integers(0, 2).flatmap(
    lambda count: st.tuples(*(lines(number) for number in range(1, count + 1)))
)


def written(script, to, options=ReaderOptions()):  # noqa: B008
    out = io.BytesIO()
    import_lines(script, Order(to=to, place=out, options=options), lambda line: None)
    return out


def plain(line):
    return replace(line, source=AT, findings=(), id_given=True, imported=None)


def assert_read_back(script, to, options=ReaderOptions()):  # noqa: B008
    stream = written(script, to, options)
    name = f"lines{SUFFIXES[to]}"
    found, encoding = detect(stream, name)
    stream.seek(0)
    back = list(load(found).read(stream, name, replace(options, encoding=encoding)))
    assert [plain(line) for line in back] == [plain(line) for line in script]


@pytest.mark.parametrize("to", SUFFIXES)
@settings(max_examples=60, deadline=None)
@given(script=SCRIPTS)
def test_any_lines_are_read_back(to, script):
    assert_read_back(script, to)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(TEXTS, max_size=3))
def test_json_lines_keep_the_blanks_around_a_text(texts):
    script = [
        ScriptLine(id=LineId(str(n)), number=n, text=text, source=AT)
        for n, text in enumerate(texts, start=1)
    ]
    assert_read_back(script, "jsonl")


FILES = sorted(path for path in DATA.rglob("*") if path.is_file() and path.parent != DATA)


@pytest.mark.parametrize("to", SUFFIXES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_that_other_people_made_are_read_back(path, to):
    options = ReaderOptions(language="de" if "TestYarn" in path.name else "ja")
    try:
        script = list(read_script(path, options))
    except ScriptError:
        pytest.skip("it is no script")
    if any(found.severity == "error" for line in script for found in line.findings):
        with pytest.raises(ScriptError, match="nothing was written"):
            written(script, to)
        return
    assert_read_back(script, to, options)
