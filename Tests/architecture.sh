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
imports() { grep -rnE "^ *(public |package |internal )?import $1\b" "${@:2}" --include='*.swift' || true; }

refuse "only the host, the checker and plugin entries import CPolya" < <(
  imports CPolya Sources Plugins | grep -vE '^Sources/(PolyaHost|PolyaConformance/Boundary)/|^Plugins/[A-Za-z]+/Entry/')
refuse "only PolyaRecords imports CZstd" < <(imports CZstd Sources Plugins | grep -v '^Sources/PolyaRecords/')
refuse "only the boundary of PolyaServe knows its HTTP library" < <(
  imports CPolyaHTTP Sources Plugins | grep -v '^Sources/PolyaServe/Boundary/')
refuse "plugins and the SDK know nothing of the host" < <(
  imports 'Polya(Core|Host|Pipeline|Records|Bootstrap|Training|Evaluation|Report|Conformance|Serve|Command)' Plugins SDK)
refuse "only the composition root and the worker know the plugin host" < <(
  imports PolyaHost Sources | grep -vE '^Sources/(PolyaCommand|polya-worker)/')
refuse "features do not know each other" < <(
  imports 'Polya(Bootstrap|Training|Evaluation|Report|Conformance|Serve)' Sources | grep -v '^Sources/PolyaCommand/')
refuse "only the HTTP client knows libcurl" < <(imports CCurl Sources Plugins SDK | grep -v '^Plugins/Network/HTTP/')
boundary='/Boundary/|/Entry/|^Sources/PolyaHost/Worker/|^Sources/PolyaRecords/Files/Zstd|^Sources/PolyaCore/Files/'
boundary+='|^Sources/PolyaCommand/(Bench/Roofline|Line/Console)|^SDK/PolyaKit/(Module|Call)\.swift'
boundary+='|^Sources/PolyaContract/RowJSON|^Sources/PolyaPipeline/RunConcurrently|^Sources/PolyaHost/PluginHost|^Plugins/Transformer/(Engine|Files)/|^Plugins/Network/HTTP/'
refuse "only the engine of Transformer knows its kernels" < <(
  imports CTransformerKernels Sources Plugins SDK | grep -v '^Plugins/Transformer/Engine/')
# It counts how long a test waits for its turn beside the others; HostileAnswers.tooSteep takes the processor's time.
refuse "a time limit of a test fails on a busy machine" < <(grep -rn 'timeLimit(' Tests --include='*.swift' || true)
refuse "unsafe code outside the places for it" < <(
  grep -rnE 'Unsafe|Unmanaged' Sources SDK/PolyaKit Plugins --include='*.swift' | grep -vE "$boundary")
refuse "promises to the compiler outside the places for unsafe code" < <(
  grep -rnE 'nonisolated\(unsafe\)|@unchecked Sendable' Sources SDK/PolyaKit Plugins --include='*.swift' | grep -vE "$boundary")
# A note within 15 lines before, or inside of the first lines of what it is about.
refuse "promises to the compiler without a note on safety" < <(
  find Sources SDK/PolyaKit Plugins -name '*.swift' -print0 | xargs -0 awk '
    FNR == 1 { if (held != "") print held; note = -99; held = "" }
    END { if (held != "") print held }
    /Safety:/ { note = FNR; held = "" }
    held != "" && FNR > at + 2 { print held; held = "" }
    /nonisolated\(unsafe\)|@unchecked Sendable/ && FNR > note + 15 { held = FILENAME ":" FNR ": " $0; at = FNR }')
refuse "no module of the host is a product: what others use of it is 'package'" < <(
  grep -rnE '^ *(public|open (class|func|var)) ' Sources --include='*.swift')
# The formatter asks for the comments of what is public; the host's declarations are 'package'.
refuse "declarations for other modules without a documentation comment" < <(
  find Sources -name '*.swift' ! -name Layouts.swift -print0 | xargs -0 awk '
    FNR == 1 { last = "" }
    /^ *package (static |final |lazy |mutating |indirect |private\(set\) |convenience )*(func|var|let|struct|class|enum|protocol|init|typealias|subscript|actor)/ \
      && last !~ /^ *(\/\/\/|package import|\/\/)/ { print FILENAME ":" FNR ": " $0 }
    !/^ *@/ { last = $0 }')
refuse "a report is made from records and asks no plugin" < <(
  grep -rnE 'RoleProvider|StageContext|Pipeline\(' Sources/PolyaReport --include='*.swift')
refuse "records are read by PolyaRecords alone" < <(
  grep -rnE '\["[a-z_0-9]+"\]\?\.(string|real|integer|array|bool)' Sources/Polya{Bootstrap,Training,Evaluation,Report} \
    --include='*.swift')
refuse "print outside the console" < <(grep -rnE '(^|[^.A-Za-z])print\(' Sources SDK/PolyaKit Plugins --include='*.swift')
refuse "leftovers" < <(grep -rnE 'try!|TODO|FIXME' Sources SDK/PolyaKit Plugins --include='*.swift')
exit $status
