#!/usr/bin/python3
"""DKIM signatures and key records in every form that RFC 6376 allows, and in many that it does not.

Each form is signed by a signer of its own (below, nothing of ours in it), so that every wrong
verdict is about the form and not about the digest. What must be said stands beside each form.
The message goes through the tool twice: with CRLF and, where it has no bare LF, with LF alone.
"""
import base64
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import dkim.crypto
import nacl.signing

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap as tap_module  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
KEYS = os.path.join(HERE, "..", "suite", "rfc-examples", "keys")
NAME = "s1._domainkey.example.com"
NOW = 1700000000
OK, BAD = "pass", "permerror"
HEAD = [b"From: Joe <joe@example.com>", b"To: a@example.net", b"Subject: a  test",
        b"Message-ID: <1@example.com>", b"To: b@example.net"]
BODY = b"Hi.\r\n\r\nWe lost  the game. \r\n\r\n\r\n"
TAGS = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject; bh=BH; b=B"

tap = tap_module.Tap()
work = tap_module.home("forms")


# A signer: RFC 6376 3.4, 3.7.

def relaxed_field(line):
    name, value = line.split(b":", 1)
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + value


def canonical_body(body, form):
    lines = body.split(b"\r\n")
    if form == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    text = b"".join(line + b"\r\n" for line in lines)
    return text or (b"\r\n" if form == "simple" else b"")


def chosen_fields(head, names):
    """The fields that h= means: each mention of a name the next one from below."""
    left = list(head)
    for name in names:
        for i in reversed(range(len(left))):
            if left[i].split(b":", 1)[0].strip(b" \t").lower() == name.strip().lower().encode():
                yield left.pop(i)
                break


class Key:
    """RSA of a PEM text, or Ed25519 of one."""

    def __init__(self, pem, form="-pubout"):
        self.rsa = self.ed = None
        if b"RSA" in pem or len(pem) > 300:
            pem = openssl(["rsa", "-traditional"], pem)
            self.rsa = dkim.crypto.parse_pem_private_key(pem)
            self.p = base64.b64encode(openssl(["rsa", "-outform", "DER", form], pem)).decode()
        else:
            der = base64.b64decode(b"".join(pem.split(b"-----")[2].split()))
            self.ed = nacl.signing.SigningKey(der[-32:])
            self.p = base64.b64encode(bytes(self.ed.verify_key)).decode()

    def sign(self, text):
        digest = hashlib.sha256(text)
        made = self.ed.sign(digest.digest()).signature if self.ed else \
            dkim.crypto.RSASSA_PKCS1_v1_5_sign(digest, self.rsa)
        return base64.b64encode(made).decode()


def openssl(arguments, data=b""):
    return subprocess.run(["openssl"] + arguments, input=data, capture_output=True,
                          check=True).stdout


def key_of(name):
    with open(os.path.join(KEYS, name), "rb") as pem:
        return Key(pem.read())


RSA, ED = key_of("rfc8463-rsa.pem"), key_of("rfc8463-ed25519.pem")
RECORD = "v=DKIM1; k=rsa; p=" + RSA.p


