"""`sbv2 bench frontend`: lines read per second, on one process and on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from sbv2cli import cpu_count, tables
from sbv2cli.languages import LANGUAGES
from sbv2cli.languages.language import Mode, ReadOptions
from sbv2cli.languages.pool import CHUNK, Request, read_all
from sbv2cli.readers.ruby import read_ruby

# Twenty characters each, with what scripts hold: numbers, Latin words, ruby, names, questions.
SENTENCES = (
    "昨日は駅前の喫茶店で友達と会いました。",
    "明日の会議は十時半からに変わったそうだ。",
    "「本当に行くの?」と彼女は小さく尋ねた。",
    "新しいAPIは3,200円で使えるらしいよ。",
    "雨が降りそうだから傘を持っていきなさい。",
    "山田さんは2024年5月に大阪へ転勤した。",
    "この漢字《かんじ》の読み方がわからない。",
    "風が強くて帽子が飛ばされそうになった……",
)


# Lines per process before and after those that are timed: processes start, and at both ends of the
# time as many lines are under way.
_AROUND = 8 * CHUNK


def measure(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Read `count` different lines in both modes, then on all cores."""
    lines = [_request(f"{SENTENCES[number % len(SENTENCES)]}{number}") for number in range(count)]
    figures: dict[str, Any] = {"lines": count}
    modes: tuple[Mode, ...] = ("better", "compat")
    for mode in modes:
        say(f"one process, {mode}")
        figures[f"{mode}_lines_per_second"] = round(count / _read_all(lines, mode), 1)
    cores = cpu_count.usable()
    say(f"{cores} processes, better")
    around = _AROUND * cores
    endless = islice(cycle(lines), around + count + around)
    answers = read_all(endless, lambda line: line, ReadOptions(), processes=cores, worth=1)
    _take(answers, around)
    start = perf_counter()
    _take(answers, count)
    seconds = perf_counter() - start
    figures["processes"] = cores
    figures["all_cores_lines_per_second"] = round(count / seconds, 1)
    return figures


def _read_all(lines: list[Request], mode: Mode) -> float:
    language = tables.resolve(LANGUAGES, "ja", kind="language")
    options = ReadOptions(mode=mode)
    for line in SENTENCES:
        language.read(line, options)
    start = perf_counter()
    for request in lines:
        language.read(request.text, replace(options, ruby=request.ruby))
    return perf_counter() - start


def _take(answers: Iterator[object], count: int) -> None:
    for _ in islice(answers, count):
        pass


def _request(line: str) -> Request:
    text, ruby = read_ruby(line)
    return Request(text=text, language="ja", ruby=ruby)
