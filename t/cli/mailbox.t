#!/usr/bin/python3
"""sekimori compare --mailbox: archives in every form, judged as of the day they came."""
import email.utils
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

KEY = os.path.join(HERE, "..", "case", "keys", "test-rsa.pem")
OUT = tap.Tap()
THEN = 1000000000  # 2001: whatever was signed then for an hour has expired since
FROM_LINE = b"From a@b.example Sun Sep  9 01:46:40 2001\n"
HOST = "mx.example.jp"


class Place:
    """A directory with the zone of the domains and what the tests put there."""

    def __init__(self, path):
        self.path = path
        self.zone = self.write("zone", self.records("one.example", "two.example"))

    def write(self, name, data):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())
        return path

    @staticmethod
    def records(*domains):
        lines = subprocess.run(["openssl", "pkey", "-in", KEY, "-pubout"], capture_output=True,
                               text=True, check=True).stdout.splitlines()[1:-1]
        text = "".join(lines)
        parts = " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200))
        return "".join(f's1._domainkey.{domain}. 300 IN TXT "v=DKIM1; p=" {parts}\n'
                       for domain in domains)

    def signed(self, domain="one.example", body=b"Hello\r\n", time=THEN, name=b"1"):
        """A message as its author sent it, with LF."""
        plain = self.write("plain", b"From: a@%s\r\nSubject: x\r\nMessage-ID: <%s@id>\r\n\r\n%s"
                           % (domain.encode(), name, body))
        got = subprocess.run([TOOL, "sign", "--key", KEY, "--domain", domain, "--selector", "s1",
                              "--expire", "3600", "--now", str(time), plain],
                             capture_output=True, check=True)
        return got.stdout.replace(b"\r\n", b"\n")

    def compare(self, *files, flags=(), data=None):
        files = files if data is None else ("-",) + files
        got = subprocess.run([TOOL, "compare", "--mailbox", "--json", "--zone", self.zone,
                              *flags, *files], input=data, capture_output=True, timeout=120,
                             check=False)
        return got.returncode, json.loads(got.stdout)


def received(time=THEN, by=HOST, client="203.0.113.4", date=None):
    date = date or email.utils.formatdate(time)
    return (f"Received: from mail.one.example (mail.one.example [{client}])\n"
            f"\tby {by} (Postfix) with ESMTPS id 4cX\n\tfor <u@example.jp>; {date}\n").encode()


def results(verdict="pass", domain="one.example", by=HOST):
    return (f"Authentication-Results: {by};\n\tdkim={verdict} (2048-bit key) header.d={domain} "
            f"header.i=@{domain}\n").encode()


def delivered(place, verdict="pass", **signed):
    return received() + results(verdict, signed.get("domain", "one.example")) + \
        place.signed(**signed)


def counts(got, key, name):
    return {row[name]: row["count"] for row in got[key]}


def skipped(got):
    return counts(got, "skipped", "why")


def test_time(place):
    mail = results() + place.signed()
    rows = (
        ("by the border's Received", received() + mail, (0, 0, 0)),
        ("with comments and folds", received(date="Sun,\n 9 Sep (a;b) 01 01:46:40 GMT (x)") + mail,
         (0, 0, 0)),
        ("a day later it had expired", received(THEN + 86400) + mail, (1, 1, 0)),
        ("a day before it was of the future", received(THEN - 86400) + mail, (1, 1, 0)),
        ("no date in Received: the mbox line", FROM_LINE + received(date="once") + mail, (0, 0, 0)),
        ("the border's date, not that of a hop inside",
         FROM_LINE + received(THEN + 86400, "store.example.jp", "10.0.0.1") + received() + mail,
         (0, 0, 0)),
        ("no border: the topmost one", received(client="10.0.0.1")
         + received(THEN + 86400, client="10.0.0.2") + mail, (0, 0, 0)),
        ("no date at all: now", b"From a@b\n" + received(date="once") + mail, (1, 1, 1)),
    )
    for name, data, want in rows:
        status, got = place.compare(data=data)
        OUT.equal((status, got.get("differing"), got.get("undated")), want, name)
        if got.get("differing"):
            OUT.contains(got["examples"][0]["difference"], "theirs pass one.example/s1", name)
    status, got = place.compare(flags=("--now", str(THEN + 86400)), data=received() + mail)
    OUT.equal((status, got["differing"]), (1, 1), "--now counts before any date")
    undated = received(date="once") + mail
    place.write(f"maildir/cur/{THEN}.M1P2.mx:2,S", undated)
    OUT.equal(place.compare(f"{place.path}/maildir")[0], 0, "a Maildir: the file's name")
    place.write("late/cur/9223372036854775806.x", undated)
    OUT.equal(place.compare(f"{place.path}/late")[0] in (0, 1), True, "a name past all times")
    path = place.write("times/1.eml", undated)
    os.utime(path, (THEN, THEN))
    OUT.equal(place.compare(f"{place.path}/times")[0], 0, "a directory: the file's own time")


