#!/usr/bin/env bash
# Scores rows.jsonl by Math-Verify and by polya.math-answer and prints where they differ. Math-Verify goes into
# $POLYA_VENV (venv/ here). POLYA names a built polya; without it, one is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
[[ -n ${POLYA:-} ]] || { prepare python3 python3-venv; build; }
venv=${POLYA_VENV:-$here/venv}
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check math-verify==0.9.0 >&2

verdicts=$(mktemp -d)
trap 'rm -rf "$verdicts"' EXIT
"$POLYA" reward score --use polya.python-reward --option file="$here/math_verify_reward.py" \
  --option python="$venv/bin/python" <"$here/rows.jsonl" >"$verdicts/math-verify"
"$POLYA" reward score --use polya.math-answer <"$here/rows.jsonl" >"$verdicts/math-answer"
"$venv/bin/python" "$here/disagreements.py" "$here/rows.jsonl" "$verdicts/math-verify" "$verdicts/math-answer"
