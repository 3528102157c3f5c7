"""The side of the tests: runs inside a sandbox of its own, after remote.py and forms.py, and never runs anything of an answer.

What an answer gives back is data here, and is compared by code that the answer cannot reach.
"""

import ast
import builtins
import importlib.util
import json
import os
import re
import sys


def describe(error):
    return str(error) if isinstance(error, (Gone, Broken)) else f"{type(error).__name__}: {str(error)[:200]}"


def parse(source, what):
    source = source.removeprefix("\ufeff")
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Broken(f"the {what} of the reference cannot be read: {describe(error)}") from None


class Bench:
    """The names that tests see: a module of their own."""

    def __init__(self, channel, job):
        self.channel, self.entry = channel, job["entry"]
        self.module = type(sys)("__main__")
        self.names = self.module.__dict__
        self.names["__file__"] = "tests.py"
        sys.modules["__main__"] = self.module
        self.tally = self.names["__tally__"] = Tally()
        self.answers = set()

    def run(self, statement, flags):
        """One statement of the reference; a module that the tests lack is no fault of the answer. Gives an expression's value."""
        try:
            if isinstance(statement, ast.Expr):
                return eval(compiled(ast.Expression(statement.value), "tests", flags, "eval"), self.names)
            return exec(compiled(ast.Module([statement], []), "tests", flags), self.names)
        except ImportError as error:
            if getattr(error, "is_of_answer", False):
                raise
            if self.is_import_of_answer(statement, error):
                return None
            raise Broken(f"the tests cannot be run: {describe(error)}") from None

    def is_import_of_answer(self, statement, error):
        """`from solution import f`, where there is no such module, means the answer's."""
        if not isinstance(statement, ast.ImportFrom) or not isinstance(error, ModuleNotFoundError):
            return False
        wanted = [alias.name for alias in statement.names]
        if error.name != (statement.module or "").split(".")[0] or "*" in wanted:
            return False
        given = self.channel.has(wanted)
        for alias in statement.names:
            if alias.name not in given:
                raise NameError(f"the program does not define '{alias.name}'")
            self.take(alias.name, alias.asname)
        return True

    def take(self, name, known_as=None):
        self.names[known_as or name] = self.channel.name(name)
        self.answers.add(known_as or name)

    def take_question(self, prompt, entry):
        """Helpers that the question itself defines are taken from it, not from the answer. Gives its text as a tree."""
        head = head_of(prompt) if prompt.strip() else None
        if head is None:
            return []
        asked, names = wanted(head, entry)
        try:
            exec(compiled(head, "prompt"), self.names)
        except Exception:
            pass
        for name in names | {entry}:
            self.names.pop(name, None)
        return [ast.parse(head)]

    def take_names(self, trees):
        """What the tests use and only the answer has."""
        loaded, bound, whole = {self.entry} - {""}, set(), {self.entry}
        for tree in trees:
            for node in ast.walk(tree):
                whole |= {
                    child.id for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.Name) and not isinstance(node, ast.Attribute)}
                if isinstance(node, ast.Name):
                    (loaded if isinstance(node.ctx, ast.Load) else bound).add(node.id)
                elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    bound.add(node.name)
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        if loaded & {"eval", "exec", "globals", "locals", "getattr"}:
            texts = [node.value for tree in trees for node in ast.walk(tree)
                     if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            loaded |= set(re.findall(r"[^\W\d]\w*", " ".join(texts)))
        wanted = sorted(name for name in loaded - set(self.names) if not name.startswith("__"))
        given = self.channel.has(wanted)
        # An answer must not bring a `len` of its own to its tests, nor a `math`, unless that is what is tested.
        own = [name for name in given if not hasattr(builtins, name) or name == self.entry]
        for name in own or given:
            if name not in whole and name not in bound and is_module(name):
                self.names[name] = importlib.import_module(name)
            else:
                self.take(name)

    def set_up(self, tree):
        """The reference's own preparations. Objects of its classes go to the answer and back as data."""
        flags, given = flags_of(tree), self.answers & {self.entry}
        for statement in tree.body:
            self.run(statement, flags)
            if isinstance(statement, ast.ClassDef) and statement.name == self.entry and statement.name in given:
                self.take(statement.name)
        self.channel.classes = {name: kind for name, kind in classes_of(self.names).items() if kind is not Tally}


def is_module(name):
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return name in known
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def needed(job, trees):
    """The names that the program is to define, as far as the reference says it."""
    if job["entry"]:
        head = head_of(job["prompt"]) if job["prompt"].strip() else None
        return {job["entry"]} | (wanted(head, job["entry"])[1] if head else set())
    bound = {
        getattr(node, "name", None) or getattr(node, "arg", None) or getattr(node, "id", None) for tree in trees
        for node in ast.walk(tree) if isinstance(node, DEFINITIONS + (ast.arg,))
        or isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {name for tree in trees for name in loads_of(tree) - names_of(tree) - bound if not hasattr(builtins, name)}


def judge(job, channel):
    setup, tests = parse(job["setup"], "setup"), parse(job["tests"], "tests")
    plan = Plan(setup, tests, job["prompt"])
    plan.refuse_what_cannot_be_run()
    bench = Bench(channel, job)
    tally = bench.tally
    blocks = blocks_of(job)
    place, others = chosen(blocks, needed(job, (setup, tests)))
    try:
        channel.ask(
            op="load", setup=job["setup"], prompt=job["prompt"], entry=job["entry"], before=others, code=blocks[place])
        question = bench.take_question(job["prompt"], job["entry"])
        bench.take_names([setup, tests, *question])
        bench.set_up(setup)
        Forms(bench, plan).run()
    except BaseException as error:
        if isinstance(error, Broken):
            raise
        tally.failed += 1
        tally.note = tally.note or describe(error)
    if tally.failed == tally.passed == 0:
        if tally.skipped:
            raise Broken(f"the tests skip themselves: {tally.skipped}")
        tally.note = "no test is reached"
    right = tally.failed == 0 < tally.passed
    total = tally.passed + tally.failed if right else max(tally.passed + tally.failed, plan.count, 1)
    note = tally.note + (job["remark"] if tally.note else "")
    return {"passed": tally.passed, "total": total, "right": right, "note": note, "block": place}


def outcome(job, channel):
    try:
        if read_message(channel.inward) != "ready":
            return {"failure": "the program's sandbox does not answer"}
    except Gone:
        return {"failure": "the program's sandbox does not start"}
    try:
        return judge(job, channel)
    except Broken as error:
        return {"broken": str(error)}


def tests_side(job, result):
    inward, outward = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    with open(job) as file:
        job = json.load(file)
    data = memoryview(json.dumps(outcome(job, Channel(inward, outward, job["tolerance"]))).encode() + b"\n")
    while data:
        data = data[os.write(result, data):]
    os._exit(0)
