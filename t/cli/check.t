#!/usr/bin/python3
"""Every finding of `sekimori check`: a domain with nothing wrong, and one thing spoilt in it."""
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, ADDRESS6, DOMAIN, REVERSE6, World, run  # noqa: E402

out = tap.Tap()
KEY = "s1._domainkey." + DOMAIN
DMARC = "_dmarc." + DOMAIN
IP = ("--ip", ADDRESS)

# name, what is changed [(name, type, values)], the arguments, the id of the finding, its status,
# a part of what was found, the value of the record that is proposed (None: none)
CASES = [
    # SPF
    ("no SPF record", [(DOMAIN, "TXT", [])], IP, "spf.found", "failure", "has no SPF record",
     f"v=spf1 ip4:{ADDRESS} ~all"),
    ("no SPF record, two addresses", [(DOMAIN, "TXT", [])], (*IP, "--ip", ADDRESS6), "spf.found",
     "failure", "has no SPF record", f"v=spf1 ip4:{ADDRESS} ip6:{ADDRESS6} ~all"),
    ("two SPF records", [(DOMAIN, "TXT", ["v=spf1 mx ~all", "v=spf1 ip4:192.0.2.1 -all"])], IP,
     "spf.found", "failure", "2 SPF records", "v=spf1 mx ip4:192.0.2.1 ~all"),
    ("an SPF record in quotes", [(DOMAIN, "TXT", ['"v=spf1 mx -all"'])], IP, "spf.found",
     "failure",
     "was meant to be SPF", None),
    ("DNS fails", [(DOMAIN, "TXT", [])], IP, "spf.found", "failure", "", None),
    ("a term that is none", [(DOMAIN, "TXT", ["v=spf1 mx ipv4:192.0.2.1 -all"])], IP, "spf.valid",
     "failure", "ipv4:192.0.2.1", "v=spf1 mx ip4:192.0.2.1 -all"),
    ("a NUL ends no record", [(DOMAIN, "TXT", ["v=spf1 mx\0 ip4:192.0.2.1 -all"])], IP,
     "spf.valid", "failure", "the record is not valid: byte that is not printable", None),
    ("an include without record", [(DOMAIN, "TXT", ["v=spf1 mx include:gone.example -all"])],
     ("--ip", "192.0.2.9"), "spf.valid", "failure", "gone.example has no SPF record", None),
    ("eleven terms", [(DOMAIN, "TXT", ["v=spf1 mx " + " ".join(
        f"exists:e{i}.example" for i in range(10)) + " -all"])]
     + [(f"e{i}.example", "A", ["192.0.2.200"]) for i in range(0)], IP,
     "spf.lookups", "failure", "11 of the 10", None),
    ("ten terms", [(DOMAIN, "TXT", ["v=spf1 mx " + " ".join(
        f"a:e{i}.example" for i in range(9)) + " -all"])]
     + [(f"e{i}.example", "A", ["192.0.2.200"]) for i in range(9)], IP,
     "spf.lookups", "warning", "10 of the 10", None),
    ("three void look-ups", [(DOMAIN, "TXT",
     ["v=spf1 mx a:x.example a:y.example a:z.example -all"])],
     IP, "spf.voids", "failure", "3 of the 2", None),
    ("S34 +all", [(DOMAIN, "TXT", ["v=spf1 +all"])], IP, "spf.open", "failure", "+all",
     f"v=spf1 ip4:{ADDRESS} ~all"),
    ("S34 an include that lets in everybody", [(DOMAIN, "TXT",
     ["v=spf1 mx include:w.example -all"]),
                                              ("w.example", "TXT", ["v=spf1 all"])], IP,
     "spf.open", "failure", "everybody", None),
    ("S34 the whole internet", [(DOMAIN, "TXT", ["v=spf1 mx ip4:0.0.0.0/0 -all"])], IP,
     "spf.open", "failure", "'ip4:0.0.0.0/0' of example.jp lets everybody", "v=spf1 mx ~all"),
    ("S34 all of IPv6", [(DOMAIN, "TXT", ["v=spf1 ip6:::/0 -all"])], IP,
     "spf.open", "failure", "'ip6:::/0'", f"v=spf1 ip4:{ADDRESS} ~all"),
    ("S34 half of the internet, twice", [(DOMAIN, "TXT",
     ["v=spf1 mx ip4:0.0.0.0/1 ip4:128.0.0.0/1 ?all"])], IP, "spf.open", "failure",
     "'ip4:0.0.0.0/1'", "v=spf1 mx ~all"),
    ("S34 the same record for ?all", [(DOMAIN, "TXT", ["v=spf1 mx ip4:0.0.0.0/1 ?all"])], IP,
     "spf.all", "warning", "?all", "v=spf1 mx ~all"),
    ("S34 a network of a host", [(DOMAIN, "TXT", ["v=spf1 mx a:mail.example.jp/7 -all"])], IP,
     "spf.open", "failure", "'a:mail.example.jp/7'", "v=spf1 mx ~all"),
    ("S34 many large networks", [(DOMAIN, "TXT", ["v=spf1 mx ip4:8.0.0.0/8 ip4:9.0.0.0/8 -all"])],
     IP, "spf.open", "failure", "33554433 IPv4 addresses", None),
    ("private networks", [(DOMAIN, "TXT",
     ["v=spf1 mx ip4:192.168.1.0/24 ip4:10.1.2.3 ip6:fd00::1 -all"])], IP, "spf.private",
     "warning", "ip4:192.168.1.0/24", "v=spf1 mx -all"),
    ("S34 Gmail refuses an open record", [(DOMAIN, "TXT", ["v=spf1 +all"]), (KEY, "TXT", [])], IP,
     "receiver.gmail", "failure", "missing: SPF", None),
    ("S34 more than 65536 addresses", [(DOMAIN, "TXT", ["v=spf1 mx ip4:10.0.0.0/15 -all"])], IP,
     "spf.open", "warning", "131073 IPv4 addresses", None),
    ("S34 65536 in an include", [(DOMAIN, "TXT", ["v=spf1 mx include:w.example -all"]),
                                ("w.example", "TXT", ["v=spf1 ip4:10.0.0.0/16 -all"])], IP,
     "spf.open", "warning", "65537 IPv4 addresses", None),
    ("S34 ?all", [(DOMAIN, "TXT", ["v=spf1 mx ?all"])], IP, "spf.all", "warning", "?all",
     "v=spf1 mx ~all"),
    ("no all", [(DOMAIN, "TXT", ["v=spf1 mx"])], IP, "spf.all", "warning", "no 'all'",
     "v=spf1 mx ~all"),
    ("ptr", [(DOMAIN, "TXT", ["v=spf1 mx ptr -all"])], IP, "spf.ptr", "warning", "'ptr'", None),
    ("not covered", [(DOMAIN, "TXT", ["v=spf1 ip4:192.0.2.1 -all"])], IP, "spf.covers", "failure",
     "is fail", f"v=spf1 ip4:192.0.2.1 ip4:{ADDRESS} -all"),
    ("covered by redirect", [(DOMAIN, "TXT", ["v=spf1 redirect=r.example"]),
                            ("r.example", "TXT", [f"v=spf1 ip4:{ADDRESS} -all"])], IP,
                             "spf.covers",
     "good", f"'ip4:{ADDRESS}' of r.example", None),
    ("not covered by redirect", [(DOMAIN, "TXT", ["v=spf1 redirect=r.example"]),
                                ("r.example", "TXT", ["v=spf1 -all"])], IP, "spf.covers",
     "failure", "is fail", f"v=spf1 ip4:{ADDRESS} redirect=r.example"),
    ("a relay", [("9.100.51.198.in-addr.arpa", "PTR", ["a.relay.mailchannels.net."]),
                 ("a.relay.mailchannels.net", "A", ["198.51.100.9"]),
                 ("relay.mailchannels.net", "TXT", ["v=spf1 ip4:198.51.100.9 -all"])],
     ("--ip", "198.51.100.9"),
     "spf.covers", "failure", "is fail", "v=spf1 mx include:relay.mailchannels.net -all"),
    ("the deepest term", [(DOMAIN, "TXT", ["v=spf1 include:i.example -all"]),
                         ("i.example", "TXT", [f"v=spf1 ip4:{ADDRESS}/30 -all"])], IP,
                          "spf.covers",
     "good", f"'ip4:{ADDRESS}/30' of i.example, by 'include:i.example'", None),
    ("turned away by name", [(DOMAIN, "TXT", [f"v=spf1 -ip4:{ADDRESS} mx -all"])], IP, "spf.covers",
     "failure", "is fail", f"v=spf1 ip4:{ADDRESS} -ip4:{ADDRESS} mx -all"),
    # DKIM
    ("no key published", [(KEY, "TXT", [])], IP, "dkim.published", "failure", "no TXT record",
     "KEY"),
    ("a doubled name", [(KEY, "TXT", []), (KEY + "." + DOMAIN, "TXT", ["KEY"])], IP,
     "dkim.published", "failure", "wrong name, s1._domainkey.example.jp.example.jp", "KEY"),
    ("without _domainkey", [(KEY, "TXT", []), ("s1." + DOMAIN, "TXT", ["KEY"])], IP,
     "dkim.published", "failure", "wrong name, s1.example.jp", "KEY"),
    ("a CNAME to nowhere", [(KEY, "TXT", []), (KEY, "CNAME", ["k.example."])], IP,
     "dkim.published",
     "failure", "CNAME", "KEY"),
    ("strings as records", [(KEY, "TXT", ["KEY:0:200", "KEY:200:600"])], IP, "dkim.published",
     "failure", "2 TXT records: the strings of one", "KEY"),
    ("two keys", [(KEY, "TXT", ["KEY", "v=DKIM1; p=AAAA"])], IP, "dkim.published", "failure",
     "receivers take any one", "KEY"),
    ("quoted twice", [(KEY, "TXT", ['"KEY"'])], IP, "dkim.quoted", "failure", "quoted twice",
     "KEY"),
    ("backslashes", [(KEY, "TXT", ["v=DKIM1\\; k=rsa\\; p=AAAA"])], IP, "dkim.quoted", "failure",
     "backslashes", "KEY"),
    ("cut at 255", [(KEY, "TXT", ["KEY:0:255"])], IP, "dkim.match", "failure", "cut off", "KEY"),
    ("split wrongly", [(KEY, "TXT", ["KEY:0:250+KEY:260:600"])], IP, "dkim.match", "failure",
     "split wrongly", "KEY"),
    ("another key", [(KEY, "TXT", ["OTHER"])], IP, "dkim.match", "failure", "another key", "KEY"),
    ("blanks in p=", [(KEY, "TXT", ["KEY:0:200+ +KEY:200:600"])], IP, "dkim.match", "good",
     "holds the key", None),
    ("revoked", [(KEY, "TXT", ["v=DKIM1; p="])], IP, "dkim.usable", "failure", "revoked", "KEY"),
    ("wrong k=", [(KEY, "TXT", ["v=DKIM1; k=ed25519; p=AAAA"])], IP, "dkim.usable", "failure",
     "k=ed25519", "KEY"),
    ("not for mail", [(KEY, "TXT", ["KEY+; s=tlsrpt"])], IP, "dkim.usable", "failure",
     "not for mail", "KEY"),
    ("only SHA-1", [(KEY, "TXT", ["KEY+; h=sha1"])], IP, "dkim.usable", "failure", "SHA-256",
     "KEY"),
    ("t=y", [(KEY, "TXT", ["KEY+; t=y"])], IP, "dkim.testing", "warning", "t=y", "KEY"),
    ("no list of tags", [("x._domainkey." + DOMAIN, "TXT", ["v=DKIM1; p"])],
     (*IP, "--selector", "x"), "dkim.valid", "failure", "tags", None),
    ("no key at all", [("x._domainkey." + DOMAIN, "TXT", ["v=DKIM1; p=AAAA"])],
     (*IP, "--selector", "x"), "dkim.valid", "failure", "no key", None),
    ("768 bits", [("x._domainkey." + DOMAIN, "TXT", ["SMALL"])], (*IP, "--selector", "x"),
     "dkim.size", "failure", "768 bits", None),
    ("1024 bits", [("x._domainkey." + DOMAIN, "TXT", ["MIDDLE"])], (*IP, "--selector", "x"),
     "dkim.size", "warning", "1024 bits", None),
    ("no private key", [("x._domainkey." + DOMAIN, "TXT", ["OTHER"])], (*IP, "--selector", "x"),
     "dkim.match", "info", "not at hand", None),
    # DMARC
    ("no DMARC", [(DMARC, "TXT", [])], IP, "dmarc.found", "warning", "no DMARC record",
     "v=DMARC1; p=none; rua=mailto:postmaster@example.jp"),
    ("a DMARC record without a semicolon", [(DMARC, "TXT", ["v=DMARC1 p=none"])], IP, "dmarc.found",
     "warning", "meant to be DMARC", "v=DMARC1; p=none; rua=mailto:postmaster@example.jp"),
    ("a DMARC policy misspelt", [(DMARC, "TXT", ["v=DMARC1; p=nome"])], IP, "dmarc.found",
     "warning", "cannot use it: v=DMARC1; p=nome",
     "v=DMARC1; p=none; rua=mailto:postmaster@example.jp"),
    ("two DMARC records", [(DMARC, "TXT", ["v=DMARC1; p=none", "v=DMARC1; p=reject"])], IP,
     "dmarc.found", "failure", "2 DMARC records", "v=DMARC1; p=none"),
    ("two DMARC records, the strict one first", [(DMARC, "TXT",
     ["v=DMARC1; p=reject", "v=DMARC1; p=quarantine; rua=mailto:a@example.jp"])], IP,
     "dmarc.found", "failure", "2 DMARC records",
     "v=DMARC1; p=quarantine; rua=mailto:a@example.jp"),
    ("a DMARC policy nearly right", [(DMARC, "TXT", ["v=DMARC1; p=rejct"])], IP, "dmarc.found",
     "warning", "cannot use it", "v=DMARC1; p=reject; rua=mailto:postmaster@example.jp"),
    ("a DMARC record in quotes", [(DMARC, "TXT",
     ['"v=DMARC1; p=reject; rua=mailto:a@example.jp"'])], IP, "dmarc.found",
     "warning", "meant to be DMARC",
     "v=DMARC1; p=reject; rua=mailto:a@example.jp"),
    ("a DMARC record with backslashes", [(DMARC, "TXT",
     ["v=DMARC1\\; p=reject\\; rua=mailto:a@example.jp"])], IP, "dmarc.found", "warning",
     "meant to be DMARC", "v=DMARC1; p=reject; rua=mailto:a@example.jp"),
    ("a DMARC version in small letters", [(DMARC, "TXT",
     ["v=dmarc1; p=quarantine; sp=reject"])], IP, "dmarc.found", "warning", "meant to be DMARC",
     "v=DMARC1; p=quarantine; sp=reject; rua=mailto:postmaster@example.jp"),
    ("a bad policy", [(DMARC, "TXT", ["v=DMARC1; p=block; rua=mailto:d@example.jp"])], IP,
     "dmarc.valid", "failure", "a policy of the record",
     "v=DMARC1; p=none; rua=mailto:d@example.jp"),
    ("no policy", [(DMARC, "TXT", ["v=DMARC1; rua=mailto:d@example.jp"])], IP, "dmarc.valid",
     "failure", "a policy of the record", "v=DMARC1; p=none; rua=mailto:d@example.jp"),
    ("a bad policy for subdomains", [(DMARC, "TXT",
     ["v=DMARC1; p=reject; sp=on; rua=mailto:d@example.jp"])], IP, "dmarc.valid", "failure",
     "a policy of the record", "v=DMARC1; p=reject; rua=mailto:d@example.jp"),
    ("tags that do not count", [(DMARC, "TXT",
     ["v=DMARC1; p=none; pct=50; policy=x; adkim=strict; p=none; rua=mailto:a@example.jp; no"])],
     IP, "dmarc.valid", "warning", "do not count: 5", "v=DMARC1; p=none; rua=mailto:a@example.jp"),
    ("p behind others is as good", [(DMARC, "TXT",
     ["v=DMARC1; rua=mailto:a@example.jp; p=reject"])], IP, "dmarc.valid", "good", "valid", None),
    ("an address without mailto", [(DMARC, "TXT", ["v=DMARC1; p=none; rua=a@example.jp"])], IP,
     "dmarc.valid", "warning", "do not count: 1", "v=DMARC1; p=none; rua=mailto:a@example.jp"),
    ("one of two addresses without mailto", [(DMARC, "TXT",
     ["v=DMARC1; p=none; rua=mailto:a@example.jp, b@example.jp"])], IP, "dmarc.valid", "warning",
     "mailto:USER@DOMAIN", "v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp"),
    ("one of two addresses with a size that is none", [(DMARC, "TXT",
     ["v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp!10MB"])], IP, "dmarc.valid",
     "warning", "mailto:USER@DOMAIN",
     "v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp"),
    ("p=none", [(DMARC, "TXT", ["v=DMARC1; p=none"])], IP, "dmarc.policy", "info", "is none",
     None),
    ("t=y softens", [(DMARC, "TXT", ["v=DMARC1; p=reject; t=y"])], IP, "dmarc.policy", "info",
     "softened by t=y", None),
    ("p=quarantine", [(DMARC, "TXT", ["v=DMARC1; p=quarantine"])], IP, "dmarc.policy", "good",
     "quarantine", None),
    ("no reports", [(DMARC, "TXT", ["v=DMARC1; p=reject"])], IP, "dmarc.reports", "info",
     "no reports", None),
    ("AG-11 reports elsewhere", [(DMARC, "TXT",
     ["v=DMARC1; p=reject; rua=mailto:x@r.example.net"])],
     IP, "dmarc.reports", "warning", "r.example.net does not say", "v=DMARC1"),
    ("AG-11 reports elsewhere, agreed",
     [(DMARC, "TXT", ["v=DMARC1; p=reject; rua=mailto:x@r.example.net"]),
      (DOMAIN + "._report._dmarc.r.example.net", "TXT", ["v=DMARC1"])], IP, "dmarc.reports",
       "good",
     "agrees", None),
    ("aligned by both", [], IP, "dmarc.aligned", "good", "by SPF and by DKIM", None),
    ("aligned by DKIM", [], ("--ip", ADDRESS, "--mail-from", "a@bounce.example.com"),
     "dmarc.aligned", "good", "by DKIM alone", None),
    ("aligned by SPF", [(KEY, "TXT", [])], IP, "dmarc.aligned", "good", "by SPF alone", None),
    ("not aligned", [(KEY, "TXT", []), ("bounce.example.com", "TXT",
     [f"v=spf1 ip4:{ADDRESS} -all"])],
     (*IP, "--mail-from", "a@bounce.example.com"), "dmarc.aligned", "failure",
     "nothing that passes belongs", "KEY"),
    ("strict", [(KEY, "TXT", []), (DMARC, "TXT",
     ["v=DMARC1; p=reject; aspf=s; adkim=s; rua=mailto:a@b"]),
                ("b.example.jp", "TXT", [f"v=spf1 ip4:{ADDRESS} -all"])],
     (*IP, "--mail-from", "a@b.example.jp", "--selector", "none"), "dmarc.aligned", "failure",
     "nothing that passes", "v=DMARC1; p=reject; rua=mailto:a@b"),
    # hosts
    ("no PTR", [("4.113.0.203.in-addr.arpa", "PTR", [])], IP, "host.ptr", "failure", "has no name",
     "mail.example.jp."),
    ("PTR that does not lead back", [("4.113.0.203.in-addr.arpa", "PTR", ["x.example.net."])], IP,
     "host.ptr", "failure", "x.example.net, but", ADDRESS),
    ("no PTR over IPv6", [(REVERSE6, "PTR", [])], ("--ip", ADDRESS6), "host.ptr", "failure",
     "2001:db8::4 has no name", "mail.example.jp."),
    ("PTR over IPv6 that does not lead back", [("mail.example.jp", "AAAA", [])], ("--ip",
     ADDRESS6),
     "host.ptr", "failure", "does not lead back", ADDRESS6),
    ("forward and back over IPv6", [], ("--ip", ADDRESS6), "host.ptr", "good", "and back", None),
    ("no MX", [(DOMAIN, "MX", []), (DOMAIN, "A", [ADDRESS])], IP, "host.mx", "warning",
     "has no MX",
     "10 mail.example.jp."),
    ("neither MX nor address", [(DOMAIN, "MX", [])], IP, "host.mx", "failure", "nobody can answer",
     "10 mail.example.jp."),
    ("null MX", [(DOMAIN, "MX", ["0 ."])], IP, "host.mx", "warning", "takes no mail", None),
    ("an MX without address", [(DOMAIN, "MX", ["10 gone.example."])], IP, "host.mx", "warning",
     "has no address", None),
    ("an MX that is a CNAME", [(DOMAIN, "MX", ["10 c.example."]),
                              ("c.example", "CNAME", ["mail.example.jp."])], IP, "host.mx",
     "warning", "CNAME", None),
    ("on a list", [("4.113.0.203.list.example", "A", ["127.0.0.2"]),
                   ("4.113.0.203.list.example", "TXT", ["sent spam"])],
     (*IP, "--dnsbl", "list.example"), "host.list", "failure", "lists 203.0.113.4: sent spam",
      None),
    ("on no list", [], (*IP, "--dnsbl", "list.example"), "host.list", "good", "does not list",
     None),
    # receivers
    ("ready for Gmail", [], IP, "receiver.gmail", "good", "ready", None),
    ("ready for Outlook", [], IP, "receiver.outlook", "good", "ready", None),
    ("nothing for Gmail", [(DOMAIN, "TXT", []), (KEY, "TXT", [])], IP, "receiver.gmail", "failure",
     "missing: SPF or DKIM", None),
    ("SPF alone is enough for Gmail", [(KEY, "TXT", [])], IP, "receiver.gmail", "good", "ready",
     None),
    ("SPF alone is not for bulk", [(KEY, "TXT", [])], IP, "receiver.gmail-bulk", "warning",
     "missing: DKIM", None),
    ("Yahoo wants a reverse name", [("4.113.0.203.in-addr.arpa", "PTR", [])], IP, "receiver.yahoo",
     "failure", "a reverse name", None),
    ("Outlook wants DMARC", [(DMARC, "TXT", [])], IP, "receiver.outlook", "warning",
     "a DMARC record", None),
]


