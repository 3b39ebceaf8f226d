#!/usr/bin/python3
"""What the wire may do: versions, steps, chunks, macros, aborts, clients without an address."""
import os
import random
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import dkim  # noqa: E402
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from milterclient import ACTIONS, STEPS, Message  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
FIELDS = [("From", b" Jiro <jiro@example.jp>"), ("To", b" a@example.net"),
          ("Subject", b" folded\n\tonce\n and twice"), ("X-Empty", b""),
          ("Message-ID", b" <1@example.jp>")]
MESSAGE = Message(FIELDS, b"Hello\r\n\r\nworld \t\r\n\r\n")
SENDER = "jiro@example.jp"
d = daemon.Daemon({"Nameservers": f"127.0.0.1:{free_port()}", "Canonicalization": "simple/simple",
                   "SignHeaders": "*,+x-empty", "LogLevel": None})
key = Key(d.home, "example.jp", "s1")
d.write(Domain="example.jp", Selector="s1", KeyFile=key.file)


def record(name, **_):
    """The key record, as dkimpy asks for it."""
    return key.record.encode() if name.rstrip(b".").decode() == key.name else None


def verifies(got, body):
    """Does the signature on what would be delivered verify? By dkimpy, not by us."""
    return dkim.verify(milterclient.text_of(got.fields, body), dnsfunc=record)


def signed(mta, message=MESSAGE, chunks=milterclient.CHUNK, name=""):
    got = mta.send(message, SENDER, chunks=chunks)
    out.equal(got.reply.name, "continue", f"{name}: accepted")
    return out.ok(got.fields[0][0] == "DKIM-Signature" and verifies(got, message.body),
                  f"{name}: signed, and the signature verifies")


def test_versions():
    for version in (2, 3, 4, 5, 6):
        with d.mta(version=version) as mta:
            signed(mta, name=f"protocol {version}")


def test_steps():
    """Every single step offered alone, none, and all."""
    for name, bit in STEPS.items():
        with d.mta(steps=bit) as mta:
            signed(mta, name=f"only {name} offered")
    with d.mta(steps=0) as mta:
        signed(mta, name="no step offered")
    with d.mta(steps=milterclient.ALL_STEPS & ~STEPS["hdr_leadspc"]) as mta:
        signed(mta, name="all but LEADSPC")
    with d.mta(actions=milterclient.ALL_ACTIONS & ~ACTIONS["setsymlist"]) as mta:
        signed(mta, name="no list of macros taken")


def test_leading_space():
    """With LEADSPC each byte behind the colon counts, also under simple."""
    odd = [("From", b"jiro@example.jp"), ("To", b"\ta@example.net"), ("Subject", b"  two"),
           ("X-Empty", b"")]
    with d.mta() as mta:
        signed(mta, Message(odd, b"x\r\n"), name="odd blanks behind colons")
    folded = [("From", b"\n Jiro <jiro@example.jp>"), ("To", b"\n\ta@example.net"),
              ("Subject", b"\n \n two folds"), ("Message-ID", b"\n <1@example.jp>")]
    for version, steps in ((6, milterclient.ALL_STEPS & ~STEPS["hdr_leadspc"]), (2, 0)):
        with d.mta(version=version, steps=steps) as mta:
            signed(mta, Message(folded, b"x\r\n"),
                   name=f"protocol {version}, without LEADSPC, folds right behind colons")


def test_missing_actions():
    forged = [("Authentication-Results", b" mx.example.jp; spf=pass")]
    with d.mta(actions=ACTIONS["chghdrs"]) as mta:
        got = mta.send(MESSAGE, SENDER)
        out.equal(got.reply.text[:9], "451 4.3.5", "an MTA that lets nothing be added")
    with d.mta("203.0.113.9", actions=ACTIONS["chghdrs"]) as mta:
        got = mta.send(Message(forged + FIELDS, b"x\r\n"), SENDER)
        out.equal((got.reply.text[:9], got.edits), ("451 4.3.5", []), "nothing is half done")
    with d.mta("203.0.113.9", actions=ACTIONS["addhdrs"]) as mta:
        got = mta.send(Message(forged + FIELDS, b"x\r\n"), SENDER)
        out.equal((got.reply.text[:9], got.edits), ("451 4.3.5", []),
                  "a forged field that may not be removed: put off, not let through")
    out.ok(d.count("does not allow") >= 2, "the log says what the MTA does not allow")


