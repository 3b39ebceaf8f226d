#!/usr/bin/python3
"""A Debian with Postfix and OpenDKIM, booted in a container: our package is installed, mail is
checked and signed (contrib/debian/tests/installed), the package is purged, and the system is
as it was. Takes the package out of the build directory, where `make deb` has left it."""
import glob
import os
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import container  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
# What the test of the package needs beside the package.
INCLUDED = ("postfix", "opendkim", "openssl", "python3", "python3-dkim", "python3-nacl") + \
    container.LIBRARIES


def again(machine):
    """What installs does no harm when it runs twice; a removal leaves what was configured."""
    there = machine.state()
    for version in ("0.0.9", "0.0.9", ""):
        got = machine.inside("/var/lib/dpkg/info/sekimori.postinst", "configure", version)
        OUT.equal(got.returncode, 0, f"postinst configure {version}")
    OUT.equal(container.differences(there, machine.state()), [],
              "nothing changes when it runs again")
    OUT.equal(machine.inside("dpkg", "--remove", "sekimori").returncode, 0, "dpkg --remove")
    OUT.ok(os.path.exists(machine.root + "/etc/sekimori/keytable"),
           "the configuration is still there")
    OUT.ok(not os.path.exists(machine.root + "/var/spool/postfix/sekimori"),
           "the socket's place is not")
    got = machine.inside("dpkg", "-i", "/srv/sekimori.deb")
    OUT.equal(got.returncode, 0, "dpkg -i again")
    OUT.equal(container.differences(there, machine.state()), [], "and all is there again")


def life_of_the_package(home):
    package = next((path for path in glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    if not OUT.ok(package, "there is a package: make deb has made it"):
        return
    with container.Machine(home, INCLUDED, "boot",
                           [(TOP, "/srv/sekimori"), (package, "/srv/sekimori.deb")]) as machine:
        before = machine.state()
        got = machine.inside("dpkg", "-i", "/srv/sekimori.deb")
        if not OUT.equal(got.returncode, 0, "dpkg -i"):
            OUT.note(got.stdout)
        installed = container.differences(before, machine.state())
        OUT.ok(installed, "something is there now")
        mine = r"^/(etc/(postfix|opendkim|default|dkimkeys)\b|etc/opendkim\.conf)"
        OUT.equal([line for line in installed if re.match(mine, line)], [],
                  "nothing of Postfix or OpenDKIM was touched")
        again(machine)
        got = machine.inside("/srv/sekimori/contrib/debian/tests/installed")
        OUT.include(got.stdout, got.returncode, "the installed package works")
        got = machine.inside("dpkg", "--purge", "sekimori")
        if not OUT.equal(got.returncode, 0, "dpkg --purge"):
            OUT.note(got.stdout)
        OUT.equal(container.differences(before, machine.state()), [], "and the system is as it was")
        OUT.equal(machine.inside("getent", "passwd", "sekimori").stdout, "", "its user is gone")


def main():
    home = tempfile.mkdtemp(prefix="sekimori-boot.")
    try:
        OUT.run(lambda: life_of_the_package(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    OUT.done()


main()
