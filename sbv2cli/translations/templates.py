"""A sentence with places for values: `no line "{id}"` found again in `no line "l05"`."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence

_FORMAT = string.Formatter()
# What a text that is no message of its own may be made of, and how Japanese writes it between.
_SEPARATORS = {"; ": "。", ", ": "、", ": ": ": "}

_LINK = 6  # characters
_LABELS = ("error[", "warning: ", "hint: ", "at: ")
_DEEPEST = 8  # a message in a message in …; what goes on longer was written to do so
_MOST_PARTS = 12  # of a text that is put together; a longer list is names

# `{number} lines` is hardly a word too: these are numbers and times, `1,234` and `0:07`.
_NUMBERS = frozenset({"number", "total", "clock", "times", "remaining"})
# A folder may be called `audio` or `voice`; what is put in by these names is never a message.
_PATHS = frozenset({"path", "folder", "out", "output", "target", "parent", "file", "script"})
_NAMES = frozenset({"name", "names"})
_NUMBER = re.compile(r"[\d,.:]+")
# What a word of the user's is said to be, as `"あ" is one kana and changes every word`: the
# sentence behind it is a message of its own.
_SUBJECT = re.compile(r'"([^"]*)" ((?:is|has) .*)', re.DOTALL)
# `sdp_ratio 0.2→0.5`: a setting, what it was and what it is.
_CHANGE = re.compile(r"([a-z][a-z_ ]*) (\S+→\S.*)")
_VERBS = ("is ", "has ")
_PREDICATE = 12  # characters; `has no {name}` is the end of many a sentence


class Template:
    """A message with values in it, and what it is in the other language."""

    def __init__(self, message: str, translation: str) -> None:
        self.message = message
        self.translation = translation
        literals = [""]
        self._names = []
        for text, name, *_ in _FORMAT.parse(message):
            literals[-1] += text
            if name is not None:
                self._names.append(name)
                literals.append("")
        self._begin, *self._between = literals
        # `rate is "x"`: between two values stands hardly a word, which any text may hold.
        weight = sum(map(len, literals))
        # A separator stands in the sentence itself, between words enough to be sure.
        self.has_separator = weight > _PREDICATE and any(
            separator in literal for separator in _SEPARATORS for literal in literals
        )
        counts = self._names[:1] and is_number(self._names[0])
        self.is_link = not self._begin and not literals[-1] and weight <= _LINK and not counts
        self.is_predicate_alone = self._begin.startswith(_VERBS) and weight > _PREDICATE
        # Labels come first (`error[code]: what happened`), links last; between them, the more
        # characters are the same in every such message, the surer is a find.
        self.is_label = self._begin.startswith(_LABELS)
        self.order = (self.is_link, not self.is_label, -weight)
        # `{x} cannot be read` says something of x; `{x} [default: {y}]` does not.
        self._is_predicate = not self._begin and not self._between[0].startswith(" [")
        # `voice x`: what is put in is one word or a message, or the text is another.
        self.of_words = bool(self._begin) and not self.is_label and weight <= _LINK

    def values(self, text: str) -> dict[str, str] | None:
        """The values of a text that is such a message; None if it is another."""
        found = self._found(text)
        if found is None:
            return None
        values = dict(zip(self._names, found, strict=True))
        is_subject = self.is_link or not self._is_predicate or " is " not in found[0]
        in_digits = all(
            _NUMBER.fullmatch(values[name])
            for name in values
            if is_number(name) and not self.in_quotes(name)
        )
        is_whole = all('" ' not in values[name] for name in values if self.in_quotes(name))
        return values if is_subject and in_digits and is_whole else None

    def _found(self, text: str) -> list[str] | None:
        """What stands between the literals, each as short as can be: in linear time."""
        end = self._between[-1]
        if not text.startswith(self._begin) or not text.endswith(end):
            return None
        found = []
        place = len(self._begin)
        for literal in self._between[:-1]:
            next_place = text.find(literal, place)
            if next_place < 0:
                return None
            found.append(text[place:next_place])
            place = next_place + len(literal)
        if place > len(text) - len(end):
            return None
        return [*found, text[place : len(text) - len(end)]]

    def filled(self, values: Mapping[str, str], translated: Container[str]) -> str:
        """The translation with these values, some of which are translated themselves.

        `{said} の {value}` keeps values of others apart from the words around them; one that is
        Japanese of ours needs no blank.
        """
        text = ""
        is_ours = False
        for literal, name, *_ in _FORMAT.parse(self.translation):
            text = _joined(text, literal) if is_ours else text + literal
            if name is not None:
                is_ours = name in translated
                text = _joined(text, values[name]) if is_ours else text + values[name]
        return text

    def holds_another(self, name: str) -> bool:
        """Whether what stands there is never a message: `{name}: updated` is said of a voice."""
        says_of = self._begin == "" and self._between[0].startswith(": ") and name in _NAMES
        return self.in_quotes(name) or _is_path(name) or (says_of and name == self._names[0])

    def in_quotes(self, name: str) -> bool:
        """Whether a value stands in quotation marks: then somebody else wrote it."""
        return f'"{{{name}}}' in self.message or f"'{{{name}}}" in self.message


class Catalogue:
    """Messages of one language, by the message itself or by its template."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._whole: dict[str, str] = {}
        templates = []
        for message, translation in translations.items():
            for line, translated in _lines(message, translation):
                if any(name is not None for _, name, _, _ in _FORMAT.parse(line)):
                    templates.append(Template(line, translated))
                else:
                    self._whole[line.format().strip()] = translated.format().strip()
        self._templates = sorted(templates, key=lambda template: template.order)
        # What a label or a separator stands in is no text that is put together at that separator.
        self._sentences = [one for one in self._templates if one.is_label or one.has_separator]
        self._predicates = [one for one in self._templates if one.is_predicate_alone]

    def translate(self, text: str) -> str:
        """A text in the other language, line by line; a line that is not known stays as it is."""
        if "\n" in text and text.strip() not in self._whole:
            return "\n".join(map(self.translate, text.split("\n")))
        return self._translated(text, 0) or text

    def _translated(self, text: str, depth: int) -> str | None:
        words = text.strip()
        if not words or depth > _DEEPEST:
            return None
        known = (
            self._whole.get(words)
            or self._from_template(words, depth + 1, self._sentences)
            or self._from_parts(words, depth + 1)
            or self._of_a_change(words)
            or self._behind_a_subject(words, depth + 1)
            or self._from_template(words, depth + 1, self._templates)
            or self._behind_a_name(words, depth + 1)
        )
        return None if known is None else text.replace(words, known)

    def _from_parts(self, text: str, depth: int) -> str | None:
        # "3 lines, 1 skipped" is two messages; a template would take the first for a value.
        for separator, written in _SEPARATORS.items():
            if 0 < text.count(separator) < _MOST_PARTS and not _is_list(text, separator):
                parts = [
                    part if at and _NUMBER.fullmatch(part) else self._translated(part, depth)
                    for at, part in enumerate(text.split(separator))
                ]
                if None not in parts:
                    return written.join(part for part in parts if part is not None)
        return None

    def _of_a_change(self, text: str) -> str | None:
        found = _CHANGE.fullmatch(text)
        if found is None:
            return None
        name, values = found.groups()
        return f"{self._whole.get(name, name)} {values}"

    def _behind_a_subject(self, text: str, depth: int) -> str | None:
        found = _SUBJECT.fullmatch(text)
        if found is None:
            return None
        subject, said = found.groups()
        known = self._whole.get(said) or self._from_template(said, depth, self._predicates)
        return None if known is None else f"「{subject}」{known}"

    def _behind_a_name(self, text: str, depth: int) -> str | None:
        name, separator, rest = text.partition(": ")
        known = self._translated(rest, depth) if separator and " " not in name else None
        return None if known is None else f"{name}: {known}"

    def _from_template(self, text: str, depth: int, templates: Sequence[Template]) -> str | None:
        for template in templates:
            values = template.values(text)
            if values is None:
                continue
            # What is put in may be a message itself: the reason of a failure is one.
            inner = {
                name: value
                if template.holds_another(name) or _is_typed(name, value)
                else self._translated(value, depth) or value
                for name, value in values.items()
            }
            if template.of_words and any(
                " " in value and inner[name] == value for name, value in values.items()
            ):
                continue
            last = list(values)[-1]
            translated = template.filled(
                inner, {name for name in inner if inner[name] != values[name]}
            )
            # `{why} ({number})` has no word of its own: it is found where its values are.
            if translated != text and (not template.is_link or inner[last] != values[last]):
                return translated
        return None


