#!/usr/bin/env python3
"""Prints struct, field, offset and size of everything in polya/*.h, as the C compiler lays it out.

    python3 SDK/abi/layout.py SDK/include            print
    python3 SDK/abi/layout.py SDK/include --check    compare with the golden layouts

The layout of the newest minor version must be exactly the golden one. Against older ones structs may only have grown at
their end, and those that stand inside others not at all.
"""
import os, pathlib, subprocess, sys, tempfile
from headers import Headers

here = pathlib.Path(__file__).resolve().parent


def layout_of(include):
    """The layout of the headers below a folder."""
    lines = ["#include <polya/polya.h>", "#include <stdio.h>", "int main(void) {"]
    for struct in Headers(include).structs:
        name = struct.name
        lines.append(f'printf("{name} size %zu\\n", sizeof({name}));')
        for field in struct.fields:
            place = f"offsetof({name}, {field.name}), sizeof((({name} *)0)->{field.name})"
            lines.append(f'printf("{name}.{field.name} %zu %zu\\n", {place});')
    lines.append("}")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "layout")
        pathlib.Path(program + ".c").write_text("\n".join(lines))
        subprocess.run([os.environ.get("CC", "cc"), f"-I{include}", program + ".c", "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def structs(text):
    """Name -> (size, field lines)."""
    found = {}
    for line in text.splitlines():
        name, *rest = line.split()
        if rest[0] == "size":
            found[name] = (int(rest[1]), [])
        else:
            found[name.split(".")[0]][1].append(line)
    return found


# Passed by value or as fields: their size is part of every struct that holds them.
EMBEDDED = {"PolyaText", "PolyaBytes", "PolyaTokens", "PolyaSpan", "PolyaRows", "PolyaRowsMut"}


def problems(golden, layout, is_newest):
    old, new = structs(golden), structs(layout)
    for name, (size, lines) in old.items():
        if name not in new:
            yield f"{name} is gone"
            continue
        for before, now in zip(lines, new[name][1] + [None] * len(lines)):
            if before != now:
                yield f"- {before}\n+ {now}"
        if new[name][0] != size and (is_newest or name in EMBEDDED):
            yield f"{name} has {new[name][0]} bytes, {size} in the golden layout"
        if is_newest:
            yield from (f"+ {line}" for line in new[name][1][len(lines):])
    if is_newest:
        yield from (f"{name} is new" for name in new if name not in old)


if __name__ == "__main__":
    layout = layout_of(pathlib.Path(sys.argv[1]))
    if "--check" not in sys.argv:
        sys.stdout.write(layout)
        sys.exit()
    goldens = sorted(here.glob("polya-*.layout"), key=lambda path: int(path.stem.split(".")[-1]))
    found = [f"{path.name}: {problem}" for path in goldens
             for problem in problems(path.read_text(), layout, path == goldens[-1])]
    if found:
        sys.exit("\n".join(found))
