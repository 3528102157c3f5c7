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


class UnitTests:
    """A program and its tests, each in namespaces of its own, connected with each other."""

    def __init__(self, job, sandbox, limits):
        self.number, self.sandbox = job["id"], sandbox
        self.result, write = os.pipe()
        source = readable(json.dumps({**job, "remark": sandbox.remark(), "tolerance": limits.tolerance}).encode())
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


class Running:
    """A job, the seconds that it has, and what it has said so far."""

    def __init__(self, number, run, time):
        self.number, self.run, self.text = number, run, bytearray()
        self.give(time)

    def give(self, seconds):
        self.time, self.deadline = seconds, time.monotonic() + seconds


class Queue:
    def __init__(self, values, sandbox):
        self.sandbox, self.timeout = sandbox, values["timeout"]
        self.limits = Limits(values["output"], values["tolerance"])
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
            if self.sandbox.toolchain:
                run = Compiled(job, self.sandbox, self.limits)
            elif job["kind"] == "stdin-stdout":
                run = Examples(job, self.sandbox, self.limits)
            elif job["kind"] == "run":
                run = Output(job, self.sandbox, self.limits)
            else:
                run = UnitTests(job, self.sandbox, self.limits)
        except (OSError, Problem) as error:
            say({"id": job["id"], "failure": f"cannot start a sandbox: {error}"})
            return
        self.running[run.result] = Running(job["id"], run, MOST_TO_BUILD if self.sandbox.toolchain else self.timeout)

    def end(self, descriptor, result):
        running = self.running.pop(descriptor)
        number = running.number
        running.run.end()
        note = str(result.get("note", "")).encode(errors="replace").decode()  # an error's text may hold half a character
        say({**result, "note": note, "id": number})

    def step(self):
        """Takes what is finished, and ends what is out of time."""
        now = time.monotonic()
        late = [key for key, value in self.running.items() if value.deadline <= now]
        for descriptor in late:
            self.end(descriptor, {"right": False, "note": f"the run does not end within {self.running[descriptor].time} s"})
        if late or not self.running:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            for descriptor in self.running:
                selector.register(descriptor, selectors.EVENT_READ)
            for key, _ in selector.select(max(0, min(value.deadline for value in self.running.values()) - now)):
                if key.fd == 0:  # the plugin gives up: it says nothing more before it has all answers
                    sys.exit()
                part, running = os.read(key.fd, 65536), self.running[key.fd]
                running.text += part
                if running.text.startswith(BUILT):
                    running.text = running.text[len(BUILT):]
                    running.give(self.timeout)
                if not part or b"\n" in running.text:
                    self.end(key.fd, self.result(bytes(running.text)))

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
        if sandbox.toolchain:
            sandbox.toolchain.try_out(sandbox)
    except Problem as problem:
        return say({"ready": False, "problem": str(problem)})
    say({"ready": True})
    queue = Queue(values, sandbox)
    while (batch := lines.read()) is not None:
        queue.run(batch["jobs"], batch["workers"])
