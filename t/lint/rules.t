#!/usr/bin/python3
"""doc/rules joins the numbers of the tests with the sections of the standards.

Every rule there is named by its number in the test that holds us to it, or says why none does.
No number of ours stands in src/: a comment there names the section that its reader can look up.
A section that src/ names of a standard of mail authentication (HELD below) is one of doc/rules,
or a chapter above one: so a section that is mistyped, or a rule that nobody has written down, is
found. The formats below (mail, DNS, keys, status codes) are cited freely."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

T = os.path.join(HERE, "..")
SRC = os.path.join(T, "..", "src")
RULES = os.path.join(T, "..", "doc", "rules")
KINDS = ("unit/*.c", "case/*.case", "case/*.t", "suite/*.t", "suite/*.c", "cli/*.t", "interop/*.t",
         "milter/*.t", "bench/*.t", "mta/*.t",
         "lint/[!r]*.t")
NUMBER = re.compile(
    r"\b(?:(?:GEN|SPF|RSPF|DKV|DKS|AR|DM)-\d+[ab]?|S\d+|espoofer-(?:client-)?a\d+)\b")
# "DM-1 to DM-5" and "DM-1..DM-5" name a subject, not five rules that are tested.
RANGE = re.compile(r"\b[A-Z]+-?\d+[ab]?(?: to |\.\.|-)[A-Z]*-?\d+[ab]?\b")
# Numbers of papers that are not in the tree.
PRIVATE = re.compile(NUMBER.pattern + r"|\b(?:OCU|AG|FR|ARC|MTA)-\d+\b|\bdossier\b|\bdesign \d")
HELD = (6008, 6376, 7208, 7372, 8301, 8463, 8601, 8616, 9989)

SECTION = r"(?:[A-Z]\b|\d{1,2}(?!\d))(?:\.\d+)*"
SOURCE = re.compile(rf"RFC \d+(?: {SECTION}(?:, {SECTION})*)?|CVE-\d+-\d+")
CITED = re.compile(rf"RFC (\d+) ({SECTION}(?:(?:, | and | to ){SECTION})*)")
UNTESTED = re.compile(r" \(no test: (.*)\)$")


def rules():
    """(number, where it comes from, text) of each line."""
    with open(RULES, encoding="ascii") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                yield line.rstrip("\n").split("  ")


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


def cited(text):
    """The sections of RFCs that a text names, as "6376 3.4.2"."""
    text = re.sub(r"\n[ \t]*(?:\*|//|#)?[ \t]*", " ", text)
    for rfc, sections in CITED.findall(text):
        for section in re.split(r", | and | to ", sections):
            if int(rfc) in HELD:
                yield f"{rfc} {section}"


def files():
    for path in sorted(glob.glob(SRC + "/**/*.[ch]", recursive=True)):
        with open(path, encoding="utf-8") as text:
            yield os.path.relpath(path, SRC), text.read()


def is_known(section, known):
    return any(one == section or one.startswith(section + ".") for one in known)


def main():
    out = tap.Tap()
    found = named()
    lines = list(rules())
    out.ok(len(lines) > 150, f"{len(lines)} rules are written down")
    out.equal([line for line in lines if len(line) != 3], [], "in three columns")
    out.equal(len({line[0] for line in lines}), len(lines), "each once")
    known = set()
    for number, source, text in lines:
        out.equal(SOURCE.sub("", source).replace(", ", ""), "", f"{number} comes from {source}")
        known.update(cited(source))
        untested = UNTESTED.search(text)
        if untested:
            out.ok(number not in found, f"{number} is not tested: {untested[1]}")
        else:
            out.ok(number in found, f"{number} is tested: {found.get(number)}")
    sections = 0
    for name, text in files():
        out.equal([m[0] for m in PRIVATE.finditer(text)], [], f"{name} has no number of ours")
        named_here = set(cited(text))
        sections += len(named_here)
        out.equal(sorted(one for one in named_here if not is_known(one, known)), [],
                  f"{name}: its sections are in doc/rules")
    out.ok(sections > 100, f"{sections} sections are named in src/")
    out.equal(sorted(cited("/* RFC 6376 3.4,\n\t * 3.7 and 5: RFC 5322 3.6 */")),
              ["6376 3.4", "6376 3.7", "6376 5"], "sections are found over the end of a line")
    out.ok(is_known("9989 4.10", known) and not is_known("9989 4.11", known),
           "a chapter above is known, another is not")
    out.done()


main()
