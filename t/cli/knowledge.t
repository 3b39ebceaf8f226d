#!/usr/bin/python3
"""The files of rows that come with the program: own rows first, a row taken out, a bad row, a file
that is missing; each for every one of them."""
import json
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import DOMAIN, TOP, World, run  # noqa: E402
from mtaworld import Host, Milter  # noqa: E402

out = tap.Tap()
NAMES = ("lists", "milters", "panels", "receivers", "relays", "replies", "selectors")
REPLY = "host mx.example.net said: 550 5.9.99 The moon is in the wrong phase"


class Files:
    """Ours and the administrator's, in two directories of their own."""

    def __init__(self, top):
        self.ours, self.own = os.path.join(top, "ours"), os.path.join(top, "own")
        os.environ.update(SEKIMORI_DATADIR=self.ours, SEKIMORI_CONFDIR=self.own)
        self.reset()

    def reset(self, **own):
        for folder in (self.ours, self.own):
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
        for name in NAMES:
            shutil.copy(os.path.join(TOP, "contrib", name), self.ours)
        for name, text in own.items():
            with open(os.path.join(self.own, name), "w", encoding="utf-8") as file:
                file.write(text)


def explain(world, text):
    """The cause, and what stands on standard error."""
    got = run("explain", "--json", "--config", world.config, "--zone", world.zone(), stdin=text)
    return json.loads(got.stdout)["cause"], got.stderr


def check(world, *args):
    got = run("check", DOMAIN, "--json", "--config", world.config, "--zone", world.zone(), *args)
    return {f["id"]: f for f in json.loads(got.stdout)["checks"]}, got.stderr




def test_replies(world, files):
    cause, errors = explain(world, REPLY)
    out.equal((cause, errors), (None, ""), "a reply that nobody knows")
    files.reset(replies='greylist * * "wrong phase"\n')
    out.equal(explain(world, REPLY), ("greylist", ""), "an own row tells what it means")
    spam = "550 5.7.1 listed by spamhaus, greylist"
    files.reset()
    out.equal(explain(world, spam)[0], "greylist", "the first row of ours that fits")
    files.reset(replies="blocklist * * spamhaus\n")
    out.equal(explain(world, spam)[0], "blocklist", "an own row comes before ours")
    files.reset(replies="-greylist * * greylist\n")
    out.equal(explain(world, spam)[0], "blocklist", "one of ours is taken out")


def test_receivers(world, files):
    found, errors = check(world)
    out.ok("receiver.gmail" in found and errors == "", "receivers of ours")
    files.reset(receivers='-outlook\nexample "Example, all" all failure 2026-01 * ptr tls\n')
    found, errors = check(world)
    ids = [i for i in found if i.startswith("receiver.")]
    out.equal(ids, ["receiver." + name for name in (
        "example", "gmail", "gmail-bulk", "yahoo", "yahoo-bulk", "icloud", "docomo", "kddi",
        "kddi-logo", "softbank", "yahoo-japan", "plala", "japan")], "own first, one taken out")
    out.contains(found["receiver.example"]["found"], "Example, all",
                 "it is called as it is written")
    out.equal(errors, "", "nothing is said of it")


def test_selectors(world, files):
    world.set(f"odd._domainkey.{DOMAIN}", "TXT", ["v=DKIM1; p=AAAA"])
    world.records.pop((f"s1._domainkey.{DOMAIN}", "TXT"))
    world.set(f"mail._domainkey.{DOMAIN}", "TXT", ["v=DKIM1; p=AAAA"])
    bare = world.file("bare.conf", "Socket local:/nowhere\n")
    config, world.config = world.config, bare
    for own, want in (("", "mail"), ("odd\n", "odd"), ("-mail\nodd\n", "odd"),):
        files.reset(selectors=own)
        out.contains(check(world)[0]["dkim.key"]["found"], f"{want}._domainkey",
                     f"selectors {own!r}")
    files.reset(selectors="-mail\n")
    out.contains(check(world)[0]["dkim.key"]["found"], "no DKIM key", "a selector taken out")
    world.config = config
    world.reset()


