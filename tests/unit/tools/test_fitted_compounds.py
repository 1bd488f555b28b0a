"""The weights of kanji in compounds are those that their command fits."""

from __future__ import annotations

from sbv2cli.languages.japanese.data_tables import rows_of
from tools.readings import compounds


def test_the_table_is_what_the_command_writes():
    words = compounds.pairs_of_kanji()
    fitted = [
        row.rstrip("\n").split("\t")
        for row in compounds.rows(list(compounds.mixed(words)), compounds.counted(words))
    ]
    known = list(rows_of("compounds.tsv"))
    assert [row[0] for row in fitted] == [row[0] for row in known]
    weights = zip(fitted, known, strict=True)
    # Processors add in different orders: a weight may be rounded to its neighbour.
    assert all(
        abs(int(one or 0) - int(other or 0)) <= 1
        for row, expected in weights
        for one, other in zip(row[1:], expected[1:], strict=True)
    )
