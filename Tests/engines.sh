#!/usr/bin/env bash
# Runs the loop at engines that are too heavy for every test run: Tests/engines.sh [skyrl] [vllm] [llama-cpp], by default all.
# What they need (about 6, 4 and 1 GB) stays in .build-engines. Each says in one line what it found, or fails.
set -euo pipefail
cd "$(dirname "$0")/.."
source examples/prepare.sh
prepare python3 python3-venv g++
build
source Tests/engines/common.sh
for engine in "${@:-skyrl vllm llama-cpp}"; do
  for name in $engine; do
    if [[ ! -f $root/Tests/engines/$name.sh ]]; then
      echo "there is no engine '$name': skyrl, vllm, or llama-cpp" >&2
      exit 2
    fi
    (
      work=$(mktemp -d)
      trap 'stop_server; rm -rf "$work"' EXIT
      shopt -s inherit_errexit
      cd "$work"
      write_letters
      source "$root/Tests/engines/$name.sh"
    )
  done
done
