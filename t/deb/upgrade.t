#!/usr/bin/python3
"""An upgrade while mail is sent: a Debian with Postfix, booted in a container, in which a package
of an earlier state of the source is replaced by ours (t/deb/upgrade). The earlier state is that
of the last release, else of the commit that t/deb/earlier names; its package is built here by its
own `make deb`. Outside a clone there is no earlier state: our own package takes its part."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import container  # noqa: E402
import installation  # noqa: E402
from installation import BUILD, TOP  # noqa: E402

LOWER = "~earlier"
CHANGED = "# of an earlier version\n"


def append(path, text):
    with open(path, "a", encoding="utf-8") as out:
        out.write(text)


def build(tree):
    """`make deb` of a source; its version is lower than ours, and what it configures differs."""
    with open(os.path.join(TOP, "VERSION"), encoding="ascii") as ours, \
            open(os.path.join(tree, "VERSION"), "r+", encoding="ascii") as theirs:
        version = ours.read().strip()
        if theirs.read().strip() == version:
            theirs.seek(0)
            theirs.write(f"{version}{LOWER}\n")
    for name in ("sekimori.conf", "keytable"):
        append(os.path.join(tree, "contrib/debian/conf", name), CHANGED)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("srcdir", "builddir")}
    container.works("sh", "-c", "autoreconf -fi && ./configure && make deb", cwd=tree,
                    env=environment)
    return glob.glob(os.path.join(tree, "sekimori_*.deb"))[0]


def repack(package, home):
    """Our package with a lower version and another configuration, and a key table that is a
    conffile, as it was in the first packages."""
    tree, made = os.path.join(home, "tree"), os.path.join(home, "earlier.deb")
    container.works("dpkg-deb", "-R", package, tree)
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control, encoding="utf-8") as text:
        lines = re.sub("^(Version: .*)", rf"\1{LOWER}", text.read(), flags=re.M)
    with open(control, "w", encoding="utf-8") as out:
        out.write(lines)
    append(os.path.join(tree, "etc/sekimori/sekimori.conf"), CHANGED)
    append(os.path.join(tree, "etc/sekimori/keytable"), "# empty\n" + CHANGED)
    append(os.path.join(tree, "DEBIAN/conffiles"), "/etc/sekimori/keytable\n")
    container.works("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, made)
    return made


def earlier(out, home, package):
    """The package that is there first. contrib/test-deb leaves the source in the build directory;
    in a clone it can be had here."""
    tree = os.path.join(home, "source")
    container.works("sh", "-c", '. "$1/contrib/packages.sh" && if [ -d "$2" ];'
                    ' then cp -R "$2" "$3"; else earlier_copy "$1" "$3"; fi', "sh", TOP,
                    os.path.join(BUILD, "earlier"), tree)
    if os.path.isdir(tree):
        return build(tree)
    out.note("NOT IN A CLONE WITH ITS HISTORY: no package of an earlier state can be built; ours,\n"
             "with a lower version, takes its part. In a clone, contrib/test-deb builds one.")
    return repack(package, home)


def upgrade(out, home, package):
    first = earlier(out, home, package)
    out.note(f"from {os.path.basename(first)} to {os.path.basename(package)}")
    with container.Machine(home, ("postfix", *container.libraries(package)), "upgrade",
                           [(TOP, "/srv/sekimori"), (package, "/srv/sekimori.deb"),
                            (first, "/srv/earlier.deb")]) as machine:
        got = machine.inside("/srv/sekimori/t/deb/upgrade", "/srv/earlier.deb", "/srv/sekimori.deb")
        out.include(got.stdout, got.returncode, "the upgrades come to their end")


installation.run("upgrade", upgrade)
