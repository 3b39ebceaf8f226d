#!/usr/bin/python3
"""Records as the forms of DNS panels want them."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World  # noqa: E402

out = tap.Tap()
SPF = f"v=spf1 ip4:{ADDRESS} ~all"
POLICY = f"v=DMARC1; p=none; rua=mailto:postmaster@{DOMAIN}"
KEY = "s1._domainkey"

# the panel; what to enter for SPF, for DMARC, for an MX
PANELS = (
    ("onamae", ["name (leave it empty)", "type TXT", "TTL 3600", f"value {SPF}"],
     ["name _dmarc", "type TXT", "TTL 3600", f"value {POLICY}"],
     ["name (leave it empty)", "type MX", "TTL 3600", "priority 10", "value mail.example.jp"]),
    ("sakura", ["name @", "type Text (TXT)", "TTL 3600", f"value {SPF}"],
     ["name _dmarc", "type Text (TXT)", "TTL 3600", f"value {POLICY}"],
     ["name @", "type MX", "TTL 3600", "priority 10", "value mail.example.jp"]),
    ("value-domain", [f"line txt @ {SPF}"], [f"line txt _dmarc {POLICY}"],
     ["line mx mail.example.jp. 10"]),
    ("muumuu", ["name (leave it empty)", "type TXT", f"value {SPF}"],
     ["name _dmarc", "type TXT", f"value {POLICY}"],
     ["name (leave it empty)", "type MX", "priority 10", "value mail.example.jp"]),
    ("Cloudflare", ["name @", "type TXT", "TTL 3600", f"value {SPF}"],
     ["name _dmarc", "type TXT", "TTL 3600", f"value {POLICY}"],
     ["name @", "type MX", "TTL 3600", "priority 10", "value mail.example.jp"]),
    ("route53", ["name example.jp", "type TXT", "TTL 3600", f'value "{SPF}"'],
     ["name _dmarc.example.jp", "type TXT", "TTL 3600", f'value "{POLICY}"'],
     ["name example.jp", "type MX", "TTL 3600", "value 10 mail.example.jp."]),
    ("cpanel", ["name example.jp.", "type TXT", "TTL 3600", f"value {SPF}"],
     ["name _dmarc.example.jp.", "type TXT", "TTL 3600", f"value {POLICY}"],
     ["name example.jp.", "type MX", "TTL 3600", "priority 10", "value mail.example.jp"]),
    ("bind", [f'line example.jp. 3600 IN TXT "{SPF}"'],
     [f'line _dmarc.example.jp. 3600 IN TXT "{POLICY}"'],
     ["line example.jp. 3600 IN MX 10 mail.example.jp."]),
)


def fields(text):
    """What to enter, a list for each record: labels and values, blanks made one."""
    records, value = [], ""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["panel"]:
            records.append([])
        elif records and words[:1] and words[0] in ("name", "type", "TTL", "value", "priority",
                                                    "line") and line.startswith("         "):
            records[-1].append(" ".join(words))
            value = words[0] if len(words) == 1 else ""
        elif value:
            records[-1][-1] += " " + line
            value = ""
    return records


def test_panels(world):
    for panel, *wanted in PANELS:
        world.reset()
        world.set(DOMAIN, "TXT", [])
        world.set(DOMAIN, "MX", [])
        world.set(DOMAIN, "NS", ["ns.example.jp."])
        world.set("_dmarc." + DOMAIN, "TXT", [])
        got = fields(world.run("--ip", ADDRESS, "--panel", panel).stdout)
        for name, want in zip(("SPF", "DMARC", "MX"), wanted):
            out.ok(want in got, f"{panel}: {name}")
        if wanted[0] not in got:
            out.note(got)


def test_long(world):
    """A key of two strings."""
    world.reset()
    world.set(f"{KEY}.{DOMAIN}", "TXT", [])
    record = world.key_record
    for panel, want in (("route53", f'value "{record[:255]}" "{record[255:]}"'),
                        ("onamae", f"value {record}"),
                        ("value-domain", f"line txt {KEY} {record}")):
        text = world.run("--ip", ADDRESS, "--panel", panel).stdout
        out.ok(any(want in record for record in fields(text)), f"{panel}: a key in one piece")


def test_unknown(world):
    world.reset()
    got = world.run("--ip", ADDRESS, "--panel", "moon")
    out.equal(got.returncode, 64, "a panel that is not known")
    out.contains(got.stderr, "'moon' is not known: there are onamae, sakura", "there are others")
    page = world.file("page", "")
    world.set(DOMAIN, "TXT", [])
    world.run("--ip", ADDRESS, "--panel", "onamae", "--html", page)
    with open(page, encoding="utf-8") as text:
        out.contains(text.read(), "<dd><span>(leave it empty)</span></dd>", "on the page, too")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        out.run(*[lambda f=f: f(world) for f in (test_panels, test_long, test_unknown)])
    out.done()


main()
