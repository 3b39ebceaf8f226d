#!/usr/bin/python3
"""Packets that no mail server sends: changed, lost, doubled, out of their order, of any length
and written in any pieces. The worker outlives them, and the mail between them is right.

A list of macros always has a value for each name: without, the milter library itself steps past
the end of it (worker.t)."""
import os
import random
import re
import socket
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import tap  # noqa: E402
from milterclient import Message  # noqa: E402

out = tap.Tap()
ROUNDS, CONNECTIONS = 6, 60
OUTSIDE = "203.0.113.9"
ZONE = f"""ok.example. 300 IN TXT "v=spf1 ip4:{OUTSIDE} exists:%{{i}}.%{{h}}.%{{s}}.x.example -all"
_dmarc.ok.example. 300 IN TXT "v=DMARC1; p=reject"
s1._domainkey.ok.example. 300 IN TXT "v=DKIM1; k=rsa; p=AAAA"
"""
BODY = b"Hello\r\n"
OURS = Message([("From", b" jiro@example.jp"), ("To", b" a@example.net")], BODY)
THEIRS = Message([("From", b" taro@ok.example"), ("To", b" a@example.jp"),
                  ("Authentication-Results", b" mx.example.jp; dmarc=pass")], BODY)
SIGNATURE = (b" v=1; a=rsa-sha256; c=relaxed/simple; d=ok.example; s=s1; h=from:to;"
             b" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA")
WORDS = [b"", b"<>", b"<a@ok.example>", b"<@a,@b:c@d.example>", b'<"a@b"@ok.example>', b"%s%n%p",
         b"<" + b"x" * 3000 + b"@ok.example>", b"<a\xff\xfe@\xc3\xa9.example>", b"[192.0.2.1]",
         b"localhost", b"unknown", b"x\r\ny", b"\x1b[31m", b"a" * 60000]
NAMES = [b"From", b"from ", b"To", b"DKIM-Signature", b"Authentication-Results", b"Received-SPF",
         b"Subject", b"", b" ", b":", b"\xff", b"Received", b"x" * 2000]
VALUES = [b"", b" a@ok.example", b" A <a@ok.example>, b@x.example", b" x", SIGNATURE,
          b" mx.example.jp; spf=pass", b' "mx.example.jp"; dkim=pass', b"\n\t\n ", b"\r\r\n",
          b" " + b"(" * 3000, b" " + b"a," * 3000, b" " + b"\xff" * 500, b" x" * 30000]
MACROS = [b"j", b"i", b"{client_addr}", b"{client_resolve}", b"{daemon_name}", b"{auth_type}",
          b"{rcpt_addr}", b"", b"{", b"{" + b"a" * 300 + b"}"]
BODIES = [b"", b"\r\n", b"x\r\n" * 1000, b"\r", b"\0" * 50, b"a" * 65535, b" \t\r\n" * 500]


def macros(rng, stage):
    rows = [rng.choice(MACROS) + b"\0" + rng.choice(WORDS) + b"\0" for _ in range(rng.randrange(5))]
    return [b"D", stage + b"".join(rows)]


def message(rng):
    yield macros(rng, b"M")
    yield [b"M", rng.choice(WORDS) + b"\0"]
    for _ in range(rng.randrange(3)):
        yield macros(rng, b"R")
        yield [b"R", rng.choice(WORDS) + b"\0"]
    yield [b"L", b"From\0" + rng.choice([b" a@ok.example", b" jiro@example.jp"]) + b"\0"]
    for _ in range(rng.choice([0, 1, 3, 12])):
        yield [b"L", rng.choice(NAMES) + b"\0" + rng.choice(VALUES) + b"\0"]
    yield [b"N", b""]
    for _ in range(rng.randrange(3)):
        yield [b"B", rng.choice(BODIES)]
    yield macros(rng, b"E")
    yield [rng.choice(b"EEEAQK".decode()).encode(), b""]