def test_relays(world, files):
    own = "Our_own  .out.example.net 192.0.2.0/24  include:o.example.net\n"
    files.reset(relays=own)
    found, _ = check(world, "--ip", "192.0.2.7")
    out.contains(found["spf.covers"]["remedy"], "belongs to Our own",
                 "a relay of the administrator's")
    files.reset(relays=own + "x\n")
    found, errors = check(world, "--ip", "192.0.2.7")
    out.contains(errors, "relays:2: no include", "a bad row is said with file and line")
    out.contains(found["spf.covers"]["remedy"], "belongs to Our own", "and the others count")


def test_milters(world, files):
    milter = Milter(("127.0.0.1", 0))
    host = Host(os.path.join(os.path.realpath(world.directory), "mta"), milter.port)
    lists = {"smtpd_milters": "inet:localhost:4444, inet:127.0.0.1:@PORT@"}
    for own, want in (("", {None, "sekimori"}),
                      ("Lunar * * * 4444 changes\n", {"Lunar", "sekimori"}),
                      ("Lunar * * * * changes\nX * * \"\" * reads\n", {None, "sekimori"}),
                      ("X * * \" \" * reads\n", {None, "sekimori"})):
        files.reset(milters=own)
        got = host.postfix(lists)[1]
        names = {m["name"] for one in got["layout"] for m in one["milters"]}
        out.equal(names, want, f"milters {own!r}")
    milter.close()


def test_bad(world, files):
    bad = {"receivers": ("x \"X\" all failure * * moon\n", "'moon' is not a demand"),
           "relays": ("x\n", "no include"), "selectors": ("a b\n", "more than a selector")}
    for name, (text, word) in bad.items():
        files.reset(**{name: "# mine\n" + text})
        found, errors = check(world)
        out.contains(errors, f"{files.own}/{name}:2: {word}", f"{name}: a bad row")
        out.ok("receiver.gmail" in found, f"{name}: the rest counts")
    files.reset(replies="moon * * phase\n")
    cause, errors = explain(world, "550 5.7.1 blocked by spamhaus")
    out.contains(errors, f"{files.own}/replies:1: there is no cause 'moon'", "replies: a bad row")
    out.equal(cause, "blocklist", "replies: the rest counts")
    for text, word in (("greylist * * \"\"\n", "every reply would fit"),
                       ("greylist * * \" \" blocked\n", "every reply would fit"),
                       ("greylist * * !zebra\n", "every reply would fit"),
                       ("greylist * 5xx,7 word\n", "without its class"),
                       ("greylist * 7 word\n", "without its class"),
                       ("greylist * 7.1x word\n", "without its class"),
                       ("greylist Gmail 7.26 word\n", "there is no receiver 'Gmail'"),
                       ("greylist gmail 5.7.26 word\n", "without its class")):
        files.reset(replies=text)
        cause, errors = explain(world, "550 5.7.1 blocked by spamhaus")
        out.contains(errors, word, f"replies: a row that would fit all or none: {text.strip()}")
        out.equal(cause, "blocklist", "the rest counts")
        out.ok("receivers" not in errors, "and no file is read that explain does not need")
    milter = Milter(("127.0.0.1", 0))
    host = Host(os.path.join(os.path.realpath(world.directory), "mta2"), milter.port)
    files.reset(milters="# mine\nX * * * 1 flies\n")
    host.postfix()
    out.contains(host.errors, f"{files.own}/milters:2: ", "milters: a bad row")
    files.reset()
    os.unlink(os.path.join(files.ours, "milters"))
    host.postfix()
    out.contains(host.errors, f"{files.ours}/milters", "milters are missing: their path")
    milter.close()


def test_missing(world, files):
    for name in ("receivers", "relays", "selectors"):
        files.reset()
        os.unlink(os.path.join(files.ours, name))
        found, errors = check(world)
        out.contains(errors, f"{files.ours}/{name}", f"{name} is missing: its path")
        out.contains(errors, "install it again", f"{name} is missing: what to do")
        out.ok("spf.found" in found, f"{name} is missing: the rest is checked")
    files.reset()
    os.unlink(os.path.join(files.ours, "replies"))
    cause, errors = explain(world, "550 5.7.1 blocked by spamhaus")
    out.equal(cause, None, "no replies, no cause")
    out.contains(errors, f"{files.ours}/replies", "replies are missing: its path")


def main():
    with tempfile.TemporaryDirectory() as directory:
        world, files = World(directory), Files(directory)
        for test in (test_replies, test_receivers, test_selectors, test_relays, test_milters,
                     test_bad, test_missing):
            files.reset()
            test(world, files)
    out.done()


main()
