#!/usr/bin/env bash
# Everything that a machine without a network needs to make the corpus and train on it, in one folder
# of some 20 MB:   bash tools/teacher/pack.sh VOICES PACK
# VOICES holds the four tohoku-f01-*.htsvoice files (see SOURCES.md). Needs Debian's apt-get and dpkg.
set -euo pipefail
voices=$(cd "$1" && pwd)
mkdir -p "$2"
pack=$(cd "$2" && pwd)
cp "$voices"/tohoku-f01-*.htsvoice "$voices/COPYRIGHT.txt" "$pack/"
(cd "$pack" && apt-get download libhtsengine1)
# The readings, made here, because the Japanese engine stays here.
python -m tools.teacher --write-plan "$pack/plan.jsonl.gz"
# For another Python than ours; add what `python3 -m sbv2cli doctor` misses there.
python -m pip download -q --no-deps --only-binary=:all: -d "$pack" \
  --python-version "${PYTHON_THERE:-3.12}" --implementation cp --abi "${ABI_THERE:-cp312}" --abi none --abi abi3 \
  --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform any \
  soundfile cffi pycparser
du -sh "$pack"
