#!/usr/bin/python3
"""sekimori import opendkim: the report, the files, and what is never touched. That the import
decides as the original does is t/unit/opendkim."""
import os
import pwd
import re
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
import tool  # noqa: E402
from tool import read, run, write  # noqa: E402

out = tap.Tap()


def answer(*args):
    return tool.answer("import", "opendkim", *args)


def snapshot(top):
    found = {}
    for place, _, names in os.walk(top):
        for name in names:
            path = os.path.join(place, name)
            found[path] = (read(path), os.stat(path).st_mode, os.stat(path).st_mtime_ns)
    return found


def sample(top, conf):
    key = run("keygen", "example.jp", "--selector", "s", "--output", top + "/etc/keys")
    out.equal(key.returncode, 0, "a key for the test")
    write(top + "/etc/KeyTable", f"k example.jp:s:{top}/etc/keys/s.pem\n"
          f"gone example.jp:g:{top}/etc/keys/gone.pem\n")
    write(top + "/etc/TrustedHosts", "127.0.0.1\n")
    write(top + "/etc/SigningTable", "*@example.jp k\n", 0o640)
    return write(top + "/etc/opendkim.conf", conf)


CONF = """\
# a comment
KeyTable /@/KeyTable
SigningTable refile:/@/SigningTable
InternalHosts /@/TrustedHosts
ExternalIgnoreList /@/TrustedHosts
Socket inet:8891@localhost
PidFile /run/opendkim/opendkim.pid
UserID opendkim:mail
LogWhy yes
Include /@/more.conf
"""


def test_report(top):
    conf = sample(top, CONF.replace("/@", top + "/etc"))
    write(top + "/etc/more.conf", "Canonicalization relaxed/simple\nAutoRestart yes\n")
    before = snapshot(top + "/etc")
    ours = top + "/new/ours"
    status, got = answer(conf, "--output", ours, "--user", "nobody")
    out.equal(status, 0, "imported")
    out.equal(snapshot(top + "/etc"), before, "nothing of the original is touched")
    carried = {c["option"]: (c["value"], c["instead_of"], c["where"]) for c in got["carried"]}
    out.equal(carried["Socket"], ("inet:8892@localhost", "inet:8891@localhost", conf + ":6"),
              "a socket of our own")
    out.equal(carried["UserID"], ("nobody:mail", "opendkim:mail", conf + ":8"),
              "a user of our own, the group that the mail server needs stays")
    out.contains(carried["PidFile"][0], "/sekimori/sekimorid.pid", "a pid file of our own")
    out.equal(carried["Canonicalization"], ("relaxed/simple", None, top + "/etc/more.conf:1"),
              "what an included file says")
    out.equal(carried["InternalHosts"][0], f"file:{ours}/internal-hosts", "a table is a copy")
    out.equal(carried["ExternalIgnoreList"][0], f"file:{ours}/internal-hosts",
              "which is made once")
    out.equal([(f["path"], f["from"]) for f in got["files"]],
              [(ours + "/internal-hosts", top + "/etc/TrustedHosts"),
               (ours + "/keytable", top + "/etc/KeyTable"),
               (ours + "/signingtable", top + "/etc/SigningTable"),
               (ours + "/copy-keys", None), (ours + "/sekimori.conf", None)], "the files")
    out.equal(read(ours + "/signingtable"), read(top + "/etc/SigningTable"),
              "a copy is one, word for word")
    out.equal(read(ours + "/keytable"),
              read(top + "/etc/KeyTable").replace(f"{top}/etc/keys/s.pem",
                                                  f"{ours}/keys/example.jp/s.pem"),
              "but for the place that the copy of a key will have")
    out.equal([oct(stat.S_IMODE(os.stat(f"{ours}/{name}").st_mode))
               for name in ("keytable", "signingtable")], ["0o644", "0o640"],
              "what others cannot read there, they cannot read here")
    noted = " ".join(n["text"] for n in got["noted"])
    for text in ("LogWhy is ignored", "AutoRestart is ignored", "On-DNSError is not set"):
        out.contains(noted, text, f"noted: {text}")
    out.equal(got["refused"], [], "nothing is refused")
    keys = {k["path"]: k for k in got["keys"]}
    gone = keys[top + "/etc/keys/gone.pem"]
    out.equal((gone["where"], gone["problem"]), ("KeyTable:2", "No such file or directory"),
              "a key that is not there")
    out.contains(gone["remedy"], f"install -D -o nobody -g nobody -m 600 '{top}/etc/keys/gone.pem' "
                 f"'{ours}/keys/example.jp/gone.pem'", "and the command for one that is")
    if os.geteuid() == 0:
        out.contains(keys[top + "/etc/keys/s.pem"]["problem"], "the service user nobody cannot",
                     "a key that the user cannot read")
    out.ok(any(ours + "/sekimori.conf" in step for step in got["next"]), "what to do next")
    out.ok(any(f"cp {ours}/sekimori.conf /" in step and "restart" in step for step in got["next"]),
           "and how it comes into force")
    places = [next((i for i, step in enumerate(got["next"]) if what in step), None) for what in
              ("sekimorid -n", "Mode shadow", f"cp {ours}/", "sekimori postfix --config",
               "systemctl disable --now opendkim")]
    out.ok(None not in places and places == sorted(places),
           f"a trial first, the mail server when we run, OpenDKIM last ({places})")
    text = read(ours + "/sekimori.conf")
    out.contains(text, "# opendkim.conf:6", "each line says where it comes from")


