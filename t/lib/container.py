#!/usr/bin/python3
"""container - a Debian that boots, for tests that need a whole system

    with container.Machine(home, packages, "boot", binds) as machine:
        got = machine.inside("postconf", "-n")       .returncode, .stdout
        machine.write("/etc/x.conf", "text\\n")       machine.read("/etc/x.conf")
        machine.put("/here/x.deb", "/srv/x.deb")     machine.get("/var/mail/x", "/here/x")
        before = machine.state()
        ...
        container.differences(before, machine.state())

`home` is a directory of the test's own and the name one for the machine in it; `packages` are
installed when it has booted. All machines begin as the same image, a small Debian with what
any test installs (AT_HAND) in apt's cache: it is made once and kept, and apt-get install works
in the machine though its network is private, with a loopback interface and nothing else.
The release is that of SEKIMORI_RELEASE, else that of this machine.
`binds` are pairs (path here, path there) that the machine sees and cannot change. It is gone
at the end of the block. Machines run side by side, and in a plain chroot, too.

    container.hindrance()   why this machine lets nobody boot one (a text); None when it does

As a program, container.py says that text and ends with 1, or with 0 when there is none (what else
goes wrong is 2); with `image`, it makes the image for the tests to come; with `boot`, it boots a
machine with nothing of ours in it, and says why that does not come up.

Failure: Failed, with what was said.
"""
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import debian

RELEASE = os.environ.get("SEKIMORI_RELEASE") or debian.release()
HOSTNAME = "mx.example.jp"
# libidn2-0: the C library recommends it, and what is recommended apt does not remove again.
SYSTEM = "systemd,systemd-sysv,dbus,openssl,python3,python3-dkim,python3-nacl,autopkgtest,libidn2-0"
# What tests install in it, in sets without conflicts.
AT_HAND = (
    "postfix opendkim opendmarc dbconfig-no-thanks rspamd",
    "sendmail-bin sasl2-bin libsasl2-modules",
)
# What our package is built with; the libraries behind it are at hand, too.
PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../contrib/packages.txt")
INSTALL = ("apt-get", "-q", "-y", "--no-install-recommends", "-o",
           "Dpkg::Options::=--force-unsafe-io", "install")
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


def libraries(package):
    """The libraries that a package depends on: with these there before, nothing but the package
    comes and goes."""
    return re.findall(r"(?:^|, )(lib[a-z0-9.+-]+)", works("dpkg-deb", "-f", package, "Depends"))


def _development():
    """Which packages the libraries of ours come with."""
    with open(PACKAGES, encoding="ascii") as text:
        return " ".join(re.findall(r"^lib(?!c6-)[a-z0-9-]+-dev$", text.read(), re.M))


def image():
    """The file that holds the Debian with which each machine begins, made now if it is not
    there yet. Its name tells what is in it."""
    keep = os.environ.get("SEKIMORI_MTA_CACHE") or \
        os.path.join(os.environ.get("builddir", os.getcwd()), "mta-cache")
    os.makedirs(keep, exist_ok=True)
    behind = "$(apt-cache depends " + _development() + \
        " | sed -n 's/.*Depends: \\(lib[a-z0-9.+-]*\\)$/\\1/p' | grep -v -e -dev)"
    sets = (f"{AT_HAND[0]} {behind}", *AT_HAND[1:])
    what = hashlib.sha256(repr((RELEASE, SYSTEM, sets, HOSTNAME)).encode()).hexdigest()[:12]
    file = os.path.join(keep, f"machine-{RELEASE}-{what}.tar")
    fetch = 'export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"; apt-get -y --no-install-recommends ' \
            "--download-only install "
    with open(file + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(file):
            works(*debian.bootstrap(
                RELEASE, file + ".new.tar", "--variant=apt", "--include=" + SYSTEM,
                "--skip=cleanup/apt", *["--customize-hook=" + fetch + names for names in sets],
                f"--customize-hook=echo {HOSTNAME} >$1/etc/hostname;"
                f" printf '127.0.0.1 localhost\\n127.0.1.1 {HOSTNAME} mx\\n' >$1/etc/hosts;"
                ": >$1/etc/resolv.conf"))
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
    that of systemd's own hierarchy, each once, however often it is mounted."""
    seen = set()
    with open("/proc/self/cgroup", encoding="utf-8") as text:
        paths = dict(line.rstrip("\n").split(":", 2)[1:] for line in text)
    with open("/proc/self/mountinfo", encoding="utf-8") as text:
        for line in text:
            left, right = line.split(" - ", 1)
            top, place = left.split()[3:5]
            name = {"cgroup2": "", "cgroup": "name=systemd"}.get(right.split()[0])
            if name in paths and name not in seen and (name == "" or name in right):
                group = os.path.normpath(f"{place}/{os.path.relpath(paths[name], top)}")
                if os.path.isdir(group):
                    seen.add(name)
                    yield group


class Enclosure:
    """Where a machine runs: in a mount namespace, and in a control group that it has to itself;
    in a common one, each would find the other's processes among those of its services, and
    could not end its own.

    In a chroot, / is no mount point, which systemd-nspawn wants. There, all is bound once more
    below a file system that nobody else sees, so that no mount can spread from it."""

    ENTER = """mkdir -p /run/systemd/nspawn && mount -t tmpfs tmpfs /run/systemd/nspawn &&
        shift && exec "$@" """
    BIND = """mount -t tmpfs tmpfs "$1" && mount --make-private "$1" && mkdir "$1/top" &&
        mount --rbind / "$1/top" && mount --make-rslave "$1/top" && exec chroot "$1/top" """

    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="sekimori-machine.")
        self.groups = []
        try:
            for group in _own_groups():
                group = os.path.join(group, os.path.basename(self.place))
                os.mkdir(group)
                self.groups.append(group)
        except OSError:
            self.remove()
            raise

    def command(self, *argv):
        """The command, as one that runs in here and ends when the test ends."""
        enter = "".join(f'echo 0 >"{group}/cgroup.procs" && '  for group in self.groups)
        spread = "slave"
        script = enter + self.ENTER
        if run("unshare", "-m", "--propagation", spread, "true").returncode != 0:
            spread = "unchanged"
            script = f"{enter}{self.BIND} sh -c '{self.ENTER}' sh \"$@\""
        return ["setpriv", "--pdeathsig", "TERM", "unshare", "-m", "--propagation", spread,
                "sh", "-c", script, "sh", self.place, *argv]

    def remove(self):
        if os.path.ismount(self.place):
            works("umount", self.place)
        os.rmdir(self.place)
        for top in self.groups:
            for group, _, _ in os.walk(top, topdown=False):
                os.rmdir(group)


