#!/usr/bin/python3
"""A Debian with Postfix and OpenDKIM, booted in a container: our package is installed, mail is
checked and signed (contrib/debian/tests/installed), the package is purged, and the system is
as it was. Takes the package out of the build directory, where `make deb` has left it."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import tap  # noqa: E402

OUT = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
# What the package and its test need is in it before, so that only our package comes and goes.
INCLUDED = ("systemd", "systemd-sysv", "dbus", "postfix", "opendkim", "openssl", "python3",
            "python3-dkim", "python3-nacl", "libc-ares2", "libidn2-0", "libjansson4",
            "libmilter1.0.1", "libspf2-2", "libssl3")
# Copies that useradd and its like leave, what is written at each boot, and dates of a package
# manager's work: none of them is a system's configuration.
PASSING = re.compile(r"^/etc/(passwd|shadow|group|gshadow|subuid|subgid)-$|^/etc/\.pwd\.lock$|"
                     r"^/etc/(machine-id|resolv\.conf|mtab|ld\.so\.cache)$|/__pycache__/")


class Failed(Exception):
    """The container could not be made or did not boot."""


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, **more)


def image(place):
    """The root of a Debian, unpacked there; the archive is kept where the variable says."""
    keep = os.environ.get("SEKIMORI_MTA_CACHE", os.path.join(BUILD, "mta-cache"))
    os.makedirs(keep, exist_ok=True)
    archive = os.path.join(keep, "boot.tar")
    if not os.path.exists(archive):
        got = run("mmdebstrap", "--variant=apt", "--include=" + ",".join(INCLUDED), "bookworm",
                  archive + ".new.tar")
        if got.returncode != 0:
            raise Failed("mmdebstrap: " + got.stdout[-3000:])
        os.rename(archive + ".new.tar", archive)
    os.mkdir(place)
    got = run("tar", "-C", place, "--exclude=./dev/*", "-xpf", archive)
    if got.returncode != 0:
        raise Failed("tar: " + got.stdout[-3000:])


class Machine:
    """It boots, runs commands, and is gone at the end."""

    def __init__(self, root, binds):
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "-q", "-b", "-D", root, "--private-network", "--register=no",
             "--keep-unit", "--console=pipe", "--hostname=mx"] +
            [f"--bind-ro={here}:{there}" for here, there in binds],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.init = None
        end = time.monotonic() + 120
        while self.inside("systemctl", "is-system-running").stdout.strip() not in (
                "running", "degraded"):
            if self.nspawn.poll() is not None or time.monotonic() > end:
                said = self.inside("systemctl", "list-jobs").stdout
                self.stop()
                raise Failed(f"the container does not boot:\n{said}")
            time.sleep(0.5)

    def inside(self, *argv, **environment):
        """Runs a command in it. Before there is an init in it, the command fails."""
        if self.init is None:
            path = f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children"
            with open(path, encoding="ascii") as pids:
                self.init = next(iter(pids.read().split()), None)
            if self.init is None:
                return subprocess.CompletedProcess(argv, 1, "", "")
        return run("nsenter", "-t", self.init, "-m", "-u", "-i", "-n", "-p", "-r", "-w", "env",
                   "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                   "LC_ALL=C.UTF-8", *[f"{name}={value}" for name, value in environment.items()],
                   *argv, timeout=900)

    def stop(self):
        if self.nspawn.poll() is None:
            self.inside("systemctl", "--no-block", "poweroff")
        try:
            self.nspawn.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.communicate()


def state(root):
    """What is where, with owner, mode and contents, in the places where a package or its
    service could leave something."""
    found = {}
    for top in ("etc", "usr", "lib/systemd", "var/lib/systemd", "var/spool/postfix/sekimori",
                "var/spool/cron", "var/lib/sekimori", "var/log/sekimori"):
        for place, _, names in os.walk(os.path.join(root, top)):
            for name in [""] + names:
                path = os.path.join(place, name) if name else place
                inside = "/" + os.path.relpath(path, root)
                if not PASSING.search(inside):
                    found[inside] = describe(path)
    return found


def describe(path):
    info = os.lstat(path)
    what = ""
    if os.path.islink(path):
        what = os.readlink(path)
    elif os.path.isfile(path):
        with open(path, "rb") as data:
            what = hashlib.sha256(data.read()).hexdigest()
    return (oct(info.st_mode), info.st_uid, info.st_gid, what)


def differences(before, after):
    return [f"{path}: {before.get(path)} -> {after.get(path)}"
            for path in sorted(set(before) | set(after)) if before.get(path) != after.get(path)]


def older(package, home):
    """The same package with a lower version and another configuration: what was there before
    an upgrade."""
    tree, made = os.path.join(home, "older"), os.path.join(home, "older.deb")
    run("dpkg-deb", "-R", package, tree)
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control, encoding="utf-8") as text:
        lines = re.sub("^Version: .*", "Version: 0.0.9", text.read(), flags=re.M)
    with open(control, "w", encoding="utf-8") as out:
        out.write(lines)
    with open(os.path.join(tree, "etc/sekimori/sekimori.conf"), "a", encoding="utf-8") as out:
        out.write("# of an earlier version\n")
    got = run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, made)
    if got.returncode != 0:
        raise Failed("dpkg-deb: " + got.stdout)
    return made


def again(machine, root):
    """What installs does no harm when it runs twice; a removal leaves what was configured."""
    there = state(root)
    for version in ("0.0.9", "0.0.9", ""):
        got = machine.inside("/var/lib/dpkg/info/sekimori.postinst", "configure", version)
        OUT.equal(got.returncode, 0, f"postinst configure {version}")
    OUT.equal(differences(there, state(root)), [], "nothing changes when it runs again")
    OUT.equal(machine.inside("dpkg", "--remove", "sekimori").returncode, 0, "dpkg --remove")
    OUT.ok(os.path.exists(root + "/etc/sekimori/keytable"), "the configuration is still there")
    OUT.ok(not os.path.exists(root + "/var/spool/postfix/sekimori"), "the socket's place is not")
    got = machine.inside("dpkg", "-i", "/srv/older.deb")
    OUT.equal(got.returncode, 0, "dpkg -i again")
    OUT.equal(differences(there, state(root)), [], "and all is there again")


def shown(got, name):
    """The test of the package, with each of its results as ours."""
    for line in got.stdout.splitlines():
        match = re.match(r"(ok|not ok) \d+ - (.*)", line)
        if match:
            OUT.ok(match.group(1) == "ok", match.group(2))
        elif not re.match(r"1\.\.\d+$", line):
            OUT.note(line)
    OUT.equal(got.returncode, 0, name)


def life_of_the_package(home):
    package = next((path for path in glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    if not OUT.ok(package, "there is a package: make deb has made it"):
        return
    root = os.path.join(home, "root")
    image(root)
    machine = Machine(root, [(TOP, "/srv/sekimori"), (package, "/srv/sekimori.deb"),
                             (older(package, home), "/srv/older.deb")])
    try:
        before = state(root)
        got = machine.inside("dpkg", "-i", "/srv/older.deb")
        if not OUT.equal(got.returncode, 0, "dpkg -i"):
            OUT.note(got.stdout)
        installed = differences(before, state(root))
        OUT.ok(installed, "something is there now")
        mine = r"^/(etc/(postfix|opendkim|default|dkimkeys)\b|etc/opendkim\.conf)"
        OUT.equal([line for line in installed if re.match(mine, line)], [],
                  "nothing of Postfix or OpenDKIM was touched")
        again(machine, root)
        shown(machine.inside("/srv/sekimori/contrib/debian/tests/installed",
                             SEKIMORI_DEB="/srv/sekimori.deb"), "the installed package works")
        got = machine.inside("dpkg", "--purge", "sekimori")
        if not OUT.equal(got.returncode, 0, "dpkg --purge"):
            OUT.note(got.stdout)
        OUT.equal(differences(before, state(root)), [], "and the system is as it was")
        OUT.equal(machine.inside("getent", "passwd", "sekimori").stdout, "", "its user is gone")
    finally:
        machine.stop()


def main():
    home = tempfile.mkdtemp(prefix="sekimori-boot.")
    try:
        OUT.run(lambda: life_of_the_package(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    OUT.done()


main()