def import_as(top, conf, user="nobody"):
    status, got = answer(conf, "--output", top + "/ours", "--user", user)
    return status, got, " ".join(n["text"] for n in got["noted"])


def test_keys(top):
    """One command copies all keys to where the copied table looks for them."""
    etc = top + "/etc"
    for name in ("a.pem", "it's.pem", "x.example/default", "y.example/default"):
        tool.key(f"{etc}/keys/{name}")
    write(etc + "/KeyTable", f"# all\na a.example:s:./keys/a.pem   # first\n"
          f"b b.example:s:{etc}/keys/it's.pem:rsa-sha256\n"
          f"same c.example:t:{etc}/keys/a.pem\n"
          f"all %:default:{etc}/keys/%/default\n")
    write(etc + "/SigningTable",
          "*@a.example a\n*@b.example b\n*@c.example same\n*@*.example all\n")
    conf = write(etc + "/opendkim.conf", f"BaseDirectory {etc}\nKeyTable file:KeyTable\n"
                 "SigningTable refile:./SigningTable\n")
    own = pwd.getpwuid(os.geteuid()).pw_name
    # Nobody may read what 0600 says; that we may changes nothing.
    status, got, _ = import_as(top, conf, "nobody")
    ours = top + "/ours"
    out.equal(status, 0, "imported")
    out.equal(read(ours + "/keytable").splitlines(), [
        "# all", f"a a.example:s:{ours}/keys/a.example/a.pem   # first",
        f"b b.example:s:{ours}/keys/b.example/it's.pem:rsa-sha256",
        f"same c.example:t:{ours}/keys/a.example/a.pem", f"all %:default:{ours}/keys/%/default"],
              "the copied table names the new places")
    step = [s for s in got["next"] if f"sh {ours}/copy-keys" in s]
    out.equal(len(step), 1, f"one command: {step}")
    script = read(ours + "/copy-keys")
    out.equal(script.count("install -D "), 4, "a line a key")
    out.ok("chgrp" not in str(got["keys"]) + str(got["next"]), "and no other cure beside it")
    write(ours + "/copy-keys", re.sub(r"-o \S+ -g \S+", "", script))
    done = subprocess.run(step[0].split(": ")[-1], shell=True, capture_output=True, text=True)
    out.equal((done.returncode, done.stderr), (0, ""), "it runs as it is printed")
    conf = ours + "/sekimori.conf"
    write(conf, re.sub(r"(?m)^UserID.*$", f"UserID {own}", read(conf)))
    checked = subprocess.run([tool.DAEMON, "-n", "-c", conf], capture_output=True, text=True)
    out.equal(checked.returncode, 0, "and sekimorid -n is content: " + checked.stderr)