def test_chunks():
    rng = random.Random(1)
    body = b"".join(bytes(rng.choices(b"ab \t.\r\n", k=rng.randrange(60))).replace(b"\r", b"")
                    .replace(b"\n", b"\r\n") + b"\r\n" for _ in range(80))
    for chunks in (1, 2, 3, 7, 1000):
        with d.mta() as mta:
            signed(mta, Message(FIELDS, body), chunks, f"chunks of {chunks}")
    for at in range(1, 12):
        with d.mta() as mta:
            signed(mta, Message(FIELDS, b"abc\r\n\r\nx\r\n\r\n"), (at, 1000), f"cut at {at}")
    with d.mta() as mta:
        signed(mta, Message(FIELDS, b""), name="empty body")
        signed(mta, Message(FIELDS, os.urandom(200000).replace(b"\r", b"").replace(b"\n", b"\r\n")
                            + b"\r\n"), name="8-bit body with NUL")


def test_several_messages():
    with d.mta() as mta:
        for i in range(5):
            signed(mta, name=f"message {i + 1} of one connection")
        mta.helo("again.example.net")
        signed(mta, name="after a second HELO")
        mta.quit_new_connection()
        mta.connect("other.example.net", "203.0.113.7")
        mta.helo("other.example.net")
        out.equal(mta.send(MESSAGE, SENDER).reply.text[:9], "451 4.3.2",
                  "another client on a connection that was negotiated for one is put off")


def test_abort_anywhere():
    steps = [lambda m: m.mail(SENDER), lambda m: m.rcpt("a@example.net"), lambda m: m.data(),
             lambda m: m.header(*FIELDS[0]), lambda m: m.eoh(), lambda m: m.body(b"Hello\r\n")]
    with d.mta() as mta:
        for n in range(len(steps) + 1):
            for step in steps[:n]:
                step(mta)
            mta.abort()
            signed(mta, name=f"after an abort at step {n}")
        mta.mail(SENDER)
        mta.mail("other@example.jp")
        mta.abort()
        signed(mta, name="after MAIL twice")
    for n in range(len(steps) + 1):
        mta = d.mta()
        for step in steps[:n]:
            step(mta)
        mta.close()
    with d.mta() as mta:
        signed(mta, name="after connections cut at every step")


