#!/usr/bin/python3
"""sekimori check on domains as small sites have them: what is wrong is found, nothing else is, and
the record to paste mends it."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, ADDRESS6, DOMAIN, REVERSE6, World  # noqa: E402

out = tap.Tap()
KEY = "s1._domainkey." + DOMAIN
DMARC = "_dmarc." + DOMAIN
IDN = "xn--wgv71a119e.jp"
SERVICE = "198.51.100.9"
SHARED = "203.0.113.80"
HERE_SENDS = ("--ip", ADDRESS)
FOREIGN = ("--ip", ADDRESS, "--selector", "s1")

# Records: (name, type, values). GOOD and SMALL are keys of 2048 and 1024 bits, OWN that of the key
# table. What is not listed here stays as it should be with a server of one's own.
EMPTY = [(DOMAIN, "TXT", []), (DOMAIN, "MX", []), (KEY, "TXT", []), (DMARC, "TXT", [])]
GOOGLE = [("_spf.google.com", "TXT", ["v=spf1 ip4:198.51.100.0/24 ~all"]),
          ("9.100.51.198.in-addr.arpa", "PTR", ["mail-9.google.com."]),
          ("mail-9.google.com", "A", [SERVICE]), ("smtp.google.com", "A", ["198.51.100.200"]),
          (DOMAIN, "MX", ["1 smtp.google.com."]),
          (DOMAIN, "TXT", ["v=spf1 include:_spf.google.com ~all", "google-site-verification=x"]),
          ("google._domainkey." + DOMAIN, "TXT", ["v=DKIM1; k=rsa; p=GOOD"]), (KEY, "TXT", [])]
OFFICE = [("spf.protection.outlook.com", "TXT", ["v=spf1 ip4:198.51.100.0/24 -all"]),
          ("9.100.51.198.in-addr.arpa", "PTR", ["mail-9.outbound.protection.outlook.com."]),
          ("mail-9.outbound.protection.outlook.com", "A", [SERVICE]),
          ("example-jp.mail.protection.outlook.com", "A", ["198.51.100.200"]),
          (DOMAIN, "MX", ["0 example-jp.mail.protection.outlook.com."]),
          (DOMAIN, "TXT", ["v=spf1 include:spf.protection.outlook.com -all", "MS=ms1"]),
          ("selector1._domainkey." + DOMAIN, "CNAME",
           ["selector1-example-jp._domainkey.x.onmicrosoft.com."]), (KEY, "TXT", [])]
OFFICE_KEY = ("selector1-example-jp._domainkey.x.onmicrosoft.com", "TXT",
              ["v=DKIM1; k=rsa; p=GOOD;"])
HOSTING = [("80.113.0.203.in-addr.arpa", "PTR", ["www80.sakura.ne.jp."]),
           ("www80.sakura.ne.jp", "A", [SHARED]),
           ("_spf.sakura.ne.jp", "TXT", [f"v=spf1 ip4:{SHARED} -all"])]
PARKED = EMPTY + [(DOMAIN, "TXT", ["v=spf1 -all"]), (DOMAIN, "MX", ["0 ."]),
                  ("default._domainkey." + DOMAIN, "TXT", ["v=DKIM1; p="])]
MANY = [(f"{c}.example", "TXT", [f"v=spf1 include:{c}1.example include:{c}2.example ~all"])
        for c in "abc"] + [(f"{c}{n}.example", "TXT", ["v=spf1 ip4:192.0.2.1 ~all"])
                           for c in "abc" for n in (1, 2)]
ELSEWHERE = [(DOMAIN, "MX", ["10 mx.elsewhere.example."]),
             ("mx.elsewhere.example", "A", ["198.51.100.77"])]
FIRST = "v=DMARC1; p=none; rua=mailto:postmaster@example.jp"

# name, changes, arguments, with the key table or without, exit status,
# each warning and failure [(id, status, a part of what was found, the record to paste or None)]
SITES = [
    ("a server of its own", [], HERE_SENDS, True, 0, []),
    ("Google Workspace", GOOGLE, ("--ip", SERVICE, "--selector", "google"), False, 0, []),
    ("Google Workspace, asked from anywhere", GOOGLE, (), False, 1,
     [("spf.covers", "warning", "not known from which address", None),
      ("dkim.key", "warning", "a key is published at google._domainkey", None)]),
    ("Microsoft 365", OFFICE + [OFFICE_KEY], ("--ip", SERVICE, "--selector", "selector1"), False,
     0, []),
    ("Microsoft 365, DKIM not turned on", OFFICE, ("--ip", SERVICE, "--selector", "selector1"),
     False, 2, [("dkim.published", "failure", "CNAME that leads to no TXT", None)]),
    ("a relay that SPF does not name", HOSTING, ("--ip", SHARED), True, 2,
     [("spf.covers", "failure", "is fail", "v=spf1 mx include:_spf.sakura.ne.jp -all")]),
    ("SendGrid, all by CNAME",
     [("em1.example.jp", "CNAME", ["u1.wl.sendgrid.net."]),
      ("u1.wl.sendgrid.net", "TXT", ["v=spf1 ip4:198.51.100.0/24 -all"]), (KEY, "TXT", []),
      (KEY, "CNAME", ["s1.domainkey.u1.wl.sendgrid.net."]),
      ("s1.domainkey.u1.wl.sendgrid.net", "TXT", ["k=rsa; t=s; p=GOOD"]),
      ("9.100.51.198.in-addr.arpa", "PTR", ["o1.outbound-mail.sendgrid.net."]),
      ("o1.outbound-mail.sendgrid.net", "A", [SERVICE])],
     ("--ip", SERVICE, "--selector", "s1", "--mail-from", "b@em1.example.jp"), False, 0, []),
    ("Amazon SES, its own envelope sender",
     [("ses.amazonses.com", "TXT", ["v=spf1 ip4:192.0.2.1 -all"]), (KEY, "TXT", []),
      ("abc._domainkey.example.jp", "CNAME", ["abc.dkim.amazonses.com."]),
      ("abc.dkim.amazonses.com", "TXT", ["p=GOOD"]),
      ("9.100.51.198.in-addr.arpa", "PTR", ["a8-1.smtp-out.amazonses.com."]),
      ("a8-1.smtp-out.amazonses.com", "A", [SERVICE])],
     ("--ip", SERVICE, "--selector", "abc", "--mail-from", "b@ses.amazonses.com"), False, 2,
     [("spf.covers", "failure", "ses.amazonses.com is fail", None)]),
    ("shared hosting, DKIM of the host",
     EMPTY + [(DOMAIN, "MX", ["10 sv1.hosting.example."]), (DOMAIN, "A", [SHARED]),
              ("sv1.hosting.example", "A", [SHARED]),
              (DOMAIN, "TXT", [f"v=spf1 +a +mx +ip4:{SHARED} ~all"]),
              ("default._domainkey." + DOMAIN, "TXT", ["v=DKIM1; k=rsa; p=GOOD;"]),
              ("80.113.0.203.in-addr.arpa", "PTR", ["sv1.hosting.example."])],
     ("--ip", SHARED), False, 1,
     [("dkim.key", "warning", "a key is published at default._domainkey", None),
      ("dmarc.found", "warning", "has no DMARC", FIRST)]),
    ("shared hosting, nothing but SPF",
     EMPTY + HOSTING + [(DOMAIN, "MX", ["10 www80.sakura.ne.jp."]),
                        (DOMAIN, "TXT", ["v=spf1 a:www80.sakura.ne.jp mx ~all"])],
     ("--ip", SHARED), False, 1, [("dkim.key", "warning", "no DKIM key", None),
                                  ("dmarc.found", "warning", "has no DMARC", FIRST)]),
    ("parked", PARKED + [(DMARC, "TXT", ["v=DMARC1; p=reject"])], (), False, 0, []),
    ("parked, without DMARC", PARKED, (), False, 1,
     [("dmarc.found", "warning", "has no DMARC", "v=DMARC1; p=reject")]),
    ("parked, p=none", PARKED + [(DMARC, "TXT", ["v=DMARC1; p=none"])], (), False, 1,
     [("dmarc.policy", "warning", "is none", "v=DMARC1; p=reject")]),
    ("parked, but this host signs for it", [(DOMAIN, "TXT", ["v=spf1 -all"])], HERE_SENDS, True, 2,
     [("spf.covers", "failure", "is fail", f"v=spf1 ip4:{ADDRESS} -all")]),
    ("two SPF records", GOOGLE[:1] + [(DOMAIN, "TXT",
     ["v=spf1 include:_spf.google.com ~all", "v=spf1 mx -all"])], HERE_SENDS, True, 2,
     [("spf.found", "failure", "2 SPF records", "v=spf1 include:_spf.google.com mx ~all")]),
    ("SPF over the limit", MANY + [(DOMAIN, "TXT",
     ["v=spf1 include:a.example include:b.example include:c.example mx ip4:192.0.2.1 a ~all"])],
     HERE_SENDS, True, 2, [("spf.dangling", "warning", "'a' finds no address", None),
                           ("spf.lookups", "failure", "11 of the 10", None)]),
    ("SPF for everybody, asked from anywhere", [(DOMAIN, "TXT", ["v=spf1 +all"])] + ELSEWHERE,
     ("--selector", "s1"), False, 2,
     [("spf.open", "failure", "'+all' of example.jp lets everybody", None),
      ("spf.covers", "warning", "not known from which", None)]),
    ("no SPF, asked from anywhere", [(DOMAIN, "TXT", [])] + ELSEWHERE, ("--selector", "s1"), False,
     2, [("spf.found", "failure", "has no SPF record", None),
         ("spf.covers", "warning", "not known from which", None)]),
    ("SPF in quotes", [(DOMAIN, "TXT", ['"v=spf1 mx ip4:198.51.100.7 -all"'])], HERE_SENDS, True, 2,
     [("spf.found", "failure", "meant to be SPF", "v=spf1 mx ip4:198.51.100.7 -all")]),
    ("SPF at the doubled name", [(DOMAIN, "TXT", []),
                                 (f"{DOMAIN}.{DOMAIN}", "TXT", ["v=spf1 mx -all"])],
     HERE_SENDS, True, 2, [("spf.found", "failure", "at the wrong name, example.jp.example.jp",
                            "v=spf1 mx -all")]),
    ("a key with a blank where its strings meet", [(KEY, "TXT", ["OWN:0:255+ +OWN:255:900"])],
     HERE_SENDS, True, 0, []),
    ("a key with its strings' quotation marks", [(KEY, "TXT", ['OWN:0:200+" "+OWN:200:900'])],
     HERE_SENDS, True, 2, [("dkim.quoted", "failure", "quoted twice", "OWN")]),
    ("the same, the private key elsewhere", [(KEY, "TXT", ['"+OWN:0:200+" "+OWN:200:900+"'])],
     FOREIGN, False, 2, [("dkim.quoted", "failure", "quoted twice", "OWN")]),
    ("semicolons with backslashes", [(KEY, "TXT", ["v=DKIM1\\; k=rsa\\; p=GOOD"]),
                                     (DMARC, "TXT", ["v=DMARC1\\; p=reject"])], FOREIGN, False,
     2, [("dkim.quoted", "failure", "backslashes", "v=DKIM1; k=rsa; p=GOOD"),
         ("dmarc.found", "warning", "meant to be DMARC",
          "v=DMARC1; p=reject; rua=mailto:postmaster@example.jp")]),
    ("a key at the doubled name", [(KEY, "TXT", []), (KEY + "." + DOMAIN, "TXT", ["OWN"])],
     HERE_SENDS, True, 2, [("dkim.published", "failure", "at the wrong name", "OWN")]),
    ("DMARC at the doubled name", [(DMARC, "TXT", []),
                                   (DMARC + "." + DOMAIN, "TXT", ["v=DMARC1; p=reject; rua="
                                                                  "mailto:a@example.jp"])],
     HERE_SENDS, True, 1, [("dmarc.found", "warning", "at the wrong name, _dmarc.example.jp.exam",
                            "v=DMARC1; p=reject; rua=mailto:a@example.jp")]),
    ("DMARC without _dmarc", [(DMARC, "TXT", []),
                              (DOMAIN, "TXT", ["v=spf1 mx -all", "v=DMARC1; p=none"])],
     HERE_SENDS, True, 1, [("dmarc.found", "warning", "at the wrong name, example.jp", FIRST)]),
    ("a wildcard TXT record", [(DMARC, "TXT", ["v=spf1 -all"]), (KEY, "TXT", ["v=spf1 -all"])],
     HERE_SENDS, True, 2, [("dkim.published", "failure", "no key but another text: v=spf1", "OWN"),
                           ("dmarc.found", "warning", "has no DMARC", FIRST)]),
    ("reports to a domain that does not agree", [(DMARC, "TXT",
     ["v=DMARC1; p=none; rua=mailto:x@r.example.net"])], HERE_SENDS, True, 1,
     [("dmarc.reports", "warning", "r.example.net does not say", "v=DMARC1")]),
    ("no MX", [(DOMAIN, "MX", []), (DOMAIN, "A", [ADDRESS]), (DOMAIN, "TXT", ["v=spf1 a -all"])],
     HERE_SENDS, True, 1, [("host.mx", "warning", "has no MX", "10 mail.example.jp.")]),
    ("no MX, IPv6 alone", [(DOMAIN, "MX", []), (DOMAIN, "AAAA", [ADDRESS6]),
                           (DOMAIN, "TXT", ["v=spf1 a -all"])], ("--ip", ADDRESS6), True, 1,
     [("host.mx", "warning", "has no MX", "10 mail.example.jp.")]),
    ("IPv6 alone", [("mail.example.jp", "A", [])], ("--ip", ADDRESS6), True, 1,
     [("host.mx", "warning", "IPv6 addresses only", None)]),
    ("a key that is a test", [(KEY, "TXT", ["v=DKIM1; k=rsa; t=y:s; p=GOOD"])], FOREIGN, False,
     1, [("dkim.testing", "warning", "t=y", "v=DKIM1; k=rsa; t=s; p=GOOD")]),
    ("a revoked key", [(KEY, "TXT", ["v=DKIM1; p="])], FOREIGN, False, 2,
     [("dkim.usable", "failure", "revoked", None)]),
    ("a key of 1024 bits", [(KEY, "TXT", ["v=DKIM1; k=rsa; p=SMALL"])], FOREIGN, False, 1,
     [("dkim.size", "warning", "1024 bits", None)]),
]


def new_key(bits):
    """The public half of a test key, as it stands in p=."""
    pem = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=pem, capture_output=True,
                            check=True).stdout.decode()
    return "".join(public.splitlines()[1:-1])


def fill(value, keys):
    """OWN:a:b is that part of our record, + joins; GOOD and SMALL stand for keys."""
    if value is None:
        return None
    if "OWN" in value:
        whole = []
        for part in value.split("+"):
            name, _, span = part.partition(":")
            start, _, end = span.partition(":")
            whole.append(keys["OWN"][int(start or 0):int(end or 900)] if name == "OWN" else part)
        return "".join(whole)
    return value.replace("GOOD", keys["GOOD"]).replace("SMALL", keys["SMALL"])


def setup(world, changes, keys):
    world.reset()
    for name, kind, values in changes:
        world.set(name, kind, [fill(v, keys) for v in values])


def test_sites(world, keys):
    nothing = world.file("empty.conf", "")
    for name, changes, args, has_key, status, wanted in SITES:
        setup(world, changes, keys)
        config = () if has_key else ("--config", nothing)
        code, checks = world.check(*args, *config)
        got = [f for found in checks.values() for f in found
               if f["status"] in ("warning", "failure") and not f["id"].startswith("receiver.")]
        out.equal(code, status, f"{name}: exit status")
        if not out.equal([(f["id"], f["status"]) for f in got], [w[:2] for w in wanted],
                         f"{name}: what is wrong"):
            out.note(got)
            continue
        for finding, (_, _, part, record) in zip(got, wanted):
            out.contains(finding["found"], part, f"{name}: {finding['id']} says so")
            out.ok(finding["remedy"], f"{name}: {finding['id']} says what to do")
            value = finding["record"]["value"] if finding["record"] else None
            out.equal(value, fill(record, keys), f"{name}: {finding['id']}: the record to paste")


def test_idn(world):
    """A name in any script; records bear its A-labels."""
    world.reset()
    world.set(IDN, "MX", ["10 mail.example.jp."])
    world.set(IDN, "TXT", [f"v=spf1 ip4:{ADDRESS} -all"])
    code, checks = world.check(*HERE_SENDS, domain="日本語.jp")
    out.equal((code, checks["spf.covers"][0]["status"]), (1, "good"),
              "an IDN: its records are read")
    out.equal(checks["dmarc.found"][0]["record"]["name"], f"_dmarc.{IDN}", "and proposed")
    out.contains(world.run(*HERE_SENDS, domain="日本語.jp").stdout,
                 f"(_dmarc in a form that adds {IDN} by itself)", "with the name for a form")


def test_silence(world, keys):
    """Name servers that do not answer are not asked for one usual selector after the other."""
    setup(world, GOOGLE, keys)
    with open(world.zone(), "a", encoding="ascii") as f:
        f.write(f";@FAIL no-such-selector._domainkey.{DOMAIN} TXT TIMEOUT\n")
    _, checks = world.check("--config", world.file("empty.conf", ""),
                            dns=["--zone", world.zone_file])
    out.contains(checks["dkim.key"][0]["found"], "no DKIM key", "silence: no selector is guessed")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        keys = {"OWN": world.key_record, "GOOD": new_key(2048), "SMALL": new_key(1024)}
        out.run(lambda: test_sites(world, keys), lambda: test_idn(world),
                lambda: test_silence(world, keys))
    out.done()


main()
