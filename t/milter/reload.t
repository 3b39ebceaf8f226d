#!/usr/bin/python3
"""Reloads under load: whatever happens, every message is accepted and signed, with the old key or
with the new one."""
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import dkim  # noqa: E402
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
MESSAGE = milterclient.Message([("From", b" jiro@example.jp"), ("To", b" a@example.net"),
                                ("Subject", b" under load")], b"Hello\r\n" * 100)
SENDERS = 4
d = daemon.Daemon({"Nameservers": f"127.0.0.1:{free_port()}"})
keys = {selector: Key(d.home, "example.jp", selector) for selector in ("old", "new")}


def table(selector, more=""):
    """A key table of one key; written whole, so that nobody reads a half."""
    path = os.path.join(d.home, "keytable")
    with open(path + ".new", "w", encoding="ascii") as text:
        text.write(keys[selector].row() + more)
    os.rename(path + ".new", path)


class Sender(threading.Thread):
    """Sends without a pause, several messages a connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop = False
        self.sent, self.bad = [], []

    def run(self):
        while not self.stop:
            try:
                with d.mta() as mta:
                    for _ in range(5):
                        self.judge(mta.send(MESSAGE, "jiro@example.jp"))
            except Exception as error:  # pylint: disable=broad-except
                self.bad.append(repr(error))

    def judge(self, got):
        selectors = [re.search(rb"\bs=(\w+)", value).group(1).decode()
                     for name, value in got.fields if name == "DKIM-Signature"]
        if got.reply.name != "continue" or len(selectors) != 1:
            self.bad.append(repr((got.reply, selectors)))
        else:
            self.sent.append((selectors[0], got.fields))


def verifies(fields):
    def record(name, **_):
        for key in keys.values():
            if name.rstrip(b".").decode() == key.name:
                return key.record.encode()
        return None
    return dkim.verify(milterclient.text_of(fields, MESSAGE.body), dnsfunc=record)


def under_load(work):
    senders = [Sender() for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        work()
        time.sleep(0.2)
    finally:
        for sender in senders:
            sender.stop = True
        for sender in senders:
            sender.join(60)
    sent = [one for sender in senders for one in sender.sent]
    bad = [one for sender in senders for one in sender.bad]
    out.ok(len(sent) > 50 and not bad, f"{len(sent)} messages were sent, each signed once")
    out.note("\n".join(bad[:5]))
    wrong = [fields for _, fields in sent[::max(1, len(sent) // 200)] if not verifies(fields)]
    out.equal(len(wrong), 0, "and the signatures verify")
    return [selector for selector, _ in sent]


def signs_with():
    with d.mta() as mta:
        return re.search(r"\bs=(\w+)", str(dict(mta.send(MESSAGE, "jiro@example.jp").fields)
                                           ["DKIM-Signature"])).group(1)


def test_twenty_reloads():
    """Every fourth configuration is broken, in four ways."""
    broken = [lambda: table("old", "row without a value\n"),
              lambda: table("old", "* *:-:- dmarc=never\n"),
              lambda: d.write_raw(open(d.conf, encoding="utf-8").read() + "NoSuchOption yes\n"),
              lambda: os.unlink(os.path.join(d.home, "keytable"))]

    def work():
        in_force = kept = 0
        for i in range(20):
            d.write()
            table(("new", "old")[i % 2])
            if i % 4 == 3:
                broken[i // 4 % len(broken)]()
                kept += 1
            else:
                in_force += 1
            d.signal(signal.SIGHUP)
            d.wait_log("is in force", in_force)
            d.wait_log("the policy that was in force stays", kept)
    selectors = under_load(work)
    out.equal(set(selectors), {"old", "new"}, "some with the old key, some with the new one")
    out.ok(re.search(r"keytable:2: error: ", d.log()), "a bad row is named by file and line")
    out.ok(re.search(r"sekimori\.conf:\d+: error: .*NoSuchOption", d.log()),
           "a bad option is named by file and line")
    d.write()
    table("old")


STORM = """
import os, sys, time
begun = time.monotonic()
for i in range(500):
    os.kill(int(sys.argv[1]), 1)
    time.sleep(max(0, begun + i * 0.0018 - time.monotonic()))
"""


def test_storm():
    """500 HUPs, within a second where the machine has time, by a process of its own."""
    turn = ["old", "new"]

    def work():
        storm = subprocess.Popen([sys.executable, "-c", STORM, str(d.child.pid)])
        while storm.poll() is None:
            turn.reverse()
            table(turn[0])
            time.sleep(0.02)
        out.equal(storm.returncode, 0, "500 HUPs")
        table("new")
        d.signal(signal.SIGHUP)
    before = d.count("is in force")
    under_load(work)
    time.sleep(0.5)
    reloads = d.count("is in force") - before
    out.ok(0 < reloads <= 501, f"they were {reloads} reloads")
    out.equal(signs_with(), "new", "what was there at the last one is in force")


def test_snapshot():
    """S27: a message is signed by the policy that it began with."""
    table("old")
    before = d.count("is in force")
    d.signal(signal.SIGHUP)
    d.wait_log("is in force", before + 1)
    with d.mta() as mta:
        mta.envelope("jiro@example.jp", ["a@example.net"])
        table("new")
        d.signal(signal.SIGHUP)
        d.wait_log("is in force", before + 2)
        got = mta.content(MESSAGE)
        out.ok(b"s=old;" in dict(got.fields)["DKIM-Signature"].replace(b"\n\t", b""),
               "a message that began before the reload has the old key")
        out.ok(verifies(got.fields), "and its signature verifies")
        got = mta.send(MESSAGE, "jiro@example.jp")
        out.ok(b"s=new;" in dict(got.fields)["DKIM-Signature"].replace(b"\n\t", b""),
               "the next one of the same connection has the new key")


def test_start_only_options():
    d.write(MaxTransactions="400", DrainTimeout="7")
    d.signal(signal.SIGHUP)
    d.wait_log("takes effect at the next restart")
    out.contains(d.log(), "option 'DrainTimeout' has changed", "what needs a restart is named")
    out.ok("option 'MaxTransactions'" not in d.log(), "what does not is not")


d.write(KeyTable="file:" + os.path.join(d.home, "keytable"))
table("old")
with d:
    out.run(test_twenty_reloads, test_storm, test_snapshot, test_start_only_options)
    out.equal(d.count("is ready"), 1, "no worker had to be replaced")
    out.equal(d.stop(), 0, "stopped with status 0: no leak, no late crash")
out.done()
