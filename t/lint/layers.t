#!/usr/bin/python3
"""Includes go down the layers only, foreign libraries stay in the files named for them, and
every file begins with base/base.h. The rules are in layers.txt."""
import fnmatch
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

SRC = os.path.join(HERE, "..", "..", "src")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)


def rules():
    """layers.txt as two tables: folder -> folders, header prefix -> file patterns."""
    tables = {"layer": {}, "library": {}}
    with open(os.path.join(HERE, "layers.txt"), encoding="utf-8") as lines:
        for line in lines:
            row = line.partition("#")[0].strip()
            if row:
                head, _, values = row.partition(":")
                kind, name = head.split()
                tables[kind][name] = values.split()
    return tables["layer"], tables["library"]


def may_include(folder, layers):
    """A room may include what its folder may, and the folder itself."""
    room, allowed = folder, set()
    while room:
        allowed |= {room, *layers.get(room, [])}
        room = os.path.dirname(room)
    # A layer by its name is all of its rooms; a room's own layer is only its plain files.
    return allowed | {deep for deep in layers if deep.split("/")[0] in allowed
                      and deep.split("/")[0] != folder.split("/")[0]}


def faults(name, text, layers, libraries):
    """What is wrong with the include lines of one file."""
    folder = os.path.dirname(name)
    includes = INCLUDE.findall(text)
    if folder not in layers:
        yield f"folder {folder} is not in layers.txt"
        return
    if name.endswith(".c") and (not includes or includes[0] != ('"', "base/base.h")):
        yield 'the first include is not "base/base.h"'
    if name.endswith(".h") and name != "base/base.h" and (not includes or includes[0][0] != '"'):
        yield 'the first include is neither "base/base.h" nor a file that begins with it'
    for mark, header in includes:
        if mark == '"' and header != "config.h":
            below = os.path.dirname(header)
            if "/" not in header:
                yield f'"{header}" does not name its folder'
            elif below not in may_include(folder, layers):
                yield f'{folder} may not include "{header}"'
            elif not os.path.exists(os.path.join(SRC, header)):
                yield f'"{header}" is no file below src'
        for prefix, files in libraries.items():
            if header.startswith(prefix) \
                    and not any(fnmatch.fnmatch(name, pattern) for pattern in files):
                yield f"<{header}> belongs to {' '.join(files)} only"


def built():
    """The source files that src/local.mk names."""
    with open(os.path.join(SRC, "local.mk"), encoding="utf-8") as text:
        return set(re.findall(r"\bsrc/([\w/]+\.[ch])\b", text.read()))


def main():
    out = tap.Tap()
    there = {os.path.relpath(path, SRC) for path in glob.glob(SRC + "/**/*.[ch]", recursive=True)}
    out.equal(sorted(built() ^ there), [], "src/local.mk names each source file, and no other")
    layers, libraries = rules()
    for path in sorted(glob.glob(SRC + "/**/*.[ch]", recursive=True)):
        name = os.path.relpath(path, SRC)
        with open(path, encoding="utf-8") as text:
            found = list(faults(name, text.read(), layers, libraries))
        out.ok(not found, name)
        out.note("\n".join(found))
    bad = '#include "base/base.h"\n#include "engine/txn.h"\n#include <openssl/evp.h>\n'
    out.equal(len(list(faults("mail/x.c", bad, layers, libraries))), 2,
              "an include upwards and a stray library are found")
    bad = '#include "base/base.h"\n#include "crypto/privkey.h"\n'
    out.equal(len(list(faults("config/x.c", bad, layers, libraries))), 1,
              "and who has private halves and should not")
    out.done()


main()
