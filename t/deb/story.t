#!/usr/bin/python3
"""A mail server with Postfix and OpenDKIM, booted in a container, whose administrator installs
our package, follows what README and the tool say, and takes it out again: t/deb/story. Takes
the package out of the build directory, where `make deb` has left it."""
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


def story(home):
    package = next(iter(glob.glob(os.path.join(BUILD, "sekimori_*.deb"))), None)
    if not OUT.ok(package, "there is a package: make deb has made it"):
        return
    there = "/srv/" + os.path.basename(package)
    with container.Machine(home, (), "story",
                           [(TOP, "/srv/sekimori"), (package, there)]) as machine:
        got = machine.inside("/srv/sekimori/t/deb/story")
        OUT.include(got.stdout, got.returncode, "the story comes to its end")


def main():
    home = tempfile.mkdtemp(prefix="sekimori-story.")
    try:
        OUT.run(lambda: story(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    OUT.done()


main()
