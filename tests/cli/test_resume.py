"""Nothing is spoken twice, nothing stale is kept, and no kill loses or spoils anything."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bare_lines
import pytest
from stage import Sbv2, files, rows, script

from sbv2cli.pipeline import keys

Spawn = Callable[..., "subprocess.Popen[bytes]"]

SHEET = "id,text,speed\na,おはよう。,\nb,こんにちは。,\nc,さようなら。,\n"
KILLS = int(os.environ.get("SBV2_TEST_KILLS", "2"))


def mtimes(folder: str = "out") -> dict[str, int]:
    return {name: (Path(folder) / name).stat().st_mtime_ns for name in files(folder)}


def rewritten(before: dict[str, int], folder: str = "out") -> set[str]:
    """Audio files that are new or were replaced."""
    now = mtimes(folder)
    return {n for n in now if n.endswith(".wav") and now[n] != before.get(n)}


def test_a_second_run_touches_nothing(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    before, manifest = mtimes(), Path("out/manifest.jsonl").stat().st_mtime_ns
    again = sbv2("render", "l.csv", "-m", "hana")
    assert again.status == 0
    assert "3 fresh" in again.talk
    assert mtimes() == before
    assert Path("out/manifest.jsonl").stat().st_mtime_ns == manifest


def test_one_cell_changes_one_file(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    before = mtimes()
    script("l.csv", SHEET.replace("さようなら。,", "さようなら。,1.25"))
    result = sbv2("render", "l.csv", "-m", "hana")
    assert "1 stale: speed 1→1.25 (1)\n2 fresh\n" in result.talk
    assert rewritten(before) == {"c.wav"}


def test_what_cannot_be_heard_is_noted_but_not_spoken(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    before = mtimes()
    # Another place, another spelling of the same sound, a new column.
    script("l.csv", "note,id,text,speed\nx,c,さようなら。,\ny,b,コンニチワ。,\nz,a,おはよう。,\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 0
    found = rows()
    assert [found[name]["n"] for name in "abc"] == [3, 2, 1]
    assert found["c"]["meta"] == {"note": "x"}
    if found["b"]["spoken"].startswith("コンニチワ"):
        assert rewritten(before) <= {"b.wav"}
    assert "a.wav" not in rewritten(before)
    assert "c.wav" not in rewritten(before)


def test_another_spelling_of_the_same_sound_moves_the_characters_only(sbv2: Sbv2) -> None:
    head = "id,text,reading\n"
    script("l.csv", f"{head}a,大人気,オトナゲ\n")
    sbv2("render", "l.csv", "-m", "hana")
    audio = Path("out/a.wav").stat().st_mtime_ns
    old = json.loads(files()["timings/a.json"])
    script("l.csv", f"{head}a,おとなげ,オトナゲ\nb,大人げ？,オトナゲ\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 0
    assert Path("out/a.wav").stat().st_mtime_ns == audio
    assert rows()["a"]["text"] == "おとなげ"
    new = json.loads(files()["timings/a.json"])
    assert new["phones"] == old["phones"]
    assert (old["chars"][-1][1], new["chars"][-1][1]) == (3, 4)
    assert rows()["b"]["alias_of"] == "a"


def test_renamed_and_repeated_lines_take_the_sound_they_have(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    old = files()
    script("l.csv", "id,text\nA9,おはよう。\nb,こんにちは。\nd,こんにちは。\n")
    result = sbv2("render", "l.csv", "-m", "hana", "--json")
    assert result.json["summary"]["ok"] == 0
    assert result.json["summary"]["reused"] == 3
    new = files()
    assert new["A9.wav"] == old["a.wav"]
    assert new["d.wav"] == old["b.wav"]
    found = rows()
    assert (found["A9"]["status"], found["A9"]["reused_from"]) == ("reused", "a")
    assert (found["d"]["status"], found["d"]["alias_of"]) == ("aliased", "b")
    assert json.loads(new["timings/A9.json"])["id"] == "A9"
    assert sorted(result.json["orphans"]) == ["a.wav", "c.wav"]


def test_positions_that_are_asked_for_move_files_instead_of_speaking_again(sbv2: Sbv2) -> None:
    texts = ["一。", "二。", "三。", "四。", "五。", "六。"]
    command = ("render", "s.txt", "-m", "hana", "--name", "{n:04d}.{ext}", "--timings", "none")
    script("s.txt", "\n".join(texts))
    sbv2(*command)
    script("s.txt", "\n".join(["零。", *texts]))
    result = sbv2(*command, "--json")
    assert result.json["summary"]["ok"] == 1
    assert result.json["summary"]["reused"] == 6
    moved = files()
    sbv2(*command, "-o", "anew")
    assert moved == files("anew")


def test_a_new_template_moves_files_and_names_what_is_left(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    result = sbv2("render", "l.csv", "-m", "hana", "--name", "x/{id}.{ext}", "--json")
    assert result.json["summary"]["ok"] == 0
    assert result.json["orphans"] == ["a.wav", "b.wav", "c.wav"]
    pruned = sbv2("render", "l.csv", "-m", "hana", "--name", "x/{id}.{ext}", "--prune", "delete")
    assert "3 orphaned files deleted" in pruned.talk
    names = set(files())
    assert {name for name in names if name.endswith(".wav")} == {f"x/{name}.wav" for name in "abc"}
    assert not any(name.startswith("timings/a") for name in names)


def test_swapped_names_do_not_eat_each_other(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,file\na,おはよう。,one\nb,こんにちは。,two\n")
    sbv2("render", "l.csv", "-m", "hana")
    old = files()
    script("l.csv", "id,text,file\na,おはよう。,two\nb,こんにちは。,one\n")
    result = sbv2("render", "l.csv", "-m", "hana", "--json")
    assert result.json["summary"]["failed"] == 0
    assert files()["one.wav"] == old["two.wav"]
    assert files()["two.wav"] == old["one.wav"]
    assert result.json["orphans"] == []
    assert rows()["a"]["file"] == "two.wav"


def test_lost_and_spoiled_files_are_made_again(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    whole = files()
    Path("out/a.wav").unlink()
    Path("out/b.wav").write_bytes(b"half")
    Path("out/timings/c.json").unlink()
    result = sbv2("render", "l.csv", "-m", "hana")
    assert "3 stale: file missing (1), file changed (1), timings (1)" in result.talk
    assert files() == whole
    same_size = bytearray(whole["a.wav"])
    same_size[100] ^= 1
    Path("out/a.wav").write_bytes(same_size)
    assert "3 fresh" in sbv2("render", "l.csv", "-m", "hana").talk
    assert (
        "1 stale: file changed" in sbv2("render", "l.csv", "-m", "hana", "--verify", "sha256").talk
    )
    assert files() == whole


def test_half_files_of_a_killed_run_are_removed(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    command = ("render", "l.csv", "-m", "hana", "--name", "x/{id}.{ext}")
    sbv2(*command)
    whole = files()
    for name in ("x/.a.wav.99.part", "timings/x/.a.json.99.part", ".manifest.jsonl.99.part"):
        (Path("out") / name).write_bytes(b"half")
    sbv2(*command)
    assert files() == whole


def test_force_speaks_again(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    before, whole = mtimes(), files()
    sbv2("render", "l.csv", "-m", "hana", "--force", "--select", "id=b")
    assert rewritten(before) == {"b.wav"}
    assert files() == whole


def test_a_new_weight_file_says_so(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "voices/hana")
    shutil.rmtree("voices/hana")
    shutil.copytree("voices/ken", "voices/hana")
    assert "3 stale: voice weights (3)" in sbv2("render", "l.csv", "-m", "voices/hana", "-n").talk


def test_scripts_that_share_a_folder_do_not_take_each_others_names(sbv2: Sbv2) -> None:
    script("one.txt", "おはよう。\n")
    script("two.txt", "こんにちは。\n")
    sbv2("render", "one.txt", "-m", "hana")
    refused = sbv2("render", "two.txt", "-m", "hana")
    assert refused.status == 2
    assert 'error[name.taken]: "0001.wav" belongs to line "one-0001" of one.txt' in refused.talk
    both = sbv2("render", "two.txt", "-m", "hana", "--name", "{stem}/{n}.{ext}")
    assert both.status == 0
    assert sorted(rows()) == ["one-0001", "two-0001"]


def test_the_manifest_can_be_rendered_again(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    sbv2("render", "l.csv", "-m", "hana")
    result = sbv2("render", "out/manifest.jsonl", "-o", "copy")
    assert result.status == 0, result.talk
    assert {n for n in files("copy") if n.endswith("wav")} == {"a.wav", "b.wav", "c.wav"}
    assert files("copy") == files()
    assert not any("meta" in row for row in rows("copy").values())


def test_failed_lines_are_tried_again(sbv2: Sbv2) -> None:
    script("l.csv", "id,text,reading\na,大人気,漢字\nb,やあ。,\n")
    assert sbv2("render", "l.csv", "-m", "hana").status == 3
    before = mtimes()
    script("l.csv", "id,text,reading\na,大人気,オトナゲ\nb,やあ。,\n")
    result = sbv2("render", "l.csv", "-m", "hana")
    assert result.status == 0
    assert rewritten(before) == {"a.wav"}
    assert rows()["a"]["status"] == "ok"


def _long_script(lines: int) -> str:
    words = ["山", "川", "空", "海", "森", "雨", "雪", "風", "花", "月"]
    pick = random.Random(1)
    return "".join(
        f"{pick.choice(words)}と{pick.choice(words)}の{pick.choice(words)}{number}。\n"
        for number in range(lines)
    )


def _wait_for_rows(process: subprocess.Popen[bytes], path: Path, count: int) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        # Before each row stands one that notes the name of its file.
        if path.exists() and path.read_bytes().count(b'"status":"ok"') >= count:
            return
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kills", [KILLS, pytest.param(1000, marks=[pytest.mark.nightly, pytest.mark.timeout(10_000)])]
)
def test_killed_at_random_moments_and_resumed(
    sbv2: Sbv2, spawn: Spawn, capsysbinary: pytest.CaptureFixture[bytes], kills: int
) -> None:
    lines = max(300, 4 * kills)
    script("s.txt", _long_script(lines))
    assert sbv2("render", "s.txt", "-m", "hana", "-o", "alone").status == 0
    whole = files("alone")
    pick = random.Random(kills)
    command = ("render", "s.txt", "-m", "hana", "-o", "out", "-q", "--no-fsync")
    killed = 0
    manifest = Path("out/manifest.jsonl")
    for number in range(kills):
        # A journal has a header for each run: what is there already does not count.
        before = manifest.read_bytes().count(b"\n") if manifest.exists() else 0
        process = spawn(*command)
        _wait_for_rows(process, manifest, before + 1 + pick.randrange(lines * 5 // 6 // kills))
        time.sleep(pick.random() / 50)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name, data in files().items():
            if not Path(name).name.startswith("."):
                assert data == whole[name], f"kill {number} left half of {name}"
    assert killed
    with capsysbinary.disabled():
        told = f"{killed} of {kills} runs were killed; they left {len(rows())} of {lines} lines"
        print(f"\n{told}")  # noqa: T201
    assert sbv2(*command).status == 0
    assert files() == whole
    assert len(rows()) == lines
    assert {row["status"] for row in rows().values()} <= {"ok", "aliased", "reused"}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_asked_to_stop_it_stops_in_order(
    sbv2: Sbv2, spawn: Spawn, number: signal.Signals, status: int
) -> None:
    script("s.txt", _long_script(2000))
    command = ("render", "s.txt", "-m", "hana", "-o", "out")
    process = spawn(*command)
    _wait_for_rows(process, Path("out/manifest.jsonl"), 20)
    process.send_signal(number)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == status, talk.decode()
    assert b"run the same command again to continue" in talk
    assert b"Traceback" not in talk
    left = rows()
    assert 20 <= len(left) < 2000
    assert all((Path("out") / row["file"]).is_file() for row in left.values())
    assert not [name for name in files() if Path(name).name.startswith(".")]
    made = mtimes()
    assert sbv2(*command, "--limit", "40").status == 0
    assert not rewritten(made) & {row["file"] for row in left.values()}


@pytest.mark.slow
def test_planning_ten_thousand_rows_takes_seconds(sbv2: Sbv2) -> None:
    # What one run of 10,000 rows leaves is made here from the rows of a few, as speaking them all
    # would take minutes; the plan looks at keys, files and sizes alone.
    texts = [f"これは{number}番目の台詞です。" for number in range(10_000)]
    script("l.csv", "id,text,speed\n" + "".join(f"r{n},{t},\n" for n, t in enumerate(texts)))
    assert sbv2("render", "l.csv", "-m", "hana", "--limit", "1", "--timings", "none").status == 0
    _pretend_all_were_made(texts)
    start = time.monotonic()
    fresh = sbv2("render", "l.csv", "-m", "hana", "-n", "--timings", "none")
    seconds = time.monotonic() - start
    assert "10,000 fresh" in fresh.talk
    before = mtimes()
    sheet = Path("l.csv").read_text("utf-8")
    script("l.csv", sheet.replace("これは7777番目の台詞です。,", "これは7777番目の台詞です。,1.5"))
    result = sbv2("render", "l.csv", "-m", "hana", "--timings", "none")
    assert "1 stale: speed 1→1.5 (1)\n9,999 fresh\n" in result.talk
    assert rewritten(before) == {"r7777.wav"}
    assert seconds < 20, f"planning took {seconds:.1f} s"


def _pretend_all_were_made(texts: list[str]) -> None:
    path = Path("out/manifest.jsonl")
    head, line, end = path.read_text("utf-8").splitlines()
    record = json.loads(line)
    data = Path("out/r0.wav").read_bytes()
    made = [head]
    model = _model_of(record)
    for number, text in enumerate(texts):
        # Only equal texts are asked for their readings, and any key will do for those.
        reading = f"reading {number}"
        synth = keys.synth_key(reading, bare_lines.SETTINGS, model)
        row = {
            **record,
            "id": f"r{number}",
            "n": number + 1,
            "file": f"r{number}.wav",
            "text": text,
            "frontend_key": keys.frontend_key("ja", text, None, '["better", []]'),
            "reading_key": reading,
            "synth_key": synth,
            "post_key": keys.post_key(synth, keys.FileSettings(rate=16000)),
            "source": {"path": "l.csv", "line": number + 2, "col": 4 + len(str(number))},
        }
        made.append(json.dumps(row, ensure_ascii=False))
        Path(f"out/r{number}.wav").write_bytes(data)
    path.write_text("\n".join([*made, end, ""]), encoding="utf-8")


def _model_of(record: dict[str, object]) -> keys.Model:
    made = record["made"]
    assert isinstance(made, dict)
    return keys.Model(voice=made["voice_sha256"])


def _book(lines: int, inserted: str = "") -> None:
    """A book in three files, with a sentence put into the first."""
    for number, name in enumerate("abc"):
        first = number * lines + 1
        sentences = [f"{place}番目の文です。" for place in range(first, first + lines)]
        if inserted and name == "a":
            sentences.insert(4, inserted)
        title = [f"# {'一二三'[number]}章"] if number else []
        script(f"{name}.txt", "\n".join([*title, *sentences]) + "\n")


@pytest.mark.parametrize(
    ("lines", "names", "file"),
    [(39, ["a.txt", "b.txt", "c.txt"], "00/0004a.wav"), (12, ["a.txt"], "0004a.wav")],
)
def test_a_sentence_put_into_a_book_makes_one_file(
    sbv2: Sbv2, lines: int, names: list[str], file: str
) -> None:
    _book(lines)
    assert sbv2("render", *names, "-m", "hana", "--timings", "none").status == 0
    before, known = mtimes(), rows()
    assert len(before) == lines * len(names) + len(names) - 1
    _book(lines, "これは新しい文です。")
    plan = sbv2("render", *names, "-m", "hana", "--timings", "none", "--dry-run", "--json")
    (new,) = (item for item in plan.json["plan"] if item["state"] != "fresh")
    assert (new["id"], new["state"]) == ("a-0004a", "new")
    result = sbv2("render", *names, "-m", "hana", "--timings", "none")
    assert result.status == 0
    assert rewritten(before) == {file}
    assert {name: time for name, time in mtimes().items() if name in before} == before
    now = rows()
    assert set(now) == {*known, "a-0004a"}
    assert all(now[name]["text"] == row["text"] for name, row in known.items())
    assert now["a-0005"]["n"] == 6
    # And a third run does nothing.
    assert (
        f"{len(before) + 1} fresh" in sbv2("render", *names, "-m", "hana", "--timings", "none").talk
    )
    assert sbv2("check", *names, "--against", "out").status == 0


def test_an_edited_and_a_lost_sentence_keep_the_names_of_the_others(sbv2: Sbv2) -> None:
    script("a.txt", "".join(f"{number}つ目の長い文です。\n" for number in "一二三四"))
    sbv2("render", "a.txt", "-m", "hana")
    before = mtimes()
    script("a.txt", "一つ目の長い文だ。\n三つ目の長い文です。\n四つ目の長い文です。\n")
    assert sbv2("render", "a.txt", "-m", "hana").status == 0
    assert rewritten(before) == {"0001.wav"}
    assert rows()["a-0003"]["text"] == "三つ目の長い文です。"


def test_a_part_of_a_book_has_the_names_of_the_whole(sbv2: Sbv2) -> None:
    _book(3)
    names = ("a.txt", "b.txt", "c.txt")
    sbv2("render", *names, "-m", "hana", "--select", "chapter=2")
    assert {row["file"] for row in rows().values()} == {f"02/{n:04d}.wav" for n in range(8, 12)}
    sbv2("render", *names, "-m", "hana")
    assert len(rows()) == 11
    assert {name for name in files() if name.endswith(".wav")} == {
        *(f"00/{n:04d}.wav" for n in range(1, 4)),
        *(f"01/{n:04d}.wav" for n in range(4, 8)),
        *(f"02/{n:04d}.wav" for n in range(8, 12)),
    }


def test_another_book_in_the_same_folder_has_its_own_names(sbv2: Sbv2) -> None:
    script("a.txt", "はい。\nいいえ。\n")
    sbv2("render", "a.txt", "-m", "hana")
    script("b.txt", "いいえ。\nはい。\n")
    sbv2("render", "b.txt", "-m", "hana", "--name", "{id}.{ext}")
    assert {"b-0001", "b-0002"} <= set(rows())


def test_an_edited_ruby_changes_the_lines_that_carried_it(sbv2: Sbv2) -> None:
    text = (
        "竜胆《りんどう》が咲く。\n海は青い。\n竜胆は花だ。\n竜胆《りゅうたん》だ。\n竜胆を見る。\n"
    )
    command = ("render", "b.txt", "-m", "hana", "--ruby", "carry")
    script("b.txt", text)
    assert sbv2(*command).status == 0
    before = mtimes()
    script("b.txt", text.replace("りんどう", "たつのい"))
    assert sbv2(*command, "--select", "n=3").status == 0
    assert rewritten(before) == {"0003.wav"}
    # A part of the script sounds as it does in the whole.
    part = files()["0003.wav"]
    assert sbv2(*command).status == 0
    assert rewritten(before) == {"0001.wav", "0003.wav"}
    assert files()["0003.wav"] == part
    assert rows()["b-0003"]["carried"] == [{"start": 0, "end": 2, "reading": "たつのい"}]


@pytest.mark.parametrize("command", [
    ("import", "l.csv", "-o", "out/made.jsonl"),
    ("export", "out", "--to", "srt", "--by", "whole", "-o", "out"),
    ("proof", "out"),
])  # fmt: skip
def test_half_a_file_of_a_killed_command_goes(sbv2: Sbv2, command: tuple[str, ...]) -> None:
    script("l.csv", SHEET)
    assert sbv2("render", "l.csv", "-m", "hana").status == 0
    before = set(files())
    assert sbv2(*command).status == 0
    (made,) = {name for name in set(files()) - before if "/" not in name}
    Path("out", made).unlink()
    half = Path(f"out/.{made}.999999999.part")
    half.write_bytes(b"half")
    assert sbv2(*command).status == 0
    assert not half.exists()


def _killed_before(sbv2: Sbv2, name: str, *arguments: str) -> None:
    """Run a command that dies when a file of this name is about to take its place."""
    program = (
        "import os, signal, sys\nfrom sbv2cli.cli.main import main\n"
        "def die(event, told):\n"
        "    if event == 'os.rename' and os.path.basename(str(told[1])) == sys.argv[1]:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(die)\nmain(sys.argv[2:])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, name, *arguments], check=False)
    assert ended.returncode == -signal.SIGKILL


def _as_if_killed(done: bytes, *rows: str) -> None:
    """A journal that a run had begun: after all of an earlier one, its header and some rows."""
    head = done.splitlines(keepends=True)[0]
    begun = "".join(f"{row}\n" for row in rows)
    Path("out/manifest.jsonl").write_bytes(done + head + begun.encode())


@pytest.mark.parametrize("pruned", [False, True])
def test_a_file_that_its_line_left_in_a_killed_run_is_known(sbv2: Sbv2, *, pruned: bool) -> None:
    script("l.csv", SHEET)
    command = ("render", "l.csv", "-m", "hana", "--timings", "none")
    assert sbv2(*command).status == 0
    before = Path("out/manifest.jsonl").read_bytes()
    (row,) = (json.dumps(row) for row in rows().values() if row["id"] == "a")
    moved = row.replace('"a.wav"', '"x/a.wav"')
    _as_if_killed(before, moved.replace('"ok"', '"cancelled"'), moved)
    Path("out/x").mkdir()
    shutil.copy("out/a.wav", "out/x/a.wav")
    named = (*command, "--name", "x/{id}.{ext}", *(("--prune", "delete") if pruned else ()))
    assert sbv2(*named).status == 0
    sounds = {f"x/{name}.wav" for name in "abc"}
    left = set() if pruned else {f"{name}.wav" for name in "abc"}
    assert {name for name in files() if name.endswith(".wav")} == sounds | left
    told = Path("out/manifest.jsonl").read_text(encoding="utf-8").splitlines()
    orphans = [record for record in map(json.loads, told) if record["type"] == "orphan"]
    assert {record["file"] for record in orphans} == left
    if not pruned:  # and the run after it, which has nothing else to do
        assert sbv2(*named, "--prune", "delete").status == 0
        assert {name for name in files() if name.endswith(".wav")} == sounds


def test_a_name_that_another_line_has_taken_since_is_not_left_behind(sbv2: Sbv2) -> None:
    script("l.csv", SHEET)
    command = ("render", "l.csv", "-m", "hana", "--timings", "none")
    assert sbv2(*command).status == 0
    before = Path("out/manifest.jsonl").read_bytes()
    found = {row["id"]: json.dumps(row) for row in rows().values()}
    swapped = found["b"].replace('"b.wav"', '"a.wav"'), found["a"].replace('"a.wav"', '"b.wav"')
    _as_if_killed(before, *swapped)
    Path("out/a.wav").rename("out/c")
    Path("out/b.wav").rename("out/a.wav")
    Path("out/c").rename("out/b.wav")
    assert sbv2(*command, "--prune", "delete").status == 0
    assert {name for name in files() if name.endswith(".wav")} == {"a.wav", "b.wav", "c.wav"}


@pytest.mark.parametrize("name", ["changes.md", "changes.csv", "manifest.jsonl"])
def test_what_a_killed_run_had_left_to_do_the_next_one_does(sbv2: Sbv2, name: str) -> None:
    script("l.csv", SHEET)
    command = ("render", "l.csv", "-m", "hana")
    _killed_before(sbv2, name, *command)
    assert json.loads(Path("out/manifest.jsonl").read_bytes().splitlines()[-1])["unsorted"]
    result = sbv2(*command)
    assert (result.status, "3 fresh" in result.talk) == (0, True), result.talk
    records = [json.loads(row) for row in Path("out/manifest.jsonl").read_bytes().splitlines()]
    assert [record.get("id") for record in records] == [None, "a", "b", "c", None]
    assert "unsorted" not in records[-1]
    assert "## Made (3)" in Path("out/changes.md").read_text(encoding="utf-8")
    assert Path("out/changes.csv").read_text(encoding="utf-8-sig").count("made,new") == 3
    before = mtimes()
    assert sbv2(*command).status == 0
    assert mtimes() == before
