#!/usr/bin/python3
"""The manual's recipe for many domains, as it stands there: who signs, what a missing key costs,
how a domain is added."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import tap  # noqa: E402
from tool import TOOL, answer, read, write  # noqa: E402

out = tap.Tap()


def recipe(top):
    """The displays of the section, with the files below top."""
    text = read(os.path.join(os.environ.get("srcdir", "."), "man", "sekimori-keytable.5"))
    text = text.partition(".Ss Many domains")[2].partition(".Sh SEE ALSO")[0]
    text = re.findall(r"\.Bd -literal\n(.*?)\.Ed", text, re.S)
    return [part.replace("/etc/sekimori", top) for part in text]


def why(conf, domain):
    """"signed d/s", or the reason."""
    _, got = answer("why", "--config", conf, "--from", f"a@{domain}", "--ip", "127.0.0.1")
    keys = [f"signed {row['domain']}/{row['selector']}" for row in got["rows"]]
    return keys[0] if keys else got["reason"]


def test_recipe(top):
    keytable, signingtable, conf, added = recipe(top)
    conf = write(top + "/sekimori.conf", conf + "AuthservID a.test.example\nSyslog no\n"
                 f"Socket local:{top}/s.sock\n")
    write(top + "/keytable", keytable)
    write(top + "/signingtable", signingtable)
    for domain in ("cust1.example", "cust2.example"):
        status, _ = answer("keygen", domain, "--selector", "default", "--output",
                           f"{top}/keys/{domain}")
        out.equal(status, 0, f"a key of {domain}")
    got = daemon.run("-n", "-c", conf)
    out.ok(got.returncode == 0, f"the recipe is good: {got.stderr}")
    for domain in ("cust1.example", "cust2.example"):
        out.equal(why(conf, domain), f"signed {domain}/default", f"{domain} signs")
    _, got = answer("why", "--config", conf, "--from", "a@x.example", "--rcpt-to",
                    "b@cust2.example", "--ip", "192.0.2.1")
    out.ok({"attribute": "dmarc", "value": "quarantine"}.items() <= next(
        row for row in got["rows"] if row["attribute"] == "dmarc").items(), "and has its policy")
    os.unlink(top + "/keys/cust1.example/default.pem")
    out.contains(why(conf, "cust1.example"), "451", "a missing key: its mail is put off")
    out.equal(why(conf, "cust2.example"), "signed cust2.example/default", "the other signs")
    out.contains(why(conf, "cust3.example"), "not signed", "who has no row is not signed")
    keygen, echo, reload = added.strip().split("\n")
    subprocess.run(["sh", "-ec", keygen.replace("sekimori", TOOL) + f" --output {top}/keys/"
                    "cust3.example"], check=True, stdout=subprocess.DEVNULL)
    out.contains(why(conf, "cust3.example"), "not signed", "a key alone signs nothing")
    subprocess.run(["sh", "-ec", echo], check=True)
    out.equal(reload, "systemctl reload sekimori", "then a reload")
    out.equal(daemon.run("-nr", "-c", conf).returncode, 0, "which takes it")
    out.equal(why(conf, "cust3.example"), "signed cust3.example/default", "and it signs")


with tempfile.TemporaryDirectory() as directory:
    out.run(lambda: test_recipe(os.path.realpath(directory)))
out.done()
