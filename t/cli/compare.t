#!/usr/bin/python3
"""sekimori compare: the log of Mode shadow, summed up. mailbox.t: delivered mail."""
import gzip
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from tool import TOOL  # noqa: E402

OUT = tap.Tap()

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
    OUT.equal((status, got["messages"], got["differing"], got["cut"]), (1, 4, 2, 1),
              "messages of the log")
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
    status, got = log(['id=A6 shadow=yes differs="word: theirs fail a.example/s, ours permerror"'])
    OUT.equal((status, got["differing"], got["kinds"]), (0, 0, [{"kind": "word", "count": 1}]),
              "other words alone are no difference: 0")
    OUT.equal(run(data="nothing\n")[0], 65, "a log without a line of ours: 65")
    OUT.equal(run(data="")[0], 65, "an empty log: 65")
    status, got = log(LINES[:1] * 1000)
    OUT.equal((got["kinds"][0]["count"], len(got["examples"])), (1000, 3), "three examples")


def test_hostile():
    line = 'id=B1 shadow=yes differs="dkim: theirs pass x\\x1B[31m\\x22y/z, ours none"\n'
    status, text, _ = run(data=line)
    OUT.equal((status, "\x1b" in text), (1, False), "S8: no escape sequence comes out")
    OUT.equal(run(data=b"\0\xff id=\n" * 1000)[0], 65, "any bytes")


def test_forged():
    """What a client says stands in the lines of others."""
    forged = "id=F1 shadow=yes " + SELECTOR
    for name, line in (
            ("a header", "Nov 22 10:00:01 mx postfix/cleanup[9]: A1: info: header Subject: "
             + forged),
            ("a user", "Nov 22 10:00:01 mx sshd[9]: Invalid user " + forged + " from 192.0.2.1"),
            ("RFC 5424", "<38>1 2026-11-22T10:00:01Z mx sshd 99 - - Invalid user " + forged),
            ("RFC 5424 with data",
             '<38>1 2026-11-22T10:00:01Z mx sshd 99 - [a b="c"] no ' + forged),
            ("journalctl -o cat", "Invalid user " + forged),
            ("journalctl -o json", json.dumps({"MESSAGE": "Invalid user sekimorid: " + forged})),
            ("another program, which says but what it was told",
             "Nov 22 10:00:01 mx chat[9]: " + forged),
            ("one with a name like ours", "Nov 22 10:00:01 mx sekimorid2[9]: " + forged),
            ("the same, RFC 5424", "<38>1 2026-11-22T10:00:01Z mx chat 99 - - " + forged),
            ("the same, journalctl -o json",
             json.dumps({"MESSAGE": forged, "SYSLOG_IDENTIFIER": "chat"})),
            ("our own", PREFIX + "client sent x: " + forged),
            ("the part of a long line", "x" * (1 << 20) + forged)):
        OUT.equal(run(data=line + "\n")[0], 65, "forged by " + name)


def test_forms():
    """What syslog, journalctl and logrotate make of a line."""
    words = LINES[0][len(PREFIX):]
    entry = json.dumps({"__REALTIME_TIMESTAMP": "1767225600000000", "SYSLOG_IDENTIFIER":
                        "sekimorid", "MESSAGE": words})
    raw = json.dumps({"MESSAGE": list(b"id=A\xff shadow=yes")})
    rows = (
        ("syslog", PREFIX + words),
        ("RFC 3339", "2026-11-22T10:00:01.123456+09:00 mx sekimorid[99]: " + words),
        ("RFC 5424", "<22>1 2026-11-22T10:00:01Z mx sekimorid 99 - - " + words),
        ("journalctl -o short-iso", "2026-11-22T10:00:01+0900 mx sekimorid[99]: " + words),
        ("journalctl -o cat", words),
        ("journalctl of sekimorid -f", PREFIX + "sekimorid: " + words),
        ("a container's log", "Nov 22 10:00:01 mx 3f2a1c[9]: sekimorid: " + words),
        ("journalctl -o json of sekimorid -f", json.dumps({"MESSAGE": "sekimorid: " + words})),
        ("journalctl -o json", entry + "\n" + raw + "\n{\n{\"MESSAGE\": 1}\n[]\nnull"),
    )
    for name, text in rows:
        status, got = log([text])
        OUT.equal((status, got["messages"], got["kinds"]), (1, 1, [{"kind": "selector",
                                                                    "count": 1}]), name)
        OUT.equal(log([text, "-- Boot 1 --", "", text])[1]["messages"], 2, name + ": twice")


