#!/usr/bin/python3
"""sekimori config, why and keygen, as an administrator types them."""
import os
import stat
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from tool import answer, run  # noqa: E402

out = tap.Tap()


def test_keygen(top):
    status, got = answer("keygen", "Example.JP", "--selector", "s1", "--output", top + "/keys/a")
    out.equal(status, 0, "keygen")
    path = top + "/keys/a/s1.pem"
    out.equal(got["key_file"], path, "the file")
    out.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "nobody else can read it")
    out.equal(stat.S_IMODE(os.stat(top + "/keys/a").st_mode), 0o750, "nor its directory")
    out.equal(got["key_table_row"], f"s1.example.jp example.jp:s1:{path}", "the row")
    dkim = got["records"][0]
    out.equal((dkim["type"], dkim["relative"], dkim["name"], dkim["name_dot"]),
              ("TXT", "s1._domainkey", "s1._domainkey.example.jp", "s1._domainkey.example.jp."),
              "names")
    out.ok(dkim["value"].startswith("v=DKIM1; k=rsa; p=MII"), "the value")
    out.equal("".join(dkim["strings"]), dkim["value"], "the strings are the value")
    out.ok(len(dkim["strings"]) == 2 and max(map(len, dkim["strings"])) == 255,
           "in strings of 255")
    out.equal(dkim["zone"], "s1._domainkey.example.jp. IN TXT "
              + " ".join(f'"{part}"' for part in dkim["strings"]), "the line of a zone file")
    out.equal([r["purpose"] for r in got["records"]], ["dkim", "dkim-cname", "spf", "dmarc"],
              "the records")
    out.contains(" ".join(got["next"]), "sekimori check example.jp --selector s1",
                 "which does: that it is the next step")
    with open(path, encoding="ascii") as f:
        before = f.read()
    status, got = answer("keygen", "example.jp", "--selector", "s1", "--output", top + "/keys/a")
    out.ok(status != 0 and "never written over" in got["error"], "no second one over it")
    with open(path, encoding="ascii") as f:
        out.equal(f.read(), before, "the first is as it was")
    status, got = answer("keygen", "example.jp", "--type", "ed25519", "--output", top + "/keys/a",
                         "--now", "1800000000", "--cname", "k.example.net")
    out.equal((status, got["key_file"]), (0, top + "/keys/a/e202701.pem"), "ed25519, by the date")
    out.ok(got["records"][0]["value"].startswith("v=DKIM1; k=ed25519; p="), "its value")
    out.equal(got["records"][1]["value"], "e202701._domainkey.example.jp.k.example.net.", "CNAME")
    out.equal([(r["type"], r["name"], r["relative"]) for r in got["records"][:2]],
              [("TXT", "e202701._domainkey.example.jp.k.example.net",
                "e202701._domainkey.example.jp"),
               ("CNAME", "e202701._domainkey.example.jp", "e202701._domainkey")],
              "the key stands where the CNAME leads, and not beside it")
    text = run("keygen", "example.jp", "--selector", "t", "--output", top + "/keys/a").stdout
    out.contains(text, "with final dot:          t._domainkey.example.jp.", "the same for people")
    for args in (["keygen"], ["keygen", "a", "b"], ["keygen", "a.example", "--bits", "512"],
                 ["keygen", "a.example", "--type", "dsa"],
                 ["keygen", "a.example", "--cname", "no zone", "--output", top],
                 ["keygen", "a.example", "--selector", "../x", "--output", top]):
        got = run(*args)
        out.ok(got.returncode == 64 and got.stderr, " ".join(args[:3]) + ": is refused")


def test_why(top):
    conf = top + "/sekimori.conf"
    with open(top + "/keytable", "w", encoding="ascii") as f:
        f.write(f"s1 example.jp:s1:{top}/keys/a/s1.pem login=same-domain impersonation=reject\n"
                "b example.com:-:- spf-fail=reject\n")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"KeyTable {top}/keytable\nMTA ORIGINATING\n")
    why = ["why", "--config", conf, "--from", "jiro@example.jp"]
    status, got = answer(*why, "--ip", "127.0.0.1")
    out.equal((status, got["route"]), (0, "local"), "from this host")
    out.equal([(r["domain"], r["selector"], r["where"]) for r in got["rows"]],
              [("example.jp", "s1", top + "/keytable:1")], "signed, by the row")
    options = {o["name"]: o["where"] for o in got["options"]}
    out.equal((options["KeyTable"], options["MTA"], options["InternalHosts"], options["Mode"]),
              (conf + ":1", conf + ":2", "default", "default"), "by these options")
    _, got = answer(*why, "--ip", "192.0.2.1", "--auth", "jiro@example.jp")
    out.ok("InternalHosts" not in {o["name"] for o in got["options"]},
           "which have no say about a user who has logged in")
    out.equal((got["route"], got["reason"]), ("out", "signed: client is authenticated"), "a user")
    _, got = answer(*why, "--ip", "192.0.2.1", "--auth", "x@example.com")
    out.contains(got["reason"], "login=same-domain (keytable:1)", "somebody else's user")
    out.equal(got["rows"], [], "no row signs")
    _, got = answer(*why, "--ip", "192.0.2.1", "--daemon", "ORIGINATING")
    out.contains(got["reason"], "daemon 'ORIGINATING' is in MTA", "the daemon")
    _, got = answer(*why, "--ip", "192.0.2.1", "--rcpt-to", "a@example.com")
    out.equal(got["route"], "in", "from outside")
    out.contains(got["reason"], "has a key: keytable:1", "with the note on the key")
    rules = {r["attribute"]: (r["value"], r["where"]) for r in got["rows"]}
    out.equal(rules["spf-fail"], ("reject", "keytable:2"), "the recipient's policy")
    out.equal(rules["impersonation"], ("reject", "keytable:1"), "the author's")
    out.equal(rules["dmarc"], ("mark", None), "a default")
    out.contains(run(*why, "--ip", "127.0.0.1").stdout, "route: local\nsigned: ", "for people")
    out.equal(run("why", "--config", conf).returncode, 64, "without --from")
    out.equal(run(*why, "--ip", "x").returncode, 65, "a bad address")


