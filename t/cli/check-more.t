#!/usr/bin/python3
"""What receivers of today demand, and the findings that nobody demands: asked of a DNS server, with
programs in the place of curl."""
import os
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, ADDRESS6, DOMAIN, World  # noqa: E402

out = tap.Tap()
IP = ("--ip", ADDRESS)
REVERSE = "4.113.0.203.in-addr.arpa"
POLICY = "version: STSv1\nmode: enforce\nmx: {}\nmax_age: 86400\n"


def receivers(world, *args):
    """{receiver: (status, found)}"""
    checks = world.check(*IP, *args)[1]
    return {name[9:]: (found[0]["status"], found[0]["found"], found[0]["details"])
            for name, found in checks.items() if name.startswith("receiver.")}


def test_receivers(world):
    world.reset()
    got = receivers(world)
    out.equal(sorted(name for name, r in got.items() if r[0] in ("warning", "failure")), [],
              "a domain with nothing wrong: nobody complains")
    world.set("_dmarc." + DOMAIN, "TXT", [])
    got = receivers(world)
    for name in ("docomo", "icloud", "gmail-bulk", "outlook"):
        out.equal(got[name][0], "warning", f"no DMARC record: {name}")
        out.contains(got[name][1], "a DMARC record", "says what is missing")
    for name in ("softbank", "kddi", "plala", "japan"):
        out.ok(got[name][0] in ("good", "info"), f"no DMARC record, nothing that fails: {name}")
    out.contains(" ".join(got["docomo"][2]), "since 2025-02, by https://www.docomo.ne.jp/",
                 "since when, and by which page")
    world.reset()
    world.set(DOMAIN, "TXT", ["v=spf1 ip4:192.0.2.1 -all"])
    world.set("s1._domainkey." + DOMAIN, "TXT", [])
    got = receivers(world)
    for name in ("softbank", "plala", "japan", "docomo", "yahoo-japan"):
        out.equal(got[name][0], "warning", f"DMARC fails: {name}")
    out.equal([d for d in got["gmail-bulk"][2] if d.startswith("since")],
              ["since 2024-02, by https://support.google.com/a/answer/81126"],
              "each page once, and none for what is not missed")
    world.reset()
    world.set(DOMAIN, "TXT", ["v=spf1 ip6:2001:db8::/32 -all"])
    _, checks = world.check("--ip", ADDRESS6)
    out.contains(checks["receiver.kddi"][0]["found"], "IPv4 addresses in the SPF record",
                 "au wants IPv4 addresses")


def test_volume(world):
    world.reset()
    world.set("_dmarc." + DOMAIN, "TXT", [])
    for args, want in (((), ("warning", "warning")), (("--volume", "bulk"), ("failure", "failure")),
                       (("--volume", "small"), (None, None))):
        got = receivers(world, *args)
        out.equal((got.get("outlook", [None])[0], got.get("gmail-bulk", [None])[0]), want,
                  f"volume: {args}")
        out.equal(got["docomo"][0], "warning", "what all have to do stays as it is")
    said = world.run(*IP, "--volume", "huge")
    out.equal((said.returncode, "small nor bulk" in said.stderr), (64, True), "no other volume")


def test_helo(world):
    world.reset()
    _, checks = world.check(*IP)
    found = checks["spf.helo"][0]
    out.equal((found["status"], found["record"]["name"], found["record"]["value"]),
              ("info", "mail.example.jp", "v=spf1 a -all"), "HELO without SPF: the record")
    world.paste(found["record"])
    _, checks = world.check(*IP)
    out.equal((checks["spf.helo"][0]["status"], checks["receiver.kddi"][0]["status"]),
              ("good", "good"), "pasted, au has what it asks for")
    world.set("other.example.jp", "A", ["203.0.113.9"])
    for helo, status, word in (("mail.example.jp", "good", "is the name of"),
                               ("other.example.jp", "warning", "does not lead to"),
                               ("localhost.localdomain", "warning", "does not lead to")):
        found = world.check(*IP, "--helo", helo)[1]["host.helo"][0]
        out.equal((found["status"], word in found["found"]), (status, True), f"HELO {helo}")


NAMES = (
    ("p1234-ipngn100.tokyo.ocn.ne.jp", True), ("203-0-113-4.dynamic.example.net", True),
    ("host4.113.0.203.example.net", True), ("cb007104.example.net", True),
    ("ik1-123-45678.vs.example.net", True), ("ppp12.example.net", True),
    ("mail.example.jp", False), ("mx1.pool.example.jp", True), ("www1234.example.jp", False),
    ("mail-gw012.example.jp", False), ("dynamic-mail.example.jp", False),
    ("user.example.jp", False),
)


