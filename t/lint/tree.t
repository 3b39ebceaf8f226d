#!/usr/bin/python3
"""What holds for every file of the tree: length, width, header comment, no debts, no test
that can pass over itself or that nobody calls, no path of somebody's machine."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
FOLDERS = ("src", "t", "doc", "contrib", "man", "po", ".ci")
DATA = ("t/fuzz/corpus/", "t/suite/", "t/case/", "t/config/", "t/lint/tree.t", "/__pycache__/",
        "/.deps/")
# What stands at the top: files of the project, and what a build in the tree makes there.
AT_TOP = {".clang-format", ".gitignore", "CHANGES", "LICENSE", "Makefile.am", "README", "README.ja",
          "VERSION", "configure.ac"}
MADE_AT_TOP = re.compile(r"(data|aclocal\.m4|config\.\w+(\.in)?~?|configure~?|Makefile(\.in)?|stamp-h1|sekimorid?"
                         r"|lib\w+\.a|sekimori[-_.].*|\.git|ChangeLog)$")
LINES, COLUMNS, ESSAY = 600, 100, 200

CODE = re.compile(r"\.(c|h|py|t|sh)$|^(contrib|\.ci)/[a-z-]+$")
FIXED = re.compile(r"/tmp/[\w.-]+(?<!XXXXXX)(?![\w.-])")
DEBT = re.compile(r"\b(TODO|FIXME|HACK|unimplemented)\b")
PASSED_OVER = re.compile(r"#\s*skip\b|\bskip_all\b|\bskipTest\b|\.skip\(|\bexit 77\b|\bSKIP_ALL\b", re.I)
MACHINE = re.compile(r"/(work|farm)/[a-z.]|/tmp/(wt|scratch)\b|/root/\.|/home/(?!user-data)[a-z]+/")
INTERPRETER = re.compile(r"#!(/usr/bin/python3|/usr/bin/perl|/bin/sh|/bin/bash|/usr/bin/make)\b")


def files():
    """(name, text) of every text file that was written by hand."""
    for folder in FOLDERS:
        for place, below, names in os.walk(os.path.join(TOP, folder)):
            below.sort()
            for name in sorted(names):
                path = os.path.relpath(os.path.join(place, name), TOP)
                if any(part in path for part in DATA):
                    continue
                with open(os.path.join(TOP, path), "rb") as data:
                    text = data.read()
                if b"\0" not in text:
                    yield path, text.decode("utf-8", "replace")


def faults(name, text):
    """What is wrong with one file."""
    lines = text.splitlines()
    if CODE.search(name):
        if len(lines) > LINES:
            yield f"{len(lines)} lines: more than one idea"
        for number, line in enumerate(lines, 1):
            # A row with the address of a page is one line, however long that is.
            is_row = name.startswith("contrib/") and re.search(r"^\w.* https://", line)
            if len(line.expandtabs(8)) > COLUMNS and not is_row:
                yield f"line {number} is wider than {COLUMNS} columns"
            if line != line.rstrip():
                yield f"line {number} ends in blanks"
    for test in re.findall(r"^def (test_\w+)", text, re.M):
        if len(re.findall(rf"\b{test}\b", text)) < 2:
            yield f"{test} is called by nobody"
    for number, line in enumerate(lines, 1):
        if DEBT.search(line):
            yield f"line {number} admits something unfinished"
        if CODE.search(name) and FIXED.search(line) and "FIXED" not in line:
            yield f"line {number} has a name in /tmp that others can foresee"
        if MACHINE.search(line):
            yield f"line {number} has a path of one machine"
        if name.startswith("t/") and PASSED_OVER.search(line):
            yield f"line {number} passes a test over"
    yield from header_faults(name, text)


def header_faults(name, text):
    """A source file says what it is before anything else."""
    stem = os.path.splitext(os.path.basename(name))[0]
    if name.count("/") > 2:  # src/auth/spf/check.h is "spf/check"
        stem = "/".join(os.path.splitext(name)[0].split("/")[-2:])
    if name.startswith("src/") and name.endswith(".h"):
        comment = text.partition("*/")[0]
        if not text.startswith(f"/*\n * {stem} - "):
            yield f"does not begin with a comment '{stem} - ...'"
        if "Failure:" not in comment:
            yield "the header comment has no 'Failure:'"
    elif (name.startswith("src/") and name.endswith(".c") and text.count("\n") > ESSAY
          and not text.startswith("/*")):
        yield f"more than {ESSAY} lines, and none at its head that says how it goes about it"
    elif text.startswith("#!") and not INTERPRETER.match(text):
        yield "its interpreter is not one of Debian's by its full path"


def strangers():
    """Files at the top that belong to nobody."""
    return [one.name for one in os.scandir(TOP) if one.is_file() and one.name not in AT_TOP
            and not MADE_AT_TOP.match(one.name)]


def main():
    out = tap.Tap()
    out.equal(strangers(), [], "nothing stands at the top that has no place there")
    for name, text in files():
        found = list(faults(name, text))
        out.ok(not found, name)
        out.note("\n".join(found))
    out.ok(list(faults("t/x.t", "# ski" + "p because\n")), "a test that passes over is found")
    out.ok(list(faults("t/x.t", "/tmp" + "/testkeys\n")), "S14: a fixed name in /tmp is found")
    out.ok(list(faults("src/base/x.h", "#ifndef X\n")), "a missing header comment is found")
    out.done()


main()
