#!/usr/bin/env bash
# Submits everything; training waits until all shares are there.
set -euo pipefail
cd "$(dirname "$0")"
source ./settings.sh
mkdir -p "$RUNS"
export REPLICAS
shares=$(sbatch --parsable --array "1-$REPLICAS" bootstrap.sbatch)
sbatch --dependency "afterok:${shares%%;*}" --kill-on-invalid-dep=yes train.sbatch
