#!/usr/bin/env bash
# On a machine with a CUDA card, at the top of the repository: what the engine does there, and how
# fast, within eight minutes and without network. Needs torch, numpy and safetensors; prints JSON.
#
#   bash tools/gpu_check.sh > gpu.json
#   bash tools/gpu_check.sh --device cpu --sizes small --lines 2
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1
exec "${PYTHON:-python3}" -m tools.gpu_check "$@"
