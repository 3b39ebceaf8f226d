#!/usr/bin/python3
"""The On- options of OpenDKIM: which of them decides on which signature that came in, and what
becomes of mail of ours that should be signed and cannot be."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import caserun  # noqa: E402
import tap  # noqa: E402

NOW = 1767225600
HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
TAGS = {"v": "1", "a": "rsa-sha256", "d": "author.example", "s": "good", "h": "from", "bh": HASH,
        "b": "AAAA"}


def signature(**tags):
    tags = {**TAGS, **tags}
    return "; ".join(f"{name}={value}" for name, value in tags.items() if value is not None)


# What is wrong, the field, what is reported, which option acts.
FAULTS = [
    ("none", None, "none", "no-signature"),
    ("it does not verify", signature(), "fail", "bad-signature"),
    ("no list of tags", "v=1 a rsa-sha256", "permerror", "bad-signature"),
    ("b= is missing", signature(b=None), "permerror", "bad-signature"),
    ("d= is missing", signature(d=None), "permerror", "bad-signature"),
    ("h= is missing", signature(h=None), "permerror", "bad-signature"),
    ("another version", signature(v="2"), "permerror", "none"),
    ("an algorithm that nobody knows", signature(a="rsa-sha512"), "neutral", "none"),
    ("rsa-sha1", signature(a="rsa-sha1"), "policy", "bad-signature"),
    ("From is not signed", signature(h="subject"), "permerror", "none"),
    ("i= is outside d=", signature(i="a@other.example"), "permerror", "none"),
    ("expired", signature(t=str(NOW - 9000), x=str(NOW - 8000)), "fail", "none"),
    ("of the future", signature(t=str(NOW + 9000)), "policy", "dkim-policy"),
    ("the key is revoked", signature(s="revoked"), "permerror", "bad-signature"),
    ("the key cannot be read", signature(s="junk"), "permerror", "none"),
    ("the record is none", signature(s="text"), "permerror", "none"),
    ("the key is of another type", signature(s="type"), "permerror", "none"),
    ("the key is for another service", signature(s="service"), "permerror", "none"),
    ("the key is for another hash", signature(s="hash"), "permerror", "none"),
    ("there is no key", signature(s="nothing"), "permerror", "key-not-found"),
    ("the DNS fails", signature(s="fails"), "temperror", "dkim-dns-error"),
]
OPTIONS = ("NoSignature", "BadSignature", "KeyNotFound", "DNSError", "Security", "InternalError")
IN = """{name}

== zone
author.example. 300 IN TXT "v=spf1 -all"
{key}
revoked._domainkey.author.example. 300 IN TXT "v=DKIM1; p="
junk._domainkey.author.example. 300 IN TXT "v=DKIM1; p=AAAA"
text._domainkey.author.example. 300 IN TXT "p"
type._domainkey.author.example. 300 IN TXT "v=DKIM1; k=xyz; p=AAAA"
service._domainkey.author.example. 300 IN TXT "v=DKIM1; s=tlsrpt; p=AAAA"
hash._domainkey.author.example. 300 IN TXT "v=DKIM1; h=sha1; p=AAAA"
;@FAIL fails._domainkey.author.example * SERVFAIL

== conf
AuthservID mx.example.jp
{conf}

== envelope
client 203.0.113.66
helo mx.author.example
from a@author.example
rcpt u@example.jp

== message
{field}From: A <a@author.example>
To: u@example.jp
Date: Thu, 01 Jan 2026 00:00:00 +0000

Hello.

