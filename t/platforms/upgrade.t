#!/usr/bin/python3
"""A mail server with Postfix and our package, booted in a container of Debian 12, becomes a Debian
13 while it runs: our package stays, the service runs, mail is checked and signed as before
(t/platforms/mail). The package is one that was built on Debian 12; takes it out of the build
directory. What apt needs is fetched from outside, since the machine has no network.

contrib/test-platforms runs it: it takes longer than what runs for each change."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import container  # noqa: E402
import debian  # noqa: E402
import installation  # noqa: E402

FROM, TO = "bookworm", "trixie"
TREE, PACKAGE = "/srv/sekimori", "/srv/sekimori.deb"
QUIETLY = ("apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-unsafe-io", "-o",
           "Dpkg::Options::=--force-confold")


def fetch(machine):
    """apt of this machine, for that one: its sources, its lists, the packages of the upgrade."""
    machine.write("/etc/apt/sources.list", "".join(line + "\n" for line in debian.sources(TO)))
    there = ("apt-get", "-q", "-y", "-o", f"Dir={machine.root}", "-o", "APT::Sandbox::User=root",
             "-o", f"Dir::State::status={machine.root}/var/lib/dpkg/status",
             "-o", "Acquire::Check-Valid-Until=false")
    container.works(*there, "update")
    container.works(*there, "--download-only", "dist-upgrade")


def mail(out, machine, when):
    got = machine.inside(f"{TREE}/t/platforms/mail", when)
    out.include(got.stdout, got.returncode, f"{when} the upgrade: mail")


def life(out, home, package):
    with container.Machine(home, ("postfix", *container.libraries(package)), "upgrade",
                           [(installation.TOP, TREE), (package, PACKAGE)]) as machine:
        out.ok(machine.read("/etc/debian_version").startswith("12"), "a Debian 12")
        machine.works(*QUIETLY, "install", PACKAGE)
        mail(out, machine, "before")
        fetch(machine)
        got = machine.inside(*QUIETLY, "dist-upgrade")
        if not out.equal(got.returncode, 0, "apt-get dist-upgrade"):
            out.note(got.stdout[-6000:])
        out.ok(machine.read("/etc/debian_version").startswith("13"), "a Debian 13")
        status = machine.inside("dpkg-query", "-W", "-f", "${Status}", "sekimori").stdout
        out.equal(status, "install ok installed", "our package is still installed")
        out.equal(machine.inside("systemctl", "is-active", "sekimori").stdout, "active\n",
                  "the service runs on")
        needs = re.findall(r"lib\S+(?= => not found)",
                           machine.inside("ldd", "/usr/sbin/sekimorid").stdout)
        out.equal(needs, [], "its libraries are there")
        mail(out, machine, "after")


installation.run("platforms", life)
