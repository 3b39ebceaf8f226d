#!/usr/bin/python3
"""The tool's tables of commands, flags and JSON keys, and the manual in each language: neither
has what the other lacks, and every command answers -h."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
PAGES = ("sekimori.1", "ja/sekimori.1")


def page_of(out, page, flags, commands):
    with open(os.path.join(HERE, "..", "..", "man", page), encoding="utf-8") as file:
        text = file.read()
    for name, keys in sorted(commands.items()):
        out.ok(re.search(rf"^\.It Cm {name}\b", text, re.M), f"{page} tells of {name}")
        for key in keys:
            out.ok(re.search(rf"\b{key}\b", text), f"{page} tells of the key {key} of {name}")
    for flag in sorted(flags):
        out.ok(re.search(rf"\bFl -{flag}\b", text), f"{page} tells of --{flag}")
    for flag in sorted(set(re.findall(r"\bFl -([a-z-]+)", text))):
        out.ok(flag in flags, f"--{flag} of {page} is there")
    for name in sorted(set(re.findall(r"^\.It Cm ([a-z]+)", text, re.M))):
        out.ok(name in commands, f"{name} of {page} is there")


def main():
    out = tap.Tap()
    lines = subprocess.run([TOOL, "--tables"], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in lines.splitlines()]
    flags = {row[-1] for row in rows if row[0] in ("common", "flag")}
    commands = {row[1]: row[2].split() for row in rows if row[0] == "command"}
    for name in sorted(commands):
        got = subprocess.run([TOOL, name, "-h"], capture_output=True, text=True, check=False)
        out.ok(got.returncode == 0 and f"sekimori {name}" in got.stdout, f"{name} -h")
    for page in PAGES:
        page_of(out, page, flags, commands)
    out.done()


main()
