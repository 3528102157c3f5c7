"""System calls that no program of a sandbox needs, as a filter for bubblewrap.

They would let it hold memory that no limit counts (detached shared memory, file systems of its own), look into other
processes, or reach rarely tested parts of the kernel.
"""

import errno
import os
import struct

# Name: numbers on x86_64 and on aarch64.
REFUSED = {
    "ptrace": (101, 117), "pivot_root": (155, 41), "mount": (165, 40), "umount2": (166, 39), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "unshare": (272, 97), "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265), "setns": (308, 268), "memfd_create": (319, 279), "bpf": (321, 280),
    "userfaultfd": (323, 282), "shmget": (29, 194), "io_uring_setup": (425, 425), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442),
    "memfd_secret": (447, 447),
}
CLONE, CLONE3 = (56, 220), 435
NEW_USER_NAMESPACE = 0x10000000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

LOAD, EQUAL, AT_LEAST, ANY_BIT, GIVE = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def build():
    """The program as bytes; empty where this machine's numbers are not known."""
    if os.uname().machine not in MACHINES:
        return b""
    column, architecture = MACHINES[os.uname().machine]
    denied, missing = (GIVE, 0, 0, REFUSE | errno.EPERM), (GIVE, 0, 0, REFUSE | errno.ENOSYS)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), denied, (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, 0x40000000), denied,  # the x32 twins of the calls
    ]
    for numbers in REFUSED.values():
        steps += [(EQUAL, 0, 1, numbers[column]), denied]
    steps += [
        (EQUAL, 0, 1, CLONE3), missing,  # its flags cannot be seen; C libraries then use clone
        (EQUAL, 0, 3, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_USER_NAMESPACE), denied,
        (GIVE, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
