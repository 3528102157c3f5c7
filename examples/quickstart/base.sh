#!/usr/bin/env bash
# Makes base/ again: corpus, tokenizer, model. Four to ten minutes on two cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
prepare
build
runs=${POLYA_RUNS:-$root/runs}
"$POLYA" run "$here/base.json5" --stage corpus --runs "$runs"
"$POLYA" data head "$runs"/quickstart-base/stages/corpus-* --count 20000 > "$here/corpus.jsonl"
"$POLYA" run "$here/base.json5" --runs "$runs"
cp "$runs"/quickstart-base/stages/base-*/checkpoint/* "$here/base/"
rm "$here/corpus.jsonl"
