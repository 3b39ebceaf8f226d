#!/usr/bin/python3
"""README.ja has what README has: the same sections, and in each the same commands and lines of
configuration, in the same order; what it quotes within a sentence is the tools' own, too."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
# What people type or copy, by how it begins; sentences and drawings are none.
COPIED = re.compile(
    r"(?:apt-get|autoreconf|\./configure|make|cp|systemctl|postfix|useradd|install|-o) "
    r"|make$|contrib/[a-z-]+$|sbin/|bin/|/etc/|s2026 |INPUT_MAIL_FILTER\(|sekimorid -"
    r"|sekimori (?:postfix|sendmail|keygen|import|why|verify|explain|check)(?: |$)"
    r"|\w+_(?:milters|action|classes) = |[A-Z]\w+ {2,}[\w/:.-]+$")
LISTED = ("sbin/", "bin/", "/etc/")  # files, with what becomes of them


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as text:
        return text.read()


def sections(text):
    """The text below each title."""
    return re.split(r"^[^\n]+\n-{5,}\n", text, flags=re.M)[1:]


def copied(section):
    """The commands and lines of a section, without what is said beside them."""
    for line in re.findall(r"^ {4,16}(\S.*)$", section, re.M):
        word = re.match(r"(?:[!-~]| (?! ))+", line)[0].strip() if line[0] < "\x7f" else ""
        whole = re.sub(r" {2,}", "  ", line)
        plain = re.fullmatch(r"[A-Z]\w+ {2,}[\w/:.-]+|s2026 .*|[A-Z_]+\(.*", line)
        word = word.split(" (")[0]
        text = whole if plain else word.split(",")[0] if word.startswith(LISTED) else word
        if COPIED.match(text):
            yield text


def quoted(text):
    """What stands in backticks, but for m4's quotes."""
    return {re.sub(r"\s+", " ", word) for word in re.findall(r"`([^`']+)`", text)}


def main():
    out = tap.Tap()
    ours, theirs = read("README"), read("README.ja")
    here, there = sections(ours), sections(theirs)
    out.equal(len(there), len(here), "README.ja has as many sections as README")
    total = 0
    for number, (one, other) in enumerate(zip(here, there), 1):
        wanted = list(copied(one))
        total += len(wanted)
        out.equal(list(copied(other)), wanted, f"section {number}: the same commands")
    out.ok(total > 45, f"there are commands ({total})")
    flat = re.sub(r"\s+", " ", ours)
    for word in sorted(quoted(theirs)):
        out.ok(word in flat, f"README has `{word}`, too")
    out.equal(list(copied("    make  all of it\n    who makes it\n      Mode   sv\n")),
              ["make", "Mode  sv"], "what is said beside a command is none")
    out.done()


main()
