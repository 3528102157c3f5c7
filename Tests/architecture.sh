#!/usr/bin/env bash
# Rules that the compiler does not know: who may import what, where unsafe code may live, who may print.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
refuse() { # MESSAGE, then lines on stdin that should not be there
  local found
  found=$(cat)
  [[ -z $found ]] && return
  printf '%s:\n%s\n' "$1" "$found" >&2
  status=1
}
imports() { grep -rnE "^ *(public |internal )?import $1\b" "${@:2}" --include='*.swift' || true; }

refuse "only the host, the checker and plugin entries import CPolya" < <(
  imports CPolya Sources Plugins | grep -vE '^Sources/(PolyaHost|PolyaConformance/Boundary)/|^Plugins/[A-Za-z]+/Entry/')
refuse "only PolyaRecords imports CZstd" < <(imports CZstd Sources Plugins | grep -v '^Sources/PolyaRecords/')
refuse "plugins and the SDK know nothing of the host" < <(
  imports 'Polya(Core|Host|Pipeline|Records|Bootstrap|Training|Evaluation|Report|Conformance|Command)' Plugins SDK)
refuse "only the composition root and the worker know the plugin host" < <(
  imports PolyaHost Sources | grep -vE '^Sources/(PolyaCommand|polya-worker)/')
refuse "features do not know each other" < <(
  imports 'Polya(Bootstrap|Training|Evaluation|Report|Conformance)' Sources | grep -v '^Sources/PolyaCommand/')
boundary='/Boundary/|/Entry/|^Sources/PolyaHost/Worker/|^Sources/PolyaRecords/Zstd|^Sources/PolyaCore/Files/'
boundary+='|^Sources/PolyaCommand/(Bench/SystemBLAS|Line/Console)|^SDK/PolyaKit/(Module|Call)\.swift'
boundary+='|^Sources/PolyaHost/PluginHost|^Plugins/Transformer/(Engine|Files)/'
refuse "only the engine of Transformer knows its kernels" < <(
  imports CTransformerKernels Sources Plugins SDK | grep -v '^Plugins/Transformer/Engine/')
refuse "unsafe code outside the places for it" < <(
  grep -rnE 'Unsafe|Unmanaged' Sources SDK/PolyaKit Plugins --include='*.swift' | grep -vE "$boundary")
refuse "print outside the console" < <(grep -rnE '(^|[^.A-Za-z])print\(' Sources SDK/PolyaKit Plugins --include='*.swift')
refuse "leftovers" < <(grep -rnE 'try!|TODO|FIXME' Sources SDK/PolyaKit Plugins --include='*.swift')
exit $status
