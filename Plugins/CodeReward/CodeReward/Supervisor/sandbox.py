"""Makes the sandbox and starts programs in it. Runs outside, and nothing of an answer."""

import itertools
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Users that no account has, for where root is left: each program is another one, so that nothing that the kernel counts
# by user is shared. The first of them is not always the same, for there may be another run.
FEWEST_USERS = 1000
PLAIN_USER = 1000
ROOTS_PRIVILEGES = ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL")
FEWEST_TO_BUILD = 64
WITHOUT = "to run programs without a sandbox, set the option sandbox to \"none-i-trust-the-model\""


class Problem(Exception):
    """Why there can be no sandbox."""


class Sandbox:
    def __init__(self, values):
        self.memory, self.processes, self.timeout = values["memory"], values["processes"], values["timeout"]
        self.sources = values["sources"]
        self.python = Interpreter(values["python"])
        self.toolchain = Toolchain(values["language"], values["build"]) if values["language"] != "python" else None
        self.places, self.again = laid(self.python.folders | (self.toolchain.folders if self.toolchain else set()))
        self.path = ":".join(([self.toolchain.path] if self.toolchain else []) + ["/usr/bin", "/bin"])
        self.users, self.alone = users(), False
        self.process = self.control = None
        if values["sandbox"] != "bubblewrap":
            self.way, self.wrap = "open", []
            self.begin()
            return
        self.filters = [build(), build(alone=True)]
        if self.filters[0] is None:
            raise Problem(f"the system calls of this architecture ({os.uname().machine}) are not known; {WITHOUT}")
        self.choose()

    def choose(self):
        """The first way that works, as a trial says."""
        reasons = []
        for name, way, wrap in self.ways():
            self.way, self.wrap = way, wrap
            try:
                self.try_out()
                return
            except (Problem, OSError, subprocess.SubprocessError) as problem:
                reasons.append(f"{name}: {problem}")
                self.finish()
        raise Problem(
            f"cannot create a sandbox here ({'; '.join(reasons)}). A sandbox needs user namespaces or root "
            "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; "
            f"in a container: --security-opt seccomp=unconfined, or --privileged); {WITHOUT}")

    def ways(self):
        """Strongest first."""
        program = shutil.which("bwrap")
        if not program:
            raise Problem(f"bubblewrap is not installed; run 'apt-get install bubblewrap'; {WITHOUT}")
        if os.getuid() == 0 and self.users:
            rights = itertools.chain.from_iterable(("--cap-add", f"CAP_{name}") for name in ROOTS_PRIVILEGES)
            yield "as root", "accounts", self.bubblewrap(program, ["--cap-drop", "ALL", *rights], ["--proc", "/proc"])
        own = ["--unshare-user", "--uid", str(PLAIN_USER), "--gid", str(PLAIN_USER)]
        yield "with user namespaces", "users", self.bubblewrap(program, own, ["--proc", "/proc"])
        # Where a part of /proc is covered, as in many containers, there can be no other; programs then get none.
        yield "with user namespaces, without /proc", "users", self.bubblewrap(program, own, ["--bind", "/proc", "/proc"])
        if os.getuid() == 0:
            yield "as root without privileges", "bare", []

    def bubblewrap(self, program, rights, processes):
        wrap = [
            program, "--die-with-parent", "--new-session", "--clearenv",
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", *rights,
            "--setenv", "PATH", self.path, "--setenv", "HOME", "/tmp", "--setenv", "PYTHONHASHSEED", "0",
            "--setenv", "LANG", "C.UTF-8", "--setenv", "OPENBLAS_NUM_THREADS", "1", "--ro-bind", "/usr", "/usr",
        ]
        for name in ("bin", "lib", "lib64", "sbin"):
            if os.path.islink("/" + name):
                wrap += ["--symlink", os.readlink("/" + name), "/" + name]
            elif os.path.isdir("/" + name):
                wrap += ["--ro-bind", "/" + name, "/" + name]
        wrap += [*processes, "--dev", "/dev", "--remount-ro", "/dev"]
        for path in ("/tmp", "/dev/shm"):
            wrap += ["--perms", "1777", "--tmpfs", path]
        for path, place in self.places:
            wrap += list(itertools.chain.from_iterable(("--perms", "0755", "--dir", parent) for parent in parents(place)))
            wrap += ["--ro-bind", path, place]
        return wrap + ["--remount-ro", "/tmp", "--remount-ro", "/dev/shm", "--remount-ro", "/", "--chdir", "/"]

    def settings(self):
        return {
            "way": self.way, "limits": self.limits(), "processes": self.processes, "again": self.again,
            "filters": [] if self.way == "open" else self.filters,
            "native": {"limits": self.native_limits(), "processes": max(self.processes, FEWEST_TO_BUILD), "folder": MOST_IN_FOLDER}}

    def limits(self):
        return [
            (resource.RLIMIT_AS, self.memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
            (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_CPU, int(self.timeout) + 1),
            (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0), (resource.RLIMIT_SIGPENDING, 256),
            (resource.RLIMIT_RTPRIO, 0), (resource.RLIMIT_NICE, 0)]

    def native_limits(self):
        """Compilers and node reserve addresses that they never use, and write more. Seconds are the supervisor's to count."""
        own = {
            resource.RLIMIT_AS: (resource.RLIMIT_DATA, self.memory), resource.RLIMIT_NOFILE: (resource.RLIMIT_NOFILE, 256),
            resource.RLIMIT_FSIZE: (resource.RLIMIT_FSIZE, MOST_IN_FOLDER),
            resource.RLIMIT_CPU: (resource.RLIMIT_CPU, MOST_TO_BUILD + int(self.timeout) + 1)}
        return [own.get(name, (name, value)) for name, value in self.limits()]

    def begin(self):
        """Starts the process that starts programs."""
        self.finish()
        parts = [f"import sys\nsys.path[:] = {self.python.modules!r}\n"]
        parts += [self.sources[name] for name in ("separate", "values", "answer", "blocks", "native", "standin", "remote", "counting", "forms", "tests", "starter")]
        parts.append(f"finish = serve({self.settings()!r})\nfinish()\n")
        prepare = BareRoot(self.places).enter if self.way == "bare" else end_with_parent
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                self.wrap + [self.python.program, "-s", "-S", "-c", "\n".join(parts)], stdin=theirs,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=prepare, start_new_session=True,
                env=self.environment())
        self.control = ours
        if ours.recv(16) != b"ready":
            said = self.process.communicate()[1].decode(errors="replace").strip()
            raise Problem(said[-300:] or "it ended without a message")

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        if self.way != "open":  # as bubblewrap sets it
            kept = {"PATH": self.path, "HOME": "/tmp", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
        return {**kept, "PYTHONHASHSEED": "0"}

    def finish(self):
        if self.process is not None:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.process = None

    def has_ended(self):
        return self.process is None or self.process.poll() is not None

    def try_out(self):
        self.alone = False
        self.begin()
        found = self.trial()
        if found["alone"] and self.way != "open":
            self.alone = True  # the kernel does not limit the processes of this user; so there is one only
            found = self.trial()
        if found["alone"] or found["reaches"]:
            reached = [f"reach {', '.join(found['reaches'])}"] if found["reaches"] else []
            started = ["start more processes than the limit allows"] if found["alone"] else []
            raise Problem(f"a program could {' and '.join(reached + started)}")

    def trial(self):
        address = f"polya-trial-{os.getpid()}-{time.monotonic_ns()}"
        read, write = os.pipe()
        with socket.socket(socket.AF_UNIX) as listener, open(os.devnull, "r+b") as nothing:
            listener.bind("\0" + address)
            listener.listen()
            self.start("trial", "trial", [nothing.fileno(), nothing.fileno(), write], address=address)
            os.close(write)
            with open(read, "rb") as file:
                ready, _, _ = select.select([file], [], [], 30)
                text = file.readline() if ready else b""
        found = json.loads(text) if text else {"failure": "the trial did not answer"}
        if "failure" in found:
            raise Problem(found["failure"])
        return found

    def start(self, job, kind, descriptors, **more):
        """Starts a program, which belongs to a job."""
        user = next(self.users) if self.users else 0
        self.tell({"job": job, "kind": kind, "user": user, "alone": self.alone, **more}, descriptors)

    def make_folder(self):
        """For a program that is built: without a sandbox there is only the machine's own /tmp."""
        if self.way != "open":
            return "/tmp"
        folder = tempfile.mkdtemp(prefix="polya-")
        os.chmod(folder, 0o777)
        return folder

    def end(self, job):
        """Ends the programs of a job with all that they have started; without bubblewrap, all that has not left its group."""
        self.tell({"job": job, "kind": "end"}, [])

    def remark(self):
        return " (on this machine a program cannot start processes or threads)" if self.alone else ""

    def tell(self, message, descriptors):
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], descriptors)
        except OSError:
            pass  # it has ended; the job notices, for nobody holds the other end of its result