def test_connect_then_close():
    for _ in range(50):
        socket.create_connection(d.address).close()
    for _ in range(50):
        d.mta(False).close()
    for junk in (b"\0\0\0\0", b"\xff\xff\xff\xffO", struct.pack("!I", 5) + b"Oabcd",
                 struct.pack("!I", 1) + b"E", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(d.address) as sock:
            sock.sendall(junk)
    with d.mta() as mta:
        signed(mta, name="after a hundred that said nothing and five that said nonsense")
    out.equal(d.count("was ended by"), 0, "no worker died of it")


def test_macros():
    none = {stage: "" for stage in milterclient.STAGES}
    with d.mta(usual=none, actions=milterclient.ALL_ACTIONS & ~ACTIONS["setsymlist"]) as mta:
        signed(mta, name="no macro at all")
    with d.mta(macros={"i": None, "j": None, "{daemon_name}": None}) as mta:
        signed(mta, name="macros asked for and not known")
    with d.mta(macros={"i": "4cLATE"}, usual=dict(none, E="i"),
               actions=milterclient.ALL_ACTIONS & ~ACTIONS["setsymlist"]) as mta:
        signed(mta, name="the queue id only at the end")
    out.ok(any("id=4cLATE" in line for line in d.messages()), "and it is in the log line")
    with d.mta("203.0.113.9", macros={"{auth_type}": "PLAIN", "{auth_authen}": "jiro"}) as mta:
        signed(mta, name="an authenticated client from anywhere")
    out.ok(any("user=jiro" in line for line in d.messages()), "and the log names the user")
    with d.mta("203.0.113.9", macros={"{auth_type}": "", "{auth_authen}": ""}) as mta:
        got = mta.send(MESSAGE, SENDER)
        out.equal(got.fields[0][0], "Authentication-Results", "empty macros authenticate nobody")


def test_clients():
    with d.mta(None, macros={"{client_addr}": "192.0.2.1"}) as mta:
        signed(mta, name="no address, but the macro has one")
    with d.mta(None, macros={"{client_addr}": "203.0.113.1"}) as mta:
        got = mta.send(MESSAGE, SENDER)
        out.equal(got.fields[0][0], "Authentication-Results", "the macro's address is looked at")
    for client in (None, "/run/some.sock", "2001:db8::1", "IPv6:2001:db8::1"):
        with d.mta(client) as mta:
            got = mta.send(MESSAGE, SENDER)
            out.equal(got.reply.name, "continue", f"client {client}: accepted")
    with d.mta("::ffff:192.0.2.1") as mta:
        signed(mta, name="a mapped address")


def test_large_fields():
    """A field beyond 64 KiB (S3) passes the library whole."""
    for size in (60000, 70000, 300000):
        value = b" mx.example.jp; spf=pass" + b";\n\tx=y" * (size // 7)
        with d.mta("203.0.113.9") as mta:
            got = mta.send(Message([("Authentication-Results", value)] + FIELDS, b"x\r\n"), SENDER)
            left = [v for n, v in got.fields if n == "Authentication-Results"]
            out.ok(got.reply.name == "continue" and len(left) == 1 and left[0] != value,
                   f"S3: a forged field of {len(value)} bytes is removed")


def test_long_body():
    body = (b"0123456789" * 7 + b"\r\n") * 140000
    with d.mta() as mta:
        signed(mta, Message(FIELDS, body), name="10 MB")
    for name, field, wanted in (
            ("from a user without a key", ("From", b" a@nokey.example"), "skip"),
            ("from outside, where line ends are looked at", None, "continue")):
        with d.mta("203.0.113.9" if field is None else "192.0.2.7") as mta:
            mta.envelope("a@example.org", ["b@example.jp"])
            for one in FIELDS if field is None else [field]:
                mta.header(*one)
            mta.eoh()
            out.equal(mta.body(body[:100000]).name, wanted, f"no digest is wanted, {name}")
            out.equal(mta.eom()[0].name, "continue", "and the end of the message is judged")


def test_sockets():
    path = os.path.join(d.home, "milter.sock")
    port = free_port()
    for place, address in ((f"local:{path}", path), (f"unix:{path}", path),
                           (f"inet:{port}@localhost", ("127.0.0.1", port)),
                           (f"inet:localhost:{port}", ("127.0.0.1", port)),
                           (f"inet6:{port}@::1", ("::1", port)),
                           (f"inet:[::1]:{port}", ("::1", port))):
        other = daemon.Daemon(dict(d.settings, Socket=place, PidFile=None))
        with other, milterclient.Mta(address) as mta:
            mta.connect("client.example.net", "192.0.2.1")
            signed(mta, name=f"Socket {place.replace(str(port), 'PORT').replace(path, 'PATH')}")


def test_delay():
    """TCP_NODELAY: a hundred messages of four steps without 40 ms each."""
    with socket.create_connection(d.address) as sock:
        sock.close()
    spent = []
    for _ in range(10):
        begun = daemon.time.monotonic()
        with d.mta(steps=0) as mta:
            for _ in range(5):
                mta.send(MESSAGE, SENDER)
                mta.abort()
        spent.append(daemon.time.monotonic() - begun)
    out.ok(min(spent) < 5 * 10 * 0.02, f"replies are not held back ({min(spent):.2f} s for 50"
           " steps, the best of ten rounds)")


with d:
    out.run(test_versions, test_steps, test_leading_space, test_missing_actions, test_chunks,
            test_several_messages, test_abort_anywhere, test_connect_then_close, test_macros,
            test_clients, test_large_fields, test_long_body, test_sockets, test_delay)
    out.equal(d.count("is ready"), 1, "no worker had to be replaced")
    out.equal(d.stop(), 0, "stopped with status 0: no leak, no late crash")
out.done()
