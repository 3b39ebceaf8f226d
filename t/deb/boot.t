#!/usr/bin/python3
"""A Debian with Postfix and OpenDKIM, booted in a container: our package is installed, mail is
checked and signed (contrib/debian/tests/installed, by autopkgtest), the package is purged, and
the system is as it was. Takes the package out of the build directory, where `make deb` has left
it."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import container  # noqa: E402
import installation  # noqa: E402

TESTS = ("installed",)


def again(out, machine):
    """What installs does no harm when it runs twice; a removal leaves what was configured, and
    keys."""
    machine.works("sekimori", "keygen", "kept.example", "--selector", "kept")
    there = machine.state()
    for version in ("0.0.9", "0.0.9", ""):
        got = machine.inside("/var/lib/dpkg/info/sekimori.postinst", "configure", version)
        out.equal(got.returncode, 0, f"postinst configure {version}")
    out.equal(container.differences(there, machine.state()), [],
              "nothing changes when it runs again")
    out.equal(machine.inside("dpkg", "--remove", "sekimori").returncode, 0, "dpkg --remove")
    for kept in ("keytable", "keys/kept.example/kept.pem"):
        out.ok(os.path.exists(f"{machine.root}/etc/sekimori/{kept}"), f"{kept} is still there")
    out.ok(not os.path.exists(machine.root + "/var/spool/postfix/sekimori"),
           "the socket's place is not")
    got = machine.inside("dpkg", "-i", installation.PACKAGE)
    out.equal(got.returncode, 0, "dpkg -i again")
    out.equal(container.differences(there, machine.state()), [], "and all is there again")


def life_of_the_package(out, home, package):
    with installation.boot(home, package, "boot", TESTS) as machine:
        before = machine.state()
        got = machine.inside("dpkg", "-i", installation.PACKAGE)
        if not out.equal(got.returncode, 0, "dpkg -i"):
            out.note(got.stdout)
        installed = container.differences(before, machine.state())
        out.ok(installed, "something is there now")
        mine = r"^/(etc/(postfix|opendkim|default|dkimkeys)\b|etc/opendkim\.conf)"
        out.equal([line for line in installed if re.match(mine, line)], [],
                  "nothing of Postfix or OpenDKIM was touched")
        socket = machine.inside("stat", "-c", "%G %a", "/var/spool/postfix/sekimori/sekimori.sock")
        out.equal(socket.stdout, "postfix 660\n", "the socket has the group of Postfix")
        again(out, machine)
        installation.autopkgtest(out, machine, TESTS)
        got = machine.inside("dpkg", "--purge", "sekimori")
        if not out.equal(got.returncode, 0, "dpkg --purge"):
            out.note(got.stdout)
        out.equal(container.differences(before, machine.state()), [], "and the system is as it was,"
                  " without keys, too")
        out.equal(machine.inside("getent", "passwd", "sekimori").stdout, "", "its user is gone")


installation.run("boot", life_of_the_package)
