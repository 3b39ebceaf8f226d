#!/usr/bin/python3
"""sekimori explain: bounces in every wrapping, forwarded messages, and what is neither."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World, run  # noqa: E402

out = tap.Tap()

# name, text, code, receiver, cause, domain, address
REPLIES = [
    ("a log line of Postfix",
     "Nov 22 10:00:01 mx postfix/smtp[123]: 4cXy1: to=<taro@gmail.com>, relay=gmail-smtp-in.l."
     "google.com[142.250.1.26]:25, delay=1, dsn=5.7.26, status=bounced (host gmail-smtp-in.l."
     "google.com[142.250.1.26] said: 550-5.7.26 This mail has been blocked because the sender is "
     "unauthenticated. 550-5.7.26  SPF [example.jp] with ip: [203.0.113.4] = did not pass "
     "550 5.7.26 - gsmtp (in reply to end of DATA command))",
     "550 5.7.26", "gmail", "unauthenticated", DOMAIN, ADDRESS),
    ("a log line of Sendmail",
     "Nov 22 10:00:01 mx sm-mta[99]: 4AM3: to=<taro@hotmail.com>, relay=mx.outlook.com. "
     "[52.101.1.1], dsn=5.0.0, stat=Service unavailable (550 5.7.515 Access denied, sending domain "
     "example.jp does not meet the required authentication level.)",
     "550 5.7.515", "outlook", "unauthenticated", DOMAIN, None),
    ("folded, pasted with words around",
     "メールが戻ってきました。\n> 550-5.7.26 Unauthenticated email from example.jp is not\n"
     "> 550-5.7.26 accepted\n"
     "> 550-5.7.26 due to domain's DMARC policy. Please contact the administrator of\n"
     "> 550 5.7.26 example.jp domain - gsmtp\nどうすればよいですか。",
     "550 5.7.26", "gmail", "dmarc-policy", DOMAIN, None),
    ("Yahoo", "554 5.7.9 Message not accepted for policy reasons. See yahoo.com", "554 5.7.9",
     "yahoo",
     "policy", None, None),
    ("iCloud", "550 5.7.1 [CS01] Message rejected due to local policy. icloud.com", "550 5.7.1",
     "icloud", "policy", None, None),
    ("PTR",
     "421-4.7.23 The IP address sending this message does not have a PTR record setup [203.0."
     "113.4]. - gsmtp", "421 4.7.23", "gmail", "ptr", None, ADDRESS),
    ("an unknown code", "host mx.example.net said: 571 5.9.99 The moon is in the wrong phase",
     "571 5.9.99", None, None, None, None),
]

LETTER = (f"From: Jiro <jiro@{DOMAIN}>\nTo: a@b.example\nSubject: x\n"
          f"Date: Sun, 22 Nov 2026 03:00:00 +0000\nMessage-ID: <1@{DOMAIN}>\n\nGood morning.\n")
HOP = (f"Received: from mail.{DOMAIN} (mail.{DOMAIN} [{ADDRESS}]) by mx.forward.example with\n"
       " ESMTPS for <taro@forward.example>; Sun, 22 Nov 2026 03:00:00 +0000\n")
LAST = ("Received: from mx.forward.example (mx.forward.example [192.0.2.77]) by mx.google.com\n"
        " with ESMTPS for <taro@gmail.com>; Sun, 22 Nov 2026 03:00:05 +0000\n")
PASSED = (f"Authentication-Results: mx.google.com; spf=softfail smtp.mailfrom={DOMAIN};\n"
          f" dkim=pass header.d={DOMAIN}\n")

# name, header before the letter, is it forwarding, a part of the signs
WAYS = [
    ("the recipient changed", LAST + HOP, True, "first sent to taro@forward.example"),
    ("SRS", "Return-Path: <SRS0=x=y=example.jp=jiro@forward.example>\n" + LAST, True, "rewritten"),
    ("Gmail's own", "Return-Path: <taro+caf_=b=b.example@gmail.com>\n" + LAST, True, "rewritten"),
    ("X-Forwarded-To", "X-Forwarded-To: b@b.example\n" + LAST, True, "X-Forwarded-To"),
    ("Resent-From", "Resent-From: b@b.example\n" + LAST, True, "Resent-From"),
    ("a list", "List-Id: Friends <friends.lists.example>\n" + LAST, True, "List-Id: Friends"),
    ("hops without recipients, SPF broken, DKIM not",
     PASSED + LAST.replace("for <taro@gmail.com>",
         "id 1") + HOP.replace("for <taro@forward.example>",
                                                                        "id 2"), True, "2 hosts"),
    ("a seal besides",
     "ARC-Seal: i=1; a=rsa-sha256; d=forward.example; s=x; cv=none; b=AAAA\n" + LAST
     + HOP, True, "sealed by forward.example"),
    ("a relay, same recipient",
     PASSED.replace("softfail", "pass") + LAST.replace("taro@gmail.com",
         "taro@forward.example") + HOP,
     False, None),
    ("a seal alone", "ARC-Seal: i=1; a=rsa-sha256; d=google.com; s=x; cv=none; b=AAAA\n" + PASSED
     + LAST, False, None),
    ("sent directly", PASSED + LAST, False, None),
]


DSN = """Return-Path: <>
Received: from mx.forward.example (mx.forward.example [192.0.2.77]) by mail.example.jp with ESMTP
Received-SPF: pass (example.jp: spf=fail dmarc=fail)
From: MAILER-DAEMON@{host}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}
X-Postfix-Sender: rfc822; {sender}