def test_keys(place):
    data = FROM_LINE + delivered(place, domain="gone.example") + b"\n" + FROM_LINE + \
        delivered(place)
    status, got = place.compare(data=data)
    OUT.equal((status, got["messages"], got["differing"]), (0, 2, 0),
              "a key that is not published any more is no difference")
    OUT.equal(got["unpublished"], [{"key": "gone.example/s1", "count": 1}], "it is named")
    with open(place.zone, "a", encoding="ascii") as zone:
        zone.write('s1._domainkey.revoked.example. 300 IN TXT "v=DKIM1; p="\n'
                   ";@FAIL s1._domainkey.dead.example TXT SERVFAIL\n")
    status, got = place.compare(data=FROM_LINE + delivered(place, domain="revoked.example"))
    OUT.equal((status, got["unpublished"]), (0, [{"key": "revoked.example/s1", "count": 1}]),
              "nor is one that was revoked")
    status, got = place.compare(data=data + b"\n" + FROM_LINE
                                + delivered(place, domain="dead.example"))
    OUT.equal((status, got["messages"], skipped(got)),
              (0, 2, {"the DNS does not answer for a key": 1}), "without DNS it is not compared")
    text = subprocess.run([TOOL, "compare", "--mailbox", "--zone", place.zone], input=data,
                          capture_output=True, check=False).stdout.decode()
    OUT.contains(text, "not published any more\n      1  gone.example/s1", "for people")


def test_whose(place):
    mail = place.signed()
    other = results("fail", by="mail.other.example")
    rows = (
        ("by the host in Received", received() + results() + mail, (), (0, {})),
        ("above it", results() + received() + mail, (), (0, {})),
        ("in other letters, with a job id",
         received() + results(by="MX.Example.JP/4cX") + mail, (), (0, {})),
        ("of the border, seen from a host inside",
         received(THEN, "store.example.jp", "10.0.0.1") + received() + results() + mail, (),
         (0, {})),
        ("not the sender's own, though it is the topmost", received() + other + mail, (),
         (65, None)),
        ("not that of a host behind the border",
         received() + received(by="mail.other.example", client="198.51.100.7") + other + mail, (),
         (65, None)),
        ("the one that --authserv-id names", received() + other + results(by="dkim.x") + mail,
         ("--authserv-id", "dkim.x"), (0, {})),
        ("that one alone", received() + results() + mail, ("--authserv-id", "dkim.x"),
         (65, None)),
        ("no Received at all: the first", results() + mail, ("--now", str(THEN)), (0, {})),
        ("a second field of theirs speaks of dkim",
         received() + f"Authentication-Results: {HOST}; spf=pass\n".encode() + results() + mail,
         (), (0, {})),
        ("several results in one field", received()
         + f"Authentication-Results: {HOST}; dkim=none; dkim=pass header.d=one.example\n".encode()
         + mail, (), (1, {})),
    )
    for name, data, flags, want in rows:
        status, got = place.compare(data=data, flags=flags)
        OUT.equal((status, skipped(got) if "skipped" in got else None), want, name)
    _, got = place.compare(data=received() + other + mail)
    OUT.contains(got["error"]["message"] if isinstance(got["error"], dict) else got["error"],
                 "1: no results of theirs", "nothing to compare: why")
    box = FROM_LINE + delivered(place) + b"\n" + FROM_LINE + received() + mail + b"\n" + \
        FROM_LINE + received() + b"Authentication-Results: " + HOST.encode() + b"; spf=pass\n" + \
        mail + b"\n" + FROM_LINE + received() + b"Authentication-Results: " + HOST.encode() + \
        b"; dkim=(\n" + mail + b"\n" + FROM_LINE + b"no header\n\nno body\n"
    status, got = place.compare(data=box)
    OUT.equal((status, got["messages"], skipped(got)),
              (0, 1, {"no results of theirs": 1, "their results cannot be read": 1,
                      "their results do not say anything of dkim": 1, "is no message": 1}),
              "what never passed OpenDKIM is counted apart")


