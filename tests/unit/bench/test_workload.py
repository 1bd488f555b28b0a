"""What is measured."""

from __future__ import annotations

import numpy as np

from sbv2cli.bench import workload
from sbv2cli.bench.sentences import SENTENCES
from sbv2cli.voices import search_path


def test_the_voice_that_ships_says_every_sentence_before_any_again():
    count = len(SENTENCES)
    found = workload.of_size("builtin", count + 1)
    assert found.bundle.path == search_path.find(None, []).path
    first, last = found.utterances[0], found.utterances[count]
    names = {line.noise_name for line in found.utterances[:count]}
    assert len(names) == count
    assert (first.noise_name, first.take, last.noise_name, last.take) == (
        last.noise_name,
        1,
        first.noise_name,
        2,
    )


def test_a_few_sentences_are_as_mixed_as_all():
    lengths = [len(line.phones) for line in workload.of_size("builtin", len(SENTENCES)).utterances]
    for start in range(0, len(SENTENCES) - 9, 10):
        few = lengths[start : start + 10]
        assert abs(np.mean(few) / np.mean(lengths) - 1) < 0.25


def test_a_random_voice_says_as_many_lines():
    found = workload.of_size("tiny", 5)
    assert found.bundle.name == "random-tiny"
    assert len(found.utterances) == 5
