#!/usr/bin/python3
"""sekimori keygen --add: the row is in the key table and the daemon reads it, or nothing is."""
import os
import stat
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from tool import answer, read, run, write  # noqa: E402

out = tap.Tap()


class Place:
    """A configuration with a key table, in a directory of its own."""

    def __init__(self, top, name, table="# keys\n", conf=""):
        self.dir = os.path.join(top, name)
        os.makedirs(self.dir)
        self.table = self.dir + "/keytable"
        if table is not None:
            write(self.table, table)
        self.conf = write(self.dir + "/sekimori.conf",
                          conf or f"KeyTable file:{self.table}\n")

    def add(self, *args, opendkim="/dev/null/none"):
        return answer("keygen", "--add", "--config", self.conf, "--output", self.dir + "/keys",
                      "--opendkim", opendkim, *args)

    def files(self):
        return sorted(os.listdir(self.dir))


def test_added(top):
    place = Place(top, "plain", "# keys\nold.example example.net:-:-")
    os.chmod(place.table, 0o604)
    status, got = place.add("example.jp", "--selector", "s1")
    row = f"s1.example.jp example.jp:s1:{place.dir}/keys/s1.pem"
    out.equal((status, got.get("added"), got.get("key_table_row")),
              (0, place.table + ":3", row), "a row is added")
    out.equal(read(place.table), f"# keys\nold.example example.net:-:-\n{row}\n",
              "behind what was there, whose last line had no end")
    out.equal(stat.S_IMODE(os.stat(place.table).st_mode), 0o604, "the mode is as it was")
    out.equal(place.files(), ["keys", "keytable", "sekimori.conf"], "nothing else is left there")
    publish, check, read_it = got["next"][-3:]
    out.ok("publish" in publish and "sekimori check example.jp" in check and "kill -HUP" in read_it
           and "until the record is there" in read_it,
           "what to do next, in order, and why the record comes first")
    _, why = answer("why", "--config", place.conf, "--from", "a@example.jp", "--ip", "127.0.0.1")
    out.equal([row["selector"] for row in why["rows"]], ["s1"], "the daemon would sign with it")
    before = read(place.table)
    status, got = place.add("example.jp", "--selector", "s1")
    out.ok(status == 73 and place.table + ":3 has the row" in got["error"], "never a double row")
    status, got = place.add("EXAMPLE.JP", "--selector", "S1")
    out.equal((status, read(place.table)), (73, before), "in another spelling neither")
    status, got = place.add("example.jp", "--type", "ed25519", "--selector", "e1",
                            "--attribute", "impersonation=reject", "--attribute", "expire=7d")
    out.equal((status, got["key_table_row"].split()[2:]),
              (0, ["impersonation=reject", "expire=7d"]),
              "attributes, where no OpenDKIM reads the table")


def test_owners(top):
    place = Place(top, "owners")
    status, first = place.add("d1.example", "--selector", "s1")
    before = read(place.table)
    out.equal(status, 0, "the key of one domain")
    status, got = place.add("d2.example", "--selector", "s1")
    out.ok(status == 73 and f"is the key of d1.example ({place.table}:2)" in got["error"]
           and "--selector" in got["error"], "is never that of another, and the way out is named")
    out.equal(read(place.table), before, "nothing was changed")
    os.symlink(place.dir + "/keys", place.dir + "/elsewhere")
    status, got = answer("keygen", "d2.example", "--add", "--config", place.conf, "--selector",
                         "s1", "--output", place.dir + "/elsewhere")
    out.equal(status, 73, "nor by another way to the same file")
    os.unlink(first["key_file"])
    status, got = place.add("d2.example", "--selector", "s1")
    out.ok(status == 73 and not os.path.exists(first["key_file"]),
           "nor is it made where the row of another waits for it")
    out.equal(place.add("d2.example", "--selector", "s2")[0], 0, "another selector is well")
    place = Place(top, "base", "d1 d1.example:s1:./keys/s1.pem\n",
                  f"BaseDirectory {top}/base\nKeyTable file:keytable\n")
    status, got = place.add("d2.example", "--selector", "s1")
    out.ok(status == 73 and "is the key of d1.example" in got.get("error", ""),
           "nor where its path begins in BaseDirectory")


