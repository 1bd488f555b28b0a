from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sbv2cli.languages.japanese.engine import analyse

LINES = ["今日はいい天気ですね。", "髙橋さんと行く!", "何ですか?", "風に吹かれる"] * 5
READ = "from sbv2cli.languages.japanese.engine import analyse; print(len(analyse('今日は')))"


def said(text):
    return "".join(word.pron for word in analyse(text))


def test_threads_get_the_same_words():
    alone = [analyse(line) for line in LINES]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(analyse, LINES)) == alone


def test_a_comma_makes_no_counter_of_what_follows():
    assert said("ああ,人が,日が") == "アー、ヒ’トガ、ヒガ"


def test_twelve_counts_where_a_phrase_begins():
    assert [word.pron for word in analyse("十二人が")] == ["ジュー", "ニ", "ニン", "ガ"]
    assert [word.string for word in analyse("、十二部屋が")] == ["、", "十", "二", "部屋", "が"]
    assert analyse("十二支が")[0].string == "十二支"


def test_strings_stay_what_was_written():
    for text in ("髙橋", "二千二十四年", "AIと3.14", "彁"):
        assert len("".join(word.string for word in analyse(text))) == len(text)


def test_nothing_to_say():
    assert analyse("") == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system names the folder")
def test_a_home_that_cannot_be_written_is_no_hindrance(tmp_path):
    # In /proc nobody can make a folder, root neither.
    environment = {**os.environ, "HOME": "/proc", "TMPDIR": str(tmp_path)}
    environment.pop("XDG_CACHE_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("2\n", "")
    assert list(tmp_path.rglob("system.bin"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system names the folder")
def test_no_folder_at_all_is_said_with_a_way_out():
    environment = {**os.environ, "HOME": "/proc", "TMPDIR": "/proc", "XDG_CACHE_HOME": "/proc"}
    code = (
        "import tempfile; tempfile.gettempdir = lambda: '/proc'\n"
        "from sbv2cli.errors import MachineError\n"
        "from sbv2cli.languages.japanese.engine import analyse\n"
        "try: analyse('今日')\n"
        "except MachineError as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "reading.engine\n"


@pytest.mark.parametrize("noun", ["君", "人", "日", "国", "年", "金", "殿"])
def test_what_begins_a_quotation_is_no_suffix(noun):
    """Behind ” they would be クン, ニン, ビ, コク, ネン, キン, ドノ."""
    alone = analyse(f"{noun}が")[0].pron
    assert analyse(f"'{noun}が")[1].pron == alone
    assert analyse(f"言った.'{noun}が")[-2].pron == alone
