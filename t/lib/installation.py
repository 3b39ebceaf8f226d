"""installation - our package in a machine that boots: installed, tested in there, purged

    installation.test("neighbours", ("postfix", "rspamd"), ("rspamd",))
    installation.run("story", lambda out, home, package: ...)

The package is taken out of the build directory, where `make deb` has left it. test() runs those
of contrib/debian/tests, with what each says as a result here; and at the end the system is as it
was before. run() is for a test with a life of its own.
"""
import glob
import os
import re
import shutil
import tempfile

import container
import tap

BUILD = os.environ.get("builddir", os.getcwd())
TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# What the tests in there take beside the package and its libraries.
TOOLS = ("openssl", "python3", "python3-dkim", "python3-nacl") + container.LIBRARIES


def run(name, life):
    """All that a test file does: life(results, a directory of its own, the package)."""
    out = tap.Tap()
    home = tempfile.mkdtemp(prefix=f"sekimori-{name}.")
    package = next(iter(glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    try:
        if out.ok(package, "there is a package: make deb has made it"):
            out.run(lambda: life(out, home, package))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    out.done()


def test(name, packages, tests, passing="^$"):
    """Runs tests in a machine of this name with these packages. passing: paths that packages
    other than ours write while they are configured."""
    run(name, lambda *there: _life(*there, name, packages, tests, re.compile(passing)))


def _life(out, home, package, name, packages, tests, passing):
    with container.Machine(home, packages + TOOLS, name,
                           [(TOP, "/srv/sekimori"), (package, "/srv/sekimori.deb")]) as machine:
        before = machine.state()
        got = machine.inside("dpkg", "-i", "/srv/sekimori.deb")
        if not out.equal(got.returncode, 0, "dpkg -i"):
            out.note(got.stdout)
        for each in tests:
            got = machine.inside(f"/srv/sekimori/contrib/debian/tests/{each}")
            out.include(got.stdout, got.returncode, f"the test {each} of the package")
        got = machine.inside("dpkg", "--purge", "sekimori")
        if not out.equal(got.returncode, 0, "dpkg --purge"):
            out.note(got.stdout)
        left = [line for line in container.differences(before, machine.state())
                if not passing.search(line)]
        out.equal(left, [], "and the system is as it was")
