"""The side of the answer: runs inside a sandbox, after values.py. Nothing here is trusted once the answer is loaded."""

import __future__
import ast
import builtins
import json
import operator
import os
import sys

FUTURES = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


def flags_of(tree):
    """What the `from __future__` lines of a text ask for."""
    return sum({
        FUTURES.get(alias.name, 0) for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__" for alias in statement.names})


def compiled(source, name, flags=0, mode="exec"):
    return compile(source, name, mode, flags, True)


def is_code(text):
    try:
        compiled(text, "answer")
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False


def indentation(line):
    return line[:len(line) - len(line.lstrip(" \t"))]


def head_of(prompt):
    """The prompt as a program of its own: its last function gets a body where it has none; None when that is no program."""
    lines = prompt.rstrip().split("\n")
    last = indentation(lines[-1])
    for body in ("", last + "    pass", last + "\tpass", last + "pass"):
        text = "\n".join(lines + [body]) + "\n"
        if is_code(text):
            return text
    return None


def defined(tree):
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}


def assigned(tree):
    return {
        target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
        if isinstance(target, ast.Name)}


def shifted(code, by):
    return "".join(by + line if line.strip() else line for line in code.splitlines(True))


def dedented(code):
    """As it is when its first line is moved to the left edge, and the others as far."""
    lines = code.splitlines(True)
    first = indentation(next((line for line in lines if line.strip()), ""))
    return "".join(line[len(first):] if line.startswith(first) else line.lstrip(" \t") for line in lines)


def programs(prompt, entry, code):
    """The parts of a program, to be run one after the other: an answer that defines what is asked for comes after the
    prompt, any other goes on from it, indented as it is or as the prompt wants it."""
    if not prompt.strip():
        return [code]
    head = head_of(prompt)
    asked, names = wanted(head, entry) if head else (None, {entry} - {""})
    own = code if is_code(code) else dedented(code)
    if is_code(own):
        tree = ast.parse(own)
        if (defined(tree) | assigned(tree)) & names or (not names and defined(tree)):
            return ([head] if head else []) + [own]
    inner = indentation(prompt.rstrip().split("\n")[-1])
    deeper = [inner] if asked is None else [inner, asked]
    attempts = [prompt + code, prompt.rstrip("\n") + "\n" + code]
    for by in deeper + [inner + "    ", inner + "\t"]:
        attempts += [prompt.rstrip() + "\n" + shifted(own, by), prompt.rstrip() + "\n" + shifted(dedented(code), by)]
    if asked is not None and code.lstrip().startswith(("def ", "async def ", "@")):  # a method, written as a whole
        attempts.insert(0, head + shifted(dedented(code), asked))
    if starts_as_body(code):
        attempts = attempts[2:] + attempts[:2]
    return [next((text for text in attempts if is_code(text)), prompt + code)]


def starts_as_body(code):
    """Statements at the left edge that are no definitions: of the prompt's function, that somebody has moved there."""
    first = next((line for line in code.splitlines() if line.strip()), " ")
    return first[0] not in " \t@" and first.split()[0] not in ("def", "async", "class", "import", "from")


def wanted(head, entry):
    """Where a method is asked for, how far it is indented; and the names either of which an answer may define."""
    tree = ast.parse(head)
    if not tree.body:
        return None, {entry} - {""}
    last = tree.body[-1]
    if isinstance(last, ast.ClassDef):
        inner = indentation(head.split("\n")[last.body[0].lineno - 1])
        return inner, {last.name} | ({entry} - {""} if entry in defined(tree) else set())
    name = entry or getattr(last, "name", "")
    return None, {name} - {""}


def program_side(descriptor):
    """A program with standard input and output. It comes in a file, for it may be longer than an argument."""
    with open(descriptor, "rb") as file:
        job = json.load(file)
    if job.get("tells"):
        sys.stderr = sys.stdout
    sys.argv = ["answer"]
    module = type(sys)("__main__")
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    before, program = script(job)
    for text in before:
        exec(compile(text, "answer", "exec", 0, True), module.__dict__)
    exec(compile(program.removeprefix("\ufeff"), "answer", "exec", 0, True), module.__dict__)


def wait_for(value):
    import asyncio

    async def outer():
        return await value
    return asyncio.run(outer())


def operations():
    return {
        "call": lambda target, arguments, keywords: target(*arguments, **dict(keywords)),
        "getattr": getattr, "setattr": setattr, "getitem": operator.getitem, "setitem": operator.setitem,
        "len": len, "iter": iter, "next": next, "bool": bool, "str": str, "repr": repr, "hash": hash, "eq": operator.eq,
        "await": wait_for, "abs": abs, "neg": operator.neg, "pos": operator.pos, "invert": operator.invert,
        **{name: getattr(operator, name) for name in ORDER + ARITHMETIC},
        "contains": operator.contains, "delitem": operator.delitem, "reversed": reversed,
    }


def load(request, names):
    """What the tests set up is there for the answer too, as far as it does not need the answer. Gives the classes of it."""
    if request["setup"]:
        tree = ast.parse(request["setup"])
        flags = flags_of(tree)
        for statement in tree.body:
            try:
                exec(compiled(ast.Module([statement], []), "setup", flags), names)
            except Exception:
                pass
    own = classes_of(names)
    *before, program = programs(request["prompt"], request["entry"], request["code"].replace("\r\n", "\n").removeprefix("\ufeff"))
    flags = 0
    for text in request["before"]:
        try:
            exec(compiled(text, "answer"), names)
        except Exception:
            pass
    for text in before:
        flags |= flags_of(ast.parse(text))
        try:
            exec(compiled(text, "prompt"), names)
        except Exception:
            pass
    try:
        exec(compiled(program, "answer", flags), names)
    except EOFError:
        pass  # a script that asks for input behind its functions; what is not defined then is missed by the tests
    return own


def classes_of(names):
    return {
        name: value for name, value in names.items() if type(value) is not type(sys) and isinstance(value, type)
        and value.__module__ == names["__name__"] and value.__name__ == name}


class Answer:
    """Does what the tests ask for."""

    def __init__(self, inward, outward):
        self.inward, self.outward = inward, outward
        self.module = type(sys)("answer")
        sys.modules["answer"] = self.module
        self.names, self.known, self.classes = self.module.__dict__, operations(), {}
        self.objects, self.places = [], {}

    def name_of(self, kind):
        name = kind.__name__
        return name if name in self.classes and kind in (self.classes[name], self.names.get(name)) else None

    def class_of(self, name):
        own = self.names.get(name)
        return own if isinstance(own, type) else self.classes[name]

    def handle(self, value):
        """The same for the same object, which stays alive."""
        place = self.places.setdefault(id(value), len(self.objects))
        if place == len(self.objects):
            self.objects.append(value)
        if isinstance(value, type) and issubclass(value, Exception) and getattr(builtins, value.__name__, None) is not value:
            return ["x", place, [[base.__name__, [outer.__name__ for outer in base.__bases__]] for base in value.__mro__]]
        return ["h", place]

    def resolve(self, mark, number):
        if mark == "h":
            return self.objects[number]
        call = self.callback(number)
        return call if mark == "b" else iterated(call)

    def callback(self, number):
        """A function that lives with the tests."""
        def call(*arguments, **keywords):
            writer = Writer(self.name_of, self.handle)
            args = [writer.encode(item) for item in (list(arguments), list(keywords.items()))]
            write_message(self.outward, {"callback": number, "args": args, "objects": writer.states()})
            reply = self.serve()
            if "error" in reply:
                known = getattr(builtins, reply["error"], None)
                raise (known if isinstance(known, type) and issubclass(known, Exception) else RuntimeError)(reply["text"])
            reader = Reader(self.class_of, self.resolve)
            reader.read(reply["objects"])
            return reader.decode(reply["ok"])
        return call

    def serve(self):
        """Until a function of the tests, which the answer has called, gives back."""
        while True:
            request = read_message(self.inward)
            if request["op"] == "return":
                return request
            try:
                reply = self.do(request)
            except BaseException as error:  # also SystemExit: the answer must not end the conversation unseen
                try:
                    reply = {"error": [base.__name__ for base in type(error).__mro__], "text": str(error)[:500]}
                    if reply["error"][0] not in self.classes and not hasattr(builtins, reply["error"][0]):
                        reply["object"] = self.handle(error)[1]
                except BaseException:
                    reply = {"error": ["Exception"], "text": ""}
            write_message(self.outward, reply)

    def has(self, name):
        return name in self.names or hasattr(self.names.get("Solution"), name)

    def named(self, name):
        """A function may be a method of a class `Solution`, as some sites want it."""
        return self.names[name] if name in self.names else getattr(self.names["Solution"](), name)

    def do(self, request):
        if request["op"] == "load":
            self.classes = load(request, self.names)
            return {"ok": None}
        if request["op"] == "names":
            return {"ok": [name for name in request["names"] if self.has(name)]}
        if request["op"] == "name":
            writer = Writer(self.name_of, self.handle)
            return {"ok": writer.encode(self.named(request["name"])), "objects": writer.states()}
        reader = Reader(self.class_of, self.resolve)
        reader.read(request["objects"])
        arguments = [reader.decode(item) for item in request["args"]]
        result = self.known[request["op"]](*arguments)
        writer = Writer(self.name_of, self.handle, reader.objects)
        reply = {"ok": writer.encode(result)}
        if request["op"] == "call":
            reply["changed"] = changed(writer, arguments, request["args"])
        return {**reply, "objects": writer.states()}


def changed(writer, arguments, before):
    """The containers among the arguments of a call that are not as they were."""
    found = []
    given = list(zip(arguments[1], before[1][1])) + [(item[1], old[1][1]) for item, old in zip(arguments[2], before[2][1])]
    for place, (value, old) in enumerate(given):
        if isinstance(value, CHANGEABLE):
            new = writer.encode(value)
            if new != old:
                found.append([place, new])
    return found


def iterated(call):
    while True:
        try:
            value = call()
        except StopIteration:
            return
        yield value


def answer_side():
    """Functions that the tests call."""
    inward, outward = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    write_message(outward, "ready")
    sys.setrecursionlimit(10000)
    Answer(inward, outward).serve()
