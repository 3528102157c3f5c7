"""The side of the tests: runs inside a sandbox of its own, after values.py, and never runs anything of an answer.

One process that forks for each job. What an answer gives back is data here, and is compared by code that the answer
cannot reach.
"""

import ast
import builtins
import json
import os
import sys


class AnswerError(Exception):
    """The answer raised something of its own."""


class Remote:
    """Something that lives with the answer.

    It can be called, looked into and handed back. It has no order, no arithmetic, and equals no value: an object that
    computes its own comparisons would pass every test.
    """

    def __init__(self, channel, number):
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)

    def __call__(self, *arguments, **keywords):
        return self._channel.perform("call", self, list(arguments), list(keywords.items()))

    def __getattr__(self, name):
        return self._channel.perform("getattr", self, name)

    def __setattr__(self, name, value):
        self._channel.perform("setattr", self, name, value)

    def __getitem__(self, key):
        return self._channel.perform("getitem", self, key)

    def __setitem__(self, key, value):
        self._channel.perform("setitem", self, key, value)

    def __eq__(self, other):
        return isinstance(other, Remote) and self._channel.perform("eq", self, other) is True

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self._channel.perform("hash", self)

    def __bool__(self):
        return self._channel.perform("bool", self) is True

    def __len__(self):
        return self._channel.perform("len", self)

    def __str__(self):
        return self._channel.perform("str", self)

    def __repr__(self):
        return self._channel.perform("repr", self)

    def __iter__(self):
        iterator = self._channel.perform("iter", self)
        if not isinstance(iterator, Remote):
            raise TypeError("the answer's object gives no iterator")
        while True:
            try:
                yield self._channel.perform("next", iterator)
            except StopIteration:
                return


class Channel:
    """The conversation with one answer."""

    def __init__(self, inward, outward):
        self.inward, self.outward = inward, outward

    def ask(self, **request):
        write_message(self.outward, request)
        reply = read_message(self.inward)
        if not isinstance(reply, dict):
            raise Gone("the program disturbs the conversation")
        if "error" in reply:
            error = self.error(str(reply["error"]), str(reply.get("text", "")))
            error.is_of_answer = True
            raise error
        return reply.get("ok")

    @staticmethod
    def error(name, text):
        known = getattr(builtins, name, None)
        try:
            return known(text) if issubclass(known, Exception) else AnswerError(f"{name}: {text}")
        except TypeError:  # no class, or one that wants other arguments
            return AnswerError(f"{name}: {text}")

    def perform(self, op, *arguments):
        def number(value):
            if isinstance(value, Remote):
                return value._number
            raise TypeError(f"a {type(value).__name__} of the tests cannot be given to the answer")
        reply = self.ask(op=op, args=[encode(item, number) for item in arguments])
        return decode(reply, lambda found: Remote(self, found))

    def has(self, name):
        return self.ask(op="names", names=[name]) == [name]

    def name(self, name):
        return decode(self.ask(op="name", name=name), lambda found: Remote(self, found))


class Tally:
    """Counts tests. Its two methods are called from inside of the tests."""

    def __init__(self):
        self.passed = self.failed = 0
        self.note = ""

    def success(self):
        self.passed += 1

    def failure(self):
        error = sys.exc_info()[1]
        if isinstance(error, Gone):
            raise error
        self.failed += 1
        self.note = self.note or describe(error)


def describe(error):
    return str(error) if isinstance(error, Gone) else f"{type(error).__name__}: {str(error)[:200]}"


class Counted(ast.NodeTransformer):
    """Each assertion is counted, and the tests go on after one that fails."""

    def __init__(self):
        self.count = 0

    def visit_Assert(self, node):
        self.count += 1
        frame = ast.parse("try: pass\nexcept BaseException: __tally__.failure()\nelse: __tally__.success()").body[0]
        for part in ast.walk(frame):
            ast.copy_location(part, node)
        frame.body = [node]
        return frame

    def visit_Try(self, node):
        return node  # its assertions may be meant to be caught


class Broken(Exception):
    """The reference cannot be used: no verdict."""


def parse(source, what):
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Broken(f"the {what} of the reference cannot be read: {describe(error)}") from None


def run(statement, names):
    """One statement of the reference; a module that the tests lack is no fault of the answer."""
    try:
        exec(compile(ast.Module([statement], []), "tests", "exec"), names)
    except ImportError as error:
        if getattr(error, "is_of_answer", False):
            raise
        raise Broken(f"the tests cannot be run: {describe(error)}") from None


def question(prompt, entry):
    """Helpers that the question itself defines are taken from it, not from the answer."""
    names = {"__name__": "tests"}
    if prompt:
        try:
            exec(compile(prompt.rstrip() + "\n    pass\n", "prompt", "exec"), names)
        except Exception:
            return {"__name__": "tests"}
        names.pop(entry, None)
    return names


def answers_names(job, trees, names, channel):
    """What the tests use and only the answer has."""
    loaded = {
        node.id for tree in trees for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    wanted = sorted(name for name in loaded - set(names) if not name.startswith("__"))
    told = channel.ask(op="names", names=wanted)
    # What else the answer would like to bring is not taken.
    given = [name for name in wanted if isinstance(told, list) and name in told]
    # An answer must not bring a `len` of its own to its tests, unless that is what is tested.
    own = [name for name in given if not hasattr(builtins, name) or name == job["entry"]]
    for name in own or given:
        names[name] = channel.name(name)


def judge(job, channel):
    setup, tests = parse(job["setup"], "setup"), parse(job["tests"], "tests")
    counted = Counted()
    counted.visit(tests)
    ast.fix_missing_locations(tests)
    tally, names = Tally(), question(job["prompt"], job["entry"])
    try:
        channel.ask(op="load", setup=job["setup"], code=job["program"])
        answers_names(job, (setup, tests), names, channel)
        names["__tally__"] = tally
        for statement in setup.body:
            run(statement, names)
            if isinstance(statement, ast.ClassDef) and channel.has(statement.name):
                names[statement.name] = channel.name(statement.name)  # so that the answer can be given its objects
        for statement in tests.body:
            before = tally.passed + tally.failed
            try:
                run(statement, names)
            except Broken:
                raise
            except BaseException:
                tally.failure()
            else:
                # A call without assertions fails by raising.
                is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
                tally.passed += is_call and tally.passed + tally.failed == before
    except Broken:
        raise
    except BaseException as error:
        tally.failed += 1
        tally.note = tally.note or describe(error)
    total = max(tally.passed + tally.failed, counted.count)
    return {"passed": tally.passed, "total": total, "right": tally.failed == 0 < tally.passed, "note": tally.note}


def outcome(job, channel):
    try:
        if read_message(channel.inward) != "ready":
            return {"failure": "the sandbox of the program gives no sign"}
    except Gone:
        return {"failure": "the sandbox of the program does not start"}
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
    data = memoryview(json.dumps(outcome(job, Channel(inward, outward))).encode() + b"\n")
    while data:
        data = data[os.write(result, data):]
    os._exit(0)
