#!/usr/bin/python3
"""What only a socket can show of the attacks on programs like this: forged fields by number and
place, envelopes that want to write fields, keys that fail."""
import os
import random
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from milterclient import Message  # noqa: E402

out = tap.Tap()
FIELDS = [("From", b" Victim <ceo@victim.example>"), ("To", b" a@example.jp"),
          ("Subject", b" forged")]
OUTSIDE = "203.0.113.9"
FORGED = [b" mx.example.jp; dkim=pass header.d=victim.example",
          b" MX.Example.JP; dkim=pass header.d=victim.example",
          b' "mx.example.jp"; dkim=pass header.d=victim.example',
          b" (a (nested) one) mx.example.jp (b) 1; dkim=pass header.d=victim.example",
          b" mx.example.jp (comment); dkim=pass header.d=victim.example",
          b" mx.example.jp.; dkim=pass header.d=victim.example",
          b" mx.example.jp; dkim=pass header.d=victim.example" + b" x.y=aaaaaaaa" * 400,
          b" mx.example.jp; dkim=pass" + b"".join(b"; x-%d=pass" % i for i in range(40)),
          b" mx.example.jp; spf=pass smtp.mailfrom=victim.example"]
MORE = [b"mx.example.jp; spf=pass", b"\n\tmx.example.jp;\n\tspf=pass", b" mx.example.jp",
        b"\tmx.example.jp\t;spf=pass", b" mx.example.jp 1", b' "mx.example.jp.";spf=pass',
        b" (open mx.example.jp", b' "mx.example.jp; spf=pass', b"", b" ;",
        b" \xffmx.example.jp; spf=pass", b' "m\\x.example.jp"; spf=pass']
FOREIGN = [b" other.example; dkim=pass header.d=other.example", b" notmx.example.jp; spf=pass",
           b" mx.example.jp.other.example; spf=pass", b" example.jp; spf=pass"]
ZONE = """strict.example. 300 IN TXT "v=spf1 -all"
ok.example. 300 IN TXT "v=spf1 ip4:203.0.113.9 -all"
"""


def authres(got):
    return [value for name, value in got.fields if name == "Authentication-Results"]


def deliver(d, kind, values, more=()):
    fields = [("Authentication-Results", value) for value in values]
    with d.mta(OUTSIDE, kind=kind) as mta:
        return mta.send(Message(list(more) + fields + FIELDS, b"x\r\n"), "a@ok.example")


def test_forged(d):
    """The nine of security.md and more, together and one by one."""
    for kind in ("postfix", "sendmail"):
        got = deliver(d, kind, FORGED + FOREIGN[:1])
        left = authres(got)
        out.ok(len(left) == 2 and left[1] == FOREIGN[0] and b"spf=pass" in left[0],
               f"S2 S3: all nine forged fields go, the foreign one stays ({kind})")
        out.equal(got.fields[0][0], "Authentication-Results", f"ours is on top ({kind})")
        for i, value in enumerate(FORGED + MORE):
            left = authres(deliver(d, kind, [value]))
            out.ok(len(left) == 1 and left[0] != value, f"S2: spelling {i} alone goes ({kind})")
        left = authres(deliver(d, kind, FOREIGN))
        out.equal(left[1:], FOREIGN, f"S2: names that only look like ours stay ({kind})")