class Form:
    """One message, signed. `want`: the results that are right, in words."""

    def __init__(self, name, want, tags=TAGS, records=(RECORD,), **how):
        self.name, self.want, self.records = name, want.split(), records
        self.now = how.get("now", NOW)
        canon = how.get("canon", "relaxed/relaxed")
        self.text = self.sign(tags.replace("relaxed/relaxed", canon), canon.split("/"), how)

    @staticmethod
    def sign(tags, canon, how):
        head, body, key = how.get("head", HEAD), how.get("body", BODY), how.get("key", RSA)
        whole = canonical_body(body, canon[1])[:how.get("limit")]
        bh = base64.b64encode(hashlib.sha256(whole).digest()).decode()
        bh = how.get("write_bh", str)(bh)
        field = how.get("field", "DKIM-Signature") + ":" + how.get("lead", " ") \
            + re.sub(r"\bBH\b", lambda _: bh, tags)
        # Surrounding white space belongs to the value of b= (3.5).
        place = re.search(r"[:;]\s*b\s*=([^;]*)", field)
        names = re.search(r"[:;]\s*h\s*=([^;]*)", field)
        names = names.group(1).split(":") if names else []
        signed = list(chosen_fields(head, names))
        if place:
            signed.append((field[:place.start(1)] + field[place.end(1):]).encode("latin-1"))
        if canon[0] == "relaxed":
            signed = [relaxed_field(line) for line in signed]
        b = how.get("write_b", str)(key.sign(b"\r\n".join(signed)))
        if place:
            value = re.sub(r"\bB\b", lambda _: b, place.group(1))
            field = field[:place.start(1)] + value + field[place.end(1):]
        return b"\r\n".join([field.encode("latin-1")] + head) + b"\r\n\r\n" + body

    def zone(self):
        lines = []
        for record in self.records:
            parts = record if isinstance(record, list) else \
                [record[i:i + 200] for i in range(0, len(record), 200)] or [""]
            lines.append(f"{NAME}. 300 IN TXT " + " ".join('"' + re.sub(
                r'[^ !#-\[\]-~]', lambda c: f"\\{ord(c[0]):03}", part) + '"' for part in parts))
        return "\n".join(lines) + "\n"

    def verify(self, text):
        with tempfile.NamedTemporaryFile("w", dir=work, suffix=".zone") as zone:
            zone.write(self.zone())
            zone.flush()
            got = subprocess.run([TOOL, "verify", "--json", "--now", str(self.now), "--zone",
                                  zone.name], input=text, capture_output=True, check=True,
                                 timeout=60)
        return json.loads(got.stdout)["dkim"]

    def run(self):
        """None, or what is wrong."""
        texts = [self.text]
        if not re.search(rb"(?<!\r)\n", self.text):
            texts.append(self.text.replace(b"\r\n", b"\n"))
        for text in texts:
            got = self.verify(text)
            if len(got) != 1 or got[0]["result"] not in self.want:
                return got
        return None


def more(tags):
    return TAGS + "; " + tags


def other(old, new):
    assert old in TAGS, old
    return TAGS.replace(old, new)


def folded(b):
    return " " + b[:5] + "\r\n " + b[5:40] + " \t" + b[40:] + "\r\n\t"


