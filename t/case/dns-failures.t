#!/usr/bin/python3
"""Slow or broken DNS: for every question that a check asks and every way to fail, what the
checks say, what is done with the message, and what the log says of it.

Each row is written as a case file and played by t/case/run. All are spoofs of victim.example,
which asks for rejection, so whoever suspends its policy shows as an `accept`."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import caserun  # noqa: E402
import tap  # noqa: E402

TEMPORARY = ("TIMEOUT", "SERVFAIL", "REFUSED", "FORMERR")
TOO_MUCH = ('v=spf1 ' + ' '.join('include:i%d.budget.example' % i for i in range(11)) + ' +all')
MANY = ''.join('i%d.budget.example. 300 IN TXT "v=spf1 ?all"\n' % i for i in range(11))

# The records that each question normally finds; a row breaks one of them.
RECORDS = {
    "spf": 'victim.example. 300 IN TXT "v=spf1 ip4:192.0.2.10 -all"',
    "spf-elsewhere": 'attack.test. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"',
    "spf-include": '_spf.attack.test. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"',
    "helo": 'mx.attack.test. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"',
    "key": 's._domainkey.victim.example. 300 IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="',
    "key-elsewhere": 's._domainkey.attack.test. 300 IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="',
    "dmarc-0": '_dmarc.mail.victim.example. 300 IN TXT "v=DMARC1; p=none"',
    "dmarc-1": '_dmarc.victim.example. 300 IN TXT "v=DMARC1; p=reject"',
    "dmarc-2": '_dmarc.example. 300 IN TXT "v=DMARC1; p=none; psd=y"',
    "dmarc-elsewhere": '_dmarc.attack.test. 300 IN TXT "v=DMARC1; p=none"',
    "ptr": '66.113.0.203.in-addr.arpa. 300 IN PTR mx.attack.test.',
    "ptr-a": 'mx.attack.test. 300 IN A 203.0.113.66',
}
USUAL = ("spf", "spf-elsewhere", "helo", "dmarc-1", "dmarc-elsewhere", "ptr", "ptr-a")

SIGNATURE = ("DKIM-Signature: v=1; a=ed25519-sha256; d=%s; s=s; h=from;"
             " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=" + "A" * 86 + "==\n")
GONE = ("NXDOMAIN", "NODATA")

REJECTED = ("dmarc fail", "log dmarc=fail", "action reject", "reply 550 5.7.1", "log action=reject")


def rejected(*words):
    """DMARC fails as if nothing were broken, whatever dns-error says."""
    return {"accept": words + REJECTED + ("reasons dmarc",)}


def unknown(*words):
    """The same where nothing at all passes: dns-error applies, but to refuse is severer."""
    return {"accept": words + REJECTED + ("reasons dmarc",),
            "tempfail": words + REJECTED + ("reasons dmarc dns-error",)}


def trouble(*words):
    """The answer could have let the message pass: dns-error decides."""
    both = words + ("dmarc temperror", "log dmarc=temperror", "log dmarc_why=")
    return {"accept": both + ("action accept", "reply none", "log action=accept"),
            "tempfail": both + ("action tempfail", "reply 451 4.4.3", "log reply=451/4.4.3",
                                "log action=tempfail", "reasons dns-error")}


def accepted(*words):
    return {"accept": words + ("action accept", "reply none", "log action=accept")}


# (name, what is broken, kinds of failure, envelope and message, what comes of it)
ROWS = [
    ("SPF-19, SPF-20 SPF of MAIL FROM, the author's own domain (DM-25)", "spf", TEMPORARY,
     {"from": "a@victim.example"},
     trouble("spf temperror", "field spf=temperror", "log spf=temperror", "log spf_why=")),
    ("SPF-5 SPF of MAIL FROM, the author's own domain", "spf", GONE, {"from": "a@victim.example"},
     rejected("spf none", "field spf=none", "log spf=none")),
    ("SPF-15 SPF of MAIL FROM, the author's own domain", "spf", ("BUDGET",),
     {"from": "a@victim.example"},
     rejected("spf permerror", "field spf=permerror", "log spf=permerror", "log spf_why=")),
    ("SPF-20 SPF of MAIL FROM, the attacker's domain (DM-25)", "spf-elsewhere", TEMPORARY, {},
     unknown("spf temperror", "field spf=temperror", "log spf=temperror", "log spf_why=")),
    ("SPF-5 SPF of MAIL FROM, the attacker's domain", "spf-elsewhere", GONE, {},
     rejected("spf none", "log spf=none")),
    ("SPF-15 SPF of MAIL FROM, the attacker's domain", "spf-elsewhere", ("BUDGET",), {},
     rejected("spf permerror", "log spf=permerror")),
    ("SPF-22 an include of SPF", "spf-include", TEMPORARY, {"include": True},
     unknown("spf temperror", "log spf=temperror")),
    ("SPF-22 an include of SPF", "spf-include", GONE, {"include": True},
     rejected("spf permerror", "log spf=permerror")),
    ("SPF-1 SPF of HELO", "helo", TEMPORARY, {},
     rejected("spf pass", "spf_helo temperror", "field smtp.helo=mx.attack.test",
              "log spf_helo=temperror")),
    ("SPF-1 SPF of HELO", "helo", GONE, {}, rejected("spf_helo none", "log spf_helo=none")),
    ("SPF-1 SPF of HELO", "helo", ("BUDGET",), {},
     rejected("spf_helo permerror", "log spf_helo=permerror")),
    ("SPF-2 SPF of the null sender, HELO in its place", "helo", TEMPORARY, {"from": "<>"},
     unknown("spf temperror", "log spf=temperror")),
    ("DKV-21 a key of the author's domain (DM-25)", "key", TEMPORARY, {"sign": "victim.example"},
     trouble("dkim temperror", "field dkim=temperror", "log dkim=temperror:victim.example/s",
             "log dkim_why=")),
    ("DKV-21 a key of the author's domain", "key", GONE, {"sign": "victim.example"},
     rejected("dkim permerror", "log dkim=permerror:victim.example/s", "log dkim_why=\"no key\"")),
    ("DKV-21 a key of the attacker's domain (DM-25)", "key-elsewhere", TEMPORARY,
     {"sign": "attack.test"}, rejected("dkim temperror", "log dkim=temperror:attack.test/s")),
    ("DKV-21 a key of the attacker's domain", "key-elsewhere", GONE, {"sign": "attack.test"},
     rejected("dkim permerror", "log dkim=permerror:attack.test/s")),
    ("DKV-13 nine keys of the attacker's domain", "key-elsewhere", ("BUDGET",),
     {"sign": "attack.test"},
     rejected("dkim " + "temperror " * 8 + "policy", "log dkim=temperror:attack.test/s,")),
    ("DM-17a the DMARC record of the author domain", "dmarc-1", TEMPORARY, {}, trouble()),
    ("DM-17 the DMARC record of the author domain", "dmarc-1", GONE, {},
     accepted("dmarc none", "log dmarc=none", "reasons none")),
    ("DM-17a the level of the author, the policy being above", "dmarc-0", TEMPORARY,
     {"author": "mail.victim.example"}, trouble()),
    ("DM-13 the level of the author, the policy being above", "dmarc-0", GONE,
     {"author": "mail.victim.example"}, rejected()),
    ("DM-17a the level of the policy, the author being below", "dmarc-1", TEMPORARY,
     {"author": "mail.victim.example"}, trouble()),
    ("DM-17a the level above the policy, an author below it", "dmarc-2", TEMPORARY,
     {"author": "mail.victim.example"}, trouble()),
    ("DM-13 the level above the author's own policy", "dmarc-2", TEMPORARY, {}, rejected()),
    ("DM-13 the level above the author's own policy", "dmarc-2", GONE, {}, rejected()),
    ("DM-10 more levels than are asked", "dmarc-0", ("BUDGET",),
     {"author": "a.b.c.d.e.f.g.h.i.j.victim.example"}, rejected()),
    ("DM-19 the walk of an identity elsewhere", "dmarc-elsewhere", TEMPORARY, {},
     rejected("spf pass")),
    ("AR-14 iprev, the client's name", "ptr", TEMPORARY, {},
     rejected("iprev temperror", "field iprev=temperror", "log iprev=temperror")),
    ("AR-14 iprev, the client's name", "ptr", GONE, {},
     rejected("iprev permerror", "field iprev=permerror", "log iprev=permerror")),
    ("AR-14 iprev, the way back", "ptr-a", TEMPORARY, {},
     rejected("iprev temperror", "log iprev=temperror")),
    ("AR-14 iprev, the way back", "ptr-a", GONE, {}, rejected("iprev fail", "log iprev=fail")),
    ("AR-14 iprev, a client with eleven names", "ptr", ("BUDGET",), {},
     rejected("iprev fail", "log iprev=fail")),
]

CASE = """{name}