def test_rows(top):
    """A row of no use among good ones is left out, and said so."""
    etc = top + "/etc"
    tool.key(etc + "/a.pem")
    write(etc + "/KeyTable", f"a a.example:s:{etc}/a.pem\nb b.example:{etc}/a.pem\nc\n")
    write(etc + "/SigningTable", "*@a.example a\n*@b.example b\n*@d.example gone\n*@e.example\n")
    conf = write(etc + "/opendkim.conf",
                 f"KeyTable {etc}/KeyTable\nSigningTable refile:{etc}/SigningTable\n")
    own = pwd.getpwuid(os.geteuid()).pw_name
    status, got, noted = import_as(top, conf, own)
    out.equal((status, got["refused"]), (0, []), "imported, nothing is refused")
    out.equal(noted.count("THIS ROW IS LEFT OUT of the copy"), 5, "each is named")
    out.ok("until then" not in noted, "and nothing is said of a row that is there no more")
    out.equal(sorted(n["where"] for n in got["noted"] if "LEFT OUT" in n["text"]),
              [etc + "/KeyTable:2", etc + "/KeyTable:3"] +
              [f"{etc}/SigningTable:{n}" for n in (2, 3, 4)], "with its line")
    out.equal(read(top + "/ours/signingtable").splitlines()[:2],
              ["*@a.example a", "# left out by sekimori import: *@b.example b"], "it is a comment")
    checked = subprocess.run([tool.DAEMON, "-n", "-c", top + "/ours/sekimori.conf"],
                             capture_output=True, text=True)
    out.equal(checked.returncode, 0, "sekimorid -n is content: " + checked.stderr)
    write(etc + "/none.pem", "mail._domainkey IN TXT ( \"v=DKIM1; p=AAAA\" )\n", 0o600)
    write(etc + "/KeyTable", f"a a.example:s:{etc}/a.pem\nb b.example:s:{etc}/none.pem\n"
          f"c c.example:s:file:{etc}/a.pem\nd d.example:s:{etc}\n"
          f"a a.example:s:{etc}/none.pem\n")
    write(etc + "/SigningTable", "".join(f"*@{n}.example {n}\n" for n in "abcd"))
    _, _, noted = import_as(top + "/junk", conf, own)
    out.equal(noted.count("THIS ROW IS LEFT OUT of the copy"), 6, "keys that are none: all named")
    checked = subprocess.run([tool.DAEMON, "-n", "-c", top + "/junk/ours/sekimori.conf"],
                             capture_output=True, text=True)
    out.equal(checked.returncode, 0, "sekimorid -n is content: " + checked.stderr)
    write(etc + "/KeyTable", f"a a.example:s:{etc}/a.pem\n" * 2 + "a a.example:s:/none/a.pem\n")
    write(etc + "/SigningTable", "*@a.example a\n")
    os.chmod(etc + "/a.pem", 0o644)
    import_as(top + "/twice", conf, own)
    subprocess.run(["sh", top + "/twice/ours/copy-keys"], check=True)
    checked = subprocess.run([tool.DAEMON, "-n", "-c", top + "/twice/ours/sekimori.conf"],
                             capture_output=True, text=True)
    out.equal((checked.returncode, checked.stderr.count("this row is never used")), (0, 2),
              "rows that stand there twice keep nobody: " + checked.stderr)
    write(etc + "/KeyTable", f"a a.example:s:{etc}/a.pem\nb b.example:{etc}/a.pem\n")
    write(etc + "/SigningTable", "*@b.example b\n*@d.example gone\n")
    status, got = answer(conf, "--output", top + "/none", "--user", own)
    out.ok(status == 78 and got["refused"], "where none is left, it is an error as ever")


