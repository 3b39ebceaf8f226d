#!/usr/bin/python3
"""The four man pages exist and mandoc has nothing to say about them."""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

MAN = os.path.join(HERE, "..", "..", "man")
PAGES = ("sekimori.1", "sekimori-keytable.5", "sekimori.conf.5", "sekimorid.8")


def main():
    out = tap.Tap()
    if not out.ok(shutil.which("mandoc"), "mandoc is there (Debian package mandoc)"):
        out.done()
    for page in PAGES:
        path = os.path.join(MAN, page)
        if not out.ok(os.path.exists(path), f"{page} exists"):
            continue
        got = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path],
                             capture_output=True, text=True)
        out.ok(got.returncode == 0, f"{page} is clean")
        out.note(got.stdout + got.stderr)
    out.done()


main()
