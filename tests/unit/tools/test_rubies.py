"""Words that authors gave ruby, read without it."""

from __future__ import annotations

from tools.readings.rubies import BOOKS, Asked, asked, bare, better

BOOK = BOOKS / "624_ruby_5668.txt"
WORD = Asked("この途を通る", (2, 3), "ミチ")


def test_words_with_ruby_come_with_their_line() -> None:
    found = list(asked(BOOK))
    assert len(found) == 242
    assert all(one.text[slice(*one.place)] and one.ruby for one in found)


def test_a_word_is_right_as_the_ruby_has_it() -> None:
    assert WORD.right([((0, 2), "コノ"), ((2, 3), "ミチ"), ((3, 4), "ヲ")])
    assert not WORD.right([((0, 2), "コノ"), ((2, 3), "ト"), ((3, 4), "ヲ")])
    assert not WORD.right([])


def test_a_longer_word_may_hold_it() -> None:
    assert WORD.right([((0, 3), "コノミチ"), ((3, 4), "ヲ")])
    assert not WORD.right([((0, 3), "コノト"), ((3, 4), "ヲ")])


def test_tables_know_more_of_a_real_book_than_the_engine_alone() -> None:
    found = list(asked(BOOK))
    ours, theirs = (sum(one.right(way(one.text)) for one in found) for way in (better, bare))
    assert ours >= 212
    assert ours > theirs
