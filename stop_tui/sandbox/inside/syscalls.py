"""System call numbers, by architecture: data for the seccomp filter, no code.

An architecture without a table here runs without the filter, and the self-test then finds that
programs are not isolated. To add one: its numbers, its AUDIT_ARCH constant, a run of the tests
on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """Numbers the filter needs.

    `audit` is the kernel's AUDIT_ARCH constant, `foreign_bit` marks calls of a second ABI with the
    same constant (0: there is none), `open` is None where there is only openat, and calls above
    `highest` are refused as unknown.
    """

    audit: int
    foreign_bit: int
    highest: int
    clone: int
    clone3: int
    fcntl: int
    ioctl: int
    open: int | None
    openat: int
    openat2: int
    prctl: int
    sendto: int
    denied: Mapping[str, int]


_X86_64_DENIED = {
    # other processes: making, replacing, signalling, inspecting them
    "fork": 57,
    "vfork": 58,
    "execve": 59,
    "execveat": 322,
    "kill": 62,
    "tkill": 200,
    "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "pidfd_send_signal": 424,
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "process_madvise": 440,
    "process_mrelease": 448,
    "kcmp": 312,
    "setsid": 112,
    "setpgid": 109,
    "get_robust_list": 274,
    # the network
    "socket": 41,
    "connect": 42,
    "bind": 49,
    "listen": 50,
    "accept": 43,
    "accept4": 288,
    # a message may carry open files, which no limit counts while they are under way
    "sendmsg": 46,
    "sendmmsg": 307,
    # limits and shares of the machine, which others would feel
    "setrlimit": 160,
    "prlimit64": 302,
    "setpriority": 141,
    "sched_setaffinity": 203,
    "sched_setscheduler": 144,
    "sched_setparam": 142,
    "sched_setattr": 314,
    "ioprio_set": 251,
    "migrate_pages": 256,
    "move_pages": 279,
    "mbind": 237,
    "set_mempolicy": 238,
    # what Landlock does not cover of files
    "chmod": 90,
    "fchmod": 91,
    "fchmodat": 268,
    "fchmodat2": 452,
    "chown": 92,
    "fchown": 93,
    "lchown": 94,
    "fchownat": 260,
    "utime": 132,
    "utimes": 235,
    "futimesat": 261,
    "utimensat": 280,
    "setxattr": 188,
    "lsetxattr": 189,
    "fsetxattr": 190,
    "removexattr": 197,
    "lremovexattr": 198,
    "fremovexattr": 199,
    "mknod": 133,
    "mknodat": 259,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "inotify_init": 253,
    "inotify_init1": 294,
    "fanotify_init": 300,
    # memory that outlives or hides from the limits
    "memfd_create": 319,
    "memfd_secret": 447,
    "shmget": 29,
    "shmat": 30,
    "shmctl": 31,
    "msgget": 68,
    "msgsnd": 69,
    "msgrcv": 70,
    "msgctl": 71,
    "semget": 64,
    "semop": 65,
    "semtimedop": 220,
    "semctl": 66,
    "mq_open": 240,
    "mq_unlink": 241,
    "vmsplice": 278,
    # space on disk beyond the largest size of a file
    "fallocate": 285,
    # namespaces and mounts
    "unshare": 272,
    "setns": 308,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "move_mount": 429,
    "open_tree": 428,
    "mount_setattr": 442,
    "statmount": 457,
    "listmount": 458,
    # large and rarely needed parts of the kernel
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "keyctl": 250,
    "add_key": 248,
    "request_key": 249,
    "personality": 135,
    "landlock_create_ruleset": 444,
    "seccomp": 317,
    "modify_ldt": 154,
    # identity, clock and state of the machine
    "setuid": 105,
    "setgid": 106,
    "setreuid": 113,
    "setregid": 114,
    "setgroups": 116,
    "setresuid": 117,
    "setresgid": 119,
    "setfsuid": 122,
    "setfsgid": 123,
    "capset": 126,
    "settimeofday": 164,
    "clock_settime": 227,
    "clock_adjtime": 305,
    "adjtimex": 159,
    "syslog": 103,
    "acct": 163,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "sync": 162,
    "syncfs": 306,
    "vhangup": 153,
    "sethostname": 170,
    "setdomainname": 171,
    "iopl": 172,
    "ioperm": 173,
    "init_module": 175,
    "finit_module": 313,
    "delete_module": 176,
    "quotactl": 179,
    "quotactl_fd": 443,
    "kexec_load": 246,
    "kexec_file_load": 320,
}

ARCHITECTURES: Mapping[str, Architecture] = {
    "x86_64": Architecture(
        audit=0xC000003E,
        foreign_bit=0x40000000,
        highest=462,
        clone=56,
        clone3=435,
        fcntl=72,
        ioctl=16,
        open=2,
        openat=257,
        openat2=437,
        prctl=157,
        sendto=44,
        denied=_X86_64_DENIED,
    ),
}
