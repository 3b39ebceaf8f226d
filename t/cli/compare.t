#!/usr/bin/python3
"""sekimori compare: the log of Mode shadow and an archive of delivered mail, summed up."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
KEY = os.path.join(HERE, "..", "case", "keys", "test-rsa.pem")
OUT = tap.Tap()
NOW = "1767225600"

PREFIX = "Nov 22 10:00:01 mx sekimorid[99]: "
SELECTOR = 'differs="selector: theirs example.jp/s1, ours example.jp/s2"'
UNSIGNED = 'differs="signed: theirs example.com/s1, ours none (no key)"'
LINES = [
    PREFIX + "id=A1 route=out client=192.0.2.1 signed=example.jp/s2 action=accept shadow=yes "
    + SELECTOR,
    "id=A2 route=in client=192.0.2.1 action=accept shadow=yes dns=3 dns_ms=0",
    "2026-11-22T10:00:01+09:00 mx sekimorid[99]: id=A3 route=out action=accept shadow=yes "
    + SELECTOR + " " + UNSIGNED + " dns=1",
    # What is not ours, and what was done in earnest.
    PREFIX + "id=A4 route=out action=accept " + SELECTOR,
    "Nov 22 10:00:01 mx postfix/smtpd[9]: connect from unknown id=\x1b[31m shadow=yes",
    PREFIX + "MaxTransactions is reached: a message is not looked at",
    PREFIX + 'id=A5 shadow=yes differs="selector: theirs',
]


def run(*arguments, data=""):
    data = data if isinstance(data, bytes) else data.encode()
    got = subprocess.run((TOOL, "compare") + arguments, input=data, capture_output=True,
                         timeout=60, check=False)
    return got.returncode, got.stdout.decode("utf-8", "replace"), got.stderr.decode()


def log(lines, *arguments, end="\n"):
    status, text, _ = run("--json", *arguments, data=end.join(lines) + end)
    return status, json.loads(text)


def test_log():
    status, got = log(LINES)
    OUT.equal((status, got["messages"], got["differing"]), (1, 3, 2), "messages of the log")
    OUT.equal(got["kinds"], [{"kind": "selector", "count": 2}, {"kind": "signed", "count": 1}],
              "by kind")
    OUT.equal(got["domains"], [{"domain": "example.jp", "count": 2},
                               {"domain": "example.com", "count": 1}], "by domain")
    OUT.equal([(e["kind"], e["id"]) for e in got["examples"]],
              [("selector", "A1"), ("selector", "A3"), ("signed", "A3")], "examples")
    OUT.equal(log(LINES, end="\r\n")[1], got, "the same with CRLF")
    status, text, _ = run(data="\n".join(LINES))
    OUT.equal(status, 1, "for people: the same status")
    OUT.contains(text, "signed: theirs example.com/s1, ours none (no key)", "and the difference")
    OUT.equal(log(LINES[1:2])[0], 0, "no difference: 0")
    OUT.equal(run(data="nothing\n")[0], 65, "a log without a line of ours: 65")
    OUT.equal(run(data="")[0], 65, "an empty log: 65")
    status, got = log(LINES[:1] * 1000)
    OUT.equal((got["kinds"][0]["count"], len(got["examples"])), (1000, 3), "three examples")


def test_hostile():
    line = 'id=B1 shadow=yes differs="dkim: theirs pass x\\x1B[31m\\x22y/z, ours none"\n'
    status, text, _ = run(data=line)
    OUT.equal((status, "\x1b" in text), (1, False), "S8: no escape sequence comes out")
    OUT.equal(run(data=b"\0\xff id=\n" * 1000)[0], 65, "any bytes")


def signed(place, domain):
    with open(place + "/plain", "w", encoding="ascii") as out:
        out.write(f"From: a@{domain}\r\nSubject: x\r\nMessage-ID: <{domain}@id>\r\n\r\nHello\r\n")
    got = subprocess.run([TOOL, "sign", "--key", KEY, "--domain", domain, "--selector", "s1",
                          "--now", NOW, place + "/plain"], capture_output=True, check=False)
    return got.stdout.decode().replace("\r\n", "\n")


def zone(place):
    public = subprocess.run(["openssl", "pkey", "-in", KEY, "-pubout"], capture_output=True,
                            text=True, check=True).stdout.splitlines()[1:-1]
    text = "".join(public)
    parts = " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))
    with open(place + "/zone", "w", encoding="ascii") as out:
        for domain in ("one.example", "two.example", "three.example"):
            out.write(f's1._domainkey.{domain}. 300 IN TXT "v=DKIM1; p=" {parts}\n')
    return place + "/zone"


def test_mailbox():
    with tempfile.TemporaryDirectory() as place:
        box = ""
        for domain, verdict in (("one.example", "pass"), ("two.example", "fail"),
                                ("three.example", None)):
            box += "From a@b Thu Jan  1 00:00:00 2026\n"
            if verdict:
                box += (f"Authentication-Results: dkim.example.jp; dkim={verdict}"
                        f" header.d={domain}\n")
            box += signed(place, domain) + "From here on: no new message\n\n"
        box = box.replace("Hello\nFrom here on: no new message\n", "Hello\n")
        arguments = ("--mailbox", "--json", "--zone", zone(place), "--now", NOW)
        status, text, err = run(*arguments, data=box)
        got = json.loads(text)
        OUT.equal((status, got.get("messages"), got.get("differing")), (1, 2, 1),
                  "two of three have results, one differs")
        OUT.note(err)
        OUT.equal(got.get("examples"), [{
            "kind": "dkim", "domain": "two.example", "id": "<two.example@id>",
            "difference": "dkim: theirs fail two.example/s1, ours pass"}], "and that is the one")
        status, text, _ = run(*arguments, data=box.replace("dkim=fail", "dkim=pass"))
        OUT.equal((status, json.loads(text)["differing"]), (0, 0), "no difference: 0")
        OUT.equal(run(*arguments, "--authserv-id", "other.example", data=box)[0], 65,
                  "nothing by that name: 65")
        status, text, _ = run(*arguments, data=box.replace("\nHello\n", "\nHello!\n"))
        OUT.equal(json.loads(text)["differing"], 1, "what was changed since fails now")


OUT.run(test_log, test_hostile, test_mailbox)
OUT.done()
