#!/usr/bin/python3
"""A day in the shadow of Debian's OpenDKIM: the same varied mail goes through a Postfix with
OpenDKIM alone and through one with us behind it. What arrives is the same, the log has the
differences that are known by name and no other, and `sekimori compare` sums them up: out of the
log, and out of an archive of what arrived."""
import collections
import json
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, opendkim, postfix, sekimori, sink, stage, verify, world  # noqa: E402
from mta.client import Client  # noqa: E402
import tap  # noqa: E402
from tool import TOOL  # noqa: E402

OUT = tap.Tap()
THEIRS = "dkim.example.jp"
NOW = int(time.time())
DAY = 86400
USER = {"ADDR": "203.0.113.66", "NAME": "pc.example.net", "LOGIN": "jiro"}
FORGOTTEN = "198.51.100.7"  # a client of ours that their InternalHosts knows, and ours does not


class Keys:
    """Ours and theirs, and those of senders outside."""

    def __init__(self, home):
        def key(domain, selector, kind="rsa"):
            return sekimori.Key(home, domain, selector, kind)
        self.ours = key("example.jp", "s2026")
        self.moved = key("example.org", "s2026")
        self.theirs = [key("example.com", "od"), key("example.org", "od")]
        self.good = key("good.example", "s1")
        self.other = key("other.example", "s1")
        self.edward = key("good.example", "e1", "ed25519")
        self.gone = key("gone.example", "s1")
        self.dead = key("dead.example", "s1")
        self.revoked = key("revoked.example", "s1")
        self.revoked.record = "v=DKIM1; p="
        self.testing = key("testing.example", "s1")
        self.testing.record = self.testing.record.replace("v=DKIM1;", "v=DKIM1; t=y;")
        self.strict = key("strict.example", "s1")
        self.strict.record = self.strict.record.replace("v=DKIM1;", "v=DKIM1; t=s;")
        self.published = [self.ours, self.moved, *self.theirs, self.good, self.other, self.edward,
                          self.revoked, self.testing, self.strict]

    def zone(self, address):
        """Where all of them stand; of dead.example no server answers."""
        return "".join(key.zone() for key in self.published) + \
            f';@FAIL {self.dead.name} TXT SERVFAIL\n' + \
            f'good.example. 300 IN TXT "v=spf1 ip4:{address} -all"\n'