def session(rng):
    """The packets of one connection, as a mail server might send them: [letter, data]."""
    steps = rng.choice([0x1FFFFF, 0x1FFFFF, 0x7F, 0, 0x100000, 0xFFFFFFFF])
    actions = rng.choice([0x1FF, 0x1FF, 0x3F, 0, 0xFFFFFFFF])
    packets = [[b"O", struct.pack("!III", rng.choice([6, 6, 6, 2, 3, 0, 0xFFFFFFFF]), actions,
                                  steps)]]
    packets.append(macros(rng, b"C"))
    client = rng.choice([b"4\0\x19203.0.113.9\0", b"4\0\x19192.0.2.1\0", b"6\0\0::1\0", b"U",
                         b"L\0\0/x\0", b"x", b"4\0\0999.1.1.1\0"])
    packets.append([b"C", rng.choice(WORDS) + b"\0" + client])
    packets.append([b"H", rng.choice(WORDS) + b"\0"])
    for _ in range(rng.randrange(1, 4)):
        packets += message(rng)
    return packets + [[rng.choice([b"Q", b"K", b"A", b"U"]), b""]]


def bend(rng, packets):
    """Changes some of them."""
    for _ in range(rng.choice([0, 1, 1, 2, 4, 10])):
        i = rng.randrange(len(packets))
        letter, data = packets[i][:2]
        packets[i:i + 1] = rng.choice([
            lambda: [],
            lambda: [packets[i], [letter, data]],
            lambda: [[letter, data[:rng.randrange(len(data) + 1)]]],
            lambda: [[bytes([rng.randrange(256)]), data]],
            lambda: [[letter, data.rstrip(b"\0")]],
            lambda: [[letter, data.replace(b"\0", rng.choice([b"", b"\0\0", b"\n"]))]],
            lambda: [[letter, bytes(rng.randrange(256) for _ in range(30))]],
            lambda: [[letter, data, rng.choice([0, 1, 5, 70000, 2000000, 2**31, 2**32 - 1])]],
            lambda: [packets[i], [rng.choice([b"A", b"Q", b"K", b"E", b"N", b"M", b"O"]), b"x\0"]],
        ])() or [[b"A", b""]]
    return packets


def wire(packet):
    letter, data = packet[:2]
    if letter == b"D":
        rest = data[1:]
        rest += b"\0" * (rest != b"" and not rest.endswith(b"\0"))
        data = data[:1] + rest + b"\0" * (rest.count(b"\0") % 2)
        packet = [letter, data]
    length = packet[2] if len(packet) > 2 else len(data) + 1
    return struct.pack("!I", length) + letter + data


def listen(one):
    try:
        for _ in range(8):
            if not one.recv(70000):
                return
    except OSError:
        pass


def connection(rng, address):
    packets = [wire(packet) for packet in bend(rng, session(rng))]
    with socket.create_connection(address, 20) as one:
        one.settimeout(0.02)
        try:
            if rng.random() < 0.5:
                for packet in packets:
                    one.sendall(packet)
                    if rng.random() < 0.2:
                        listen(one)
            else:
                text, at = b"".join(packets), 0
                while at < len(text):
                    size = rng.choice([1, 3, 7, 500, 5000, 70000])
                    one.sendall(text[at:at + size])
                    at += size
            listen(one)
        except OSError:
            pass
        if rng.random() < 0.2:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_mutations(d):
    for number in range(ROUNDS):
        rng = random.Random(number)
        for _ in range(CONNECTIONS):
            connection(rng, d.address)
        with d.mta() as mta:
            got = mta.send(OURS, "jiro@example.jp")
        out.equal(got.fields[0][0], "DKIM-Signature", f"after round {number}: ours is signed")
        with d.mta(OUTSIDE) as mta:
            got = mta.send(THEIRS, "taro@ok.example")
        found = [value for name, value in got.fields if name == "Authentication-Results"]
        out.ok(len(found) == 1 and b"spf=pass" in found[0],
               f"after round {number}: theirs is checked, and the forged field is gone")
    out.ok(not re.search(r"Sanitizer|runtime error|panic|does not hold", d.log()),
           "nothing in the log that should not be there")
    raw = [line for line in d.log().splitlines() if re.search(r"[^\x20-\x7e]", line)]
    out.equal(raw, [], "and no byte of theirs in it as it came")


def main():
    daemon.attack(out, (test_mutations,),
                  {"Iprev": "no", "DNSTimeout": "2", "KeyTable": "file:{home}/keytable",
                   "ReceivedSPF": "yes", "MTA": "ORIGINATING"}, ZONE, {
                      "keytable": "ours example.jp:s1:{home}/s1.example.jp.pem\n"
                                  "ok ok.example:-:- dmarc=reject spf-fail=reject\n"})
    out.done()


main()
