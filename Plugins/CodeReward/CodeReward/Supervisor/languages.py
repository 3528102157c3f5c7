"""The languages of programs besides Python: how they are built, and how tests and answers make one program.

There, tests and answer share a process. Whether all tests have passed is told by a word that the program writes last and
that no answer knows beforehand.
"""

import collections
import os
import re
import secrets
import shutil

# `tool`: what must be on the PATH. `build` makes the executable `program` from the file `source`.
Language = collections.namedtuple("Language", "tool source build hello ending")


def at_the_end(statement):
    return lambda tests, word: f"{tests}\n{statement.format(word)}\n"


def at_the_end_of_main(tests, word):
    """C++ has one function to end."""
    found = re.search(r"(\breturn\s+(?:0|EXIT_SUCCESS)\s*;\s*)?\}\s*$", tests)
    if not found or "main" not in tests:
        raise ValueError("the tests of the reference do not end with a function main")
    return f'{tests[:found.start()]}\nstd::cout.flush();\nstd::printf("\\n{word}\\n");\nreturn 0;\n}}\n'


LANGUAGES = {
    "cpp": Language(
        "g++", "program.cpp", "g++ -std=c++20 -O1 -o program program.cpp",
        '#include <cstdio>\nint main() { std::puts("built"); }\n', at_the_end_of_main),
    "javascript": Language(
        "node", "program.js", "node --check program.js && { echo '#!/usr/bin/env node'; cat program.js; } >program && chmod +x program",
        'console.log("built")\n', at_the_end('console.log("\\n{}")')),
    "swift": Language(
        "swiftc", "program.swift", "swiftc -module-cache-path . -o program program.swift", 'print("built")\n',
        at_the_end('print("\\n{}")')),
}
HEADERS = {"cpp": "#include <cstdio>\n#include <iostream>\n#undef NDEBUG\n#include <cassert>\n"}


class Toolchain:
    """A language with the command that builds its programs, and the folder that its tools need."""

    def __init__(self, name, build):
        self.name, self.language = name, LANGUAGES[name]
        self.build = build or self.language.build
        tool = shutil.which(self.build.split()[0]) or shutil.which(self.language.tool)
        if not tool:
            raise Problem(
                f"the option 'language' is \"{name}\", and '{self.language.tool}', which builds or runs such programs, is not on "
                "the PATH; install it")
        self.path = os.path.dirname(tool)
        real = os.path.dirname(os.path.realpath(tool))
        # Beside its executables, in `../lib` and the like, is what they need.
        self.folders = {os.path.dirname(folder) if os.path.basename(folder) == "bin" else folder for folder in (self.path, real)}

    def try_out(self, sandbox):
        folder = sandbox.make_folder()
        program, problem = built(sandbox, "trial", self.language.hello, folder)
        if not problem:
            output, status = converse(sandbox, "trial", "native", program, b"", 1 << 16, order={}, folder=folder)
            if status != 0 or output.split() != [b"built"]:
                problem = f"what it builds ends with status {status}"
        remove(folder)
        if problem:
            raise Problem(f"the option 'language' is \"{self.name}\", and a first program fails with '{self.build}': {problem}")


def braces(text):
    """How many are open at the end. What strings and comments contain does not count."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", "", text, flags=re.S)
    return text.count("{") - text.count("}")


def asked(prompt, entry):
    """The name of the function that the prompt ends with."""
    if entry:
        return entry
    names = re.findall(r"([A-Za-z_]\w*)\s*(?:<[^<>]*>)?\s*\(", re.sub(r"//[^\n]*|/\*.*?\*/", "", prompt, flags=re.S))
    return names[-1] if names else ""


def heading(prompt):
    """What stands in the prompt before its last function and that function's comment: includes, types, helpers."""
    lines = prompt.rstrip().split("\n")
    start = next((at for at in reversed(range(len(lines))) if re.match(r"\S.*\{\s*$", lines[at])), len(lines))
    while start > 0 and re.match(r"\s*(//|/?\*)", lines[start - 1]):
        start -= 1
    return "\n".join(lines[:start]) + "\n"


# What a keyword introduces; and in C++ a name with parameters and a body, at the left edge.
NAMED = re.compile(r"\b(?:func|function\s*\*?|struct|class|enum|protocol|typealias|using|const|let|var|#define)\s+([A-Za-z_$][\w$]*)")
WITH_BODY = re.compile(r"^[A-Za-z_][\w:<>,&* \t]*?[\s&*>]([A-Za-z_]\w*)\s*\([^;{}]*\)[^;{}=]*\{", re.M)


def definitions(text):
    return set(NAMED.findall(text)) | set(WITH_BODY.findall(text))


def body_of_tests(tests):
    """MultiPL-E's begin with the brace that ends the function of the prompt; whether it is needed is seen in the answer."""
    stripped = tests.lstrip()
    return stripped[1:] if stripped.startswith("}") else tests


def whole(job):
    """The answer as a program that its tests can follow, and the place of the block that it was made of."""
    blocks, prompt = job["blocks"], job["prompt"]
    name = asked(prompt, job["entry"])
    place = next((at for at in reversed(range(len(blocks))) if name in definitions(blocks[at])), None)
    if place is not None or not prompt.strip():
        place = len(blocks) - 1 if place is None else place
        return (heading(prompt) if prompt.strip() else "") + "".join(text + "\n" for text in completed(blocks, place)), place
    text = prompt + blocks[-1] + "\n"
    return text + "}\n" * max(0, min(braces(text), 1)), len(blocks) - 1


def completed(blocks, place):
    """A block behind the others that define what it uses, wherever those stand."""
    taken, defined = [blocks[place]], definitions(blocks[place])
    for text in reversed(blocks[:place] + blocks[place + 1:]):
        missing = definitions(text) - defined
        if any(re.search(rf"\b{re.escape(name)}\b", other) for name in missing for other in taken):
            taken.insert(0, text)
            defined |= missing
    return taken


def script_of(job):
    """The last block that can be a program, which in C++ has a function main."""
    blocks = job["blocks"]
    place = next((at for at in reversed(range(len(blocks))) if re.search(r"\bmain\s*\(", blocks[at])), len(blocks) - 1)
    return blocks[place], "", place


def assembled(job, language):
    """Source and the word that it writes last when all tests have passed."""
    word = secrets.token_hex(16)
    program, place = whole(job)
    tests = LANGUAGES[language].ending(body_of_tests(job["tests"]), word)
    return HEADERS.get(language, "") + job["setup"] + "\n" + program + tests, word, place
