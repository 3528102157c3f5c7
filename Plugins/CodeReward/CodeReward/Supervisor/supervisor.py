"""Runs programs that a model wrote against tests, each in a sandbox of its own.

Speaks lines of JSON with the plugin: first the settings, then jobs; a line for each finished job goes back.

The tests run here, the answer runs in the sandbox; they meet over a pipe. What the answer gives back is a value that is
compared here, by code that the answer cannot reach: it cannot print, patch or guess its way to a verdict.

The plugin starts it with `main()`, a sandbox with `answer_side()` or `program_side()`; SOURCE is this text.
"""

import ast
import base64
import builtins
import errno
import json
import operator
import os
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time

HEADER = 8
LARGEST = 64 << 20


def write_message(descriptor, value):
    data = json.dumps(value).encode()
    data = len(data).to_bytes(HEADER, "big") + data
    while data:
        data = data[os.write(descriptor, data):]


def read_exactly(descriptor, count):
    parts = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise EOFError("the program has ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_message(descriptor):
    count = int.from_bytes(read_exactly(descriptor, HEADER), "big")
    if count > LARGEST:
        raise EOFError("the program answers with too much")
    return json.loads(read_exactly(descriptor, count))


# ---- values over the pipe: literals by value, everything else as a handle

def encode(value, handle):
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return ["i", hex(value)]
    if kind is float:
        return ["f", repr(value)]
    if kind is complex:
        return ["c", repr(value.real), repr(value.imag)]
    if kind is bytes or kind is bytearray:
        return ["y", base64.b64encode(bytes(value)).decode(), kind is bytearray]
    for mark, container in (("l", list), ("t", tuple), ("s", set), ("z", frozenset)):
        if kind is container or (container is tuple and isinstance(value, tuple)):
            return [mark, [encode(item, handle) for item in value]]
    if isinstance(value, dict):
        return ["d", [[encode(key, handle), encode(item, handle)] for key, item in value.items()]]
    if kind is range:
        return ["r", value.start, value.stop, value.step]
    if kind is type and getattr(builtins, value.__name__, None) is value:
        return ["b", value.__name__]
    return ["h", handle(value)]


def decode(value, resolve):
    if not isinstance(value, list):
        return value
    mark, rest = value[0], value[1:]
    if mark == "i":
        return int(rest[0], 16)
    if mark == "f":
        return float(rest[0])
    if mark == "c":
        return complex(float(rest[0]), float(rest[1]))
    if mark == "y":
        data = base64.b64decode(rest[0])
        return bytearray(data) if rest[1] else data
    if mark in "ltsz":
        return {"l": list, "t": tuple, "s": set, "z": frozenset}[mark](decode(item, resolve) for item in rest[0])
    if mark == "d":
        return {decode(key, resolve): decode(item, resolve) for key, item in rest[0]}
    if mark == "r":
        return range(*rest)
    if mark == "b":
        found = getattr(builtins, rest[0])
        return found if isinstance(found, type) else None
    return resolve(rest[0])


# ---- the side of the answer; its source is what runs in the sandbox

def leave_root():
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def answer_side():
    leave_root()
    inward, outward = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin = open(0, "r", closefd=False)
    sys.stdout = open(1, "w", closefd=False)
    sys.stderr = open(2, "w", closefd=False)
    sys.setrecursionlimit(10000)
    objects = []

    def handle(value):
        objects.append(value)
        return len(objects) - 1

    names = {"__name__": "answer", "__builtins__": builtins}
    operations = {
        "call": lambda target, arguments, keywords: target(*arguments, **dict(keywords)),
        "getattr": getattr, "setattr": setattr, "len": len, "iter": iter, "next": next, "bool": bool, "str": str,
        "repr": repr, "hash": hash, "getitem": operator.getitem, "setitem": operator.setitem, "contains": operator.contains,
        "eq": operator.eq, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
        "add": operator.add, "sub": operator.sub, "mul": operator.mul,
    }
    while True:
        request = read_message(inward)
        try:
            if request["op"] == "load":
                exec(compile(request["code"], "answer", "exec"), names)
                result = None
            elif request["op"] == "names":
                result = [name for name in request["names"] if name in names]
            elif request["op"] == "name":
                result = encode(names[request["name"]], handle)
            else:
                arguments = [decode(item, lambda number: objects[number]) for item in request["args"]]
                result = encode(operations[request["op"]](*arguments), handle)
            reply = {"ok": result}
        except BaseException as error:  # also SystemExit: the answer must not end the conversation unseen
            try:
                reply = {"error": type(error).__name__, "text": str(error)[:500]}
            except BaseException:
                reply = {"error": "Exception", "text": ""}
        write_message(outward, reply)


def program_side():
    leave_root()
    source = sys.argv[1]
    sys.argv = ["answer"]
    exec(compile(source, "answer", "exec"), {"__name__": "__main__", "__builtins__": builtins})


# ---- the side of the tests

class Remote:
    """Something that lives with the answer. Equal to nothing here but to the same kind of thing there."""

    def __init__(self, channel, number):
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_number", number)

    def __call__(self, *arguments, **keywords):
        return self._channel.perform("call", self, list(arguments), list(keywords.items()))

    def __getattr__(self, name):
        return self._channel.perform("getattr", self, name)

    def __setattr__(self, name, value):
        self._channel.perform("setattr", self, name, value)

    def __eq__(self, other):
        return isinstance(other, Remote) and bool(self._channel.perform("eq", self, other)) is True

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self._channel.perform("hash", self)

    def __bool__(self):
        return bool(self._channel.perform("bool", self))

    def __iter__(self):
        iterator = self._channel.perform("iter", self)
        if not isinstance(iterator, Remote):
            yield from iterator
            return
        while True:
            try:
                yield self._channel.perform("next", iterator)
            except StopIteration:
                return


def _forward(name):
    def method(self, *arguments):
        return self._channel.perform(name, self, *arguments)
    return method


for _name in ("len", "str", "repr", "getitem", "setitem", "contains", "lt", "le", "gt", "ge", "add", "sub", "mul"):
    setattr(Remote, f"__{_name}__", _forward(_name))


class AnswerError(Exception):
    """The answer raised something of its own."""


class Channel:
    def __init__(self, inward, outward):
        self.inward, self.outward = inward, outward

    def ask(self, **request):
        write_message(self.outward, request)
        reply = read_message(self.inward)
        if "error" in reply:
            known = getattr(builtins, str(reply["error"]), None)
            is_error = isinstance(known, type) and issubclass(known, Exception)
            raise (known if is_error else AnswerError)(reply.get("text", ""))
        return reply["ok"]

    def perform(self, op, *arguments):
        def number(value):
            if isinstance(value, Remote):
                return value._number
            raise TypeError(f"a {type(value).__name__} of the tests cannot be given to the answer")
        reply = self.ask(op=op, args=[encode(item, number) for item in arguments])
        return decode(reply, lambda found: Remote(self, found))

    def name(self, name):
        return decode(self.ask(op="name", name=name), lambda found: Remote(self, found))


def loaded_names(*sources):
    found = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.add(node.id)
    return sorted(found)


def run_tests(job, channel):
    """Counts the tests that pass: statements of the tests that assert or call."""
    names = {"__name__": "tests"}
    if job["prompt"]:
        # Helpers that the question itself defines are taken from it, not from the answer.
        try:
            exec(compile(job["prompt"].rstrip() + "\n    pass\n", "prompt", "exec"), names)
        except SyntaxError:
            pass
        names.pop(job["entry"], None)
    wanted = [name for name in loaded_names(job["setup"], job["tests"]) if name not in names]
    given = channel.ask(op="names", names=wanted)
    # An answer must not bring a `len` of its own to its tests, unless that is what is tested.
    own = [name for name in given if not hasattr(builtins, name)]
    for name in own or given:
        names[name] = channel.name(name)
    exec(compile(job["setup"], "setup", "exec"), names)
    passed, total, note = 0, 0, ""
    for statement in ast.parse(job["tests"]).body:
        counts = isinstance(statement, ast.Assert) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call))
        total += counts
        try:
            exec(compile(ast.Module([statement], []), "tests", "exec"), names)
            passed += counts
        except EOFError:
            raise
        except BaseException as error:
            note = note or f"{type(error).__name__}: {str(error)[:200]}"
            total += not counts
    return {"passed": passed, "total": total, "note": note}