== expect
dkim {dkim}
reasons {reasons}
action {action}
"""

# Who writes, further configuration, what is expected.
OURS = "jiro@example.jp"
OUT = [
    ("two From fields", f"From: {OURS}\nFrom: a@else.example\n", "",
     ("action tempfail", "reply 451 4.6.0", "reasons signature-error", "why 2 From fields")),
    ("refused, where that is wished", f"From: {OURS}\nFrom: a@else.example\n",
     "On-SignatureError reject", ("action reject", "reply 550 5.6.0")),
    ("ours is the second", f"From: a@else.example\nFrom: {OURS}\n", "", ("action tempfail",)),
    ("a From field that cannot be read", f"From: (Jiro <{OURS}>\n", "", ("action tempfail",)),
    ("two authors of two domains", f"From: {OURS}, a@else.example\n", "", ("action tempfail",)),
    ("On-Default reject reaches it", f"From: {OURS}\nFrom: {OURS}\n", "On-Default reject",
     ("action reject",)),
    ("On-Default accept does not", f"From: {OURS}\nFrom: {OURS}\n", "On-Default accept",
     ("action tempfail",)),
    ("nor does On-Default quarantine", f"From: {OURS}\nFrom: {OURS}\n", "On-Default quarantine",
     ("action tempfail",)),
    ("nobody of ours", "From: a@else.example\nFrom: b@else.example\n", "",
     ("action accept", "why 2 From fields")),
    ("no author at all", "Subject: x\n", "", ("action accept",)),
    ("an author without a domain", "From: MAILER-DAEMON (Mail Delivery)\n", "",
     ("action accept",)),
    ("an exempt domain", f"From: {OURS}\nFrom: {OURS}\n", "ExemptDomains example.jp",
     ("action accept",)),
    ("a recipient without signatures", f"From: {OURS}\nFrom: {OURS}\n",
     "DontSignMailTo x@example.net", ("action accept",)),
    ("no row for the author", "From: a@else.example\n", "On-SignatureError reject",
     ("action accept", "why no key for else.example")),
    ("sign=no", "From: a@no.example\nFrom: b@no.example\n", "", ("action accept",)),
    ("a key that is gone", "From: a@gone.example\n", "",
     ("action tempfail", "reply 451 4.7.5", "reasons signature-error")),
    ("a key that is gone, refused", "From: a@gone.example\n", "On-SignatureError reject",
     ("action reject", "reply 550 5.7.5")),
    ("Mode v signs nothing", f"From: {OURS}\nFrom: {OURS}\n", "Mode v", ("action accept",)),
]

SUBMITTED = """{name}

== zone
example.net. 300 IN A 192.0.2.1

== conf
AuthservID mx.example.jp
KeyTable file:@DIR@/keytable
{conf}

== keytable
k example.jp:test:@DIR@/test-rsa.pem
no no.example:test:@DIR@/test-rsa.pem sign=no
gone gone.example:test:@DIR@/%.pem

== envelope
client 203.0.113.5
auth jiro
from jiro@example.jp
rcpt x@example.net

== message
{fields}Date: Thu, 01 Jan 2026 00:00:00 +0000
Message-ID: <1@example.jp>

Hello.

== expect
inserts none
{expect}
"""


def incoming(fault, key):
    name, field, dkim, option = fault
    conf = "\n".join(f"On-{o} reject" for o in OPTIONS)
    return name, IN.format(
        name=name, conf=conf, field=f"DKIM-Signature: {field}\n" if field else "", dkim=dkim,
        reasons=option, action="accept" if option == "none" else "reject", key=key)


def public_key():
    """The record of a key that no signature here was made with."""
    with tempfile.NamedTemporaryFile() as pem:
        subprocess.run(["openssl", "genrsa", "-out", pem.name, "2048"], check=True,
                       capture_output=True)
        got = subprocess.run(["openssl", "rsa", "-in", pem.name, "-pubout"], check=True,
                             capture_output=True, text=True).stdout
    p = "".join(got.splitlines()[1:-1])
    return f'good._domainkey.author.example. 300 IN TXT "v=DKIM1; p={p[:200]}" "{p[200:]}"'


def main():
    out = tap.Tap()
    key = public_key()
    caserun.play(out, [incoming(fault, key) for fault in FAULTS])
    caserun.play(out, [(name, SUBMITTED.format(name=name, fields=fields, conf=conf,
                                               expect="\n".join(expect)))
                       for name, fields, conf, expect in OUT])
    out.done()


main()