def key_of_bits(world, bits):
    """A test key made small on purpose, by openssl."""
    pem = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=pem, capture_output=True,
                            check=True).stdout.decode()
    return "v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1])


def fill(world, keys, value):
    """KEY:a:b is that part of the record that belongs there; + joins."""
    def part(word):
        name, _, span = word.partition(":")
        if name not in keys:
            return word
        start, _, end = span.partition(":")
        return keys[name][int(start or 0):int(end or 10000)]
    if value.startswith('"'):
        return '"' + fill(world, keys, value[1:-1]) + '"'
    if value.split(":")[0].split("+")[0] in keys:
        return "".join(part(word) for word in value.split("+"))
    return value


def test_cases(world, keys):
    for name, changes, args, wanted, status, found, record in CASES:
        world.reset()
        for changed, kind, values in changes:
            world.set(changed, kind, [fill(world, keys, v) for v in values])
        code, checks = world.check(*args)
        all_of = checks.get(wanted, [])
        hit = [f for f in all_of if f["status"] == status and found in f["found"]]
        if not out.ok(hit, f"{name}: {wanted} is {status}"):
            out.note(all_of)
            continue
        got = hit[0]["record"]["value"] if hit[0]["record"] else None
        if record is not None:
            out.equal(got, fill(world, keys, record), f"{name}: the record to paste")
            out.contains(hit[0]["remedy"], hit[0]["record"]["zone"],
                f"{name}: it is in the remedy")
        if status in ("warning", "failure"):
            out.ok(hit[0]["remedy"], f"{name}: there is a remedy")
        least = {"good": 0, "info": 0, "warning": 1, "failure": 2}[status]
        out.ok(code >= least, f"{name}: exit status {code}")


