#!/usr/bin/python3
"""DMARC against a second reading of RFC 9989: dmarc_oracle.py judges random zones, so do we.

Records with every tag, wrong values, several at a name, aliases, names that exist without data or
not at all, deep names, servers that fail. What is compared: result, policy, policy domain,
organizational domain, disposition, the two alignments. A part of the cases comes as a message,
through the whole inbound path.
"""
import concurrent.futures
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import dmarc_oracle  # noqa: E402
import tap as tap_module  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
CASES = 400
IN_A_CHUNK = 50
NO_RECORDS = ["hello", "v=spf1 -all", "v=dmarc1; p=none", "v=DMARC1x; p=none",
              " v=DMARC1; p=none", "p=none; v=DMARC1", "v=DMARC1 p=none"]
POLICIES = ["none", "quarantine", "reject", "reject", "Reject", "QUARANTINE"]

tap = tap_module.Tap()
work = tap_module.home("dmarc")


def random_record(rng):
    """One record, mostly well formed."""
    def policy(often, *wrong):
        return rng.choice(POLICIES) if rng.random() < often else rng.choice(wrong)

    chances = [
        (.93, lambda: "p=" + policy(.95, "", "foo", "none,", "no ne")),
        (.4, lambda: "sp=" + policy(.95, "", "bar")),
        (.4, lambda: "np=" + policy(.95, "x")),
        (.3, lambda: "adkim=" + rng.choice(["r", "s", "S", "x", "", "strict"])),
        (.3, lambda: "aspf=" + rng.choice(["r", "s", "R", "s", "q"])),
        (.3, lambda: "psd=" + rng.choice(["y", "n", "u", "Y", "N", "z", ""])),
        (.3, lambda: "t=" + rng.choice(["y", "n", "Y", "maybe"])),
        (.3, lambda: "rua=" + rng.choice(["mailto:a@example.com", "mailto:a@example.com!10m", "",
                                          "nonsense", "mailto:a@b.example , https://x.example/y",
                                          "https://x.example/"])),
        (.2, lambda: rng.choice(["pct=50", "fo=1:d", "rf=afrf", "x-y=z", "foo=bar", "=",
                                 "garbage", "ri=86400"])),
        (.1, lambda: "p=none"),
    ]
    tags = [make() for chance, make in chances if rng.random() < chance]
    rng.shuffle(tags)
    equals = rng.choice(["=", "=", "=", " = "])
    between = rng.choice(["; ", ";", " ; ", " ;\t"])
    version = rng.choice(["v=DMARC1", "v=DMARC1", "v = DMARC1", "v\t=DMARC1", "V=DMARC1"])
    return between.join([version] + [t.replace("=", equals, 1) for t in tags]) \
        + rng.choice(["", ";", " ; ", ";;"])


def random_records(rng):
    """The TXT records of one name."""
    records = [random_record(rng) for _ in range(rng.choice([1] * 12 + [0, 2, 3]))]
    if rng.random() < .15:
        records.insert(rng.randrange(len(records) + 1), rng.choice(NO_RECORDS))
    return records


