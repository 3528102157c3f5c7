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
        self.rest = b""

    def read(self):
        """None at the end."""
        while b"\n" not in self.rest:
            part = os.read(0, 1 << 20)
            if not part:
                return None
            self.rest += part
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)


def say(value):
    data = json.dumps(value).encode() + b"\n"
    while data:
        data = data[os.write(1, data):]


class Examples:
    """A program and its examples of input and output, run by a process of their own."""

    def __init__(self, job, sandbox, user, most_output):
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
                os.write(write, json.dumps(self.run(job, sandbox, user, most_output)).encode())
        except BaseException as error:
            os.write(write, json.dumps({"failure": f"{type(error).__name__}: {str(error)[:300]}"}).encode())
        finally:
            os._exit(0)

    def end(self):
        os.close(self.result)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def run(self, job, sandbox, user, most_output):
        passed, note = 0, ""
        for case in job["cases"]:
            problem = self.problem(job["program"], case, sandbox, user, most_output)
            passed += not problem
            note = note or problem
        return {"passed": passed, "total": len(job["cases"]), "right": not note, "note": note}

    def problem(self, program, case, sandbox, user, most_output):
        """What is wrong with one run; empty when it writes what is wanted. White space separates and does not count."""
        source = readable(program.encode())
        process = sandbox.start(
            f"program_side({source})", user, [source], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        os.close(source)
        try:
            output = self.talk(process, case["input"].encode(), most_output)
            if output is None:
                return f"writes more than {most_output >> 10} kB"
            status = process.wait()
            if status != 0:
                return f"ends with status {status}"
            return "" if output.split() == case["output"].encode().split() else "another output"
        finally:
            end(process)

    @staticmethod
    def talk(process, data, most_output):
        """Gives input and takes output at the same time; None when it is too much."""
        source, sink, output = process.stdout, process.stdin, bytearray()
        selector = selectors.DefaultSelector()
        os.set_blocking(sink.fileno(), False)
        selector.register(sink, selectors.EVENT_WRITE)
        selector.register(source, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                if key.fileobj is sink:
                    try:
                        data = data[os.write(sink.fileno(), data[:65536]):]
                    except BrokenPipeError:
                        data = b""
                    if not data:
                        selector.unregister(sink)
                        os.close(sink.fileno())
                        sink.detach()
                    continue
                part = os.read(source.fileno(), 65536)
                output += part
                if len(output) > most_output:
                    return None
                if not part:
                    selector.unregister(source)
        return bytes(output)


class UnitTests:
    """A program in its sandbox, and the tests in theirs, connected with each other."""

    def __init__(self, job, sandbox, user, tests):
        self.number, self.tests = job["id"], tests
        self.program = sandbox.start(
            "answer_side()", user, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        source = readable(json.dumps(job).encode())
        self.result, write = os.pipe()
        descriptors = [source, self.program.stdout.fileno(), self.program.stdin.fileno(), write]
        try:
            tests.send(self.number, descriptors)
        finally:
            os.close(source)
            os.close(write)
            self.program.stdout.close()
            self.program.stdin.close()

    def end(self):
        os.close(self.result)
        end(self.program)
        self.tests.send(self.number, [])


class Tests:
    """The sandbox of the tests: one for all jobs, for what tests say is believed anyway."""

    def __init__(self, sandbox, workers):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = sandbox.start_tests(
                workers, stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = ours
        if ours.recv(16) != b"ready":
            raise Problem("the sandbox of the tests does not start")

    def send(self, number, descriptors):
        try:
            socket.send_fds(self.socket, [str(number).encode()], descriptors)
        except OSError:
            pass  # they have ended; the job notices, for nobody holds the other end of its result

    def has_ended(self):
        return self.process.poll() is not None


class Queue:
    def __init__(self, values, sandbox):
        self.sandbox, self.timeout, self.most_output = sandbox, values["timeout"], values["output"]
        self.tests = None
        self.running = {}

    def run(self, jobs, workers):
        waiting, users = list(reversed(jobs)), list(range(FIRST_USER, FIRST_USER + workers))
        while waiting or self.running:
            while waiting and users:
                self.begin(waiting.pop(), users.pop(), workers)
            users += self.step()

    def begin(self, job, user, workers):
        try:
            if job["kind"] == "stdin-stdout":
                run = Examples(job, self.sandbox, user, self.most_output)
            else:
                if self.tests is None or self.tests.has_ended():
                    self.tests = Tests(self.sandbox, workers)
                run = UnitTests(job, self.sandbox, user, self.tests)
        except OSError as error:
            say({"id": job["id"], "failure": f"no sandbox can be started: {error}"})
            return
        self.running[run.result] = (job["id"], run, user, time.monotonic() + self.timeout, [])

    def end(self, descriptor, result):
        number, run, user, _, _ = self.running.pop(descriptor)
        run.end()
        note = str(result.get("note", "")).encode(errors="replace").decode()  # an error's text may hold half a character
        say({**result, "note": note, "id": number})
        return user

    def step(self):
        """Takes what is finished, and ends what is out of time. Gives the users that are free again."""
        now = time.monotonic()
        free = [
            self.end(descriptor, {"right": False, "note": f"no end within {self.timeout} s"})
            for descriptor in [key for key, value in self.running.items() if value[3] <= now]]
        if free or not self.running:
            return free
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            for descriptor in self.running:
                selector.register(descriptor, selectors.EVENT_READ)
            for key, _ in selector.select(max(0, min(value[3] for value in self.running.values()) - now)):
                if key.fd == 0:  # the plugin gives up: it says nothing more before it has all answers
                    sys.exit()
                part = os.read(key.fd, 65536)
                self.running[key.fd][4].append(part)
                if not part:
                    free.append(self.end(key.fd, self.result(b"".join(self.running[key.fd][4]))))
        return free

    def result(self, text):
        if text:
            return json.loads(text)
        if self.tests and self.tests.has_ended():
            return {"failure": "the sandbox of the tests has ended"}
        return {"right": False, "note": "what the program gives brings the tests down"}


def main():
    os.closerange(3, 65536)  # nothing of the host but this conversation
    end_with_parent()
    lines = Lines()
    values = lines.read()
    if sys.version_info < (3, 9):
        return say({"ready": False, "problem": "the python3 of the PATH is older than 3.9"})
    try:
        sandbox = Sandbox(values)
    except Problem as problem:
        return say({"ready": False, "problem": str(problem)})
    say({"ready": True})
    queue = Queue(values, sandbox)
    while (batch := lines.read()) is not None:
        queue.run(batch["jobs"], batch["workers"])