def test_no_harm(world):
    """What receivers could not use, or what lets everybody in, is not proposed."""
    many = [f"i{n}.example" for n in range(12)]
    world.reset()
    for name in many:
        world.set(name, "TXT", ["v=spf1 ip4:192.0.2.1 -all"])
    world.set("open.example", "TXT", ["v=spf1 +all"])
    for name, records, wanted, remedy in (
        ("two records, over the limit together",
         ["v=spf1 " + " ".join("include:" + d for d in many[k:k + 6]) + " -all" for k in (0, 6)],
         "spf.found", "No record is proposed"),
        ("+all behind a broken include",
         ["v=spf1 include:gone.example +all"], "spf.open", "No record is proposed"),
        ("an include of +all", ["v=spf1 include:open.example -all"], "spf.open",
         "remove the term"),
    ):
        world.set(DOMAIN, "TXT", records)
        _, checks = world.check(*IP)
        got = checks[wanted][0]
        out.equal((got["status"], got["record"]), ("failure", None), f"{name}: nothing to paste")
        out.contains(got["remedy"], remedy, f"{name}: but what to do")
    world.reset()


def test_ignored(world):
    """Each tag that does not count, and why."""
    world.reset()
    world.set(DMARC, "TXT", ["v=DMARC1; p=none; pct=50; x=y; adkim=strict; p=none; none"])
    details = world.check(*IP)[1]["dmarc.valid"][0]["details"]
    out.equal(details, ["pct=50: this tag is no longer in use",
                        "x=y: DMARC has no tag of this name",
                        "adkim=strict: the tag cannot have this value (r, s)",
                        "p=none: this tag stands there before; the first counts",
                        "none: it is not of the form NAME=VALUE"], "each by name, and why")


