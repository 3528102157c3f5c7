#!/usr/bin/env bash
# Unpacks a bundle where no toolchain can be seen, and runs the method in it at a small size. Needs root for a mount
# namespace. PRODUCTS names a folder of built products.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=$("$here/../SDK/bundle.sh" "$work")
tar -C "$work" -xzf "$archive"
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
cat >"$work/try.sh" <<'TRY'
set -euo pipefail
mount -t tmpfs hidden "$1"
mount -t tmpfs hidden "$2"
cd "$3"/polya-*/
! command -v swift >/dev/null || { echo "a toolchain can still be seen" >&2; exit 1; }
env -i PATH=/usr/bin:/bin HOME="$3" bash -euo pipefail -c '
  bin/polya --version
  bin/polya plugin list
  bin/polya doctor share/polya/examples/quickstart/quickstart.json5
  printf "{\"completion\":\"fine\"}\n{\"completion\":\"boom\"}\n" |
    bin/polya reward score --use polya.probe --option crash-on=boom --isolation process
  bin/polya run share/polya/examples/quickstart/quickstart.json5 --set run.name=bundle --set stages.scores.samples=4 \
    --set "stages.scores.k=[1,4]" --set tasks.train.count=16 --set tasks.test.count=8 --set tasks.longer.count=8 \
    --set stages.vanilla.steps=1 --set stages.polya.steps=1 --set stages.mid.epochs=1
  test -s runs/bundle/report.html
'
TRY
unshare --mount bash "$work/try.sh" "$toolchain" "$(cd "$here/.." && pwd)" "$work"
du -h "$archive"