def test_generic(world):
    for name, want in NAMES:
        world.reset()
        world.set(REVERSE, "PTR", [name + "."])
        world.set(name, "A", [ADDRESS])
        _, checks = world.check(*IP)
        out.equal("host.generic" in checks, want, f"a provider's name: {name}")


def test_size(world):
    world.reset()
    long = "v=spf1 mx " + " ".join(f"ip4:198.51.{n}.0/24" for n in range(23)) + " -all"
    for text, want in ((long, False), (long.replace("-all", "ip4:192.0.2.0/24 -all"), True)):
        world.set(DOMAIN, "TXT", [text])
        _, checks = world.check(*IP)
        out.equal("spf.size" in checks, want, f"a record of {len(text)} bytes")


def test_idn(world):
    world.reset()
    world.set("xn--wgv71a119e.jp", "TXT", ["v=spf1 -all"])
    code, checks = world.check(domain="日本語.jp")
    out.contains(checks["dns.name"][0]["found"], "日本語.jp is called xn--wgv71a119e.jp", "a name in "
                 "another script: both forms")
    text = world.run(domain="xn--wgv71a119e.jp").stdout
    out.contains(text.splitlines()[-1], "日本語.jp (xn--wgv71a119e.jp)", "and at the end")


def online(world, *args, lies=(), curl=None):
    """The findings with a DNS server, and this script as curl (None: none is there)."""
    bin_dir = os.path.join(world.directory, "bin")
    os.makedirs(bin_dir, exist_ok=True)
    path = os.path.join(bin_dir, "curl")
    if curl is None and os.path.exists(path):
        os.unlink(path)
    if curl is not None:
        world.write(path, "#!/bin/sh\n" + curl)
        os.chmod(path, stat.S_IRWXU)
    command = [os.path.join(HERE, "..", "lib", "dnsd"), "--stdin"]
    for name in lies:
        command += ["--lie", name, "authentic"]
    with subprocess.Popen([*command, world.zone()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as server:
        port = server.stdout.readline().split()[1]
        _, checks = world.check(*IP, *args, dns=["--nameserver", f"127.0.0.1:{port}"],
                                env={"PATH": bin_dir})
        server.stdin.close()
    return checks


def listed(zone, address, text="127.0.0.2"):
    return (f"{address}.{zone}", "A", [text])


def test_lists(world):
    """A list counts only if it holds 127.0.0.2 and not 127.0.0.1."""
    confdir = os.path.join(world.directory, "confdir")
    os.makedirs(confdir, exist_ok=True)
    ours = ("bl.spamcop.net", "psbl.surriel.com", "dnsbl.dronebl.org", "zen.spamhaus.org")
    world.write(os.path.join(confdir, "lists"), "".join(f"-{zone}\n" for zone in ours) +
                "good.example\nall.example\ndead.example\nshut.example\n")
    os.environ["SEKIMORI_CONFDIR"] = confdir
    world.reset()
    always, never, us = "2.0.0.127", "1.0.0.127", "4.113.0.203"
    for record in (listed("good.example", always), listed("all.example", always),
                   listed("all.example", never), listed("all.example", us),
                   listed("shut.example", always, "127.255.255.254"),
                   listed("shut.example", us, "127.255.255.254")):
        world.set(*record)
    got = {f["found"].split()[0].strip(":"): f["status"] for f in online(world)["host.list"]}
    out.equal(got, {"good.example": "good", "all.example": "info", "dead.example": "info",
                    "shut.example": "info"}, "lists that do not work say nothing")
    world.set(*listed("good.example", us))
    found = online(world)["host.list"][0]
    out.equal((found["status"], "lists " + ADDRESS in found["found"]), ("failure", True), "listed")
    out.ok("host.list" not in online(world, "--no-block-lists"), "none is asked")
    out.ok("host.list" not in world.check(*IP)[1], "nor where there is no network")
    del os.environ["SEKIMORI_CONFDIR"]


def test_dnssec(world):
    world.reset()
    world.set(DOMAIN, "NS", ["ns.example.jp."])
    world.set("in-addr.arpa", "NS", ["ns.example.jp."])
    for lies, status, word in (((DOMAIN,), "good", "is signed"),
                               (("in-addr.arpa",), "info", "is not signed"),
                               ((), "info", "not known")):
        found = online(world, "--no-block-lists", lies=lies)["more.dnssec"][0]
        out.equal((found["status"], word in found["found"]), (status, True), f"DNSSEC: {word}")
    _, checks = world.check(*IP)
    out.ok("more.dnssec" not in checks, "nothing is said of a zone file")
    out.contains(checks["more.not-looked-at"][0]["found"], "not looked at: DNSSEC, the MTA-STS",
                 "but that it was not looked at")


def test_sts(world):
    world.reset()
    world.set("_mta-sts." + DOMAIN, "TXT", ["v=STSv1; id=20261130"])
    world.set("mta-sts." + DOMAIN, "A", ["203.0.113.5"])
    fetch = ('case "$*" in *"mta-sts.example.jp:443:203.0.113.5"*"https://mta-sts.example.jp/'
             '.well-known/mta-sts.txt") printf "%s" "{}"; exit {};; *) exit 7;; esac\n')
    for curl, status, word in (
            (fetch.format(POLICY.format("mail.example.jp"), 0), "good", "names all"),
            (fetch.format(POLICY.format("*.example.jp"), 0), "good", "names all"),
            (fetch.format(POLICY.format("mx.example.jp"), 0), "failure",
             "does not name the MX host mail.example.jp"),
            (fetch.format(POLICY.format("x.jp").replace("enforce", "testing"), 0), "warning",
             "mode testing"),
            (fetch.format("hello", 0), "warning", "no version"),
            (fetch.format("", 22), "warning", "cannot be fetched")):
        found = online(world, "--no-block-lists", curl=curl)["more.mta-sts"][0]
        out.equal((found["status"], word in found["found"]), (status, True), f"MTA-STS: {word}")
    checks = online(world, "--no-block-lists")
    out.equal(checks["more.mta-sts"][0]["status"], "info", "without curl: the record alone")
    out.contains(checks["more.not-looked-at"][0]["found"], "the MTA-STS policy", "and that is said")
    world.set("_mta-sts." + DOMAIN, "TXT", ["v=STSv1; id=2026-11-30"])
    out.equal(world.check(*IP)[1]["more.mta-sts"][0]["status"], "warning", "a bad id")


def test_dane(world):
    name = "_25._tcp.mail.example.jp"
    world.reset()
    out.contains(world.check(*IP)[1]["more.dane"][0]["found"], "no DANE", "no TLSA records")
    world.set(name, "TLSA", ["3 1 1 " + "ab" * 32])
    for lies, status, word in (((name,), "good", "valid by DNSSEC"), ((), "info", "say nothing")):
        found = online(world, "--no-block-lists", lies=lies)["more.dane"][0]
        out.equal((found["status"], word in found["found"]), (status, True), f"DANE: {word}")


def test_starttls(world):
    world.reset()
    for code, status, word in ((0, "good", "valid certificate"), (60, "info", "nobody has signed"),
                               (64, "warning", "does not offer TLS")):
        curl = f'case "$*" in *"mail.example.jp:25:{ADDRESS}"*) exit {code};; esac; exit 7\n'
        found = online(world, "--no-block-lists", curl=curl)["more.starttls"][0]
        out.equal((found["status"], word in found["found"]), (status, True), f"STARTTLS: {code}")
    checks = online(world, "--no-block-lists", curl="exit 28\n")
    out.ok("more.starttls" not in checks and "TLS of the MX hosts" in
           checks["more.not-looked-at"][0]["found"], "no answer: not known")


def test_records(world):
    world.reset()
    bimi, reports = "default._bimi." + DOMAIN, "_smtp._tls." + DOMAIN
    for name, kind, text, status in (
            (reports, "tls-rpt", "v=TLSRPTv1; rua=mailto:t@example.jp", "good"),
            (reports, "tls-rpt", "v=TLSRPTv1; rua=t@example.jp", "warning"),
            (bimi, "bimi", "v=BIMI1; l=https://example.jp/l.svg", "good"),
            (bimi, "bimi", "v=BIMI1; l=http://example.jp/l.svg", "warning")):
        world.set(name, "TXT", [text])
        out.equal(world.check(*IP)[1]["more." + kind][0]["status"], status, f"record: {text}")
    world.set(bimi, "TXT", ["v=BIMI1; l=https://example.jp/l.svg"])
    world.set("_dmarc." + DOMAIN, "TXT", ["v=DMARC1; p=none"])
    found = world.check(*IP)[1]["more.bimi"][0]
    out.equal((found["status"], "does nothing" in found["found"]), ("warning", True),
              "BIMI without enforcement")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        out.run(*[lambda f=f: f(world) for f in (
            test_receivers, test_volume, test_helo, test_generic, test_size, test_idn, test_lists,
            test_dnssec, test_sts, test_dane, test_starttls, test_records)])
    out.done()


main()
