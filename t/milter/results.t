#!/usr/bin/python3
"""What the built daemon writes beyond the usual: logins, names of any script, Received-SPF, the
client's name, and nothing on what a filter hands back."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import tap  # noqa: E402
from milterclient import Message  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
ALABEL = "xn--bcher-kva.example"
UTF8 = "次郎@bücher.example".encode()
ZONE = f"""{ALABEL}. 300 IN TXT "v=spf1 ip4:203.0.113.9 -all"
_dmarc.{ALABEL}. 300 IN TXT "v=DMARC1; p=reject; aspf=s; adkim=s"
9.113.0.203.in-addr.arpa. 300 IN PTR liar.example.
9.113.0.203.in-addr.arpa. 300 IN PTR mx.esp.example.
liar.example. 300 IN A 192.0.2.1
mx.esp.example. 300 IN A 203.0.113.9
10.113.0.203.in-addr.arpa. 300 IN PTR liar.example.
"""
CLIENT = "203.0.113.9"
PLAIN = Message([("From", b" a@example.jp"), ("To", b" b@example.net")], b"Hello\r\n")


class World:
    """A DNS server, keys and a configuration; the daemon is started by `with world.daemon`."""

    def __init__(self, **settings):
        self.daemon = daemon.Daemon(settings)
        home = self.daemon.home
        self.keys = [Key(home, ALABEL, "e1", "ed25519"), Key(home, "example.jp", "s1")]
        table = os.path.join(home, "keytable")
        with open(table, "w", encoding="utf-8") as f:
            f.write("".join(key.row() for key in self.keys))
        with open(os.path.join(home, "zone"), "w", encoding="ascii") as f:
            f.write(ZONE + "".join(key.zone() for key in self.keys))
        self.dnsd = subprocess.Popen([os.path.join(HERE, "..", "lib", "dnsd"), "--stdin", f.name],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.daemon.write(Nameservers="127.0.0.1:" + self.dnsd.stdout.readline().split()[1],
                          KeyTable="file:" + table)

    def __enter__(self):
        self.daemon.start()
        return self

    def __exit__(self, *what):
        self.daemon.__exit__(*what)
        self.dnsd.stdin.close()
        self.dnsd.wait()

    def send(self, message, sender, client=CLIENT, **options):
        with self.daemon.mta(client, "mx.esp.example", **options) as mta:
            return mta.send(message, sender)


def values(got, name):
    return [value for field, value in got.fields if field == name]


def one(got, name):
    found = values(got, name)
    out.equal(len(found), 1, f"one {name} field")
    return found[0] if found else b""


def test_login():
    """RFC 8601 2.7.4: only where the operator asks for it, and never what the client claims."""
    forged = Message([("Authentication-Results", b" mx.example.jp; auth=pass smtp.auth=boss")]
                     + PLAIN.fields, PLAIN.body)
    for setting in ("yes", "no"):
        with World(SubmissionResults=setting) as w:
            got = w.send(forged, "a@example.jp",
                         macros={"{auth_type}": "PLAIN", "{auth_authen}": "jiro; spf=pass"})
            field = b"".join(values(got, "Authentication-Results"))
            out.ok(b"boss" not in field, f"SubmissionResults {setting}: the forged one goes")
            out.equal(b'auth=pass smtp.auth="jiro; spf=pass"' in field, setting == "yes",
                      f"SubmissionResults {setting}: ours, its value quoted (S7)")
            out.equal(got.fields[0][0] == "Authentication-Results", setting == "yes",
                      f"SubmissionResults {setting}: on top")
            out.equal(len(values(got, "DKIM-Signature")), 1, "and it is signed")


def test_eai():
    """SMTPUTF8 from a user to us and out, and the same message from outside."""
    message = Message([("From", " 次郎 <".encode() + UTF8 + b">"), ("To", b" b@example.net"),
                       ("Subject", " こんにちは".encode())], "お元気ですか\r\n".encode())
    with World() as w:
        sent = w.send(message, UTF8, client="192.0.2.1")
        out.ok(f"d={ALABEL};".encode() in one(sent, "DKIM-Signature").split(),
               "DKS-10 A-labels in d=")
        got = w.send(Message(sent.fields, message.body), UTF8)
        field = one(got, "Authentication-Results")
        for part in (f"spf=pass smtp.mailfrom={ALABEL}", f"dkim=pass header.d={ALABEL}",
                     f"dmarc=pass header.from={ALABEL} policy.dmarc=reject"):
            out.contains(" ".join(field.decode("ascii").split()), part, f"EAI: {part}")
        out.ok("\\xE6\\xAC\\xA1" in w.daemon.messages()[-1], "the log shows bytes as bytes")


def test_received_spf():
    """RSPF-4, RSPF-6: an option; forged ones that name our host go, on both kinds of MTA."""
    forged = [("Received-SPF", b" pass (forged) receiver=mx.example.jp; client-ip=192.0.2.1"),
              ("Received-SPF", b" pass receiver=other.example; client-ip=192.0.2.1"),
              ("Received-SPF", b" pass\n\treceiver=\"MX.example.jp\"; x=y")]
    for kind in ("postfix", "sendmail"):
        with World(ReceivedSPF="yes") as w:
            got = w.send(Message(forged + PLAIN.fields, PLAIN.body), "a@" + ALABEL, kind=kind)
        fields = values(got, "Received-SPF")
        out.equal(fields[1:], [forged[1][1]], f"forged ones go, another's stays ({kind})")
        out.ok(fields[0].strip().startswith(b"pass") and b"client-ip=203.0.113.9" in fields[0]
               and b"receiver=mx.example.jp" in fields[0] and b"identity=mailfrom" in fields[0],
               f"ours is above it ({kind})")
    with World() as w:
        got = w.send(Message(forged + PLAIN.fields, PLAIN.body), "a@" + ALABEL)
        out.equal(len(values(got, "Received-SPF")), 3, "by default none is written, none removed")


def test_iprev():
    """RFC 8601 3: one of the names leads back, or none does."""
    with World() as w:
        for client, want in ((CLIENT, "iprev=pass policy.iprev=203.0.113.9"),
                             ("203.0.113.10", "iprev=fail"), ("203.0.113.11", "iprev=permerror"),
                             ("2001:db8::1", "iprev=permerror")):
            field = one(w.send(PLAIN, "a@" + ALABEL, client=client), "Authentication-Results")
            out.contains(" ".join(field.decode().split()), want, f"{client}: {want}")
        out.contains(" ".join(field.decode().split()), 'policy.iprev="2001:db8::1"',
                     "AR-4 an IPv6 address is quoted")
    with World(Iprev="no") as w:
        out.ok(b"iprev" not in one(w.send(PLAIN, "a@" + ALABEL), "Authentication-Results"),
               "Iprev no")


def test_filter():
    """S33: in through us, out to a filter, back over loopback: results kept, never signed."""
    with World(InternalHosts="127.0.0.0/8") as w:
        first = w.send(PLAIN, "a@" + ALABEL)
        out.contains(one(first, "Authentication-Results").decode(), "dmarc=",
                     "our domain in From, from outside: checked")
        out.equal(values(first, "DKIM-Signature"), [], "and not signed")
        back = w.send(Message(first.fields, PLAIN.body), "a@" + ALABEL, client="127.0.0.1")
        out.equal(back.fields, first.fields, "handed back: nothing is added, nothing removed")
        own = w.send(PLAIN, "a@example.jp", client="127.0.0.1")
        out.equal(len(values(own, "DKIM-Signature")), 1, "this host's own mail is signed")


out.run(test_login, test_eai, test_received_spf, test_iprev, test_filter)
out.done()
