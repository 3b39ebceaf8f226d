#!/usr/bin/python3
"""contrib/rpm/sekimori.spec lists what `make install` installs, and nothing else; both packages
take their version from VERSION and build from the same libraries."""
import fnmatch
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

OUT = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
PLACES = {"_sbindir": "/usr/sbin", "_bindir": "/usr/bin", "_mandir": "/usr/share/man",
          "_sysconfdir": "/etc", "_docdir": "/usr/share/doc", "_datadir": "/usr/share",
          "_unitdir": "/usr/lib/systemd/system", "_sysusersdir": "/usr/lib/sysusers.d",
          "_tmpfilesdir": "/usr/lib/tmpfiles.d", "name": "sekimori"}
# An RPM's name of a library's development files, and Debian's.
LIBRARIES = {"c-ares-devel": "libc-ares-dev", "jansson-devel": "libjansson-dev",
             "libidn2-devel": "libidn2-dev", "libspf2-devel": "libspf2-dev",
             "openssl-devel": "libssl-dev", "sendmail-milter-devel": "libmilter-dev"}


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as text:
        return text.read()


def listed(spec):
    """The paths under %files, and those of them that are directories of the package's own."""
    files, own = [], []
    for line in spec.partition("%files")[2].splitlines()[1:]:
        line = re.sub(r"%(license|lang\(\w+\)|config\(noreplace\)|attr\([^)]*\)) *", "", line)
        path = re.sub(r"%\{(\w+)\}", lambda match: PLACES[match.group(1)],
                      line.replace("%dir", "").strip())
        if path.startswith("/"):
            (own if "%dir" in line else files).append(path)
    return files, own


def installed(home):
    """What `make install` makes, with the directories of a package."""
    got = subprocess.run(
        ["make", "-s", "-C", BUILD, "install", f"DESTDIR={home}", "prefix=/usr",
         "sysconfdir=/etc", "systemdsystemunitdir=/usr/lib/systemd/system",
         "systemd_files=install-systemd"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")})
    if not OUT.equal(got.returncode, 0, "make install"):
        OUT.note(got.stderr)
    return sorted("/" + os.path.relpath(os.path.join(place, name), home)
                  for place, _, names in os.walk(home) for name in names)


def test_files(spec, home):
    files, own = listed(spec)
    there = installed(home)
    OUT.ok(len(there) > 10, "a list of what is installed")
    for path in there:
        OUT.ok(any(fnmatch.fnmatch(path, pattern) for pattern in files), f"{path} is listed")
    for pattern in files:
        OUT.ok(any(fnmatch.fnmatch(path, pattern) for path in there), f"{pattern} is installed")
    for path in own:
        made = "install -d -m 750 %{buildroot}" + path.replace("/etc", "%{_sysconfdir}")
        OUT.ok(os.path.isdir(home + path) or made in spec, f"{path} is made")


def test_sources(spec):
    control = read("contrib/debian/control").partition("\nPackage:")[0]
    theirs = re.findall(r"^BuildRequires: +([\w.-]+-devel)", spec, re.M)
    OUT.equal(sorted(LIBRARIES.get(name, name) for name in theirs),
              sorted(re.findall(r"^ (lib[\w.-]+-dev)", control, re.M)),
              "both packages are built with the same libraries")
    packages = re.findall(r"^(lib(?!c6)[\w.-]+-dev)", read("contrib/packages.txt"), re.M)
    OUT.equal(sorted(LIBRARIES.values()), sorted(packages), "which contrib/packages.txt names")


def test_version(spec):
    version = read("VERSION").strip()
    OUT.ok(re.fullmatch(r"[0-9]+(\.[0-9]+)+", version), f"VERSION is a version: {version}")
    for name, text in (("contrib/rpm/sekimori.spec", spec),
                       ("contrib/debian/control", read("contrib/debian/control")),
                       ("configure.ac", read("configure.ac")),
                       ("Makefile.am", read("Makefile.am"))):
        OUT.ok(version not in text, f"{name} does not repeat it")


def main():
    spec = read("contrib/rpm/sekimori.spec")
    home = tempfile.mkdtemp(prefix="sekimori-rpm.")
    try:
        OUT.run(lambda: test_files(spec, home), lambda: test_sources(spec),
                lambda: test_version(spec))
    finally:
        shutil.rmtree(home)
    OUT.done()


main()
