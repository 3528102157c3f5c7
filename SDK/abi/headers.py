"""Reads SDK/include/polya/*.h: the one description of the contract, from which layout.py and generate.py work."""
import pathlib, re
from dataclasses import dataclass, field

ORDER = ["base", "host", "options", "plugin", "strategy", "reward", "model", "tasks", "services"]


@dataclass
class Field:
    name: str
    type: str            # "PolyaText", "uint32_t", "const float *", "struct pointer", or "function"
    doc: str             # the comment beside or above it, without the conventions below
    count: str = ""      # of an array: the field that says how many elements, as in /* [tokens.count] */
    element: str = ""    # of PolyaRows: the struct of its elements, as in /* PolyaMessage: ... */
    array: int = 0       # of an array inside the struct
    result: str = ""     # of a function
    parameters: list = field(default_factory=list)  # (type, name) of a function


@dataclass
class Struct:
    name: str
    doc: str
    fields: list


@dataclass
class Constant:
    name: str
    value: str           # "(UINT64_C(1) << 0)", "5", "\"polya.reward/1\""
    doc: str
    kind: str            # "define" or "enum"


def comment(text):
    """The sentence of a C comment."""
    text = re.sub(r"^\s*\*", "", text, flags=re.M)
    return " ".join(text.split())


def declarations(body):
    """(declaration, comment) of each ';' of a struct's body; a comment belongs to what it follows in its line, or to
    what comes after it when it stands alone."""
    tokens = re.findall(r"/\*.*?\*/|[^;/]+;|[^;/]+|/", body, flags=re.S)
    found, before, pending = [], "", ""
    for token in tokens:
        if token.startswith("/*"):
            text = comment(token[2:-2])
            if pending.strip():           # inside a declaration
                before = text
            elif found and not after_newline:
                found[-1][1] = text
            else:
                before = text
            continue
        pending += token
        after_newline = True
        if token.endswith(";"):
            found.append([" ".join(pending[:-1].split()), before])
            pending, before, after_newline = "", "", False
        elif "\n" not in token:
            after_newline = False
    return found


def fields(body):
    result = []
    for declaration, doc in declarations(body):
        function = re.match(r"(.*?)\(\*(\w+)\)\((.*)\)$", declaration)
        if function:
            kind, name, list_ = function.groups()
            parameters = []
            for parameter in list_.split(","):
                match = re.match(r"(.*?)(\w+)$", parameter.strip())
                if parameter.strip() != "void":
                    parameters.append((match[1].strip(), match[2]))
            result.append(Field(name, "function", doc, result=kind.strip(), parameters=parameters))
            continue
        base, names = re.match(r"((?:const )?(?:unsigned )?\w+)\s+(.*)$", declaration).groups()
        count = re.search(r"\[([\w. -]+)\]", doc)
        element = re.search(r"\bPolya[A-Z]\w+", doc)
        text = re.sub(r"^\[[^\]]*\](?:, or NULL)?(?:: |; | |$)|^Polya[A-Z]\w+(?:: |, or |; |$)", "", doc)
        for name in names.split(","):
            name = name.strip()
            array = re.search(r"\[(\d+)\]$", name)
            bare = re.sub(r"\[\d+\]$", "", name).lstrip("*").strip()
            pointer = name.startswith("*")
            kind = f"{base} *" if pointer else base
            result.append(
                Field(bare, kind, text, count[1] if count and pointer else "",
                      element[0] if element and base == "PolyaRows" else "", int(array[1]) if array else 0))
    return result


class Headers:
    def __init__(self, include):
        self.structs, self.constants, self.opaque = [], [], []
        for name in ORDER:
            self._read((pathlib.Path(include) / "polya" / f"{name}.h").read_text())
        version = (pathlib.Path(include) / "polya" / "polya.h").read_text()
        self.major = int(re.search(r"POLYA_ABI_MAJOR (\d+)", version)[1])
        self.minor = int(re.search(r"POLYA_ABI_MINOR (\d+)", version)[1])

    def __getitem__(self, name):
        return next(struct for struct in self.structs if struct.name == name)

    def _read(self, source):
        for match in re.finditer(
                r"(?:^/\*((?:(?!\*/).)*)\*/\n)?(?:typedef struct (\w+)|struct (\w+))\s*\{(.*?)\}\s*\w*\s*;", source, flags=re.S | re.M):
            doc, name = match[1], match[2] or match[3]
            self.structs.append(Struct(name, comment(doc or ""), fields(match[4])))
        for match in re.finditer(r"typedef struct (\w+) (\w+);", source):
            self.opaque.append(match[1])
        self.opaque = [name for name in self.opaque if name not in {struct.name for struct in self.structs}]
        for match in re.finditer(r"^#define (POLYA_\w+) +(\S.*?)(?: */\*(.*?)\*/)?$", source, flags=re.M):
            if re.match(r'\(?UINT64_C|"|0x', match[2]):
                self.constants.append(Constant(match[1], match[2], comment(match[3] or ""), "define"))
        for match in re.finditer(r"^enum \{(.*?)\};", source, flags=re.M | re.S):
            value = -1
            for name, given, doc in re.findall(
                    r"(POLYA_\w+)\s*(?:=\s*(\d+))?\s*,?[ \t]*(?:/\*(.*?)\*/)?", match[1], flags=re.S):
                value = int(given) if given else value + 1
                self.constants.append(Constant(name, str(value), comment(doc), "enum"))
