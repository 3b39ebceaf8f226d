#!/usr/bin/python3
"""Every option that bounds or changes a check, at both sides of its border: one message that
passes everything, and a line of configuration that makes a difference."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import caserun  # noqa: E402
import tap  # noqa: E402

NOW = 1767225600
PASS = ("spf pass", "spf_helo pass", "dkim pass", "dmarc pass", "iprev pass", "action accept",
        "inserts Authentication-Results")
# name, configuration, what is added to the envelope, what is added to the message, expectation
ROWS = [
    ("as it comes", "", "", "", PASS),
    ("MinimumKeyBits 2048", "MinimumKeyBits 2048", "", "", ("dkim pass",)),
    ("MinimumKeyBits 2049", "MinimumKeyBits 2049", "", "", ("dkim policy", "field key too small")),
    ("MaximumKeyBits 2048", "MaximumKeyBits 2048", "", "", ("dkim pass",)),
    ("MaximumKeyBits 2047", "MaximumKeyBits 2047", "", "", ("dkim policy", "field key too large")),
    ("MaximumKeyRecord 256", "MaximumKeyRecord 256", "", "",
     ("dkim permerror", "field the key record is too long")),
    ("MaximumSignedHeaders 5", "MaximumSignedHeaders 5", "", "",
     ("dkim policy", "field h= names too many fields")),
    ("ClockDrift at its border", "ClockDrift 600", f"now {NOW - 600}", "", ("dkim pass",)),
    ("ClockDrift past it", "ClockDrift 599", f"now {NOW - 600}", "",
     ("dkim policy", "field signature is of the future")),
    ("MaximumSignaturesToVerify 1", "MaximumSignaturesToVerify 1", "",
     "DKIM-Signature: v=1; d=author.example; junk\n", ("dkim pass policy",)),
    ("MaximumSignaturesToVerify 2", "MaximumSignaturesToVerify 2", "",
     "DKIM-Signature: v=1; d=author.example; junk\n", ("dkim pass permerror",)),
    ("MaximumHeaders", "MaximumHeaders 500", "", "", ("dkim policy", "dmarc permerror")),
    ("MaximumHeaderFields at its border", "MaximumHeaderFields 100", "", "\\R 93 X: y\n",
     ("dkim pass", "dmarc pass")),
    ("MaximumHeaderFields past it", "MaximumHeaderFields 100", "", "\\R 95 X: y\n",
     ("dkim policy", "dmarc permerror", "action accept", "log header=too-large")),
    ("MaximumSPFTerms 2", "MaximumSPFTerms 2", "from a@terms.example", "", ("spf pass",)),
    ("MaximumSPFTerms 1", "MaximumSPFTerms 1", "from a@terms.example", "", ("spf permerror",)),
    ("MaximumSPFVoidLookups 1", "MaximumSPFVoidLookups 1", "from a@void.example", "",
     ("spf pass",)),
    ("MaximumSPFVoidLookups 0", "MaximumSPFVoidLookups 0", "from a@void.example", "",
     ("spf permerror",)),
    ("MaximumSPFMX 2", "MaximumSPFMX 2", "from a@mx.example", "", ("spf pass",)),
    ("MaximumSPFMX 1", "MaximumSPFMX 1", "from a@mx.example", "", ("spf permerror",)),
    ("MaximumSPFPTR 2", "MaximumSPFPTR 2", "from a@ptr.example", "", ("spf pass",)),
    ("MaximumSPFPTR 1", "MaximumSPFPTR 1", "from a@ptr.example", "", ("spf fail",)),
    ("SPFEngine builtin", "SPFEngine builtin", "from a@terms.example", "", ("spf pass",)),
    ("Iprev no", "Iprev no", "", "", ("iprev null", "nofield iprev")),
    ("ReceivedSPF yes", "ReceivedSPF yes", "", "",
     ("inserts Received-SPF Authentication-Results",)),
    ("AuthservIDWithJobID yes", "AuthservIDWithJobID yes", "", "", ('field "mx.example.jp/4cXy1";',)),
    ("Mode s", "Mode s", "", "", ("spf null", "dkim null", "inserts none")),
    ("PeerList", "PeerList 203.0.113.66", "", "", ("route peer", "inserts none")),
    ("TrustedRelays", "TrustedRelays 203.0.113.66", "", "", ("route trusted", "dkim pass")),
    ("RemoveARFrom", "RemoveARFrom mx2.example.jp", "",
     "Authentication-Results: mx2.example.jp; spf=pass\n", ("removed 1",)),
    ("On-NoSignature", "On-NoSignature quarantine", "", "", ("action accept",)),
]

CASE = """{name}

== zone
author.example. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"
mx.author.example. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"
mx.author.example. 300 IN A 203.0.113.66
_dmarc.author.example. 300 IN TXT "v=DMARC1; p=reject"
66.113.0.203.in-addr.arpa. 300 IN PTR liar.example.
66.113.0.203.in-addr.arpa. 300 IN PTR mx.author.example.
liar.example. 300 IN A 192.0.2.1
terms.example. 300 IN TXT "v=spf1 a:liar.example a:mx.author.example -all"
void.example. 300 IN TXT "v=spf1 a:nothing.example ip4:203.0.113.66 -all"
mx.example. 300 IN TXT "v=spf1 mx -all"
mx.example. 300 IN MX 1 liar.example.
mx.example. 300 IN MX 2 mx.author.example.
ptr.example. 300 IN TXT "v=spf1 ptr:author.example -all"

== conf
AuthservID mx.example.jp
{conf}

== envelope
client 203.0.113.66
name mx.author.example
helo mx.author.example
from a@author.example
rcpt u@example.jp
queue 4cXy1
{envelope}

== sign
author.example test test-rsa.pem

== message
{more}From: A <a@author.example>
To: u@example.jp
Subject: hello
Date: Thu, 01 Jan 2026 00:00:00 +0000
Message-ID: <1@author.example>

Hello.

== expect
{expect}
"""


def main():
    out = tap.Tap()
    caserun.play(out, [(name, CASE.format(name=name, conf=conf, envelope=envelope, more=more,
                                          expect="\n".join(expect)))
                       for name, conf, envelope, more, expect in ROWS])
    out.done()


main()
