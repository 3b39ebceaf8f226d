#!/usr/bin/python3
"""contrib/testing.sh counts what a run of prove says at its end, and nothing that a test quotes."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
OUT = tap.Tap()
COUNT = '. "$1/contrib/testing.sh"; counted'

# What a test printed, as a shell script; how many ran, how many failed.
TESTS = (
    ("all passed", ["echo ok 1; echo ok 2; echo 1..2"], "2 0"),
    ("one failed", ["echo ok 1; echo not ok 2; echo 1..2; exit 1"], "2 1"),
    ("dead before its plan", ["echo ok 1; echo not ok 2; exit 3"], "2 1"),
    ("dead after its plan", ["echo 1..71; echo ok 1; echo ok 2; exit 3"], "3 1"),
    ("dead without a word", ["exit 2", "echo ok 1; echo 1..1"], "2 1"),
    ("ended by a signal", ["echo ok 1; kill -9 $$"], "2 1"),
    ("a failure that quotes another run",
     ["echo not ok 1; echo '# Test Summary Report'; echo '# ./x (Wstat: 256 (exited 1) Tests: 90"
      " Failed: 68)'; echo '# Files=3, Tests=90'; echo ok 2; echo 1..2; exit 1"], "2 1"),
    ("one that quotes a line of a summary as it stands",
     ["echo './x (Wstat: 256 (exited 1) Tests: 90 Failed: 68)'; echo ok 1; echo 1..1"], "1 0"),
)


def main():
    home = tap.home("counting")
    for i, (name, scripts, want) in enumerate(TESTS):
        files = []
        for j, script in enumerate(scripts):
            files.append(os.path.join(home, f"{i}-{j}.t"))
            with open(files[-1], "w", encoding="ascii") as out:
                out.write("#!/bin/sh\n" + script + "\n")
            os.chmod(files[-1], 0o755)
        said = subprocess.run(["prove", "-f", "-o", "--exec", "", *files], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
        got = subprocess.run(["bash", "-c", COUNT, "bash", TOP], input=said, text=True,
                             stdout=subprocess.PIPE, check=True).stdout
        OUT.equal(got.strip(), want, name)
    OUT.done()


main()
