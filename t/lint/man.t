#!/usr/bin/python3
"""The man pages exist and mandoc has nothing to say about them."""
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

MAN = os.path.join(HERE, "..", "..", "man")
PAGES = ("sekimori.1", "sekimori-keytable.5", "sekimori.conf.5", "sekimorid.8", "ja/sekimori.1")
TRANSLATED = ("sekimori.1",)
MACROS = {".It", ".Fl", ".Li", ".Pa", ".Cm", ".Pq", "Fl", "Li", "Pa", "Cm", "Op", "Oo", "Oc", "Ar",
          "Ns", "Ql", "flags"}


def words(page):
    """The flags, keys and files that a page names: the same in every language."""
    with open(os.path.join(MAN, page), encoding="utf-8") as file:
        lines = re.findall(r"^\.(?:(?:It|Pq) )?(?:Fl|Li|Pa|Cm) .*", file.read(), re.M)
    return {word for line in lines
            for word in re.findall(r"[A-Za-z0-9_/-][A-Za-z0-9_./-]*|[.][A-Z]\w+", line)
            if word not in MACROS}


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
    for page in TRANSLATED:
        out.equal(sorted(words("ja/" + page) ^ words(page)), [],
                  f"ja/{page} names what {page} names")
    out.done()


main()
