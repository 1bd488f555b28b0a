#!/usr/bin/env bash
# On the machine with the GPU, at the top of the repository: speak, prepare, learn, until the time is
# over; run again to go on.   bash tools/teacher/gpu.sh PACK SECONDS [options of sbv2 train fit]
# All is kept under out/, which git ignores. What comes back is copied to $OUT where that is set, in
# pieces of 15 MB (join them with cat).
set -euo pipefail
pack=$(cd "$1" && pwd)
seconds=$2
shift 2
export PYTHONPATH=$PWD:$PWD/out/site PYTHONUNBUFFERED=1
mkdir -p out
if [ ! -d out/site ]; then
  python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --target out/site "$pack"/*.whl
fi
if [ ! -d out/hts ]; then
  for package in "$pack"/*.deb; do dpkg -x "$package" out/hts; done
fi
if [ ! -f out/data/train.jsonl ]; then
  OMP_NUM_THREADS=1 python3 -m tools.teacher --plan "$pack/plan.jsonl.gz" --voices "$pack" \
    --engine out/hts/usr/lib/x86_64-linux-gnu/libHTSEngine.so.1 --out out/corpus
  echo "corpus: ${SECONDS}s"
  OMP_NUM_THREADS=1 python3 -m sbv2cli train prepare out/corpus out/corpus/transcript.tsv \
    --out out/data --name sbv2-builtin --recipe small --speaker sbv2-f01 \
    --durations out/corpus/durations.jsonl --validation 4 --no-spectrograms --progress off
  echo "dataset: ${SECONDS}s"
fi
left=$((seconds - SECONDS - 15))
status=0
timeout -s INT "$left" python3 -m sbv2cli train fit out/data --out out/run --half --bf16 \
  --set in_memory=true --set training_weights=true --progress plain "$@" || status=$?
# 124: the time was over; 130: it said so itself. Both have saved a checkpoint.
[ "$status" = 0 ] || [ "$status" = 124 ] || [ "$status" = 130 ] || exit "$status"
if [ -n "${OUT:-}" ]; then
  cp out/run/scalars.csv out/run/losses.png "$OUT/"
  newest=$(ls -t out/run/voice/*.safetensors | head -1)
  tar -c -C out/run training "voice/$(basename "$newest")" voice/config.json voice/style_vectors.npy |
    split -b 15M - "$OUT/run.tar."
fi
ls -l out/run/voice
echo "all: ${SECONDS}s"