def test_said_alike(top):
    """What the import says of silent defaults, sekimorid -n says of the same file."""
    conf = write(top + "/opendkim.conf", "DontSignMailTo *@dest.example\nOn-NoSignature reject\n"
                 "MTA ORIGINATING\n")
    _, _, noted = import_as(top, conf)
    checked = subprocess.run([tool.DAEMON, "-n", "-c", conf], capture_output=True, text=True)
    for text in ("Canonicalization is not set", "On-DNSError is not set",
                 "OversignHeaders is not set", "SignHeaders is not set",
                 "written into every message from outside", "DontSignMailTo: a * is a wildcard",
                 "mail of our own senders that no row signs for"):
        out.contains(noted, text, f"import: {text}")
        out.contains(checked.stderr, text, f"-n: {text}")
    conf = write(top + "/quiet/opendkim.conf", "Mode s\nDontSignMailTo a@dest.example\n")
    checked = subprocess.run([tool.DAEMON, "-n", "-c", conf], capture_output=True, text=True)
    out.ok("On-DNSError" not in checked.stderr and "DontSignMailTo" not in checked.stderr and
           "own senders" not in checked.stderr, "and nothing that does not hold for it")
    own = write(top + "/sekimori.conf", read(conf))
    checked = subprocess.run([tool.DAEMON, "-n", "-c", own], capture_output=True, text=True)
    out.ok("OpenDKIM" not in checked.stderr, "a file of ours is not measured by OpenDKIM's")


LOOPBACK = (
    ("Mode v\n", "clients on a loopback address are checked like all others"),
    ("Mode sv\n", "clients on a loopback address count as this host"),
    ("InternalHosts 192.0.2.0/24\n", "will not be signed, but checked like mail from outside"),
    ("Mode v\nTrustedRelays 127.0.0.1, ::1\n", None),
    ("InternalHosts 127.0.0.1\n", None),
)


def test_loopback(top):
    """-n says what is done with clients on loopback, where nobody has said it."""
    for i, (text, want) in enumerate(LOOPBACK):
        conf = write(f"{top}/{i}/sekimori.conf", text)
        said = subprocess.run([tool.DAEMON, "-n", "-c", conf], capture_output=True,
                              text=True).stderr
        if want is None:
            out.ok("clients on a loopback" not in said, f"{text!r}: nothing")
        else:
            out.contains(said, want, f"{text!r}: {want}")


def test_relative_key(top):
    tool.key(top + "/k.pem")
    conf = write(top + "/opendkim.conf", "Domain example.jp\nSelector s\nKeyFile k.pem\n")
    got = subprocess.run([os.path.abspath(tool.TOOL), "import", "opendkim", conf, "--json",
                          "--output", top + "/ours", "--user", pwd.getpwuid(os.geteuid()).pw_name],
                         cwd=top, capture_output=True, text=True)
    out.equal(got.returncode, 0, "imported")
    out.contains(read(top + "/ours/sekimori.conf"), f"KeyFile                 {top}/k.pem",
                 "a path that holds from everywhere")


def test_kept(top):
    conf = write(top + "/etc/opendkim.conf", "Mode v\n")
    ours = top + "/ours"
    mine = write(ours + "/sekimori.conf", "Mode v # my own\n")
    status, got = answer(conf, "--output", ours)
    out.ok(status == 73 and "no file is written over" in got["error"], "no file is written over")
    out.equal((read(mine), os.listdir(ours)), ("Mode v # my own\n", ["sekimori.conf"]),
              "what is there stays alone")
    write(top + "/etc/hosts", "127.0.0.1\n")
    write(conf, f"InternalHosts file:{top}/etc/hosts\nPeerList file:{top}/etc/hosts\nMode v\n")
    write(top + "/half/internal-hosts", "10.0.0.0/8\n")
    status, got = answer(conf, "--output", top + "/half")
    out.equal((status, os.listdir(top + "/half")), (73, ["internal-hosts"]),
              "a table in the way: none of the others is written either")


