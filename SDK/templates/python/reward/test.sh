#!/usr/bin/env bash
# What the plugin promises, tried through the host. POLYA names the command when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
polya=${POLYA:-polya}
command -v "$polya" >/dev/null || { echo "there is no command $polya: put polya on the PATH or set POLYA" >&2; exit 1; }

"$polya" plugin check polya.python-reward --option file=template_name.py

expect() { # WHAT WANTED GOT
  [[ $3 == *"$2"* ]] || { printf "%s: wanted %s, got %s\n" "$1" "$2" "$3" >&2; exit 1; }
}

score() { # ROW: outcome and score
  "$polya" reward score --use polya.python-reward --option file=template_name.py <<<"$1" | grep -oE '"outcome":"[a-z_]*"(,"score":[^,}]*)?'
}

expect "blanks around it do not matter" '"right","score":1' "$(score '{"completion":" yes\n","reference":"yes"}')"
expect "case matters" '"wrong","score":0' "$(score '{"completion":"Yes","reference":"yes"}')"
expect "without a reference there is no verdict" '"abstained"' "$(score '{"completion":"yes"}')"
echo "all as promised"