def plain(mark, author, body=b"hello\r\n", fields=(), date=b"Sat, 10 Oct 2026 10:00:00 +0900"):
    head = [b"From: " + author.encode()] if author else []
    head += [b"To: hanako@example.jp", b"Date: " + date, b"Message-ID: <" + mark.encode()
             + b"@example>", b"Subject: " + mark.encode(), *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def sign(text, key, *flags):
    """The text with a signature on top."""
    got = subprocess.run([TOOL, "sign", "--key", key.file, "--domain", key.domain, "--selector",
                          key.selector, *flags], input=text, capture_output=True, check=True)
    return got.stdout


def partly_signed(text, key):
    """l= covers the body; what is behind it, nobody signed."""
    import dkim  # pylint: disable=import-outside-toplevel
    with open(key.file, "rb") as pem:
        field = dkim.sign(text, key.selector.encode(), key.domain.encode(), pem.read(),
                          length=True)
    return field + text + b"more\r\n"


def by_sha1(text, key):
    import dkim  # pylint: disable=import-outside-toplevel
    with open(key.file, "rb") as pem:
        return dkim.sign(text, key.selector.encode(), key.domain.encode(), pem.read(),
                         signature_algorithm=b"rsa-sha1") + text


def without(text, tag):
    """A signature that lacks a tag."""
    head, rest = text.split(b"\r\nFrom:", 1)
    return re.sub(rb"\s%s=[^;]*;" % tag, b"", head, count=1) + b"\r\nFrom:" + rest


class Mail:
    """One message of the day. differs: what the log says beside it, each by its beginning, and
    why that is so."""

    def __init__(self, name, text, sender=None, via="inside", differs=(), why=None):
        self.name, self.text, self.via = name, text, via
        self.sender = sender
        self.differs, self.why = list(differs), why

    def is_decided_otherwise(self):
        return any(not text.startswith("word:") for text in self.differs)

    def send(self, mta, outside):
        if self.via == "program":
            status, said = mta.sendmail(self.sender, "alice@example.org",
                                        self.text.replace(b"\r\n", b"\n"))
            assert status == 0, said
            return
        port = mta.submission if self.via == "submission" else mta.port
        source = "127.0.0.1" if self.via in ("inside", "user", "forgotten") else outside
        with Client(port, source=source) as smtp:
            if self.via == "user":
                smtp.xclient(**USER)
            if self.via == "forgotten":
                smtp.xclient(ADDR=FORGOTTEN, NAME="pc.example.jp")
            smtp.send(self.sender, "hanako@example.net", self.text, " BODY=8BITMIME")


def outgoing():
    """What leaves, or looks as if it did."""
    eight = "八ビット\r\n".encode("utf-8")
    folds = (b"X-Fold: a\r\n  b\r\n\tc  ", b"X-Empty:", b"X-Blanks:   two  inside  ")
    huge = tuple(b"X-Huge-%d: " % i + b"a b " * 200 for i in range(50))
    report = (b"MIME-Version: 1.0",
              b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"')
    parts = (b"--b\r\n\r\nnot delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
             b"Reporting-MTA: dns; mx.example.jp\r\n--b--\r\n")
    ours = "jiro@example.jp"
    unsigned = "signed: theirs example.jp/s2026, ours none"
    return [
        Mail("out-plain", plain("out-plain", ours), ours),
        Mail("out-eight", plain("out-eight", ours, eight), ours),
        Mail("out-empty", plain("out-empty", ours, b""), ours),
        Mail("out-blanks", plain("out-blanks", ours, b"a  b \r\n\r\n\r\n"), ours),
        Mail("out-folds", plain("out-folds", ours, fields=folds), ours),
        Mail("out-huge", plain("out-huge", ours, fields=huge), ours),
        Mail("out-case", plain("out-case", "Jiro <Jiro@Example.JP>"), ours),
        Mail("out-null", plain("out-null", ours), ""),
        Mail("out-report", plain("out-report", "MAILER-DAEMON@example.jp", parts, report), ""),
        Mail("out-user", plain("out-user", ours), ours, "user"),
        Mail("out-submission", plain("out-submission", ours), ours, "submission"),
        Mail("out-program", plain("out-program", ours), ours, "program"),
        Mail("out-sub", plain("out-sub", "a@sub.example.jp"), "a@sub.example.jp"),
        Mail("out-deep", plain("out-deep", "a@deep.sub.example.jp"), "a@deep.sub.example.jp",
             differs=["signed: theirs none, ours example.jp/s2026"],
             why="subdomains=yes covers what no pattern of their SigningTable matches"),
        Mail("out-com", plain("out-com", "a@example.com"), "a@example.com",
             differs=["signed: theirs example.com/od, ours none"],
             why="our key table has no row for example.com yet"),
        Mail("out-org", plain("out-org", "a@example.org"), "a@example.org",
             differs=["selector: theirs example.org/od, ours example.org/s2026"],
             why="our key table has a new selector"),
        Mail("out-nobody", plain("out-nobody", "a@example.net"), "a@example.net"),
        Mail("out-unnamed", plain("out-unnamed", None), ours),
        Mail("out-forgotten", plain("out-forgotten", ours), ours, "forgotten",
             differs=[unsigned], why="our InternalHosts forgets a client that theirs knows"),
    ]


def incoming(keys):
    """What comes in."""
    author, out = "taro@good.example", "outside"

    def text(name, who=author, **more):
        return plain(name, who, **more)

    def mail(name, data, differs=(), why=None, sender="taro@good.example"):
        return Mail(name, data, sender, out, differs, why)

    def signed(name, key=keys.good, *flags, **more):
        return sign(text(name, "taro@" + key.domain, **more), key, *flags)

    huge = tuple(b"X-Huge-%d: " % i + b"a b " * 200 for i in range(50))
    forged = (b"Authentication-Results: dkim.example.jp; dkim=pass header.d=victim.example",)
    eight = "八ビット\r\n".encode("utf-8")
    return [
        mail("in-plain", text("in-plain")),
        mail("in-relaxed", signed("in-relaxed")),
        mail("in-simple", signed("in-simple", keys.good, "--canonicalization", "simple/simple")),
        mail("in-mixed", signed("in-mixed", keys.good, "--canonicalization", "simple/relaxed")),
        mail("in-ed25519", signed("in-ed25519", keys.edward)),
        mail("in-eight", signed("in-eight", body=eight)),
        mail("in-empty", signed("in-empty", body=b"")),
        mail("in-huge", signed("in-huge", fields=huge)),
        mail("in-null", signed("in-null"), sender=""),
        mail("in-testing", signed("in-testing", keys.testing)),
        mail("in-two", sign(signed("in-two"), keys.other)),
        mail("in-pair", sign(signed("in-pair"), keys.edward)),
        mail("in-forged", signed("in-forged", fields=forged)),
        mail("in-body", signed("in-body").replace(b"hello\r\n", b"changed\r\n")),
        mail("in-head", signed("in-head").replace(b"Subject: in", b"Subject: not in")),
        mail("in-one-of-two", sign(signed("in-one-of-two").replace(b"hello", b"changed"),
                                   keys.other)),
        mail("in-nokey", signed("in-nokey", keys.gone),
             ["word: theirs fail gone.example/s1, ours permerror (no key)"],
             "a key that is not there is fail for them, permerror in RFC 8601"),
        mail("in-dead", signed("in-dead", keys.dead),
             ["dns: theirs fail dead.example/s1, ours temperror (no answer about the key"],
             "we ask the DNS, which fails; they look into a file, which lacks the key"),
        mail("in-revoked", signed("in-revoked", keys.revoked),
             ["word: theirs fail revoked.example/s1, ours permerror (key is revoked)"],
             "a key that was revoked is fail for them, permerror in RFC 8601"),
        mail("in-expired", signed("in-expired", keys.good, "--expire", "60", "--now",
                                  str(NOW - DAY)),
             ["word: theirs permerror good.example/s1, ours fail (signature expired)"],
             "what has expired is an error for them, a failure for us"),
        mail("in-holds", signed("in-holds", keys.good, "--expire", str(DAY))),
        mail("in-future", signed("in-future", keys.good, "--now", str(NOW + DAY)),
             ["word: theirs permerror good.example/s1, ours policy (signature is of the future)"],
             "what is of the future is an error for them, a matter of policy for us"),
        mail("in-partly", partly_signed(text("in-partly"), keys.good),
             ["dkim: theirs pass good.example/s1, ours policy (l= leaves a part"],
             "what stands behind l= is unsigned: no pass from us (S30)"),
        mail("in-sha1", by_sha1(text("in-sha1"), keys.good),
             ["dkim: theirs pass good.example/s1, ours policy (rsa-sha1"],
             "they take SHA-1, which RFC 8301 forbids"),
        mail("in-nobh", without(signed("in-nobh"), b"bh")),
        mail("in-noh", without(signed("in-noh"), b"h"),
             ["field: theirs none, ours permerror good.example/s1"],
             "they write no results of a signature without h="),
        mail("in-strict", signed("in-strict", keys.strict, "--identity",
                                 "taro@sub.strict.example"),
             ["word: theirs fail strict.example/s1, ours permerror (key does not allow"],
             "t=s is a failure for them, an error for us"),
    ]


def start_opendkim(place, home, keys):
    """As its users run it, with a table of keys."""
    table = place.write("od-keys", f"jp example.jp:s2026:{keys.ours.file}\n" + "".join(
        f"{key.domain} {key.domain}:{key.selector}:{key.file}\n" for key in keys.theirs))
    senders = place.write("od-senders", "*@example.jp jp\n*@sub.example.jp jp\n"
                          "*@example.com example.com\n*@example.org example.org\n")
    records = place.write("od-records", "".join(f"{key.name} {key.record}\n"
                                                for key in keys.published))
    return place.start(opendkim.OpenDKIM(home, "opendkim", THEIRS, {
        "Mode": "sv", "KeyTable": table, "SigningTable": "refile:" + senders,
        "InternalHosts": "127.0.0.1," + FORGOTTEN, "TestPublicKeys": records, "MTA": "ORIGINATING",
        "AlwaysAddARHeader": "yes"}))


def fixed(delivery):
    """The message with what time and queue make of it taken out."""
    rows = []
    for name, value in delivery.fields():
        if name == "Received":
            value = re.sub(rb"\bid [0-9A-Za-z]+", b"id X", value.rsplit(b";", 1)[0])
        if name == "DKIM-Filter":
            value = value.rsplit(b" ", 1)[0]
        if name == "DKIM-Signature":
            value = re.sub(rb"\b(t|b)=[0-9A-Za-z+/=\s]+", rb"\1=X", value)
        rows.append((name, value))
    return rows, delivery.body()


def differences(line):
    """All differs= of a log line, with what was escaped."""
    return re.findall(r'differs="([^"]*)"', line)


def check_delivery(mail, alone, both, keys):
    """The same bytes; what OpenDKIM signed still verifies."""
    mark = f"<{mail.name}@example>".encode()
    first = alone.wait(lambda one: mark in one.data)
    second = both.wait(lambda one: mark in one.data)
    if not OUT.ok(first and second, f"{mail.name}: delivered both ways"):
        return
    OUT.equal(fixed(second), fixed(first), f"{mail.name}: what arrives is as without us")
    OUT.equal((second.mail_from, second.rcpt_to), (first.mail_from, first.rcpt_to),
              f"{mail.name}: and so is its envelope")
    if mail.name.startswith("out-"):
        results = verify.by_dkimpy(second.data, keys.published)
        OUT.ok(all(results), f"{mail.name}: their signature verifies")


def check_log(mail, lines):
    mine = [line for line in lines if line[1] == mail.name]
    if not OUT.equal(len(mine), 1, f"{mail.name}: one line"):
        return
    found = differences(mine[0][0])
    name = f"{mail.name}: {mail.why}" if mail.why else f"{mail.name}: no difference"
    if not OUT.equal([text[:len(want)] for text, want in zip(found, mail.differs)], mail.differs,
                     name) or not OUT.equal(len(found), len(mail.differs), name + ": no other"):
        OUT.note(mine[0][0])
    OUT.contains(mine[0][0], "shadow=yes", f"{mail.name}: the line says shadow")


def check_sum(place, day, lines):
    """sekimori compare counts what the table above says."""
    log = place.write("log", "".join("Nov 22 10:00:01 mx sekimorid[99]: " + line[0]
                                     for line in lines))
    got = subprocess.run([TOOL, "compare", "--json", log], capture_output=True, check=False)
    said = json.loads(got.stdout)
    want = collections.Counter(text.split(":")[0] for mail in day for text in mail.differs)
    OUT.equal(got.returncode, 1, "compare: there are differences")
    OUT.equal((said["messages"], said["differing"]),
              (len(day), sum(mail.is_decided_otherwise() for mail in day)), "compare: messages")
    OUT.equal({row["kind"]: row["count"] for row in said["kinds"]}, dict(want),
              "compare: each kind as often as the table has it")


def check_archive(place, day, alone, zone):
    """The same day as an mbox of what OpenDKIM alone has left, judged a while later."""
    box = b"".join(b"From a@b.example Sat Oct 10 10:00:00 2026\n" + re.sub(
        rb"(?m)^(>*From )", rb">\1", one.data.replace(b"\r\n", b"\n")) + b"\n"
                   for one in alone.deliveries)
    with open(os.path.join(place.home, "box"), "wb") as out:
        out.write(box)
    got = subprocess.run([TOOL, "compare", "--mailbox", "--json", "--authserv-id", THEIRS, "--zone",
                          place.write("records", zone), os.path.join(place.home, "box")],
                         capture_output=True, check=False)
    said = json.loads(got.stdout)
    kinds = collections.Counter(text.split(":")[0] for mail in day for text in mail.differs
                                if mail.name.startswith("in-"))
    kinds.pop("field")  # of these they wrote nothing
    unsaid = sum(not any(value.startswith(THEIRS) for value in one.values("Authentication-Results"))
                 for one in alone.deliveries)
    OUT.equal({row["why"]: row["count"] for row in said["skipped"]},
              {"no results of theirs": unsaid,
               "the DNS does not answer for a key": kinds.pop("dns")},
              "compare --mailbox: what they signed, or did not judge, is counted apart")
    OUT.equal(said["messages"] + sum(row["count"] for row in said["skipped"]), len(day),
              "compare --mailbox: all of them")
    OUT.equal(({row["kind"]: row["count"] for row in said["kinds"]}, said["undated"]),
              (dict(kinds), 0), "compare --mailbox: the same differences")


def ids_of(mta):
    """The message of each queue id, by Postfix's log."""
    return dict(re.findall(r" ([0-9A-F]+): message-id=<(.*?)@example>", mta.log()))


def a_day(place):
    home = place.directory("day")
    keys = Keys(home)
    theirs = start_opendkim(place, home, keys)
    alone = place.start(sink.Sink())
    first = place.start(postfix.Postfix(place.directory("alone"), alone.port, theirs.place))
    rows = keys.ours.row("subdomains=yes") + "moved " + keys.moved.row().partition(" ")[2]
    one = stage.Stage(place, "Postfix", "both", before=[lambda _: theirs], settings={
        "Mode": "shadow", "ShadowAuthservID": THEIRS,
        "KeyTable": place.write("our-keys", rows),
        "Nameservers": place.nameserver("zone", keys.zone(place.outside))})
    day = outgoing() + incoming(keys)
    OUT.ok(len(day) >= 30, f"{len(day)} messages")
    for mail in day:
        mail.send(first, place.outside)
        mail.send(one.mta, place.outside)
    for mail in day:
        check_delivery(mail, alone, one.sink, keys)
    ids = ids_of(one.mta)
    lines = [(line, ids.get(re.search(r"id=(\S+)", line).group(1)))
             for line in one.daemon.log_lines()]
    for mail in day:
        check_log(mail, lines)
    OUT.equal(len(lines), len(day), "a line for each, and no other")
    check_sum(place, day, lines)
    check_archive(place, day, alone, keys.zone(place.outside))
    one.stop()


def main():
    try:
        with world.World() as place:
            OUT.run(lambda: a_day(place))
    except Error as problem:
        OUT.ok(False, f"the mail servers start: {problem}")
    OUT.done()


main()
