#!/usr/bin/python3
"""What ends a worker, and how soon the next one is there: killed, crashed by a packet, hung, or
unable to read its configuration."""
import os
import re
import select
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import milterclient  # noqa: E402
import tap  # noqa: E402
from daemon import Daemon, wait_until  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
MESSAGE = milterclient.Message([("From", b" jiro@example.jp"), ("To", b" a@example.net")],
                               b"Hello\r\n")
READY = re.compile(r"worker \d+ is ready|^.*sekimori [0-9.]+ is ready", re.M)


def with_key(settings=None, **more):
    d = Daemon(dict({"Nameservers": f"127.0.0.1:{free_port()}"}, **(settings or {})), **more)
    key = Key(d.home, "example.jp", "s1")
    d.write(Domain="example.jp", Selector="s1", KeyFile=key.file)
    return d


def ready(d):
    return len(READY.findall(d.log()))


def wait_ready(d, times):
    wait_until(lambda: ready(d) >= times, 30, f"no worker was ready {times} times:\n{d.log()}")


def is_signed(d):
    """One message, by a mail server that tries again when its connection breaks."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with d.mta(timeout=20) as mta:
                got = mta.send(MESSAGE, "jiro@example.jp")
            return got.reply.name == "continue" and got.fields[0][0] == "DKIM-Signature"
        except (OSError, milterclient.ProtocolError):
            time.sleep(0.05)
    return False


def pauses(d):
    """The pauses before the next worker, as the daemon planned them."""
    return [float(text) for text in re.findall(r"next worker starts in ([0-9.]+) sec", d.log())]


def test_killed():
    """A worker that was ready is back at once, however often it is killed."""
    with with_key() as d:
        for turn in range(20):
            os.kill(d.worker(), signal.SIGKILL)
            wait_ready(d, turn + 2)
        out.equal(len(pauses(d)), 20, "killed twenty times, the next one was planned each time")
        out.ok(max(pauses(d)) < 1, f"within a second each time: {max(pauses(d))}")
        out.ok(is_signed(d), "and it works")
        out.equal(d.stop(), 0, "stopped with status 0")


def poison(address):
    """A packet of macros of which the last has a name and no value: the library may run past
    its end when it is asked for another one."""
    packets = [(b"O", struct.pack("!III", 6, 0x1FF, 0x1FFFFF)), (b"D", b"CX\0"),
               (b"C", b"c.example\0" b"4\0\x19" b"203.0.113.9\0"), (b"H", b"h\0"),
               (b"D", b"MX\0"), (b"M", b"<a@example.net>\0")]
    with socket.create_connection(address, 20) as one:
        try:
            for command, data in packets:
                one.sendall(struct.pack("!I", len(data) + 1) + command + data)
            # The answer to what was offered, then the one to MAIL, or the worker's end.
            answers = one.makefile("rb")
            for _ in range(2):
                answers.read(int.from_bytes(answers.read(4), "big"))
        except OSError:
            pass


def test_poisoned():
    """Whoever sends such packets does not keep the others' mail away."""
    with with_key() as d:
        for turn in range(8):
            poison(d.address)
            out.ok(is_signed(d), f"a poisoned packet, then mail is served: {turn}")
        out.ok(max(pauses(d), default=0) < 1, f"no pause of a second or more: {pauses(d)}")
        out.equal(d.stop(), 0, "stopped with status 0")


