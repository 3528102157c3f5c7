"""A sandbox without bubblewrap, for root without privileges.

The kernel lets nobody map such a user into a user namespace (user_namespaces(7): that takes CAP_SETFCAP outside), and
bubblewrap needs that. What is left is a namespace in which no user is mapped: it can cover and bind, but make no file.
So the places to bind to are made outside, and programs have no folder to write to.
"""

import ctypes
import hashlib
import os
import stat
import tempfile

DEVICES = ("null", "zero", "full", "random", "urandom")
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
AMBIENT, RAISE = 47, 2
SET_MOUNT, PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41}
HERE, ALL_BELOW, DETACH = -100, 0x8000, 2


class BareRoot:
    """Empty folders and files to bind to. They stay, for another run may use them: the same for the same interpreter."""

    def __init__(self, places):
        self.binds = [(path, place) for path, place in places] + [("/usr", "/usr"), ("/proc", "/proc")]
        self.binds += [(f"/dev/{name}", f"/dev/{name}") for name in DEVICES]
        links = {f"/dev/{name}": target for name, target in LINKS.items()}
        for name in ("bin", "lib", "lib64", "sbin"):
            if os.path.islink("/" + name):
                links["/" + name] = os.readlink("/" + name)
            elif os.path.isdir("/" + name):
                self.binds.append(("/" + name, "/" + name))
        self.binds.sort(key=lambda bind: bind[1])
        digest = hashlib.sha256(repr((self.binds, links)).encode()).hexdigest()[:16]
        self.folder = os.path.join(tempfile.gettempdir(), f"polya-root-{digest}")
        os.makedirs(self.folder, 0o700, exist_ok=True)
        found = os.lstat(self.folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise Problem(f"'{self.folder}' is not a folder of this user that nobody else can write to")
        os.chmod(self.folder, 0o755)
        for place in ("/tmp", "/dev/shm"):
            os.makedirs(self.folder + place, exist_ok=True)
        for path, place in self.binds:
            self.make(self.folder + place, os.path.isdir(path))
        for place, target in links.items():
            if not os.path.lexists(self.folder + place):
                os.symlink(target, self.folder + place)

    @staticmethod
    def make(place, is_folder):
        os.makedirs(place if is_folder else os.path.dirname(place), exist_ok=True)
        if not is_folder and not os.path.exists(place):
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))

    def enter(self):
        """In the child, before it becomes the process that starts programs. Of privileges only those in here are left."""
        system("unshare", NEW_USER | NEW_MOUNTS | NEW_OTHERS & ~NEW_PROCESSES)
        mount(None, "/", None, RECURSIVE | PRIVATE)
        mount(self.folder, self.folder, None, BIND | RECURSIVE)
        for path, place in self.binds:
            mount(path, self.folder + place, None, BIND | RECURSIVE)
        read_only = (ctypes.c_uint64 * 4)(READ_ONLY | NO_SETUID, 0, 0, 0)
        system("syscall", SET_MOUNT, HERE, self.folder.encode(), ALL_BELOW, read_only, ctypes.c_size_t(32))
        os.chdir(self.folder)
        system("syscall", PIVOT_ROOT[os.uname().machine], b".", b".")
        system("umount2", b".", DETACH)
        os.chdir("/")
        header, sets = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
        system("capget", header, sets)
        sets[2], sets[5] = sets[1], sets[4]  # inheritable: what is permitted
        system("capset", header, sets)
        for number in range(64):
            C.prctl(AMBIENT, RAISE, number, 0, 0)
        system("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        end_with_parent()
