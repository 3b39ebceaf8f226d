"""installation - our package in a machine that boots: installed, tested in there, purged

    installation.test("neighbours", ("opendmarc", "rspamd"))
    installation.run("story", lambda out, home, package: ...)

The package is taken out of the build directory, where `make deb` has left it. test() has Debian's
autopkgtest run those of contrib/debian/tests, with what each says as a result here; and at the end
the system is as it was before. run() is for a test with a life of its own, which can do the same
with boot() and autopkgtest().
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
TESTS = "contrib/debian/tests/"
SOURCE, PACKAGE, RESULTS = "/srv/source", "/srv/sekimori.deb", "/srv/results"
# The machine is a container, and whatever a test breaks is thrown away with it.
GIVEN = "--ignore-restrictions=isolation-container,breaks-testbed"


def run(name, life):
    """All that a test file does: life(results, a directory of its own, the package)."""
    out = tap.Tap(machine=True)
    home = tempfile.mkdtemp(prefix=f"sekimori-{name}.")
    package = next(iter(glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    try:
        if out.ok(package, "there is a package: make deb has made it"):
            out.run(lambda: life(out, home, package))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    out.done()


def needs(package, tests):
    """The packages that these tests name beside ours, and the libraries of ours."""
    with open(os.path.join(TOP, TESTS, "control"), encoding="utf-8") as control:
        named = dict(re.findall(r"^Tests: (\S+)\nDepends: @, (.*(?:\n .*)*)$", control.read(),
                                re.M))
    return {name for each in tests
            for name in re.split(r",\s+", named[each])} | set(container.libraries(package))


def boot(home, package, name, tests):
    """A machine with what these tests need; our package and its source lie there."""
    source = os.path.join(home, "source")
    container.works("make", "-C", BUILD, "deb-source", "DEB_SOURCE=" + source)
    # What dpkg-buildpackage leaves in a source that was built.
    open(os.path.join(source, "debian", "files"), "w", encoding="ascii").close()
    return container.Machine(home, sorted(needs(package, tests)), name,
                             [(source, SOURCE), (package, PACKAGE)])


def autopkgtest(out, machine, tests):
    """It runs these tests of the source; our package has been installed."""
    got = machine.inside("autopkgtest", "--no-built-binaries", GIVEN, "--output-dir=" + RESULTS,
                         *["--test-name=" + each for each in tests], SOURCE + "/", "--",
                         "null", PYTHONDONTWRITEBYTECODE="1")
    if not out.equal(got.returncode, 0, f"autopkgtest {' '.join(tests)}"):
        out.note(got.stdout[-6000:])
    status = dict(re.findall(r"^(\S+) +(.*)$", machine.read(RESULTS + "/summary"), re.M))
    for each in tests:
        out.include(machine.read(f"{RESULTS}/{each}-stdout"),
                    0 if status.get(each) == "PASS" else status.get(each),
                    f"the test {each} of the package")


def test(name, tests, passing="^$"):
    """Runs tests in a machine of this name. passing: paths that packages other than ours write
    while they are configured."""
    run(name, lambda *there: _life(*there, name, tests, re.compile(passing)))


def _life(out, home, package, name, tests, passing):
    with boot(home, package, name, tests) as machine:
        before = machine.state()
        got = machine.inside("dpkg", "-i", PACKAGE)
        if not out.equal(got.returncode, 0, "dpkg -i"):
            out.note(got.stdout)
        autopkgtest(out, machine, tests)
        got = machine.inside("dpkg", "--purge", "sekimori")
        if not out.equal(got.returncode, 0, "dpkg --purge"):
            out.note(got.stdout)
        left = [line for line in container.differences(before, machine.state())
                if not passing.search(line)]
        out.equal(left, [], "and the system is as it was")
