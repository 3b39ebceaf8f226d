"""daemon - sekimorid for one test: its configuration, its start, its log and its end.

    d = Daemon({"Domain": "example.jp", "Selector": "s1", "KeyFile": key.file})
    with d:
        d.mta()                 a milterclient.Mta connected to it
        d.wait_log("in force")  returns when the log says so
    d.status                    what it ended with
"""
import os
import re
import signal
import subprocess
import time

import milterclient
import tap
from mta.process import free_port, is_answering
from mta.sekimori import Key

DNSD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dnsd")


def binary():
    """The program, from the build directory."""
    path = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimorid")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"{path} is not there: build first, or name the build directory in"
                           " the environment variable builddir")
    return path


def run(*arguments, timeout=300):
    """Runs the program to its end."""
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, check=False)


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)


def attack(out, tests, settings, zone, files, delay=0):
    """Each test against one daemon, which has to outlive them all. Its DNS is a server of its
    own, which answers from the zone's text after delay milliseconds. files, by name, and settings
    may hold {home}, where the files are and the key of example.jp, s1.example.jp.pem."""
    home = tap.home("test")
    os.chmod(home, 0o755)
    Key(home, "example.jp", "s1")
    for name, text in [("zone", zone), *files.items()]:
        with open(os.path.join(home, name), "w", encoding="ascii") as file:
            file.write(text.replace("{home}", home))
    dns = subprocess.Popen([DNSD, "--delay", str(delay), os.path.join(home, "zone")], text=True,
                           stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    try:
        port = re.search(r"\d+", dns.stdout.readline()).group()
        rows = {name: value.replace("{home}", home) for name, value in settings.items()}
        with Daemon({"Nameservers": f"127.0.0.1:{port}", **rows}, home=home) as one:
            out.run(*(lambda test=test: test(one) for test in tests))
            out.equal(one.count("is ready"), 1, "no worker had to be replaced")
            out.equal(one.stop(), 0, "stopped with status 0")
    finally:
        dns.kill()
        dns.wait()


class Daemon:
    """Settings become lines of the configuration; None leaves one out. prefix: a command that
    runs the program."""

    def __init__(self, settings=None, home=None, socket=None, arguments=(), prefix=()):
        self.home = home or tap.home("test")
        os.chmod(self.home, 0o755)
        self.address = ("127.0.0.1", free_port())
        self.conf = os.path.join(self.home, "sekimori.conf")
        self.settings = {"Socket": socket or f"inet:{self.address[1]}@127.0.0.1",
                         "InternalHosts": "192.0.2.0/24",
                         "AuthservID": "mx.example.jp",
                         "PidFile": os.path.join(self.home, "pid")}
        if socket and socket.startswith(("local:", "unix:")):
            self.address = socket.partition(":")[2]
        self.settings.update(settings or {})
        self.write()
        self.arguments = list(arguments)
        self.prefix = list(prefix)
        self.log_file = os.path.join(self.home, "log")
        self.child = self.status = None

    def write(self, **changes):
        """Writes the configuration, whole or not at all."""
        self.settings.update(changes)
        text = "".join(f"{name} {value}\n" for name, value in self.settings.items()
                       if value is not None)
        self.write_raw(text)

    def write_raw(self, text):
        with open(self.conf + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.conf + ".new", 0o644)
        os.rename(self.conf + ".new", self.conf)

    def start(self, ready=True, **environment):
        with open(self.log_file, "ab") as out:
            self.child = subprocess.Popen(self.prefix + [binary(), "-f", "-c", self.conf]
                                          + self.arguments,
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=dict(os.environ, **environment),
                                          start_new_session=True)
        if ready:
            wait_until(lambda: "is ready" in self.log() or self.child.poll() is not None, 60,
                       "the daemon is not ready")
            if self.child.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.child.poll()}:\n{self.log()}")
        return self

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def signal(self, number):
        self.child.send_signal(number)

    def stop(self, seconds=180):
        """TERM; its exit status. A worker that outlives the supervisor is killed."""
        worker = self.worker()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in (self.child.pid, worker):
                if pid:
                    os.kill(pid, signal.SIGKILL)
            self.child.wait()
        if self.status != 0:
            for line in self.log().splitlines()[-40:]:
                print("#", line, flush=True)
        return self.status

    def worker(self):
        """The worker's process id, or None."""
        path = f"/proc/{self.child.pid}/task/{self.child.pid}/children"
        try:
            with open(path, encoding="ascii") as text:
                pids = text.read().split()
        except FileNotFoundError:
            return None
        return int(pids[0]) if pids else None

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as text:
            return text.read()

    def messages(self):
        """The log lines that speak of messages."""
        return re.findall(r"^.*\broute=.*$", self.log(), re.M)

    def count(self, text):
        return self.log().count(text)

    def wait_log(self, text, times=1, seconds=180):
        wait_until(lambda: self.count(text) >= times, seconds, f"no '{text}' in the log:\n"
                   + self.log()[-3000:])

    def is_answering(self):
        return is_answering(self.address)

    def mta(self, client="192.0.2.1", name="client.example.net", **options):
        """A connection that has said CONNECT and HELO; client False: not even these."""
        mta = milterclient.Mta(self.address, **options)
        if client is not False:
            mta.connect(name, client)
            mta.helo(name)
        return mta
