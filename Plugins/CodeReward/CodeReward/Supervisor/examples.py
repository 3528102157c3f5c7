"""Programs that read and write, each job run by a process of its own outside of the sandboxes. Runs nothing of an answer itself."""

import collections
import json
import math
import os
import re
import selectors
import shutil
import signal

# `output`: bytes that one run may write. `tolerance`: by how much decimals may be off.
Limits = collections.namedtuple("Limits", "output tolerance")
MOST_TO_BUILD = 60  # seconds
MOST_IN_FOLDER = 256 << 20  # bytes that a build may write
BUILT = b'{"built": true}\n'
FEWEST_PLACES = 6  # decimals, from which on two numbers are the same if they agree in as many as both have
RELATIVE = 1e-7  # of EvalPlus, beside the absolute tolerance that the user gives
WRITTEN_DECIMAL = re.compile(rb"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")
WRITTEN_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Examples:
    """A program and its examples of input and output."""

    def __init__(self, job, sandbox, limits):
        self.number, self.sandbox, self.limits = job["id"], sandbox, limits
        self.result, self.write = os.pipe()
        supervisor = os.getpid()
        self.process = os.fork()
        if self.process:
            os.close(self.write)
            return
        try:
            os.setsid()
            end_with_parent()
            if os.getppid() == supervisor:
                tell(self.write, self.run(job))
        except BaseException as error:
            tell(self.write, {"failure": f"{type(error).__name__}: {str(error)[:300]}"})
        finally:
            os._exit(0)

    def end(self):
        os.close(self.result)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.sandbox.end(self.number)

    def run(self, job):
        program = json.dumps({key: job[key] for key in ("blocks", "indented", "prompt", "entry")}).encode()
        return self.tried(job["cases"], lambda data: converse(self.sandbox, self.number, "program", program, data, self.limits.output))

    def tried(self, cases, start):
        passed, note = 0, ""
        for case in cases:
            problem = self.problem(case, *start(case["input"].encode(errors="replace")))
            passed += not problem
            note = note or problem
        return {"passed": passed, "total": len(cases), "right": not note, "note": note}

    def problem(self, case, output, status):
        """What is wrong with one run; empty when it writes what is wanted. White space separates and does not count."""
        if output is None:
            return self.too_much()
        if status != 0:
            return f"the program ends with status {status}" + self.sandbox.remark()
        found, wanted = output.split(), case["output"].encode(errors="replace").split()
        is_same = len(found) == len(wanted) and all(map(self.is_same, found, wanted))
        return "" if is_same else "the output differs from the expected output"

    def is_same(self, found, wanted):
        if found == wanted:
            return True
        if not WRITTEN_DECIMAL.fullmatch(wanted) or not WRITTEN_NUMBER.fullmatch(found):
            return False
        places = min(len(word.partition(b".")[2]) if word.partition(b".")[2].isdigit() else 0 for word in (found, wanted))
        found, wanted = float(found), float(wanted)
        if places >= FEWEST_PLACES and abs(found - wanted) < 10 ** -places:
            return True
        return self.limits.tolerance > 0 and math.isfinite(wanted) and abs(found - wanted) <= self.limits.tolerance + RELATIVE * abs(wanted)

    def too_much(self):
        return f"the program writes more than {self.limits.output >> 10} KiB"


class Output(Examples):
    """A program whose output is wanted, and the traceback of what ends it."""

    def run(self, job):
        program = json.dumps({**{key: job[key] for key in ("blocks", "indented", "prompt", "entry")}, "tells": True}).encode()
        output, status = converse(self.sandbox, self.number, "program", program, b"", self.limits.output)
        if output is None:
            return {"note": self.too_much()}
        text = output.decode(errors="replace")
        return {"output": text if text or status == 0 else f"(the program ends with status {status})"}


class Compiled(Examples):
    """A program in another language: built once, and then run once for each example, or once with its tests."""

    def __init__(self, job, sandbox, limits):
        self.folder = sandbox.make_folder()
        super().__init__(job, sandbox, limits)

    def end(self):
        super().end()
        remove(self.folder)

    def run(self, job):
        kind = job["kind"]
        try:
            source, word, place = assembled(job, self.sandbox.toolchain.name) if kind == "unit-tests" else script_of(job)
        except ValueError as error:
            return {"broken": str(error)}
        program, problem = built(self.sandbox, self.number, source, self.folder)
        if problem:
            return {"passed": 0, "total": len(job.get("cases", [0])), "right": False, "note": problem, "block": place}
        os.write(self.write, BUILT)
        result = self.tested(program, word) if kind == "unit-tests" else self.tried(job["cases"], self.starter(program))
        return {**result, "block": place}

    def starter(self, program):
        return lambda data: converse(
            self.sandbox, self.number, "native", program, data, self.limits.output, order={}, folder=self.folder)

    def tested(self, program, word):
        output, status = self.starter(program)(b"")
        if output is None:
            problem = self.too_much()
        elif status == 0 and output.split()[-1:] == [word.encode()]:
            problem = ""
        else:
            problem = f"a test fails, or the program ends before its tests do (status {status})" + self.sandbox.remark()
        return {"passed": int(not problem), "total": 1, "right": not problem, "note": problem}


def remove(folder):
    if folder != "/tmp":
        shutil.rmtree(folder, ignore_errors=True)  # other users' files may be left there


def built(sandbox, number, source, folder):
    """The executable as bytes, or None and what the compiler says."""
    toolchain = sandbox.toolchain
    order = {"build": toolchain.build, "source": toolchain.language.source}
    output, status = converse(
        sandbox, number, "native", source.encode(errors="replace"), b"", MOST_IN_FOLDER, order=order, folder=folder)
    if output is None:
        return None, f"the executable has more than {MOST_IN_FOLDER >> 20} MiB"
    if status == 0:
        return output, ""
    lines = output.decode(errors="replace").splitlines()
    said = next((line for line in lines if "rror" in line), lines[0] if lines else f"status {status}")
    return None, f"the program cannot be built: {said.strip()[:300]}" + sandbox.remark()


def converse(sandbox, number, kind, payload, data, most_output, **more):
    """Runs one program with this input. Gives what it writes, None when that is too much, and its exit status."""
    inward, sink = os.pipe()
    source, outward = os.pipe()
    status, report = os.pipe()
    given = [inward, outward, readable(payload), report]
    sandbox.start(number, kind, given, **more)
    for descriptor in given:
        os.close(descriptor)
    try:
        output = talk(source, sink, data, most_output)
        if output is None:
            sandbox.end(number)
            return None, 0
        with open(status, "rb", closefd=False) as file:
            said = json.loads(file.readline() or "{}")
        if "status" not in said:
            raise Problem(said.get("failure", "the sandbox ended unexpectedly"))
        return output, said["status"]
    finally:
        os.close(source)
        os.close(status)


def talk(source, sink, data, most_output):
    """Gives input and takes output at the same time; None when it is too much."""
    output, data = bytearray(), memoryview(data)
    selector = selectors.DefaultSelector()
    os.set_blocking(sink, False)
    selector.register(sink, selectors.EVENT_WRITE)
    selector.register(source, selectors.EVENT_READ)
    while selector.get_map():
        for key, _ in selector.select():
            if key.fd == sink:
                try:
                    data = data[os.write(sink, data[:65536]):]
                except BrokenPipeError:
                    data = b""
                if not data:
                    selector.unregister(sink)
                    os.close(sink)
                continue
            part = os.read(source, 65536)
            output += part
            if len(output) > most_output:
                if sink in selector.get_map():
                    os.close(sink)
                return None
            if not part:
                selector.unregister(source)
    return bytes(output)
