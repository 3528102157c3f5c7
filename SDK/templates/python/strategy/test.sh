#!/usr/bin/env bash
# What the plugin promises, tried through the host. POLYA names the command when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")"
polya=${POLYA:-polya}
command -v "$polya" >/dev/null || { echo "there is no command $polya: put polya on the PATH or set POLYA" >&2; exit 1; }

"$polya" plugin check polya.python-strategy --option file=template_name.py

expect() { # WHAT WANTED GOT
  [[ $3 == *"$2"* ]] || { printf "%s: wanted %s, got %s\n" "$1" "$2" "$3" >&2; exit 1; }
}

try() { # HEURISTIC: the last move, after two replies
  "$polya" strategy try --use polya.python-strategy --option file=template_name.py --json --question "2 + 2?" --heuristic "$1" --reply 4 --reply four |
    tail -n 1
}

expect "direct answers with the first reply" '"answer":"4"' "$(try direct)"
expect "look-back answers with the second reply" '"answer":"four"' "$(try look-back)"
echo "all as promised"
