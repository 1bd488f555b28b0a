"""New files get their names at the end, or nothing is left of them."""

from __future__ import annotations

import pytest

from sbv2cli.errors import MachineError, UsageError
from sbv2cli.export.destination import new_file, new_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_when_it_is_whole(tmp_path):
    out = tmp_path / "a" / "out"
    with new_folder(out, force=False) as made:
        (made / "one").write_text("1")
        assert not out.exists()
    assert names(out) == ["one"]
    assert names(tmp_path / "a") == ["out"]


def fail_after_writing(make, out):
    with make(out, force=False) as made:
        (made if make is new_file else made / "one").write_text("1")
        raise ValueError("no good")


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_nothing_is_left_of_what_failed(tmp_path, make):
    with pytest.raises(ValueError, match="no good"):
        fail_after_writing(make, tmp_path / "out")
    assert names(tmp_path) == []


@pytest.mark.parametrize("make", [new_folder, new_file])
def test_what_is_there_stays(tmp_path, make):
    out = tmp_path / "out"
    if make is new_folder:
        out.mkdir()
        (out / "mine").write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(UsageError) as caught, make(out, force=False):
        pytest.fail("the body must not run")
    assert caught.value.code == "export.exists"


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path):
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("mine")
    folder.mkdir()
    for make, out in ((new_folder, file), (new_file, folder)):
        with pytest.raises(UsageError) as caught, make(out, force=True):
            pytest.fail("the body must not run")
        assert caught.value.code == "export.exists"
    assert file.read_text() == "mine"


def test_force_replaces_only_what_is_made_anew(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "one").write_text("old")
    (out / "mine").write_text("mine")
    with new_folder(out, force=True) as made:
        (made / "one").write_text("new")
    assert (out / "one").read_text() == "new"
    assert (out / "mine").read_text() == "mine"
    assert names(tmp_path) == ["out"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    with new_folder(tmp_path / "out", force=False) as made:
        (made / "one").write_text("1")
    assert names(tmp_path / "out") == ["one"]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(MachineError) as caught,
        new_folder(tmp_path / "file" / "out", force=False),
    ):
        pytest.fail("the body must not run")
    assert caught.value.code == "export.write"
    assert caught.value.hint
