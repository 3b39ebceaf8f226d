#!/usr/bin/python3
"""sekimori keygen as root: what it makes belongs to the service user, and he can read it."""
import grp
import json
import os
import pwd
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
# A user that every Debian system has.
USER = pwd.getpwnam("nobody")
out = tap.Tap()


def keygen(*args, umask=0o022):
    got = subprocess.run([TOOL, "keygen", *args, "--json"], capture_output=True, text=True,
                         check=False, umask=umask)
    return got.returncode, json.loads(got.stdout)


def facts(path):
    st = os.stat(path)
    return st.st_uid, st.st_gid, oct(stat.S_IMODE(st.st_mode))


def can_read(path):
    """As that user, through all directories above."""
    return subprocess.run(["cat", path], user=USER.pw_uid, group=USER.pw_gid, extra_groups=[],
                          capture_output=True, check=False).returncode == 0


def test_owner(top):
    table, conf = top + "/keytable", top + "/sekimori.conf"
    with open(table, "w", encoding="ascii") as f:
        f.write("# keys\n")
    adm = grp.getgrnam("adm").gr_gid
    os.chown(table, 0, adm)
    os.chmod(table, 0o644)
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"UserID nobody\nKeyTable {table}\n")
    status, got = keygen("example.jp", "--selector", "s1", "--add", "--config", conf, "--output",
                         top + "/deep/keys/example.jp", umask=0o077)
    if not out.equal(status, 0, "under a strict umask, a key for the user of UserID"):
        out.note(str(got))
        return
    own = (USER.pw_uid, USER.pw_gid)
    out.equal(facts(got["key_file"]), own + ("0o600",), "the key is his alone")
    out.equal(facts(os.path.dirname(got["key_file"])), own + ("0o750",), "its directory is his")
    out.equal(facts(top + "/deep/keys"), (0, 0, "0o755"), "those above are root's, and open to him")
    out.ok(can_read(got["key_file"]), "he can read it")
    out.equal(facts(table), (0, adm, "0o644"), "the table belongs to whom it did")
    got = subprocess.run([TOOL, "config", "check", "--config", conf, "--opendkim", top + "/none"],
                         capture_output=True, text=True, check=False)
    out.equal((got.returncode, got.stderr), (0, ""), "config check finds nothing to say")


def test_group(top):
    conf = top + "/group.conf"
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"UserID nobody:mail\nKeyTable {top}/new\n")
    status, got = keygen("example.jp", "--selector", "s2", "--add", "--config", conf, "--output",
                         top + "/group")
    mail = grp.getgrnam("mail").gr_gid
    out.equal((status, facts(top + "/group/s2.pem")[:2]), (0, (USER.pw_uid, mail)),
              "UserID with a group: it is that group's")
    out.equal(facts(top + "/new"), (0, mail, "0o640"), "a new table: root writes, the group reads")
    out.ok(got["added"] == top + "/new:1", "with its row")


def test_nobody_there(top):
    conf = top + "/missing.conf"
    before = "# keys\n"
    with open(top + "/empty", "w", encoding="ascii") as f:
        f.write(before)
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"UserID no-such-user-here\nKeyTable {top}/empty\n")
    status, got = keygen("example.jp", "--selector", "s3", "--config", conf, "--output", top + "/m")
    out.equal((status, facts(top + "/m/s3.pem")), (0, (0, 0, "0o600")),
              "no such user yet: the key is root's")
    out.ok(any("chown -R" in text for text in got["next"]), "and the command for later is named")
    status, got = keygen("example.net", "--selector", "s4", "--add", "--config", conf, "--output",
                         top + "/m4")
    out.ok(status == 78 and "does not exist: adduser" in got["error"],
           "--add: a configuration that the daemon could not use")
    with open(top + "/empty", encoding="ascii") as f:
        out.equal((f.read(), os.path.exists(top + "/m4")), (before, False), "changes nothing")


if not out.ok(os.geteuid() == 0, "run by root"):
    out.done()
with tempfile.TemporaryDirectory() as directory:
    os.chmod(directory, 0o755)
    out.run(*[lambda test=test: test(os.path.realpath(directory))
              for test in (test_owner, test_group, test_nobody_there)])
out.done()
