#!/usr/bin/python3
"""The tool's tables of commands, flags and JSON keys, and man/sekimori.1: neither has what the
other lacks, and every command answers -h."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
PAGE = os.path.join(HERE, "..", "..", "man", "sekimori.1")


def main():
    out = tap.Tap()
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    lines = subprocess.run([TOOL, "--tables"], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in lines.splitlines()]
    flags = {row[-1] for row in rows if row[0] in ("common", "flag")}
    commands = {row[1]: row[2].split() for row in rows if row[0] == "command"}
    for name, keys in sorted(commands.items()):
        got = subprocess.run([TOOL, name, "-h"], capture_output=True, text=True, check=False)
        out.ok(got.returncode == 0 and f"sekimori {name}" in got.stdout, f"{name} -h")
        out.ok(re.search(rf"^\.It Cm {name}\b", text, re.M), f"the page tells of {name}")
        for key in keys:
            out.ok(re.search(rf"\b{key}\b", text), f"the page tells of the key {key} of {name}")
    for flag in sorted(flags):
        out.ok(re.search(rf"\bFl -{flag}\b", text), f"the page tells of --{flag}")
    for flag in sorted(set(re.findall(r"\bFl -([a-z-]+)", text))):
        out.ok(flag in flags, f"--{flag} of the page is there")
    for name in sorted(set(re.findall(r"^\.It Cm ([a-z]+)", text, re.M))):
        out.ok(name in commands, f"{name} of the page is there")
    out.done()


main()
