#!/usr/bin/python3
"""Five stories of the field: what is refused, what the tool proposes, and that the proposal,
pasted, is all that was missing."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World, run  # noqa: E402

out = tap.Tap()
KEY = "s1._domainkey." + DOMAIN
RELAY = "198.51.100.9"

LETTER = f"""From: Jiro <jiro@{DOMAIN}>
To: Taro <taro@forward.example>
Subject: a letter
Date: Sun, 22 Nov 2026 03:00:00 +0000
Message-ID: <1@{DOMAIN}>

Good morning.
"""


def proposal(checks, name):
    """The record of the first finding of this name that has one."""
    return [f["record"] for f in checks[name] if f["record"]][0]


def test_no_spf(world):
    """1. The domain was set up without an SPF record."""
    world.reset()
    world.set(DOMAIN, "TXT", [])
    code, checks = world.check("--ip", ADDRESS)
    out.equal((code, checks["spf.found"][0]["status"]), (2, "failure"), "no SPF: check fails")
    said = run("explain", "--zone", world.zone(), "--config", world.config, "--json", stdin=(
        "host gmail-smtp-in.l.google.com said: 550-5.7.26 This mail has been blocked because the "
        f"sender is unauthenticated. 550-5.7.26 SPF [{DOMAIN}] with ip: [{ADDRESS}] = did not pass "
        "550 5.7.26 - gsmtp (in reply to end of DATA command)"))
    answer = json.loads(said.stdout)
    out.equal((answer["code"], answer["receiver"], answer["cause"], answer["domain"],
        answer["ip"]),
              ("550 5.7.26", "gmail", "unauthenticated", DOMAIN, ADDRESS),
              "no SPF: explain understands the bounce")
    record = proposal(checks, "spf.found")
    out.equal([c["record"] for c in answer["checks"] if c["id"] == "spf.found"], [record],
              "no SPF: and shows the same record")
    world.paste(record)
    code, _ = world.check("--ip", ADDRESS)
    out.equal(code, 0, "no SPF: the record, pasted, is all that was missing")


def test_relay(world):
    """2. The web host sends through a relay; a delivered copy shows it."""
    world.reset()
    world.set("9.100.51.198.in-addr.arpa", "PTR", ["quail.relay.mailchannels.net."])
    world.set("quail.relay.mailchannels.net", "A", [RELAY])
    world.set("relay.mailchannels.net", "TXT", ["v=spf1 ip4:198.51.100.0/24 -all"])
    world.set(DOMAIN, "TXT", ["v=spf1 mx ~all"])
    signed = run("sign", "--config", world.config, "--zone", world.zone(), stdin=LETTER).stdout
    copy = world.file("copy.eml", (
        f"Return-Path: <jiro@{DOMAIN}>\n"
        "Received: by 2002:a05:6000:1 with SMTP id a1; Sun, 22 Nov 2026 03:00:02 +0000\n"
        f"Received: from quail.relay.mailchannels.net (quail.relay.mailchannels.net. [{RELAY}])\n"
        "        by mx.google.com with ESMTPS id b2 for <taro@forward.example>\n"
        "        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384);\n"
        "        Sun, 22 Nov 2026 03:00:01 +0000\n"
        f"Received: from web.{DOMAIN} (web.{DOMAIN} [203.0.113.80]) by relay.mailchannels.net\n"
        "        with ESMTPA for <taro@forward.example>; Sun, 22 Nov 2026 03:00:00 +0000\n")
        + signed)
    code, checks = world.check("--message", copy)
    covers = checks["spf.covers"][0]
    out.equal(code, 2, "relay: check fails")
    out.contains(covers["found"], f"SPF of {RELAY} for {DOMAIN} is softfail", "relay: softfail")
    out.contains(covers["remedy"], "add include:relay.mailchannels.net", "relay: it is known")
    record = proposal(checks, "spf.covers")
    out.equal(record["value"], "v=spf1 mx include:relay.mailchannels.net ~all",
              "relay: the complete record")
    world.paste(record)
    code, checks = world.check("--message", copy)
    out.contains(checks["spf.covers"][0]["found"], "by 'include:relay.mailchannels.net'",
                 "relay: now it passes, by the include")
    out.equal(code, 0, "relay: the record, pasted, is all that was missing")


def test_cut_key(world):
    """3. A panel cuts a 2048-bit key at 255 bytes; asked over the network."""
    world.reset()
    world.set(KEY, "TXT", [world.key_record[:255]])

    def check():
        with subprocess.Popen([os.path.join(HERE, "..", "lib", "dnsd"), "--stdin", world.zone()],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            port = server.stdout.readline().split()[1]
            answer = world.check("--ip", ADDRESS, dns=["--nameserver", f"127.0.0.1:{port}"])
            server.stdin.close()
        return answer

    code, checks = check()
    out.equal(code, 2, "cut key: check fails")
    out.contains(checks["dkim.match"][0]["found"], "cut off: the record ends after 255 bytes",
                 "cut key: it says so")
    world.paste(proposal(checks, "dkim.match"))
    code, checks = check()
    out.equal(checks["dkim.match"][0]["status"], "good", "cut key: now it is ours")
    out.equal(code, 0, "cut key: the record, pasted, is all that was missing")


def test_first_record(world):
    """A zone, or a server, that knows nothing but the new key: the domain exists by it."""
    for name, data in ((KEY, world.key_record), ("_dmarc." + DOMAIN, "v=DMARC1; p=none")):
        world.records = {}
        world.set(name, "TXT", [data])
        _, checks = world.check("--selector", "s1")
        out.ok("dns.domain" not in checks, f"{name} alone: its domain exists")
        out.equal(checks["dkim.match"][0]["status"] if name == KEY else "good", "good",
                  f"{name} alone: and it is found")


def test_strict(world):
    """4. DMARC asks for strict alignment, bounces go to a subdomain, DKIM is not published."""
    world.reset()
    world.set(KEY, "TXT", [])
    world.set("_dmarc." + DOMAIN, "TXT",
              [f"v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@{DOMAIN}"])
    world.set("bounce." + DOMAIN, "TXT", [f"v=spf1 ip4:{ADDRESS} -all"])
    args = ("--ip", ADDRESS, "--mail-from", f"b@bounce.{DOMAIN}")
    code, checks = world.check(*args)
    out.equal(checks["spf.covers"][0]["status"], "good", "strict: SPF passes")
    aligned = checks["dmarc.aligned"][0]
    out.equal((code, aligned["status"]), (2, "failure"), "strict: DMARC fails all the same")
    out.contains(" ".join(aligned["details"]), "aspf=s wants the same name", "strict: and why")
    world.paste(proposal(checks, "dmarc.aligned"))
    code, checks = world.check(*args)
    out.contains(checks["dmarc.aligned"][0]["found"], "by DKIM", "strict: now DKIM carries it")
    out.equal(code, 0, "strict: the record, pasted, is all that was missing")
    world.table = world.file("keytable", "")
    code, checks = world.check(*args)
    out.equal(proposal(checks, "dmarc.aligned")["value"],
              f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}", "strict: without a key, relaxed")
    world.paste(proposal(checks, "dmarc.aligned"))
    _, checks = world.check(*args)
    out.equal(checks["dmarc.aligned"][0]["status"], "good", "strict: by which DMARC passes")
    world.file("keytable", f"s1 {DOMAIN}:s1:{world.key_file}\n")


def test_forwarded(world):
    """5. Forwarding breaks SPF, not DKIM."""
    world.reset()
    signed = run("sign", "--config", world.config, "--zone", world.zone(), stdin=LETTER).stdout
    on_the_way = (
        f"Received: from mail.{DOMAIN} (mail.{DOMAIN} [{ADDRESS}])\n"
        "\tby mx.forward.example (Postfix) with ESMTPS id 4cX\n"
        "\tfor <taro@forward.example>; Sun, 22 Nov 2026 03:00:00 +0000\n") + signed
    delivered = (
        f"Return-Path: <jiro@{DOMAIN}>\n"
        "Authentication-Results: mx.google.com; dkim=pass header.i=@example.jp header.s=s1;\n"
        f"\tspf=fail smtp.mailfrom=jiro@{DOMAIN}; dmarc=pass header.from={DOMAIN}\n"
        "Received: from mx.forward.example (mx.forward.example. [192.0.2.77])\n"
        "\tby mx.google.com with ESMTPS id c3 for <taro@gmail.com>;\n"
        "\tSun, 22 Nov 2026 03:00:05 +0000\n") + on_the_way
    args = ("--zone", world.zone(), "--config", world.config)
    got = run("explain", *args, "--json", stdin=delivered)
    answer = json.loads(got.stdout)
    out.equal((got.returncode, answer["cause"]), (0, "forwarded"), "forwarded: explain names it")
    out.equal(answer["forwarding"]["by"], "mx.forward.example", "forwarded: and by whom")
    out.equal(answer["forwarding"]["signatures"],
              [{"domain": DOMAIN, "selector": "s1", "result": "pass"}],
              "forwarded: the DKIM signature survives it")
    out.equal(answer["forwarding"]["survives"], DOMAIN, "forwarded: and is said to")
    out.equal(answer["checks"], [], "forwarded: there is nothing to mend in the DNS")
    text = run("explain", *args, stdin=delivered).stdout
    for part in ("forwarded by mx.forward.example", f"DKIM signature of {DOMAIN} survived",
                 "SPF cannot survive", "The forwarder:", "The sender:"):
        out.contains(" ".join(text.split()), part, f"forwarded: '{part}'")
    bounce = (
        "From: MAILER-DAEMON@mx.forward.example\nTo: jiro@example.jp\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n"
        "I could not deliver your message.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.forward.example\n\nFinal-Recipient: rfc822; taro@gmail.com\n"
        "Status: 5.7.26\nRemote-MTA: dns; gmail-smtp-in.l.google.com\n"
        "Diagnostic-Code: smtp; 550-5.7.26 The MAIL FROM domain [example.jp] has an SPF record\n"
        "    with a hard fail 550-5.7.26 policy (-all) but it fails to pass SPF checks with the\n"
        "    ip:\n"
        "    550-5.7.26 [192.0.2.77]. 550 5.7.26 - gsmtp\n--b\n"
        "Content-Type: message/rfc822\n\n" + on_the_way + "\n--b--\n")
    answer = json.loads(run("explain", *args, "--json", stdin=bounce).stdout)
    out.equal((answer["cause"], answer["code"], answer["receiver"]),
              ("forwarded", "550 5.7.26", "gmail"), "forwarded: the same from the bounce")
    out.contains(" ".join(answer["forwarding"]["signs"]), "first sent to taro@forward.example",
                 "forwarded: by the recipient that changed")
    out.contains(" ".join(answer["remedies"]), "SRS", "forwarded: what the forwarder can do")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        for story in (test_no_spf, test_relay, test_cut_key, test_first_record, test_strict,
                      test_forwarded):
            out.run(lambda story=story: story(world))
    out.done()


main()