def test_name():
    """The daemon bears another name in the log: SyslogName."""
    with tempfile.TemporaryDirectory() as top:
        conf = os.path.join(top, "sekimori.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"SyslogName besides\nKeyTable {top}/none\n")
        for name, want in (("besides", 1), ("sekimorid", 65)):
            words = LINES[0][len(PREFIX):]
            for line in (f"Nov 22 10:00:01 mx {name}[99]: {words}",
                         f"Nov 22 10:00:01 mx 3f2a1c[9]: {name}: {words}", f"{name}: {words}",
                         f"<22>1 2026-11-22T10:00:01Z mx {name} 99 - - {words}",
                         json.dumps({"MESSAGE": words, "SYSLOG_IDENTIFIER": name})):
                OUT.equal(run("--config", conf, data=line + "\n")[0], want,
                          f"SyslogName: {line[:40]}")


def test_cut():
    line = LINES[2]
    end = line.index(" differs=") + len(" differs=") + 20
    status, got = log([line[:end], LINES[1]])
    OUT.equal((status, got["messages"], got["cut"], got["differing"]), (0, 2, 1, 0),
              "cut in the first difference: it counts as a message")
    status, got = log([line[:line.rindex(" differs=") + 30]])
    OUT.equal((status, got["cut"], got["kinds"]), (1, 1, [{"kind": "selector", "count": 1}]),
              "cut in the second one: the first counts")
    for at in range(len(line)):
        status, _, err = run(data=line[:at])
        if status not in (0, 1, 65) or "Sanitizer" in err:
            OUT.ok(False, f"cut at {at}: {status}")
    OUT.ok(True, "cut anywhere")
    status, got = log([LINES[0], "x" * 3000000, LINES[0]])
    OUT.equal(got["messages"], 2, "a line of 3 MB between two others")


def test_files():
    with tempfile.TemporaryDirectory() as place:
        def write(name, data):
            path = os.path.join(place, name)
            with open(path, "wb") as out:
                out.write(data)
            return path

        first = write("mail.log", (LINES[0] + "\n").encode())
        second = write("mail.log.1", (LINES[2] + "\n").encode())
        packed = write("mail.log.2.gz", gzip.compress((LINES[2] + "\n").encode()))
        status, text, _ = run("--json", first, second)
        OUT.equal((status, json.loads(text)["messages"]), (1, 2), "several files")
        status, text, _ = run("--json", first, "-", data=LINES[2])
        OUT.equal((status, json.loads(text)["messages"]), (1, 2), "a file and standard input")
        status, _, err = run(first, packed)
        OUT.equal((status, "zcat" in err), (66, True), "a compressed log: 66, and what helps")
        OUT.equal(run(data=gzip.compress(b"x"))[0], 66, "the same on standard input")
        for magic in (b"\xfd7zXZ\0", b"BZh9", b"\x28\xb5\x2f\xfd"):
            OUT.equal(run(data=magic)[0], 66, f"{magic!r} is compressed, too")
        OUT.equal(run(place + "/absent")[0], 66, "no such file: 66")
        OUT.equal(run(place)[0], 66, "a directory is no log: 66")
        OUT.equal(run("--nonsense")[0], 64, "no such flag: 64")
        status, text, _ = run("--json", place + "/absent")
        OUT.ok("error" in json.loads(text), "an error is an object")


OUT.run(test_log, test_hostile, test_forged, test_forms, test_name, test_cut, test_files)
OUT.done()
