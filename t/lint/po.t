#!/usr/bin/python3
"""The catalogues in po/: every text of the tool translated, nothing guessed or left over, each
placeholder where the source has one."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
LANGUAGES = ("ja",)
TOOLS = ("xgettext", "msgattrib", "msgcmp", "msgfmt", "msgmerge", "msgcat")
out = tap.Tap()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOP,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})


def template(directory):
    """The texts of the source, collected as `make update-po` does."""
    with open(os.path.join(TOP, "Makefile.am"), encoding="utf-8") as makefile:
        rule = makefile.read().replace("\\\n", " ")
    options = re.search(r"xgettext (.*?) --output=", rule).group(1).split()
    path = os.path.join(directory, "sekimori.pot")
    sources = sorted(glob.glob("src/tool/**/*.c", root_dir=TOP, recursive=True))
    got = run("xgettext", *options, f"--output={path}", *sources)
    out.ok(got.returncode == 0 and os.path.exists(path), "the texts of the source are collected")
    out.note(got.stdout + got.stderr)
    return path


def texts(catalogue, *options):
    """The msgids that msgattrib leaves, but for the header."""
    got = run("msgattrib", "--no-wrap", *options, catalogue)
    lines = [line for line in got.stdout.splitlines() if re.match(r"(#~ )?msgid ", line)]
    return lines[1:] if lines and lines[0] == 'msgid ""' else lines


def unwrapped(path):
    """{msgid: msgstr}, as the catalogue writes them."""
    pairs, key, field = {}, "", None
    for line in run("msgcat", "--no-wrap", path).stdout.splitlines():
        if line.startswith("msgid "):
            key, field, line = "", "msgid", line[6:]
        elif line.startswith("msgstr "):
            field, line = "msgstr", line[7:]
            pairs[key] = ""
        if not line.startswith('"'):
            continue
        if field == "msgid":
            key += line[1:-1]
        else:
            pairs[key] += line[1:-1]
    pairs.pop("", None)
    return pairs


def ours(text):
    """What the tool itself fills in, and what a person types: neither is translated away."""
    return sorted(re.findall(r"%[di]\b|--[a-z][a-z-]+|`sekimori [a-z]+|rua=mailto:|v=[A-Z]+1\b",
                             re.sub(r"%\d+\$", "%", text)))


def test_language(language, pot, directory):
    catalogue = os.path.join(TOP, "po", language + ".po")
    for name, options in (("untranslated", ("--untranslated",)), ("fuzzy", ("--only-fuzzy",)),
                          ("obsolete", ("--only-obsolete",))):
        left = texts(catalogue, *options)
        out.equal(left, [], f"{language}: no {name} text")
    got = run("msgfmt", "--check", "--output-file", os.path.join(directory, "made.mo"), catalogue)
    out.ok(got.returncode == 0 and not got.stderr, f"{language}: msgfmt has nothing to say")
    out.note(got.stderr)
    wanted, have = unwrapped(pot), unwrapped(catalogue)
    out.ok(len(wanted) > 400, f"{language}: the source has its texts ({len(wanted)})")
    out.equal(sorted(set(wanted) - set(have)), [], f"{language}: lacks no text of the source")
    out.equal(sorted(set(have) - set(wanted)), [], f"{language}: has no text that is gone")
    for text, translation in have.items():
        if ours(text) or ours(translation):
            out.equal(ours(translation), ours(text), f"{language}: keeps: {text[:50]}")
    same = [text for text, translation in have.items()
            if text == translation and re.search(r"[a-z]{4} [a-z]{2}", text)]
    out.equal(same, [], f"{language}: no sentence is left in English")


def main():
    for tool in TOOLS:
        if not out.ok(shutil.which(tool), f"{tool} is there (Debian package gettext)"):
            out.done()
    with tempfile.TemporaryDirectory() as directory:
        pot = template(directory)
        for language in LANGUAGES:
            test_language(language, pot, directory)
    out.done()


main()
