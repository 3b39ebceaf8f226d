#!/usr/bin/python3
"""sekimori.conf(5), in each language, and the table of options say the same: names, order,
defaults."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
PAGES = ("sekimori.conf.5", "ja/sekimori.conf.5")
TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")


def table():
    """(name, default or None) as the program has them."""
    got = subprocess.run([TOOL, "config", "option", "--list"], capture_output=True, text=True,
                         check=True)
    rows = [line.split("\t") for line in got.stdout.splitlines()]
    return [(row[0], None if row[2] == "-" else row[2]) for row in rows]


def manual(page):
    """The same from a man page."""
    with open(os.path.join(TOP, "man", page), encoding="utf-8") as f:
        text = f.read()
    rows = []
    for part in text.split(".It Ic ")[1:]:
        default = re.search(r"(?:default: |既定値:\n\.)Li (\S+)", part)
        rows.append((part.split()[0], default.group(1) if default else None))
    return [row for row in rows if row[0] != "Include"]


def plain(default):
    """The state directory is configure's choice."""
    return re.sub(r"^local:.*/(?=sekimori/)", "local:", default) if default else default


def main():
    out = tap.Tap()
    want = table()
    with open(os.path.join(TOP, "contrib", "sekimori.conf.sample"), encoding="ascii") as f:
        sample = f.read()
    out.ok(len(want) > 50, "the program lists its options")
    for page in PAGES:
        got = manual(page)
        out.equal([name for name, _ in got], [name for name, _ in want],
                  f"{page}: the same options, in order")
        defaults = dict(got)
        for name, default in want:
            out.equal(plain(defaults.get(name)), plain(default), f"{page}: {name}: its default")
    for name, _ in want:
        out.ok(re.search(rf"^#?{name}\s+\S", sample, re.M), f"{name}: in the sample")
    out.done()


main()