Final-Recipient: rfc822; taro@gmail.com
Action: failed
{status}

--b
Content-Type: message/rfc822

{way}From: visitor@example.org
Subject: my SPF and DKIM fail with 550 5.7.26
Authentication-Results: x; dmarc=fail

550 5.7.26 DMARC failed
--b--
"""
REFUSED = ("Status: 5.7.26\nRemote-MTA: dns; gmail-smtp-in.l.google.com\nDiagnostic-Code: smtp; "
           "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\n"
           "    550-5.7.26  SPF [{domain}] with ip: [203.0.113.4] = did not pass 550 5.7.26 - "
           "gsmtp")
LOCAL = ("Received: by www.example.jp (Postfix, from userid 48) id 2; Sun, 22 Nov 2026 03:00:01 "
"+0000\n"
         "Received: from www.example.jp (localhost [127.0.0.1]) by www.example.jp with ESMTP\n"
         " for <info@shop.example.jp>; Sun, 22 Nov 2026 03:00:00 +0000\n")
ACROSS = ("Received: from www.example.jp (www.example.jp [203.0.113.4]) by in.forward.example "
"with\n"
          " ESMTPS for <taro@forward.example>; Sun, 22 Nov 2026 03:00:00 +0000\n")


def dsn(status, host="www.example.jp", sender="apache@www.example.jp", way=LOCAL,
        words="I'm sorry to have to inform you that it was not delivered."):
    return DSN.format(host=host, sender=sender, way=way, words=words, status=status)


def mail(header, body):
    return ("Received: from a.example by b.example; Sun, 22 Nov 2026 03:00:00 +0000\n" + header
            + "To: jiro@example.jp\nMessage-ID: <9@b.example>\n\n" + body)


# name, text, cause, code, domain
BOUNCES = [
    ("an alias on the sender's own host is no forwarding",
     dsn(REFUSED.format(domain="www.example.jp")), "unauthenticated", "550 5.7.26",
     "www.example.jp"),
    ("nor is one behind a border, of the host's own mail",
     dsn(REFUSED.format(domain="www.example.jp"), way=ACROSS), "unauthenticated", "550 5.7.26",
     "www.example.jp"),
    ("somebody else's mail behind a border was forwarded",
     dsn(REFUSED.format(domain="www.example.jp"), "out.forward.example", way=ACROSS),
     "forwarded", "550 5.7.26", "www.example.jp"),
    ("a reply that is not about authentication is no forwarding",
     dsn("Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user", "out.forward.example",
         way=ACROSS), "user-unknown", "550 5.1.1", "www.example.jp"),
    ("a program that failed is neither",
     dsn("Status: 5.2.0\nDiagnostic-Code: x-unix; procmail: Lock failure", "out.forward.example",
         way=ACROSS), None, "5.2.0", "www.example.jp"),
    ("no code: the first text part, not the header",
     mail("From: MAILER-DAEMON@y.example\nReceived-SPF: none (spf fail)\nReturn-Path: <>\n",
          "Sorry.\n\n<u@x.example>:\nNo mx record found for domain=x.example\n"),
     "domain-unknown", None, None),
    ("a group that may not exist, by a host that says spf=pass",
     mail("From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nReturn-Path: <>\n"
          "Authentication-Results: x; dmarc=pass\nSubject: Delivery Status Notification (Failure)"
          "\n", "The group you tried to contact (x) may not exist, or you may not have permission "
          "to post messages to the group.\n"), "recipient-policy", None, None),
    ("ezweb, no multipart/report",
     mail("Return-Path: <MAILER-DAEMON>\nFrom: Postmaster@ezweb.ne.jp\nSubject: Mail System Error "
          "- Returned Mail\n", "Each was rejected.\n\n    Recipient: <x@ezweb.ne.jp>\n    >>> RCPT "
          "TO:<x@ezweb.ne.jp>\n    <<< 550 <x@ezweb.ne.jp>: User unknown\n"), "user-filtered",
     "550", None),
    ("m-FILTER", mail("From: POSTMASTER <postmaster@x.example>\nSubject: failure notice\n",
                      "-------server message\n550 5.1.1 unknown user <k@x.example>\n\n-------SMTP "
                      "command\nDATA\n\n-------original message\nReceived: x\nSubject: SPF\n"),
     "user-unknown", "550 5.1.1", None),
    ("a message that came to the reporter for somebody else, by another host's words",
     dsn(REFUSED.format(domain="example.net"), "out.third.example", "a@example.net", ACROSS),
     "unauthenticated", "550 5.7.26", "example.net"),
    ("by Auto-Submitted alone",
     mail("From: robot@x.example\nAuto-Submitted: auto-replied\n",
          "It came back:\n550 5.2.2 mailbox full\n"), "mailbox-full", "550 5.2.2", None),
    ("Sendmail: the first line alone in the field, the rest in the transcript",
     "<u@gmail.com>\n    (reason: 550-5.7.26 Unauthenticated email from example.jp is not accepted "
     "due to domain's)\n\n   ----- Transcript of session follows -----\n... while talking to "
     "gmail-smtp-in.l.google.com.:\n>>> DATA\n<<< 550-5.7.26 Unauthenticated email from example.jp "
     "is not accepted due to domain's\n<<< 550-5.7.26 DMARC policy. Please contact the "
     "administrator\n<<< 550 5.7.26 of example.jp - gsmtp\n554 5.0.0 Service unavailable\n\n"
     "Final-Recipient: RFC822; u@gmail.com\nStatus: 5.7.26\nDiagnostic-Code: SMTP; 550-5.7.26 "
     "Unauthenticated email from example.jp is not accepted due to domain's\n",
     "dmarc-policy", "550 5.7.26", "example.jp"),
    ("Outlook says which of the three failed",
     "550 5.7.515 Access denied, sending domain example.jp doesn't meet the required "
     "authentication "
     "level. Spf= Fail , Dkim= Pass , DMARC= Pass", "spf-required", "550 5.7.515", "example.jp"),
    ("the sender's null MX", "550 5.7.27 <a@example.jp>: Sender address rejected: Domain "
    "example.jp "
     "does not accept mail (nullMX)", "sender-domain", "550 5.7.27", "example.jp"),
]
# Texts that hold no reply: neither a cause nor anything to do.
TALK = ["I set up DMARC yesterday", "SPF: SOFTFAIL", "SPF and DKIM fail, what can I do?",
        "dmarc=fail (p=reject)", "Gmail says that my mail is spam", "We moved 550 boxes of mail"]


def explain(world, text, *args):
    got = run("explain", "--zone", world.zone(), "--config", world.config, "--json", *args,
        stdin=text)
    return got.returncode, json.loads(got.stdout)


def test_replies(world):
    for name, text, code, receiver, cause, domain, address in REPLIES:
        status, got = explain(world, text)
        out.equal((status, got["code"], got["receiver"], got["cause"], got["domain"], got["ip"]),
                  (0, code, receiver, cause, domain, address), f"{name}: understood")
        out.equal((bool(got["meaning"]), bool(got["remedies"])), (True, cause is not None),
                  f"{name}: explained; of what is unknown nothing is asked")
        out.ok(not any("%d" in r or "%i" in r for r in got["remedies"]), f"{name}: filled in")
        out.equal(got["forwarding"], None, f"{name}: no forwarding")


def test_bounces(world):
    """Whole bounces: the reply alone decides, and who reports it."""
    for name, text, cause, code, domain in BOUNCES:
        status, got = explain(world, text)
        out.equal((status, got.get("cause"), got.get("code"), got.get("domain")),
                  (0, cause, code, domain), name)
    _, got = explain(world, BOUNCES[12][1])
    out.contains(got["meaning"], "SPF=fail, DKIM=pass, DMARC=pass", "what the reply says is said")
    _, got = explain(world, BOUNCES[4][1])
    out.contains(got["meaning"], "It is final", "an unknown reply: its class")
    out.contains(got["meaning"], "5.2.0 stands for: something is wrong with the recipient's "
    "mailbox",
                 "and what its code stands for")
    out.equal((got["remedies"], got["checks"]), ([], []), "and nothing is asked for")
    for text in TALK:
        status, got = explain(world, text)
        out.ok(status == 65 and "error" in got, f"no reply, no cause: {text}")
    away = mail("From: Taro <taro@x.example>\nAuto-Submitted: auto-replied\n", "I am out of "
                "office. Your mail about SPF fail will be read on Monday; my mailbox is full.\n")
    out.equal(explain(world, away)[0], 65, "nor is a note of absence")
    abuse = mail("From: abuse@x.example\nContent-Type: multipart/report; report-type="
                 "feedback-report; boundary=b\nSubject: complaint\n", "--b\n\n550 5.1.1 no such "
                 "user wrote this\n--b--\n")
    out.equal(explain(world, abuse)[0], 65, "a report of abuse is no bounce")


def test_microsoft(world):
    """Results without an identifier are told to people."""
    text = mail("From: jiro@example.jp\nAuthentication-Results: spf=fail (sender IP is "
    "203.0.113.4)\n"
                " smtp.mailfrom=example.jp; dkim=none (message not signed) "
                "header.d=none;dmarc=fail\n"
                " action=quarantine header.from=example.jp;compauth=fail reason=000\n", "Hello\n")
    _, got = explain(world, text)
    out.contains(got["meaning"], "spf=fail (example.jp), dkim=none, dmarc=fail (example.jp)",
                 "Microsoft's results are read")


def test_checks(world):
    world.set("4.113.0.203.in-addr.arpa", "PTR", [])
    _, got = explain(world, REPLIES[0][1])
    out.equal(got["checks"], [], "what is right now gives no checks")
    _, got = explain(world, f"421-4.7.23 No PTR record, [{ADDRESS}]. from=<jiro@{DOMAIN}> - gsmtp")
    out.equal([c["id"] for c in got["checks"]], ["host.ptr"], "a reply about PTR: PTR is checked")
    world.set(DOMAIN, "TXT", ["v=spf1 -all"])
    world.set("_dmarc." + DOMAIN, "TXT", [])
    _, got = explain(world, REPLIES[0][1])
    out.equal([c["id"] for c in got["checks"]], ["spf.covers"], "about SPF: not DMARC")
    out.equal(got["checks"][0]["record"]["value"], f"v=spf1 ip4:{ADDRESS} -all", "with the record")
    _, got = explain(world, REPLIES[0][1], "--ip", "192.0.2.5")
    out.equal(got["checks"][0]["record"]["value"], "v=spf1 ip4:192.0.2.5 -all",
              "--ip says more than the bounce")
    _, got = explain(world,
        f"421 4.7.31 Your domain has no DMARC record. from=<a@{DOMAIN}> - gsmtp")
    out.ok("dmarc.found" in [c["id"] for c in got["checks"]], "about DMARC: DMARC is checked")
    world.reset()


def test_private(world):
    """The address of a host on the way is not one to put into a record."""
    reply = ("from=<a@example.jp> said: 550 5.7.26 SPF [example.jp] with ip: [192.168.0.5] did not"
             " pass - gsmtp")
    out.equal(explain(world, reply)[1]["ip"], None, "a private address is not what receivers saw")
    got = explain(world, reply + " client-ip=203.0.113.4")[1]
    out.equal(got["ip"], ADDRESS, "a public one is")
    got = run("explain", "--zone", world.zone(), "--ip", "192.168.0.5", stdin=reply)
    out.ok(got.returncode == 64 and "no receiver ever sees" in got.stderr, "--ip: is refused")


def test_others(world):
    """One bounce, several recipients: each host's answer is explained, none twice."""
    text = ("<a@gmail.com>: host gmail-smtp-in.l.google.com[142.250.4.27] said: 550-5.1.1\n"
            "    no such account 550 5.1.1 - gsmtp (in reply to RCPT TO command)\n"
            "<x@gmail.com>: host gmail-smtp-in.l.google.com[142.250.4.27] said: 550-5.1.1\n"
            "    no such account 550 5.1.1 - gsmtp (in reply to RCPT TO command)\n"
            "<b@outlook.com>: host outlook-com.olc.protection.outlook.com[52.101.1.1] said: 550\n"
            "    5.7.1 messages from [203.0.113.4] weren't sent. part of their network is on our\n"
            "    block list (S3140). (in reply to MAIL FROM command)\n"
            "<c@yahoo.com>: host mta7.am0.yahoodns.net[67.195.204.1] said: 554 5.7.9 Message not\n"
            "    accepted for policy reasons. (in reply to end of DATA command)\n")
    _, got = explain(world, text)
    out.equal(got["cause"], "user-unknown", "several recipients: the first reply")
    out.equal([(o["receiver"], o["code"], o["cause"]) for o in got["others"]],
              [("outlook", "550 5.7.1", "blocklist"), ("yahoo", "554 5.7.9", "policy")],
              "and each other one once")
    said = run("explain", "--zone", world.zone(), "--config", world.config, stdin=text).stdout
    out.equal(said.count("What it means"), 3, "each is explained")
    out.equal(explain(world, REPLIES[0][1])[1]["others"], [], "one reply: no others")


