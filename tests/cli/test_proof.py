"""`sbv2 proof` as people call it."""

from __future__ import annotations

import json
from pathlib import Path

from browser import Open, count, saved, until
from stage import Sbv2, files, rows, script


def data(page: Path) -> dict:
    text = page.read_text("utf-8")
    return json.loads(text.partition('id="data">')[2].partition("</script>")[0])


def test_a_page_of_a_run(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,character\nb,橋を渡る。,花\na,岬《みさき》の灯台。,花\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    result = sbv2("proof", "out", "--json")
    assert result.status == 0, result.talk
    assert result.json["page"] == str(Path("out/proof.html"))
    assert result.json["lines"] == 2
    found = data(Path("out/proof.html"))
    assert [line["id"] for line in found["lines"]] == ["b", "a"]
    assert found["lines"][0]["kana"].replace("'", "").replace("/", "") == "ハシヲワタル。"
    assert found["lines"][1]["ruby"] == [[0, 1, "みさき"]]
    assert found["lines"][0]["text_key"] == rows()["b"]["text_key"]
    # Nothing of the run has changed: it is resumed as it was.
    assert sbv2("render", "l.csv", "-m", "hana", "--json").json["summary"]["ok"] == 0


def test_elsewhere_and_in_one_file(sbv2: Sbv2) -> None:
    script("l.csv", "id,text\na,橋を渡る。\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    assert sbv2("proof", "out/manifest.jsonl", "-o", "pages/p.html").status == 0
    assert data(Path("pages/p.html"))["lines"][0]["takes"][0]["file"] == "../out/a.wav"
    assert sbv2("proof", "out", "--embed", "-o", "one.html").status == 0
    assert 'data-file="a.wav">UklGR' in Path("one.html").read_text("utf-8")


def test_what_cannot_be_done_is_refused(sbv2: Sbv2) -> None:
    refused = sbv2("proof", "nowhere")
    assert refused.status == 2
    assert "error[proof.manifest]" in refused.talk
    script("l.csv", "id,text\na,橋を渡る。\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    Path("mine.html").write_text("<p>mine")
    refused = sbv2("proof", "out", "-o", "mine.html")
    assert refused.status == 2
    assert "error[proof.exists]" in refused.talk
    assert Path("mine.html").read_text() == "<p>mine"


def test_what_is_corrected_on_the_page_is_made_again(sbv2: Sbv2, opened: Open) -> None:
    texts = ("橋を渡る。", "海は静かだった。", "今日は朝から雨だ。")
    rows_of = "".join(f"a{n},{n}番、{texts[n % 3]}\n" for n in range(300))
    script("l.csv", f"id,text\n{rows_of}")
    command = ("render", "l.csv", "-m", "hana", "--json")
    assert sbv2(*command).status == 0
    assert sbv2("proof", "out").status == 0
    before = files()
    page = opened(Path("out/proof.html").resolve())
    page.select_option("#sort", "script")
    page.fill("#search", "海は")
    until(page, "document.getElementById('shown').textContent.startsWith('100')")
    page.locator(".line .play").first.click()
    until(page, "sbv2proof.player.audio.currentTime > 0")
    page.locator(".line .edit").first.click()
    page.locator(".preview .mora").nth(7).click()  # シズカダッタ, flat
    page.click(".editor .primary[type=submit]")
    count(page, "edited", 1)
    page.click("#export")
    text = saved(page, lambda: page.click("#save-corrections"))
    script("corrections.jsonl", text)
    assert json.loads(text)["id"] == "a1"
    result = sbv2(*command, "--corrections", "corrections.jsonl")
    assert result.status == 0, result.talk
    after = files()
    changed = {name for name in after if after[name] != before.get(name)} - {"proof.html"}
    assert changed == {"a1.wav", "timings/a1.json"}
    assert rows()["a1"]["corrected"] == ["reading"]
    # The next page still has the correction, so that the next export has it too.
    assert sbv2("proof", "out").status == 0
    line = data(Path("out/proof.html"))["lines"][1]
    assert line["corrections"] == {"reading": json.loads(text)["reading"]}
    assert line["kana"] == json.loads(text)["reading"]
    assert line["change"]["what"] == "made"
    page = opened(Path("out/proof.html").resolve())
    page.click("#f-changed")
    assert page.locator(".line .id").all_inner_texts() == ["a1"]
    assert page.locator(".line .badge.changed").count() == 2
