"""Lines of a text keep ids and files after an edit, and no two share one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sbv2cli.pipeline.file_names import FileNames, NameRules, SpokenAs
from sbv2cli.pipeline.kept_names import keep_names
from sbv2cli.records import LineId, ManifestRow, ScriptLine, Source
from sbv2cli.writers.manifest import Manifest

RULES = NameRules(ext="wav")
AS = SpokenAs(voice="", speaker=None, style=None, take=1, language="")


def book(texts, path="a.txt", chapter=None):
    return [
        ScriptLine(
            id=LineId(f"{path[:-4]}-{number:04d}"), id_given=False, number=number, text=text,
            source=Source(path=path, row=number), chapter=chapter,
        )
        for number, text in enumerate(texts, start=1)
    ]  # fmt: skip


def rendered(lines, files):
    names = FileNames(NameRules(ext="wav", kept=files), lines)
    rows = [
        ManifestRow(
            id=line.id, number=line.number, status="ok", text=line.text, source=line.source,
            file=names.of(line, AS),
        )
        for line in lines
    ]  # fmt: skip
    return Manifest(rows={row.id: row for row in rows})


TEXTS = st.lists(
    st.sampled_from(["はい。", "いいえ。", "灯台が見えた。", "海は青い。", "x"]), max_size=12
)


@given(st.lists(TEXTS, min_size=2, max_size=4), st.sampled_from([None, 3]))
def test_ids_and_files_are_each_ones_own_over_any_edits(versions, chapter):
    manifest = Manifest()
    for texts in versions:
        kept = keep_names(book(texts, chapter=chapter), manifest, RULES)
        assert [line.text for line in kept.lines] == texts
        assert len({line.id for line in kept.lines}) == len(texts)
        now = rendered(kept.lines, kept.files)
        assert len({row.file for row in now.rows.values()}) == len(texts)
        # Again, nothing has changed.
        again = keep_names(book(texts, chapter=chapter), now, RULES)
        assert [line.id for line in again.lines] == [line.id for line in kept.lines]
        assert rendered(again.lines, again.files) == now
        # A line whose text stayed has its file, and no other's.
        for name, row in now.rows.items():
            if name in manifest.rows and manifest.rows[name].text == row.text:
                assert manifest.rows[name].file == row.file
        manifest = Manifest(rows={**manifest.rows, **now.rows})


def test_other_scripts_and_names_that_were_asked_for_are_left_alone():
    old = rendered(book(["はい。", "いいえ。"]), {})
    other = book(["はい。"], "b.txt")
    assert keep_names(other, old, RULES).lines == other
    new = book(["前。", "はい。", "いいえ。"])
    assert [line.id for line in keep_names(new, old, RULES).lines] == [
        "a-0000a",
        "a-0001",
        "a-0002",
    ]
    by_number = NameRules(ext="wav", template="{n}.{ext}")
    assert keep_names(new, old, by_number).files == {}


def test_a_title_that_begins_a_chapter_leaves_files_where_they_are():
    old = rendered(book(["一。", "二。"]), {})
    kept = keep_names(book(["題", "一。", "二。"], chapter=1), old, RULES)
    assert list(kept.files.values()) == ["01/0001", "0001", "0002"]


def test_a_book_of_several_pages_is_one_script():
    def pages(*texts):
        lines = book([text for page in texts for text in page], chapter=1)
        paths = [f"a.epub:{n}.xhtml" for n, page in enumerate(texts) for _ in page]
        return [
            replace(line, source=Source(path=path, row=1))
            for line, path in zip(lines, paths, strict=True)
        ]

    old = rendered(pages(["灯台が見えた。"], ["海は青い。"]), {})
    kept = keep_names(pages(["灯台が見えた。"], ["前。", "海は青い。"]), old, RULES)
    assert [line.id for line in kept.lines] == ["a-0001", "a-0001a", "a-0002"]
    assert list(kept.files.values()) == ["01/0001", "01/0001a", "01/0002"]


def test_another_text_under_the_same_name_takes_the_names_of_what_is_gone():
    old = rendered(book(["はい。", "いいえ。"]), {})
    kept = keep_names(book(["灯台が見えた。", "海は青い。", "空は高い。"]), old, RULES)
    assert [line.id for line in kept.lines] == ["a-0001", "a-0002", "a-0003"]
    assert list(kept.files.values()) == ["0001", "0002", "0003"]
