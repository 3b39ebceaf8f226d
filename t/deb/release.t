#!/usr/bin/python3
"""make dist: what it makes builds, passes its tests and installs, far from any repository, and
is of the version that VERSION says."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import tap  # noqa: E402

OUT = tap.Tap(machine=True)
BUILD = os.environ.get("builddir", os.getcwd())
OURS = ("srcdir", "builddir")


def run(*argv, **more):
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, env=environment, **more)


def works(name, *argv, **more):
    """Does the command succeed? If not, which tests failed, and the end of what it says."""
    got = run(*argv, **more)
    if not OUT.equal(got.returncode, 0, name):
        failed = re.findall(r"^not ok.*\n(?:#.*\n)*", got.stdout, re.M)
        OUT.note("".join(failed)[-4000:])
        OUT.note(got.stdout[-2000:])
    return got.stdout if got.returncode == 0 else None


def test_release(home):
    with open(os.path.join(TOP, "VERSION"), encoding="ascii") as text:
        version = text.read().strip()
    for old in glob.glob(os.path.join(BUILD, "sekimori-*.tar.xz")):
        os.unlink(old)
    if works("make dist", "make", "-C", BUILD, "dist") is None:
        return
    made = [os.path.basename(path) for path in glob.glob(os.path.join(BUILD, "*.tar.xz"))]
    OUT.equal(made, [f"sekimori-{version}.tar.xz"], "it is named after the version")
    works("it unpacks", "tar", "-C", home, "-xf", os.path.join(BUILD, made[0]))
    place = os.path.join(home, f"sekimori-{version}")
    left = [name for pattern in ("*.o", "*.a", ".git", "__pycache__", "Makefile", "*.deb")
            for name in glob.glob(os.path.join(place, "**", pattern), recursive=True)]
    OUT.equal(left, [], "nothing in it comes from a build or a repository")
    works("./configure", "./configure", "--prefix=/usr", "--sysconfdir=/etc", cwd=place)
    works("make", "make", f"-j{os.cpu_count()}", cwd=place)
    said = works("make check", "make", "check", "PROVE_FLAGS=-f -o", cwd=place)
    OUT.ok(re.search(r"^Files=\d\d+, Tests=\d{3,}", said or "", re.M), "with all of its tests")
    works("make install", "make", "install", f"DESTDIR={home}/there", cwd=place)
    OUT.equal(run(f"{home}/there/usr/sbin/sekimorid", "-V").stdout.strip(),
              f"sekimori {version}", "the daemon says the version")


def main():
    home = tempfile.mkdtemp(prefix="sekimori-release.")
    try:
        OUT.run(lambda: test_release(home))
    finally:
        shutil.rmtree(home)
    OUT.done()


main()
