"""Runs programs that a model wrote against tests. Runs nothing of either itself.

Speaks lines of JSON with the plugin: first the settings; then batches of jobs, and a line goes back for each job that is
finished. Ends, with everything that it has started, when the plugin closes the conversation.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time


class Lines:
    """What the plugin says."""

    def __init__(self):
        self.rest, self.searched = bytearray(), 0

    def read(self):
        """None at the end."""
        while (end := self.rest.find(b"\n", self.searched)) < 0:
            self.searched = len(self.rest)
            part = os.read(0, 1 << 20)
            if not part:
                return None
            self.rest += part
        line = bytes(self.rest[:end])
        del self.rest[:end + 1]
        self.searched = 0
        return json.loads(line)


def say(value):
    tell(1, value)


def tell(descriptor, value):
    data = memoryview(json.dumps(value).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data):]


class Examples:
    """A program and its examples of input and output, run by a process of their own."""

    def __init__(self, job, sandbox, most_output):
        self.number, self.sandbox = job["id"], sandbox
        self.result, write = os.pipe()
        supervisor = os.getpid()
        self.process = os.fork()
        if self.process:
            os.close(write)
            return
        try:
            os.setsid()
            end_with_parent()
            if os.getppid() == supervisor:
                tell(write, self.run(job, most_output))
        except BaseException as error:
            tell(write, {"failure": f"{type(error).__name__}: {str(error)[:300]}"})
        finally:
            os._exit(0)

    def end(self):
        os.close(self.result)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.sandbox.end(self.number)

    def run(self, job, most_output):
        passed, note = 0, ""
        for case in job["cases"]:
            problem = self.problem(job["program"], case, most_output)
            passed += not problem
            note = note or problem
        return {"passed": passed, "total": len(job["cases"]), "right": not note, "note": note}

    def problem(self, program, case, most_output):
        """What is wrong with one run; empty when it writes what is wanted. White space separates and does not count."""
        inward, sink = os.pipe()
        source, outward = os.pipe()
        status, report = os.pipe()
        given = [inward, outward, readable(program.encode(errors="replace")), report]
        self.sandbox.start(self.number, "program", given)
        for descriptor in given:
            os.close(descriptor)
        try:
            output = self.talk(source, sink, case["input"].encode(errors="replace"), most_output)
            if output is None:
                self.sandbox.end(self.number)
                return f"the program writes more than {most_output >> 10} KiB"
            with open(status, "rb", closefd=False) as file:
                said = json.loads(file.readline() or "{}")
            if "status" not in said:
                raise Problem(said.get("failure", "the sandbox ended unexpectedly"))
            if said["status"] != 0:
                return f"the program ends with status {said['status']}" + self.sandbox.remark()
            return "" if output.split() == case["output"].encode(errors="replace").split() else "the output differs from the expected output"
        finally:
            os.close(source)
            os.close(status)

    @staticmethod
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


class UnitTests:
    """A program and its tests, each in namespaces of its own, connected with each other."""

    def __init__(self, job, sandbox):
        self.number, self.sandbox = job["id"], sandbox
        self.result, write = os.pipe()
        source = readable(json.dumps({**job, "remark": sandbox.remark()}).encode())
        ask, answer = os.pipe(), os.pipe()
        try:
            sandbox.start(self.number, "answer", [ask[0], answer[1], write])
            sandbox.start(self.number, "tests", [answer[0], ask[1], source, write])
        finally:
            for descriptor in (*ask, *answer, source, write):
                os.close(descriptor)

    def end(self):
        os.close(self.result)
        self.sandbox.end(self.number)


class Queue:
    def __init__(self, values, sandbox):
        self.sandbox, self.timeout, self.most_output = sandbox, values["timeout"], values["output"]
        self.running = {}

    def run(self, jobs, workers):
        waiting = list(reversed(jobs))
        while waiting or self.running:
            while waiting and len(self.running) < workers:
                self.begin(waiting.pop())
            self.step()

    def begin(self, job):
        try:
            if self.sandbox.has_ended():
                self.sandbox.begin()
            kind = Examples if job["kind"] == "stdin-stdout" else UnitTests
            run = kind(job, self.sandbox, *([self.most_output] if kind is Examples else []))
        except (OSError, Problem) as error:
            say({"id": job["id"], "failure": f"cannot start a sandbox: {error}"})
            return
        self.running[run.result] = (job["id"], run, time.monotonic() + self.timeout, bytearray())

    def end(self, descriptor, result):
        number, run, _, _ = self.running.pop(descriptor)
        run.end()
        note = str(result.get("note", "")).encode(errors="replace").decode()  # an error's text may hold half a character
        say({**result, "note": note, "id": number})

    def step(self):
        """Takes what is finished, and ends what is out of time."""
        now = time.monotonic()
        late = [key for key, value in self.running.items() if value[2] <= now]
        for descriptor in late:
            self.end(descriptor, {"right": False, "note": f"the run does not end within {self.timeout} s"})
        if late or not self.running:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            for descriptor in self.running:
                selector.register(descriptor, selectors.EVENT_READ)
            for key, _ in selector.select(max(0, min(value[2] for value in self.running.values()) - now)):
                if key.fd == 0:  # the plugin gives up: it says nothing more before it has all answers
                    sys.exit()
                part, text = os.read(key.fd, 65536), self.running[key.fd][3]
                text += part
                if not part or b"\n" in part:
                    self.end(key.fd, self.result(bytes(text)))

    def result(self, text):
        if b"\n" in text:
            return json.loads(text[:text.index(b"\n")])
        if self.sandbox.has_ended():
            return {"failure": "the sandbox ended unexpectedly"}
        return {"right": False, "note": "the tests crash on what the program returns"}


def main():
    os.closerange(3, 65536)  # nothing of the host but this conversation
    end_with_parent()
    lines = Lines()
    values = lines.read()
    if sys.version_info < (3, 9):
        return say({"ready": False, "problem": "the python3 on the PATH is older than 3.9; install a newer one"})
    try:
        sandbox = Sandbox(values)
    except Problem as problem:
        return say({"ready": False, "problem": str(problem)})
    say({"ready": True})
    queue = Queue(values, sandbox)
    while (batch := lines.read()) is not None:
        queue.run(batch["jobs"], batch["workers"])
