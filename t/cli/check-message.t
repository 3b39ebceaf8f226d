#!/usr/bin/python3
"""sekimori check --message: what a message shows; and the line while the DNS is slow."""
import os
import pty
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, TOOL, World, run  # noqa: E402

out = tap.Tap()

FIELDS = [f"From: Jiro <jiro@{DOMAIN}>", "To: Taro <taro@gmail.com>", "Subject: news",
          "Date: Sun, 22 Nov 2026 03:00:00 +0000", f"Message-ID: <1@{DOMAIN}>"]
BODY = "Good morning.\n"
HTTPS = "List-Unsubscribe: <https://example.jp/u?1>"
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
RECEIVED = (f"Received: from mail.{DOMAIN} (mail.{DOMAIN} [{ADDRESS}]) by mx.google.com\n"
            " with ESMTPS id b2 for <taro@gmail.com>; Sun, 22 Nov 2026 03:00:01 +0000\n")


def without(name):
    return [f for f in FIELDS if not f.startswith(name + ":")]


# name, fields, body, id, status, a part of what was found
FORMS = [
    ("all is well", FIELDS, BODY, "message.form", "good", "well-formed"),
    ("two Subject", FIELDS + ["subject: again"], BODY, "message.form", "failure",
     "Subject stands there 2 times"),
    ("two From", FIELDS + [f"From: a@{DOMAIN}"], BODY, "message.form", "failure",
     "From stands there 2"),
    ("no Date", without("Date"), BODY, "message.form", "failure", "no Date field"),
    ("no Message-ID", without("Message-ID"), BODY, "message.form", "failure",
     "no Message-ID field"),
    ("no From", without("From"), BODY, "message.form", "failure", "no From field"),
    ("a bad Message-ID", without("Message-ID") + ["Message-ID: 1"], BODY, "message.form",
     "failure",
     "Message-ID is not valid: 1"),
    ("two addresses in From", without("From") + [f"From: a@{DOMAIN}, b@{DOMAIN}"], BODY,
     "message.form", "failure", "more than one address"),
    ("a From that is none", without("From") + ["From: Jiro"], BODY, "message.form", "failure",
     "From cannot be used"),
    ("another domain in From", without("From") + ["From: a@example.com"], BODY, "message.from",
     "warning", "From is of the domain example.com"),
    ("a long line", FIELDS, "x" * 1200 + "\n", "message.form", "failure", "has 1200 bytes"),
    ("a letter", FIELDS, BODY, "message.unsubscribe", "info", "no List-Unsubscribe"),
    ("mailto alone", FIELDS + ["List-Unsubscribe: <mailto:u@example.jp>"], BODY,
     "message.unsubscribe", "warning", "no https"),
    ("without one-click", FIELDS + [HTTPS], BODY, "message.unsubscribe", "warning",
     "without List-Unsubscribe-Post"),
    ("one-click, both signed", FIELDS + [HTTPS, ONE_CLICK], BODY, "message.unsubscribe", "good",
     "both fields signed"),
    ("signed", FIELDS, BODY, "message.dkim", "good",
     "signature of example.jp (selector s1): pass"),
]


def message(world, fields, body, sign=True):
    text = "\n".join(fields) + "\n\n" + body
    if not sign:
        return text
    return run("sign", "--key", world.key_file, "--domain", DOMAIN, "--selector", "s1",
               stdin=text).stdout


def check(world, text, *args):
    return world.check("--message", world.file("message.eml", text), *args)


def test_forms(world):
    for name, fields, body, wanted, status, found in FORMS:
        code, checks = check(world, RECEIVED + message(world, fields, body), "--ip", ADDRESS)
        hit = [f for f in checks.get(wanted, []) if f["status"] == status and found in f["found"]]
        if not out.ok(hit, f"{name}: {wanted} is {status}"):
            out.note(checks.get(wanted))
        want = {"good": 0, "info": 0, "warning": 1, "failure": 2}[status]
        out.ok(code == want or (want == 1 and code == 2), f"{name}: exit status {code}")


