"""A network and a host name of the test's own.

The process moves into namespaces in which the loopback interface also carries OUTSIDE, so
that a client can come from an address that is not loopback without any change to the
machine. Where namespaces are not allowed (some containers), the machine's own address takes
that part, and Sendmail starts a minute later because it waits for a full host name.
"""
import ctypes
import fcntl
import socket
import struct

from .errors import Error

CLONE_NEWUTS, CLONE_NEWNET = 0x04000000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR = 0x8913, 0x8914, 0x8916
IFF_UP = 1
OUTSIDE = "192.0.2.10"
HOSTNAME = "mx.example.jp"


def enter():
    """Call before any thread starts. Gives the address that clients from outside have."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUTS | CLONE_NEWNET) != 0:
        return _own_address()
    socket.sethostname(HOSTNAME)
    return add_outside()


def add_outside():
    """Gives OUTSIDE to the loopback interface of the network that the process is in."""
    bring_up()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR,
                    struct.pack("16sHH4s8x", b"lo:0", socket.AF_INET, 0, socket.inet_aton(OUTSIDE)))
    return OUTSIDE


def bring_up():
    """The loopback interface of the network that the process is in."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", asked)[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only the route is looked up
            return probe.getsockname()[0]
        except OSError as problem:
            raise Error("no network namespace may be made here, and the machine has no address"
                        f" but loopback: {problem}") from problem
