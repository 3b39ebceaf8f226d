#!/usr/bin/python3
"""What a message waits for DNS: round trips are counted at the server, one for all questions
that nobody could have asked later for want of an earlier answer."""
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
# The number of round trips does not depend on it; a long one tells them apart on a busy host.
DELAY = 400
CLIENT = "203.0.113.9"
INCLUDES = ["_spf%d.esp.example" % i for i in range(8)]
SIGNERS = ["news.sender.example", "sender.example", "m.sender.example", "esp.example",
           "list.example"]
ZONE = [f'news.sender.example TXT "v=spf1 {" ".join("include:" + i for i in INCLUDES)} -all"',
        '_dmarc.sender.example TXT "v=DMARC1; p=reject"', "mx.esp.example A " + CLIENT,
        'mx.esp.example TXT "v=spf1 include:_helo.esp.example -all"',
        f'_helo.esp.example TXT "v=spf1 ip4:{CLIENT} -all"',
        "9.113.0.203.in-addr.arpa PTR mx.esp.example."]
ZONE += [f'{i} TXT "v=spf1 ip4:198.51.100.{n} ?all"' for n, i in enumerate(INCLUDES[:-1])]
ZONE += [f'{INCLUDES[-1]} TXT "v=spf1 ip4:{CLIENT} ?all"']
TEXT = ("From: Jiro <jiro@news.sender.example>\r\nTo: a@example.jp\r\nSubject: waiting\r\n"
        "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
        "Message-ID: <1@news.sender.example>\r\n\r\nHello\r\n")


def sign(home, text, domain):
    """The message with one more signature; its key's record."""
    key = Key(home, domain, "s1", "ed25519")
    got = subprocess.run([os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori"),
                          "sign", "--key", key.file, "--domain", domain, "--selector", "s1"],
                         input=text.encode(), capture_output=True, check=True)
    return got.stdout.decode(), key.zone()


class Dns:
    """The slow server; .waves(since): the round trips that began after that moment."""

    def __init__(self, home, zone):
        self.log = os.path.join(home, "questions")
        path = os.path.join(home, "zone")
        with open(path, "w", encoding="ascii") as f:
            f.write(zone)
        self.child = subprocess.Popen(
            [os.path.join(HERE, "..", "lib", "dnsd"), "--delay", str(DELAY), "--log", self.log,
             "--times", "--stdin", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.place = "127.0.0.1:" + self.child.stdout.readline().split()[1]

    def questions(self, since=0.0):
        with open(self.log, encoding="ascii") as f:
            rows = [line.split(None, 1) for line in f]
        return [(float(when), what.strip()) for when, what in rows if float(when) >= since]

    def waves(self, since=0.0):
        """Lists of questions: each list could be asked before the first answer to it came."""
        waves, end = [], 0.0
        for when, what in self.questions(since):
            if not waves or when >= end:
                waves.append([])
                end = when + DELAY
            waves[-1].append(what)
        return waves

    def stop(self):
        self.child.stdin.close()
        self.child.wait()


def fields_of(text):
    head, _, body = text.partition("\r\n\r\n")
    lines = head.replace("\r\n ", "\n ").replace("\r\n\t", "\n\t").split("\r\n")
    rows = [line.split(":", 1) for line in lines]
    return milterclient.Message([(name, value.encode()) for name, value in rows], body.encode())


def run(name, transfer_ms, check):
    """One message through a daemon that has asked nothing yet."""
    d = daemon.Daemon()
    zone, text = "".join("%s 300 IN %s\n" % tuple(r.split(" ", 1)) for r in ZONE), TEXT
    for domain in SIGNERS:
        text, record = sign(d.home, text, domain)
        zone += record
    dns = Dns(d.home, zone)
    d.write(Nameservers=dns.place)
    message = fields_of(text)
    with d:
        with d.mta(CLIENT, "mx.esp.example") as mta:
            mta.envelope("bounce@news.sender.example", ["a@example.jp"])
            for field, value in message.fields:
                mta.header(field, value)
            mta.eoh()
            time.sleep(transfer_ms / 1000)
            mta.body(message.body)
            ended = time.monotonic() * 1000
            reply, edits = mta.eom()
        field = edits[-1][3].decode()
        out.equal(reply.name, "continue", f"{name}: accepted")
        out.equal(field.count("dkim=pass"), 5, f"{name}: five signatures pass")
        out.ok("spf=pass smtp.mailfrom=news.sender.example" in field and "dmarc=pass" in field,
               f"{name}: SPF by the eighth include, and DMARC")
        out.ok("iprev=pass" in field, f"{name}: iprev")
        asked = [what for _, what in dns.questions()]
        out.ok(len(asked) == len(set(asked)), f"{name}: no question is asked twice")
        check(name, dns, ended)
    dns.stop()


def check_fast(name, dns, _ended):
    waves = dns.waves()
    if not out.ok(len(waves) <= 3, f"{name}: at most three round trips: {len(waves)}"):
        out.note(waves)


def check_slow(name, dns, ended):
    after = dns.waves(ended)
    if not out.ok(len(after) <= 1, f"{name}: at most one after end of message: {len(after)}"):
        out.note(after)
    out.ok(len(dns.waves()) <= 3, f"{name}: three altogether")


def test_fast():
    run("sent at once", 0, check_fast)


def test_slow():
    run("a long transfer", 4 * DELAY, check_slow)


out.run(test_fast, test_slow)
out.done()
