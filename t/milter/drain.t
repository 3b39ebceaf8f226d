#!/usr/bin/python3
"""Stopping and being full: nothing that was begun is lost, nothing is begun that cannot be done."""
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
MESSAGE = milterclient.Message([("From", b" jiro@example.jp"), ("To", b" a@example.net")],
                               b"Hello\r\n")
BUSY = "451 4.3.2"


def with_key(settings=None):
    d = daemon.Daemon(dict({"Nameservers": f"127.0.0.1:{free_port()}"}, **(settings or {})))
    key = Key(d.home, "example.jp", "s1")
    d.write(Domain="example.jp", Selector="s1", KeyFile=key.file)
    return d


def is_signed(got):
    return got.reply.name == "continue" and got.fields[0][0] == "DKIM-Signature"


def test_drain():
    """TERM while twenty messages are under way, each at another place."""
    with with_key({"DrainTimeout": "600"}) as d:
        steps = [lambda m: m.rcpt("a@example.net"), lambda m: m.data(),
                 lambda m: m.header("From", b" jiro@example.jp"),
                 lambda m: m.header("To", b" a@example.net"), lambda m: m.eoh(),
                 lambda m: m.body(b"Hello\r\n")]
        open_ones = []
        for i in range(20):
            mta = d.mta()
            mta.mail("jiro@example.jp")
            for step in steps[:i % (len(steps) + 1)]:
                step(mta)
            open_ones.append((mta, steps[i % (len(steps) + 1):]))
        idle = d.mta()
        d.signal(signal.SIGTERM)
        d.wait_log("stopping")
        daemon.wait_until(lambda: idle.mail("jiro@example.jp").text[:9] == BUSY or idle.abort(),
                          60, "a new message is still taken")
        out.ok(True, f"while it stops, a new message of an open connection gets {BUSY}")
        with d.mta() as late:
            out.equal(late.mail("jiro@example.jp").text[:9], BUSY, "a new connection's too")
        time.sleep(0.5)
        signed = 0
        for mta, rest in open_ones:
            for step in rest:
                step(mta)
            reply, edits = mta.eom()
            signed += reply.name == "continue" and edits[0][2] == "DKIM-Signature"
            mta.close()
        out.equal(signed, 20, "all twenty are finished and signed")
        out.equal(d.child.wait(300), 0, "then it stops, long before DrainTimeout")
        out.ok(not d.is_answering(), "and nobody listens")
        out.equal(len(d.messages()), 20, "each has its log line")


