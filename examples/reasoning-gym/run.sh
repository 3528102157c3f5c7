#!/usr/bin/env bash
# Scores a few answers to tasks of reasoning-gym, then runs the manifest. reasoning-gym goes into $POLYA_VENV (venv/ here).
# POLYA names a built polya; without it, one is built. Arguments go to `polya run`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
[[ -n ${POLYA:-} ]] || { prepare python3 python3-venv; build; }
venv=${POLYA_VENV:-$here/venv}
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check reasoning-gym==0.1.25 >&2

"$venv/bin/python" "$here/rows.py" |
  "$POLYA" reward score --use polya.python-reward --option file="$here/gym_tasks.py" --option style=score-answer \
    --option python="$venv/bin/python"
"$POLYA" run "$here/reasoning-gym.json5" --runs "${POLYA_RUNS:-$root/runs}" \
  --set plugins.gym.options.python="$venv/bin/python" --set plugins.score.options.python="$venv/bin/python" "$@"