== zone
{zone}
== conf
AuthservID mx.example.jp
KeyTable file:@DIR@/keytable

== keytable
* *:-:- dmarc=reject dns-error={dns_error}

== envelope
client 203.0.113.66
name mx.attack.test
helo mx.attack.test
from {sender}
rcpt u@example.jp
queue 4cXy1

== message
{signatures}From: Boss <boss@{author}>
To: u@example.jp
Subject: hello
Date: Thu, 01 Jan 2026 00:00:00 +0000
Message-ID: <1@victim.example>

Hello.

== expect
{expect}
"""


def broken(record, kind):
    """The record's lines when it fails so."""
    name, _, _, type_, _ = record.split(" ", 4)
    bare = name.rstrip(".")
    if kind == "NXDOMAIN":
        return ""
    if kind == "NODATA":
        return f";@EMPTY {bare}\n"
    if kind == "BUDGET" and type_ == "PTR":
        return "".join(f"{name} 300 IN PTR n{i:02}.attack.test.\n" for i in range(11)) + (
            "n10.attack.test. 300 IN A 203.0.113.66\n")
    if kind == "BUDGET" and "v=spf1" in record:
        return f'{name} 300 IN TXT "{TOO_MUCH}"\n'.replace('include:i5', '" "include:i5') + MANY
    if kind == "BUDGET":
        return f";@FAIL {bare} TXT TIMEOUT\n"
    return f";@FAIL {bare} {type_} {kind}\n"


def zone(what, kind, setting):
    used = set(USUAL) | {what}
    lines = "".join(broken(record, kind) if name == what else record + "\n"
                    for name, record in RECORDS.items() if name in used)
    if setting.get("include"):
        lines = lines.replace("v=spf1 ip4:203.0.113.66 -all",
                              "v=spf1 include:_spf.attack.test -all", 1)
    return lines + ";@EMPTY mail.victim.example\n"


def case(row, kind, dns_error):
    """(title, text)"""
    name, what, _, setting, expect = row
    times = 9 if kind == "BUDGET" and "sign" in setting else 1
    words = expect.get(dns_error) or expect["accept"]
    return f"{name}, {kind}, dns-error={dns_error}", CASE.format(
        name=name, zone=zone(what, kind, setting), dns_error=dns_error,
        sender=setting.get("from", "a@attack.test"),
        author=setting.get("author", "victim.example"),
        signatures=(SIGNATURE % setting["sign"]) * times if "sign" in setting else "",
        expect="\n".join(words))


def main():
    out = tap.Tap()
    caserun.play(out, [case(row, kind, dns_error) for row in ROWS for kind in row[2]
                       for dns_error in ("accept", "tempfail")])
    out.done()


main()
