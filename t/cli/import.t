#!/usr/bin/python3
"""sekimori import opendkim: the report, the files, and what is never touched. That the import
decides as the original does is t/unit/opendkim."""
import os
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
               (ours + "/sekimori.conf", None)], "the files")
    out.equal(read(ours + "/keytable"), read(top + "/etc/KeyTable"), "a copy is one, word for word")
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
    text = read(ours + "/sekimori.conf")
    out.contains(text, "# opendkim.conf:6", "each line says where it comes from")


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
    steps = re.findall("(?:install|adduser|sekimorid -n|sekimori postfix|cp) [^()\n]*", steps)
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
        test_report, test_kept, test_refused, test_hostile_path, test_sockets)])
out.done()
