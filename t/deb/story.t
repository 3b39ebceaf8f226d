#!/usr/bin/python3
"""A mail server with Postfix and OpenDKIM, booted in a container, whose administrator installs
our package, follows what README and the tool say, and takes it out again: t/deb/story. Takes
the package out of the build directory, where `make deb` has left it."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import container  # noqa: E402
import installation  # noqa: E402


def story(out, home, package):
    there = "/srv/" + os.path.basename(package)
    with container.Machine(home, (), "story",
                           [(installation.TOP, "/srv/sekimori"), (package, there)]) as machine:
        got = machine.inside("/srv/sekimori/t/deb/story")
        out.include(got.stdout, got.returncode, "the story comes to its end")


installation.run("story", story)