def test_signature(world):
    good = message(world, FIELDS, BODY)
    code, checks = check(world, RECEIVED + good.replace("Good morning", "Good evening"), "--ip",
        ADDRESS)
    out.equal((code, checks["message.dkim"][0]["status"]), (2, "failure"), "changed after signing")
    out.contains(checks["message.dkim"][0]["remedy"], "changed after it was signed",
        "and what then")
    code, checks = check(world, RECEIVED + message(world, FIELDS, BODY, False), "--ip", ADDRESS)
    out.contains(checks["message.dkim"][0]["found"], "no DKIM signature", "not signed")
    out.contains(checks["receiver.gmail-bulk"][0]["found"], "DKIM", "which bulk senders must be")
    fields = FIELDS + [HTTPS, ONE_CLICK]
    text = run("sign", "--key", world.key_file, "--domain", DOMAIN, "--selector", "s1",
        "--headers",
               "from:to:subject:date:list-unsubscribe",
                   stdin="\n".join(fields) + "\n\n" + BODY).stdout
    code, checks = check(world, RECEIVED + text, "--ip", ADDRESS)
    out.contains(checks["message.unsubscribe"][0]["found"], "covers List-Unsubscribe",
                 "one-click with one field unsigned")
    out.contains(checks["receiver.gmail-bulk"][0]["found"], "one-click", "which Gmail asks for")


def test_way(world):
    good = message(world, FIELDS, BODY)
    code, checks = check(world, RECEIVED + good)
    out.equal(code, 0, "a delivered copy with nothing wrong")
    out.contains(checks["spf.covers"][0]["found"], f"{ADDRESS} may send",
        "its Received tells whence")
    out.equal(checks["host.tls"][0]["found"], "the message came over TLS", "and that it was TLS")
    out.ok("details" in checks["receiver.gmail"][0] and not checks["receiver.gmail"][0]["details"],
           "nothing is unknown then")
    code, checks = check(world, RECEIVED.replace("ESMTPS", "ESMTP") + good)
    out.equal((code, checks["host.tls"][0]["status"]), (2, "failure"), "not TLS")
    world.write(world.table, "")
    _, checks = check(world, RECEIVED + good)
    out.equal(checks["dkim.match"][0]["status"], "info",
        "without a key table: the message's selector")
    world.write(world.table, f"s1 {DOMAIN}:s1:{world.key_file}\n")
    got = world.run("--message", world.file("empty", ""))
    out.equal(got.returncode, 65, "an empty file is no message")
    _, checks = check(world, "Return-Path: <b@bounce.example.jp>\n" + RECEIVED + good)
    out.contains(checks["spf.found"][0]["found"], "bounce.example.jp has no SPF",
                 "its Return-Path is what SPF is asked for")


def shown_on_terminal(argv, of, **more):
    """What a command writes to the terminal that is its `of` (stdout or stderr), and what it
    writes to its standard output where that is a pipe."""
    master, slave = pty.openpty()
    with subprocess.Popen(argv, **{**more, of: slave}) as tool:
        os.close(slave)
        seen = b""
        try:
            while part := os.read(master, 1000):
                seen += part
        except OSError:
            pass
        text = tool.stdout.read() if tool.stdout else b""
    os.close(master)
    return seen, text


def test_progress(world):
    """On a terminal, a line while the DNS is slow, wiped at the end; else none."""
    with subprocess.Popen([os.path.join(HERE, "..", "lib", "dnsd"), "--stdin", "--delay", "700",
                           world.zone()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as server:
        port = server.stdout.readline().split()[1]
        seen, text = shown_on_terminal(
            [TOOL, "check", DOMAIN, "--nameserver", f"127.0.0.1:{port}", "--ip", ADDRESS,
             "--config", world.config], "stderr", stdout=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8"})
        server.stdin.close()
    out.ok(b"waiting for the DNS (" in seen, "a line says what is waited for")
    out.ok(seen.endswith(b"\r\x1b[K"), "and is wiped")
    out.ok(b"example.jp: failures: 0" in text, "the answers come all the same")


def test_colour(world):
    """On a terminal only, and not where NO_COLOR is set."""
    for name, more, want in (("a terminal", {"TERM": "xterm", "NO_COLOR": ""}, True),
                             ("NO_COLOR", {"TERM": "xterm", "NO_COLOR": "1"}, False),
                             ("a dumb terminal", {"TERM": "dumb", "NO_COLOR": ""}, False)):
        seen, _ = shown_on_terminal(
            [TOOL, "check", DOMAIN, "--zone", world.zone(), "--ip", ADDRESS], "stdout",
            stderr=subprocess.DEVNULL, env={**os.environ, **more})
        out.ok(b"example.jp: failures" in seen and (b"\x1b[32m" in seen) == want,
               f"{name}: colours" if want else f"{name}: no colours")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        out.run(*[lambda f=f: f(world) for f in (test_forms, test_signature, test_way,
                                                 test_progress, test_colour)])
    out.done()


main()