def test_ordinals(d):
    """CVE-2022-48521: any number of forged fields between others."""
    rng = random.Random(48521)
    for kind in ("postfix", "sendmail"):
        for count in (1, 2, 3, 7, 20, 60):
            mixed = [rng.choice(FORGED + MORE) for _ in range(count)]
            mixed += [value + b" x.n=%d" % i for i, value in enumerate(FOREIGN * (count // 4 + 1))]
            rng.shuffle(mixed)
            foreign = [value for value in mixed if b"x.n=" in value]
            out.equal(authres(deliver(d, kind, mixed))[1:], foreign,
                      f"S1: {count} forged ones among {len(foreign)} others ({kind})")


def test_envelope(d):
    """S7 S8: bytes of HELO and MAIL FROM that want to write results, fields or log lines."""
    evil = ["a@x.example; dkim=pass header.d=victim.example", '"a;b"@x.example',
            "a\r\nX-Evil: yes@x.example", "a@x.example(; spf=pass", "(any@victim.example",
            "a@\xff.example", "@relay.example:a@x.example", "'a@x.example", "%s%n@x.example"]
    for text in evil:
        with d.mta(OUTSIDE) as mta:
            mta.helo(text)
            got = mta.send(Message(FIELDS, b"x\r\n"), text)
            value = authres(got)[0] if authres(got) else b""
            lines = value.split(b"\n")
            out.ok(got.reply.name == "continue" and len(authres(got)) == 1
                   and all(line[:1] in b" \t" for line in lines[1:]) and b"\xff" not in value
                   and b"dkim=pass" not in re.sub(rb'"(\\.|[^"\\])*"', b"", value),
                   f"S8: {text!r} writes nothing into our field")
    bad = [line for line in d.log().splitlines() if re.search(r"[^\x20-\x7e]", line)]
    out.equal(bad, [], "S8: nor anything unprintable into the log")
    out.ok(not any(line.startswith("X-Evil") for line in d.log().splitlines()),
           "S8: nor a line of its own")


def test_reject(d):
    with d.mta(OUTSIDE) as mta:
        got = mta.send(Message(FIELDS, b"x\r\n"), "a@strict.example", ["b@strict.jp"])
        out.ok(got.reply.text.startswith("550 5.7.23 ") and "\n" not in got.reply.text
               and 12 < len(got.reply.text) <= 512,
               "S28: a refusal is one line of at most 512 bytes")
        out.contains(got.reply.text, OUTSIDE, "it names the client")
        out.equal(got.edits, [], "and nothing is changed")
        got = mta.send(Message(FIELDS, b"x\r\n"), "a@ok.example", ["b@strict.jp"])
        out.equal(got.reply.name, "continue",
                  "S28: the next message of the connection is judged by itself, and not 'accept'")


def test_laundering(d):
    """S33: mail from outside with our author is not signed; Mail of two authors never is."""
    ours = [("From", b" boss@example.jp"), ("To", b" a@example.net")]
    with d.mta(OUTSIDE) as mta:
        got = mta.send(Message(ours, b"x\r\n"), "a@ok.example")
        out.ok(all(name != "DKIM-Signature" for name, _ in got.fields), "S33: not signed")
    with d.mta() as mta:
        got = mta.send(Message(ours, b"x\r\n"), "boss@example.jp")
        out.equal(got.fields[0][0], "DKIM-Signature", "our own is")
        got = mta.send(Message(ours + ours[:1], b"x\r\n"), "boss@example.jp")
        out.ok(all(name != "DKIM-Signature" for name, _ in got.fields), "S10: two From fields: no")


def test_key_fails(d):
    """Nothing that should be signed leaves unsigned."""
    with d.mta() as mta:
        got = mta.send(Message([("From", b" a@lost.example")], b"x\r\n"), "a@lost.example")
        out.ok(got.reply.text.startswith("451 ") and not got.edits,
               "a key that cannot be read: put off, not sent unsigned")
        got = mta.send(Message([("From", b" a@example.jp")], b"x\r\n"), "a@example.jp")
        out.equal(got.fields[0][0], "DKIM-Signature", "another domain's key works")


def main():
    daemon.attack(out, (test_forged, test_ordinals, test_envelope, test_reject, test_laundering,
                        test_key_fails),
                  {"Iprev": "no", "KeyTable": "file:{home}/keytable",
                   "SigningTable": "refile:{home}/signingtable"}, ZONE, {
                       "keytable": "ours example.jp:s1:{home}/s1.example.jp.pem\n"
                                   "rest %:s1:{home}/%.pem\n"
                                   "strict.jp strict.jp:-:- spf-fail=reject\n",
                       "signingtable": "*@example.jp ours\n*@lost.example rest\n"})
    out.done()


main()