def test_twice(world):
    """A tag that stands there twice."""
    world.reset()
    for tags, status, details, record in (
        ("p=reject; p=none", "failure",
         ["p=reject: this tag stands there twice; the milder value counts"], "v=DMARC1; p=none"),
        ("p=none; p=reject", "failure",
         ["p=reject: this tag stands there twice; the milder value counts"], "v=DMARC1; p=none"),
        ("p=none; adkim=s; adkim=r", "failure",
         ["adkim=s: this tag stands there twice; the milder value counts"],
         "v=DMARC1; p=none; adkim=r"),
        ("p=none; fo=1; fo=s", "warning",
         ["fo=s: this tag stands there before; the first counts"], "v=DMARC1; p=none; fo=1"),
        ("p=none; p=none", "warning",
         ["p=none: this tag stands there before; the first counts"], "v=DMARC1; p=none"),
    ):
        world.set(DMARC, "TXT", ["v=DMARC1; " + tags])
        found = world.check(*IP)[1]["dmarc.valid"][0]
        out.equal((found["status"], found["details"]), (status, details), f"{tags}: said")
        out.equal(found["record"]["value"], record, f"{tags}: and what to publish")


def test_good(world):
    world.reset()
    code, checks = world.check("--ip", ADDRESS, "--ip", ADDRESS6)
    out.equal(code, 0, "a domain with nothing wrong: exit status 0")
    bad = [f for all_of in checks.values() for f in all_of if f["status"] in ("warning",
        "failure")]
    out.equal(bad, [], "and not one warning")
    out.equal(len(checks["spf.covers"]), 2, "both addresses are tried")
    for name in ("spf.found", "spf.valid", "spf.lookups", "spf.voids", "spf.open", "spf.all",
                 "dkim.match", "dkim.size", "dmarc.found", "dmarc.valid", "dmarc.policy",
                 "dmarc.key", "dmarc.aligned", "host.ptr", "host.mx", "receiver.gmail"):
        out.ok(name in checks and checks[name][0]["status"] == "good", f"{name} is good")


