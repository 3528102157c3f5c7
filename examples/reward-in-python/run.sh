#!/usr/bin/env bash
# Scores rows.jsonl by number_match.py. POLYA names a built polya; without it, one is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
[[ -n ${POLYA:-} ]] || { prepare python3; build; }
exec "$POLYA" reward score --use polya.python-reward --option file="$here/number_match.py" <"$here/rows.jsonl"
