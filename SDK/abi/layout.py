#!/usr/bin/env python3
"""Prints struct, field, offset and size of everything in polya/*.h, as the C compiler lays it out.

    python3 SDK/abi/layout.py SDK/include            print
    python3 SDK/abi/layout.py SDK/include --check    compare with polya-1.0.layout: nothing frozen may move
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

golden = (here / "polya-1.0.layout").read_text()
if layout != golden:
    old, new = set(golden.splitlines()), set(layout.splitlines())
    for line in golden.splitlines():
        if line not in new:
            print(f"- {line}")
    for line in layout.splitlines():
        if line not in old:
            print(f"+ {line}")
    sys.exit("the layout of the headers is not that of SDK/abi/polya-1.0.layout")
