#!/usr/bin/python3
"""Ten rules are found by the word that a reader of the standards looks for: one grep through
src/, the tool apart, gives few lines, and one of them stands in the comment over the function
(or the table) that decides.

    grep -rni 'void lookup' src --include='*.[ch]' | grep -v src/tool"""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

SRC = os.path.join(HERE, "..", "..", "src")

# What is looked for (all in one line, without case, from the start of a word); the file; the line
# that begins what decides.
RULES = (
    (("void lookup",), "auth/spf/ask.c", "spf_eval_count_void("),
    (("psd=",), "auth/dmarc/walk.c", "walk_organization("),
    (("oversign",), "auth/dkim/sign.c", "name_field("),
    (("quoted", "authserv-id"), "mail/authres_id.c", "take_word("),
    (("empty body",), "auth/dkim/canon.c", "canon_body_end("),
    (("l=",), "auth/dkim/verify.c", "check_body("),
    (("x=",), "auth/dkim/verify.c", "check_times("),
    (("mildest",), "engine/disposition.c", "dispose_recipients("),
    (("SMFIP_",), "milter/callbacks.c", "#define STEPS"),
    (("reload",), "milter/reload.c", "reload_again("),
)
MOST = 80  # lines that somebody looks through at a glance, a file at a time


def sources():
    """The lines of each file that is not the tool's."""
    for path in sorted(glob.glob(SRC + "/**/*.[ch]", recursive=True)):
        name = os.path.relpath(path, SRC)
        if not name.startswith("tool/"):
            with open(path, encoding="utf-8") as text:
                yield name, text.read().splitlines()


def hits(files, words):
    """(file, line number) of the lines that have all the words."""
    looked_for = [re.compile(rf"(?<!\w){re.escape(word)}", re.I) for word in words]
    return [(name, number) for name, lines in files for number, line in enumerate(lines)
            if all(word.search(line) for word in looked_for)]


def comment_over(lines, head):
    """The numbers of the lines of the comment over the definition that begins with head."""
    begin = next((i for i, line in enumerate(lines) if line.startswith(head)), 0)
    first = begin
    while first > 0 and lines[first - 1] and not lines[first - 1].startswith("}"):
        first -= 1
    return range(first, begin)


def main():
    out = tap.Tap()
    files = list(sources())
    for words, name, head in RULES:
        found = hits(files, words)
        over = comment_over(dict(files)[name], head)
        what = " + ".join(words)
        out.ok(any(file == name and line in over for file, line in found),
               f"'{what}' leads to {head} of {name}")
        out.ok(0 < len(found) <= MOST, f"and is in few lines ({len(found)})")
    sample = ["/* Pays. */", "static int", "pay(int n)", "{", "}", "", "/* Sells. */", "sell(void)"]
    out.equal(list(comment_over(sample, "pay(")), [0, 1], "what stands over a function is found")
    out.equal(list(comment_over(sample, "sell(")), [6], "and no more")
    out.equal(hits([("a.c", ["nil=1", "an l= here"])], ("l=",)), [("a.c", 1)], "words are whole")
    out.done()


main()
