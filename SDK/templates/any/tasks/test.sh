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
  plugins: { source: { use: "../template-name.so" }, ways: { use: "polya.heuristics" } },
  tasks: { some: { from: "source", split: "train", count: 50 }, other: { from: "source", split: "test", count: 50 } },
  stages: { worked: { kind: "demonstrate", tasks: "some", strategy: "ways", count: 100 },
            held: { kind: "demonstrate", tasks: "other", strategy: "ways", count: 100 } } }
MANIFEST
"$polya" run try/try.json5 --runs try

# Every worked solution must end in the sum, as the shell computes it.
count=0
while read -r a b sum; do
  ((a + b == sum)) || { echo "$a + $b is not $sum" >&2; exit 1; }
  count=$((count + 1))
done < <("$polya" data head try/try/stages/*-* --count 200 |
  sed -E 's/.*What is ([0-9]+) \+ ([0-9]+)\?.*#### ([0-9]+)".*/\1 \2 \3/')
((count == 200)) || { echo "wanted 200 worked solutions, got $count" >&2; exit 1; }
echo "all as promised"
