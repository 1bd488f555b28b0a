"""`python -m tools.readings`: how many lines of the corpus are read right, and how fast.

Ways: the mode better, its engine alone (bare), the mode compat, and pyopenjtalk-plus alone. A real
mistake is a reading that neither the corpus nor an accepted alternative has.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from time import process_time

from sbv2cli.languages.japanese import JAPANESE, engine, openjtalk
from sbv2cli.languages.japanese.alike import comparable
from sbv2cli.languages.language import ReadOptions
from tools.readings.corpus import Line, lines

Way = Callable[[str], str]


def _mode(options: ReadOptions) -> Way:
    return lambda text: "".join(word.kana or "" for word in JAPANESE.read(text, options).words)


WAYS: dict[str, Way] = {
    "better": _mode(ReadOptions()),
    "bare": lambda text: "".join(word.pron for word in engine.analyse(text)),
    "compat": _mode(ReadOptions(mode="compat")),
    "plus": lambda text: "".join(
        word.pron for word in openjtalk.analyse(text, guess_nani=False).words
    ),
}


def main() -> None:
    """Count, and print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.readings", description=__doc__)
    parser.add_argument("--mistakes", action="store_true", help="print the real mistakes of better")
    parser.add_argument("--half", choices=("tables", "other"), help="only that half of the corpus")
    parser.add_argument("--worse", action="store_true", help="print where better spoils bare")
    arguments = parser.parse_args()
    wanted = [
        line for line in lines() if arguments.half in (None, ("tables", "other")[line.other_half])
    ]
    print("way      half      lines  exact  mistakes      %  kana errors %  lines per cpu second")
    said = {name: _count(name, way, wanted) for name, way in WAYS.items()}
    spoilt = [
        number
        for number, line in enumerate(wanted)
        if line.exact(said["bare"][number]) and not line.exact(said["better"][number])
    ]
    print(f"\nright bare and not exact in better: {len(spoilt)}")
    for number in spoilt if arguments.worse else ():
        _show(wanted[number], said["better"][number])
    for line, kana in zip(wanted, said["better"], strict=True) if arguments.mistakes else ():
        if not line.right(kana):
            _show(line, kana)


def _count(name: str, way: Way, wanted: Sequence[Line]) -> list[str]:
    way(wanted[0].text)  # dictionaries come in with the first text
    start = process_time()
    said = [way(line.text) for line in wanted]
    rate = len(wanted) / (process_time() - start)
    for half, other_half in (("tables", False), ("other", True)):
        pairs = [
            (line, kana)
            for line, kana in zip(wanted, said, strict=True)
            if line.other_half == other_half
        ]
        if not pairs:
            continue
        exact = sum(line.exact(kana) for line, kana in pairs)
        wrong = sum(not line.right(kana) for line, kana in pairs)
        letters = sum(len(comparable(line.reading)) for line, _ in pairs)
        errors = sum(_distance(comparable(line.reading), comparable(kana)) for line, kana in pairs)
        print(
            f"{name:8} {half:8} {len(pairs):6} {exact:6} {wrong:9} {100 * wrong / len(pairs):6.2f}"
            f" {100 * errors / letters:14.3f} {rate:21.0f}"
        )
    return said


def _distance(wanted: str, said: str) -> int:
    """Insertions, deletions and replacements between two strings."""
    if wanted == said:
        return 0
    row = list(range(len(said) + 1))
    for i, letter in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(said, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != other))
    return row[-1]


def _show(line: Line, kana: str) -> None:
    print(f"{line.name}\t{line.text}\t{comparable(line.reading)}\t{comparable(kana)}")


if __name__ == "__main__":
    main()
