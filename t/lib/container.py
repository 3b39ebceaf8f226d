"""container - a Debian that boots, for tests that need a whole system

    with container.Machine(home, packages, "boot", binds) as machine:
        got = machine.inside("postconf", "-n")       .returncode, .stdout
        machine.write("/etc/x.conf", "text\\n")       machine.read("/etc/x.conf")
        machine.put("/here/x.deb", "/srv/x.deb")     machine.get("/var/mail/x", "/here/x")
        before = machine.state()
        ...
        container.differences(before, machine.state())

`home` is a directory of the test's own; `packages` are those that are installed when it boots;
the name is that of the image, which is kept for the next test that asks for it. `binds` are
pairs (path here, path there) that the machine sees and cannot change. Its network is private:
it has a loopback interface and nothing else. It is gone at the end of the block.

Failure: Failed, with what was said.
"""
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time

RELEASE = "bookworm"
# What a system has to have to boot, and what our package depends on: with these there before,
# nothing but our package comes and goes.
SYSTEM = ("systemd", "systemd-sysv", "dbus", "libc-ares2", "libidn2-0", "libjansson4",
          "libmilter1.0.1", "libspf2-2", "libssl3")
# Where a package or its service could leave something.
PLACES = ("etc", "usr", "lib/systemd", "var/lib/systemd", "var/spool/postfix/sekimori",
          "var/spool/cron", "var/lib/sekimori", "var/log/sekimori")
# Copies that useradd and its like leave, what is written at each boot, and dates of a package
# manager's work: none of them is a system's configuration.
PASSING = re.compile(r"^/etc/(passwd|shadow|group|gshadow|subuid|subgid)-$|^/etc/\.pwd\.lock$|"
                     r"^/etc/(machine-id|resolv\.conf|mtab|ld\.so\.cache)$|/__pycache__/")


class Failed(Exception):
    """The container could not be made or did not boot."""


def run(*argv, **more):
    """A command of this machine; what it says to either side is one text."""
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, **more)


def works(*argv, **more):
    """What the command says; Failed when it fails."""
    got = run(*argv, **more)
    if got.returncode != 0:
        raise Failed(f"{argv[0]}: {got.stdout[-3000:]}")
    return got.stdout


