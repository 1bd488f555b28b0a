"""The page in a real browser: shown, filtered, played, corrected, exported."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import Open, count, saved, until

from sbv2cli.errors import ReadingError, UsageError
from sbv2cli.languages.doubt import REASONS
from sbv2cli.languages.japanese import user_dictionary
from sbv2cli.languages.japanese.corrections import units_of_notation
from sbv2cli.languages.japanese.moras import PUNCTUATION_SET
from sbv2cli.proof import page as proof_page
from sbv2cli.proof.gather import finished_folder, gather
from sbv2cli.proof.page import write_page
from tools.bench_proof import open_page
from tools.made_up_folder import made_up_folder


def write(folder: Path, **options: Any) -> Path:
    """The page of a folder."""
    return write_page(gather(finished_folder(folder)), folder / "proof.html", **options)[0]


ASSETS = Path(__file__).parents[3] / "sbv2cli/proof/assets"
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!-- <script>",
    "]]>--!> '\"`${1}\\u003c&lt;",
    "\u202eمرحبا\u202c שלום",
    "\u2028\u2029\x00\x07\ud800",
    "あ" * 10_000,
    "javascript:document.title='owned'",
    "__proto__",
    "{{ 7 * 7 }}",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_up_folder(tmp_path_factory.mktemp("proof") / "out", 300, seconds=1.0)
    write(folder)
    return folder


@pytest.fixture
def page(folder: Path, opened: Open) -> Any:
    return opened(folder / "proof.html")


def ids(page: Any) -> list[str]:
    """The ids of the rows that are there, from above."""
    found = page.locator(".line").evaluate_all(
        """rows => rows.map((row) =>
          [row.getBoundingClientRect().top, row.querySelector('.id').textContent])"""
    )
    assert found == sorted(found)  # in the document as on the screen
    return [name for _, name in found]


# ---- what is shown -----------------------------------------------------------------------------


def test_a_row_shows_what_is_known_of_its_line(page: Any) -> None:
    page.fill("#search", "line-00002")
    row = page.locator(".line")
    row.first.wait_for()
    until(page, "document.querySelectorAll('.line').length === 1")
    assert row.locator("ruby rt").inner_text() == "ななせ"
    assert row.locator(".text").inner_text().replace("\n", "").startswith("七")
    assert row.locator(".character").inner_text() == "ナレーター"
    assert "第1章" in row.locator(".place").inner_text()
    high = row.locator(".mora.high").all_inner_texts()
    assert "".join(high) == "ナセワラッタ"
    assert row.get_attribute("aria-setsize") == "1"
    drawn = row.locator("canvas").evaluate(
        """canvas => new Set(canvas.getContext('2d')
          .getImageData(0, 0, canvas.width, canvas.height).data).size"""
    )
    assert drawn > 10


def test_the_most_suspicious_come_first(page: Any) -> None:
    assert ids(page)[0] == "line-00050"  # a finding, and far too loud
    badges = page.locator(".line").first.locator(".badge").all_inner_texts()
    assert any("audio.duration" in badge for badge in badges)
    assert any("dB" in badge for badge in badges)
    page.select_option("#sort", "script")
    assert ids(page)[:2] == ["line-00001", "line-00002"]


def test_filters_and_search(page: Any) -> None:
    count(page, "finding", 6)
    page.click("#f-finding")
    assert page.locator("#shown").inner_text().startswith("6")
    page.click("#f-outlier")
    assert page.locator("#shown").inner_text().startswith("3")
    page.click("#f-outlier")
    page.click("#f-finding")
    page.select_option("#character", "花")
    assert page.locator("#shown").inner_text().startswith("100")
    page.fill("#search", "とーだい")  # hiragana finds the reading
    until(page, "document.getElementById('shown').textContent.startsWith('20')")
    page.fill("#search", "zzz")
    page.locator("#none").wait_for()
    page.click("#clear")
    assert page.locator("#shown").inner_text().startswith("300")


def test_both_languages_have_all_texts() -> None:
    strings = (ASSETS / "strings.js").read_text("utf-8")
    tables = re.findall(r"^  (ja|en): \{\n(.*?)^  \},", strings, re.MULTILINE | re.DOTALL)
    keys = {
        name: re.findall(r"^    (\w+|\"[^\"]+\"): ", body, re.MULTILINE) for name, body in tables
    }
    assert set(keys) == {"ja", "en"}
    assert keys["ja"] == keys["en"]
    source = "".join(
        path.read_text("utf-8") for path in ASSETS.glob("*") if path.name != "strings.js"
    )
    asked = set(re.findall(r"\bt\(\s*\"(\w+)\"", source)) | set(
        re.findall(r"data-(?:t|label)=\"(\w+)\"", source)
    )
    assert asked - set(keys["ja"]) == set()
    # None is left over; filters, and reasons, changes and measures with their prefix, are computed.
    words = set(re.findall(r"[\"'](\w+)[\"']", source)) | set(
        re.findall(r"^  (\w+): \(", source, re.MULTILINE)
    )
    computed = re.compile(r"\"?[rcm]_")
    assert {key for key in keys["ja"] if not computed.match(key)} - words == set()


def test_both_languages_have_the_reasons_of_doubts() -> None:
    strings = (ASSETS / "strings.js").read_text("utf-8")
    for reason in REASONS:
        assert len(re.findall(rf"^    \"?r_{reason}\"?: ", strings, re.MULTILINE)) == 2, reason


def test_the_language_is_the_browsers(folder: Path, opened: Open) -> None:
    page = opened(folder / "proof.html", locale="en-GB")
    assert "0 of 300 heard" in page.locator("#progress").inner_text()
    page.click("#language")
    assert "聴いた行 0 / 300" in page.locator("#progress").inner_text()
    assert page.evaluate("document.documentElement.lang") == "ja"


def test_light_and_dark(folder: Path, opened: Open) -> None:
    page = opened(folder / "proof.html", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    assert dark != light
    # What a page stores goes to the next one through another process, late on a busy machine.
    for _ in range(5):
        page.reload()
        page.wait_for_selector("html[data-ready=all]")
        if page.evaluate(paper) == light:
            break
    assert page.evaluate(paper) == light


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_nothing_is_wider_than_the_window(folder: Path, opened: Open, width: int) -> None:
    page = opened(folder / "proof.html", viewport={"width": width, "height": 800})
    page.keyboard.press("j")
    page.keyboard.press("e")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = page.locator("#bar button:visible, #bar select:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(boxes) <= width


def test_everything_that_is_pressed_has_a_name(page: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.press("e")
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, select, input, textarea')].filter((one) =>
          !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)
        ).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.get_by_role("feed").count() == 1
    assert page.get_by_role("article").count() > 5


# ---- hostile texts -----------------------------------------------------------------------------


@pytest.mark.parametrize("embed", [False, True])
def test_hostile_texts_do_nothing(tmp_path: Path, opened: Open, *, embed: bool) -> None:
    folder = made_up_folder(tmp_path / "a '\"&<b>#?%", 12, seconds=0.5)
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    for row in rows:
        if row["type"] == "line" and row["n"] <= len(HOSTILE):
            text = HOSTILE[row["n"] - 1]
            keys = ("text", "character", "scene", "chapter_title", "kana", "spoken", "id")
            row.update(dict.fromkeys(keys, text))
            row["ruby"] = [{"start": 0, "end": 1, "reading": text}]
            row["warnings"] = [{"code": text, "message": text, "at": [0, 3]}]
            doubt = {"span": [0, 4], "surface": text, "kana": text, "weight": 0.9}
            row["doubts"] = [{**doubt, "reasons": [text], "others": [text]}]
            row["corrected"], row["note"] = ["speed"], text
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    page = opened(write(folder, embed=embed))
    page.select_option("#sort", "script")
    texts = set()
    for _ in HOSTILE:
        texts |= set(
            page.locator(".line").evaluate_all(
                """rows => rows.map((row) => [...row.querySelectorAll('.text')].map((text) => {
                  const copy = text.cloneNode(true);
                  copy.querySelectorAll('rt').forEach((one) => one.remove());
                  return copy.textContent;
                })[0])"""
            )
        )
        page.keyboard.press("j")
    shown = {text.replace("\ud800", "\ufffd") for text in HOSTILE}
    assert shown - {text.replace("\ud800", "\ufffd") for text in texts} == set()
    assert page.title() != "owned"
    assert page.locator("#lines img, #lines script").count() == 0
    assert page.evaluate("({}).reading") is None
    page.keyboard.press("e")
    assert page.locator("#reading").count() == 1


def test_a_script_that_is_not_ours_does_not_run(folder: Path, tmp_path: Path, opened: Open) -> None:
    text = (folder / "proof.html").read_text("utf-8")
    changed = tmp_path / "proof.html"
    changed.write_text(text.replace("</body>", "<script>document.title='owned'</script></body>"))
    # The browser complains, and so it should: this page is opened without the fixture's check.
    context = opened(folder / "proof.html").context
    page = context.new_page()
    page.goto(changed.as_uri())
    page.wait_for_selector("html[data-ready=all]")
    assert page.title() != "owned"


# ---- playing -----------------------------------------------------------------------------------


def test_a_line_is_played_and_then_heard(page: Any) -> None:
    page.select_option("#sort", "script")
    page.locator("body").press("j")
    page.keyboard.press("k")
    page.keyboard.press("Space")
    until(page, "sbv2proof.player.audio.currentTime > 0.15")
    page.wait_for_selector(".line.current .mora.now")
    head = page.locator(".line.current .head")
    assert float(re.findall(r"[\d.]+", head.get_attribute("style"))[0]) > 0
    page.keyboard.press("Space")
    stopped = page.evaluate("sbv2proof.player.audio.currentTime")
    page.wait_for_timeout(150)
    assert page.evaluate("sbv2proof.player.audio.currentTime") == stopped
    page.keyboard.press("Space")
    page.wait_for_selector(".line.current.heard")
    until(page, "document.getElementById('progress').textContent.startsWith('聴いた行 1 ')")
    page.reload()
    page.wait_for_selector("html[data-ready=all]")
    until(page, "document.getElementById('progress').textContent.startsWith('聴いた行 1 ')")
    page.click("#f-unheard")
    assert page.locator("#shown").inner_text().startswith("299")


def test_enter_accepts_and_goes_on(page: Any) -> None:
    page.select_option("#sort", "script")
    page.locator("body").press("j")
    first = page.locator(".line.current .id").inner_text()
    page.keyboard.press("Enter")
    second = page.locator(".line.current .id").inner_text()
    assert first != second
    until(page, "!sbv2proof.player.audio.paused")
    page.keyboard.press("w")
    count(page, "accepted", 1)
    until(page, "document.querySelector('#f-wrong .count').textContent === '1'")
    page.keyboard.press("w")
    page.wait_for_selector("#f-wrong", state="hidden")


def test_takes_are_compared_and_one_is_chosen(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 3, seconds=1.0)
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    for take, row in enumerate(rows[1:4], start=1):
        row.update(
            id=f"a-take{take}", take=take, take_of="a", n=1, text=rows[1]["text"], text_key="k"
        )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    page = opened(write(folder))
    page.keyboard.press("3")
    assert page.locator(".takes [aria-pressed=true]").inner_text() == "3"
    until(page, "sbv2proof.player.audio.src.includes('00003.wav')")
    page.keyboard.press("Enter")
    page.click("#export")
    text = saved(page, lambda: page.click("#save-corrections"))
    assert json.loads(text) == {"id": "a", "text_key": "k", "take": 3}


def test_embedded_sounds_play_without_their_files(
    folder: Path, tmp_path: Path, opened: Open
) -> None:
    alone = made_up_folder(tmp_path / "out", 4, seconds=1.0)
    page_file = tmp_path / "elsewhere" / "for-you.html"
    write(alone, embed=True).rename(page_file.parent.mkdir() or page_file)
    for path in alone.rglob("*.wav"):
        path.unlink()
    page = opened(page_file)
    page.keyboard.press("j")
    page.keyboard.press("Space")
    until(page, "sbv2proof.player.audio.currentTime > 0.1")


# ---- correcting --------------------------------------------------------------------------------


def first_with(page: Any, text: str) -> None:
    """Open the editor of the first line with a text."""
    page.select_option("#sort", "script")
    page.fill("#search", text)
    page.wait_for_timeout(200)
    page.locator(".line .edit").first.click()


def test_an_accent_is_clicked_and_comes_out_in_the_corrections(page: Any) -> None:
    first_with(page, "海は静か")
    assert page.input_value("#reading").startswith("ウ'ミワ/シ'ズカダッタ")
    page.locator(".preview .mora").nth(1).click()  # ウミ'ワ
    page.locator(".preview .mora").nth(3).click()  # シズカダッタ, flat
    assert page.input_value("#reading") == "ウミ'ワ/シズカダッタ。"
    page.locator(".preview .border").nth(0).click()  # ウ/ミ'ワ
    assert page.input_value("#reading") == "ウ/ミ'ワ/シズカダッタ。"
    page.locator(".preview .border.on").first.click()
    assert page.input_value("#reading") == "ウミ'ワ/シズカダッタ。"
    page.locator("#reading").press("Enter")
    count(page, "edited", 1)
    assert page.locator(".line.current .mora.fall").first.inner_text() == "ミ"
    page.click("#export")
    (row,) = map(json.loads, saved(page, lambda: page.click("#save-corrections")).splitlines())
    assert row["reading"] == "ウミ'ワ/シズカダッタ。"
    assert set(row) == {"id", "text_key", "reading"}
    assert "--corrections corrections.jsonl" in page.locator("#export-command").inner_text()
    units_of_notation(row["reading"])


def test_a_wrong_reading_is_refused_with_its_place(page: Any) -> None:
    first_with(page, "海は静か")
    page.fill("#reading", "ウ'ミ'ワ")
    said = page.locator("#problem").inner_text()
    assert "4" in said
    assert "一つ" in said
    page.click(".editor .primary[type=submit]")
    assert page.locator("#reading").get_attribute("aria-invalid") == "true"
    page.fill("#reading", "")
    assert page.locator("#problem").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".editor").count() == 0
    assert page.locator("#f-edited").is_hidden()


def test_a_word_goes_into_the_dictionary_of_every_line(page: Any, tmp_path: Path) -> None:
    first_with(page, "七瀬は")
    page.locator(".choice").first.click()
    page.fill("#w-reading", "ナナ'セ")
    assert page.input_value("#w-accent") == "2"
    add = page.locator(".word .primary")
    assert "60" in add.inner_text()
    add.click()
    page.keyboard.press("Escape")
    assert page.locator(".line .badge.edited").first.inner_text().endswith("七瀬→ナナセ")
    page.click("#export")
    path = tmp_path / "words.csv"
    path.write_text(saved(page, lambda: page.click("#save-words")), "utf-8")
    (entry,) = user_dictionary.read(path)
    assert (entry.surface, entry.kana, entry.accent) == ("七瀬", "ナナセ", 2)


def test_another_reading_of_a_doubtful_word_is_taken_over(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 8, seconds=0.5)
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    for row in rows[1:-1]:
        row["doubts"] = []
    doubt = {"span": [0, 1], "surface": "海", "kana": "ウミ", "weight": 0.6}
    rows[1]["doubts"] = [{**doubt, "reasons": ["homograph"], "others": ["カ'イ", "ア"]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    page = opened(write(folder))
    count(page, "doubt", 1)
    assert ids(page)[0] == "line-00001"
    assert page.locator(".line .text .at.doubt").inner_text() == "海"
    page.keyboard.press("e")
    page.locator(".doubts .choice").nth(0).click()
    assert page.input_value("#reading") == "カ'イワ/シ'ズカダッタ。"
    page.locator(".doubts .choice").nth(1).click()
    assert page.input_value("#reading") == "アワ/シ'ズカダッタ。"


def test_earlier_corrections_are_exported_again(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 3, seconds=0.5)
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    rows[1] |= {"corrected": ["reading", "speed", "style"], "reading": "ウミ", "speed": 0.9}
    rows[1] |= {"style": {"Happy": 0.5}, "note": "あとで"}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    page = opened(write(folder))
    page.select_option("#sort", "script")
    page.locator(".line .edit").first.click()
    page.fill("#d-speed", "1.1")
    page.click(".editor .primary[type=submit]")
    page.click("#export")
    row = json.loads(saved(page, lambda: page.click("#save-corrections")))
    del row["text_key"]
    said = {"reading": "ウミ", "speed": 1.1, "style": "Happy:0.5", "note": "あとで"}
    assert row == {"id": "line-00001", **said}
    page.locator("#export-box .close").click()
    page.locator(".line .edit").first.click()
    page.locator(".editor .buttons button").nth(2).click()
    page.click("#export")
    assert page.locator("#save-corrections").is_disabled()


def test_marks_are_saved_and_loaded(folder: Path, opened: Open, tmp_path: Path) -> None:
    page = opened(folder / "proof.html")
    page.select_option("#sort", "script")
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.fill("#d-speed", "1.2")
    page.fill("#d-note", "もっと速く")
    page.click(".editor .primary[type=submit]")
    page.click("#export")
    kept = tmp_path / "marks.json"
    kept.write_text(saved(page, lambda: page.click("#save-marks")), "utf-8")
    other = opened(folder / "proof.html")
    assert other.locator("#f-wrong").is_hidden()
    other.set_input_files("#load-marks", kept)
    other.wait_for_selector("#f-wrong:visible")
    other.click("#export")
    rows = list(
        map(json.loads, saved(other, lambda: other.click("#save-corrections")).splitlines())
    )
    assert rows[0]["note"] == "wrong"
    assert (rows[1]["speed"], rows[1]["note"]) == (1.2, "もっと速く")
    other.set_input_files("#load-marks", folder / "manifest.jsonl")
    until(other, "document.getElementById('status').textContent.includes('ありません')")


def test_a_browser_that_keeps_nothing(folder: Path, opened: Open) -> None:
    page = opened(folder / "proof.html")
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    )
    page.reload()
    page.wait_for_selector("html[data-ready=all]")
    page.keyboard.press("j")
    page.keyboard.press("w")
    count(page, "wrong", 1)
    until(page, "document.getElementById('status').textContent.includes('保存を許して')")


def test_marks_that_are_damaged_harm_no_others(folder: Path, opened: Open, tmp_path: Path) -> None:
    page = opened(folder / "proof.html")
    marks = [None, 3, "ab", ["line-00001"], ["line-00002", {"mark": "wrong"}], ["line-00003", 5]]
    kept = tmp_path / "marks.json"
    saved_marks = {"kind": "sbv2.marks", "version": 1, "marks": marks, "words": [None, ["七瀬", 1]]}
    kept.write_text(json.dumps(saved_marks), "utf-8")
    page.set_input_files("#load-marks", kept)
    count(page, "wrong", 1)
    until(page, "document.getElementById('status').textContent.includes(' 1 行')")


def test_a_line_without_a_text_is_a_row(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 3, seconds=0.5)
    path = folder / "manifest.jsonl"
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    rows[2] = {"type": "line", "id": "b", "n": 2, "status": "skipped", "text": "", "lang": "ja"}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    page = opened(write(folder))
    page.select_option("#sort", "script")
    assert ids(page) == ["line-00001", "b", "line-00003"]
    page.fill("#search", "zzz")
    page.locator("#none").wait_for()


def test_marks_of_another_text_are_not_taken(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 3, seconds=0.5)
    page = opened(write(folder))
    page.keyboard.press("w")
    page.wait_for_timeout(50)
    path = folder / "manifest.jsonl"
    text = path.read_text("utf-8")
    rows = [json.loads(row) for row in text.splitlines()]
    current = page.locator(".line.current .id").inner_text()
    for row in rows:
        if row.get("id") == current:
            row["sha256"] = "f" * 64
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    write(folder)
    page.reload()
    page.wait_for_selector("html[data-ready=all]")
    assert page.locator("#f-wrong").is_hidden()


NOTATIONS = (
    *("トーキョ'ーニ/イキマ'シタ、オモシロ'カッタ？", "ハ'シ/ハシ'/ハシ", "キ'", "キ", "カ'/カ"),
    *(
        "”コ'ンヤワ” カゼガ…フ'ク！",
        "きょ'う は",
        "ﾊﾞ'ﾅﾅ",
        "チ ャ'",
        "_キ_シャ",
        "クヮ'シィ",
        "ッ",
        "アッー",
    ),
    *(
        "A",
        "'ア",
        "ア''",
        "/ア",
        "ア//イ",
        "ーア",
        "ア、ーイ",
        "_",
        "漢字",
        "",
        "。。",
        "ア'イ'",
        "ア-イ",
    ),
)


def test_the_page_reads_the_notation_as_we_do(page: Any) -> None:
    answers = page.evaluate(
        """(all) => all.map((written) => {
          const { notation } = sbv2proof;
          const { items, error } = notation.parse(written);
          const moras = items.flatMap((item) => item.mark ? [] :
            item.moras.map((mora, index) =>
              [mora.kana, notation.tones(item.moras.length, item.accent)[index]]));
          return { moras, error, again: error ? null : notation.format(items) };
        })""",
        NOTATIONS,
    )
    for written, answer in zip(NOTATIONS, answers, strict=True):
        if answer["error"] is not None:
            place = answer["error"]["place"] + 1
            with pytest.raises(ReadingError, match=f"character {place} "):
                units_of_notation(written)
            continue
        units = units_of_notation(written)
        sounds = [one for one in units if not one.phones or one.phones[0] not in PUNCTUATION_SET]
        assert [mora for mora, _ in answer["moras"]] == [unit.written for unit in sounds]
        for (_, tone), unit in zip(answer["moras"], sounds, strict=True):
            assert unit.tone in {tone, None}, written
        assert units_of_notation(answer["again"]) == units, written


# ---- long scripts ------------------------------------------------------------------------------


def test_a_long_script_has_data_files_and_few_rows(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 1300, seconds=0.3)
    file = write(folder)
    data = sorted(path.name for path in (folder / "proof_files").iterdir())
    assert data == sorted(
        f"{name}-{part}.js" for name in ("lines", "drawings") for part in range(3)
    )
    assert file.stat().st_size < 100_000
    page = opened(file)
    page.select_option("#sort", "script")
    for place in (0.3, 0.9, 0.5, 1.0):
        page.evaluate("place => scrollTo(0, place * document.body.scrollHeight)", place)
        page.wait_for_timeout(150)
        boxes = page.locator(".line").evaluate_all(
            "rows => rows.map(row => row.getBoundingClientRect()).map(box => [box.top, box.bottom])"
        )
        boxes.sort()
        assert len(boxes) < 60
        for (_, bottom), (top, _) in itertools.pairwise(boxes):
            assert abs(bottom - top) < 1.5
    assert ids(page)[-1] == "line-01300"
    # A page of fewer lines needs none; what is no file of ours stays.
    (folder / "proof_files/mine.js").write_text("mine")
    (folder / "proof_files/lines-7.js").write_text("mine too")
    rows = (folder / "manifest.jsonl").read_text("utf-8").splitlines()[:200]
    (folder / "manifest.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    write(folder)
    left = sorted(path.name for path in (folder / "proof_files").iterdir())
    assert left == ["lines-7.js", "mine.js"]


def test_data_of_another_run_are_not_mixed(tmp_path: Path, opened: Open) -> None:
    folder = made_up_folder(tmp_path / "out", 700, seconds=0.3)
    file = write(folder)
    data = folder / "proof_files/lines-1.js"
    data.write_text(re.sub(r'\("\w+"', '("0000"', data.read_text("utf-8"), count=1), "utf-8")
    page = opened(file)
    assert "開き直して" in page.locator("#status").inner_text()
    assert page.evaluate("sbv2proof.lines.filter(Boolean).length") == 600


def test_other_peoples_files_are_not_replaced(tmp_path: Path) -> None:
    folder = made_up_folder(tmp_path / "out", 2, seconds=0.3)
    (folder / "proof.html").write_text("<p>mine")
    with pytest.raises(UsageError, match="no page of sbv2"):
        write(folder)
    assert (folder / "proof.html").read_text() == "<p>mine"


def test_two_pages_of_one_folder_are_the_same(tmp_path: Path) -> None:
    folder = made_up_folder(tmp_path / "out", 5, seconds=0.3)
    first = write(folder).read_bytes()
    assert write(folder).read_bytes() == first


@pytest.mark.slow
def test_ten_thousand_lines_scroll(tmp_path: Path, chromium: Any) -> None:
    # The bounds are generous, as machines that test are slow: tools/bench_proof.py has figures.
    found = gather(finished_folder(made_up_folder(tmp_path / "out", 10, seconds=0.5)))
    lines = tuple(
        replace(line, id=f"line-{10 * hundred + line.number}", number=10 * hundred + line.number)
        for hundred in range(1000)
        for line in found.lines
    )
    file = write_page(replace(found, lines=lines), tmp_path / "out/proof.html")[0]
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    seen = open_page(context.new_page(), file, scrolls=60)
    context.close()
    assert seen.first_row < 5_000
    assert seen.all_lines < 20_000
    assert seen.script_per_scroll < 50
    assert seen.rows < 80


def test_more_sound_than_a_browser_opens_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finished_folder(made_up_folder(tmp_path / "out", 2, seconds=0.3))
    proof_page.check_size(folder)
    monkeypatch.setattr(proof_page, "MOST_EMBEDDED", 1000)
    with pytest.raises(UsageError, match="a page holds"):
        proof_page.check_size(folder)