def hindrance():
    """Why no machine can be booted here, found by doing what it takes: None when all is well.
    Only what says that this machine does not allow it counts."""
    no = re.compile(r"(Operation not permitted|Permission denied|Read-only file system)")
    if os.geteuid() != 0:
        return "only root may"
    if not list(_own_groups()):
        return "no control groups are mounted here"
    try:
        enclosure = Enclosure()
        got = run(*enclosure.command(
            "unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--mount-proc",
            "mount", "-t", "tmpfs", "tmpfs", "/mnt"), env=dict(os.environ, LC_ALL="C"))
        enclosure.remove()
    except PermissionError as problem:
        return str(problem)
    except OSError as problem:
        if no.search(str(problem)):
            return str(problem)
        raise
    if got.returncode == 0:
        return None
    if no.search(got.stdout):
        return got.stdout.strip()
    raise Failed(f"a trial of namespaces: {got.stdout}")


class Machine:
    """It boots, runs commands, and is gone at the end. Its files are below .root."""

    def __init__(self, home, packages, name, binds=()):
        self.root = os.path.join(home, name)
        self.init = None
        os.mkdir(self.root)
        works("tar", "-C", self.root, "--exclude=./dev/*", "-xpf", image())
        self.enclosure = Enclosure()
        self.nspawn = subprocess.Popen(
            self.enclosure.command(
                "systemd-nspawn", "-q", "-b", "-D", self.root, "--private-network",
                "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe",
                "--hostname=" + HOSTNAME, "--machine=" + re.sub("[^a-z]", "", self.enclosure.place),
                *[f"--bind-ro={here}:{there}" for here, there in binds]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            self._wait()
            self._without_user_namespaces()
            if packages:
                self.works(*INSTALL, *packages)
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        end = time.monotonic() + 600
        while self.inside("systemctl", "is-system-running").stdout.strip() not in (
                "running", "degraded"):
            if self.nspawn.poll() is not None:
                raise Failed(f"the container does not boot: {self.nspawn.stdout.read()[-3000:]}")
            if time.monotonic() > end:
                said = self.inside("systemctl", "list-jobs").stdout
                raise Failed(f"the container does not come up:\n{said}")
            time.sleep(0.2)

    def _without_user_namespaces(self):
        """In a chroot none can be made, which is no fault of a service that asks for one."""
        if self.inside("unshare", "--user", "true").returncode != 0:
            self.works("sh", "-c", "cd /run/systemd/system && mkdir service.d && printf"
                       " '[Service]\\nPrivateUsers=no\\n' >service.d/chroot.conf"
                       " && systemctl daemon-reload")
            print("# no user namespaces can be made here: services run without PrivateUsers")

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
                   *argv, timeout=3600)

    def works(self, *argv, **environment):
        """What the command says; Failed when it fails."""
        got = self.inside(*argv, **environment)
        if got.returncode != 0:
            raise Failed(f"{argv[0]}: {got.stdout[-3000:]}")
        return got.stdout

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
        return state(self.root)

    def stop(self):
        if self.nspawn.poll() is None:
            self.inside("systemctl", "poweroff", "--force", "--force")
        try:
            self.nspawn.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.communicate()
        self.enclosure.remove()


def state(root):
    """What is where, with owner, mode and contents, in the places where a package or its
    service could leave something."""
    found = {}
    for top in PLACES:
        for place, _, names in os.walk(os.path.join(root, top)):
            for name in [""] + names:
                path = os.path.join(place, name) if name else place
                inside = "/" + os.path.relpath(path, root)
                if not PASSING.search(inside):
                    found[inside] = _describe(path)
    return found


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


def bare():
    """Why a machine does not come up though nothing of ours is in it; None when it does."""
    image()
    with tempfile.TemporaryDirectory(prefix="sekimori-bare.") as home:
        try:
            with Machine(home, (), "bare"):
                return None
        except Failed as problem:
            return str(problem)


def main():
    try:
        if sys.argv[1:] == ["image"]:
            print(image())
            return 0
        why = bare() if sys.argv[1:] == ["boot"] else hindrance()
    except (OSError, Failed) as problem:
        print(problem)
        return 2
    if why:
        print(why)
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
