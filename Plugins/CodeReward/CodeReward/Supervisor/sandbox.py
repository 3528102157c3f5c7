"""Starts interpreters in sandboxes."""

import ctypes
import errno
import os
import resource
import shutil
import signal
import socket
import subprocess

# Users that no account has: where root is left, each program is another one, so that their processes are counted apart.
TESTS_USER = 61184
FIRST_USER = 61185


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


WITHOUT = "without a sandbox programs run only with the option sandbox: \"none-i-trust-the-model\""


class Problem(Exception):
    """Why there can be no sandbox."""


class Sandbox:
    def __init__(self, values):
        self.memory, self.processes, self.timeout = values["memory"], values["processes"], values["timeout"]
        self.sources = values["sources"]
        self.python = shutil.which(values["python"])
        if not self.python:
            raise Problem(f"the interpreter of the option 'python' is not found: '{values['python']}'")
        self.examine_python()
        self.wrap, self.filter = [], b""
        if values["sandbox"] == "bubblewrap":
            self.filter = build()
            self.wrap = self.bubblewrap()
        self.try_out()

    def examine_python(self):
        script = "import sys; sys.version_info < (3, 9) and sys.exit('it is older than 3.9')\nprint(*[sys.executable, sys.prefix, sys.base_prefix] + sys.path, sep='\\n')"
        found = subprocess.run(
            [self.python, "-I", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if found.returncode != 0:
            raise Problem(f"the interpreter '{self.python}' does not run: {found.stderr.strip()[-300:]}")
        executable, *folders = found.stdout.split("\n")[:-1]
        self.interpreter = executable
        self.modules = folders[2:]
        seen = {os.path.realpath(folder) for folder in folders} | set(folders) | {
            os.path.dirname(os.path.dirname(os.path.realpath(executable)))}
        self.folders = sorted(folder for folder in seen if os.path.isdir(folder) and not is_inside(folder, "/usr"))

    def bubblewrap(self):
        program = shutil.which("bwrap")
        if not program:
            raise Problem(f"bubblewrap is not installed: 'apt-get install bubblewrap'; {WITHOUT}")
        wrap = [
            program, "--die-with-parent", "--new-session", "--clearenv",
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--setenv", "PYTHONHASHSEED", "0",
            "--setenv", "LANG", "C.UTF-8", "--setenv", "OPENBLAS_NUM_THREADS", "1", "--ro-bind", "/usr", "/usr",
        ]
        if os.getuid() == 0:
            # The interpreter leaves root before it reads anything of the answer.
            wrap += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        else:
            wrap.append("--unshare-user")
        if not sockets_are_denied():  # as they are in a worker process of the host, where this step would fail
            wrap.append("--unshare-net")
        for name in ("bin", "lib", "lib64", "sbin"):
            if os.path.islink("/" + name):
                wrap += ["--symlink", os.readlink("/" + name), "/" + name]
            elif os.path.isdir("/" + name):
                wrap += ["--ro-bind", "/" + name, "/" + name]
        for folder in self.folders:
            parts = folder.split("/")
            for end in range(2, len(parts)):
                wrap += ["--perms", "0755", "--dir", "/".join(parts[:end])]
            wrap += ["--ro-bind", folder, folder]
        small = ["--size", str(16 << 20), "--perms", "1777", "--tmpfs"]
        return wrap + ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"] + small + ["/dev/shm"] + small + [
            "/tmp", "--remount-ro", "/", "--chdir", "/tmp"]

    def try_out(self):
        process = self.start("", FIRST_USER, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.communicate()[1].decode(errors="replace").strip()
        if process.returncode == 0:
            return
        if not self.wrap:
            raise Problem(f"the interpreter '{self.interpreter}' does not run: {said[-300:]}")
        raise Problem(
            f"bubblewrap cannot make a sandbox here: {said[-300:]}; user namespaces must be allowed "
            "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; "
            f"in a container: --security-opt seccomp=unconfined, or --privileged); {WITHOUT}")

    def limit(self):
        """In the child, before anything of the answer runs."""
        for name, value in self.limits():
            resource.setrlimit(name, (value, value))

    def limits(self):
        return [
            (resource.RLIMIT_AS, self.memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
            (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_CPU, int(self.timeout) + 1)]

    def start(self, call, user, files=(), **pipes):
        """Runs a function of answer.py, which is given the files."""
        source = self.sources["values"] + self.sources["answer"]
        entered = f"{source}\nenter({user}, {self.processes}, {self.modules!r})\n{call}\n"
        return self.spawn(entered, self.limit, files, **pipes)

    def start_tests(self, workers, **pipes):
        """Runs tests.py."""
        source = self.sources["values"] + self.sources["answer"] + self.sources["tests"]
        entered = f"{source}\nenter({TESTS_USER}, {workers + 64}, {self.modules!r})\ntests_side({self.limits()})\n"
        return self.spawn(entered, None, (), **pipes)

    def spawn(self, code, limit, files, **pipes):
        wrap, files = list(self.wrap), list(files)
        if self.filter:
            files.append(readable(self.filter))
            wrap[1:1] = ["--seccomp", str(files[-1])]

        def prepare():
            end_with_parent()
            if limit:
                limit()

        try:
            return subprocess.Popen(
                wrap + [self.interpreter, "-I", "-S", "-c", code], preexec_fn=prepare, start_new_session=True,
                pass_fds=files, **{"stdin": subprocess.DEVNULL, **pipes})
        finally:
            if self.filter:
                os.close(files[-1])


def end(process):
    """Ends a sandbox with all that is in it; without bubblewrap, with all that has not left its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


C = ctypes.CDLL(None)
SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent():
    C.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def is_inside(folder, outer):
    return os.path.commonpath([folder, outer]) == outer


def readable(data):
    """A descriptor to read the bytes from."""
    descriptor = os.memfd_create("polya")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