def test_unknown(world):
    text = run("explain", "--zone", world.zone(), "--config", world.config, stdin=REPLIES[-1][1])
    for part in ("571 5.9.99 The moon is in the wrong phase", "not in the catalogue"):
        out.contains(" ".join(text.stdout.split()), part, f"an unknown code: '{part}'")
    out.equal(text.returncode, 0, "an unknown code is explained as that")
    for name, nothing in (("nothing", ""), ("a sentence", "Good morning, Taro."), ("bytes",
        "\x00\x01"),
                          ("a letter", LETTER), ("a number", "He ran 42 miles.")):
        status, got = explain(world, nothing)
        out.ok(status == 65 and "error" in got, f"{name}: nothing is understood")
    out.equal(run("explain", "/nonexistent").returncode, 66, "a file that is not there")
    out.equal(run("explain", "a", "b").returncode, 64, "two files")


def test_ways(world):
    signed = run("sign", "--config", world.config, "--zone", world.zone(), stdin=LETTER).stdout
    for name, header, is_forwarding, sign in WAYS:
        status, got = explain(world, header + signed)
        if not is_forwarding:
            out.equal(got.get("forwarding"), None, f"{name}: no forwarding")
            continue
        out.equal((status, got["cause"]), (0, "forwarded"), f"{name}: forwarding")
        out.contains(" ".join(got["forwarding"]["signs"]), sign,
            f"{name}: and by what it is known")
        out.equal(got["forwarding"]["survives"], DOMAIN, f"{name}: the signature survives")
    status, got = explain(world, LAST + HOP + signed.replace("Good morning", "Good evening"))
    out.equal((got["cause"], got["forwarding"]["survives"]), ("forwarded", None),
              "changed on the way: no signature survives")
    out.contains(got["meaning"], "none that holds", "and it says so")
    status, got = explain(world, LAST + HOP + LETTER)
    out.contains(" ".join(got["remedies"]), "sekimori keygen example.jp", "without one: sign")
    status, got = explain(world, PASSED + LAST + signed)
    out.contains(got["meaning"], "spf=softfail (example.jp), dkim=pass (example.jp)",
                 "delivered, not forwarded: the results")
    quoted = LAST + signed.replace("Good morning.", REPLIES[0][1].replace(", ", ",\n"))
    _, got = explain(world, quoted)
    out.equal(got["cause"], "unauthenticated", "a letter that quotes a bounce is about the bounce")


def test_text(world):
    world.set(DOMAIN, "TXT", ["v=spf1 -all"])
    got = run("explain", "--zone", world.zone(), "--config", world.config, stdin=REPLIES[0][1])
    places = [got.stdout.find(heading) for heading in
              ("What the receiver said", "What it means", "What to do", "What the DNS says")]
    out.ok(-1 not in places and places == sorted(places), "said, meaning, remedies, DNS: in order")
    out.ok(all(len(line) <= 80 for line in got.stdout.splitlines()), "80 columns")
    out.contains(got.stdout, f"value    v=spf1 ip4:{ADDRESS} -all", "the record to paste")
    world.reset()


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        tests = (test_replies, test_bounces, test_microsoft, test_checks, test_private,
                 test_others, test_unknown, test_ways, test_text)
        out.run(*[lambda f=f: f(world) for f in tests])
    out.done()


main()
