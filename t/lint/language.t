#!/usr/bin/python3
"""The language is C17, whatever the compiler's default: libmilter's header has a bool of its own,
which C23 takes for an error. Both what is compiled and what configure tries say so."""
import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
BUILD = os.environ.get("builddir", os.getcwd())
# As a C23 compiler sees such a header, and what is C17 and no C23: f() takes anything.
C17 = "#if __STDC_VERSION__ > 201710L\n#error C23\n#endif\ntypedef int bool;\nint f();\n" \
    "int g(void);\nint g(void)\n{\n\treturn f(1);\n}\n"
out = tap.Tap()


def variables():
    """The variables of the built Makefile."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as makefile:
        return dict(re.findall(r"^(\w+) = (.*)$", makefile.read(), re.M))


def compiles(*flags):
    return subprocess.run([*compiler, *flags, "-fsyntax-only", "-xc", "-"], input=C17, text=True,
                          capture_output=True, check=False).returncode == 0


made = variables()
compiler = shlex.split(made["CC"])
ours = [flag for flag in made["SEKI_CFLAGS"].split() if flag.startswith("-std=")]
out.equal(ours, ["-std=c17"], "the flag is there, once")
out.contains(made["AM_CFLAGS"], "$(SEKI_CFLAGS)", "every file is compiled with it")
newer = next(word for word in ("-std=gnu23", "-std=gnu2x")
             if subprocess.run([*compiler, word, "-fsyntax-only", "-xc", "/dev/null"],
                               capture_output=True, check=False).returncode == 0)
out.ok(not compiles(newer), f"{newer} does not take such a header")
out.ok(compiles(newer, *ours), "and our flag behind it does")
with open(os.path.join(TOP, "configure.ac"), encoding="utf-8") as text:
    before, _, behind = text.read().partition("AC_CHECK_HEADER([libmilter/mfapi.h]")
tried = re.findall(r"^CFLAGS=(.*)$", before, re.M)
out.ok(behind and tried and "-std=c17" in tried[-1], "configure looks for the header with it, too")
out.done()