def hung_up_after(address):
    """How long a mail server that connects now waits until it is hung up on; None: it is not."""
    begun = time.monotonic()
    with socket.create_connection(address, 20) as one:
        one.settimeout(8)
        try:
            one.sendall(struct.pack("!IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF))
            return time.monotonic() - begun if one.recv(99) == b"" else None
        except ConnectionResetError:
            return time.monotonic() - begun
        except TimeoutError:
            return None


def test_no_worker():
    """The configuration went bad, then the worker died: nobody waits for minutes."""
    with with_key() as d:
        good = d.settings["KeyFile"]
        d.write(KeyFile="/nonexistent/key.pem")
        os.kill(d.worker(), signal.SIGKILL)
        waits = [hung_up_after(d.address) for _ in range(3)]
        out.ok(None not in waits, f"who connects is hung up on: {waits}")
        out.equal(d.count("mail servers that connect are hung up on"), 1, "the log says so once")
        out.ok(max(pauses(d)) <= 10, f"it is tried again, ever more slowly, but it is: {pauses(d)}")
        d.write(KeyFile=good)
        wait_ready(d, 2)
        out.ok(is_signed(d), "mended, it works again")
        out.equal(d.stop(), 0, "stopped with status 0")


def slow(d, last=""):
    """A configuration that takes a while to read."""
    with open(os.path.join(d.home, "keytable"), "w", encoding="ascii") as text:
        text.writelines(f"row{i} d{i}.example.jp:-:- spf-fail=reject\n" for i in range(30000))
        text.write(last)
    d.write(KeyTable=f"file:{d.home}/keytable", Domain=None, Selector=None, KeyFile=None)


def connects(address):
    with socket.socket() as one:
        return one.connect_ex(address) == 0


def test_not_yet():
    """Nobody is let in before the configuration has been read."""
    d = with_key()
    slow(d, "bad bad:\n")
    d.start(ready=False)
    came = tries = 0
    while d.child.poll() is None:
        came += connects(d.address)
        tries += 1
    out.ok(tries > 5 and came == 0, f"a bad configuration: {tries} tried to connect, {came} could")
    out.equal(d.child.wait(), 78, "status 78")
    d.start(ready=False)
    wait_until(d.worker, 120, "no worker")
    d.signal(signal.SIGTERM)
    out.equal(d.child.wait(60), 78, "told to stop meanwhile: status 78 all the same")
    slow(d)
    d.start(ready=False)
    wait_until(d.worker, 120, "no worker")
    d.signal(signal.SIGTERM)
    out.equal(d.child.wait(60), 0, "a good configuration, told to stop meanwhile: status 0")


def ended(d):
    return d.child.poll() is not None


def test_same_place():
    """Two daemons that begin at the same time do not take each other's socket away."""
    for kind in ("inet", "local"):
        one = with_key({"PidFile": None})
        if kind == "local":
            one.address = os.path.join(one.home, "one.sock")
            one.write(Socket=f"local:{one.address}")
        slow(one)
        other = Daemon(dict(one.settings))
        other.address = one.address
        one.start(ready=False)
        wait_until(one.worker, 120, "no worker")
        other.start(ready=False)
        wait_until(lambda: ended(one) or ended(other), 60, "both run")
        loser, winner = (one, other) if ended(one) else (other, one)
        out.equal(loser.child.wait(), 69, f"{kind}: one of them ends with status 69")
        out.contains(loser.log(), "in use by a running program", f"{kind}: it says why")
        winner.wait_log("is ready", seconds=60)
        out.ok(winner.is_answering(), f"{kind}: the other one works")
        winner.stop()


def processor_time(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as text:
        return sum(int(word) for word in text.read().split()[13:15]) / os.sysconf("SC_CLK_TCK")


def hung_up(connections, wanted, seconds):
    """How many of them are closed from the other side, once that many are or the time is over."""
    end, left = time.monotonic() + seconds, list(connections)
    while len(connections) - len(left) < wanted and time.monotonic() < end:
        for one in select.select(left, [], [], 1)[0]:
            try:
                if one.recv(9) != b"":
                    continue
            except ConnectionResetError:
                pass
            left.remove(one)
    return len(connections) - len(left)


def test_descriptors():
    """Too few descriptors: it is said, who finds none is hung up on, and the others are served."""
    with with_key({"ProbeInterval": "4"}, prefix=["prlimit", "--nofile=64:64"]) as d:
        out.ok(re.search("grants 64 open files, .* and MaxTransactions is 500: raise the limit",
                         d.log()), "64 descriptors: the start says that these are too few")
        worker = d.worker()
        begun = time.monotonic()
        with d.mta() as inside:
            inside.mail("jiro@example.jp")
            held = [socket.create_connection(d.address, 60) for _ in range(200)]
            before = processor_time(worker)
            # Which of them find one depends on when a probe gives its own back.
            out.ok(hung_up(held, 150, 90) >= 150,
                   "two hundred connections: who finds no descriptor is hung up on")
            inside.rcpt("a@example.net")
            got = inside.content(MESSAGE)
            out.equal(got.fields[0][0], "DKIM-Signature", "who is inside is served")
            d.signal(signal.SIGHUP)
            d.wait_log("is in force")
            out.ok(True, "the configuration can be read")
            time.sleep(13)
            out.ok(processor_time(worker) - before < 2, "nothing spins meanwhile")
            most = 2 + (time.monotonic() - begun) / 60
            out.ok(0 < d.count("no file may be opened any more") <= most, "and the log has a line")
            for one in held:
                one.close()
        out.ok(is_signed(d), "when they are gone the next one is served")
        out.ok(d.worker() == worker and d.count("it is killed") == 0, "by the same worker")
        out.equal(d.stop(), 0, "stopped with status 0")
    with with_key(prefix=["prlimit", "--nofile=64:4096"]) as d:
        out.equal(d.count("open files"), 0, "the limit is raised where that is allowed")


def test_hangs():
    """A worker that hangs is noticed without a service manager, and one that works is left."""
    with with_key({"ProbeInterval": "4"}) as d:
        worker = d.worker()
        os.kill(worker, signal.SIGSTOP)
        wait_ready(d, 2)
        out.ok(d.worker() != worker and is_signed(d), "a worker that hangs is replaced")
        out.contains(d.log(), f"worker {worker} does not answer: it is killed", "the log says so")
        worker = d.worker()
        time.sleep(14)
        out.ok(d.worker() == worker and d.count("it is killed") == 1,
               "one that works is not, for longer than the other one had")
        out.equal(len(d.messages()), 1, "and the calls are no messages")
        out.equal(d.stop(), 0, "stopped with status 0")


out.run(test_killed, test_poisoned, test_no_worker, test_descriptors, test_hangs, test_not_yet,
        test_same_place)
out.done()
