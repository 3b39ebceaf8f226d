#!/usr/bin/python3
"""Whatever strangers wrote - records, messages, bounces, logs, tables, names of files - and
whatever stands on the command line, no command sends a terminal a byte that it acts on, as text,
in Japanese or as JSON; what they say as JSON stays JSON."""
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from tool import TOOL  # noqa: E402

OUT = tap.Tap()
HOME = tap.home("hostile")
# A title, colours, C1 as a character and as a byte, directions of writing, a line separator, a
# tag; then what ends strings elsewhere, and a line end.
EVIL = (b"\x1b]0;pwn\x07\x1b[31m\xc2\x9b31m\x9b\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c"
        b"\xe2\x80\x8f"
        b"\xf3\xa0\x81\x81\xff\xc3<b>\"'`$(id)\r\x0b\x7f\x08")
ARG = os.fsdecode(EVIL)
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
                  "\ud800-\udfff\U000e0000-\U000e007f]")


def zone_text(data):
    return "".join(f"\\{c:03}" if c < 33 or c > 126 or chr(c) in '"\\;.' else chr(c)
                   for c in data)


def file(name, data):
    path = os.path.join(os.fsencode(HOME), name)
    with open(path, "wb") as out:
        out.write(data)
    return os.fsdecode(path)


TEXT, NAME = zone_text(EVIL), zone_text(EVIL[:25])
ZONE = file(b"zone", f"""\
evil.example. 300 IN TXT "v=spf1 include:{NAME}.x.example exp=exp.evil.example -all {TEXT}"
good.example. 300 IN TXT "v=spf1 exp=exp.evil.example -all"
exp.evil.example. 300 IN TXT "{TEXT} %{{s}} %{{h}}"
_dmarc.evil.example. 300 IN TXT "v=DMARC1; p=reject; rua=mailto:{NAME}@x.example; x={TEXT}"
_dmarc.good.example. 300 IN TXT "v=DMARC1; p={TEXT}"
s1._domainkey.evil.example. 300 IN TXT "v=DKIM1; k=rsa; n={TEXT}; p=AAAA"
evil.example. 300 IN MX 10 {NAME}.mx.example.
evil.example. 300 IN NS {NAME}.ns.example.
evil.example. 300 IN A 192.0.2.1
1.2.0.192.in-addr.arpa. 300 IN PTR {NAME}.ptr.example.
_mta-sts.evil.example. 300 IN TXT "v=STSv1; id={TEXT}"
_smtp._tls.evil.example. 300 IN TXT "v=TLSRPTv1; rua={TEXT}"
""".encode())
ONE_LINE = EVIL.replace(b"\r", b"")
MESSAGE = file(b"message", b"\r\n".join(name + b": " + ONE_LINE + rest for name, rest in (
    (b"Authentication-Results: mx.example.jp; dkim=pass reason=", b""),
    (b"DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s1; h=from; bh=", b"; b=AAAA"),
    (b"Received: from ", b" by x; Mon, 1 Jan 2026 00:00:00 +0000"),
    (b"From", b" <x@evil.example>"), (b"Subject", b""), (b"Reply-To", b""),
    (b"List-Unsubscribe", b""))) + b"\r\n\r\n" + EVIL + b"\r\n")
BOUNCE = (b"host " + ONE_LINE + b" said: 550-5.7.26 " + ONE_LINE + b" SPF [evil.example] with ip: "
          b"[192.0.2.1] = did not pass (in reply to end of DATA command)\n")
RESULTS = (b'mx.example; dkim=pass reason="' + ONE_LINE.replace(b'"', b"") + b'" header.d=' +
           ONE_LINE)
LOG = file(b"log", b"Nov 30 09:00:00 h sekimorid[1]: id=X route=out client=1.2.3.4 shadow=yes "
           b"differs=" + ONE_LINE + b"\nNov 30 sekimorid: id=A route=in shadow=yes differs=\"x " +
           ONE_LINE + b'"\n')
TABLE = file(b"table", b"k\x1b[31m evil.example:s1:/none\x1b[31m/\xc2\x9bx bogus=" +
             ONE_LINE + b"\n")
CONF = file(b"conf\x1b[31m\xe2\x80\xae", b"Socket inet:1@127.0.0.1\nKeyTable file:" +
            os.fsencode(TABLE) + b"\nBogus\x1b[31mOption x\nAuthservID " + ONE_LINE + b"\n")
OPENDKIM = file(b"opendkim\x1b[31m",
                b"Mode v\nAuthservID " + ONE_LINE + b"\nBogus\x9b x\n")
DOMAIN = ("--zone", ZONE, "evil.example")
PATH = "/none/" + ARG