def check(top, conf):
    path = top + "/lint.conf"
    with open(path, "w", encoding="ascii") as f:
        f.write(conf.replace("@", top + "/"))
    _, got = answer("config", "check", "--config", path, "--opendkim", top + "/none")
    return [(os.path.basename(p["file"]), p["line"], p["text"]) for p in got["problems"]]


LINT = (
    # the signing table, its line, what is said of it
    ("*@* s1\n", "refile:", 1, "signs for every author"),
    ("*@example.jp s1\n", "", 1, "write refile:"),
    ("*@example.jp s1\na@example.jp s1\n", "refile:", 2, "is never reached: '*@example.jp'"),
    ("a@example.jp s1\na@example.jp s1\n", "", 2, "the first row alone is used"),
    ("*@example.com s1\n", "refile:", 1, "DMARC does not count that"),
)
HOSTS = (("0.0.0.0/0", "holds every client"), ("::/0", "holds every client"),
         ("172.17.0.0/16", "container bridges"), ("172.0.0.0/8", "container bridges"),
         ("192.0.2.0/24", "replaces the default"))


def test_lint(top):
    with open(top + "/lint-keys", "w", encoding="ascii") as f:
        f.write(f"s1 example.jp:s1:{top}/keys/a/s1.pem\n")
    for table, prefix, line, want in LINT:
        with open(top + "/lint-signing", "w", encoding="ascii") as f:
            f.write(table)
        got = check(top, f"KeyTable @lint-keys\nSigningTable {prefix}@lint-signing\n")
        out.ok(any(p[:2] == ("lint-signing", line) and want in p[2] for p in got),
               f"lint: {want}")
        out.note(str(got))
    with open(top + "/lint-signing", "w", encoding="ascii") as f:
        f.write("*@example.jp s1\na@example.jp s1\n")
    tables = "KeyTable @lint-keys\nSigningTable refile:@lint-signing\n"
    out.equal(check(top, tables + "MultipleSignatures yes\n"), [], "lint: both rows sign")
    for hosts, want in HOSTS:
        got = check(top, tables + f"MultipleSignatures yes\nInternalHosts {hosts}\n")
        out.ok(any(want in p[2] for p in got), f"lint: InternalHosts {hosts}: {want}")


def test_config(top):
    conf = top + "/sekimori.conf"
    none = ["--opendkim", top + "/none"]
    got = run("config", "check", "--config", conf, *none)
    out.equal((got.returncode, got.stdout), (0, f"{conf}: OK\n"), "config check")
    status, got = answer("config", "check", "--config", conf, *none)
    out.equal((status, got["ok"], got["problems"]), (0, True, []), "the same in JSON")
    _, got = answer("config", "show", "--config", conf)
    show = {o["name"]: (o["value"], o["origin"]) for o in got["options"]}
    out.equal(show["MTA"], ("ORIGINATING", conf + ":2"), "config show: a value and its origin")
    out.equal(show["DNSTimeout"], ("10", "default"), "a default")
    bad = top + "/bad.conf"
    with open(bad, "w", encoding="ascii") as f:
        f.write("Mode v\nKeyTabel x\nUMask 9\nLogWhy yes\n")
    got = run("config", "check", "--config", bad, *none)
    out.equal(got.returncode, 78, "errors")
    out.equal([line.split(": ")[:2] for line in got.stderr.splitlines()],
              [[bad + ":2", "error"], [bad + ":3", "error"], [bad + ":4", "note"]],
              "each with its line")
    status, got = answer("config", "check", "--config", bad, *none)
    out.equal((status, got["ok"], [(p["line"], p["severity"]) for p in got["problems"]]),
              (78, False, [(2, "error"), (3, "error"), (4, "note")]), "the same in JSON")
    status, got = answer("config", "show", "--config", bad)
    out.ok(status == 78 and "KeyTabel" in got["error"], "config show of such a file")
    status, got = answer("config", "option", "dnstimeout")
    out.equal((status, got["option"]["name"], got["option"]["default"]), (0, "DNSTimeout", "10"),
              "config option")
    got = run("config", "option", "ResignAll")
    out.ok(got.returncode == 65 and "never signed" in got.stderr, "an option of OpenDKIM")
    got = run("config", "option", "Sokcet")
    out.ok(got.returncode == 65 and "did you mean 'Socket'" in got.stderr, "a slip")
    for args in (["config"], ["config", "option"], ["config", "nothing"]):
        out.equal(run(*args).returncode, 64, " ".join(args) + ": is refused")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    out.run(lambda: test_keygen(directory), lambda: test_why(directory),
            lambda: test_lint(directory),
            lambda: test_config(directory))
out.done()