def tag_list_forms():
    yield Form("plain", OK)
    yield Form("no space at all", OK, TAGS.replace("; ", ";"), lead="")
    yield Form("blanks around =", OK, TAGS.replace("=", " =\t"))
    for canon in ("simple/simple", "relaxed/relaxed"):
        yield Form("folds around = " + canon, OK, TAGS.replace("=", "\r\n\t=\r\n "), canon=canon)
        yield Form("folds before ; " + canon, OK, TAGS.replace(";", "\r\n ;"), canon=canon)
        yield Form("a ; and a fold at the end " + canon, OK, TAGS + " ;\r\n\t", canon=canon)
        for lead in ("\r\n ", "\t", " \r\n\t "):
            yield Form(f"begins with {lead!r} {canon}", OK, canon=canon, lead=lead)
        yield Form("b= folded " + canon, OK, canon=canon, write_b=folded)
        yield Form("b= folded in the middle " + canon, OK, more("z=x"), canon=canon,
                   write_b=folded)
    for name, tags in (("two ; at the end", TAGS + ";;"),
                       ("an empty element", other("; d", ";; d")),
                       ("a ; in front", ";" + TAGS), ("no =", more("foo")),
                       ("a name with a blank", more("fo o=1")), ("a digit first", more("1f=x")),
                       ("a hyphen in a name", more("f-x=x")), ("d= twice", more("d=example.com")),
                       ("an unknown tag twice", more("foo=1; foo=2")),
                       ("a control character", more("z=a\x01b")),
                       ("not UTF-8", more("z=\xfc"))):
        yield Form("DKV-1: " + name, BAD, tags)
    for tags in ("foo=bar baz", "foo=", "f_o1=", "D=other.example", "z=From:a@b|\r\n  To:=20x"):
        yield Form("DKV-1: an unknown tag, " + tags[:6], OK, more(tags))
    for tag in ("v=1; ", "a=rsa-sha256; ", "d=example.com; ", "s=s1; ", "h=from:to:subject; ",
                "bh=BH; ", "; b=B"):
        yield Form(f"DKV-2: without {tag.strip('; ')}", BAD, other(tag, ""))
    yield Form("DKV-2: v= behind all", OK, other("v=1; ", "") + "; v=1")
    for value in ("2", "01", "1.0", ""):
        yield Form(f"DKV-2: v={value}", BAD, other("v=1", "v=" + value))
    yield Form("DKV-2: V=", BAD, other("v=1", "V=1"))
    yield Form("DKV-31: b= first", OK, "b=B; " + other("; b=B", ""), lead="")
    yield Form("DKV-31: b= in the middle", OK, other("; b=B", "").replace("; d", "; b=B; d"))
    yield Form("b= empty", BAD, other("b=B", "b="))
    yield Form("b= not base64", BAD, write_b=lambda b: "!" + b)
    yield Form("b= cut short", "fail", write_b=lambda b: b[:40])
    yield Form("bh= folded", OK, write_bh=lambda b: b[:9] + "\r\n " + b[9:20] + "\t" + b[20:])
    yield Form("bh= too short", "fail", write_bh=lambda b: "AAAA")


