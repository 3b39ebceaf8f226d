#!/usr/bin/python3
"""sekimori postfix and sekimori sendmail on real mail servers: what they find is so, the commands
that they print make it good, and they change nothing themselves."""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, postfix, process, stage, unpack, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()
TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")


def shim(place, name, conf=None):
    """A postconf in a directory of its own; with conf, one that speaks of that alone."""
    root = unpack.tree(unpack.POSTFIX)
    path = os.path.join(place.directory(name), "postconf")
    more = f"-c '{conf}'" if conf else ""
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"#!/bin/sh\nLD_LIBRARY_PATH='{unpack.library_path(root)}' "
                  f"exec '{root}/usr/sbin/postconf' {more} \"$@\"\n")
    os.chmod(path, 0o755)
    # Nothing runs that would have to read it anew.
    os.symlink("/bin/true", os.path.join(os.path.dirname(path), "postfix"))
    return dict(os.environ, LANG="C", PATH=os.path.dirname(path) + ":" + os.environ["PATH"])


def ask(env, command, daemon, directory):
    got = subprocess.run([TOOL, command, "--config", daemon.conf, "--config-dir", directory,
                          "--opendkim", directory + "/none", "--json"], env=env,
                         capture_output=True, text=True, check=False)
    try:
        answer = json.loads(got.stdout)
    except ValueError:
        raise Error(f"sekimori {command}: {got.stdout}{got.stderr}") from None
    return got.returncode, answer, {check["id"].split(".", 1)[1]: check["status"]
                                    for check in answer.get("checks", [])}


def files(directory):
    found = {}
    for name in ("main.cf", "master.cf"):
        with open(os.path.join(directory, name), encoding="utf-8") as text:
            found[name] = text.read()
    return found


def real_postfix(place):
    """Our socket in the queue directory of a Postfix whose smtpd is confined to it."""
    home = place.directory("advice")
    queue = os.path.join(home, "postfix", "queue")
    os.makedirs(queue + "/sekimori")
    for directory in (home + "/postfix", queue, queue + "/sekimori"):
        os.chmod(directory, 0o755)
    one = stage.Stage(place, "Postfix", "advice", {"UMask": "000"},
                      unix=queue + "/sekimori/s.sock", place="inet:127.0.0.1:1", chroot=True,
                      settings_of_mta={"non_smtpd_milters": "", "milter_default_action": "accept"})
    conf = one.mta.conf
    before = files(conf)
    env = shim(place, "ask")
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal(files(conf), before, "Postfix: nothing is changed")
    OUT.ok(got["mta"].startswith("Postfix 3."), f"Postfix: it is {got['mta']}")
    OUT.equal((status, found.get("socket"), found.get("smtpd-milters"),
               found.get("non-smtpd-milters"), found.get("bounces")),
              (2, "good", "failure", "warning", "warning"), "Postfix: what is missing is found")
    paste = shim(place, "paste", conf)
    for command in got["commands"]:
        ran = subprocess.run(["sh", "-c", command], env=paste, capture_output=True, text=True,
                             check=False)
        OUT.ok(ran.returncode == 0, f"Postfix: {command}")
        OUT.note(ran.stderr)
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal((found.get("smtpd-milters"), found.get("non-smtpd-milters"), found.get("bounces"),
               found.get("order"), found.get("bare-newline"), found.get("default-action"),
               found.get("away"), status, got["commands"]),
              ("good", "good", "good", "good", "good", "good", "warning", 1, []),
              "Postfix: and then it is good, but for a neighbour that is not there")
    subprocess.run(["postconf", "-e", "smtpd_milters = unix:sekimori/s.sock"], env=paste,
                   check=True)
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal(found.get("default-action"), "warning", "Postfix: accept, and we are alone")
    OUT.ok(f"postconf -c '{conf}' -e 'milter_default_action = tempfail'" in got["commands"],
           "Postfix: alone in the list, there is a command")
    for command in got["commands"]:
        subprocess.run(["sh", "-c", command], env=paste, check=True)
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal((status, got["commands"]), (0, []), "Postfix: nothing is left to do")
    os.chmod(queue + "/sekimori/s.sock", 0o600)
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal((status, found.get("socket")), (2, "failure"),
              f"Postfix: a socket that its user ({postfix.OWNER}) may not use")
    for command in got["commands"]:
        subprocess.run(["sh", "-c", command], env=paste, check=True)
    status, got, found = ask(env, "postfix", one.daemon, conf)
    OUT.equal((status, found.get("socket")), (0, "good"), "Postfix: the commands let him in")
    one.stop()


def real_sendmail(place):
    one = stage.Stage(place, "Sendmail", "advice-sendmail")
    home = os.path.join(one.home, "sendmail")
    status, got, found = ask(dict(os.environ), "sendmail", one.daemon, home)
    OUT.ok(got["mta"].startswith("Sendmail 8."), f"Sendmail: it is {got['mta']}")
    OUT.equal((status, found), (0, {"socket": "good", "filter": "good", "default-action": "good",
                                    "macros": "good"}), "Sendmail: all is good")
    OUT.note(json.dumps(got, indent=1))
    with open(home + "/sendmail.cf", encoding="utf-8") as text:
        lines = [line for line in text if not line.startswith("Xfilter0")]
    bare = place.directory("bare")
    with open(bare + "/sendmail.cf", "w", encoding="utf-8") as text:
        text.writelines(lines)
    status, got, found = ask(dict(os.environ), "sendmail", one.daemon, bare)
    OUT.equal((status, found.get("filter")), (2, "failure"), "Sendmail: without our filter")
    OUT.ok(process.is_answering(("127.0.0.1", one.mta.port)), "Sendmail: still there")
    one.stop()


def main():
    try:
        with world.World((unpack.POSTFIX, unpack.SENDMAIL)) as place:
            OUT.run(lambda: real_postfix(place), lambda: real_sendmail(place))
    except Error as problem:
        OUT.ok(False, f"the mail servers start: {problem}")
    OUT.done()


main()
