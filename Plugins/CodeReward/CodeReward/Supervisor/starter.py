"""Starts programs, each by forking, in namespaces of their own.

Lives in the sandbox that bubblewrap makes once. Of each program there is a keeper, outside of the program's namespaces,
which ends it and tells how it ended. When the keeper is gone, so is every process of the program: the kernel lets the
first process of a namespace go only after all others.
"""

import json
import os
import signal
import socket

KEPT = {signal.SIGTERM, signal.SIGCHLD}


def serve(settings):
    """Takes messages from the supervisor; returns only in a process that is to be a program."""
    signal.pthread_sigmask(signal.SIG_BLOCK, KEPT)
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    control.send(b"ready")
    keepers = {}
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 4096, 8)
        reap(keepers)
        if not data:
            os._exit(0)
        message = json.loads(data)
        if message["kind"] == "end":
            for keeper, job in keepers.items():
                if job == message["job"]:
                    os.kill(keeper, signal.SIGTERM)
            continue
        keeper = os.fork()
        if keeper == 0:
            control.close()
            return keep(message, descriptors, settings)
        keepers[keeper] = message["job"]
        for descriptor in descriptors:
            os.close(descriptor)


def reap(keepers):
    while keepers:
        ended, _ = os.waitpid(-1, os.WNOHANG)
        if ended == 0:
            return
        keepers.pop(ended, None)


def keep(message, descriptors, settings):
    """Becomes the keeper of a program; returns in the program's process only. The last descriptor is for reports."""
    report = descriptors.pop()
    program = 0
    try:
        end_with_parent()
        if settings["way"] == "open":
            os.setsid()
        else:
            separate(settings["way"] == "users")
        program = os.fork()
        if program == 0:
            return begin(message, descriptors, report, settings)
        tells_status = message["kind"] in ("program", "native")
        for descriptor in [0, 1, 2] + descriptors + ([] if tells_status else [report]):
            os.close(descriptor)
        status = watch(program, settings["way"] == "open")
        if tells_status:
            os.write(report, json.dumps({"status": status}).encode() + b"\n")
    except BaseException as error:
        if program == 0:  # the kernel refuses what it has allowed in the trial
            tell_failure(report, error)
    os._exit(0)


def tell_failure(report, error):
    os.write(report, json.dumps({"failure": f"cannot create a sandbox: {type(error).__name__}: {error}"[:500]}).encode() + b"\n")


def watch(program, is_open):
    while True:
        if signal.sigwait(KEPT) == signal.SIGTERM:
            for victim, send in ((program, os.killpg if is_open else os.kill), (program, os.kill)):
                try:
                    send(victim, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        ended, status = os.waitpid(program, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def begin(message, descriptors, report, settings):
    """What the program's process does first. Gives what it does then."""
    try:
        if settings["way"] == "open":
            os.setpgid(0, 0)
        user, alone = message["user"], message["alone"]
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        confine(settings, user, alone, message["kind"] == "native")
        inward, outward, *files = descriptors
        os.dup2(inward, 0)
        os.dup2(outward, 1)
        kept = sorted(files + ([report] if message["kind"] in ("tests", "trial") else []))
        low = 3
        for descriptor in kept + [1 << 10]:
            os.closerange(low, descriptor)
            low = descriptor + 1
    except BaseException as error:
        tell_failure(report, error)
        os._exit(1)
    if message["kind"] == "answer":
        return answer_side
    if message["kind"] == "program":
        return lambda: program_side(files[0])
    if message["kind"] == "native":
        return lambda: native_side(message["order"], files[0], message["folder"])
    if message["kind"] == "tests":
        return lambda: tests_side(files[0], report)
    return lambda: trial_side(report, message["address"])


def trial_side(report, address):
    """Tells what holds here: no network with others, and no process above the limit."""
    found = {"alone": True, "reaches": [], "user": os.getuid()}
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect("\0" + address)
            found["reaches"].append("abstract sockets of the host")
        except OSError:
            pass
    if os.path.exists("/proc/1") and not os.path.exists(f"/proc/{os.getpid()}/fd/{report}"):
        found["reaches"].append("processes of the host in /proc")
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    try:
        process = os.fork()
        if process == 0:
            os._exit(0)
        os.waitpid(process, 0)
    except OSError:
        found["alone"] = False
    os.write(report, json.dumps(found).encode() + b"\n")
    os._exit(0)