def value_forms():
    for value, want in (("RSA-SHA256", OK), ("rsa-sha512", "neutral"), ("x-foo", "neutral"),
                        ("ed25519-sha1", "neutral"), ("", BAD), ("rsa-sha1", "policy")):
        yield Form(f"DKV-3: a={value}", want, other("rsa-sha256", value))
    for value, canon, want in (("RELAXED/Relaxed", None, OK), ("relaxed", "relaxed/simple", OK),
                               ("simple", "simple/simple", OK), ("", None, BAD),
                               ("relaxed/", None, BAD), ("nowsp", None, "neutral")):
        yield Form(f"DKV-4: c={value}", want, other("relaxed/relaxed", value),
                   canon=canon or "relaxed/relaxed")
    yield Form("DKV-4: no c=", OK, other("c=relaxed/relaxed; ", ""), canon="simple/simple")
    for value, want in (("EXAMPLE.com", OK), ("example.com.", BAD), ("com", BAD),
                        ("example.\r\n com", BAD), ("", BAD)):
        yield Form(f"DKV-5: d={value!r}", want, other("d=example.com", "d=" + value))
    for value, want in (("S1", OK), ("s\r\n 1", BAD), ("s1.", BAD),
                        ("", BAD), ("s2", BAD)):
        yield Form(f"DKV-11: s={value!r}", want, other("s=s1", "s=" + value))
    for value, want in (
            ("@example.com", OK), ("joe@example.com", OK), ("joe@a.B.EXAMPLE.com", OK),
            ("j=6Fe=20x@example.com", OK), ("jo\r\n e@example.com", OK),
            ("joe=40example.com", OK), ("a=40b@example.com", OK), ("", BAD),
            ("joe@badexample.com", BAD), ("joe@example.org", BAD),
            ("joe@com", BAD), ("example.com", BAD), ("j=6fe@example.com", BAD),
            ("j=6@example.com", BAD)):
        yield Form(f"DKV-6: i={value!r}", want, more("i=" + value))
    for value, want in (
            ("from : to\t: subject", OK), ("from\r\n : \r\n\tto:subject\r\n ", OK),
            ("FROM:To:SubJect", OK), ("from:to:x-none:subject", OK),
            ("from:from:to:to:to:subject", OK), ("to:from:subject:to", OK),
            ("from:to:subject:", BAD), ("from::to", BAD), ("to:subject", BAD),
            ("", BAD), ("from:x y", BAD)):
        yield Form(f"DKV-7, DKV-30: h={value!r}", want, other("from:to:subject", value))
    yield Form("DKV-32: h= with its own field", OK, other(":subject", ":dkim-signature"))
    whole = len(canonical_body(BODY, "relaxed"))
    for value, limit, want in ((whole, whole, OK), (f"000{whole}", whole, OK),
                               (3, 3, "policy"), (0, 0, "policy"), (whole + 1, None, BAD),
                               (-1, None, BAD), ("", None, BAD),
                               ("9" * 76, None, BAD), ("9" * 77, None, BAD)):
        yield Form(f"DKV-8: l={value}", want, more(f"l={value}"), limit=limit)
    for value, want in (("dns/txt", OK), ("foo:dns/txt", OK), ("dns/txt : foo", OK),
                        ("foo/x=3D1:dns/txt", OK), ("http", BAD), ("", BAD)):
        yield Form(f"DKV-9: q={value}", want, more("q=" + value))
    for tags, want in (
            (f"t={NOW}", OK), (f"t={NOW + 100}", OK), (f"t={NOW + 99999}", "policy"),
            ("t=12x", BAD), ("t=-1", BAD), ("t=", BAD),
            (f"t={NOW - 9}; x={NOW + 1}", OK), (f"x={NOW + 9}; t= {NOW} \r\n ", OK),
            (f"t={NOW - 9999}; x={NOW - 9000}", "fail"), (f"t={NOW - 9}; x={NOW - 20}", BAD),
            (f"t={NOW}; x={NOW}", BAD), ("x=999999999999", OK),
            ("x=9999999999999", BAD)):
        yield Form(f"DKV-10: {tags!r}", want, more(tags))
    yield Form("a field name in small letters", OK, field="dkim-signature")
    yield Form("a blank before the colon", OK, field="DKIM-Signature ")
    yield Form("a blank before the colon, simple", OK, field="DKIM-Signature ",
               canon="simple/simple")


def message_forms():
    for canon in ("simple", "relaxed"):
        for body in (b"", b"\r\n", b"abc", b"\r\n\r\n", b" \r\n\t\r\n", b"a \t", b" \t a\r\n",
                     b"a\rb \r\n", b"a\nb \n\r\n", b"a\r\n\r", b"a\r\n \t\r\n", b"a\0b\r\n",
                     b"a\x0b \x0c\r\n", b"a\r\n  "):
            yield Form(f"DKV-25 to DKV-28: body {body!r}, {canon}", OK,
                       canon="relaxed/" + canon, body=body)
        for line in (b"Subject: a\r\n  b\r\n\tc", b"Subject:", b"Subject: \t ",
                     b"Subject:\ta\t\tb\t", b"Subject \t: x", b"Subject: \xff\xfe \xe2\x82\xac",
                     b"Subject: a:b: c", b"Subject:\r\n x", b"Subject: a\r\n \r\n b",
                     b"Subject: a\r\n "):
            yield Form(f"DKV-23, DKV-24: {line!r}, {canon}", OK,
                       canon=canon + "/relaxed", head=HEAD[:2] + [line] + HEAD[3:])


