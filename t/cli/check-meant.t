#!/usr/bin/python3
"""Records that a form, a word processor or a person has spoilt: what is proposed is what was meant,
was tried, and is never harder on anybody than what receivers made of the old one."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World, run  # noqa: E402

out = tap.Tap()
IP = ("--ip", ADDRESS)
DMARC = "_dmarc." + DOMAIN
KEY = "s1._domainkey." + DOMAIN
OTHERS = "198.51.100.7"

# the record; what is proposed (None: nothing), by which finding
SPF = [
    ("v=spf1 mx include: other.example -all", "v=spf1 mx include:other.example -all", "spf.valid"),
    (f"v=spf1 ip4:{ADDRESS},ip4:{OTHERS} -all", f"v=spf1 ip4:{ADDRESS} ip4:{OTHERS} -all",
     "spf.valid"),
    ("v=spf1 mx\u3000include:other.example\u3000-all", "v=spf1 mx include:other.example -all",
     "spf.valid"),
    (f"v=spf1 include:other.exampleip4:{ADDRESS} -all",
     f"v=spf1 include:other.example ip4:{ADDRESS} -all", "spf.valid"),
    ("v=spf1 mx include:other.example-all", "v=spf1 mx include:other.example -all", "spf.valid"),
    ("v=spf1 mx include=other.example -all", "v=spf1 mx include:other.example -all", "spf.valid"),
    ("v=spf1 mx \u2013all", "v=spf1 mx -all", "spf.valid"),
    (f"v=spf1 mx:{ADDRESS} -all", f"v=spf1 ip4:{ADDRESS} -all", "spf.valid"),
    ("TXT \"v=spf1 mx include:other.example -all\"", "v=spf1 mx include:other.example -all",
     "spf.found"),
    # what cannot be read was meant to let somebody in
    ("v=spf1 mx ip4:300.1.2.3 -all", "v=spf1 mx ~all", "spf.valid"),
    ("v=spf1 mx newsletter -all", "v=spf1 mx ~all", "spf.valid"),
    ("v=spf1 mx ip4:300.1.2.3 redirect=other.example", "v=spf1 mx include:other.example ~all",
     "spf.valid"),
    # the mildest end of several
    ("v=spf1 ~all mx -all", "v=spf1 mx ~all", "spf.covers"),
    # what a redirect led to is not lost
    ("v=spf1 a:mail.example.jp redirect: other.example",
     "v=spf1 a:mail.example.jp redirect=other.example", "spf.valid"),
    # nothing that receivers could not use, though it was meant
    ("v=spf1 mx include: gone.example -all", None, "spf.valid"),
]


def test_spf(world):
    for record, want, name in SPF:
        world.reset()
        world.set("other.example", "TXT", [f"v=spf1 ip4:{OTHERS} -all"])
        world.set(DOMAIN, "TXT", [record])
        _, checks = world.check(*IP)
        found = [f for f in checks[name] if f["status"] in ("warning", "failure")]
        got = found[0]["record"] and found[0]["record"]["value"]
        if not out.equal(got, want, f"meant: {record}"):
            out.note(checks[name])
        if want is None:
            out.contains(found[0]["remedy"], "No record is proposed", "and why")
            out.contains(" ".join(found[0]["details"]), "as it was meant: v=spf1 mx include:gone",
                         "with what was meant")
            continue
        lost = "~all" in want and "-all" in record and "~all" not in record
        out.equal("ends in ~all" in found[0]["remedy"], lost or "300" in record,
                  "what is left out is said")
        world.paste(found[0]["record"])
        _, checks = world.check(*IP)
        bad = [f for key in checks if key.startswith("spf.") for f in checks[key]
               if f["status"] in ("warning", "failure")]
        out.equal(bad, [], f"pasted, there is nothing more to say: {want}")


def test_several(world):
    """Of several records none's senders are lost, whatever ends them."""
    world.reset()
    world.set("other.example", "TXT", [f"v=spf1 ip4:{OTHERS} -all"])
    for records, want in ((["v=spf1 mx -all", "v=spf1 redirect=other.example"],
                           "v=spf1 mx include:other.example -all"),
                          (["v=spf1 mx -all", "v=spf1 include:other.example ~all"],
                           "v=spf1 mx include:other.example ~all")):
        world.set(DOMAIN, "TXT", records)
        _, checks = world.check(*IP)
        out.equal(checks["spf.found"][0]["record"]["value"], want, f"several: {records}")


def test_dangling(world):
    """A term that finds nothing."""
    world.reset()
    for record, term, word in ((f"v=spf1 ip4:{ADDRESS} a:gone.example.jp -all", "a:gone.example.jp",
                                "Correct the name"),
                               ("v=spf1 a:www***.sakura.ne.jp mx ~all", "a:www***.sakura.ne.jp",
                                "whole name"),
                               (f"v=spf1 ip4:{ADDRESS} +mx:gone.example -all", "+mx:gone.example",
                                "Correct the name")):
        world.set(DOMAIN, "TXT", [record])
        code, checks = world.check(*IP)
        found = checks["spf.dangling"][0]
        out.equal((code, found["status"]), (1, "warning"), f"dangling: {term}")
        out.contains(found["found"], f"'{term}' finds no address", "is named")
        out.contains(found["remedy"], word, "and what to do")
        out.equal(checks["spf.valid"][0]["found"], "the record is valid",
                  "not so all that it names")
    world.set(DOMAIN, "TXT", ["v=spf1 mx exists:%{i}.list.example -all"])
    out.ok("spf.dangling" not in world.check(*IP)[1], "a question that may find nothing")
    world.set(DOMAIN, "TXT", ["v=spf1 a:ma*.example.jp ~all"])
    _, checks = world.check(*IP)
    out.equal(checks["spf.dangling"][0]["record"]["value"], "v=spf1 a:mail.example.jp ~all",
              "a pattern that a sending host's name fits")