def test_signing(top):
    place = Place(top, "both", conf=None)
    signing = write(place.dir + "/signingtable", "*@old.example old\n")
    for kind, want in (("refile", "*@example.jp s1.example.jp\n"),
                       ("file", "example.jp s1.example.jp\n")):
        write(place.conf, f"KeyTable file:{place.table}\nSigningTable {kind}:{signing}\n")
        write(signing, "")
        status, got = place.add("example.jp", "--selector", "s1")
        out.equal((status, read(signing)), (0, want), f"{kind}: its row is added as well")
        _, why = answer("why", "--config", place.conf, "--from", "a@example.jp", "--ip",
                        "127.0.0.1")
        out.equal([row["selector"] for row in why["rows"]], ["s1"], "and the domain signs")
        status, got = place.add("example.jp", "--selector", "s2")
        out.ok(status == 0 and read(signing) == want and f"{signing}:1" in " ".join(got["next"]),
               "a second key: the row that is there is named, and stays")
        for selector in ("s2", "s1"):
            status, got = remove(place, "--selector", selector)
            out.equal(status, 0, f"{selector} is taken out again")
        out.equal((read(place.table), read(signing)), ("# keys\n", ""), "with its row there")
    write(place.conf, f"KeyTable file:{place.table}\nSigningTable *@a.example=a\n")
    status, got = place.add("b.example")
    out.ok(status == 78 and "by hand" in got["error"] and read(place.table) == "# keys\n",
           "a list: nothing is changed, and what to do is said")
    write(place.conf, f"KeyTable file:{place.table}\nSigningTable refile:{signing}\n")
    other = write(place.dir + "/opendkim.conf", f"SigningTable refile:{signing}\n")
    status, got = place.add("b.example", opendkim=other)
    out.ok(status == 78 and "OpenDKIM reads it" in got["error"], "one of OpenDKIM's neither")


def remove(place, *args):
    return answer("keygen", "example.jp", "--remove", "--config", place.conf, "--opendkim",
                  "/dev/null/none", *args)


def test_removed(top):
    place = Place(top, "removed", "# keys\na.example a.example:-:- dmarc=off\n")
    first = place.add("example.jp", "--selector", "s1", "--attribute", "dmarc=reject")[1]
    second = place.add("example.jp", "--selector", "s2")[1]
    before = read(place.table)
    status, got = remove(place)
    out.ok(status == 65 and "--selector" in got["error"], "of two keys one has to be named")
    status, got = remove(place, "--selector", "none")
    out.equal((status, read(place.table)), (65, before), "one that is not there")
    status, got = remove(place, "--selector", "s1")
    out.equal((status, got["removed"], got["key_file"]),
              (0, place.table + ":3", first["key_file"]), "the row is taken out")
    out.equal(read(place.table), before.replace(first["key_table_row"] + "\n", ""), "it alone")
    steps = " ".join(got["next"])
    out.ok("attributes" in steps and "s1._domainkey.example.jp" in steps and "rm '" in steps
           and os.path.exists(first["key_file"]), "what remains is said, and the key stays")
    status, got = remove(place, "--delete-key")
    out.equal((status, os.path.exists(second["key_file"])), (0, False), "unless it is told")
    out.equal(place.files(), ["keys", "keytable", "sekimori.conf"], "nothing else is left there")
    out.equal(remove(place)[0], 65, "no key is left")