# ---- sandboxes

def sockets_are_denied():
    """Whether this process, and all that it starts, may open no connection."""
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_DGRAM).close()
            return False
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM):
                return False
    return True


class Settings:
    def __init__(self, values):
        self.timeout = values["timeout"]
        self.memory = values["memory"]
        self.processes = values["processes"]
        self.output = values["output"]
        self.workers = values["workers"]
        self.python = shutil.which(values["python"])
        self.sandbox = values["sandbox"]
        self.bubblewrap = shutil.which("bwrap")

    def folders(self):
        script = "import sys; print(sys.prefix); print(sys.base_prefix); print(sys.executable)"
        found = subprocess.run([self.python, "-I", "-c", script], capture_output=True, text=True, check=True)
        lines = found.stdout.split("\n")[:3]
        return sorted({os.path.realpath(line) for line in lines[:2]} - {"/usr"}), os.path.realpath(lines[2])

    def prepare(self):
        if not self.python:
            return "the interpreter of the option 'python' is not found"
        if self.sandbox == "bubblewrap" and not self.bubblewrap:
            return "bubblewrap is not installed: 'apt-get install bubblewrap'"
        folders, self.interpreter = self.folders()
        self.wrap = []
        if self.sandbox != "bubblewrap":
            return None
        self.wrap = [
            self.bubblewrap, "--die-with-parent", "--new-session", "--clearenv",
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "PYTHONHASHSEED", "0",
            "--ro-bind", "/usr", "/usr",
        ]
        if os.getuid() == 0:
            # The interpreter leaves root before the answer is read; its number of processes would not be limited.
            self.wrap += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        else:
            self.wrap.append("--unshare-user")
        if not sockets_are_denied():
            self.wrap.append("--unshare-net")
        for name in ("bin", "lib", "lib64", "sbin"):
            if os.path.islink("/" + name):
                self.wrap += ["--symlink", os.readlink("/" + name), "/" + name]
            elif os.path.isdir("/" + name):
                self.wrap += ["--ro-bind", "/" + name, "/" + name]
        for folder in folders:
            parts = folder.split("/")
            for end in range(2, len(parts)):
                self.wrap += ["--perms", "0755", "--dir", "/".join(parts[:end])]
            self.wrap += ["--ro-bind", folder, folder]
        self.wrap += [
            "--proc", "/proc", "--dev", "/dev", "--size", str(16 << 20), "--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/tmp",
        ]
        trial = subprocess.run(
            self.wrap + [self.interpreter, "-I", "-S", "-c", SOURCE + "\nleave_root()\n"], capture_output=True, text=True,
            preexec_fn=self.limit)
        if trial.returncode != 0:
            return f"bubblewrap cannot make a sandbox here: {trial.stderr.strip()[:300]}"
        return None

    def limit(self):
        """In the child, before anything of the answer runs."""
        for name, value in (
            (resource.RLIMIT_AS, self.memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
            (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_CPU, int(self.timeout) + 1),
            (resource.RLIMIT_NPROC, self.processes),
        ):
            resource.setrlimit(name, (value, value))

    def start(self, arguments, **pipes):
        return subprocess.Popen(
            self.wrap + [self.interpreter, "-I", "-S"] + arguments, preexec_fn=self.limit, close_fds=True, **pipes)


def run_unit_tests(job, settings):
    source = SOURCE + "\nanswer_side()\n"
    process = settings.start(
        ["-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    channel = Channel(process.stdout.fileno(), process.stdin.fileno())
    try:
        try:
            channel.ask(op="load", code=job["program"])
        except EOFError as error:
            return {"passed": 0, "total": 1, "note": str(error)}
        except BaseException as error:
            return {"passed": 0, "total": 1, "note": f"{type(error).__name__}: {str(error)[:200]}"}
        try:
            return run_tests(job, channel)
        except (EOFError, BrokenPipeError) as error:
            return {"passed": 0, "total": 1, "note": str(error)}
    finally:
        process.kill()


def run_case(program, case, settings):
    """Whether the program writes what is wanted; white space separates and does not count."""
    process = settings.start(
        ["-c", SOURCE + "\nprogram_side()\n", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    selector = selectors.DefaultSelector()
    data, output = case["input"].encode(), b""
    os.set_blocking(process.stdin.fileno(), False)
    selector.register(process.stdin, selectors.EVENT_WRITE)
    selector.register(process.stdout, selectors.EVENT_READ)
    try:
        while selector.get_map():
            for key, _ in selector.select():
                if key.fileobj is process.stdin:
                    try:
                        data = data[os.write(process.stdin.fileno(), data[:65536]):]
                    except BrokenPipeError:
                        data = b""
                    if not data:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                else:
                    part = os.read(process.stdout.fileno(), 65536)
                    output += part
                    if len(output) > settings.output:
                        return False, "too much output"
                    if not part:
                        selector.unregister(process.stdout)
        status = process.wait()
        if status != 0:
            return False, f"ends with status {status}"
        return output.split() == case["output"].encode().split(), "another output"
    finally:
        process.kill()


def run_job(job, settings):
    if job["kind"] == "unit-tests":
        return run_unit_tests(job, settings)
    passed, note = 0, ""
    for case in job["cases"]:
        is_right, why = run_case(job["program"], case, settings)
        passed += is_right
        note = note or ("" if is_right else why)
    return {"passed": passed, "total": len(job["cases"]), "note": note}


# ---- the queue

class Supervisor:
    def __init__(self, settings):
        self.settings = settings
        self.running = {}

    def begin(self, job):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.close(read)
            try:
                result = run_job(job, self.settings)
            except BaseException as error:
                result = {"failure": f"{type(error).__name__}: {str(error)[:300]}"}
            os.write(write, json.dumps(result).encode()[:65536])
            os._exit(0)
        os.close(write)
        self.running[read] = (job["id"], child, time.monotonic() + self.settings.timeout, [])

    def end(self, descriptor, result):
        number, child, _, _ = self.running.pop(descriptor)
        os.close(descriptor)
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(child, 0)
        result["id"] = number
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()

    def step(self, wait):
        """Takes what is finished, and ends what is out of time."""
        now = time.monotonic()
        for descriptor in [key for key, value in self.running.items() if value[2] <= now]:
            self.end(descriptor, {"passed": 0, "total": 1, "note": f"no end within {self.settings.timeout} s"})
        if not self.running:
            return
        until = min(value[2] for value in self.running.values())
        selector = selectors.DefaultSelector()
        for descriptor in self.running:
            selector.register(descriptor, selectors.EVENT_READ)
        for key, _ in selector.select(min(wait, max(0, until - time.monotonic()))):
            part = os.read(key.fd, 65536)
            parts = self.running[key.fd][3]
            parts.append(part)
            if not part:
                text = b"".join(parts)
                self.end(key.fd, json.loads(text) if text else {"failure": "the tests ended without a result"})

    def run(self, jobs):
        waiting = list(reversed(jobs))
        while waiting or self.running:
            while waiting and len(self.running) < self.settings.workers:
                self.begin(waiting.pop())
            self.step(1.0)


def main():
    os.closerange(3, 65536)  # nothing of the host but this conversation
    settings = Settings(json.loads(sys.stdin.readline()))
    problem = settings.prepare()
    sys.stdout.write(json.dumps({"ready": problem is None, "problem": problem}) + "\n")
    sys.stdout.flush()
    supervisor = Supervisor(settings)
    for line in sys.stdin:
        supervisor.run(json.loads(line))
