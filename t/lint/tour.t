#!/usr/bin/python3
"""src/README speaks of every module, of none that is not there, in the part of its folder, and
says nothing twice (a merge may leave both sides)."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

RUN = 7  # words in a row that stand only once

SRC = os.path.join(HERE, "..", "..", "src")


def twice(text):
    """Runs of words that stand at two places."""
    words, seen = text.split(), set()
    for i in range(len(words) - RUN + 1):
        run = tuple(words[i:i + RUN])
        if run in seen:
            yield " ".join(run)
        seen.add(run)


def parts(text):
    """The text below each title "folder: ..."."""
    found = re.split(r"^([a-z]+): .*\n-+\n", text, flags=re.M)
    return zip(found[1::2], found[2::2])


def main():
    out = tap.Tap()
    modules = {os.path.splitext(os.path.relpath(path, SRC))[0]
               for path in glob.glob(SRC + "/**/*.[ch]", recursive=True)}
    rooms = {os.path.dirname(module) for module in modules}
    with open(os.path.join(SRC, "README"), encoding="utf-8") as text:
        tour = text.read()
    words = set(re.findall(r"[a-z0-9_]+", tour))
    for module in sorted(modules):
        name = module.split("/")[-1]
        out.ok(name in words or (name.startswith("cmd_") and "cmd_*" in tour), module)
    for module in sorted(set(re.findall(r"\b(?:base|mail|dns|crypto|auth|config|engine|milter|tool)"
                                        r"/[a-z0-9_]+", tour))):
        out.ok(module in modules or module in rooms, f"{module} is there")
    for folder, text in parts(tour):
        strangers = [head for head in re.findall(r"^([a-z]+)/[a-z]", text, re.M) if head != folder]
        out.equal(strangers, [], f"below {folder} stands nothing of another folder")
        heads = re.findall(r"^([a-z]+/[a-z0-9_]+)", text, re.M)
        out.equal(sorted(set(heads)), sorted(heads), f"below {folder} each has one paragraph")
    out.equal(list(twice(tour)), [], "nothing is said twice")
    out.done()


main()
