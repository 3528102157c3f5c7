#!/usr/bin/env bash
# What the plugin promises, tried through the host. POLYA names the command when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
polya=${POLYA:-polya}
command -v "$polya" >/dev/null || { echo "there is no command $polya: put polya on the PATH or set POLYA" >&2; exit 1; }

"$polya" plugin check ./template-name.so

rm -rf try && mkdir try && trap 'rm -rf try' EXIT
cat >try/try.json5 <<'MANIFEST'
{ polya: 1, run: { name: "try" },
  plugins: { policy: { use: "../template-name.so" }, words: { use: "polya.word-arithmetic" },
             ways: { use: "polya.heuristics" } },
  tasks: { some: { from: "words", split: "train", count: 64 } },
  stages: { worked: { kind: "demonstrate", tasks: "some", strategy: "ways", count: 256 },
            taught: { kind: "train", model: "policy", data: ["worked"], epochs: 8, "learning-rate": 0.3 } } }
MANIFEST
"$polya" run try/try.json5 --runs try

# A model that knows nothing gives each of 257 tokens the same probability: -ln 257 = -5.549.
total() { # [OPTION...]: the sum of the log-probs of one text
  echo '{"text":"So the answer is 12.\n#### 12"}' | "$polya" model score --use ./template-name.so "$@" |
    sed -E 's/.*"logprobs":\[null,([^]]*)\].*/\1/' | tr , '\n' | awk '{ sum += $1 } END { printf "%.2f\n", sum }'
}
before=$(total)
after=$(total --option "folder=$(echo try/try/stages/taught-*/checkpoint)")
echo "log-prob of a text before training $before, after it $after"
[[ $before == -149.8* ]] || { echo "the untrained model is not uniform" >&2; exit 1; }
awk -v a="$after" -v b="$before" 'BEGIN { exit !(a > 0.7 * b) }' || { echo "the model has not learned" >&2; exit 1; }
echo "all as promised"
