"""System calls that no program of a sandbox needs, as a filter for its process.

They would let it hold memory that no limit counts (System V and POSIX shared memory, semaphores and queues, watches, file
systems of its own), look into other processes, reach what no namespace separates (sockets of virtual machines), or reach
rarely tested parts of the kernel.
"""

import errno
import os
import struct

# Name: numbers on x86_64 and on aarch64; None where there is none.
REFUSED = {
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_by_handle_at": (304, 265),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "setns": (308, 268), "unshare": (272, 97), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "acct": (163, 89), "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "lookup_dcookie": (212, 18), "vhangup": (153, 58),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None),
    "remap_file_pages": (216, 234), "set_mempolicy_home_node": (450, 450), "landlock_create_ruleset": (444, 444),
    "lsm_set_self_attr": (460, 460),
}
CLONE, CLONE3, FORK, VFORK, SOCKETS = (56, 220), 435, (57, None), (58, None), ((41, 198), (53, 199))
NEW_NAMESPACES = 0x7E020000
PRCTL, SET_DEATH_SIGNAL = (157, 167), 1  # by which programs end with their keeper
AF_UNIX = 1
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

LOAD, EQUAL, AT_LEAST, ANY_BIT, GIVE = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def build(alone=False):
    """The program as bytes; None where this machine's numbers are not known. `alone`: no further process or thread."""
    if os.uname().machine not in MACHINES:
        return None
    column, architecture = MACHINES[os.uname().machine]
    denied, missing = (GIVE, 0, 0, REFUSE | errno.EPERM), (GIVE, 0, 0, REFUSE | errno.ENOSYS)
    again = (GIVE, 0, 0, REFUSE | errno.EAGAIN)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), denied, (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, 0x40000000), denied,  # the x32 twins of the calls
        (EQUAL, 0, 1, CLONE3), missing,  # its flags cannot be seen; C libraries then use clone
    ]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            steps += [(EQUAL, 0, 1, numbers[column]), denied]
    if alone:
        for numbers in (CLONE, FORK, VFORK):
            if numbers[column] is not None:
                steps += [(EQUAL, 0, 1, numbers[column]), again]
    steps += [
        (EQUAL, 0, 4, PRCTL[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 0, 1, SET_DEATH_SIGNAL), denied,
        (GIVE, 0, 0, ALLOW),
        (EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES), denied,
        (GIVE, 0, 0, ALLOW),
    ]
    for numbers in SOCKETS:
        steps += [
            (EQUAL, 0, 4, numbers[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 1, 0, AF_UNIX), denied,
            (GIVE, 0, 0, ALLOW),
        ]
    steps.append((GIVE, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
