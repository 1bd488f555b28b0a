"""Readings across processes, in order, whatever dies."""

from __future__ import annotations

import os
import signal

import pytest

from sbv2cli.errors import MachineError
from sbv2cli.languages.language import DictionaryEntry, ReadOptions
from sbv2cli.languages.pool import CHUNK, Request, answer, make_all, read_all


class Deadly(str):
    """Text that ends the process which receives it, as a fault in C code would."""

    __slots__ = ()

    def __reduce__(self):
        return (os._exit, (1,))


class Greedy(str):
    """Text that takes all memory, until the system kills the process that reads it."""

    __slots__ = ()

    def __reduce__(self):
        return (signal.raise_signal, (signal.SIGKILL,))


def request_of(text):
    return Request(text=text, language="ja") if text else None


@pytest.mark.parametrize(
    ("text", "code"), [(Deadly("二。"), "reading.crashed"), (Greedy("二。"), "machine.memory")]
)
def test_a_text_that_kills_its_reader_costs_itself_alone(text, code):
    texts = ["一。"] * (CHUNK * 2 + 10)
    texts[CHUNK + 3] = text
    found = list(read_all(texts, request_of, ReadOptions(), processes=2, worth=1))
    assert [text for text, _ in found] == texts
    failed = [index for index, (_, answer) in enumerate(found) if answer.error]
    assert failed == [CHUNK + 3]
    assert found[failed[0]][1].error.code == code
    assert all(answer.reading for index, (_, answer) in enumerate(found) if index not in failed)


def test_processes_that_cannot_begin_are_no_fault_of_a_text():
    entry = DictionaryEntry(surface=Deadly("汐風"), kana="ウシオカゼ")
    found = read_all(["一。"], request_of, ReadOptions(dictionary=(entry,)), processes=2, worth=1)
    with pytest.raises(MachineError) as caught:
        next(found)
    assert caught.value.code == "machine.processes"
    assert "--threads 1" in caught.value.hint


def test_items_are_taken_as_they_are_needed():
    taken = []

    def texts():
        for number in range(10_000):
            taken.append(number)
            yield ""

    answers = read_all(texts(), request_of, ReadOptions(), processes=2, worth=10)
    for _ in range(5):
        next(answers)
    answers.close()
    assert len(taken) < 1000


def text_of(answer):
    return answer.reading.text


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_made_of_answers_comes_in_their_order(processes):
    texts = [f"{n}番の人" for n in range(1100)]  # more than are read at once
    texts[3] = ""
    found = list(make_all(texts, request_of, ReadOptions(), text_of, processes=processes, worth=1))
    assert [text for text, _ in found] == texts
    assert [made for _, made in found] == [text or None for text in texts]


def test_every_process_knows_the_dictionary():
    options = ReadOptions(dictionary=(DictionaryEntry(surface="汐風", kana="ウシオカゼ"),))
    texts = ["汐風"] * (CHUNK + 1)
    found = list(read_all(texts, request_of, options, processes=2, worth=1))
    assert {answer.reading.words[0].kana for _, answer in found} == {"ウシオカゼ"}


def test_a_panic_of_an_engine_is_the_fault_of_one_text(monkeypatch):
    class PanicException(BaseException):
        """As pyo3 calls it."""

    def panic(*_, **__):
        raise PanicException("capacity overflow")

    monkeypatch.setattr("sbv2cli.languages.pool.resolve", panic)
    found = answer(request_of("一。"), ReadOptions())
    assert found.error.code == "reading.crashed"
    assert "capacity overflow" in found.error.message


def test_few_long_texts_are_held_at_a_time():
    taken = []

    def texts():
        for number in range(9):
            taken.append(number)
            yield "。" * 20_000

    answers = read_all(texts(), request_of, ReadOptions(), processes=1, worth=1)
    assert next(answers)[1].reading is not None
    assert len(taken) == 3
