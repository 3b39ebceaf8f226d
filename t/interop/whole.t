#!/usr/bin/python3
"""Whole messages: what `verify` says must agree with itself and with the policy of the recipient.

Random messages: signed or not, spoilt or not, by the author's domain or another's, from a client
that SPF knows or not, with forged results in them, to recipients with one rule each. The field
that is written must parse and say what the JSON says; what is removed must be what was forged;
action and reply must follow from the results by the recipient's rule.
"""
import concurrent.futures
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap as tap_module  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
EXAMPLES = os.path.join(HERE, "..", "suite", "rfc-examples")
KEY = os.path.join(EXAMPLES, "keys", "rfc8463-ed25519.pem")
RECORD = '"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="'
MESSAGES = 120
IN_A_CHUNK = 20
SIGNERS = ["example.com", "sub.example.com", "other.example"]
SPF = {"-all": "fail", "ip4:192.0.2.9 -all": "pass", "~all": "softfail", "?all": "neutral",
       "foo:x": "permerror", "(down)": "temperror"}
FORGED = ["mx.example.jp; dmarc=pass header.from=example.com", "MX.example.jp./job 1; none",
          "\"mx.example.jp\" ; spf=pass", "(x) mx.example.jp (broken"]
FOREIGN = ["mx.example.net; spf=pass", "mx.example.jp.example.net; none"]
FROM = ["Joe <joe@example.com>"] * 6 + ["a@example.com, b@other.example", "joe", "x@localhost"]

tap = tap_module.Tap()
work = tap_module.home("whole")


def write(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return path


def tool(*arguments, data=b""):
    return subprocess.run([TOOL, *arguments], input=data, capture_output=True, check=True,
                          timeout=60).stdout


CONFIG = write("conf", "AuthservID mx.example.jp\nKeyTable file:" + write(
    "keytable", "d d.example.jp:-:- dmarc=reject\ns s.example.jp:-:- spf-fail=reject\n"
    "u u.example.jp:-:- unauthenticated=reject\nm m.example.jp:-:- dmarc=mark\n") + "\n")


class Message:
    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        self.seed, self.spf = seed, rng.choice(list(SPF))
        self.policy = rng.choice(["none", "quarantine", "quarantine", "reject", None])
        self.signers = rng.sample(SIGNERS, rng.choice([0, 1, 1, 2]))
        self.is_spoilt = rng.random() < .3
        self.author = rng.choice(FROM)
        self.forged = rng.sample(FORGED, rng.randrange(3))
        self.foreign = rng.sample(FOREIGN, rng.randrange(2))
        self.rules = rng.choice(["d", "d", "s", "u", "m", "dm"])
        self.zone = write(f"{seed}.zone", self.zone_text())

    def zone_text(self):
        lines = [f"s1._domainkey.{d}. 300 IN TXT {RECORD}" for d in SIGNERS]
        if self.policy:
            lines.append(f'_dmarc.example.com. 300 IN TXT "v=DMARC1; p={self.policy}"')
        if self.spf == "(down)":
            lines.append(";@FAIL example.com TXT SERVFAIL")
        else:
            lines.append(f'example.com. 300 IN TXT "v=spf1 {self.spf}"')
        return "\n".join(lines) + "\n"

    def text(self):
        text = f"From: {self.author}\r\nSubject: x\r\n\r\nbody\r\n".encode()
        for domain in self.signers:
            text = tool("sign", "--key", KEY, "--domain", domain, "--selector", "s1", data=text)
        if self.is_spoilt:
            text = text.replace(b"body", b"BODY")
        results = self.forged + self.foreign
        self.rng.shuffle(results)
        return b"".join(b"Authentication-Results: %s\r\n" % r.encode() for r in results) + text

    def verify(self):
        flags = ["--ip", "192.0.2.9", "--helo", "localhost", "--mail-from", "joe@example.com"]
        for rule in self.rules:
            flags += ["--rcpt-to", f"a@{rule}.example.jp"]
        return json.loads(tool("verify", "--json", "--config", CONFIG, "--zone", self.zone, *flags,
                               data=self.text()))

    def action(self, got):
        """What the rule of the recipient makes of the results; the mildest of several."""
        dmarc, dkim = got["dmarc"], [one["result"] for one in got["dkim"]]
        if "m" in self.rules:
            return "accept"
        if self.rules == "d":
            if dmarc["result"] == "permerror":
                return "reject"
            return {"none": "accept"}.get(dmarc["disposition"], dmarc["disposition"])
        if self.rules == "s":
            aligned = "pass" in dkim and {"example.com", "sub.example.com"} & set(self.signers)
            is_author = "example.com" in self.author and "," not in self.author
            return "reject" if got["spf"]["result"] == "fail" and not (aligned and is_author) \
                else "accept"
        is_known = "pass" in [got["spf"]["result"], *dkim]
        if got["spf"]["result"] == "temperror" and not is_known:
            return "tempfail"
        return "accept" if is_known else "reject"

    def faults(self, got):
        field = json.loads(tool("authres", "--json", data=got["authentication_results"].encode()))
        said = [(r["method"], r["result"]) for r in field["results"] if r["method"] != "iprev"]
        dkim = ["fail" if self.is_spoilt else "pass"] * len(self.signers)
        want = [("spf", SPF[self.spf]), ("spf", got["spf_helo"]["result"])]
        want += [("dkim", one) for one in dkim or ["none"]]
        want.append(("dmarc", got["dmarc"]["result"]))
        yield said == want, f"the field says {said}, not {want}"
        results = [one["result"] for one in got["dkim"]]
        yield results == dkim, f"dkim {results}"
        yield got["spf"]["result"] == SPF[self.spf], f"spf {got['spf']}"
        is_aligned = got["dmarc"]["aligned_spf"] or got["dmarc"]["aligned_dkim"]
        yield (got["dmarc"]["result"] == "pass") == is_aligned, f"dmarc {got['dmarc']}"
        yield sorted(got["removed"]) == sorted(self.forged), f"removed {got['removed']}"
        yield got["action"] == self.action(got), f"{got['action']}, not {self.action(got)}"
        code = (got["reply"] or " ")[0]
        yield code == {"reject": "5", "tempfail": "4"}.get(got["action"], " "), got["reply"]

    def run(self):
        got = self.verify()
        wrong = [text for good, text in self.faults(got) if not good]
        return got["action"], wrong and f"{self.seed}: {wrong} {vars(self)} {got}"


def main():
    messages = [Message(seed) for seed in range(1, MESSAGES + 1)]
    wrong, seen = [], set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i, (action, bad) in enumerate(pool.map(Message.run, messages), 1):
            seen.add(action)
            wrong += [bad] if bad else []
            if i % IN_A_CHUNK == 0:
                tap.ok(not wrong, f"{IN_A_CHUNK} messages up to {i} are judged in one voice")
                tap.note("\n".join(wrong))
                wrong = []
    tap.equal(seen, {"accept", "quarantine", "reject", "tempfail"}, "every action came up")
    tap.done()


if __name__ == "__main__":
    main()
