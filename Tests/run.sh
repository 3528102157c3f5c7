#!/usr/bin/env bash
# Builds everything and runs every test. On a fresh Debian with Swift it installs what is missing (as root) or says
# exactly what to install. Arguments go to `swift test`, e.g. --filter PolyaCoreTests
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../examples/prepare.sh"
prepare python3 python3-venv gcc g++ make nodejs binutils patchelf bubblewrap procps libopenblas-dev libmicrohttpd-dev \
  $(source /etc/os-release && [[ ${ID:-} != debian ]] || echo chromium) # elsewhere it is no package, and the page's tests say so
cd "$root"

echo "== headers: C11 and C++17 with warnings as errors, golden layout"
for compiler in "gcc -std=c11 -x c" "g++ -std=c++17 -x c++" "clang -std=c11 -x c"; do
  echo '#include <polya/polya.h>' |
    $compiler -Wall -Wextra -Wpedantic -Wpadded -Werror -ISDK/include -fsyntax-only -
done
python3 SDK/abi/layout.py SDK/include --check
python3 SDK/abi/layout.py SDK/abi/1.0/include | diff SDK/abi/polya-1.0.layout -
python3 SDK/abi/generate.py --check

echo "== format"
swift format lint --strict --recursive Package.swift Sources SDK Plugins Tests

echo "== architecture"
"$here/architecture.sh"

echo "== build and test"
flags=(--scratch-path .build-test -Xswiftc -enable-testing)
build "${flags[@]}"
swift test -c release "${flags[@]}" "$@"

(($# == 0)) || exit 0
echo "== bundle"
if [[ $(id -u) == 0 ]] && unshare --mount true 2>/dev/null; then
  PRODUCTS=$(dirname "$POLYA") Tests/bundle.sh
else
  echo "skipped: hiding the toolchain needs root and mount namespaces"
fi
