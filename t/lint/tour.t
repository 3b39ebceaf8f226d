#!/usr/bin/python3
"""src/README speaks of every module, and of none that is not there."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

SRC = os.path.join(HERE, "..", "..", "src")


def main():
    out = tap.Tap()
    modules = {os.path.splitext(os.path.relpath(path, SRC))[0]
               for path in glob.glob(SRC + "/*/*.[ch]")}
    with open(os.path.join(SRC, "README"), encoding="utf-8") as text:
        tour = text.read()
    words = set(re.findall(r"[a-z0-9_]+", tour))
    for module in sorted(modules):
        name = module.split("/")[1]
        out.ok(name in words or (name.startswith("cmd_") and "cmd_*" in tour), module)
    for module in sorted(set(re.findall(r"\b(?:base|mail|dns|crypto|auth|config|engine|milter|tool)"
                                        r"/[a-z0-9_]+", tour))):
        out.ok(module in modules, f"{module} is there")
    out.done()


main()
