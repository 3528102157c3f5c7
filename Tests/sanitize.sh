#!/usr/bin/env bash
# Runs host, worker and plugins under a sanitizer, in both placements. A finding ends it with an error.
#
#   Tests/sanitize.sh address|thread|undefined
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-address}
flags=(-c release --scratch-path ".build-$kind")
case $kind in
  address) flags+=(--sanitize=address) ;;
  # Without its symbols in the table of the executable, the runtime would be taken from each plugin anew.
  thread) flags+=(--sanitize=thread -Xlinker --export-dynamic) ;;
  # Swift traps on undefined behavior by itself; this is for the C parts.
  undefined) flags+=(-Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined) ;;
  *) echo "usage: $0 address|thread|undefined" >&2; exit 2 ;;
esac
swift build "${flags[@]}" >&2
polya=$(swift build "${flags[@]}" --show-bin-path)/polya
export ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c_flags=(-fsanitize="$kind")
[[ $kind == undefined ]] && c_flags+=(-fsanitize-trap=undefined)
# The toolchain's own compiler: another one brings another version of the sanitizer.
clang -std=c11 -g -O1 -fPIC -shared -ISDK/include "${c_flags[@]}" examples/reward-in-c/exact_match.c -o "$work/exact.so"
cd "$work"

"$polya" plugin list >/dev/null
rows='{"completion":"\\boxed{1/2}","reference":"0.5","reference_kind":"math"}'
for placement in host process; do
  for ((i = 0; i < 600; i++)); do echo "$rows"; done |
    "$polya" reward score --use polya.math-answer --isolation $placement | grep -c '"score":1.0' | grep -qx 600
  echo "$rows" | "$polya" reward score --use ./exact.so --isolation $placement >/dev/null
  "$polya" strategy try --use polya.heuristics --isolation $placement --heuristic analogy --question "1+1?" --reply 2 >/dev/null
done
{ for i in 1 2 3; do echo '{"completion":"fine"}'; done; echo '{"completion":"boom"}'; } |
  "$polya" reward score --use polya.probe --option crash-on=boom --isolation process 2>/dev/null |
  grep -c '"score":1.0' | grep -qx 3
for placement in host process; do
  "$polya" run "$OLDPWD/examples/quickstart/quickstart.json5" --runs "$work/$placement" \
    --set plugins.base.isolation=$placement --set plugins.answer.isolation=$placement \
    --set plugins.words.isolation=$placement --set plugins.ways.isolation=$placement \
    --set stages.scores.samples=2 --set "stages.scores.k=[1,2]" --set tasks.train.count=8 --set tasks.test.count=4 \
    --set tasks.longer.count=4 --set stages.vanilla.steps=1 --set stages.polya.steps=1 --set stages.mid.epochs=1 >&2
done
cmp "$work"/{host,process}/quickstart/results.json
echo "$kind sanitizer: nothing found"