def record_forms():
    p = "p=" + RSA.p
    fine = "v=DKIM1; "
    for record, want in (
            (p, OK), (f" v = DKIM1 ; k = rsa ; p = {RSA.p} ; ", OK), ("k=rsa; " + fine + p, BAD),
            ("v=dkim1; " + p, BAD), ("v=DKIM2; " + p, BAD), (fine + p + ";", OK),
            (fine + p[:40] + " \t " + p[40:90] + " " + p[90:], OK),
            (fine + p[:40] + "\r\n " + p[40:], OK),
            (fine + p + "\n", OK), (fine + p + "\r\n", OK),
            (fine + "p=", BAD), (fine + "k=rsa", BAD), (fine + "p=!!!", BAD),
            (fine + "p=AAAA", BAD), (fine + f"k=ed25519; p={ED.p}", BAD),
            (fine + "k=foo; " + p, BAD), (fine + "h=sha256; " + p, OK),
            (fine + "h=sha1 : sha256; " + p, OK), (fine + "h=sha1; " + p, BAD),
            (fine + "h=; " + p, BAD), (fine + "s=email; " + p, OK),
            (fine + "s=*; " + p, OK), (fine + "s=foo : email; " + p, OK),
            (fine + "s=tlsrpt; " + p, BAD), (fine + "g=foo; " + p, OK),
            (fine + "n=some=20words here; " + p, OK), (fine + "t=y; " + p, OK),
            (fine + "t=s; " + p, OK), (fine + "t=x; " + p, OK), (fine + "t=; " + p, OK),
            (fine + "foo=bar; " + p, OK), (fine + p + "; " + p, BAD),
            ("v=DKIM1;; " + p, BAD), ("hello world", BAD), ("v=spf1 -all", BAD),
            ("", BAD), ("v=DKIM1\\; " + p, BAD),
            ([RECORD[i:i + 7] for i in range(0, len(RECORD), 7)], OK)):
        yield Form(f"DKV-14 to DKV-19: {record!r:.60}", want, records=[record])
    yield Form("DKV-18: RSAPublicKey", OK, records=["p=" + rsa_key(1024, "-RSAPublicKey_out").p],
               key=rsa_key(1024, "-RSAPublicKey_out"))
    for flags, identity, want in (("s", "a@sub.example.com", BAD), ("s", "a@example.com", OK),
                                  ("y : s", "a@sub.example.com", BAD)):
        yield Form(f"DKV-17: t={flags}, i={identity}", want, more("i=" + identity),
                   [f"v=DKIM1; t={flags}; " + p])
    yield Form("DKV-20: something else first", OK, records=["v=spf1 -all", RECORD])
    yield Form("DKV-20: another key first", OK, records=["p=" + rsa_key(2048).p, RECORD])
    yield Form("DKV-20: a revoked key first", OK, records=["v=DKIM1; p=", RECORD])
    yield Form("DKV-21: no record", BAD, records=[])
    for bits in (512, 768, 1024, 1536, 2048, 3072, 4096):
        yield Form(f"DKV-22: {bits} bits", OK if bits >= 1024 else "policy",
                   records=["p=" + rsa_key(bits).p], key=rsa_key(bits))
    ed = TAGS.replace("rsa-", "ed25519-")
    spki = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(ED.p))
    for record, want in ((f"v=DKIM1; k=ed25519; p={ED.p}", OK), (f"v=DKIM1; p={ED.p}", BAD),
                         (f"k=ed25519; p={ED.p[:9]} {ED.p[9:]}", OK),
                         ("k=ed25519; p=" + spki.decode(), BAD)):
        yield Form(f"8463: {record:.30}", want, ed, [record], key=ED)


def rsa_key(bits, form="-pubout", made={}):  # pylint: disable=dangerous-default-value
    if (bits, form) not in made:
        made[bits, form] = Key(openssl(["genrsa", "-traditional", str(bits)]), form)
    return made[bits, form]


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for make in (tag_list_forms, value_forms, message_forms, record_forms):
            forms = list(make())
            for form, wrong in zip(forms, pool.map(Form.run, forms)):
                tap.ok(wrong is None, f"{form.name}: {' or '.join(form.want)}")
                if wrong is not None:
                    tap.note(f"{wrong}\n{form.text!r}")
    tap.done()


if __name__ == "__main__":
    main()
