#!/usr/bin/env bash
# What the plugin promises, tried through the host. POLYA names the command when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
polya=${POLYA:-polya}
command -v "$polya" >/dev/null || { echo "there is no command $polya: put polya on the PATH or set POLYA" >&2; exit 1; }

"$polya" plugin check ./template-name.so

expect() { # WHAT WANTED GOT
  [[ $3 == *"$2"* ]] || { printf "%s: wanted %s, got %s\n" "$1" "$2" "$3" >&2; exit 1; }
}

score() { # ROW [OPTION...]: outcome and score
  local row=$1
  shift
  "$polya" reward score --use ./template-name.so "$@" <<<"$row" | grep -oE '"outcome":"[a-z_]*"(,"score":[^,}]*)?'
}

expect "blanks around it do not matter" '"right","score":1' "$(score '{"completion":" yes\n","reference":"yes"}')"
expect "case matters" '"wrong","score":0' "$(score '{"completion":"Yes","reference":"yes"}')"
expect "unless told otherwise" '"right","score":1' \
  "$(score '{"completion":"Yes","reference":"yes"}' --option fold-case=true)"
expect "wrong is what the option says" '"wrong","score":-0.5' \
  "$(score '{"completion":"no","reference":"yes"}' --option wrong=-0.5)"
expect "without a reference there is no verdict" '"abstained"' "$(score '{"completion":"yes"}')"
echo "all as promised"
