#!/usr/bin/env bash
# The pipeline over real questions: GSM8K in $POLYA_DATA (or ../shared/data beside the checkout).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
data=${POLYA_DATA:-$root/../shared/data}
if [[ ! -f $data/gsm8k/train.jsonl ]]; then
  echo "GSM8K is not there: put train.jsonl into $data/gsm8k, or set POLYA_DATA" >&2
  exit 2
fi
prepare
build
"$POLYA" run "$here/gsm8k.json5" --runs "${POLYA_RUNS:-$root/runs}" --set "tasks.train.path=$(realpath "$data")/gsm8k/train.jsonl" "$@"
"$here/grade.sh" "$POLYA" "$data"
