#!/usr/bin/python3
"""A Debian with Postfix, OpenDMARC and rspamd, booted in a container: our package is installed
beside them, and its tests with each of them run (contrib/debian/tests). Takes the package out of
the build directory, where `make deb` has left it."""
import glob
import os
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
# What the tests take beside our package.
INCLUDED = ("postfix", "opendmarc", "rspamd", "publicsuffix", "openssl", "python3", "python3-dkim",
            "python3-nacl", *container.LIBRARIES)


def neighbours(home):
    package = next(iter(glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    if not OUT.ok(package, "there is a package: make deb has made it"):
        return
    with container.Machine(home, INCLUDED, "neighbours",
                           [(TOP, "/srv/sekimori"), (package, "/srv/sekimori.deb")]) as machine:
        got = machine.inside("dpkg", "-i", "/srv/sekimori.deb")
        if not OUT.equal(got.returncode, 0, "dpkg -i"):
            OUT.note(got.stdout)
        for name in ("opendmarc", "rspamd"):
            got = machine.inside(f"/srv/sekimori/contrib/debian/tests/{name}")
            OUT.include(got.stdout, got.returncode, f"the installed package works with {name}")


def main():
    home = tempfile.mkdtemp(prefix="sekimori-neighbours.")
    try:
        OUT.run(lambda: neighbours(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    OUT.done()


main()