def test_refused(top):
    conf = write(top + "/opendkim.conf", "ResignAll yes\nKeyTable dsn:mysql://u:p@h/db\nMode s\n")
    status, got = answer(conf, "--output", top + "/ours")
    out.equal((status, [r["where"] for r in got["refused"]], got["files"]),
              (78, [conf + ":1", conf + ":2"], []), "refused: each with its line")
    out.ok(not os.path.exists(top + "/ours"), "nothing is written")
    text = run("import", "opendkim", conf, "--output", top + "/ours").stdout
    out.contains(text, "refused:\n  " + conf + ":1: OpenDKIM's ResignAll is not carried",
                 "the same for people")
    for args, want in ((["import"], 64), (["import", "rspamd", conf], 64),
                       (["import", "opendkim", top + "/none"], 66)):
        out.equal(run(*args).returncode, want, " ".join(args[:2]))


def test_hostile_path(top):
    """What another user chose as a path is one word of every command that is to be pasted."""
    top = top + "/a';id>PWNED;';id>PWNED;"
    key = top + "/etc/k';id>PWNED;';id>PWNED;.pem"
    run("keygen", "example.jp", "--selector", "s", "--output", top + "/etc")
    os.rename(top + "/etc/s.pem", key)
    conf = write(top + "/etc/opendkim.conf",
                 f"Domain example.jp\nSelector s\nKeyFile {key}\nSocket inet:8891@localhost\n")
    status, got = answer(conf, "--output", top + "/new", "--user", "no';id>PWNED;';id>PWNED;")
    out.equal((status, len(got["keys"])), (0, 1), "a key with a path that is a command")
    install = write(top + "/bin/install", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", 0o755)
    steps = "\n".join([k["remedy"] for k in got["keys"]] + got["next"])
    steps = re.findall("(?:install|adduser|sekimorid -n|sekimori postfix --config|cp)"
                       " [^()\n]*", steps)
    out.equal(len(steps), 5, "commands to paste")
    for step in steps:
        said = subprocess.run(["/bin/sh", "-c", step], cwd=top, text=True, check=False,
                              env={"PATH": os.path.dirname(install)}, capture_output=True)
        out.ok(not os.path.exists(top + "/PWNED"), f"nothing but the command runs: {step}")
        if step.startswith("install"):
            out.ok(key in said.stdout.splitlines(), "and the path is one word of it")
    os.chmod(top + "/etc", 0o755)
    os.chmod(key, 0o604)
    said = subprocess.run([os.path.join(os.path.dirname(tool.TOOL), "sekimorid"), "-n", "-c", conf],
                          capture_output=True, text=True, check=False).stderr
    found = re.search(": (chmod o= .*)", said)
    out.ok(found, "the daemon says how to mend the key's mode")
    subprocess.run(["/bin/sh", "-c", found[1] if found else "false"], cwd=top, check=False)
    out.ok(not os.path.exists(top + "/PWNED") and stat.S_IMODE(os.stat(key).st_mode) == 0o600,
           "and the command does that, and nothing else")


SOCKETS = (
    ("inet:8891@localhost", "inet:8892@localhost"),
    ("inet:12301@localhost", "inet:8891@localhost"),
    ("inet6:8891@[::1]", "inet6:8892@::1"),
    ("inet:8892", "inet:8891"),
    ("local:/run/opendkim/opendkim.sock", "local:/run/sekimori/sekimori.sock"),
    ("local:/var/spool/postfix/opendkim/opendkim.sock",
     "local:/var/spool/postfix/sekimori/sekimori.sock"),
    ("unix:/var/spool/postfix/private/dkim", "local:/var/spool/postfix/private/sekimori.sock"),
)


def test_sockets(top):
    for i, (theirs, ours) in enumerate(SOCKETS):
        conf = write(f"{top}/{i}/opendkim.conf", f"Mode v\nSocket {theirs}\n")
        status, got = answer(conf, "--output", f"{top}/{i}/ours")
        value = [c["value"] for c in got.get("carried", []) if c["option"] == "Socket"]
        out.equal((status, value), (0, [ours]), f"{theirs}")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    out.run(*[lambda test=test: test(f"{directory}/{test.__name__}") for test in (
        test_report, test_keys, test_rows, test_said_alike, test_loopback, test_relative_key,
        test_kept, test_refused, test_hostile_path, test_sockets)])
out.done()
