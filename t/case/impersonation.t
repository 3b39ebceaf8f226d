#!/usr/bin/python3
"""impersonation=reject and From fields that others read otherwise than we do: those that show
an address of the domain to somebody are refused, readable mail of others is not."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import caserun  # noqa: E402
import guises  # noqa: E402
import tap  # noqa: E402

CASE = """{name}

== zone
attacker.example. 300 IN TXT "v=spf1 ip4:203.0.113.66 -all"
victim.example. 300 IN TXT "v=spf1 -all"

== conf
AuthservID mx.example.jp
KeyTable file:@DIR@/keytable
{conf}

== keytable
im {domain}:-:- impersonation=reject

== envelope
client 203.0.113.66
helo mx.attacker.example
rcpt u@example.jp
mta mx.example.jp
from {sender}
{envelope}

== message
{field}To: u@example.jp
Subject: hello

Hello.

== expect
{expect}
"""
REFUSED = "action reject\nreasons impersonation"
ACCEPTED = "action accept"
POSTFIX = "version Postfix 3.7.11"


def escaped(field):
    return "".join(chr(c) if 32 <= c < 127 and c != 92 else f"\\x{c:02x}" for c in field)


def case(field, expect, domain="victim.example", **more):
    name = escaped(field)[:60] if field is not None else "no From"
    values = {"conf": "", "envelope": "", "sender": "x@attacker.example"} | more
    line = f"From: {escaped(field)}\n" if field is not None else ""
    return (f"{domain} {name} {more.get('envelope', '')}".replace("\\", ""),
            CASE.format(name=name, field=line, expect=expect, domain=domain, **values))


def main():
    out = tap.Tap()
    cases = [case(field, REFUSED) for field in guises.SHOW]
    cases += [case(field, ACCEPTED) for field in guises.FOREIGN]
    cases += [case(field, REFUSED, "mx.example.jp") for field in guises.SHORT]
    cases += [case(field, REFUSED, "mx.example.jp") for field in guises.SENDMAIL]
    # Postfix completes nothing that comes from outside but what has no domain at all.
    cases += [case(field, REFUSED, "mx.example.jp", envelope=POSTFIX) for field in guises.SHORT]
    cases += [case(field, ACCEPTED, "mx.example.jp", envelope=POSTFIX)
              for field in guises.SENDMAIL]
    cases += [case(field, ACCEPTED) for field in guises.SHORT[:-1]]
    # Names that are configured: MASQUERADE_AS of Sendmail, remote_header_rewrite_domain.
    masquerade = "AppendedDomains example.org, Example.NET"
    cases += [case(b"CEO <ceo>", REFUSED, domain, conf=masquerade, envelope=POSTFIX)
              for domain in ("example.org", "example.net", "mx.example.jp")]
    cases.append(case(b"CEO <ceo@localhost>", REFUSED, "example.org", conf=masquerade))
    cases.append(case(b"CEO <ceo>", ACCEPTED, "example.com", conf=masquerade))
    # The first writes that name in the place of its own, too.
    for field in (b"CEO <ceo@mx.example.jp>", b"ceo@mx", b"Foo [Bar] <ceo@mx.example.jp>"):
        cases.append(case(field, REFUSED, "example.org", conf=masquerade))
        cases.append(case(field, ACCEPTED, "example.org", conf=masquerade, envelope=POSTFIX))
    cases.append(case(None, REFUSED, "example.org", conf=masquerade, sender="ceo@mx.example.jp"))
    # A colon in a literal ends nothing.
    cases.append(case(b"x@[IPv6:2001:db8::1]", ACCEPTED, "mx.example.jp", envelope=POSTFIX))
    # What has no envelope sender is a report, and comes from whom it says.
    for field in (b"MAILER-DAEMON", b"Mail Delivery System <MAILER-DAEMON>", b"<postmaster>"):
        cases.append(case(field, ACCEPTED, "mx.example.jp", sender="<>"))
        cases.append(case(field, REFUSED, "mx.example.jp"))
    # Without an envelope sender, too, somebody else is completed to a person of ours.
    for field in (b"ceo, x@attacker.example", b"CEO <ceo>", b"ceo", b"postmaster <ceo>", b"The CEO",
                  b'"<postmaster>" <ceo>', b"<ceo> (<postmaster>)", b"ceo (postmaster)"):
        cases.append(case(field, REFUSED, "mx.example.jp", sender="<>"))
    # Sendmail writes the envelope's sender where From is missing.
    for field in (None, b"", b" "):
        cases.append(case(field, REFUSED, sender="ceo@victim.example"))
        cases.append(case(field, ACCEPTED))
        cases.append(case(field, ACCEPTED, "attacker.example"))
        cases.append(case(field, REFUSED, "mx.example.jp", sender="ceo"))
    # A pass of the sender's own domain speaks for no other that his field shows.
    cases.append(case(b"Foo [Bar] <x@attacker.example>", ACCEPTED, "other.example"))
    # A field that nobody can look through may show anybody.
    for field in (b"x@attacker.example (" + b"a" * 70000, b"@a.example " * 5000,
                  b"(@" * 20000 + b")" * 20000):
        cases.append(case(field, REFUSED))
        # Also where the rule stands on a row whose key is gone.
        name, text = cases[-1]
        cases.append((name, text.replace("victim.example:-:-", "victim.example:s:/nowhere")))
    caserun.play(out, cases)
    out.done()


main()
