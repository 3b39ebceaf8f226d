#!/usr/bin/python3
"""sekimori.conf(5) and the table of options say the same: names, order, defaults."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")


def table():
    """(name, default or None) as the program has them."""
    got = subprocess.run([TOOL, "config", "option", "--list"], capture_output=True, text=True,
                         check=True)
    rows = [line.split("\t") for line in got.stdout.splitlines()]
    return [(row[0], None if row[2] == "-" else row[2]) for row in rows]


def manual():
    """The same from the man page."""
    with open(os.path.join(TOP, "man", "sekimori.conf.5"), encoding="ascii") as f:
        text = f.read()
    rows = []
    for part in text.split(".It Ic ")[1:]:
        default = re.search(r"default: Li (\S+)", part)
        rows.append((part.split()[0], default.group(1) if default else None))
    return [row for row in rows if row[0] != "Include"]


def plain(default):
    """The state directory is configure's choice."""
    return re.sub(r"^local:.*/(?=sekimori/)", "local:", default) if default else default


def main():
    out = tap.Tap()
    want, got = table(), manual()
    with open(os.path.join(TOP, "contrib", "sekimori.conf.sample"), encoding="ascii") as f:
        sample = f.read()
    out.ok(len(want) > 50, "the program lists its options")
    out.equal([name for name, _ in got], [name for name, _ in want], "the same options, in order")
    defaults = dict(got)
    for name, default in want:
        out.equal(plain(defaults.get(name)), plain(default), f"{name}: its default")
        out.ok(re.search(rf"^#?{name}\s+\S", sample, re.M), f"{name}: in the sample")
    out.done()


main()