class Interpreter:
    """The Python of the programs, and what of the disk belongs to it.

    These are its standard library, its shared libraries and its folders of packages. What else is on its path (folders
    of projects that are installed to be edited) is not to be seen, nor imported.
    """

    SCRIPT = (
        "import sys, site, sysconfig, json; sys.version_info < (3, 9) and sys.exit('it is older than 3.9'); "
        "import ctypes; print(json.dumps([getattr(sys, '_base_executable', None) or sys.executable, sys.prefix, sys.base_prefix, sys.path, "
        "[sysconfig.get_path(name) for name in ('stdlib', 'platstdlib', 'purelib', 'platlib')] + site.getsitepackages()]))")

    def __init__(self, name):
        found = shutil.which(name)
        if not found:
            raise Problem(f"the option 'python' names the interpreter '{name}', which was not found")
        answer = subprocess.run(
            [found, "-I", "-c", self.SCRIPT], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if answer.returncode != 0:
            raise Problem(f"the interpreter '{found}' cannot be used: {answer.stderr.strip()[-300:]}")
        executable, prefix, base, path, folders = json.loads(answer.stdout.splitlines()[-1])
        self.program = os.path.realpath(executable)
        folders += [os.path.join(os.path.dirname(folder), "lib-dynload") for folder in folders[:1]]
        # Shared libraries of an interpreter of its own are beside its standard library.
        own = [os.path.join(base, "lib"), os.path.join(base, "lib64")] if has_own_library(base, folders[0]) else []
        seen = {self.program}
        for folder in folders + own:
            if os.path.isdir(folder) and folder != "/":
                seen |= {folder, os.path.realpath(folder)}
        self.folders = outermost(seen)
        for needed in self.folders:
            if not os.access(needed, os.R_OK):
                raise Problem(f"the interpreter '{found}' needs '{needed}', which this user cannot read")
        self.modules = [entry for entry in path if is_known(entry, self.folders)]


def outermost(seen):
    seen = {place for place in seen if not is_inside(place, "/usr")}
    return {place for place in seen if not any(is_inside(place, outer) for outer in seen if outer != place)}


def laid(folders):
    """What is bound where, and what of it once more: programs have their own /tmp and /dev/shm, and what lies below those is
    laid into them again."""
    places, again = [], []
    for number, place in enumerate(sorted(outermost(folders))):
        places.append((place, place))
        if is_inside(place, "/tmp") or is_inside(place, "/dev/shm"):
            places.append((place, f"/.python/{number}"))
            again.append((f"/.python/{number}", place))
    return places, again


def has_own_library(base, library):
    return is_inside(library, base) and not is_inside(base, "/usr")


def is_known(entry, seen):
    return os.path.isabs(entry) and os.path.exists(entry) and any(
        is_inside(path, outer) for outer in [*seen, "/usr"] for path in (entry, os.path.realpath(entry)))


def users():
    """Numbers that this process may take on; None where there are not enough of them."""
    ranges = []
    with open("/proc/self/uid_map") as file:
        for line in file:
            first, _, count = map(int, line.split())
            ranges.append((first, min(first + count, (1 << 32) - 2)))
    start, end = max(ranges, key=lambda found: found[1] - found[0], default=(0, 0))
    start = max(start, 1 << 30 if end > 1 << 31 else 61184 if end > 61184 + FEWEST_USERS else 1000)
    count = min(end, 65534 if end <= 65536 else end) - start
    if count < FEWEST_USERS:
        return None
    first = time.monotonic_ns() // 1000 % count
    return (start + (first + number) % count for number in itertools.count())


def parents(path):
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts))]


def is_inside(path, outer):
    return os.path.commonpath([path, outer]) == outer


def readable(data):
    """A descriptor to read the bytes from."""
    descriptor = os.memfd_create("polya")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
