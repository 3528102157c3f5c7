#!/usr/bin/env bash
# Makes a relocatable archive of polya: host, plugins, the libraries they need, SDK and quickstart. It runs on x86-64 Linux
# with the glibc of the system it is made on, or newer (Debian 12: 2.36), without a toolchain.
#
#   SDK/bundle.sh [FOLDER]     writes FOLDER/polya-VERSION-linux-x86_64.tar.gz, by default into the working folder
#
# PRODUCTS names a folder of built products; without it they are built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../examples/prepare.sh"
destination=$(cd "${1:-.}" && pwd)
prepare patchelf binutils
if [[ -n ${PRODUCTS:-} ]]; then POLYA=$PRODUCTS/polya; else build; fi
products=$(dirname "$POLYA")

version=$("$POLYA" --version | cut -d' ' -f2)
name=polya-$version-linux-x86_64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/$name
mkdir -p "$bundle"/{bin,lib/polya,lib/runtime,share/polya/examples}

cp "$products/polya" "$products/polya-worker" "$bundle/bin/"
for entry in "$root"/Plugins/*/Entry; do cp "$products/lib$(basename "$(dirname "$entry")").so" "$bundle/lib/polya/"; done

# What glibc itself brings is the system's; everything else travels along.
ldd "$bundle"/bin/* "$bundle"/lib/polya/*.so | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|libutil|ld-linux[^/]*)\.so' |
  while read -r library; do cp -L "$library" "$bundle/lib/runtime/"; done
strip --strip-unneeded "$bundle"/bin/* "$bundle"/lib/polya/*.so
# The host loads a copy of a plugin from elsewhere, so what a plugin needs is searched where the program says; DT_RPATH holds for
# all that a program loads, unless that has a path of its own.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib/runtime' "$bundle"/bin/*
patchelf --remove-rpath "$bundle"/lib/polya/*.so
patchelf --set-rpath '$ORIGIN' "$bundle"/lib/runtime/*.so*

tar -C "$root" --exclude=target --exclude=.build -c SDK README.md | tar -C "$bundle/share/polya" -x
mkdir "$bundle/share/polya/examples/quickstart"
cp -r "$root"/examples/quickstart/{README.md,quickstart.json5,base.json5,base} "$bundle/share/polya/examples/quickstart/"
for plugin in "$bundle"/lib/polya/*.so; do "$bundle/bin/polya" plugin describe "$plugin" --write >/dev/null; done

tar -C "$work" --sort=name --owner=0 --group=0 --mtime=@0 -cf - "$name" | gzip -9n >"$destination/$name.tar.gz"
echo "$destination/$name.tar.gz"
