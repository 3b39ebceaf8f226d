#!/usr/bin/python3
"""The reasons that the tool says in other languages are those that the lower layers give: each form
stands in their source, and each translation has its places, no more and no fewer."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
# Forms that are put together of another one and a place.
JOINED = ("%s in %s", "%s at %s")
out = tap.Tap()


def literals(path):
    """The strings of a source file, joined where the compiler joins them, each place a %s."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r'"\s*\n?\s*"', "", file.read())
    text = re.sub(r"%(\.\*s|zu|d|i|\" ?PRI\w+ ?\")", "%s", text)
    return set(re.findall(r'"((?:[^"\\\n]|\\.)*)"', text))


def translations(language):
    with open(os.path.join(TOP, "po", language + ".po"), encoding="utf-8") as file:
        return dict(re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', file.read(), re.M))


def main():
    with open(os.path.join(TOP, "src/tool/reasons.c"), encoding="utf-8") as file:
        forms = re.findall(r'N_\("(.*?)"\)', re.sub(r'"\s*\n\s*"', "", file.read()))
    out.ok(len(forms) > 40, f"there are forms ({len(forms)})")
    out.equal(len(forms), len(set(forms)), "none stands there twice")
    given = set()
    for layer in ("dns", "auth", "config", "engine"):
        for path in glob.glob(os.path.join(TOP, "src", layer, "**", "*.c"), recursive=True):
            given |= literals(path)
    texts = translations("ja")
    for form in forms:
        out.ok(form in given, f"the source gives: {form}")
        places = sorted(re.findall(r"%(?:\d\$)?s", texts.get(form, "")))
        wanted = form.count("%s")
        right = (["%s"] * wanted, [f"%{i + 1}$s" for i in range(wanted)])
        out.ok(places in right, f"ja: each place once: {form}")
    for form in JOINED:
        out.equal(forms.index(form) >= len(forms) - len(JOINED), True, f"last: {form}")
    out.done()


main()