def archive(packages, name):
    """The file that holds a Debian with these packages, made now if it is not there yet."""
    keep = os.environ.get("SEKIMORI_MTA_CACHE") or \
        os.path.join(os.environ.get("builddir", os.getcwd()), "mta-cache")
    os.makedirs(keep, exist_ok=True)
    file = os.path.join(keep, name + ".tar")
    with open(file + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(file):
            works("mmdebstrap", "--variant=apt", "--include=" + ",".join(SYSTEM + packages),
                  RELEASE, file + ".new.tar")
            os.rename(file + ".new.tar", file)
    return file


def _first_process(nspawn):
    """Which of its children is process 1 of the machine, as this machine counts."""
    try:
        with open(f"/proc/{nspawn}/task/{nspawn}/children", encoding="ascii") as children:
            for pid in children.read().split():
                with open(f"/proc/{pid}/status", encoding="utf-8") as text:
                    if re.search(r"^NSpid:.*\t1$", text.read(), re.M):
                        return pid
    except OSError:  # it has just ended
        pass
    return None


def _own_groups():
    """The directories of the control group that this process is in: that of version 2, and
    that of systemd's own hierarchy."""
    with open("/proc/self/cgroup", encoding="utf-8") as text:
        paths = dict(line.rstrip("\n").split(":", 2)[1:] for line in text)
    with open("/proc/self/mountinfo", encoding="utf-8") as text:
        for line in text:
            left, right = line.split(" - ", 1)
            top, place = left.split()[3:5]
            name = {"cgroup2": "", "cgroup": "name=systemd"}.get(right.split()[0])
            if name in paths and (name == "" or name in right):
                yield os.path.normpath(f"{place}/{os.path.relpath(paths[name], top)}")


class Group:
    """A control group that one machine has to itself: in a common one, each would find the
    other's processes among those of its services, and could not end its own."""

    def __init__(self):
        self.places = [f"{place}/machine-{os.getpid()}" for place in _own_groups()]
        for place in self.places:
            os.mkdir(place)

    def command(self, *argv):
        """The command, as one that enters the group first and ends when the test ends."""
        enter = "".join(f"echo 0 >'{place}/cgroup.procs' && " for place in self.places)
        return ["setpriv", "--pdeathsig", "TERM", "sh", "-c", enter + 'exec "$@"', "sh", *argv]

    def remove(self):
        for top in self.places:
            for place, _, _ in os.walk(top, topdown=False):
                os.rmdir(place)


class Machine:
    """It boots, runs commands, and is gone at the end. Its files are below .root."""

    def __init__(self, home, packages, name, binds=()):
        self.root = os.path.join(home, name)
        self.init = None
        os.mkdir(self.root)
        works("tar", "-C", self.root, "--exclude=./dev/*", "-xpf", archive(packages, name))
        self.group = Group()
        self.nspawn = subprocess.Popen(
            self.group.command("systemd-nspawn", "-q", "-b", "-D", self.root, "--private-network",
                               "--register=no", "--keep-unit", "--console=pipe", "--hostname=mx",
                               *[f"--bind-ro={here}:{there}" for here, there in binds]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        end = time.monotonic() + 120
        while self.inside("systemctl", "is-system-running").stdout.strip() not in (
                "running", "degraded"):
            if self.nspawn.poll() is not None or time.monotonic() > end:
                said = self.inside("systemctl", "list-jobs").stdout
                self.stop()
                raise Failed(f"the container does not boot:\n{said}")
            time.sleep(0.5)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def inside(self, *argv, **environment):
        """Runs a command in it. Before there is an init in it, the command fails."""
        self.init = self.init or _first_process(self.nspawn.pid)
        if self.init is None:
            return subprocess.CompletedProcess(argv, 1, "", "")
        return run("nsenter", "-t", self.init, "-m", "-u", "-i", "-n", "-p", "-r", "-w", "env",
                   "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                   "LC_ALL=C.UTF-8", *[f"{name}={value}" for name, value in environment.items()],
                   *argv, timeout=900)

    def read(self, path):
        """The text of a file of the machine."""
        with open(self.root + path, encoding="utf-8") as text:
            return text.read()

    def write(self, path, text):
        """Makes it the text of a file of the machine; one that is there keeps its owner."""
        with open(self.root + path, "w", encoding="utf-8") as out:
            out.write(text)

    def put(self, here, there):
        """Copies a file into the machine. Not below /tmp and /run: those are of its own."""
        shutil.copy(here, self.root + there)

    def get(self, there, here):
        """Copies a file out of the machine."""
        shutil.copy(self.root + there, here)

    def state(self):
        """What is where, with owner, mode and contents, in the places where a package or its
        service could leave something."""
        found = {}
        for top in PLACES:
            for place, _, names in os.walk(os.path.join(self.root, top)):
                for name in [""] + names:
                    path = os.path.join(place, name) if name else place
                    inside = "/" + os.path.relpath(path, self.root)
                    if not PASSING.search(inside):
                        found[inside] = _describe(path)
        return found

    def stop(self):
        if self.nspawn.poll() is None:
            self.inside("systemctl", "--no-block", "poweroff")
        try:
            self.nspawn.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.communicate()
        self.group.remove()


def _describe(path):
    info = os.lstat(path)
    what = ""
    if os.path.islink(path):
        what = os.readlink(path)
    elif os.path.isfile(path):
        with open(path, "rb") as data:
            what = hashlib.sha256(data.read()).hexdigest()
    return (oct(info.st_mode), info.st_uid, info.st_gid, what)


def differences(before, after):
    """A line for each path that two states tell differently."""
    return [f"{path}: {before.get(path)} -> {after.get(path)}"
            for path in sorted(set(before) | set(after)) if before.get(path) != after.get(path)]
