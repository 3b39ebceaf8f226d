"""Debian packages, unpacked into a directory and not installed.

A package and those of its libraries that this machine does not have are fetched with
`apt-get download` and opened with `dpkg -x`, all into one tree. Programs of the tree run
with LD_LIBRARY_PATH set to its library directories. The tree is kept between runs in
$SEKIMORI_MTA_CACHE, or below the build directory.
"""
import fcntl
import glob
import os
import re
import subprocess

import apart

from .errors import Error

# What the tests need of each; libraries follow from the packages' own Depends.
POSTFIX = ("postfix",)
SENDMAIL = ("sendmail-bin", "sendmail-base", "sendmail-cf")
OPENDKIM = ("opendkim",)


def cache_directory():
    """Where unpacked packages live."""
    place = os.environ.get("SEKIMORI_MTA_CACHE")
    if not place:
        place = os.path.join(os.environ.get("builddir", os.getcwd()), "mta-cache")
    os.makedirs(place, exist_ok=True)
    return os.path.abspath(place)


def tree(packages):
    """The directory that holds these packages, unpacked now if they are not yet."""
    cache = cache_directory()
    root = os.path.join(cache, packages[0])
    with open(os.path.join(cache, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(root, ".complete")):
            _fill(root, packages)
    return root


def library_path(root):
    """The value of LD_LIBRARY_PATH for the programs of a tree."""
    places = glob.glob(root + "/usr/lib/*-linux-gnu*") + glob.glob(root + "/lib/*-linux-gnu*")
    return ":".join(places + [root + "/usr/lib", root + "/usr/lib/postfix"])


def _fill(root, packages):
    debs = os.path.join(os.path.dirname(root), "debs")
    os.makedirs(debs, exist_ok=True)
    os.makedirs(root, exist_ok=True)
    wanted, done = list(packages), set()
    while wanted:
        batch = [name for name in wanted if name not in done]
        if not batch:
            break
        done.update(batch)
        wanted = []
        _download(debs, batch)
        for name in batch:
            deb = _newest(debs, name)
            subprocess.run(["dpkg", "-x", deb, root], check=True)
            wanted += [lib for lib in _libraries(deb) if not _is_installed(lib)]
    with open(os.path.join(root, ".complete"), "w", encoding="ascii") as mark:
        mark.write("\n".join(sorted(done)) + "\n")


def _download(debs, names):
    missing = [name for name in names if not glob.glob(f"{debs}/{name}_*.deb")]
    if not missing:
        return
    got = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download"] + missing,
                         cwd=debs, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         preexec_fn=apart.outside)
    if got.returncode != 0:
        raise Error("cannot download the Debian packages %s (is there a network, and was"
                    " `apt-get update` run?): %s" % (" ".join(missing), got.stderr.strip()))


def _newest(debs, name):
    found = sorted(glob.glob(f"{debs}/{name}_*.deb"), key=os.path.getmtime)
    if not found:
        raise Error(f"apt-get download gave no file for the Debian package {name}")
    return found[-1]


def _libraries(deb):
    field = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], check=True,
                           capture_output=True, text=True).stdout
    names = [re.split(r"[ (:|]", part.strip())[0] for part in field.split(",")]
    return [name for name in names
            if name.startswith("lib") and name not in ("libc6", "libgcc-s1", "libstdc++6")]


def _is_installed(name):
    got = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name],
                         capture_output=True, text=True)
    return got.returncode == 0 and got.stdout.startswith("installed")
