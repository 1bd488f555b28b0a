"""A sentence with places for values: `no line "{id}"` found again in `no line "l05"`."""

from __future__ import annotations

import string
from collections.abc import Mapping

_FORMAT = string.Formatter()
# What a text that is no message of its own may be made of, and how Japanese writes it between.
_SEPARATORS = {"; ": "。", ", ": "、", ": ": ": "}

_MOST_PARTS = 12  # of a text that is put together; a longer list is names


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
        # Characters that are the same in every such message: the more, the surer a find.
        self.weight = sum(map(len, literals))

    def values(self, text: str) -> dict[str, str] | None:
        """The values of a text that is such a message, each as short as can be: in linear time."""
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
        found.append(text[place : len(text) - len(end)])
        return dict(zip(self._names, found, strict=True))

    def in_quotes(self, name: str) -> bool:
        """Whether a value stands in quotation marks: then somebody else wrote it."""
        return f'"{{{name}}}' in self.message or f"'{{{name}}}" in self.message


class Catalogue:
    """Messages of one language, by the message itself or by its template."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        self._whole: dict[str, str] = {}
        templates = []
        for message, translation in translations.items():
            if any(name is not None for _, name, _, _ in _FORMAT.parse(message)):
                templates.append(Template(message, translation))
            else:
                self._whole[message.format()] = translation.format()
        self._templates = sorted(templates, key=lambda template: -template.weight)

    def translate(self, text: str) -> str:
        """A text in the other language, line by line; a line that is not known stays as it is."""
        if "\n" in text and text.strip() not in self._whole:
            known = self._from_template(text)
            return known or "\n".join(map(self.translate, text.split("\n")))
        return self._translated(text) or text

    def _translated(self, text: str) -> str | None:
        words = text.strip()
        if not words:
            return None
        known = self._whole.get(words) or self._from_parts(words) or self._from_template(words)
        return None if known is None else text.replace(words, known)

    def _from_parts(self, text: str) -> str | None:
        # "3 lines, 1 skipped" is two messages; a template would take the first for a value.
        for separator, written in _SEPARATORS.items():
            if 0 < text.count(separator) < _MOST_PARTS:
                parts = [self._translated(part) for part in text.split(separator)]
                if None not in parts:
                    return written.join(part for part in parts if part is not None)
        return None

    def _from_template(self, text: str) -> str | None:
        for template in self._templates:
            values = template.values(text)
            if values is not None:
                # What is put in may be a message itself: the reason of a failure is one.
                inner = {
                    name: value if template.in_quotes(name) else self._translated(value) or value
                    for name, value in values.items()
                }
                return template.translation.format(**inner)
        return None
