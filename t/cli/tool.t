#!/usr/bin/python3
"""The command line of the tool: exit statuses, errors, and the shape of every JSON object."""
import json
import os
import pty
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", "."), "sekimori")
KEY = os.path.join(HERE, "..", "case", "keys", "test-rsa.pem")
OUT = tap.Tap()
MESSAGE = b"From: a@example.jp\nSubject: x\n\nbody\n"


def run(*arguments, data=b""):
    got = subprocess.run([os.fsencode(a) for a in (TOOL,) + arguments], input=data,
                         capture_output=True, timeout=60, check=False)
    return got.returncode, got.stdout, got.stderr


def typed(command, data):
    """What it says to somebody at a terminal who types this, and the exit status."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([TOOL, command, "--zone", os.devnull], stdin=theirs, stdout=theirs,
                          stderr=theirs) as tool:
        os.close(theirs)
        os.write(ours, data)
        guard = threading.Timer(60, tool.kill)
        guard.start()
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the other side is closed
            pass
        os.close(ours)
        guard.cancel()
        return said, tool.wait()


def fails(status, *arguments, data=b"", name=""):
    """The status, with words for people and as an object."""
    got, _, err = run(*arguments, data=data)
    OUT.ok(got == status and err.startswith(b"sekimori: "), f"{name}: status {status}")
    OUT.note("" if got == status else f"{got} {err}")
    got, text, err = run(*arguments, "--json", data=data)
    OUT.equal((got, list(json.loads(text or b"{}"))), (status, ["error"]), f"{name}: an object")


def statuses():
    OUT.equal(run()[0], 64, "without a command: 64")
    OUT.equal(run("-h")[0], 0, "-h: 0")
    fails(64, "nonsense", name="unknown command")
    fails(64, "verify", "--nonsense", name="unknown flag")
    fails(64, "verify", KEY, KEY, name="a second message")
    fails(64, "why", "--from", "a@example.jp", "127.0.0.1", name="a value without its flag")
    OUT.contains(run("-V")[1].decode(), "sekimori ", "-V: the version")
    fails(64, "verify", "--ip", "192.0.2", name="no address")
    fails(64, "verify", "--now", "yesterday", name="no time")
    fails(64, "verify", "--now", "9223372036854775807", name="a time past all years")
    fails(64, "spf", "--ip", "192.0.2.1", name="spf without a sender")
    fails(64, "dmarc", name="dmarc without a domain")
    fails(64, "dmarc", "--from", "a.example", "--spf", "maybe:a.example", name="no result word")
    fails(64, "sign", name="sign without a key")
    _, _, err = run("--lang", "en", "check", "example.jp")
    OUT.ok(b"'--lang' stands before the command" in err, "a flag before it: where it belongs")
    asked, at = typed("explain", b"hello\n\x04")
    OUT.ok(b"Ctrl-D" in asked and at == 65, "from a terminal: what to press is said")
    _, _, err = run("explain", data=b"hello\n")
    OUT.ok(b"Ctrl-D" not in err, "from a pipe: not")
    fails(65, "authres", data=b"no;good;", name="not Authentication-Results")
    fails(65, "verify", "--zone", KEY, data=MESSAGE, name="not a zone")
    fails(65, "sign", "--key", __file__, "--domain", "a.example", "--selector", "s",
          data=MESSAGE, name="not a key")
    fails(66, "verify", "/nonexistent/file", name="no such message")
    for command in (["verify", "--zone", os.devnull],
                    ["sign", "--key", KEY, "--domain", "a.example", "--selector", "s"]):
        fails(66, *command, data=b"", name=f"{command[0]}: nothing")
        fails(65, *command, data=bytes(range(255, 0, -1)) * 9, name=f"{command[0]}: no message")
    err = run("verify", "--zone", os.devnull, data=MESSAGE + MESSAGE.replace(b"\n", b"\r\n"))[2]
    OUT.contains(err.decode(), "others with LF alone", "a file of both line ends: a note")
    err = run("verify", "--zone", os.devnull, data=MESSAGE)[2]
    OUT.equal(err, b"", "one of LF alone: none")
    fails(78, "verify", "--config", "/nonexistent/file", data=MESSAGE, name="no such configuration")


def judge(*arguments, data=b"", zone=b""):
    with tempfile.NamedTemporaryFile(suffix=".zone") as place:
        place.write(zone)
        place.flush()
        got, text, err = run(arguments[0], "--json", "--zone", place.name, *arguments[1:],
                             data=data)
    OUT.ok(got == 0, f"{' '.join(arguments[:3])!r} comes to an end")
    OUT.note("" if got == 0 else f"{got} {err}")
    return json.loads(text)


SPF = ["result", "identity", "domain", "mechanism", "reason", "explanation", "lookups",
       "void_lookups"]
DMARC = ["result", "reason", "from_domain", "organizational_domain", "policy", "policy_domain",
         "disposition", "aligned_spf", "aligned_dkim"]
VERIFY = ["spf", "spf_helo", "dkim", "iprev", "dmarc", "authentication_results", "removed",
          "action", "reply"]


def shapes():
    got = judge("verify", data=MESSAGE)
    OUT.equal(list(got), VERIFY, "verify: every key")
    OUT.equal((got["spf"], got["spf_helo"], got["dkim"], got["iprev"]), (None, None, [], None),
              "without a client SPF and iprev are null; without signatures dkim is []")
    OUT.equal(list(got["dmarc"]), DMARC, "dmarc: every key")
    OUT.equal((got["action"], got["reply"], got["removed"]), ("accept", None, []), "accepted")
    got = judge("verify", "--ip", "192.0.2.1", "--helo", "mx.a.example", "--mail-from", "",
                data=MESSAGE, zone=b'mx.a.example. 1 IN TXT "v=spf1 ip4:192.0.2.1 -all"\n')
    OUT.equal(list(got["spf"]), SPF, "spf: every key")
    OUT.equal((got["spf"]["result"], got["spf"]["identity"], got["spf"]["domain"]),
              ("pass", "helo", "mx.a.example"), "SPF-2: the null sender is judged by HELO")
    got = judge("verify", "--ip", "192.0.2.1", "--helo", "mx.a.example", data=MESSAGE)
    OUT.equal(got["spf"], None, "without an envelope sender none is made up")
    got = judge("spf", "--ip", "192.0.2.1", "--mail-from", "x@a.example",
                zone=b'a.example. 1 IN TXT "v=spf1 a mx -all"\n')
    OUT.equal(list(got), SPF + ["trace"], "spf command: every key")
    OUT.ok(isinstance(got["lookups"], int) and got["trace"], "numbers and a trace are there")
    got = judge("dmarc", "--from", "x.a.example", "--dkim", "pass:a.example",
                zone=b'_dmarc.a.example. 1 IN TXT "v=DMARC1; p=reject; sp=quarantine"\n'
                b";@EMPTY x.a.example\n")
    OUT.equal(list(got), DMARC + ["walk"], "dmarc command: every key")
    OUT.equal((got["result"], got["aligned_dkim"], got["policy"]), ("pass", True, "quarantine"),
              "the policy that applies")
    status, text, _ = run("authres", "--json", data=b"example.org 1; none\n")
    OUT.equal((status, json.loads(text)), (0, {"authserv_id": "example.org", "version": 1,
                                              "instance": None, "results": []}), "authres")
    got = judge("verify", data=b"Authentication-Results: \xff\xe9; none\n" + MESSAGE)
    OUT.equal(got["removed"], ["\xff\xe9; none"], "bytes that are not UTF-8 keep their numbers")
    status, text, _ = run("verify", "--zone", os.devnull, data=MESSAGE)
    _, _, field = text.partition(b"\n\n")
    OUT.ok(field.startswith(b"Authentication-Results: ") and b"\n\t" in field and
           b"?" not in field and b"\r" not in field, "for people: our field, a line a fold")
    OUT.note(field)


def signing():
    flags = ["sign", "--key", KEY, "--domain", "example.jp", "--selector", "s",
             "--now", "1000000000"]
    status, text, _ = run(*flags, "--json", data=MESSAGE)
    fields = json.loads(text)["fields"]
    OUT.ok(status == 0 and len(fields) == 1 and "t=1000000000;" in fields[0],
           "one field of that time")
    _, text, _ = run(*flags, "--field", data=MESSAGE)
    OUT.equal(text.decode(), fields[0] + "\r\n", "--field prints it alone")
    _, text, _ = run(*flags, data=MESSAGE)
    OUT.equal(text, fields[0].encode() + b"\r\n" + MESSAGE.replace(b"\n", b"\r\n"),
              "else the message below it, with CRLF")
    fails(65, *flags, data=b" " + MESSAGE, name="a blank before the first field")
    for count, wanted in ((240, 0), (260, 65)):
        status, text, err = run(*flags, data=b"To: a@example.net\n" * count + MESSAGE)
        OUT.equal(status, wanted, f"{count} To fields: status {wanted}")
        OUT.equal(b"h= would name" in err, wanted == 65, "and the reason")
    with tempfile.NamedTemporaryFile() as big:
        subprocess.run(["openssl", "genrsa", "-primes", "5", "-out", big.name, "8200"],
                       capture_output=True, check=True)
        status, _, err = run("sign", "--key", big.name, *flags[3:], data=MESSAGE)
        OUT.ok(status == 65 and b"more than 8192 bits" in err, "a key that nobody verifies with")
    status, _, err = run(*flags, "--algorithm", "ed25519-sha256", data=MESSAGE)
    OUT.ok(status == 64 and b"rsa-sha256" in err, "an algorithm that is not the key's")
    with tempfile.TemporaryDirectory() as place:
        key = os.path.join(place, "k.pem")
        with open(KEY, "rb") as old, open(key, "wb") as new:
            os.fchmod(new.fileno(), 0o600)
            new.write(old.read())
        with open(os.path.join(place, "keytable"), "w", encoding="ascii") as table:
            table.write(f"k example.jp:s:{key}\n")
        conf = os.path.join(place, "conf")
        with open(conf, "w", encoding="ascii") as config:
            config.write(f"KeyTable file:{place}/keytable\n")
        _, text, _ = run("sign", "--config", conf, "--zone", os.devnull, "--json", data=MESSAGE)
        OUT.ok("d=example.jp; s=s;" in json.loads(text)["fields"][0], "by the configuration")
        status, text, err = run("sign", "--config", conf, "--zone", os.devnull,
                                data=MESSAGE.replace(b"example.jp", b"other.example"))
        OUT.ok(status == 0 and b"DKIM-Signature" not in text and b"not signed" in err,
               "what is not to be signed is said")


OUT.run(statuses, shapes, signing)
OUT.done()
