#!/usr/bin/python3
"""Five stories of those whose mail another company sends, from the reply that is pasted to a domain
that is green, in Japanese: shared hosting with the DNS at another company, an address in a qmail
bounce, a relay, a hoster whose include helps, and forwarding by another provider."""
import json
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import DOMAIN, World, run  # noqa: E402

out = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
GMAIL = ("550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n"
         "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n"
         "550-5.7.26  Authentication results:\n550-5.7.26  DKIM = did not pass\n"
         "550-5.7.26  SPF [example.jp] with ip: [{0}] = did not pass\n"
         "550 5.7.26  For instructions on setting up authentication - gsmtp\n")
QMAIL = ("Hi. This is the qmail-send program at mail.example.jp.\n"
         "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
         "<taro@gmail.com>:\n203.0.113.129 failed after I sent the message.\n"
         "Remote host said: ") + GMAIL
SENDMAIL = ("   ----- Transcript of session follows -----\n... while talking to "
            "gmail-smtp-in.l.google.com.:\n>>> DATA\n") + "".join(
                f"<<< {line}\n" for line in GMAIL.splitlines())

# name; records; what is pasted; the address in it; the panel; the SPF record; what is said
STORIES = (
    ("shared hosting, DNS elsewhere",
     {(DOMAIN, "MX"): ["10 www1234.sakura.ne.jp."], (DOMAIN, "TXT"): [],
      ("www1234.sakura.ne.jp", "A"): ["203.0.113.20"],
      ("20.113.0.203.in-addr.arpa", "PTR"): ["www1234.sakura.ne.jp."]},
     SENDMAIL, "203.0.113.20", "onamae", "v=spf1 a:www1234.sakura.ne.jp ~all",
     ("SPF レコードがありません", "（空欄のまま）", "送信と署名を行うのは Sakura Internet です")),
    ("an address in the bounce",
     {(DOMAIN, "MX"): ["10 mail.example.jp."], (DOMAIN, "TXT"): ["v=spf1 mx ~all"],
      ("mail.example.jp", "A"): ["203.0.113.4"], ("smtp.example.jp", "A"): ["203.0.113.7"],
      ("7.113.0.203.in-addr.arpa", "PTR"): ["smtp.example.jp."]},
     QMAIL, "203.0.113.7", "muumuu", "v=spf1 mx ip4:203.0.113.7 ~all",
     ("203.0.113.7 の SPF は softfail です",)),
    ("a relay",
     {(DOMAIN, "MX"): ["10 mail.example.jp."], (DOMAIN, "TXT"): ["v=spf1 mx ~all"],
      ("mail.example.jp", "A"): ["203.0.113.4"],
      ("9.100.51.198.in-addr.arpa", "PTR"): ["quail.relay.mailchannels.net."],
      ("quail.relay.mailchannels.net", "A"): ["198.51.100.9"],
      ("relay.mailchannels.net", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"]},
     GMAIL, "198.51.100.9", "xserver", "v=spf1 mx include:relay.mailchannels.net ~all",
     ("MailChannels",)),
    ("a hoster whose include helps",
     {(DOMAIN, "MX"): ["10 mx01.lolipop.jp."], (DOMAIN, "TXT"): [],
      ("mx01.lolipop.jp", "A"): ["203.0.113.31"], ("mail-gw012.lolipop.jp", "A"): ["203.0.113.30"],
      ("30.113.0.203.in-addr.arpa", "PTR"): ["mail-gw012.lolipop.jp."],
      ("_spf.lolipop.jp", "TXT"): ["v=spf1 ip4:203.0.113.0/24 ~all"]},
     GMAIL, "203.0.113.30", "muumuu", "v=spf1 include:_spf.lolipop.jp ~all",
     ("SPF レコードがありません", "送信と署名を行うのは Lolipop です")),
)
FORWARDED = """Return-Path: <>
From: MAILER-DAEMON@provider.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<taro@gmail.com> (expanded from <taro@provider.example>): host gmail-smtp-in.l.google.com said:
{reply}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; out.provider.example
X-Postfix-Sender: rfc822; jiro@example.jp

Final-Recipient: rfc822; taro@gmail.com
Original-Recipient: rfc822; taro@provider.example
Action: failed
Status: 5.7.26
Diagnostic-Code: smtp; {diagnostic}

--b
Content-Type: message/rfc822

Received: from mail.example.jp (mail.example.jp [203.0.113.4])
\tby in.provider.example (Postfix) with ESMTPS id 1
\tfor <taro@provider.example>; Mon, 30 Nov 2026 18:00:01 +0900 (JST)
{mail}
--b--
"""
MAIL = ("From: jiro@example.jp\nTo: taro@provider.example\nSubject: x\n"
        "Date: Mon, 30 Nov 2026 18:00:00 +0900\nMessage-ID: <1@example.jp>\n\nx\n")


def flat(text):
    """Lines joined again: between two letters of Japanese a break is no blank."""
    return "".join(line.strip() for line in text.splitlines())


def test_hosted(world, story):
    name, records, reply, address, panel, value, said = story
    world.records = {}
    for (owner, kind), data in records.items():
        world.set(owner, kind, data)
    pasted = reply.format(address)
    zone = ("--zone", world.zone(), "--config", world.config)
    text = flat(run("explain", *zone, "--lang", "ja", stdin=pasted).stdout)
    out.contains(text, "も合格していません" if "DKIM" in pasted else "", f"{name}: what it means")
    answer = json.loads(run("explain", *zone, "--json", stdin=pasted).stdout)
    out.equal((answer["cause"], answer["domain"], answer["ip"]),
              ("unauthenticated", DOMAIN, address), f"{name}: explain understands the reply")
    found = [c["record"]["value"] for c in answer["checks"]
             if c["record"] and c["id"].startswith("spf.")]
    out.equal(found[:1], [value], f"{name}: explain shows the record")
    text = flat(world.run("--ip", address, "--panel", panel, "--lang", "ja").stdout)
    for part in said + (value,):
        out.contains(text, flat(part), f"{name}: {part}")
    _, checks = world.check("--ip", address)
    for check in ("spf.found", "spf.covers", "dmarc.found"):
        for finding in checks.get(check, []):
            if finding["record"]:
                world.paste(finding["record"])
    _, checks = world.check("--ip", address)
    out.equal([checks[check][0]["status"] for check in ("spf.covers", "receiver.gmail",
                                                        "receiver.yahoo")],
              ["good"] * 3, f"{name}: the records, pasted, are all that was missing")


def test_forwarded(world):
    """The sender can do one thing, sign; SPF is left alone."""
    bare = world.config
    world.reset()
    world.config = world.directory + "/sekimori.conf"
    args = ("--zone", world.zone(), "--config", world.config)
    reply = GMAIL.format("198.51.100.77")
    signed = run("sign", *args, stdin=MAIL).stdout
    for mail, want in ((MAIL, ("有効な署名が見つかりませんでした",
                               "転送したサーバーを SPF レコードに追加しないでください")),
                       (signed, ("example.jp の DKIM 署名は",))):
        bounce = FORWARDED.format(reply=reply, diagnostic=" ".join(reply.split()), mail=mail)
        text = flat(run("explain", *args, "--lang", "ja", stdin=bounce).stdout)
        for part in ("in.provider.example によって転送されています", "SRS") + want:
            out.contains(text, flat(part), f"forwarded: {part}")
        answer = json.loads(run("explain", *args, "--json", stdin=bounce).stdout)
        out.equal((answer["cause"], [c["id"] for c in answer["checks"] if c["record"]
                                     and c["id"].startswith("spf.")]), ("forwarded", []),
                  "forwarded: no record of SPF is proposed")
        out.equal(answer["forwarding"]["survives"], DOMAIN if mail != MAIL else None,
                  "forwarded: does a signature survive?")
    world.config = bare


def main():
    with tempfile.TemporaryDirectory() as directory:
        place = os.path.join(directory, "locale", "ja", "LC_MESSAGES")
        os.makedirs(place)
        shutil.copy(os.path.join(BUILD, "po", "ja.mo"), os.path.join(place, "sekimori.mo"))
        os.environ["SEKIMORI_LOCALEDIR"] = os.path.join(directory, "locale")
        world = World(directory)
        world.config = world.file("bare.conf", "Socket local:/nowhere\n")
        out.run(*[lambda story=story: test_hosted(world, story) for story in STORIES],
                lambda: test_forwarded(world))
    out.done()


main()