def test_dns_trouble(world):
    world.reset()
    with open(world.zone(), "a", encoding="ascii") as f:
        f.write(f";@FAIL _dmarc.{DOMAIN} TXT SERVFAIL\n;@FAIL {KEY} TXT TIMEOUT\n")
    with open(world.zone_file, encoding="ascii") as f:
        text = f.read().replace(f"{KEY}. ", f"x{KEY}. ").replace(f"_dmarc.{DOMAIN}. ",
                                                                 f"x_dmarc.{DOMAIN}. ")
    zone = world.file("zone.trouble", text)
    code, checks = world.check(*IP, dns=["--zone", zone])
    out.equal(checks["dkim.published"][0]["status"], "warning", "a key that DNS does not answer")
    out.contains(checks["dkim.published"][0]["found"], "could not be asked", "is said to be that")
    out.equal(checks["dmarc.found"][0]["status"], "warning", "the same for DMARC")
    out.equal(code, 1, "trouble of the DNS is a warning")


def test_resolver(world):
    """A resolver that is down is this host's trouble; servers that fail are the domain's."""
    world.reset()
    config = world.file("hasty.conf", f"KeyTable {world.table}\nDNSTimeout 1\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        where = ["--nameserver", f"127.0.0.1:{port}", "--config", config]
        silent = world.check(*IP, dns=where)
        told = run("explain", "--json", *where,
                   stdin=f"550 5.7.26 SPF check for [{DOMAIN}] did not pass with ip: [{ADDRESS}]. "
                         "- gsmtp\n")
    for name, (code, checks) in (("silent", silent),
                                 ("refused", world.check(*IP, dns=where))):
        out.equal((code, list(checks)), (75, ["dns.resolver"]), f"{name}: one finding, and 75")
        found = checks["dns.resolver"][0]
        out.equal(found["status"], "failure", f"{name}: it is a failure")
        out.contains(found["found"], f"the resolver of this host (127.0.0.1:{port}) answers",
                     f"{name}: of this host's resolver, named")
        out.contains(found["remedy"], "/etc/resolv.conf", f"{name}: and what to do")
    out.equal([c["id"] for c in json.loads(told.stdout)["checks"]], ["dns.resolver"],
              "explain says the same, and nothing of the domain")
    with open(world.zone(), "w", encoding="ascii") as f:
        f.write(f";@FAIL {DOMAIN} * SERVFAIL\n")
    with subprocess.Popen([os.path.join(HERE, "..", "lib", "dnsd"), "--stdin", world.zone_file],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().split()[1]
        code, checks = world.check(*IP, dns=["--nameserver", f"127.0.0.1:{port}"])
        server.stdin.close()
    out.ok("dns.resolver" not in checks and "spf.found" in checks and code != 75,
           "servers of the domain that fail: not this host's trouble")


def test_tls(world):
    """This host's Postfix says nothing of a domain whose mail goes out elsewhere."""
    world.reset()
    bin_dir = os.path.join(world.directory, "bin")
    os.mkdir(bin_dir)
    path = os.path.join(bin_dir, "postconf")
    world.write(path, "#!/bin/sh\necho none\n")
    os.chmod(path, stat.S_IRWXU)
    code, checks = world.check(*IP, env={"PATH": bin_dir + ":" + os.environ["PATH"]})
    out.equal((code, checks["host.tls"][0]["status"]), (0, "info"), "another host: not known")
    out.contains(checks["host.tls"][0]["found"], "no address that sends is this host's", "and why")
    out.equal(checks["receiver.gmail"][0]["status"], "good", "nor does Gmail miss it")


def test_addresses(world):
    world.reset()
    relays = world.file("relays",
        "# ours\nOur_own  .out.example.net 192.0.2.0/24  include:o.example.net\n")
    world.set("o.example.net", "TXT", ["v=spf1 ip4:192.0.2.0/24 -all"])
    _, checks = world.check("--ip", "192.0.2.7", "--relays", relays)
    out.contains(checks["spf.covers"][0]["remedy"],
        "belongs to Our own: add include:o.example.net",
                 "a relay of the administrator's")
    for text, word in (("x\n", "line 1: no include"), ("\n\na b include:c.example\n",
        "line 3: 'b'"),
                       ("a .b.example include:\n", "line 1"), ("a 192.0.2.0/33 include:c.d\n",
                        "line 1"),
                       ("a include:c.d\n", "neither a host name nor"),
                       ("a .b.c include:c.d e\n", "behind the include")):
        got = world.run(*IP, "--relays", world.file("bad", text))
        out.ok(got.returncode == 65 and word in got.stderr, f"relays {text!r} are refused")


def test_line(world):
    world.reset()
    for private in ("10.0.0.5", "127.0.0.1", "169.254.1.1", "192.168.1.1", "::1", "fe80::1"):
        got = run("check", DOMAIN, "--zone", world.zone(), *IP, "--ip", private)
        out.ok(got.returncode == 64 and "no receiver ever sees" in got.stderr
               and "--message" not in got.stdout, f"--ip {private}: is refused, and why")
    for args in ([], ["a", "b"], ["not a domain"], [DOMAIN, "--ip", "x"],
                 [DOMAIN, "--mail-from", "a@b@", *IP]):
        got = run("check", *args, "--zone", world.zone())
        out.ok(got.returncode == 64 and got.stderr, f"{args}: is refused")
    got = run("check", DOMAIN, "--zone", world.zone(), "--message", "/nonexistent")
    out.equal(got.returncode, 66, "a message that is not there")
    got = run("check", DOMAIN, "--zone", world.zone(), "--config", world.file("c",
        "KeyTable /nonexistent\n"))
    out.equal(got.returncode, 78, "a configuration that is wrong")


def test_text(world):
    world.reset()
    world.set(DOMAIN, "TXT", ["v=spf1 include:" + "a" * 60 + ".example ~all"])
    world.set(KEY, "TXT", ["v=DKIM1; p="])
    got = world.run(*IP)
    long = [line for line in got.stdout.splitlines() if len(line) > 80]
    out.ok(all(line.startswith(("v=", "s1._domainkey.")) or len(line.split()) == 1
               for line in long), "80 columns, but for records to paste")
    out.ok(len(long) >= 2, "records to paste are in one piece")
    out.ok("\033" not in got.stdout, "no colours in a file")
    out.equal(got.stderr, "", "nothing else is said")
    out.contains(got.stdout, "(s1._domainkey in a form that adds example.jp by itself)",
                 "the name as forms want it")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        keys = {"KEY": world.key_record, "SMALL": key_of_bits(world, 768),
                "MIDDLE": key_of_bits(world, 1024), "OTHER": key_of_bits(world, 2048)}
        out.run(*[lambda f=f: f(world) for f in (test_good, test_ignored, test_twice, test_no_harm,
                                                 test_dns_trouble, test_resolver,
                                                 test_tls, test_addresses, test_line, test_text)])
        test_cases(world, keys)
    out.done()


main()
