#!/usr/bin/python3
# probe.py - tries what a sandbox is to prevent, from within it
#
#	probe.py TRY[:ARGUMENT]...
#
# Prints JSON: {try: null if it was possible, else why not}. Knows nothing of the units.
#
# SPDX-License-Identifier: MIT
import ctypes
import errno
import json
import mmap
import os
import resource
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS = 0x10000000, 0x40000000, 0x20000
FAMILIES = {"inet": 2, "inet6": 10, "netlink": 16, "packet": 17, "unix": 1}
X32 = 0x40000000
# x86-64's numbers
CALLS = {"keyctl": 250, "add_key": 248, "bpf": 321, "mount": 165, "io_uring_setup": 425,
         "process_vm_readv": 310, "shmget": 29, "mq_open": 240, "setuid": 105, "chown": 92,
         "swapon": 167, "reboot": 169, "userfaultfd": 323, "memfd_create": 319, "ioprio_set": 251,
         "clock_settime": 227, "perf_event_open": 298, "kexec_load": 246, "chroot": 161}


def status(name):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(line.split(":", 1)[1].strip() for line in file if line.startswith(name + ":"))


def refuse(why):
    raise OSError(0, why)


def call(result):
    if result in (-1, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def in_child(action):
    """A call that may be answered with a signal."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except OSError as error:
            os._exit(error.errno or 1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        refuse(f"signal {-code}" if code < 0 else os.strerror(code))


class Tries:
    """Each raises OSError where it is refused."""

    def root(self):
        if os.getuid() != 0:
            refuse("it is not root")

    def group(self, name):
        with open("/etc/group", encoding="utf-8") as file:
            gid = next(int(line.split(":")[2]) for line in file if line.startswith(name + ":"))
        if os.getgid() == gid:
            refuse(f"its group is {name}")

    def open_umask(self):
        if os.umask(0) & 0o007 == 0o007:
            refuse("its files are not open to others")

    def more_privileges(self):
        if status("NoNewPrivs") == "1":
            refuse("no new privileges")

    def capabilities(self):
        if int(status("CapBnd"), 16) == 0:
            refuse("there is no capability to be had")

    def other_users(self):
        with open("/proc/self/uid_map", encoding="ascii") as file:
            if file.read().split()[2] != "4294967295":
                refuse("its users are not the machine's")

    def suid_file(self):
        path = f"/tmp/probe-{os.getpid()}"
        with open(path, "w", encoding="ascii"):
            pass
        try:
            os.chmod(path, 0o4755)
        finally:
            os.unlink(path)

    def namespace(self, which, outside):
        if os.readlink(f"/proc/self/ns/{which}") != outside:
            refuse("another namespace")

    def make_socket(self, family):
        kind = socket.SOCK_RAW if family in ("netlink", "packet") else socket.SOCK_STREAM
        socket.socket(FAMILIES[family], kind).close()

    def send(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            to.bind(("127.0.0.1", 0))
            sock.sendto(b"x", to.getsockname())

    def write(self, directory):
        path = f"{directory}/.probe"
        with open(path, "w", encoding="ascii"):
            pass
        os.unlink(path)

    def remove(self, path):
        os.unlink(path)

    def connect(self, path):
        kind = socket.SOCK_DGRAM if path.endswith(".control") else socket.SOCK_STREAM
        with socket.socket(socket.AF_UNIX, kind) as sock:
            sock.connect(path)

    def read(self, path):
        with open(path, "rb") as file:
            file.read(1)

    def open_both(self, path):
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))

    def listing(self, path):
        if not os.listdir(path):
            refuse("it is empty")

    def seen(self, path):
        os.stat(path)

    def run(self, path):
        in_child(lambda: os.execv(path, [path]))

    def make_directory(self, path):
        os.mkdir(path)
        os.rmdir(path)

    def shared_memory(self):
        with open("/dev/shm/probe", "w", encoding="ascii"):
            pass

    def read_clock(self):
        call(libc.adjtimex(ctypes.create_string_buffer(256)))

    def hostname(self):
        socket.sethostname(socket.gethostname())

    def kernel_log(self):
        call(libc.klogctl(10, None, 0))

    def new_namespace(self, which):
        flags = {"user": CLONE_NEWUSER, "net": CLONE_NEWNET, "mount": CLONE_NEWNS}[which]
        in_child(lambda: call(libc.unshare(flags)))

    def realtime(self):
        in_child(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))

    def personality(self):
        in_child(lambda: call(libc.personality(8)))

    def write_execute(self):
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()

    def make_executable(self):
        page = call(libc.mmap(None, 4096, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0))
        call(libc.mprotect(page, 4096, 5))

    def other_architecture(self):
        in_child(lambda: libc.syscall(X32 + 39))  # that there is no such call is no refusal

    def system_call(self, name):
        """ENOSYS, EINVAL and so on mean that the kernel has looked at it; a filter says EPERM."""
        def attempt():
            if libc.syscall(CALLS[name], -1, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM:
                raise OSError(errno.EPERM, "")
        in_child(attempt)

    def trace(self):
        in_child(lambda: call(libc.ptrace(0, 0, 0, 0)))

    def signal(self, pid):
        os.kill(int(pid), 0)

    def core_dump(self):
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            refuse("limited to 0")


def attempt(text):
    name, *arguments = text.split(":")
    if name == "namespace":  # which:outside, and that has a colon
        arguments = [arguments[0], ":".join(arguments[1:])]
    try:
        getattr(Tries(), name)(*arguments)
    except OSError as error:
        return error.strerror or str(error)
    return None


print(json.dumps({text: attempt(text) for text in sys.argv[1:]}))
