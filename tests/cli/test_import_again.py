"""A second `sbv2 import` into the same file: ids stay, and so does what people have changed."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

STORY = [
    "岬の灯台に、ひとりの老人が住んでいた。",
    "「はい」",
    "風の強い夜だった。",
    "「はい」",
    "老人は灯を点した。",
]


def write(rows, name="story.txt"):
    Path(name).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def read(name="lines.jsonl"):
    return [json.loads(row) for row in Path(name).read_text(encoding="utf-8").splitlines()]


def change(name, **values):
    """What a person does to a line of the import."""
    lines = read()
    (line,) = (line for line in lines if line["id"] == name)
    line |= values
    kept = [{k: v for k, v in one.items() if v is not None} for one in lines]
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in kept)
    Path("lines.jsonl").write_text(text, encoding="utf-8")


@pytest.fixture
def imported(sbv2, stage):
    write(STORY)
    assert sbv2("import", "story.txt", "-o", "lines.jsonl").status == 0


def again(sbv2, *options):
    result = sbv2("import", "story.txt", "-o", "lines.jsonl", "--json", *options)
    assert result.status == 0, result.talk
    return json.loads(result.data)["again"], result.talk


def test_nothing_changed(sbv2, imported):
    before = Path("lines.jsonl").read_bytes()
    found, talk = again(sbv2)
    assert found == {"counts": {"same": 5}, "kept": {}, "lines": []}
    assert "since the earlier import: 5 unchanged" in talk
    assert Path("lines.jsonl").read_bytes() == before


def test_ids_outlive_edits(sbv2, imported):
    write(
        [
            "むかしむかし。",
            STORY[0],
            "「はい」",
            "風のとても強い夜だった。",
            "「いいえ」",
            "「はい」",
            STORY[4],
            "おわり。",
        ]
    )
    found, talk = again(sbv2)
    assert [line["id"][6:] for line in read()] == [
        *("0000a", "0001", "0002", "0003", "0003a", "0004", "0005", "0008"),
    ]
    assert found["counts"] == {"same": 4, "edited": 1, "new": 3}
    assert {
        "id": "story-0003",
        "how": "edited",
        "text": "風のとても強い夜だった。",
        "was": STORY[2],
    } in (found["lines"])
    assert "4 unchanged, 1 edited, 3 new" in talk


def test_what_was_changed_by_hand_stays(sbv2, imported):
    change("story-0002", character="太郎", reading="ハイ'", text="「はい！」")
    change("story-0003", speed=1.2)
    write([*STORY[:2], "風のとても強い夜だった。", *STORY[3:]])
    found, talk = again(sbv2)
    lines = {line["id"]: line for line in read()}
    second, third = lines["story-0002"], lines["story-0003"]
    assert (second["character"], second["reading"], second["text"]) == (
        "太郎",
        "ハイ'",
        "「はい！」",
    )
    assert (third["speed"], third["text"]) == (1.2, "風のとても強い夜だった。")
    assert found["kept"] == {"character": 1, "reading": 1, "text": 1, "speed": 1}
    assert "kept as changed by hand: character (1), reading (1), speed (1), text (1)" in talk
    again(sbv2)
    assert {line["id"]: line for line in read()} == lines


def test_what_was_changed_on_both_sides_is_said(sbv2, imported):
    change("story-0003", text="風の強い夜だ。", reading="カゼノツヨイヨルダ")
    write([*STORY[:2], "風の弱い夜だった。", *STORY[3:]])
    _, talk = again(sbv2)
    line = read()[2]
    assert line["text"] == "風の弱い夜だった。"
    assert "reading" not in line
    assert "story.txt:3:1: import.replaced warning" in talk
    assert "風の強い夜だ。" in talk
    assert "カゼノツヨイヨルダ" in talk


def test_a_line_that_is_gone_is_told_with_what_people_gave_to_it(sbv2, imported):
    change("story-0003", reading="カゼ")
    write([*STORY[:2], *STORY[3:]])
    found, talk = again(sbv2)
    assert found["counts"] == {"same": 4, "gone": 1}
    assert (
        'import.gone warning the source has no line "story-0003" any more; by hand it had' in talk
    )
    assert '"カゼ"' in talk
    assert len(read()) == 4


def test_lines_that_people_added_and_values_they_took_away_stay(sbv2, imported):
    lines = read()
    lines.insert(2, {"id": "extra", "text": "（間）", "skip": True})
    del lines[0]["paragraph"]
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
    Path("lines.jsonl").write_text(text, encoding="utf-8")
    write(["まえがき。", *STORY])
    again(sbv2)
    assert [line["id"] for line in read()][2:5] == ["story-0002", "extra", "story-0003"]
    assert "paragraph" not in read()[1]


def test_stamped_ids_are_random_and_stay(sbv2, stage):
    write(STORY)
    assert sbv2("import", "story.txt", "-o", "lines.jsonl", "--stamp-ids").status == 0
    ids = [line["id"] for line in read()]
    assert len(set(ids)) == 5
    assert all(len(one) == 8 and one[0].isalpha() for one in ids)
    write([*STORY[:2], "あたらしい行です。", *STORY[2:]])
    again(sbv2)
    now = [line["id"] for line in read()]
    assert now[:2] + now[3:] == ids
    assert len(now[2]) == 8


def test_stamped_ids_mend_two_scripts_of_one_name(sbv2, stage):
    for folder in ("a", "b"):
        Path(folder).mkdir()
        write(STORY, f"{folder}/story.txt")
    scripts = "a/story.txt", "b/story.txt"
    assert "script.id-twice" in sbv2("import", *scripts, "-o", "lines.jsonl").talk
    assert sbv2("import", *scripts, "-o", "lines.jsonl", "--stamp-ids").status == 0
    before = Path("lines.jsonl").read_bytes()
    assert sbv2("import", *scripts, "-o", "lines.jsonl").status == 0
    assert Path("lines.jsonl").read_bytes() == before


def test_ids_that_the_source_gives_win(sbv2, stage):
    sheet = "id,セリフ\na,やあ、みんな。\nb,さようなら。\n"
    Path("s.csv").write_text(sheet, encoding="utf-8")
    sbv2("import", "s.csv", "-o", "lines.jsonl")
    change("a", style="Happy")
    Path("s.csv").write_text("id,セリフ\nb,さようなら。\na,おはよう。\n", encoding="utf-8")
    assert sbv2("import", "s.csv", "-o", "lines.jsonl").status == 0
    lines = [(line["id"], line["text"], line.get("style")) for line in read()]
    assert lines == [("b", "さようなら。", None), ("a", "おはよう。", "Happy")]


@pytest.mark.parametrize("name", ["lines.csv", "lines.xlsx"])
def test_tables_too(sbv2, stage, name):
    write(STORY)
    assert sbv2("import", "story.txt", "-o", name).status == 0
    if name == "lines.xlsx":
        book = openpyxl.load_workbook(name)
        sheet = book["lines"]
        sheet.insert_cols(3)
        sheet["C1"], sheet["C3"] = "キャラ名", "太郎"
        book.save(name)
    else:
        rows = Path(name).read_text(encoding="utf-8-sig").splitlines()
        rows = [
            f"{row},{value}"
            for row, value in zip(rows, ["キャラ名", "", "太郎", *[""] * 3], strict=True)
        ]
        Path(name).write_text("\n".join(rows), encoding="utf-8-sig")
    write(["まえがき。", *STORY])
    result = sbv2("import", "story.txt", "-o", name)
    assert result.status == 0
    assert "5 unchanged, 1 new" in result.talk
    shown = json.loads(sbv2("check", name, "--json").data)["lines"]
    assert [(line["id"], line["character"]) for line in shown][:3] == [
        ("story-0000a", None),
        ("story-0001", None),
        ("story-0002", "太郎"),
    ]


def test_force_begins_anew(sbv2, imported):
    change("story-0002", character="太郎")
    assert sbv2("import", "story.txt", "-o", "lines.jsonl", "--force").status == 0
    assert "character" not in read()[1]


def test_an_earlier_import_with_an_error_is_refused(sbv2, imported):
    change("story-0002", id="story-0001")
    before = Path("lines.jsonl").read_bytes()
    result = sbv2("import", "story.txt", "-o", "lines.jsonl")
    assert result.status == 2
    assert "import.earlier" in result.talk
    assert Path("lines.jsonl").read_bytes() == before


def test_an_import_may_be_a_source(sbv2, imported):
    assert b"imported" not in sbv2("import", "lines.jsonl").data
    assert sbv2("import", "lines.jsonl", "-o", "lines.csv").status == 0
    assert "5 known by their ids" in sbv2("import", "lines.jsonl", "-o", "lines.csv").talk


def test_a_book_whose_ruby_is_carried_comes_out_byte_for_byte(sbv2, stage):
    book = Path(__file__).parents[1] / "data/books/epub/aozora-two-works-epub2.epub"
    assert sbv2("import", book, "-o", "lines.jsonl").status == 0
    first = Path("lines.jsonl").read_bytes()
    assert any("carried" in line and "ruby" not in line for line in read())
    assert sbv2("import", book, "-o", "lines.jsonl").status == 0
    assert Path("lines.jsonl").read_bytes() == first
