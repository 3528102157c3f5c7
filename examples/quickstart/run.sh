#!/usr/bin/env bash
# The whole method on a small model: builds polya, runs the manifest beside it, prints where the report is.
# POLYA names a built polya; without it, one is built.
# Arguments go to `polya run`, e.g. --set stages.scores.samples=16
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
[[ -n ${POLYA:-} ]] || { prepare; build; }
exec "$POLYA" run "$here/quickstart.json5" --runs "${POLYA_RUNS:-$root/runs}" "$@"