# the record; the finding's status; what is proposed (None: nothing)
RECORDS = [
    ("v=DMARC1; p=reject; pct=0; rua=mailto:a@example.jp", "warning",
     "v=DMARC1; p=reject; t=y; rua=mailto:a@example.jp"),
    ("v=DMARC1; p=reject; pct=10; rua=mailto:a@example.jp", "warning", None),
    ("v=DMARC1; p=reject; pct=100; rua=mailto:a@example.jp", "info", None),
    ("v=DMARC1; p=none; pct=50; rf=afrf; ri=86400; rua=mailto:a@example.jp", "info", None),
    ("v=DMARC1; p=reject; pct=10; rua=a@example.jp", "warning",
     "v=DMARC1; p=reject; pct=10; rua=mailto:a@example.jp"),
    ("v=DMARC1; p=none; rua=mailto: a@example.jp", "warning",
     "v=DMARC1; p=none; rua=mailto:a@example.jp"),
    ("v=DMARC1; p=none; rua=mailto:a@example.jp; mailto:b@example.jp", "warning",
     "v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp"),
    ("v=DMARC1; p=none; rua=mailto:a@example.jp b@example.jp; ruf=<c@example.jp>", "warning",
     "v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp; ruf=mailto:c@example.jp"),
    ("v=DMARC1; p=none; rua=mailto://a@example.jp!10MB; rua=mailto:b@example.jp", "warning",
     "v=DMARC1; p=none; rua=mailto:a@example.jp,mailto:b@example.jp"),
    ("v=DMARC1; p=none; rua=mailto;a@example.jp", "warning",
     "v=DMARC1; p=none; rua=mailto:a@example.jp"),
]
# the text that is no record at all; what is proposed
NONE = [
    ("v=DMARC1, p=reject, rua=mailto:a@example.jp, mailto:b@example.jp",
     "v=DMARC1; p=reject; rua=mailto:a@example.jp,mailto:b@example.jp"),
    ("v=DMARC1 p=reject rua=a@example.jp", "v=DMARC1; p=reject; rua=mailto:a@example.jp"),
    ("p=reject; rua=mailto:a@example.jp; v=DMARC1", "v=DMARC1; p=reject; rua=mailto:a@example.jp"),
    ("v=DMARC1\uff1bp=reject\uff1brua=mailto:a@example.jp",
     "v=DMARC1; p=reject; rua=mailto:a@example.jp"),
]


def test_dmarc(world):
    world.reset()
    for record, status, want in RECORDS:
        world.set(DMARC, "TXT", [record])
        code, checks = world.check(*IP)
        found = checks["dmarc.valid"][0]
        out.equal((found["status"], found["record"] and found["record"]["value"]), (status, want),
                  f"DMARC: {record}")
        out.equal(code, 1 if status == "warning" else 0, "and the exit status")
        if "pct=10;" in record:
            out.contains(found["found"] + " ".join(found["details"]), "to 10 % of the mail",
                         "what becomes of mail is said")
    for text, want in NONE:
        world.set(DMARC, "TXT", [text])
        _, checks = world.check(*IP)
        out.equal(checks["dmarc.found"][0]["record"]["value"], want, f"DMARC: {text}")


def test_in_earnest(world):
    world.reset()
    world.set(DMARC, "TXT", ["v=DMARC1; p=reject; t=y; rua=mailto:a@example.jp"])
    found = world.check(*IP)[1]["dmarc.policy"][0]
    out.equal(found["record"]["value"], "v=DMARC1; p=reject; rua=mailto:a@example.jp",
              "t=y: the same without")
    out.contains(found["remedy"], "When the reports show", "but not before the reports allow it")


def test_key(world):
    """The key of another host, which nobody here can print again."""
    other = run("keygen", "other.example", "--selector", "o", "--output",
                world.directory + "/other", "--json").stdout
    text = json.loads(other)["records"][0]["value"]
    args = (*IP, "--selector", "o")
    name = "o._domainkey." + DOMAIN
    world.reset()
    world.set(name, "TXT", [text[:255]])
    found = world.check(*args)[1]["dkim.valid"][0]
    out.contains(found["found"], "cut off after 255 bytes, the most that one string",
                 "cut at 255: it is said")
    out.contains(found["remedy"], "as two strings", "and how to enter it")
    world.set(name, "TXT", [text[:300]])
    out.contains(world.check(*args)[1]["dkim.valid"][0]["found"], "ends after 300 bytes",
                 "cut elsewhere")
    world.set(name, "TXT", [text])
    out.equal(world.check(*args)[1]["dkim.size"][0]["status"], "good", "whole, nothing is said")
    world.set(name, "TXT", [text[:255], text[255:]])
    out.equal(world.check(*args)[1]["dkim.published"][0]["record"]["value"], text,
              "two records that are the strings of one")
    for wrong in ("o._domainkey.example.jp.example.jp", "o.example.jp", "o.domainkey.example.jp",
                  "_domainkey.example.jp"):
        world.set(name, "TXT", [])
        world.set(wrong, "TXT", [text])
        found = world.check(*args)[1]["dkim.published"][0]
        out.contains(found["found"], f"at the wrong name, {wrong}", f"at {wrong}")
        out.equal((found["record"]["name"], found["record"]["value"]), (name, text),
                  "the same key at the right one")
        out.ok("keygen" not in found["remedy"], "no other key is wanted")
        world.set(wrong, "TXT", [])


def main():
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory)
        out.run(*[lambda f=f: f(world) for f in (test_spf, test_several, test_dangling, test_dmarc,
                                                 test_in_earnest, test_key)])
    out.done()


main()