def test_last_replies():
    """Messages that end in the very moment of the stop."""
    with with_key() as d:
        results = []

        def send():
            try:
                with d.mta() as mta:
                    for _ in range(200):
                        got = mta.send(MESSAGE, "jiro@example.jp")
                        results.append("signed" if is_signed(got) else got.reply.text[:9])
                        if got.reply.text[:9] == BUSY:
                            return
            except milterclient.ProtocolError as error:
                results.append(str(error))
        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        daemon.wait_until(lambda: len(results) > 8, 60, "no message is answered")
        d.signal(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        out.ok(set(results) <= {"signed", BUSY} and "signed" in results,
               f"of {len(results)} messages each was signed or put off at MAIL")
        out.note(set(results))


def test_patience():
    with with_key({"DrainTimeout": "1"}) as d, d.mta() as mta:
        mta.mail("jiro@example.jp")
        begun = time.monotonic()
        d.signal(signal.SIGTERM)
        out.equal(d.child.wait(25), 0, "one who never finishes holds it for DrainTimeout")
        out.ok(time.monotonic() - begun > 0.9, "and no shorter")
        out.contains(d.log(), "1 messages were not finished within DrainTimeout", "the log says so")


def test_full():
    """MaxTransactions, for mail that comes in and for mail that goes out."""
    with with_key({"MaxTransactions": "3"}) as d:
        inside = [d.mta() for _ in range(3)]
        for mta in inside:
            out.equal(mta.mail("jiro@example.jp").name, "continue", "there is room")
        for client in ("192.0.2.1", "203.0.113.9"):
            with d.mta(client) as mta:
                out.equal(mta.mail("jiro@example.jp").text[:9], BUSY, f"full, for {client}")
                mta.abort()
                inside[0].abort()
                daemon.wait_until(lambda m=mta: m.mail("jiro@example.jp").name == "continue"
                                  or m.abort(), 60, "no room after an abort")
                mta.abort()
                out.ok(True, "one is aborted: there is room again")
            daemon.wait_until(lambda: inside[0].mail("jiro@example.jp").name == "continue"
                              or inside[0].abort(), 60, "no room after a message ended")
        inside[1].close()
        with d.mta() as mta:
            daemon.wait_until(lambda: mta.mail("jiro@example.jp").name == "continue"
                              or mta.abort(), 60, "no room after a connection was cut")
            mta.abort()
            out.ok(True, "one is cut: there is room again")
        inside[2].rcpt("a@example.net")
        got = inside[2].content(MESSAGE)
        out.ok(is_signed(got), "who is inside is served")
        out.contains(d.log(), "MaxTransactions is reached", "the log says that it was full")


def test_full_is_told_seldom():
    """However many find no room, the log has a line and a number."""
    with with_key({"MaxTransactions": "1"}) as d:
        with d.mta() as inside, d.mta() as outside:
            inside.mail("jiro@example.jp")
            for _ in range(50):
                out.equal(outside.mail("jiro@example.jp").text[:9], BUSY, "full")
                outside.abort()
            out.equal(d.count("MaxTransactions"), 1, "fifty messages found no room: one line")
        out.equal(d.stop(), 0, "stopped with status 0")
        out.contains(d.log(), "MaxTransactions was reached: 49 messages more found no room",
                     "and in the end how many there were")


def test_silence():
    """A mail server that falls silent in the middle of a packet is not waited for for hours."""
    with with_key({"IdleTimeout": "5"}) as d, d.mta(timeout=60) as mta:
        mta.sock.sendall(b"\0\0\0\x20M<jiro")
        try:
            out.equal(mta.sock.recv(99), b"", "silent for longer than IdleTimeout: closed")
        except ConnectionResetError:
            out.ok(True, "silent for longer than IdleTimeout: closed")


def test_full_in_the_shadow():
    """Mode shadow: who finds no room passes, at MAIL and at the end."""
    with with_key({"MaxTransactions": "1", "Mode": "shadow"}) as d:
        with d.mta() as inside, d.mta() as outside:
            out.equal(inside.mail("jiro@example.jp").name, "continue", "shadow: there is room")
            out.equal(outside.mail("jiro@example.jp").name, "continue", "shadow: full, and passes")
            outside.rcpt("a@example.net")
            got = outside.content(MESSAGE)
            out.ok(not is_signed(got) and got.reply.name in ("continue", "accept"),
                   "shadow: it passes as it is")
            inside.rcpt("a@example.net")
            got = inside.content(MESSAGE)
            out.ok(not is_signed(got) and got.reply.name in ("continue", "accept"),
                   "shadow: who is inside passes as he is")
            out.contains(d.log(), "a message is not looked at", "shadow: the log says so")
            out.contains(d.log(), 'differs="signed: theirs none, ours example.jp/s1"',
                         "shadow: and what would have been signed")


def test_many():
    """Three hundred messages under way at once."""
    with with_key() as d:
        crowd = [d.mta() for _ in range(300)]
        for mta in crowd:
            mta.envelope("jiro@example.jp", ["a@example.net"])
        out.equal(sum(is_signed(mta.content(MESSAGE)) for mta in crowd), 300,
                  "three hundred messages at once are signed")
        for mta in crowd:
            mta.close()


out.run(test_drain, test_last_replies, test_patience, test_full, test_full_is_told_seldom,
        test_silence, test_full_in_the_shadow,
        test_many)
out.done()
