#!/usr/bin/python3
"""Authentication-Results by the grammar of RFC 8601 2.2, and off it by one step.

Fields are grown from the grammar together with what they mean: each must parse, and mean that.
Then each is spoilt by one change that no reading of the grammar allows: none may parse. Debian's
python3-authres reads the fields that are within its reach too, and must find the same in them.
"""
import concurrent.futures
import json
import os
import random
import subprocess
import sys

import authres

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap as tap_module  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
FIELDS = 200
IN_A_CHUNK = 25
TOKEN = "abcXYZ019!#$%&'*+-.^_`{|}~"
ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~"
LETTERS = "abcdeXYZ0189"

tap = tap_module.Tap()


class Field:
    """One field: text, meaning, and whether it is plain enough for the peer."""

    def __init__(self, seed):
        self.rng, self.seed = random.Random(seed), seed
        self.is_plain = seed % 2 == 0
        self.text, self.meaning = self.grow()

    def some(self, characters, most=8):
        return "".join(self.rng.choice(characters) for _ in range(self.rng.randint(1, most)))

    def fws(self):
        return self.rng.choice([" ", "\t", "  ", "\r\n ", " \r\n\t"])

    def comment(self, depth=0):
        text = "("
        for _ in range(self.rng.randrange(4)):
            text += self.rng.choice(["a", ";", "=", '"', "spf=pass", "\\)", "\\(", "\\\\", "@"])
            text += self.rng.choice(["", self.fws()])
        if depth < 3 and self.rng.random() < .3:
            text += self.comment(depth + 1)
        return text + ")"

    def cfws(self, needed=False):
        """CFWS, or maybe nothing."""
        if self.is_plain:
            return " " if needed else ""
        made = self.rng.choice(["", "", self.fws(), self.comment(),
                                self.fws() + self.comment() + self.fws()])
        return made or (" " if needed else "")

    def token(self, characters):
        """The peer takes not all that a token may have."""
        return self.some(LETTERS + "-" if self.is_plain else characters)

    def keyword(self):
        word = self.some(LETTERS + "-", 6).rstrip("-")
        return word if word not in ("", "none", "reason", "i") else "x-" + word + "a"

    def quoted(self):
        """(text, meaning) of a quoted string."""
        text = meaning = ""
        for _ in range(self.rng.randrange(6)):
            c = self.rng.choice(["a", "B", " ", ";", "=", "(", ")", "@", '"', "\\", "/"])
            meaning += c
            text += "\\" + c if c in '"\\' or self.rng.random() < .1 else c
            if not self.is_plain and self.rng.random() < .1:
                text, meaning = text + "\r\n ", meaning + " "
        return f'"{text}"', meaning

    def value(self):
        if self.rng.random() < .3 and not self.is_plain:
            return self.quoted()
        return (self.token(TOKEN),) * 2

    def pvalue(self):
        """(text, meaning): a value, a domain, an address."""
        domain = ".".join(self.some(LETTERS) for _ in range(self.rng.randint(1, 3)))
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.value()
        if kind == 1:
            return (domain,) * 2
        if kind == 2:
            return ("@" + domain,) * 2
        local = ".".join(self.token(ATEXT) for _ in range(self.rng.randint(1, 2)))
        return (local + "@" + domain,) * 2

    def property(self):
        kind, name = self.keyword(), self.keyword()
        if self.is_plain:  # the peer knows no other types
            kind = self.rng.choice(["smtp", "header", "body", "policy"])
        value, meaning = self.pvalue()
        text = kind + self.cfws() + "." + self.cfws() + name + self.cfws() + "="
        return text + self.cfws() + value, [kind.lower(), name.lower(), meaning]

    def result(self):
        method, result = self.keyword(), self.keyword()
        meaning = {"method": method.lower(), "version": None, "result": result.lower(),
                   "reason": None, "properties": []}
        text = method
        if self.rng.random() < .2:
            meaning["version"] = self.rng.randint(1, 99)
            text += self.cfws() + "/" + self.cfws() + str(meaning["version"])
        text += self.cfws() + "=" + self.cfws() + result
        if self.rng.random() < .3:
            reason, meaning["reason"] = self.value()
            text += self.cfws(True) + "reason" + self.cfws() + "=" + self.cfws() + reason
        for _ in range(self.rng.randrange(4)):
            one, means = self.property()
            meaning["properties"].append(means)
            text += self.cfws(True) + one
        return text, meaning

    def grow(self):
        text, name = self.value()
        while not name or name == "i":
            text, name = self.value()
        meaning = {"authserv_id": name, "version": None, "instance": None, "results": []}
        text = self.cfws() + text
        if self.rng.random() < .3:
            meaning["version"] = 1
            text += self.cfws(True) + "1"
        results = [self.result() for _ in range(self.rng.randrange(4))]
        meaning["results"] = [means for _, means in results]
        for one, _ in results or [("none", None)]:
            text += self.cfws() + ";" + self.cfws() + one
        return text + self.cfws(), meaning

    def spoilt(self):
        """The field with one fault; each fault is one whatever stands around it."""
        return self.rng.choice([
            lambda: self.text + "(", lambda: self.text + ")", lambda: self.text + ' "',
            lambda: self.text + "; ;", lambda: self.text + "; =pass", lambda: self.text + "; spf",
            lambda: self.text + "; spf pass", lambda: self.text + "; spf=",
            lambda: self.text + "; spf/x=pass", lambda: self.text + "; spf=pass foo",
            lambda: self.text + "; spf=pass a.b", lambda: self.text + "; spf=pass a.=c",
            lambda: self.text + "; spf=pass .b=c", lambda: self.text + "; spf=pass a.b=",
            lambda: self.text + '; spf=pass a.b="c"d', lambda: self.text + "; spf-=pass",
            lambda: self.text + "; spf=pass reason=a reason=b", lambda: self.text + "; s_f=pass",
            lambda: self.text + '; "spf"=pass', lambda: self.text + '; spf="pass"',
            lambda: self.text + "; spf=pass, dkim=pass", lambda: self.text + "; spf=pass a.b=c\0",
            lambda: self.text + "; spf=pass\r\na.b=c", lambda: self.text + "; spf=pass a.b=\\c",
            lambda: ";" + self.text, lambda: "=" + self.text, lambda: '"" ' + self.text,
            lambda: "(" + self.text, lambda: "x y " + self.text, lambda: "\0" + self.text,
            lambda: "a, " + self.text, lambda: "a@b " + self.text,
        ])()

    def run(self):
        """None, or what is wrong."""
        got = parse(self.text)
        for result in got.get("results", []):
            result["properties"] = [[p["type"], p["name"], p["value"]]
                                    for p in result["properties"]]
        if got != self.meaning:
            return f"{self.text!r}\nmeans {self.meaning}\nours  {got}"
        theirs = peer(self.text) if self.is_plain else self.meaning
        self.meaning["authserv_id"] = theirs["authserv_id"]
        if theirs != self.meaning:
            return f"{self.text!r}\nmeans {self.meaning}\npeer  {theirs}"
        spoilt = self.spoilt()
        if "error" not in parse(spoilt):
            return f"must not parse: {spoilt!r}"
        return None


def parse(text):
    got = subprocess.run([TOOL, "authres", "--json"], input=text.encode(), capture_output=True,
                         check=False, timeout=60)
    return json.loads(got.stdout)


def peer(text):
    """What python3-authres finds. (The id it folds to lower case: that is not compared.)"""
    found = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + text)
    return {"authserv_id": found.authserv_id, "instance": None,
            "version": found.version and int(found.version),
            "results": [{"method": r.method.lower(), "version": r.version and int(r.version),
                         "result": r.result.lower(), "reason": r.reason,
                         "properties": [[p.type.lower(), p.name.lower(), p.value]
                                        for p in r.properties]} for r in found.results]}


def main():
    fields = [Field(seed) for seed in range(1, FIELDS + 1)]
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i, (field, bad) in enumerate(zip(fields, pool.map(Field.run, fields)), 1):
            wrong += [f"{field.seed}: {bad}"] if bad else []
            if i % IN_A_CHUNK == 0:
                tap.ok(not wrong, f"AR-1 to AR-5: fields up to {i} mean what they say, and parse "
                                  "no more with one fault")
                tap.note("\n".join(wrong))
                wrong = []
    tap.done()


if __name__ == "__main__":
    main()
