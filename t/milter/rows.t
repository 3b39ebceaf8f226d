#!/usr/bin/python3
"""A row of the key table that cannot be used costs its own domain, and no other: what
`systemctl start`, `reload` and `restart` do, with the statuses of -n and -nr."""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
d = daemon.Daemon({"Nameservers": f"127.0.0.1:{free_port()}"})
TABLE = os.path.join(d.home, "keytable")
keys = {domain: Key(d.home, domain, "s1")
        for domain in ("cust12.example", "cust13.example", "cust14.example")}
LOST = f"lost cust12.example:s1:{d.home}/no-such.pem\n"


def rows(*domains):
    return "".join(domain + "." + keys[domain].row() for domain in domains)


def table(text):
    with open(TABLE + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(TABLE + ".new", TABLE)


def check(*flags):
    got = daemon.run("-n" + "".join(flags), "-c", d.conf)
    return got.returncode, got.stdout + got.stderr


def reload():
    """As the unit does it: -nr first; its status and what it says, and the daemon has read it."""
    status, said = check("r")
    if status == 0:
        before = d.count("is in force")
        d.signal(signal.SIGHUP)
        d.wait_log("is in force", before + 1)
    return status, said


def fate(domain):
    """"signed", "unsigned" or the reply's code."""
    message = milterclient.Message([("From", f" jiro@{domain}".encode()), ("To", b" a@x.example"),
                                    ("Subject", b" hello")], b"Hello\r\n")
    with d.mta() as mta:
        got = mta.send(message, f"jiro@{domain}")
    if got.reply.name != "continue":
        return got.reply.text[:3]
    return "signed" if any(name == "DKIM-Signature" for name, _ in got.fields) else "unsigned"


def test_start():
    status, said = check()
    out.equal(status, 65, "-n: rows are out of service")
    out.ok(re.search(r"keytable:2: error: .*no-such\.pem.*put off with 451", said), "names it")
    out.contains(said, "OK but for rows out of service: 1", "and says that the rest is good")
    status, said = check("r")
    out.equal((status, "keytable:2: error" in said), (0, True), "-nr names it, and ends with 0")
    out.ok(re.search(r"keytable:2: error: .*no-such", d.log()),
           "so does the log, and the daemon starts")
    out.contains(d.log(), "rows out of service: 1", "it counts them")
    out.equal(fate("cust13.example"), "signed", "another domain signs")
    out.equal(fate("cust12.example"), "451", "its own is put off")


def test_reload():
    table(rows("cust13.example") + LOST + rows("cust14.example"))
    out.equal(reload()[0], 0, "a reload with the bad row")
    out.equal(fate("cust14.example"), "signed", "a new row of another one signs the next message")
    table(rows("cust12.example", "cust13.example"))
    out.equal((reload()[0], check()[0]), (0, 0), "it is mended")
    out.equal((fate("cust12.example"), fate("cust14.example")), ("signed", "unsigned"),
              "and signs; who is gone is gone")
    os.rename(keys["cust12.example"].file, keys["cust12.example"].file + ".away")
    table(rows("cust12.example", "cust14.example"))
    for turn in ("first", "second"):
        before = d.count("the row stays as it was before")
        out.equal(reload()[0], 0, f"its key is away at the {turn} reload")
        out.equal((fate("cust12.example"), fate("cust14.example"), fate("cust13.example")),
                  ("signed", "signed", "unsigned"), "it means what it meant; the others are as new")
        out.equal(d.count("the row stays as it was before"), before + 1, "the log names it again")


def test_restart():
    d.stop()
    d.start()
    d.wait_log("is ready", 2)
    out.equal((fate("cust12.example"), fate("cust14.example")), ("451", "signed"),
              "after a restart its domain is put off, and the others sign")


def test_strict():
    d.write(StrictTables="yes")
    out.equal((check()[0], check("r")[0]), (78, 78), "StrictTables yes: -n and -nr refuse it")
    before = d.count("the policy that was in force stays")
    d.signal(signal.SIGHUP)
    d.wait_log("the policy that was in force stays", before + 1)
    d.write(StrictTables="no")


def test_flood():
    table("".join(f"n{i} d{i}.example:s:{d.home}/none/{i}.pem\n" for i in range(300))
          + rows("cust14.example"))
    before = d.count("error: the key file")
    out.equal(reload()[0], 0, "three hundred keys are away")
    out.equal(d.count("error: the key file") - before, 10, "the log names ten")
    out.contains(d.log(), "rows out of service: 300", "and says how many there are")
    out.equal(len(re.findall("error: the key file", check()[1])), 300, "-n names each")
    out.equal(fate("cust14.example"), "signed", "the last one signs")


d.write(KeyTable="file:" + TABLE)
table(rows("cust13.example") + LOST)
with d:
    out.run(test_start, test_reload, test_restart, test_strict, test_flood)
    out.equal(d.count("is ready"), 2, "no worker had to be replaced")
    out.equal(d.stop(), 0, "stopped with status 0")
out.done()