# Arguments, and what stands on standard input.
RUNS = (
    (("verify", "--zone", ZONE, "--ip", "192.0.2.1", "--helo", ARG, "--mail-from",
      ARG + "@evil.example", MESSAGE), None),
    (("verify", PATH), None), (("verify", "--bogus" + ARG), None),
    (("spf", "--zone", ZONE, "--ip", "192.0.2.1", "--mail-from", "x@evil.example"), None),
    (("spf", "--zone", ZONE, "--ip", "192.0.2.1", "--mail-from", ARG + "@good.example"), None),
    (("spf", "--zone", ZONE, "--ip", ARG, "--mail-from", "x@good.example"), None),
    *[(("dmarc", "--zone", ZONE, "--from", name), None)
      for name in ("evil.example", "good.example", ARG)],
    *[(("authres",), data) for data in (RESULTS, EVIL, b'a; x=y reason="\xe2\x80\xae\xc2\x9b"')],
    (("check", *DOMAIN), None), (("check", *DOMAIN, "--selector", "s1"), None),
    (("check", *DOMAIN, "--message", MESSAGE), None), (("check", *DOMAIN, "--html", PATH), None),
    (("check", ARG), None),
    (("explain", "--zone", ZONE), BOUNCE), (("explain", "--zone", ZONE), EVIL),
    (("explain", "--zone", ZONE, MESSAGE), None),
    (("compare", LOG), None), (("compare", "--zone", ZONE, MESSAGE), None),
    (("compare", PATH), None),
    (("why", "--from", ARG + "@evil.example", "--ip", "192.0.2.1"), None),
    (("why", "--config", CONF, "--from", "x@evil.example", "--ip", "192.0.2.1"), None),
    (("config", "check", "--config", CONF), None), (("config", "show", "--config", CONF), None),
    (("config", "option", ARG), None), (("config", "check", "--config", PATH), None),
    (("import", "opendkim", CONF, "--output", HOME + "/new"), None),
    (("import", "opendkim", OPENDKIM, "--output", HOME + "/" + ARG.replace("/", "")), None),
    (("keygen", ARG), None), (("keygen", "evil.example", "--selector", ARG), None),
    (("keygen", "evil.example", "--output", HOME + "/" + ARG), None),
    (("sign", "--key", PATH, "--domain", "evil.example", "--selector", "s1"), EVIL),
    (("sign", "--config", CONF), EVIL),
    (("postfix", "--config", CONF), None), (("sendmail", "--config", CONF), None),
    (("sendmail", PATH), None), ((ARG,), None),
)
DAEMON = (("-n", "-c", CONF), ("-n", "-c", PATH), ("--" + ARG,), (ARG,), ("-f", "-c", CONF))


def said(program, args, data=None):
    got = subprocess.run([program, *args], input=data or b"", capture_output=True, check=False,
                         timeout=120, cwd=HOME)
    return got.returncode, got.stdout, got.stderr


def look(title, output):
    text = output.decode("utf-8", "surrogateescape")
    found = ACTS.search(text)
    if not OUT.ok(found is None, f"{title}: nothing that a terminal acts on"):
        OUT.note(repr(text[max(0, found.start() - 60):found.end() + 20]))


def test_commands():
    for args, data in RUNS:
        for more in ((), ("--json",), ("--lang", "ja")):
            title = " ".join((args[0], *more, f"run {RUNS.index((args, data))}"))
            title = title if args[0] != ARG else f"no command {more}"
            code, output, errors = said(TOOL, (*args, *more), data)
            OUT.ok(code >= 0, f"{title}: it ends by itself")
            look(title, output + errors)
            if "--json" in more:
                OUT.ok(isinstance(json.loads(output), dict), f"{title}: one object")


def test_daemon():
    program = os.path.join(os.path.dirname(TOOL), "sekimorid")
    for args in DAEMON:
        code, output, errors = said(program, args)
        OUT.ok(code > 0, f"sekimorid {args[0]!a}: it complains")
        look(f"sekimorid {args[0]!a}", output + errors)


def test_all():
    """Every command there is stands among them."""
    _, output, _ = said(TOOL, ("--tables",))
    names = re.findall(r"^command\t(\w+)", output.decode(), re.M)
    OUT.equal([name for name in names if name not in {args[0] for args, _ in RUNS}], [],
              "every command is tried")


def test_characters():
    """Japanese, and letters of others, stay as they are; a message that is signed, too."""
    _, output, _ = said(TOOL, ("authres",), 'mx.example; dkim=pass reason="日本語 ü"'.encode())
    OUT.contains(output.decode(), "(日本語 ü)", "letters are shown")
    said(TOOL, ("keygen", "example.jp", "--selector", "s", "--output", HOME))
    _, output, _ = said(TOOL, ("sign", "--key", HOME + "/s.pem", "--domain", "example.jp",
                               "--selector", "s"), b"From: a@example.jp\r\n\r\n" + EVIL + b"\r\n")
    OUT.ok(output.endswith(b"\r\n\r\n" + EVIL + b"\r\n"), "a signed message keeps its bytes")


def test_one_object():
    code, output, _ = said(TOOL, ("check", *DOMAIN, "--html", "-", "--json"))
    OUT.equal((code, list(json.loads(output))), (64, ["error"]), "a page and an object do not mix")


OUT.run(test_commands, test_daemon, test_all, test_characters, test_one_object)
OUT.done()
