#!/usr/bin/python3
"""impersonation=reject through real mail servers, judged by what they deliver: no message that
was accepted shows an address of the domain as its author's, and readable mail of others comes
through. Sendmail writes From anew, so what it makes of a field is what counts."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import client, stage, unpack, world  # noqa: E402
import guises  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()
ZONE = ('attacker.example. 300 IN TXT "v=spf1 ip4:{} -all"\n'
        'victim.example. 300 IN TXT "v=spf1 -all"\n')
TABLE = "im {}:-:- impersonation=reject\n"


class Stage(stage.Stage):
    def _zone(self):
        return super()._zone() + ZONE.format(self.world.outside)


class Scene:
    """One mail server, and one domain of ours."""

    def __init__(self, place, kind, domain, settings=None, **more):
        name = f"{kind}-{domain}"
        rows = {"KeyTable": place.write(name + ".table", TABLE.format(domain))} | (settings or {})
        self.stage = Stage(place, kind, name, settings=rows, **more)
        self.kind, self.domain, self.count = kind, domain, 0

    def send(self, field, sender="x@attacker.example"):
        """What was delivered; None: it was refused."""
        self.count += 1
        mark = f"<{self.count}.{self.kind}@attacker.example>".encode()
        text = b"" if field is None else b"From: " + field + b"\r\n"
        text += b"To: hanako@example.jp\r\nSubject: s\r\nDate: Sat, 10 Oct 2026 10:00:00 +0900\r\n"
        text += b"Message-ID: " + mark + b"\r\n\r\nbody\r\n"
        with self.stage.outside() as smtp:
            try:
                smtp.send(sender, "hanako@example.jp", text, " BODY=8BITMIME")
            except client.Refused as refused:
                OUT.ok(refused.code == 550, f"{self.title(field)}: it is refused for good")
                return None
        got = self.stage.delivered(mark)
        OUT.ok(got is not None, f"{self.title(field)}: it is delivered")
        return got

    def title(self, field):
        return f"{self.kind}, {self.domain}: {field!r}"[:100]

    def refuses(self, *fields):
        for field in fields:
            got = self.send(field)
            if got is not None:
                OUT.ok(False, f"{self.title(field)}: refused")
                OUT.note(f"{got.values('From')} shows {guises.shown(got.data)}")

    def delivers(self, *fields, **more):
        for field in fields:
            OUT.ok(self.send(field, **more) is not None, f"{self.title(field)}: delivered")

    def hides(self, *fields):
        """Refused or not: nobody sees an address of ours."""
        for field in fields:
            got = self.send(field)
            seen = guises.shown(got.data) if got is not None else ()
            OUT.equal([a for a in seen if a.lower().endswith("@" + self.domain)], [],
                      f"{self.title(field)}: shows nobody of ours")


def test_both(place):
    for kind in stage.KINDS:
        scene = Scene(place, kind, "victim.example")
        scene.refuses(*guises.SHOW)
        scene.delivers(*guises.FOREIGN)
        scene.stage.stop()
        scene = Scene(place, kind, "mx.example.jp")
        scene.refuses(*guises.SHORT)
        scene.hides(*guises.SENDMAIL, None, b"", b"<>", b"grp:;", b"ceo@", b"CEO <ceo@>")
        scene.delivers(b"Foo [Bar] <x@attacker.example>", b'"ceo" <x@attacker.example>')
        scene.delivers(b"Mail Delivery System <MAILER-DAEMON>", b"postmaster", sender="")
        scene.stage.stop()


def test_masquerade(place):
    """Sendmail completes to another name than its own, which only the configuration knows."""
    scene = Scene(place, "Sendmail", "example.org", {"AppendedDomains": "example.org"},
                  settings_of_mta="MASQUERADE_AS(`example.org')")
    scene.refuses(b"CEO <ceo>", b"ceo, x@attacker.example", b"ceo@localhost",
                  b"CEO <ceo@mx.example.jp>", b"Foo [Bar] <ceo@mx.example.jp>")
    scene.delivers(b"CEO <x@attacker.example>")
    scene.stage.stop()


with world.World(packages=(unpack.POSTFIX, unpack.SENDMAIL)) as host:
    OUT.run(lambda: test_both(host), lambda: test_masquerade(host))
OUT.done()
