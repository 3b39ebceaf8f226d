#!/usr/bin/python3
"""debian - a Debian of any release, from where this machine gets its own

    debian.release()                        this machine's, as its code name: "bookworm"
    debian.sources("trixie")                lines for apt: this machine's, of that release
    debian.bootstrap("sid", target, ...)    mmdebstrap's arguments for it

As a program:

    debian.py release                       says it
    debian.py make RELEASE TARGET [OPTION OF MMDEBSTRAP]...
    debian.py inside ROOT COMMAND...        runs a command in one, as in a fresh installation that
                                            shares this machine's kernel and network

The mirrors and the proxies are those of this machine's apt. A Release file that has expired is
taken: a mirror that stands still has the packages all the same.
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys

import apart

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What of the environment goes along into another Debian.
KEPT = re.compile(r"(SEKIMORI_\w+|TERM|(https?|ftp|no)_proxy)$", re.I)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What of apt's settings leads to its mirrors.
WAY = re.compile(r'^Acquire::(?:\w+::)*(?:Proxy|Proxy-Auto-Detect|Retries|Timeout)\b.*";$', re.M)
# Of a release that is not out there is nothing else.
ALONE = ("sid", "unstable", "experimental")


def _said(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False).stdout


def release():
    """The code name of the Debian that this machine is."""
    with open("/etc/os-release", encoding="utf-8") as text:
        found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text.read(), re.M)
    return found[1] if found else "sid"


def sources(wanted):
    """None at all where apt has no source of this release: mmdebstrap has a mirror then."""
    lines, signed = [], f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    for place, suite, part in re.findall(
            r"^'(\S+)/dists/([a-z]+)(-updates|-security|)/InRelease'",
            _said("apt-get", "--print-uris", "update"), re.M):
        if suite in (release(), "stable", "oldstable") and not (part and wanted in ALONE):
            lines.append(f"deb {signed}{place} {wanted}{part} main")
    return lines


def bootstrap(wanted, target, *options):
    """The command that makes it."""
    ways = WAY.findall(_said("apt-config", "dump"))
    return ["mmdebstrap", "--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"',
            '--aptopt=Acquire::Check-Valid-Until "false"', *["--aptopt=" + way for way in ways],
            *options, wanted, target, *sources(wanted)]


def inside(root, *argv):
    """Becomes this command in there. Its mounts are nobody else's, and go with it."""
    if ctypes.CDLL(None).unshare(apart.CLONE_NEWNS) != 0 or not apart.own_mounts():
        sys.exit("debian.py: nobody may make mounts of his own here")
    for kind, place in (("proc", "proc"), ("tmpfs", "run")):
        apart.must(apart.mount(kind, f"{root}/{place}", kind, 0))
    os.chmod(f"{root}/run", 0o755)  # not that of /tmp: Sendmail trusts no socket below it
    for place in ("dev", "sys"):
        apart.must(apart.mount("/" + place, f"{root}/{place}", None, apart.MS_BIND | apart.MS_REC))
    for file in ("/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(file) and root != "/":
            if os.path.lexists(root + file):
                os.unlink(root + file)
            shutil.copyfile(file, root + file)
    os.chroot(root)
    os.chdir("/")
    kept = {name: value for name, value in os.environ.items() if KEPT.match(name)}
    os.execvpe(argv[0], argv, {**kept, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive",
                               "LC_ALL": "C.UTF-8", "PATH": PATH})


def main(verb, *arguments):
    if verb == "release":
        print(release())
    elif verb == "make":
        command = bootstrap(*arguments)
        os.execvp(command[0], command)
    else:
        inside(*arguments)


if __name__ == "__main__":
    os.environ["PATH"] = PATH
    main(*sys.argv[1:])
