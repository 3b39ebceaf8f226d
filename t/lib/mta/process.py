"""Programs that a test starts: waited for, and ended with all they started."""
import os
import signal
import socket
import subprocess
import time

from .errors import Error


def free_port(address="127.0.0.1"):
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def is_answering(address):
    """Does somebody listen there? A (host, port) pair or the path of a unix socket."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(5)
        return probe.connect_ex(address) == 0


class Process:
    """A program in a process group of its own; its output goes to a file."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.log_file = log
        with open(log, "ab") as out:
            self._child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                           env=env, cwd=cwd, start_new_session=True)
        self._name = os.path.basename(argv[0])

    @property
    def pid(self):
        return self._child.pid

    def wait_for(self, address, seconds=180):
        """Returns when it answers at the address; Error when it ends or never does."""
        end = time.monotonic() + seconds
        while not is_answering(address):
            if self._child.poll() is not None or time.monotonic() > end:
                self.stop(0)
                raise Error(f"{self._name} does not answer at {address}:\n{self.log()}")
            time.sleep(0.05)

    def is_running(self):
        return self._child.poll() is None

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as text:
            return text.read()[-6000:]

    def stop(self, seconds=60):
        """SIGTERM to it alone; SIGKILL to its group when it does not go."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            status = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._child.wait()
        return status
