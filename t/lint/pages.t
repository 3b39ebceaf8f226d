#!/usr/bin/python3
"""sekimori-keytable(5) and sekimorid(8), in each language, and the tables of the program: the
attributes of a row, the words of warning, the exit statuses; neither has what the other lacks."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
LANGUAGES = ("", "ja/")


def read(*names):
    text = ""
    for name in names:
        with open(os.path.join(TOP, name), encoding="utf-8") as file:
            text += file.read()
    return text


def table(text, name):
    """The strings of an initializer, each row of it a list."""
    body = re.search(rf"\b{name}\[\w*\] = \{{\n(.*?)^\}};", text, re.M | re.S)[1]
    return [re.findall(r'"([^"]*)"', row) + re.findall(r"WORDS\((\w+)\)", row)
            for row in re.findall(r"\{[^{}]*\}", body)]


def attributes():
    """What a row may say: the attributes for signing, then policy with the words of each."""
    rules = read("src/config/rules.c")
    yield from (row[0] for row in table(read("src/config/keyattr.c"), "signing_attributes"))
    for name, words in table(rules, "rule_types"):
        yield name + "=" + "|".join(word[0] for word in table(rules, words))


def on_page(name, wanted):
    """The same on a page: values only where the table has them."""
    valued = {one.partition("=")[0] for one in wanted if "=" in one}
    for attribute, values in re.findall(r"^\.It Cm ([a-z-]+)=(\S*)", read(name), re.M):
        yield f"{attribute}={values}" if attribute in valued else attribute


def warnings():
    submission, report = read("src/engine/submission.c"), read("src/engine/report.c")
    return set(re.findall(r'\bwarn\(&?out, "([a-z-]+)"', submission)) | set(
        re.findall(r'"([a-z]+-field)"', report))


def main():
    out = tap.Tap()
    wanted, words = list(attributes()), warnings()
    status = {number for number in re.findall(
        r"\b(?:EXIT_[A-Z]+|status) = ([1-9][0-9])\b",
        read("src/milter/main.c", "src/milter/supervisor.c", "src/milter/worker.c"))}
    out.ok(len(wanted) > 8 and len(words) > 5 and len(status) > 5, "the tables are read")
    for language in LANGUAGES:
        page = f"man/{language}sekimori-keytable.5"
        out.equal(sorted(on_page(page, wanted)), sorted(wanted), f"{page}: the attributes")
        page = f"man/{language}sekimorid.8"
        text = read(page)
        listed = re.search(r"^\.Bl -tag -width no-list\n(.*?)^\.El", text, re.M | re.S)[1]
        told = set(re.findall(r"^\.It Li ([a-z-]+[a-z])", listed, re.M)) | set(
            re.findall(r"^\.It Li [a-z-]+ , ([a-z-]+)", listed, re.M))
        out.equal(sorted(told - {"duplicate"}), sorted(words), f"{page}: the words of warning")
        out.equal(sorted(re.findall(r"^\.It ([1-9][0-9])$", text, re.M)), sorted(status),
                  f"{page}: the exit statuses")
    out.done()


main()
