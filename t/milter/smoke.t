#!/usr/bin/python3
"""The daemon in a few seconds: it starts, signs, checks, reloads, drains and stops."""
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
MESSAGE = milterclient.Message([("From", b" Jiro <jiro@example.jp>"), ("To", b" a@example.net"),
                                ("Subject", b" smoke")], b"Hello\r\n")


def names(got):
    return [name for name, _ in got.fields]


def test_life():
    d = daemon.Daemon({"Nameservers": f"127.0.0.1:{free_port()}"})
    key = Key(d.home, "example.jp", "s1")
    d.write(Domain="example.jp", Selector="s1", KeyFile=key.file)
    checked = daemon.run("-n", "-c", d.conf)
    out.equal((checked.returncode, checked.stdout), (0, f"{d.conf}: OK\n"), "-n says OK")
    with d:
        with d.mta() as mta:
            got = mta.send(MESSAGE, "jiro@example.jp")
            out.equal(got.reply.name, "continue", "our user's message is accepted")
            out.equal(names(got)[0], "DKIM-Signature", "and has a signature on top")
            out.contains(dict(got.fields)["DKIM-Signature"].decode(), "s=s1", "made with the key")
        with d.mta("203.0.113.9") as mta:
            got = mta.send(MESSAGE, "jiro@example.jp")
            out.equal(names(got)[0], "Authentication-Results", "a stranger's message is checked")
            out.ok("DKIM-Signature" not in names(got), "and never signed (S33)")
        d.signal(signal.SIGHUP)
        d.wait_log("is in force")
        with d.mta() as mta:
            out.equal(names(mta.send(MESSAGE, "jiro@example.jp"))[0], "DKIM-Signature",
                      "it signs after a reload")
        out.equal(len(d.messages()), 3, "one log line a message")
        out.equal(d.stop(), 0, "TERM ends it with status 0")
        out.ok(not os.path.exists(d.settings["PidFile"]), "its pid file is gone")


out.run(test_life)
out.done()
