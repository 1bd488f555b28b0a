"""`sbv2 voices install` with the real client of the hub, against a server of our own."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tiny_bert
import tiny_voice
import transformers_voice
from hub_server import Hub, Repository, serving

from sbv2cli.cli.main import main
from sbv2cli.installing.origins import network
from sbv2cli.voices import receipt

if TYPE_CHECKING:
    from stage import Result, Sbv2

INSTALLED = Path(".local/share/sbv2/voices")
WEIGHTS = "amitaro_e3_s120.safetensors"
LICENCE = "あみたろの声素材 利用規約\n\nクレジットを書いてください。\n"


@pytest.fixture
def hub(stage: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one voice, and with two."""
    for name in [name for name in os.environ if name.startswith("HF_")]:
        monkeypatch.delenv(name)
    one = tiny_voice.write(stage / "made" / "amitaro", bert=True)
    (one / "声の利用規約.txt").write_text(LICENCE, encoding="utf-8")
    (one / "README-sample.wav").write_bytes(b"RIFF")
    (one / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n", encoding="utf-8")
    (one / "G_120.pth").write_bytes(b"a pickle")
    (one / "events.out.tfevents").write_bytes(b"x" * 5000)
    two = stage / "made" / "two"
    tiny_voice.write(two / "models" / "sakura", seed=1)
    tiny_voice.write(two / "models" / "momo", seed=2, version="2.0")
    (two / "LICENSE").write_text("MIT License\n", encoding="utf-8")
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.add("owner/amitaro", one)
        server.add("owner/two", two, licence=None)
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more tries, and no waiting."""
    monkeypatch.setattr(network, "WAITS", (0.0, 0.0))


def code(result: Result) -> str:
    return str(result.talk.partition("error[")[2].partition("]")[0])


def nothing_installed() -> bool:
    """No folder of a voice, whole or half, can be seen."""
    return not [path for path in INSTALLED.glob("*") if not path.name.startswith(".")]


def left_over() -> list[Path]:
    return list(INSTALLED.glob(".*"))


# The whole way.


def test_a_voice_is_installed_with_what_speaking_needs(sbv2: Sbv2, hub: Hub) -> None:
    result = sbv2("voices", "install", "owner/amitaro", "--yes", "--json")
    assert result.status == 0, result.talk
    folder = INSTALLED / "amitaro"
    names = {path.name for path in folder.iterdir()}
    papers = {"声の利用規約.txt", "README.md"}
    assert names == {"config.json", "style_vectors.npy", WEIGHTS, receipt.NAME} | papers
    (told,) = result.json["voices"]
    assert told["path"] == str(folder.absolute())
    assert told["speakers"] == ["花子", "Taro"]
    assert result.json["missing_berts"] == ["ja"]
    assert not left_over()
    assert [path for path in hub.fetched() if "pth" in path or "events" in path] == []


def test_the_receipt_names_source_commit_licence_and_hashes(sbv2: Sbv2, hub: Hub) -> None:
    assert sbv2("voices", "install", "owner/amitaro@main", "--yes").status == 0
    made = receipt.read(INSTALLED / "amitaro")
    assert made is not None
    commit = hub.repositories["owner/amitaro"].commit
    assert (made.source, made.revision, made.commit) == ("owner/amitaro", "main", commit)
    assert made.licence == "cc-by-4.0"
    for file in made.files:
        data = hub.repositories["owner/amitaro"].files[file.path]
        assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert list(receipt.differences(INSTALLED / "amitaro", made)) == []


def test_what_there_is_stands_before_the_first_byte_of_weights(sbv2: Sbv2, hub: Hub) -> None:
    result = sbv2("voices", "install", "owner/amitaro", "--dry-run", "--json")
    assert result.status == 0
    (told,) = result.json["voices"]
    assert told["styles"] == ["Neutral", "Happy", "Sad"]
    assert told["files"][WEIGHTS] == len(hub.repositories["owner/amitaro"].files[WEIGHTS])
    for said in ("cc-by-4.0", "花子", "1.1 MB", "あみたろの声素材 利用規約"):
        assert said in result.talk
    assert not any(path.endswith((".safetensors", ".npy")) for path in hub.fetched())
    assert not INSTALLED.exists()


def test_a_script_says_yes_or_nothing_happens(sbv2: Sbv2, hub: Hub) -> None:
    result = sbv2("voices", "install", "owner/amitaro")
    assert (result.status, code(result)) == (2, "install.yes")
    assert not INSTALLED.exists()


def answered(answer: bytes) -> tuple[int, str]:
    """Install at a terminal where a person answers each question so."""
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the other process
        os.execv(
            sys.executable,
            [sys.executable, "-m", "sbv2cli", "voices", "install", "owner/amitaro"],
        )
    said = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        said += part
        if part.rstrip().endswith(b"]:"):
            os.write(terminal, answer)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, said.decode()


@pytest.mark.parametrize("answer", [b"n\n", b"\n"])
def test_a_person_who_does_not_say_yes_gets_nothing(hub: Hub, answer: bytes) -> None:
    ended, said = answered(answer)
    assert ended == 130, said
    assert "Install amitaro (1.1 MB)" in said
    assert "error[hub.cancelled]" in said
    assert nothing_installed()


def test_a_person_who_says_yes_is_offered_the_missing_bert(hub: Hub, stage: Path) -> None:
    made = tiny_bert.write(stage / "made" / "bert")
    hub.add("ku-nlp/deberta-v2-large-japanese-char-wwm", made, licence="cc-by-sa-4.0")
    ended, said = answered(b"y\n")
    assert ended == 0, said
    assert whole(INSTALLED / "amitaro")
    assert "the voice also needs the BERT of ja" in said
    assert "licence cc-by-sa-4.0" in said
    assert whole(stage / ".local/share/sbv2/bert/deberta-v2-large-japanese-char-wwm")


def test_without_the_extra_what_is_here_is_installed_and_the_network_names_it(hub: Hub) -> None:
    program = (
        "import sys\n"
        "sys.modules['huggingface_hub'] = sys.modules['httpx2'] = None\n"
        "from sbv2cli.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    run = (sys.executable, "-c", program, "voices", "install", "--yes")
    local = subprocess.run([*run, "made/amitaro"], capture_output=True, text=True, check=False)
    assert local.returncode == 0, local.stderr
    assert whole(INSTALLED / "amitaro")
    remote = subprocess.run([*run, "owner/two"], capture_output=True, text=True, check=False)
    assert remote.returncode == 4
    assert "error[extra.missing]" in remote.stderr
    assert "sbv2cli[hub]" in remote.stderr


def test_an_installed_voice_speaks_and_is_not_fetched_twice(sbv2: Sbv2, hub: Hub) -> None:
    assert sbv2("voices", "install", "owner/two:models/sakura", "--yes").status == 0
    assert sbv2("say", "-m", "sakura", "-o", "hello.wav", "こんにちは").status == 0
    assert Path("hello.wav").stat().st_size > 1000
    hub.asked.clear()
    again = sbv2("voices", "install", "owner/two:models/sakura", "--yes")
    assert again.status == 0
    assert "installed already" in again.talk
    assert not any(path.endswith(".safetensors") for path in hub.fetched())


def test_the_name_of_a_repository_is_no_voice_and_the_hint_says_what_it_is(sbv2: Sbv2) -> None:
    result = sbv2("say", "-m", "owner/amitaro", "-o", "a.wav", "はい")
    assert code(result) == "voice.missing"
    assert "sbv2 voices install owner/amitaro" in result.talk


def test_other_commands_ask_the_hub_for_nothing(sbv2: Sbv2, hub: Hub) -> None:
    for arguments in (
        ("voices", "list"),
        ("voices", "show", "hana"),
        ("voices", "verify", "hana"),
        ("say", "-m", "hana", "-o", "a.wav", "はい"),
        ("doctor",),
    ):
        assert sbv2(*arguments).status == 0
    assert hub.asked == []


def test_the_hub_learns_nothing_of_this_machine_and_the_token_goes_nowhere_else(
    sbv2: Sbv2, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_accepted")
    hub.elsewhere = True
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    assert hub.tokens == {(False, "Bearer hf_accepted"), (True, None)}
    assert not any("telemetry" in path for _, path, _ in hub.asked)
    assert not any("torch" in agent for agent in hub.agents)
    hub.tokens.clear()
    hub.plain["/voice.zip"] = zipped({"a/config.json": b"{}"})
    sbv2("voices", "install", f"{hub.url}/voice.zip", "--dry-run")
    assert hub.tokens == {(True, None)}


def test_a_proxy_is_used(hub: Hub, spawn: Callable[..., Any]) -> None:
    proxied = {"HF_ENDPOINT": "http://hub.example", "HTTP_PROXY": hub.url}
    running = spawn(
        "voices", "install", "owner/amitaro", "--yes", env={**os.environ, **proxied}
    )  # fmt: skip
    _, talk = running.communicate()
    assert running.returncode == 0, talk
    assert (INSTALLED / "amitaro" / WEIGHTS).is_file()


def test_progress_is_told_in_bytes(sbv2: Sbv2, hub: Hub) -> None:
    result = sbv2("voices", "install", "owner/amitaro", "--yes", "--progress", "json", "-q")
    events = [json.loads(row) for row in result.talk.splitlines() if row.startswith("{")]
    made = receipt.read(INSTALLED / "amitaro")
    assert made is not None
    total = sum(file.size for file in made.files)
    assert [event["type"] for event in events] == ["start", "summary"]
    assert (events[0]["total"], events[1]["bytes"]) == (total, total)
    assert events[0]["what"] == "amitaro"


# Several voices, several files.


def test_several_voices_are_listed_to_choose_from(sbv2: Sbv2, hub: Hub) -> None:
    result = sbv2("voices", "install", "owner/two", "--yes")
    assert (result.status, code(result)) == (2, "install.several")
    assert "sakura  1.1 MB  ja" in result.talk
    assert "momo  1.1 MB  ja, en, zh" in result.talk
    assert sbv2("voices", "install", "owner/two", "--only", "s*", "--yes").status == 0
    assert [path.name for path in INSTALLED.iterdir()] == ["sakura"]
    assert (INSTALLED / "sakura" / "LICENSE").read_text() == "MIT License\n"
    assert sbv2("voices", "install", "owner/two", "--all", "--yes").status == 0
    assert {path.name for path in INSTALLED.iterdir()} == {"sakura", "momo"}
    wrong = sbv2("voices", "install", "owner/two", "--only", "sakra", "--yes")
    assert code(wrong) == "install.only"
    assert 'did you mean "sakura"?' in wrong.talk


def test_a_name_and_a_folder_of_ones_own(sbv2: Sbv2, hub: Hub) -> None:
    assert (
        sbv2(
            "voices", "install", "owner/amitaro", "--name", "あみ", "--to", "voices", "--yes"
        ).status
        == 0
    )
    assert "あみ\tja" in sbv2("voices", "list").out
    taken = sbv2("voices", "install", "owner/two:models/momo", "--name", "hana", "--to", "voices")
    assert (taken.status, code(taken)) == (2, "install.exists")


def test_of_several_checkpoints_the_latest_or_the_one_that_is_named(sbv2: Sbv2, hub: Hub) -> None:
    files = hub.repositories["owner/amitaro"].files
    files["amitaro_e20_s900.safetensors"] = files[WEIGHTS]
    files["amitaro_e100_s4000.safetensors"] = files[WEIGHTS]
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert "(latest of 3)" in result.talk
    assert (INSTALLED / "amitaro" / "amitaro_e100_s4000.safetensors").is_file()
    named = ("--weights", WEIGHTS, "--name", "early", "--yes")
    assert sbv2("voices", "install", "owner/amitaro", *named).status == 0
    assert (INSTALLED / "early" / WEIGHTS).is_file()
    # Who chose one has it after an update too; others get the newest.
    files["amitaro_e200_s9000.safetensors"] = files[WEIGHTS]
    assert sbv2("voices", "update", "--yes").status == 0
    assert (INSTALLED / "early" / WEIGHTS).is_file()
    assert [path.name for path in (INSTALLED / "amitaro").glob("*.safetensors")] == [
        "amitaro_e200_s9000.safetensors"
    ]


def test_voices_of_one_name_are_told_apart(sbv2: Sbv2, hub: Hub) -> None:
    files = hub.repositories["owner/amitaro"].files
    parts = {f"{top}/v/{path}": data for top in ("a", "b") for path, data in files.items()}
    hub.repositories["owner/same"] = Repository(files=parts)
    result = sbv2("voices", "install", "owner/same", "--dry-run", "--json")
    assert [voice["name"] for voice in result.json["voices"]] == ["a-v", "b-v"]


def test_a_page_of_the_hub_is_a_source_too(sbv2: Sbv2, hub: Hub) -> None:
    page = f"{hub.url}/owner/two/tree/main/models/momo"
    assert sbv2("voices", "install", page, "--yes").status == 0
    made = receipt.read(INSTALLED / "momo")
    assert made is not None
    assert (made.source, made.revision) == ("owner/two:models/momo", "main")


def test_pickles_alone_are_refused_by_name(sbv2: Sbv2, hub: Hub) -> None:
    del hub.repositories["owner/amitaro"].files[WEIGHTS]
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (result.status, code(result)) == (2, "install.pickle")
    assert "G_120.pth" in result.talk
    assert "convert" in result.talk
    assert nothing_installed()


def test_a_family_that_does_not_speak_is_refused_before_its_weights(sbv2: Sbv2, hub: Hub) -> None:
    files = hub.repositories["owner/amitaro"].files
    files["config.json"] = json.dumps({"model": {"ssl_dim": 768}}).encode()
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (result.status, code(result)) == (4, "voice.family")
    assert not any(path.endswith(".safetensors") for path in hub.fetched())


def test_a_voice_of_the_package_transformers(sbv2: Sbv2, hub: Hub, stage: Path) -> None:
    folder = stage / "made" / "mms"
    transformers_voice.write(folder)
    repository = hub.add("facebook/mms-tts-swh", folder, licence="cc-by-nc-4.0")
    repository.files["pytorch_model.bin"] = b"a pickle"
    shown = sbv2("voices", "install", "facebook/mms-tts-swh", "--dry-run")
    assert "cc-by-nc-4.0" in shown.talk
    assert not any(path.endswith(".safetensors") for path in hub.fetched())
    assert sbv2("voices", "install", "facebook/mms-tts-swh", "--yes").status == 0
    names = {path.name for path in (INSTALLED / "mms-tts-swh").iterdir()}
    assert names >= {"config.json", "model.safetensors", "vocab.json", "tokenizer_config.json"}
    assert "pytorch_model.bin" not in names
    spoken = sbv2("say", "-m", "mms-tts-swh", "-o", "a.wav", "habari")
    assert spoken.status == 0, spoken.talk


def test_of_very_many_voices_only_names_and_sizes_are_asked(sbv2: Sbv2, hub: Hub) -> None:
    files = hub.repositories["owner/amitaro"].files
    many = {f"v{n}/{path}": data for n in range(30) for path, data in files.items()}
    hub.repositories["owner/many"] = Repository(files=many)
    result = sbv2("voices", "install", "owner/many", "--yes")
    assert code(result) == "install.several"
    assert "v29  1.1 MB" in result.talk
    assert hub.fetched() == []
    assert sbv2("voices", "install", "owner/many", "--only", "v7", "--yes").status == 0


# What goes wrong on the way.


def test_a_broken_connection_is_taken_up_again(sbv2: Sbv2, hub: Hub, impatient: None) -> None:
    hub.cut_after, hub.cuts = 400_000, 2
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    ranges = [said for _, path, said in hub.asked if path.endswith(WEIGHTS)]
    size = len(hub.repositories["owner/amitaro"].files[WEIGHTS])
    assert ranges == [f"bytes={start}-{size - 1}" for start in (0, 400_000, 800_000)]


def test_the_next_run_goes_on_where_the_last_one_stopped(
    sbv2: Sbv2, hub: Hub, impatient: None
) -> None:
    hub.cut_after, hub.ranges = 400_000, False
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (result.status, code(result)) == (4, "hub.offline")
    assert nothing_installed()
    assert "amitaro" not in sbv2("voices", "list").out
    hub.cut_after, hub.ranges = None, True
    hub.asked.clear()
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    (asked,) = [said for _, path, said in hub.asked if path.endswith(WEIGHTS)]
    assert asked.startswith("bytes=400000-")
    assert not left_over()


def test_a_new_commit_in_between_does_not_cost_what_came(
    sbv2: Sbv2, hub: Hub, impatient: None
) -> None:
    hub.cut_after, hub.ranges = 400_000, False
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 4
    hub.cut_after, hub.ranges = None, True
    hub.repositories["owner/amitaro"].files["README.md"] = b"new"
    hub.asked.clear()
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    asked = {path.rpartition("/")[2]: said for _, path, said in hub.asked}
    assert asked[WEIGHTS].startswith("bytes=400000-")
    assert whole(INSTALLED / "amitaro")


@pytest.mark.parametrize("name", [WEIGHTS, "style_vectors.npy", "config.json", "README.md"])
def test_a_flipped_byte_is_refused_and_fetched_anew(sbv2: Sbv2, hub: Hub, name: str) -> None:
    hub.flip = name
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (result.status, code(result)) == (4, "hub.sha256")
    assert f'"{name}"' in result.talk
    assert nothing_installed()
    hub.flip = None
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    made = receipt.read(INSTALLED / "amitaro")
    assert made is not None
    assert list(receipt.differences(INSTALLED / "amitaro", made)) == []


def test_gated_missing_and_wrong_revisions_say_what_to_do(
    sbv2: Sbv2, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["owner/amitaro"].gated = True
    gated = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (gated.status, code(gated)) == (4, "hub.gated")
    assert "HF_TOKEN" in gated.talk
    assert code(sbv2("voices", "install", "owner/nobody", "--yes")) == "hub.not-found"
    assert code(sbv2("voices", "install", "owner/two:nowhere", "--yes")) == "hub.not-found"
    assert code(sbv2("voices", "install", "owner/two@v9", "--yes")) == "hub.revision"
    monkeypatch.setenv("HF_TOKEN", "hf_accepted")
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0


def test_offline_is_said_at_once(
    sbv2: Sbv2, hub: Hub, spawn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = spawn(
        "voices", "install", "owner/two", "--all", "--yes",
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    _, talk = wanted.communicate()
    assert wanted.returncode == 4
    assert b"error[hub.offline]: HF_HUB_OFFLINE is set" in talk
    assert hub.asked == []
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nobody listens
    assert code(sbv2("voices", "install", "owner/two", "--all", "--yes")) == "hub.offline"


def test_a_server_that_is_no_hub(sbv2: Sbv2, hub: Hub) -> None:
    hub.plain["/api/models/owner/amitaro"] = b"<html>log in</html>"
    assert code(sbv2("voices", "install", "owner/amitaro", "--yes")) == "hub.refused"
    hub.plain["/api/models/owner/amitaro"] = b'{"id": "a", "siblings": [{"rfilename": "a.aivm"}]}'
    assert code(sbv2("voices", "install", "owner/amitaro", "--yes")) == "hub.refused"
    assert code(sbv2("voices", "install", f"{hub.url}/none.aivm", "--yes")) == "hub.not-found"


def test_a_disk_without_room_is_seen_before_anything_is_fetched(sbv2: Sbv2, hub: Hub) -> None:
    hub.repositories["owner/amitaro"].claimed[WEIGHTS] = 10**16
    result = sbv2("voices", "install", "owner/amitaro", "--yes")
    assert (result.status, code(result)) == (4, "hub.space")
    assert not any(path.endswith(".safetensors") for path in hub.fetched())
    assert nothing_installed()


def test_ctrl_c_says_how_it_goes_on(hub: Hub, spawn: Callable[..., Any]) -> None:
    hub.cut_after, hub.wait = 400_000, threading.Event()
    running = spawn("voices", "install", "owner/amitaro", "--yes")
    wait_until(lambda: largest_part() >= 400_000)
    running.send_signal(signal.SIGINT)
    hub.wait.set()
    _, talk = running.communicate()
    assert running.returncode == 130
    assert b"error[hub.cancelled]: interrupted after" in talk
    assert b"goes on where it stopped" in talk
    assert nothing_installed()


def test_a_killed_download_goes_on(sbv2: Sbv2, hub: Hub, spawn: Callable[..., Any]) -> None:
    hub.cut_after, hub.wait = 400_000, threading.Event()
    running = spawn("voices", "install", "owner/amitaro", "--yes")
    wait_until(lambda: largest_part() >= 400_000)
    running.kill()
    running.communicate()
    hub.wait.set()
    assert nothing_installed()
    assert "amitaro" not in sbv2("voices", "list").out
    hub.cut_after = None
    hub.asked.clear()
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    asked = {path.rpartition("/")[2]: said for _, path, said in hub.asked}
    assert asked[WEIGHTS].startswith("bytes=400000-")
    assert "style_vectors.npy" not in asked, "what was whole is not fetched again"


def largest_part() -> int:
    sizes = [0]
    for path in (INSTALLED / ".amitaro.installing" / "parts").glob("*"):
        with suppress(FileNotFoundError):  # it is whole by now, and has gone from here
            sizes.append(path.stat().st_size)
    return max(sizes)


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(3000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def killed_at(moment: int, *arguments: object) -> bool:
    """Run a command in a copy of this process that ends at its n-th act on the disk."""
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the other process
        left = iter(range(moment))

        def hook(event: str, told: tuple[Any, ...]) -> None:
            acts = event in ACTS or (
                event == "open" and isinstance(told[1], str) and told[1] != "r"
            )
            if acts and ".installing" in str(told[0]) and next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            main([str(argument) for argument in arguments])
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


ACTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "shutil.rmtree"}


def whole(folder: Path) -> bool:
    """Whether a voice has every byte that its receipt names."""
    made = receipt.read(folder)
    return made is not None and list(receipt.differences(folder, made)) == []


def test_a_kill_at_any_act_on_the_disk_leaves_nothing_half(sbv2: Sbv2, hub: Hub) -> None:
    source, folder = Path("made/amitaro").absolute(), INSTALLED / "amitaro"
    moment = 0
    while killed_at(moment, "-q", "voices", "install", source, "--yes"):
        assert whole(folder) or not folder.exists(), moment
        moment += 1
    assert moment > 20
    assert whole(folder)
    # What a kill left is no hindrance, and goes.
    assert sbv2("voices", "remove", "amitaro", "--yes").status == 0
    assert sbv2("voices", "install", source, "--yes").status == 0
    assert not left_over()


def test_a_kill_while_a_voice_is_replaced_leaves_the_old_or_the_new(sbv2: Sbv2, hub: Hub) -> None:
    source, folder = Path("made/amitaro").absolute(), INSTALLED / "amitaro"
    assert sbv2("voices", "install", source, "--yes").status == 0
    (folder / "notes.txt").write_text("mine")
    (source / "README.md").write_text("new")
    moment, away = 0, 0
    while killed_at(moment, "-q", "voices", "update", "amitaro", "--yes"):
        if not folder.exists():
            away += 1  # between two renames; the next command of installing puts it back
            assert sbv2("voices", "update", "nobody").status != 0
        assert whole(folder), moment
        assert (folder / "notes.txt").read_text() == "mine", moment
        moment += 1
    assert moment > 20
    assert away
    assert (folder / "README.md").read_text() == "new"
    assert (folder / "notes.txt").read_text() == "mine"
    assert not left_over()


def test_a_kill_while_a_voice_is_removed_leaves_all_or_nothing(sbv2: Sbv2, hub: Hub) -> None:
    source, folder = Path("made/amitaro").absolute(), INSTALLED / "amitaro"
    for moment in range(1000):
        if not folder.exists():
            assert sbv2("voices", "install", source, "--yes").status == 0
        killed = killed_at(moment, "-q", "voices", "remove", "amitaro", "--yes")
        assert whole(folder) or not folder.exists(), moment
        if not killed:
            break
    assert moment > 5
    assert not folder.exists()
    assert sbv2("voices", "update").status == 0
    assert not left_over()


def test_what_an_interrupted_download_left_can_be_removed(
    sbv2: Sbv2, hub: Hub, impatient: None
) -> None:
    hub.cut_after, hub.ranges = 400_000, False
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 4
    assert left_over()
    shown = sbv2("voices", "remove", "amitaro", "--dry-run")
    assert (shown.status, "would remove" in shown.talk) == (0, True)
    assert left_over()
    removed = sbv2("voices", "remove", "amitaro", "--yes")
    assert removed.status == 0
    assert "unfinished, 4" in removed.talk
    assert not left_over()


# Addresses, archives, files and folders.


def zipped(contents: dict[str, bytes], **attributes: int) -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = attributes.get("mode", 0o100644) << 16
            archive.writestr(entry, data)
    return out.getvalue()


def contents(folder: Path, prefix: str = "") -> dict[str, bytes]:
    return {prefix + path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_an_archive_on_this_machine(sbv2: Sbv2, hub: Hub) -> None:
    Path("voices.zip").write_bytes(zipped(contents(Path("made/two/models/sakura"), "桜/")))
    assert sbv2("voices", "install", "voices.zip", "--yes").status == 0
    assert sbv2("voices", "show", "桜").status == 0
    assert hub.asked == []


def test_names_in_the_code_page_of_japanese_windows(sbv2: Sbv2, hub: Hub) -> None:
    data = zipped(contents(Path("made/two/models/sakura"), "ABCD/"))
    Path("voices.zip").write_bytes(data.replace(b"ABCD/", "桜子".encode("cp932") + b"/"))
    assert sbv2("voices", "install", "voices.zip", "--yes").status == 0
    assert (INSTALLED / "桜子" / "config.json").is_file()


def test_of_an_archive_behind_an_address_only_what_is_needed_is_fetched(
    sbv2: Sbv2, hub: Hub
) -> None:
    voice = contents(Path("made/two/models/sakura"), "sakura/")
    noise = {"samples/long.wav": hashlib.shake_128(b"noise").digest(30_000_000)}
    hub.plain["/files/dl/voices.zip"] = zipped({**noise, **voice})
    result = sbv2("voices", "install", f"{hub.url}/files/dl/voices.zip", "--yes")
    assert result.status == 0, result.talk
    asked = [said.removeprefix("bytes=").split("-") for _, _, said in hub.asked]
    assert sum(int(last) + 1 - int(first) for first, last in asked) < 20_000_000
    assert sbv2("voices", "show", "sakura").status == 0


def test_an_aivm_file_behind_an_address(sbv2: Sbv2, hub: Hub) -> None:
    made = sbv2("voices", "convert", "hana", "--to", "aivm", "-o", "花.aivm")
    assert made.status == 0, made.talk
    data = Path("花.aivm").read_bytes()
    hub.plain["/花.aivm"] = data
    wrong = sbv2("voices", "install", f"{hub.url}/花.aivm#sha256={'0' * 64}", "--yes")
    assert code(wrong) == "hub.sha256"
    right = f"{hub.url}/花.aivm#sha256={hashlib.sha256(data).hexdigest()}"
    assert sbv2("voices", "install", right, "--yes").status == 0
    assert (INSTALLED / "花" / "花.aivm").read_bytes() == data
    assert sbv2("say", "-m", "花", "-o", "a.wav", "はい").status == 0
    assert sbv2("voices", "install", "花.aivm", "--name", "hana2", "--yes").status == 0
    assert code(sbv2("voices", "install", "http://example.com/a.aivm")) == "install.source"


@pytest.mark.parametrize("ending", ["aivm", "aivmx"])
def test_what_an_aivm_file_says_is_read_before_its_weights(
    sbv2: Sbv2, hub: Hub, ending: str
) -> None:
    terms = ("--license", "made/two/LICENSE")
    made = sbv2("voices", "convert", "hana", "--to", ending, "-o", f"hana.{ending}", *terms)
    assert made.status == 0, made.talk
    data = Path(f"hana.{ending}").read_bytes()
    hub.repositories["owner/aivm"] = Repository(files={f"a/花.{ending}": data})
    hub.repositories["owner/aivm"].licence = None
    result = sbv2("voices", "install", "owner/aivm", "--dry-run", "--json")
    (told,) = result.json["voices"]
    assert told["name"] == "花"
    assert told["speakers"] == ["花子", "Taro"]
    assert told["licence"] == "MIT License"


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("../evil/config.json", 0o100644),
        ("/etc/evil", 0o100644),
        ("a/../../evil", 0o100644),
        ("C:/evil", 0o100644),
        ("a\\..\\..\\evil", 0o100644),
        ("voice/link", 0o120777),
    ],
)
def test_an_archive_that_points_out_of_itself_is_refused(
    sbv2: Sbv2, hub: Hub, name: str, mode: int
) -> None:
    voice = contents(Path("made/two/models/sakura"), "sakura/")
    data = zipped({**voice, name: b"/etc/passwd"}, mode=mode)
    Path("voices.zip").write_bytes(data)
    before = set(Path().rglob("*"))
    result = sbv2("voices", "install", "voices.zip", "--yes")
    assert (result.status, code(result)) == (2, "install.archive")
    assert set(Path().rglob("*")) == before


def test_an_archive_that_unpacks_to_absurd_sizes_is_refused(sbv2: Sbv2, hub: Hub) -> None:
    voice = contents(Path("made/two/models/sakura"), "sakura/")
    Path("voices.zip").write_bytes(zipped({**voice, "sakura/a.onnx": bytes(50_000_000)}))
    assert code(sbv2("voices", "install", "voices.zip", "--yes")) == "install.archive"


@pytest.mark.parametrize("cut", [100, -100])
def test_a_broken_archive_is_an_error(sbv2: Sbv2, hub: Hub, cut: int) -> None:
    data = zipped(contents(Path("made/two/models/sakura"), "sakura/"))
    Path("voices.zip").write_bytes(data[:cut])
    result = sbv2("voices", "install", "voices.zip", "--yes")
    assert (result.status, code(result)) == (4, "install.archive-broken")


def test_what_is_no_source(sbv2: Sbv2, hub: Hub) -> None:
    assert code(sbv2("voices", "install", "./nowhere", "--yes")) == "install.source"
    assert code(sbv2("voices", "install")) == "install.nothing"
    for option in (("--to", "d"), ("--name", "n"), ("--only", "n"), ("--weights", "w"), ("--all",)):
        alone = sbv2("voices", "install", "--bert", "ja", *option, "--yes")
        assert code(alone) == "install.nothing", option
        assert option[0] in alone.talk
    assert hub.asked == []
    Path("empty").mkdir()
    assert code(sbv2("voices", "install", "empty", "--yes")) == "install.no-voice"


# The BERT.


def test_the_bert_is_installed_where_doctor_looks(sbv2: Sbv2, hub: Hub, stage: Path) -> None:
    made = tiny_bert.write(stage / "made" / "bert")
    repository = hub.add("ku-nlp/deberta-v2-large-japanese-char-wwm", made, licence="cc-by-sa-4.0")
    repository.files["flax_model.msgpack"] = b"x" * 1000
    repository.files["pytorch_model.bin"] = b"a pickle"
    assert "model.safetensors" in repository.files
    result = sbv2("voices", "install", "--bert", "ja", "--yes", "--json")
    assert result.status == 0, result.talk
    folder = stage / ".local/share/sbv2/bert/deberta-v2-large-japanese-char-wwm"
    assert {path.name for path in folder.iterdir()} >= {
        "config.json", "vocab.txt", "model.safetensors", receipt.NAME,
    }  # fmt: skip
    assert not (folder / "pytorch_model.bin").exists()
    assert "cc-by-sa-4.0" in result.talk
    assert f"BERT ja\t{folder}\tok" in sbv2("doctor").out
    again = sbv2("voices", "install", "--bert", "ja", "--yes")
    assert "is there already" in again.talk
    (folder / "vocab.txt").unlink()
    hub.asked.clear()
    assert "made good" in sbv2("voices", "install", "--bert", "ja", "--yes").talk
    assert whole(folder)
    assert not any(path.endswith(".safetensors") for path in hub.fetched())


def test_a_bert_that_is_published_as_a_pickle_alone(sbv2: Sbv2, hub: Hub, stage: Path) -> None:
    made = tiny_bert.write(stage / "made" / "bert")
    repository = hub.add("ku-nlp/deberta-v2-large-japanese-char-wwm", made)
    repository.files["pytorch_model.bin"] = repository.files.pop("model.safetensors")
    assert sbv2("voices", "install", "--bert", "ja", "--yes").status == 0
    folder = stage / ".local/share/sbv2/bert/deberta-v2-large-japanese-char-wwm"
    assert (folder / "pytorch_model.bin").is_file()
    del repository.files["vocab.txt"]
    hub.add("hfl/chinese-roberta-wwm-ext-large", stage / "made" / "two")
    assert code(sbv2("voices", "install", "--bert", "zh", "--yes")) == "install.incomplete"


def test_the_hint_for_a_missing_bert_is_the_command_that_brings_it(sbv2: Sbv2, hub: Hub) -> None:
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    result = sbv2("say", "-m", "amitaro", "-o", "a.wav", "はい")
    assert code(result) == "bert.missing"
    assert "sbv2 voices install --bert ja" in result.talk


# Afterwards.


def test_list_tells_size_licence_origin_and_bert(sbv2: Sbv2, hub: Hub, stage: Path) -> None:
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    commit = hub.repositories["owner/amitaro"].commit[:12]
    told = f"1.1 MB\tcc-by-4.0\towner/amitaro@{commit}\tja missing\t"
    assert told in sbv2("voices", "list", "-v").out
    assert "not told\tput there by other means\tneeds none\tvoices/hana" in (
        sbv2("voices", "list", "-v").out
    )
    assert "CC BY 4.0\tcomes with sbv2\tneeds none\t" in sbv2("voices", "list", "-v").out
    tiny_bert.write(stage / ".local/share/sbv2/bert/deberta-v2-large-japanese-char-wwm")
    assert told.replace("missing", "there") in sbv2("voices", "list", "-v").out
    rows = {row["name"]: row for row in sbv2("voices", "list", "--json").json["voices"]}
    assert rows["amitaro"]["source"] == "owner/amitaro"


def test_removing_takes_what_was_installed_and_nothing_else(sbv2: Sbv2, hub: Hub) -> None:
    assert sbv2("voices", "install", "owner/two", "--all", "--yes").status == 0
    sakura, momo = INSTALLED / "sakura", INSTALLED / "momo"
    assert code(sbv2("voices", "remove", "sakura")) == "install.yes"
    assert sbv2("voices", "remove", "sakura", "--yes").status == 0
    assert not sakura.exists()
    (momo / "notes.txt").write_text("mine")
    (momo / "config.json").write_text("edited")
    result = sbv2("voices", "remove", momo, "--yes", "--json")
    assert result.status == 0
    assert {path.name for path in momo.iterdir()} == {"notes.txt", "config.json"}
    assert sorted(result.json["kept"]) == ["config.json", "notes.txt"]
    assert code(sbv2("voices", "remove", "hana", "--yes")) == "install.foreign"
    for act in ("remove", "update"):
        built_in = sbv2("voices", act, "sbv2-f01", "--yes")
        assert "install.foreign" in built_in.talk
        assert "comes with sbv2" in built_in.talk
    assert Path("voices/hana/config.json").is_file()
    assert not left_over()


def test_updating_fetches_what_changed_and_keeps_what_others_put_there(
    sbv2: Sbv2, hub: Hub
) -> None:
    assert sbv2("voices", "install", "owner/two", "--all", "--yes").status == 0
    assert "up to date" in sbv2("voices", "update").talk
    (INSTALLED / "momo" / "notes.txt").write_text("mine")
    files = hub.repositories["owner/two"].files
    files["models/momo/style_vectors.npy"] = files["models/sakura/style_vectors.npy"]
    files["README.md"] = b"new"
    hub.asked.clear()
    assert code(sbv2("voices", "update", "momo")) == "install.yes"
    result = sbv2("voices", "update", "momo", "--yes", "--json")
    assert result.status == 0, result.talk
    (told,) = result.json["voices"]
    assert sorted(told["fetched"]) == ["README.md", "style_vectors.npy"]
    assert not any(path.endswith(".safetensors") for path in hub.fetched())
    assert (INSTALLED / "momo" / "notes.txt").read_text() == "mine"
    made = receipt.read(INSTALLED / "momo")
    assert made is not None
    assert made.commit == hub.repositories["owner/two"].commit
    assert list(receipt.differences(INSTALLED / "momo", made)) == []
    assert not left_over()


def test_a_voice_whose_update_was_interrupted_is_removed_whole(
    sbv2: Sbv2, hub: Hub, impatient: None
) -> None:
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    files = hub.repositories["owner/amitaro"].files
    files[WEIGHTS] = files[WEIGHTS][:-4] + bytes(4)
    hub.cut_after, hub.ranges = 400_000, False
    assert sbv2("voices", "update", "amitaro", "--yes").status == 4
    assert left_over()
    assert code(sbv2("voices", "remove", "amitaro")) == "install.yes"
    assert sbv2("voices", "remove", "amitaro", "--yes").status == 0
    assert not (INSTALLED / "amitaro").exists()
    assert not left_over()


def test_updating_does_not_overwrite_what_was_edited(sbv2: Sbv2, hub: Hub) -> None:
    assert sbv2("voices", "install", "owner/amitaro", "--yes").status == 0
    config = INSTALLED / "amitaro" / "config.json"
    original = config.read_bytes()
    config.write_bytes(original + b"\n")
    result = sbv2("voices", "update", "amitaro", "--yes")
    assert (result.status, code(result)) == (4, "install.changed")
    assert code(sbv2("voices", "install", "owner/amitaro", "--yes")) == "install.changed"
    assert config.read_bytes() == original + b"\n"
    assert sbv2("voices", "update", "amitaro", "--yes", "--force").status == 0
    assert config.read_bytes() == original