def is_number(name: str) -> bool:
    """Whether what is put in by this name is a number."""
    return name in _NUMBERS or name.startswith("number_of_")


def _is_path(name: str) -> bool:
    return name.rstrip("0123456789") in _PATHS


def _joined(left: str, right: str) -> str:
    """Two pieces of a text: a blank at the seam goes where the other side of it is wide too."""
    if left.endswith(" ") and is_wide(left[-2:-1]) and is_wide(right[:1]):
        left = left[:-1]
    elif right.startswith(" ") and is_wide(right[1:2]) and is_wide(left[-1:]):
        right = right[1:]
    return left + right


def is_wide(character: str) -> bool:
    """Whether a character takes two columns of a terminal, as Japanese does."""
    return bool(character) and unicodedata.east_asian_width(character) in "WF"


def _is_typed(name: str, value: str) -> bool:
    """Whether it is the default of an option as a person types it: `error` is no word there."""
    return name == "default" and " " not in value and value not in {"yes", "no"}


def _is_list(text: str, separator: str) -> bool:
    """Whether a list stands behind a colon, as in `3: 1 new, 2 stale`: the colon is cut first."""
    first, *others = text.split(separator)
    return separator == ", " and ": " in first and not any(": " in other for other in others)


def _lines(message: str, translation: str) -> Iterator[tuple[str, str]]:
    """A message and, where it has several lines, each of them: a text is translated by lines."""
    if "\n" not in message:
        yield message, translation
        return
    if all(name is None for _, name, _, _ in _FORMAT.parse(message)):
        yield message, translation  # a paragraph of the help that keeps its lines
    lines, translated = message.split("\n"), translation.split("\n")
    if len(lines) == len(translated):
        yield from ((one, other) for one, other in zip(lines, translated, strict=True) if one)
