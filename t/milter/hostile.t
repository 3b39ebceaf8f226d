#!/usr/bin/python3
"""A sender who owns his zones, his HELO and his header, and wants somebody else's policy to be
silent, our signature on his mail, or our memory."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import tap  # noqa: E402
from milterclient import Message  # noqa: E402

out = tap.Tap()
# What a sanitizer keeps aside for a while is no leak.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
OUTSIDE = "203.0.113.9"
FORGED = [("From", b" Boss <boss@victim.example>"), ("To", b" a@example.jp"),
          ("Subject", b" forged")]
SLOW = " ".join(f"exists:{i}.dead.attack.example" for i in range(8))
ZONE = f"""victim.example. 300 IN TXT "v=spf1 include:one.victim.example -all"
one.victim.example. 300 IN TXT "v=spf1 include:two.victim.example -all"
two.victim.example. 300 IN TXT "v=spf1 ip4:192.0.2.77 -all"
_dmarc.victim.example. 300 IN TXT "v=DMARC1; p=reject"
slow.attack.example. 300 IN TXT "v=spf1 {SLOW} -all"
attack.example. 300 IN TXT "v=spf1 ip4:{OUTSIDE} -all"
9.113.0.203.in-addr.arpa. 300 IN PTR a.dead.attack.example.
9.113.0.203.in-addr.arpa. 300 IN PTR b.dead.attack.example.
;@FAIL a.dead.attack.example * TIMEOUT
;@FAIL b.dead.attack.example * TIMEOUT
""" + "".join(f";@FAIL {i}.dead.attack.example * TIMEOUT\n" for i in range(8))


def test_starve(d):
    """The checks share one deadline: what the sender owns must not use up the others' time."""
    for what, helo in (("the client's name", "other.attack.example"),
                       ("HELO", "slow.attack.example")):
        with d.mta(OUTSIDE) as mta:
            mta.helo(helo)
            got = mta.send(Message(FORGED, b"x\r\n"), "boss@victim.example", ["a@example.jp"])
        out.ok(got.reply.text.startswith("550 "),
               f"slow on purpose, {what} does not suspend the author's policy")
    keys = [("DKIM-Signature", b" v=1; a=ed25519-sha256; d=%s; s=none; h=from; bh=%s; b=AAAA"
             % (name, b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))
            for name in (b"1.dead.attack.example", b"victim.example")]
    for what, sender, fields in (("MAIL FROM", "a@slow.attack.example", keys[1:]),
                                 ("a key", "boss@victim.example", keys)):
        with d.mta(OUTSIDE) as mta:
            got = mta.send(Message(fields + FORGED, b"x\r\n"), sender, ["a@example.jp"])
        out.ok(got.reply.text.startswith("550 "),
               f"slow on purpose, {what} does not suspend the author's policy")


def test_recipient(d):
    """Recipients that only the MTA can read have the rules of the domain that it reads."""
    for given, meant, refused in (("u", "u@strict.jp", True), ("u", None, False),
                                  ("u%strict.jp@other.example", "u@strict.jp", True),
                                  ("strict.jp!u", None, True),
                                  ("u@other.example", "u@strict.jp", False)):
        with d.mta(OUTSIDE, macros={"{rcpt_addr}": meant} if meant else None) as mta:
            got = mta.send(Message(FORGED, b"x\r\n"), "a@attack.example", [given])
        out.equal(got.reply.text[:4], "550 " if refused else "",
                  f"S20: {given}, which is {meant}: the rules of strict.jp hold: {refused}")


def test_log(d):
    """What an MTA says of itself writes no lines of its own into the log."""
    with d.mta(OUTSIDE, actions=0x10, macros={"i": "x\nsekimorid: id=forged"}) as mta:
        got = mta.send(Message(FORGED, b"x\r\n"), "a@attack.example", ["a@other.example"])
        out.ok(got.reply.text.startswith("451 "), "an MTA that lets no field be added: deferred")
    out.ok(not re.search(r"^sekimorid: id=forged", d.log(), re.M) and "id=x?" in d.log(),
           "S8: a queue id with a line end stays one line of the log")


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as text:
        return int(text.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_helo(d):
    """A client that says HELO all day."""
    with d.mta(OUTSIDE) as mta:
        mta.send(Message(FORGED, b"x\r\n"), "a@attack.example")
        before = resident(d.worker())
        for i in range(100000):
            mta.helo("%d." % i + "x" * 250)
        got = mta.send(Message(FORGED, b"x\r\n"), "a@attack.example", ["a@other.example"])
        out.ok(got.reply.name != "tempfail" and resident(d.worker()) - before < 20e6,
               "100,000 HELO of one connection cost no memory")


def test_hidden(d):
    """A client whose address the MTA does not know is not this host."""
    ours = [("From", b" boss@example.jp"), ("To", b" a@example.net")]
    for name, local in (("unknown", False), ("mail.attack.example", False), ("localhost", True)):
        with d.mta(False) as mta:
            mta.connect(name, None)
            got = mta.send(Message(ours, b"x\r\n"), "boss@example.jp")
            out.equal(any(field == "DKIM-Signature" for field, _ in got.fields), local,
                      f"S33: no address, called {name}: " + ("signed" if local else "not signed"))


def main():
    daemon.attack(out, (test_starve, test_recipient, test_log, test_helo, test_hidden),
                  {"Iprev": "yes", "DNSTimeout": "2", "KeyTable": "file:{home}/keytable"}, ZONE, {
                      "keytable": "ours example.jp:s1:{home}/s1.example.jp.pem "
                                  "impersonation=reject\n"
                                  "strict strict.jp:-:- dmarc=reject\n"
                                  "given example.jp:-:- dmarc=reject spf-fail=reject\n"},
                  delay=100)
    out.done()


main()