def test_removed_shared(top):
    """A file that another row uses stays; so does one of the same name where we stand."""
    place = Place(top, "two-rows", "")
    key = place.add("example.jp", "--selector", "s1")[1]["key_file"]
    signing = write(place.dir + "/signingtable", "*@b.example b\n")
    write(place.conf, f"BaseDirectory {place.dir}\nKeyTable file:{place.table}\n"
                      f"SigningTable refile:{signing}\n")
    for other, user in (("b b.example:s1:./keys/s1.pem", True), ("b %:s1:./keys/s1.pem", True),
                        ("b b.example:s1:./keys/other.pem", False)):
        write(place.table, f"a example.jp:s1:./keys/s1.pem\n{other}\n")
        status, got = remove(place, "--delete-key")
        steps = " ".join(got.get("next", ()))
        out.equal((status, os.path.exists(key), f"{place.table}:2 uses it" in steps),
                  (0, user, user), f"{other}: the key file stays: {user}")
        out.equal(got.get("key_file"), key, "the key lies below BaseDirectory")


def test_removed_last(top):
    place = Place(top, "last-row")
    signing = write(place.dir + "/signingtable", "")
    write(place.conf, f"KeyTable file:{place.table}\nSigningTable refile:{signing}\n")
    for selector in ("s1", "s2"):
        place.add("example.jp", "--selector", selector)
    before = read(place.table)
    for rest, warned in (("", True), ("taro@example.jp s2.example.jp\n", False)):
        write(place.table, before)
        write(signing, "*@example.jp s1.example.jp\n" + rest)
        status, got = remove(place, "--selector", "s1")
        said = f"add one to {signing}, like *@example.jp s2.example.jp" in " ".join(got["next"])
        out.equal((status, read(signing), said), (0, rest, warned),
                  f"the signing table leads to no other key: {warned}")


def test_later(top):
    place = Place(top, "later")
    keygen = ("keygen", "example.jp", "--selector", "s1", "--output", place.dir + "/keys")
    status, first = answer(*keygen)
    out.equal((status, first["added"]), (0, None), "first the key and its record")
    status, again = answer(*keygen)
    out.ok(status == 73 and "--add" in again["error"], "a second time: the way on is named")
    key = read(first["key_file"])
    status, second = place.add("example.jp", "--selector", "s1", "--type", "ed25519")
    out.equal((status, second["records"][0]["value"], read(first["key_file"])),
              (0, first["records"][0]["value"], key), "--add takes the key that is there")
    out.contains(read(place.table), first["key_table_row"], "its row is in the table")
    place = Place(top, "broken")
    os.mkdir(place.dir + "/keys")
    write(place.dir + "/keys/s1.pem", "no key\n")
    status, got = place.add("example.jp", "--selector", "s1")
    out.ok(status == 65 and "cannot be used" in got["error"], "a file that is no key is refused")
    out.equal((read(place.table), read(place.dir + "/keys/s1.pem")), ("# keys\n", "no key\n"),
              "and stays, as the table does")


def test_kept(top):
    place = Place(top, "bad", "this row is wrong\n")
    status, got = place.add("example.jp", "--selector", "s1")
    out.ok(status == 78 and place.table + ":1" in got["error"],
           "the loader has a complaint: at the place where it really is")
    out.equal((read(place.table), place.files()),
              ("this row is wrong\n", ["keytable", "sekimori.conf"]),
              "the old table stays, and no key is left that signs for nobody")
    place = Place(top, "attribute")
    status, got = place.add("example.jp", "--attribute", "dmarc=perhaps")
    out.ok(status == 78 and "dmarc=perhaps" in got["error"], "an attribute with a bad value")
    out.equal((read(place.table), place.files()), ("# keys\n", ["keytable", "sekimori.conf"]),
              "changes nothing")
    for bad in ("dmrac=mark", "dmarc", "dmarc=mark\nx"):
        out.equal(place.add("example.jp", "--attribute", bad)[0], 64, f"--attribute {bad!r}")
    place = Place(top, "list", conf="KeyTable a=example.net:-:-\n")
    status, got = place.add("example.jp")
    out.ok(status == 78 and "is a list" in got["error"], "a KeyTable that is no file")
    place = Place(top, "none", conf="Mode v\n")
    status, got = place.add("example.jp")
    out.ok(status == 78 and "KeyTable file:" in got["error"], "no KeyTable: the line to write")


