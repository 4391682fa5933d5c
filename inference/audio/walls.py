"""The walls around a child: what the kernel takes from a process before it touches a stranger's bytes.

Two walls, so that neither has to be perfect. Limits bound memory, time, file sizes and descriptors; but a
file can be deleted or renamed without any descriptor, and root may raise its own limits. So the filter leaves
only the calls that computing needs, on what is already open; every other fails with EPERM, for root too.

Source: setrlimit(2), seccomp(2), linux/filter.h, linux/audit.h, linux/seccomp.h.
"""

import ctypes
import platform
import resource
import signal
import struct

PR_GET_SECCOMP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 21, 22, 38
FILTER = 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE = 0, 4
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
INSTRUCTION = struct.Struct("=HBBI")
# On x86-64 the same calls exist a second time from here on.
X32 = 0x40000000

# What Python, NumPy and the codecs need to compute, to hear and answer on open descriptors, and to
# end: the calls with their numbers on x86-64 and ARM64.
CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
# The kernel's name of each architecture, and which of the two numbers is its.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(*, memory_bytes: int, cpu_seconds: int, wall_seconds: float) -> None:
    """Take away memory, time, files, sockets and processes; the kernel ends whatever outruns the clocks.

    Raises:
        OSError: the kernel knows filters, and refused this one.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, wall_seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if can_filter():
        _filter_calls()


def can_filter() -> bool:
    """Whether this machine's kernel filters system calls and we know their numbers."""
    return platform.machine() in ARCHITECTURES and _prctl(PR_GET_SECCOMP) >= 0


def _filter_calls() -> None:
    architecture, column = ARCHITECTURES[platform.machine()]
    code = _code(architecture, [numbers[column] for numbers in CALLS.values()])
    program = _Program(len(code) // INSTRUCTION.size, code)
    for order in ((PR_SET_NO_NEW_PRIVS, 1), (PR_SET_SECCOMP, FILTER, ctypes.addressof(program))):
        if _prctl(*order) < 0:
            raise OSError(ctypes.get_errno(), "the kernel refused the filter of system calls")


def _prctl(option: int, *arguments: int) -> int:
    # Each argument is a long, and those that are not used must be 0.
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return int(_LIBC.prctl(option, *map(ctypes.c_ulong, padded)))


def _code(architecture: int, numbers: list[int]) -> bytes:
    """The filter: another architecture kills, a call on the list passes, and any other fails."""
    instructions = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, len(numbers), 0, X32),
        *((JUMP_IF_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(INSTRUCTION.pack(*instruction) for instruction in instructions)
