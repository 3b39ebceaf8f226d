#!/usr/bin/python3
"""A domain whose mail other people's hosts send, and one that is not there: nothing is invented,
and each is told where the switch is that turns DKIM on."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import DOMAIN, World  # noqa: E402

out = tap.Tap()
IP = ("--ip", "203.0.113.20")
REVERSE = "20.113.0.203.in-addr.arpa"


def hosted(world, name, **records):
    """A domain at this host: no key of it here, and these records beside its MX."""
    world.records = {}
    world.config = world.file("bare.conf", "Socket local:/nowhere\n")
    world.set(DOMAIN, "MX", [f"10 {name}."])
    world.set(name, "A", ["203.0.113.20"])
    world.set(REVERSE, "PTR", [f"{name}."])
    for where, text in records.items():
        world.set(where.replace("__", "."), "TXT", [text])


def test_shared(world):
    """The include where it helps, the host's name where it does not, else the address."""
    for name, include, want in (
            ("www1234.sakura.ne.jp", "v=spf1 ip4:203.0.113.0/24 ~all", "include:_spf.sakura.ne.jp"),
            ("www1234.sakura.ne.jp", "v=spf1 ip4:198.51.100.0/24 ~all", "a:www1234.sakura.ne.jp"),
            ("www1234.sakura.ne.jp", None, "a:www1234.sakura.ne.jp"),
            ("ik1-123-45678.vs.sakura.ne.jp", "v=spf1 ip4:198.51.100.0/24 ~all",
             "ip4:203.0.113.20"),
            ("ip-20.secureserver.net", "v=spf1 ip4:198.51.100.0/24 ~all", "ip4:203.0.113.20")):
        for record, finding in ((None, "spf.found"),
                                ("v=spf1 ip4:198.51.100.9 -all", "spf.covers")):
            hosted(world, name)
            for zone in ("_spf.sakura.ne.jp", "spf.em.secureserver.net"):
                world.set(zone, "TXT", [include] if include else [])
            world.set(DOMAIN, "TXT", [record] if record else [])
            _, checks = world.check(*IP)
            found = checks[finding][0]
            value = f"v=spf1 {want} ~all" if record is None \
                else f"v=spf1 ip4:198.51.100.9 {want} -all"
            out.equal(found["record"]["value"], value, f"{name}, {include}: {finding}")
            if record:
                out.contains(found["remedy"], f"add {want} to", "and no other term is named")
            if "include" not in want and ".vs." not in name:
                out.contains(" ".join(found["details"]), "for its customers", "why not the include")
            world.paste(found["record"])
            _, checks = world.check(*IP)
            out.equal(checks["spf.covers"][0]["status"], "good", "pasted, it passes")


def test_signer(world):
    """Who signs is told where; a key that is made elsewhere is of no use."""
    hosted(world, "www1234.sakura.ne.jp", example__jp="v=spf1 a:www1234.sakura.ne.jp -all",
           _dmarc__example__jp="v=DMARC1; p=reject; aspf=s")
    for args in (IP, (), (*IP, "--selector", "rs1"), (*IP, "--mail-from", "a@b.example.jp")):
        got = world.run(*args, "--json").stdout
        out.ok("keygen" not in got, f"{args}: no key is to be made here")
        out.contains(got, "Sakura Internet sends this mail, and signs it", f"{args}: who signs")
        out.contains(got, "panel", f"{args}: and where")
    hosted(world, "mail.example.jp", example__jp="v=spf1 mx -all")
    _, checks = world.check(*IP)
    out.contains(checks["dkim.key"][0]["remedy"], "on a server of your own, `sekimori keygen",
                 "a host that nobody knows")


def test_mx(world):
    """An address where a name belongs; no MX; a subdomain's."""
    def mx():
        return world.check(*IP)[1]["host.mx"][0]
    hosted(world, "mail.example.jp", example__jp="v=spf1 mx -all")
    world.set(DOMAIN, "MX", ["10 203.0.113.20."])
    found = mx()
    out.equal((found["status"], found["record"]["value"]), ("failure", "10 mail.example.jp."),
              "an address: the name that leads to it")
    world.set(REVERSE, "PTR", [])
    found = mx()
    out.equal(found["record"], None, "an address without a name: nothing is invented")
    out.contains(found["remedy"], "Give the host a name", "but what to do")
    world.set(DOMAIN, "MX", [])
    world.set("mail.example.jp", "A", [])
    out.equal(mx()["record"], None, "no MX, no host that is known: nothing is invented")
    world.set(DOMAIN, "A", ["203.0.113.20"])
    out.equal(mx()["record"]["value"], "10 example.jp.", "no MX: its own address")
    _, checks = world.check(*IP)
    out.equal(checks["host.ptr"][0]["record"]["value"], "example.jp.",
              "no PTR: a name that is there")
    world.set(DOMAIN, "A", [])
    world.set("www.example.jp", "A", ["203.0.113.30"])
    _, checks = world.check(*IP)
    out.equal(checks["host.ptr"][0]["record"], None, "no PTR and no name: nothing is invented")
    out.contains(checks["host.ptr"][0]["remedy"], "Choose a name", "but what to do")
    world.set(DOMAIN, "MX", ["20 b.example.net.", "10 a.example.net."])
    world.set("news.example.jp", "TXT", ["v=spf1 -all"])
    _, checks = world.check(*IP, domain="news.example.jp")
    found = checks["host.mx"][0]
    out.equal(found["record"]["value"], "10 a.example.net.", "a subdomain: its parent's")
    out.equal(found["details"],
              ["example.jp MX 20 b.example.net.", "example.jp MX 10 a.example.net."],
              "and all of them")


def test_absent(world):
    """A domain that does not exist is said first; its records are of no use."""
    hosted(world, "mail.example.jp", example__jp="v=spf1 mx -all")
    for domain in ("nosuch.example", "exmaple.jp", "a.b.nosuch.example"):
        code, checks = world.check(*IP, domain=domain)
        out.equal((code, list(checks)), (2, ["dns.domain"]), f"{domain}: nothing else is said")
        out.contains(checks["dns.domain"][0]["found"], f"{domain} does not exist", "but this")
        out.equal(checks["dns.domain"][0]["record"], None, "and no record is shown")
    code, checks = world.check(*IP, domain="news.example.jp")
    out.equal((code, list(checks)[0]), (2, "dns.domain"), "a subdomain to be made: said first")
    out.equal(checks["spf.found"][0]["record"]["value"], "v=spf1 ip4:203.0.113.20 ~all",
              "and what makes it")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        out.run(*[lambda f=f: f(world) for f in (test_shared, test_signer, test_mx, test_absent)])
    out.done()


main()
