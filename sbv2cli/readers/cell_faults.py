"""What is wrong in the rows of a sheet that was saved as text: formulas, errors, sums, blanks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sbv2cli.readers.cells import LineCells

_ERROR = re.compile(
    r"#(?:REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|N/A|SPILL!|CALC!|ERROR!|GETTING_DATA|BLOCKED!)"
)
_FORMULA = re.compile(r"[=＝]\s*[A-Za-z_\"$（(][^\n]*[()&$!\"]", re.ASCII)
_SUM = re.compile(r"(?:合計|小計|総計|計|総数|total|sum|count)[:：]?", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.,０-９．，]+\s*[字文行件個本]?")
_WHO = ("character", "speaker")


@dataclass(slots=True)
class Blanks:
    """Tells once of a row that names nobody, where the one above does."""

    who: str = ""  # spoke in the row above
    told: bool = False

    def look_at(self, row: LineCells) -> None:
        """Complain of a row that may have stood below a merged cell, which leaves blanks."""
        columns = [row.cells[key] for key in _WHO if key in row.cells]
        if self.told or not columns or not row.cells["text"].value:
            return
        who = next((str(cell.value) for cell in columns if cell.value), "")
        if not who and self.who:
            self.told = True
            row.complain(
                "script.character-blank",
                f'this row names nobody below "{self.who[:40]}", and is spoken as narration',
                "character" if "character" in row.cells else "speaker",
                severity="note",
                hint="a merged cell leaves such blanks: fill them, or write 〃 for the cell above",
            )
        self.who = who


def tell_formula(row: LineCells) -> None:
    """Complain of a text that is a formula, or what one came to."""
    text = str(row.cells["text"].value or "")
    hint = "put the formula right, and save the file in a spreadsheet program"
    if _ERROR.fullmatch(text):
        row.complain(
            "script.formula", f"text is an error of the spreadsheet, {text}", "text", hint=hint
        )
    elif _FORMULA.match(text):
        row.complain(
            "script.formula", "text is a formula, whose value is not in the file", "text", hint=hint
        )


def tell_sum(row: LineCells) -> None:
    """Skip a row that counts the others."""
    text = str(row.cells["text"].value or "")
    if not _NUMBER.fullmatch(text):
        return
    others = [cell.value for key, cell in row.cells.items() if key != "text" and cell.value]
    if any(isinstance(one, str) and _SUM.fullmatch(one.strip()) for one in others):
        row.cells = {**row.cells, "skip": replace(row.cells["text"], value=True)}
        row.complain("script.not-voiceable", "this row is a sum of the others", severity="note")
