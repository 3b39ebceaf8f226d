#!/usr/bin/python3
"""sekimorid -n finds what a start would find: directories, a port that somebody has, a user; and
the example of the manual starts as it stands there."""
import grp
import os
import pwd
import re
import socket
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import daemon  # noqa: E402
import tap  # noqa: E402
from mta.process import free_port  # noqa: E402

out = tap.Tap()
USER = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name
top = tap.home("start")
os.chmod(top, 0o755)


def check(text, *flags):
    conf = os.path.join(top, "sekimori.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write(text + "\nSyslog no\nMode v\nAuthservID a.test.example\n")
    got = daemon.run("-n", *flags, "-c", conf)
    return got.returncode, got.stdout + got.stderr


def paste(text):
    """The command that a complaint ends in, as a shell takes it."""
    subprocess.run(["sh", "-c", re.search(r"(install -d .*?) \(-g", text).group(1)], check=True)


def test_directories():
    """An apostrophe in the name must not end the word."""
    for option, name in (("Socket local:", "it's/s.sock"), ("PidFile ", "pid's/pid")):
        path = os.path.join(top, name)
        other = "" if option.startswith("Socket") else f"\nSocket local:{top}/s.sock"
        text = f"UserID {USER}:{GROUP}\n{option}{path}{other}"
        status, said = check(text)
        out.equal(status, 78, f"{option}in a directory that is not there")
        out.contains(said, f"install -d -o {USER} -g {GROUP} -m 2750", "the command to make it")
        out.equal(check(text, "-r")[0], 0, "a reload needs nothing of it")
        paste(said)
        out.ok(os.path.isdir(os.path.dirname(path)), "pasted, it makes that directory")
        out.equal(check(text)[0], 0, "and all is well")
    status, said = check("Socket local:/run/no-such-directory/s.sock")
    out.ok(status == 0 and "'/run/no-such-directory'" in said, "below /run it is a note")


def test_user():
    status, said = check(f"Socket local:{top}/s.sock\nUserID no-such-user-here")
    out.ok(status == 78 and "no-such-user-here" in said, "a user who does not exist")


def test_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, said = check(f"Socket inet:{port}@127.0.0.1")
        out.equal(status, 78, "a port that another program has")
        out.contains(said, f"port '{port}' is in use by", "it says so")
        out.contains(said, f"(process {os.getpid()})", "and whose it is")
        out.equal(check(f"Socket inet:{port}@127.0.0.1", "-r")[0], 0, "a reload does not ask")
    out.equal(check(f"Socket inet:{port}@127.0.0.1")[0], 0, "it is free again")
    one = daemon.Daemon({"Nameservers": f"127.0.0.1:{free_port()}"})
    with one:
        got = daemon.run("-n", "-c", one.conf)
        out.equal(got.returncode, 0, "the running daemon's own port is well")
        out.note(got.stderr)


def example():
    """What stands in the manual under EXAMPLES: the commands and the configuration."""
    path = os.path.join(os.environ.get("srcdir", "."), "man", "sekimori.conf.5")
    with open(path, encoding="utf-8") as file:
        text = file.read().partition(".Sh EXAMPLES")[2]
    return re.findall(r"\.Bd -literal\n(.*?)\.Ed", text, re.S)


def test_example():
    """With the names of this host: our user for sekimori, our group for Postfix's."""
    commands, conf = example()
    home = os.path.join(top, "example")
    os.mkdir(home)
    for old, new in (("/var/spool", home + "/var/spool"), ("/etc/", home + "/etc/")):
        commands, conf = commands.replace(old, new), conf.replace(old, new)
    commands = commands.replace("-o sekimori", f"-o {USER}").replace("-g postfix", f"-g {GROUP}")
    conf = conf.replace("sekimori:postfix", f"{USER}:{GROUP}")
    added, commands = commands.split("\n", 1)
    out.equal(added, "adduser --system --group sekimori", "first a user, whom the test has")
    subprocess.run(["sh", "-ec", commands], check=True)
    path = os.path.join(home, "etc/sekimori/sekimori.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(conf + f"Nameservers 127.0.0.1:{free_port()}\n")
    got = daemon.run("-n", "-c", path)
    out.ok(got.returncode == 0, f"the example of the manual: {got.stderr}")
    one = daemon.Daemon(home=os.path.join(home), socket="local:" + re.search(
        r"^Socket\s+local:(.*)$", conf, re.M).group(1))
    one.conf = path
    with one:
        info = os.stat(one.address)
        out.equal((stat.S_IMODE(info.st_mode), info.st_gid), (0o660, os.getegid()),
                  "it starts, and its socket is the mail server's, too")


out.run(test_directories, test_user, test_port, test_example)
out.done()
