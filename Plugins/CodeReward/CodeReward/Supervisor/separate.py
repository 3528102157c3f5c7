"""Takes a process away from everything: namespaces, mounts, limits, capabilities, system calls.

Runs inside of the sandbox and before anything of an answer. What fails raises: nothing runs with less.
"""

import ctypes
import os
import resource
import signal

C = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
NEW_PROCESSES = 0x20000000
NEW_OTHERS = NEW_PROCESSES | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000  # network, IPC, UTS, cgroups
READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
DEATH_SIGNAL, SECCOMP, DROP_BOUND, NO_NEW_PRIVILEGES = 1, 22, 24, 38
CAPABILITIES = 0x20080522
SMALL = 16 << 20
MOST_FILES = 1024


def system(name, *arguments):
    if getattr(C, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def mount(source, target, kind=None, flags=0, data=None):
    given = [text and text.encode() for text in (source, target, kind)]
    system("mount", *given, ctypes.c_ulong(flags), data and data.encode())


def end_with_parent():
    system("prctl", DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def separate(own_user):
    """New namespaces for what this process starts."""
    user, group = os.geteuid(), os.getegid()
    system("unshare", NEW_MOUNTS | NEW_OTHERS | (NEW_USER if own_user else 0))
    if own_user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def small_folder(path, size=SMALL):
    mount("tmpfs", path, "tmpfs", NO_SETUID | NO_DEVICES, f"size={size},nr_inodes={MOST_FILES},mode=1777")


def arrange(again, size):
    """Small folders of its own, and of /proc nothing but its own. `again`: what lies below one of those folders, and where
    it is to be found."""
    mount(None, "/", None, RECURSIVE | PRIVATE)
    small_folder("/tmp", size)
    small_folder("/dev/shm")
    for source, target in again:
        os.makedirs(target if os.path.isdir(source) else os.path.dirname(target), 0o755, exist_ok=True)
        if not os.path.isdir(source):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        mount(source, target, None, BIND | RECURSIVE)
        mount(None, target, None, BIND | REMOUNT | READ_ONLY | NO_SETUID | NO_DEVICES)
    show_own_processes()


def show_own_processes():
    """Read-only, for the user that is root outside could change the kernel there even without privileges."""
    flags = NO_SETUID | NO_DEVICES | NO_PROGRAMS
    try:
        mount("proc", "/proc", "proc", flags)
    except PermissionError:  # where a part of /proc is covered, the kernel shows no other whole one
        return hide_processes()
    mount(None, "/proc", None, BIND | REMOUNT | READ_ONLY | flags)


def hide_processes():
    mount("tmpfs", "/proc", "tmpfs", READ_ONLY | NO_SETUID | NO_DEVICES | NO_PROGRAMS, "size=4k,nr_inodes=1,mode=555")


def leave_root(user):
    """Root would not be bound by the number of processes, and could read what it owns."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def give_up_bounds():
    """While this is still allowed."""
    number = 0
    while C.prctl(DROP_BOUND, number, 0, 0, 0) == 0:
        number += 1


def give_up_privileges(filter):
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    system("capset", header, sets)
    system("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)

    class Program(ctypes.Structure):
        _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

    system("prctl", SECCOMP, 2, ctypes.byref(Program(len(filter) // 8, filter)), 0, 0)


def confine(settings, user, alone, is_native):
    """The last step: from here on there is no way back. `is_native`: a compiler, or what it has built."""
    way = settings["way"]
    if way != "open":
        if way == "bare":
            hide_processes()
        else:
            arrange(settings["again"], settings["native"]["folder"] if is_native else SMALL)
        os.chdir("/tmp")
        give_up_bounds()
    for name, value in settings["native"]["limits"] if is_native else settings["limits"]:
        resource.setrlimit(name, (value, value))
    if way in ("accounts", "open"):
        leave_root(user)
    # Here and not earlier: it counts the processes of this user, in this user namespace.
    processes = settings["native"]["processes"] if is_native else settings["processes"]
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    end_with_parent()  # the kernel forgets it at a change of users, and the filter denies a program to
    if way != "open":
        give_up_privileges(settings["filters"][alone])
