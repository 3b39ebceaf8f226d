#!/usr/bin/python3
"""The catalogues in po/: every text of the tool and every reason translated, nothing guessed or
left over, each placeholder where the source has one."""
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
    sources = sorted(glob.glob("src/**/*.[ch]", root_dir=TOP, recursive=True))
    got = run("xgettext", *options, f"--output={path}", *sources)
    out.ok(got.returncode == 0 and os.path.exists(path), "the texts of the source are collected")
    out.note(got.stdout + got.stderr)
    more = re.search(r"xgettext (--extract-all .*?) --output=\S+ ([^\n;]+)", rule)
    got = run("xgettext", *more.group(1).split(), f"--output={path}",
              *more.group(2).split())
    out.ok(got.returncode == 0, "and those of the files")
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


# Below the commands a sentence is a reason, unless it is written for a machine or for the log.
LAYERS = ("auth", "config", "dns", "engine", "mail")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
NOT_READ = {
    "auth/spf/received_spf.c": "a header field",
    "engine/logline.c": "the log",
    "engine/reply.c": "SMTP",
    "engine/shadow.c": "the log",
}
NOT_REASONS = ("'%s' is no name of a header field", "c-ares does not start",
               "chmod ", "chown ", "d=%s s=%s", "data set", "field names",
               "the message header is too large to be signed", "mail of %s cannot be signed",
               "this host's resolver answers nobody", "this recipient has another policy than")


def sentences(path):
    """What a source says in words, panics apart, as the compiler joins it."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|\\\n", "", file.read(), flags=re.S)
    for found in re.finditer(LITERAL + r"(?:\s*" + LITERAL + ")*", text):
        joined = "".join(part[1:-1] for part in re.findall(LITERAL, found.group(0)))
        panics = re.search(r"panic\(\s*$", text[:found.start()])
        if re.search("[a-z] [a-z]", joined) and not panics:
            yield joined


def test_marked(wanted):
    """No reason is forgotten: each sentence of these layers is one of the catalogue's texts."""
    seen = 0
    for layer in LAYERS:
        for path in sorted(glob.glob(f"{layer}/**/*.c", root_dir=os.path.join(TOP, "src"),
                                     recursive=True)):
            if path in NOT_READ:
                continue
            forgotten = [text for text in sentences(os.path.join(TOP, "src", path))
                         if text not in wanted and not text.startswith(NOT_REASONS)]
            seen += 1
            out.equal(forgotten, [], f"{path}: its reasons are marked for translation")
    out.ok(seen > 65, f"sources were read ({seen})")


def places(text):
    """The conversions of a form, and of its translation in the form's order: "%2$s: %1$p"."""
    found = re.findall(r"%(?:(\d)\$|\.\*|04)?([lz]?[scduop])", text.replace("%%", ""))
    if any(place for place, _ in found):
        found.sort()
    return [letter for _, letter in found]


def test_places(translations, language):
    """Each argument of a reason stands in its translation, once."""
    forms = 0
    with open(os.path.join(TOP, "po", language + ".po"), encoding="utf-8") as file:
        blocks = [block for block in file.read().split("\n\n") if "no-c-format" in block]
    for block in blocks:
        for text in re.findall(r'^msgid "(.+)"$', block, re.M):
            if places(text) and text in translations:
                forms += 1
                out.equal(places(translations[text]), places(text), f"{language}: places: {text}")
    out.ok(forms > 30, f"{language}: there are reasons with arguments ({forms})")


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
    test_marked(wanted)
    test_places(have, language)
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
