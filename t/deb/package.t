#!/usr/bin/python3
"""make deb: two builds at different paths give the same bytes, lintian has nothing to say, and
the package needs what is linked and no more."""
import hashlib
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
EXPOSURE = 1.5


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, **more)


def built(place):
    """name: digest of the packages in a directory."""
    found = {}
    for name in sorted(os.listdir(place)):
        if name.endswith(".deb"):
            with open(os.path.join(place, name), "rb") as data:
                found[name] = hashlib.sha256(data.read()).hexdigest()
    return found


def test_two_builds(home):
    """The second one starts from a release, elsewhere, under another umask."""
    date = {"SOURCE_DATE_EPOCH": "1790000000"}
    got = run("make", "-C", BUILD, "deb", env=dict(os.environ, **date))
    if not OUT.equal(got.returncode, 0, "make deb"):
        OUT.note(got.stdout[-4000:])
        return
    os.mkdir(os.path.join(home, "another"))
    got = run("make", "-C", BUILD, "distdir", f"distdir={home}/another/path")
    other = os.path.join(home, "another", "path")
    got = run("sh", "-c", f"umask 077 && cd '{other}' && ./configure && make deb",
              env=dict(os.environ, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", **date))
    if not OUT.equal(got.returncode, 0, "make deb of a release, elsewhere"):
        OUT.note(got.stdout[-4000:])
        return
    OUT.equal(sorted(re.sub("_.*", "", name) for name in built(BUILD)),
              ["sekimori", "sekimori-dbgsym"], "the package and what a debugger wants")
    OUT.equal(built(other), built(BUILD), "the same bytes at both places")


def test_lintian():
    packages = [os.path.join(BUILD, name) for name in built(BUILD)]
    got = run("lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning",
              "--show-overrides", *packages)
    OUT.equal((got.returncode, got.stdout.strip()), (0, ""), "lintian: no error, no warning")


def package():
    return next(os.path.join(BUILD, name) for name in built(BUILD) if "dbgsym" not in name)


def linked(root):
    """The packages of this machine that hold the libraries with which the programs are linked."""
    wanted = set()
    for program in ("usr/sbin/sekimorid", "usr/bin/sekimori"):
        wanted.update(re.findall(r"NEEDED +(\S+)",
                                 run("objdump", "-p", os.path.join(root, program)).stdout))
    native = run("dpkg", "--print-architecture").stdout.strip()
    found = set()
    for name in wanted:
        owners = re.findall(r"^([a-z0-9.+-]+)(?::(\S+))?: (?!/(?:usr/)?libx?32/)",
                            run("dpkg", "-S", "*/" + name).stdout, re.M)
        found.update(owner for owner, where in owners if where in ("", native))
    return found


def test_contents(home):
    root = os.path.join(home, "root")
    run("dpkg-deb", "-x", package(), root)
    OUT.equal(run("dpkg-deb", "-f", package(), "Version").stdout.strip(),
              open(os.path.join(TOP, "VERSION"), encoding="ascii").read().strip(),
              "its version is that of VERSION")
    needs = re.findall(r"(lib[a-z0-9.+-]+)", run("dpkg-deb", "-f", package(), "Depends").stdout)
    OUT.equal(sorted(set(needs)), sorted(linked(root)),
              "it depends on the libraries that are linked")
    unit = next(path for path in (os.path.join(root, top, "systemd/system/sekimori.service")
                                  for top in ("lib", "usr/lib")) if os.path.exists(path))
    got = run("systemd-analyze", "security", "--offline=true",
              f"--threshold={int(EXPOSURE * 10)}", unit)
    OUT.equal(got.returncode, 0, f"systemd-analyze security: {EXPOSURE} or below")
    OUT.note(re.search("Overall.*", got.stdout).group(0))
    OUT.equal(run("dpkg-deb", "--ctrl-tarfile", package()).returncode, 0, "its scripts can be read")


def main():
    home = tempfile.mkdtemp(prefix="sekimori-package.")
    try:
        OUT.run(lambda: test_two_builds(home), test_lintian, lambda: test_contents(home))
    finally:
        shutil.rmtree(home)
    OUT.done()


main()
