from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from sbv2cli.languages.japanese.alignment import place_words
from sbv2cli.languages.japanese.openjtalk import EngineWord, analyse, labels

LINES = ["今日はいい天気ですね。", "髙橋さんと行く！", "何ですか？", "風に吹かれる"] * 5


def test_threads_get_the_same_words():
    alone = [analyse(line).words for line in LINES]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda line: analyse(line).words, LINES)) == alone


def test_nothing_is_written_but_what_we_write():
    # The C library warns on the descriptor itself; a package that is missing prints on stdout.
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from sbv2cli.languages.japanese.openjtalk import analyse, labels\n"
        "print([word.pron for word in analyse('！ー何').words], len(labels(analyse('！ー'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_the_environment_does_not_change_readings(monkeypatch):
    code = (
        "from sbv2cli.languages.japanese.openjtalk import analyse\n"
        "print(len(analyse('今日').words))"
    )
    monkeypatch.setenv("OPEN_JTALK_DICT_DIR", "/nowhere")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_nothing_to_say():
    assert analyse("").words == ()
    assert labels(analyse("")) == []


def test_importing_languages_does_not_import_the_engine():
    code = (
        "import sys; from sbv2cli.languages.japanese import JAPANESE\n"
        "import sbv2cli.languages.sentences, sbv2cli.languages.reading_json\n"
        "print(JAPANESE.code, 'pyopenjtalk' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "ja False False\n"


def engine_word(string):
    return EngineWord(string, "名詞", "ア", 0, 1, 0)


def test_words_are_placed_by_length():
    words = [engine_word("ＡＩ"), engine_word("の"), engine_word("高橋")]
    assert place_words("AIの髙橋", words) == [(0, 2), (2, 3), (3, 5)]


def test_rewritten_numerals_are_placed_by_what_stays():
    words = [engine_word(part) for part in ("二", "百", "二", "十", "四", "年", "だ")]
    placed = place_words("二二四年だ", words)
    assert placed[0][0] == 0
    assert placed[-2:] == [(3, 4), (4, 5)]
    assert all(a[1] == b[0] for a, b in pairwise(placed))


def test_left_out_characters_stay_with_a_word():
    assert place_words("あ い", [engine_word("あ"), engine_word("い")])[-1][1] == 3
    assert place_words("あ", []) == []