def test_forms(place):
    plain = delivered(place, body=b"Hello\r\n\r\nFrom the beginning\r\n>> From x\r\n")
    quoted = plain.replace(b"\nFrom the", b"\n>From the")
    rd = delivered(place, body=b"From a\r\n>From b\r\n>>From c\r\n")
    rd = rd.replace(b"\n>>From", b"\n>>>From").replace(b"\n>From", b"\n>>From")
    rd = rd.replace(b"\nFrom a", b"\n>From a")
    header, text = plain.split(b"\n\n", 1)
    inner = b"x\n\n" + FROM_LINE + b"not a message\n"
    long = delivered(place, body=inner.replace(b"\n", b"\r\n"))
    counted = long.replace(b"\n\n", b"\nContent-Length: %d\n\n" % len(inner), 1)
    last = b"\n" + FROM_LINE + delivered(place, "fail", domain="two.example")
    rows = (
        ("mboxo", FROM_LINE + quoted, 1),
        ("mboxrd", FROM_LINE + rd, 1),
        ("no quotes, but lines that look so",
         FROM_LINE + delivered(place, body=b">From x\r\n>>From y\r\n"), 1),
        ("no quotes: what bears no date is no new message", FROM_LINE + plain, 1),
        ("Content-Length", FROM_LINE + counted, 1),
        ("a wrong Content-Length", FROM_LINE + header + b"\nContent-Length: 7\n\n" + text, 1),
        ("one past the end", FROM_LINE + header + b"\nContent-Length: 99999999\n\n" + text, 1),
        ("lines without a date", b"From a@b\n" + delivered(place), 1),
        ("empty lines at the beginning", b"\n\n" + FROM_LINE + delivered(place), 1),
    )
    for name, data, want in rows:
        status, got = place.compare(data=data)
        OUT.equal((status, got.get("messages"), skipped(got)), (0, want, {}), f"{name}: one")
        end = last if b"2001\nR" in data else last.replace(FROM_LINE, b"From c@d\n")
        for kind, bytes_ in (("LF", data + end),
                             ("CRLF", (data + end).replace(b"\n", b"\r\n"))):
            if "Length" in name and kind == "CRLF":
                continue
            status, got = place.compare(data=bytes_)
            OUT.equal((status, got.get("messages"), got.get("differing")), (1, want + 1, 1),
                      f"{name}, {kind}: with another one behind it")
    status, got = place.compare(data=(FROM_LINE + delivered(place)).replace(b"\n", b"\r\n", 1)
                                .replace(b"2001\r\n", b"2001\n"))
    OUT.equal(status, 0, "a line of its own end before the message")


def test_places(place):
    one, two = delivered(place), delivered(place, "fail", domain="two.example")
    for name, files in (("maildir", ("cur/1.a:2,S", "new/2.a", "tmp/3.a")),
                        ("folder", ("1.eml", "2.eml", ".hidden"))):
        for file, data in zip(files, (one, two, two)):
            place.write(f"{name}/{file}", data)
        status, got = place.compare(f"{place.path}/{name}")
        OUT.equal((status, got["messages"], got["differing"]), (1, 2, 1), f"a {name}")
    eml = place.write("one.eml", one.replace(b"\n", b"\r\n"))
    box = place.write("box", FROM_LINE + one + b"\n" + FROM_LINE + two)
    OUT.equal(place.compare(eml)[1]["messages"], 1, "a message")
    OUT.equal(place.compare(eml, box, f"{place.path}/folder")[1]["messages"], 5, "all of them")
    OUT.equal(place.compare(place.write("empty", b""))[0], 65, "an empty file: 65")
    os.mkdir(place.path + "/none")
    OUT.equal(place.compare(place.path + "/none")[0], 65, "an empty directory: 65")
    status, got = place.compare(place.path + "/absent")
    OUT.equal(status, 66, "no such file: 66")
    packed = place.write("box.gz", gzip.compress(FROM_LINE + one))
    status, got = place.compare(packed)
    OUT.equal((status, "zcat" in str(got)), (66, True), "a compressed one: 66, and what helps")
    place.write("folder/3.eml.gz", gzip.compress(one))
    OUT.equal(skipped(place.compare(f"{place.path}/folder")[1]), {"cannot be read": 1},
              "among others it is counted apart")


def test_hostile(place):
    good = FROM_LINE + delivered(place) + b"\n"
    huge = FROM_LINE + received() + results() + place.signed() + (b"x" * 999 + b"\n") * 53000
    status, got = place.compare(data=good + huge + b"\n" + good)
    OUT.equal((status, got["messages"], skipped(got)), (0, 2, {"is larger than 50 MB": 1}),
              "one of 53 MB between two others")
    broken = FROM_LINE + bytes(range(256)) * 40 + b"\n\n"
    status, got = place.compare(data=good + broken + good)
    OUT.equal((status, got["messages"], skipped(got)), (0, 2, {"is no message": 1}),
              "any bytes between two others")
    OUT.equal(place.compare(data=b"From " * 100000)[0], 65, "a line without end")
    OUT.equal(place.compare(data=b"\n" * 1000000)[0], 65, "empty lines alone")


def main():
    for test in (test_time, test_keys, test_whose, test_forms, test_places, test_hostile):
        with tempfile.TemporaryDirectory() as path:
            def one(test=test, path=path):
                test(Place(path))
            one.__name__ = test.__name__
            OUT.run(one)
    OUT.done()


main()
