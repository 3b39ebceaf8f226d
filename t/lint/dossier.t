#!/usr/bin/python3
"""Every rule that we follow is named by its number in the test that holds us to it.

dossier.txt lists the numbers, one a line; what stands behind a number is the reason why no test
names it."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

T = os.path.join(HERE, "..")
KINDS = ("unit/*.c", "case/*.case", "case/*.t", "suite/*.t", "suite/*.c", "cli/*.t", "interop/*.t",
         "milter/*.t", "bench/*.t", "mta/*.t",
         "lint/[!d]*.t")
NUMBER = re.compile(
    r"\b(?:(?:GEN|SPF|RSPF|DKV|DKS|AR|DM)-\d+[ab]?|S\d+|espoofer-(?:client-)?a\d+)\b")
# "DM-1 to DM-5" and "DM-1..DM-5" name a subject, not five rules that are tested.
RANGE = re.compile(r"\b[A-Z]+-?\d+[ab]?(?: to |\.\.|-)[A-Z]*-?\d+[ab]?\b")


def named():
    """Every number that some test names, and one of the files that do."""
    found = {}
    for kind in KINDS:
        for path in sorted(glob.glob(os.path.join(T, kind))):
            with open(path, encoding="utf-8", errors="replace") as f:
                text = RANGE.sub("", f.read()) + " " + os.path.basename(path)
            for number in NUMBER.findall(text):
                found.setdefault(number, os.path.relpath(path, T))
    return found


def main():
    out = tap.Tap()
    found = named()
    with open(os.path.join(HERE, "dossier.txt"), encoding="ascii") as f:
        rows = [line.split(None, 1) for line in f if line.strip() and not line.startswith("#")]
    out.ok(len(rows) > 150, f"{len(rows)} numbers are listed")
    out.equal(len({row[0] for row in rows}), len(rows), "each once")
    for number, *reason in rows:
        if reason:
            out.ok(number not in found, f"{number} is not tested: {reason[0].strip()}")
        else:
            out.ok(number in found, f"{number} is tested: {found.get(number)}")
    out.done()


main()
