#!/usr/bin/env python3
"""Prints struct, field, offset and size of everything in polya/*.h, as the C compiler lays it out.

    python3 SDK/abi/layout.py SDK/include            print
    python3 SDK/abi/layout.py SDK/include --check    compare with the golden layouts

The layout of the newest minor version must be exactly the golden one. Against older ones structs may only have grown at
their end, and those that stand inside others not at all.
"""
import os, pathlib, re, subprocess, sys, tempfile

here = pathlib.Path(__file__).parent
include = pathlib.Path(sys.argv[1])
order = ["base", "host", "options", "plugin", "strategy", "reward", "model", "tasks", "services"]
source = "".join((include / "polya" / f"{name}.h").read_text() for name in order)
source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)

def fields(declaration):
    pointer = re.search(r"\(\*(\w+)\)", declaration)
    if pointer:
        return [pointer.group(1)]
    return [re.sub(r"\[.*", "", part).strip().split()[-1].lstrip("*") for part in declaration.split(",")]

lines = ["#include <polya/polya.h>", "#include <stdio.h>", "int main(void) {"]
for match in re.finditer(r"(?:typedef struct (\w+)|struct (\w+))\s*\{(.*?)\}\s*\w*\s*;", source, flags=re.S):
    name = match.group(1) or match.group(2)
    lines.append(f'printf("{name} size %zu\\n", sizeof({name}));')
    for declaration in filter(None, (part.strip() for part in match.group(3).split(";"))):
        for field in fields(declaration):
            lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));')
lines.append("}")

with tempfile.TemporaryDirectory() as folder:
    program = os.path.join(folder, "layout")
    pathlib.Path(program + ".c").write_text("\n".join(lines))
    subprocess.run([os.environ.get("CC", "cc"), f"-I{include}", program + ".c", "-o", program], check=True)
    layout = subprocess.run([program], check=True, capture_output=True, text=True).stdout

if "--check" not in sys.argv:
    sys.stdout.write(layout)
    sys.exit()

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

def problems(golden, fixed):
    new = structs(layout)
    for name, (size, lines) in structs(golden).items():
        if name not in new:
            yield f"{name} is gone"
            continue
        for old, now in zip(lines, new[name][1] + [None] * len(lines)):
            if old != now:
                yield f"- {old}\n+ {now}"
        if new[name][0] != size and (fixed or name in embedded):
            yield f"{name} has {new[name][0]} bytes, {size} in the golden layout"
        if fixed:
            yield from (f"+ {line}" for line in new[name][1][len(lines):])
    if fixed:
        yield from (f"{name} is new" for name in new if name not in structs(golden))

# Passed by value or as fields: their size is part of every struct that holds them.
embedded = {"PolyaText", "PolyaBytes", "PolyaTokens", "PolyaSpan", "PolyaRows", "PolyaRowsMut"}
goldens = sorted(here.glob("polya-*.layout"), key=lambda path: int(path.stem.split(".")[-1]))
found = [f"{path.name}: {problem}" for path in goldens for problem in problems(path.read_text(), path == goldens[-1])]
if found:
    sys.exit("\n".join(found))