class Case:
    def __init__(self, seed):
        rng = random.Random(seed)
        top = rng.choice(["example", "co.example", "test"])
        depth = rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 7, 8, 9, 12])
        labels = [rng.choice(["a", "b", "c", "d", "mail", "org"]) for _ in range(depth)]
        self.seed, self.author = seed, ".".join(labels + ["corp", top])
        above = [self.author]
        while "." in above[-1]:
            above.append(above[-1].partition(".")[2])
        names = sorted({*above, "x." + self.author, "zz.corp." + top, "other." + top,
                        "x.y." + rng.choice(above), "unrelated.invalid"})
        records = {n: random_records(rng) for n in names
                   if rng.random() < (.4 if n in above else .15)}
        failing = {n for n in names if n not in records and rng.random() < .05}
        existing = {n for n in names if rng.random() < .3}
        self.aliases = {n for n in sorted(records) if rng.random() < .1}
        self.world = dmarc_oracle.World(records, failing, existing)
        self.spf, self.dkim = None, []
        if rng.random() < .6:
            self.spf = rng.choice(["pass", "pass", "pass", "fail", "none", "temperror"]), \
                rng.choice(names)
        for _ in range(rng.choice([0, 0, 1, 2])):
            self.dkim.append((rng.choice(["pass", "pass", "fail", "temperror", "permerror"]),
                              rng.choice(names)))
        self.as_message = "." in self.author and seed % 5 == 0
        if self.as_message:
            self.dkim = []
            if self.spf and ("." not in self.spf[1] or self.spf[0] not in ("pass", "fail")):
                self.spf = None

    def zone(self):
        lines = []
        for name, records in self.world.records.items():
            at = "_dmarc." + name
            if name in self.aliases:
                lines.append(f"{at}. 300 IN CNAME alias.{name}.")
                at = "alias." + name
            for text in records:
                lines.append(f'{at}. 300 IN TXT "' + text.replace("\t", "\\009") + '"')
            if not records:
                lines.append(f";@EMPTY {at}")
        lines += [f";@FAIL _dmarc.{name} * SERVFAIL" for name in sorted(self.world.failing)]
        for name in sorted(self.world.existing):
            lines.append(f"{name}. 300 IN A 192.0.2.1")
        if self.as_message and self.spf:
            answer = "+all" if self.spf[0] == "pass" else "-all"
            lines.append(f'{self.spf[1]}. 300 IN TXT "v=spf1 {answer}"')
            self.world.existing.add(self.spf[1])
        return "".join(line + "\n" for line in lines)

    def run(self):
        path = os.path.join(work, f"{self.seed}.zone")
        with open(path, "w", encoding="ascii") as out:
            out.write(self.zone())
        flags, text = ["--json", "--zone", path], b""
        if self.as_message:
            flags = ["verify", "--ip", "192.0.2.9", "--helo", "localhost"] + flags
            flags += ["--mail-from", "x@" + self.spf[1]] if self.spf else []
            text = f"From: \"a@evil.example\" (x@y.example) <x@{self.author.upper()}>\r\n\r\n"
        else:
            flags = ["dmarc", "--from", self.author] + flags
            flags += ["--spf", ":".join(self.spf)] if self.spf else []
            for one in self.dkim:
                flags += ["--dkim", ":".join(one)]
        got = subprocess.run([TOOL] + flags, input=text.encode() if text else b"", timeout=60,
                             capture_output=True, check=True)
        got = json.loads(got.stdout)
        got = got["dmarc"] if self.as_message else got
        want = dmarc_oracle.judge(self.world, self.author, self.spf, self.dkim)
        return {key: (got[key], value) for key, value in want.items() if got[key] != value}


def main():
    cases = [Case(seed) for seed in range(1, CASES + 1)]
    wrong, seen = [], set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for i, (case, differs) in enumerate(zip(cases, pool.map(Case.run, cases)), 1):
            want = dmarc_oracle.judge(case.world, case.author, case.spf, case.dkim)
            seen.add((want["result"], want["disposition"]))
            if differs:
                wrong.append((case, differs))
            if i % IN_A_CHUNK:
                continue
            tap.ok(not wrong, f"both say the same of {IN_A_CHUNK} cases up to {i}")
            for case, differs in wrong:
                tap.note(f"{case.seed}: (ours, oracle) {differs}; from {case.author}, "
                         f"spf {case.spf}, dkim {case.dkim}\n{case.zone()}")
            wrong = []
    every = {("pass", "none"), ("none", "none"), ("temperror", "none"), ("fail", "none"),
             ("fail", "quarantine"), ("fail", "reject")}
    tap.equal(every - seen, set(), "every result and every disposition came up")
    tap.done()


if __name__ == "__main__":
    main()