def test_shapes(top):
    place = Place(top, "new", None)
    status, got = place.add("example.jp", "--selector", "s1")
    out.equal((status, got.get("added")), (0, place.table + ":1"), "a table that is not there yet")
    out.equal(stat.S_IMODE(os.stat(place.table).st_mode), 0o640, "others cannot read it")
    place = Place(top, "link")
    os.rename(place.table, place.dir + "/real")
    os.symlink("real", place.table)
    status, got = place.add("example.jp", "--selector", "s1")
    out.equal((status, got.get("added")), (0, place.dir + "/real:2"), "behind a symbolic link")
    out.ok(os.path.islink(place.table) and "example.jp:s1:" in read(place.table),
           "the link stays one")
    place = Place(top, "signing")
    write(place.dir + "/signing", "*@example.net s.example.net\n")
    write(place.table, f"s.example.net example.net:s:{top}/link/keys/s1.pem\n")
    write(place.conf, f"KeyTable {place.table}\nSigningTable refile:{place.dir}/signing\n")
    status, got = place.add("example.jp", "--selector", "s1")
    out.equal(status, 0, "beside a SigningTable")
    out.ok(any("*@example.jp s1.example.jp" in text for text in got["next"]),
           "the row that it needs there is named")
    out.ok(read(place.dir + "/signing").endswith("*@example.jp s1.example.jp\n"), "and added")


def test_opendkim(top):
    place = Place(top, "shared")
    other = write(place.dir + "/opendkim.conf", f"KeyTable refile:{place.table}\n")
    status, got = place.add("example.jp", "--attribute", "spf-fail=reject", opendkim=other)
    out.ok(status == 78 and "read by OpenDKIM too" in got["error"] and "defers" in got["error"],
           "no attributes in a table that OpenDKIM reads: and why")
    out.equal((read(place.table), place.files()),
              ("# keys\n", ["keytable", "opendkim.conf", "sekimori.conf"]), "nothing changed")
    out.equal(place.add("example.jp", "--selector", "s1", opendkim=other)[0], 0,
              "a row that both understand")
    write(other, f"KeyTable {top}/elsewhere\n")
    out.equal(place.add("example.jp", "--selector", "s2", "--attribute", "spf-fail=reject",
                        opendkim=other)[0], 0, "OpenDKIM with a table of its own")


def test_records(top):
    status, got = answer("keygen", "example.jp", "--selector", "r", "--output", top + "/r",
                         "--ip", "192.0.2.1", "--ip", "2001:db8::1")
    records = {r["purpose"]: r for r in got["records"]}
    out.equal((status, records["spf"]["value"]),
              (0, "v=spf1 mx ip4:192.0.2.1 ip6:2001:db8::1 ~all"), "SPF names the given addresses")
    out.equal((records["spf"]["relative"], records["spf"]["name"], records["dmarc"]["name"],
               records["dmarc"]["value"]),
              ("@", "example.jp", "_dmarc.example.jp",
               "v=DMARC1; p=none; rua=mailto:postmaster@example.jp"),
              "SPF at the domain itself, DMARC below it")
    text = run("keygen", "example.jp", "--selector", "p", "--output", top + "/r").stdout
    for record in ("SPF", "DMARC"):
        out.contains(" ".join(text.split()), f"only if the domain has no {record} record yet",
                     f"{record}: that it is a beginning")
    for wrong in ("x", "10.0.0.1"):
        out.equal(answer("keygen", "a.example", "--ip", wrong, "--output", top + "/x")[0], 64,
                  f"--ip {wrong}: is refused")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    out.run(*[lambda test=test: test(directory) for test in (
        test_added, test_owners, test_signing, test_removed, test_removed_shared,
        test_removed_last, test_later, test_kept, test_shapes,
        test_opendkim, test_records)])
out.done()
