#!/usr/bin/python3
"""The man pages exist in each language, mandoc has nothing to say about them, and those of a
language name what the English one names: words, the entries of lists in their order, defaults,
ranges, what is shown to be copied."""
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
PAGES = ("sekimori.1", "sekimori-keytable.5", "sekimori.conf.5", "sekimorid.8")
LANGUAGES = ("ja",)
# What mdoc marks as a word that a person types or a program writes, and what ends such words.
MARKS = {"Fl", "Li", "Pa", "Cm", "Ic", "Ev", "Dv"}
OTHER = {"No", "Ar", "Ql", "Sq", "Xr", "Sx", "Em", "Op", "Oo", "Oc", "Pq", "Po", "Pc", "Ns", "Nm"}


def read(page):
    with open(os.path.join(MAN, page), encoding="utf-8") as file:
        return file.read()


def words(text):
    """The flags, keys, options and files that a page names: the same in every language."""
    found = set()
    for line in re.findall(r"^\.([A-Z].*)", text, re.M):
        marked = False
        for token in line.split():
            marked = token in MARKS or (marked and token not in OTHER)
            word = re.match(r"[!-~]*[A-Za-z0-9][!-~]*", token)
            if marked and token not in MARKS and word:
                found.add(word[0].strip('",.'))
    return found


def entries(text):
    """The entries of its lists in order, as far as no language has words of its own there."""
    for line in re.findall(r"^\.It ((?:Fl|Li|Pa|Cm|Ic|Ev|Dv|Ar|[0-9]).*)", text, re.M):
        yield " ".join(re.findall(r"[!-~]+", re.sub(r"\bflags\b", "", line)))


def defaults(text):
    """Of each entry its default, or that it has none, and the range of its values."""
    for part in re.split(r"^\.It (?:Ic|Cm) ", text, flags=re.M)[1:]:
        found = re.search(r"default: Li ([!-~]+)|^(?:Default|既定値):\s(?:that of\s)?(?:\.(?:Li|Ic) )?"
                          r"([!-~]+)", part, re.M)
        none = re.search("not set by default|既定値はありません", part)
        limits = re.search(r"^\.Pq ([0-9]+) to ([0-9]+)|（([0-9]+)～([0-9]+)）", part, re.M)
        yield (part.split()[0], found and (found[1] or found[2]).rstrip("."), none is not None,
               limits and tuple(filter(None, limits.groups())))


def shown(text):
    """What is shown to be copied, without its comments."""
    for block in re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", text, re.M | re.S):
        yield [line for line in block.splitlines() if not re.match("# (?!/|systemctl )", line)]


def same(out, page, language):
    ours, theirs = read(page), read(f"{language}/{page}")
    name = f"{language}/{page}"
    out.equal(sorted(words(theirs) ^ words(ours)), [], f"{name} names what {page} names")
    here = list(entries(ours))
    out.ok(len(here) > 5, f"{page} has lists ({len(here)})")
    out.equal(list(entries(theirs)), here, f"{name}: the same entries, in order")
    out.equal(list(defaults(theirs)), list(defaults(ours)), f"{name}: the same defaults")
    out.equal(list(shown(theirs)), list(shown(ours)), f"{name}: the same to copy")


def main():
    out = tap.Tap()
    if not out.ok(shutil.which("mandoc"), "mandoc is there (Debian package mandoc)"):
        out.done()
    for page in (*PAGES, *(f"{language}/{page}" for language in LANGUAGES for page in PAGES)):
        path = os.path.join(MAN, page)
        if not out.ok(os.path.exists(path), f"{page} exists"):
            continue
        got = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path],
                             capture_output=True, text=True)
        out.ok(got.returncode == 0, f"{page} is clean")
        out.note(got.stdout + got.stderr)
    for language in LANGUAGES:
        for page in PAGES:
            same(out, page, language)
    rows = dict((row[0], row[1:]) for row in defaults(read("sekimori.conf.5")))
    out.equal(rows["ClockDrift"], ("300", False, ("0", "86400")), "defaults and ranges are read")
    out.done()


main()
