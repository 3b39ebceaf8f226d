#!/usr/bin/python3
"""What sekimori postfix prints never harms: pasted on real servers, and proved with mail. Nothing
that a filter hands back from outside is signed, and mail of this host stays signed."""
import json
import os
import socket
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, client, process, scenarios, stage, unpack, verify, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()
TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
USUAL = {"internal_mail_filter_classes": "bounce", "smtpd_milters": "",
         "smtpd_forbid_bare_newline": "yes", "disable_mime_output_conversion": "yes",
         "milter_default_action": "tempfail"}


class Filter:
    """A before-queue filter that finds nothing: each byte goes on to the other port."""

    def __init__(self, back):
        self._back = back
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._back))
            for pair in ((here, there), (there, here)):
                threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Server:
    """A Postfix with these services, our daemon, and the tool."""

    def __init__(self, place, name, services, settings=None, daemon=None):
        self.name = name
        self.stage = stage.Stage(place, "Postfix", name, daemon, services=services,
                                 settings_of_mta=dict(USUAL, **(settings or {})))
        self.place, self.us = self.stage.daemon.place, self.stage.daemon.place
        self.conf = self.stage.mta.conf
        root = unpack.tree(unpack.POSTFIX)
        bins = place.directory(name + "-bin")
        with open(bins + "/postconf", "w", encoding="utf-8") as out:
            out.write(f"#!/bin/sh\nLD_LIBRARY_PATH='{unpack.library_path(root)}' "
                      f"exec '{root}/usr/sbin/postconf' \"$@\"\n")
        os.chmod(bins + "/postconf", 0o755)
        os.symlink("/bin/true", bins + "/postfix")
        self.etc = place.directory(name + "-etc")
        self.env = dict(os.environ, LANG="C", PATH=bins + ":" + os.environ["PATH"])

    def ask(self):
        """What to paste, and the findings with what is wrong."""
        os.utime(self.conf + "/main.cf", (1, 1))
        got = subprocess.run([TOOL, "postfix", "--config", self.stage.daemon.conf,
                              "--config-dir", self.conf, "--etc", self.etc, "--json"],
                             env=self.env, capture_output=True, text=True, check=False)
        try:
            answer = json.loads(got.stdout)
        except ValueError:
            raise Error(f"sekimori postfix: {got.stdout}{got.stderr}") from None
        return answer["commands"], [c for c in answer["checks"]
                                    if c["status"] in ("warning", "failure")]

    def run(self, command):
        os.utime(self.conf + "/main.cf", (1, 1))
        got = subprocess.run(["sh", "-c", command], env=self.env, capture_output=True, text=True,
                             check=False)
        OUT.equal((got.returncode, got.stderr), (0, ""), f"{self.name}: {command}")

    def set(self, *settings):
        for setting in settings:
            self.run(f"postconf -c '{self.conf}' -e '{setting}'")
        self.stage.mta.reload()

    def paste(self):
        """Everything that it prints, and again nothing; which failures were found."""
        commands, findings = self.ask()
        for command in commands:
            self.run(command)
        self.stage.mta.reload()
        more, left = self.ask()
        OUT.equal((more, [c["found"] for c in left if c["status"] == "failure"]), ([], []),
                  f"{self.name}: pasted, and nothing is left")
        return [command.replace(f" -c '{self.conf}'", "") for command in commands], \
            {c["id"] for c in findings}

    def value(self, name):
        got = subprocess.run(["postconf", "-c", self.conf, "-h", name], env=self.env,
                             capture_output=True, text=True, check=True)
        return got.stdout.strip()

    def signatures(self, mark):
        got = self.stage.delivered(b"<" + mark + b"@example>")
        return got and len(got.values("DKIM-Signature"))

    def forged(self, mark, port=25):
        """How many signatures a stranger's message with our From gets."""
        with self.stage.outside(port) as smtp:
            smtp.send("a@none.example", "hanako@example.org",
                      scenarios.message(mark, author=b"user@example.jp"))
        return self.signatures(mark)

    def user(self, mark, port):
        """And that of a user at a port of theirs."""
        with self.stage.inside(port) as smtp:
            smtp.send("user@example.jp", "hanako@example.org",
                      scenarios.message(mark, author=b"user@example.jp"))
        return self.signatures(mark)

    def local(self, mark):
        """And that of a program of this host, and of a bounce."""
        text = scenarios.message(mark, author=b"user@example.jp").replace(b"\r\n", b"\n")
        self.stage.mta.sendmail("user@example.jp", "hanako@example.org", text)
        bounce = b"bounce-" + mark
        text = scenarios.message(bounce, author=b"user@example.jp").replace(b"\r\n", b"\n")
        self.stage.mta.sendmail("user@example.jp", "nobody@example.org", text)
        got = self.stage.sink.wait(lambda one: one.mail_from == "" and bounce in one.data)
        return self.signatures(mark), got and len(got.values("DKIM-Signature"))

    def stop(self):
        self.stage.stop()


def proxy(place):
    """A filter before the queue: what it hands back comes from this host."""
    back = process.free_port()
    scan = place.start(Filter(back))
    services = (f"smtp inet n - n - - smtpd\n  -o smtpd_proxy_filter=127.0.0.1:{scan.port}\n"
                f"127.0.0.1:{back} inet n - n - - smtpd\n")
    server = Server(place, "proxy", services, {"non_smtpd_milters": ""})
    commands, _ = server.paste()
    OUT.equal(commands[0], f"postconf -e 'non_smtpd_milters = {server.us}'",
              "proxy: we are named for mail of this host alone")
    OUT.equal((server.forged(b"proxy-1"), server.local(b"proxy-2")), (0, (2, 2)),
              "proxy: forged mail is not signed, mail of this host is")
    # As it was advised once.
    server.set(f"smtpd_milters = {server.us}")
    OUT.equal(server.forged(b"proxy-3"), 2, "proxy: asked behind the filter, we would sign it")
    commands, found = server.paste()
    OUT.equal((commands[0], "postfix.hand-back" in found),
              (f"postconf -P '127.0.0.1:{back}/inet/smtpd_milters='", True),
              "proxy: and that is a failure, with the command")
    OUT.equal((server.forged(b"proxy-4"), server.local(b"proxy-5")), (0, (2, 2)),
              "proxy: pasted, it is not signed, and mail of this host is")
    server.stop()


def two_filters(place):
    """Users' mail comes back to a service of its own."""
    back, out, users = process.free_port(), process.free_port(), 587
    scans = [place.start(Filter(port)) for port in (back, out)]
    services = (f"smtp inet n - n - - smtpd\n  -o smtpd_proxy_filter=127.0.0.1:{scans[0].port}\n"
                f"{users} inet n - n - - smtpd\n"
                f"  -o smtpd_proxy_filter=127.0.0.1:{scans[1].port}\n"
                f"127.0.0.1:{out} inet n - n - - smtpd\n"
                "  -o milter_macro_daemon_name=ORIGINATING\n"
                f"127.0.0.1:{back} inet n - n - - smtpd\n")
    server = Server(place, "two", services, {"non_smtpd_milters": ""})
    commands, _ = server.paste()
    OUT.ok(f"postconf -P '127.0.0.1:{out}/inet/smtpd_milters={server.us}'" in commands,
           "two filters: we are named where users' mail comes back")
    OUT.equal((server.forged(b"two-1"), server.user(b"two-2", users), server.local(b"two-3")),
              (0, 2, (2, 2)), "two filters: theirs is signed, forged mail is not")
    server.set(f"smtpd_milters = {server.us}")
    OUT.equal(server.forged(b"two-4"), 2, "two filters: asked at both, we would sign all")
    server.paste()
    OUT.equal((server.forged(b"two-5"), server.user(b"two-6", users)), (0, 2),
              "two filters: pasted, and theirs alone is signed")
    # Nothing tells the two apart but the lists.
    server.set("milter_macro_daemon_name = mx.example.jp")
    server.run(f"postconf -c '{server.conf}' -PX '127.0.0.1:{out}/inet/milter_macro_daemon_name'")
    commands, found = server.paste()
    OUT.equal((commands[0], "postfix.hand-back" in found),
              (f"postconf -P '127.0.0.1:{out}/inet/milter_macro_daemon_name=ORIGINATING'", True),
              "two filters: a name is wanted where users' mail comes back")
    OUT.equal((server.forged(b"two-7"), server.user(b"two-8", users)), (0, 2),
              "two filters: and so it stays")
    server.stop()


def program(place):
    """A filter that hands back by sendmail, as mail of this host."""
    script = place.write("filter.sh", "#!/bin/sh\nexec \"$@\"\n")
    os.chmod(script, 0o755)
    root = unpack.tree(unpack.POSTFIX)
    services = ("smtp inet n - n - - smtpd\n  -o content_filter=scan:\n"
                f"scan unix - n n - - pipe user=nobody argv={script} {root}/usr/sbin/sendmail "
                "-G -i -f ${{sender}} -- ${{recipient}}\n")
    us = {"non_smtpd_milters": ""}
    server = Server(place, "program", services, us, {"Mode": "s"})
    server.stage.mta.open_to_all()
    server.set(f"non_smtpd_milters = {server.us}")
    OUT.equal(server.forged(b"program-1"), 2, "a program hands back, Mode s: forged mail is signed")
    _, findings = server.ask()
    OUT.ok("postfix.hand-back" in {c["id"] for c in findings}, "which is a failure")
    server.stop()
    server = Server(place, "program-sv", services, us)
    server.stage.mta.open_to_all()
    server.paste()
    OUT.equal((server.forged(b"program-2"), server.local(b"program-3")), (0, (2, 2)),
              "with Mode sv our results tell: it is not signed, mail of this host is")
    server.stop()


def daemon_name(place):
    """The name in main.cf by which mail of this host is known stays."""
    services = "smtp inet n - n - - smtpd\n  -o smtpd_milters=\n"
    named = {"milter_macro_daemon_name": "ORIGINATING"}
    server = Server(place, "named", services, named, {"InternalHosts": "192.0.2.200"})
    OUT.equal(server.local(b"named-1"), (2, 2), "a name in main.cf: mail of this host is signed")
    commands, _ = server.paste()
    OUT.ok("postconf -P 'smtp/inet/milter_macro_daemon_name=$myhostname'" in commands,
           "a name in main.cf: port 25 gets the usual one")
    OUT.equal((server.value("milter_macro_daemon_name"), server.local(b"named-2"),
               server.forged(b"named-3")), ("ORIGINATING", (2, 2), 0),
              "a name in main.cf: it stays, and so does what is signed")
    # Without it such mail has neither a client nor a name of ours.
    server.set("milter_macro_daemon_name = mx.example.jp")
    OUT.equal(server.local(b"named-4"), (0, 0), "no name: mail of this host is not signed")
    commands, found = server.paste()
    OUT.equal((commands[0], "postfix.local" in found),
              ("postconf -P 'cleanup/unix/milter_macro_daemon_name=ORIGINATING'", True),
              "no name: which is found, with the command")
    OUT.equal((server.local(b"named-5"), server.forged(b"named-6")), ((2, 2), 0),
              "no name: pasted, it is signed, and forged mail is not")
    server.stop()


def tables(place):
    """Rules that change nothing that is signed are no fault, and the signature holds."""
    rules = {"received": "/^Received: from.*127\\.0\\.0\\.1/ IGNORE\n",
             "mime": "/^MIME-Version:/ REPLACE MIME-Version: 2.0\n",
             "subject": "/^Subject:/ REPLACE Subject: changed\n"}
    server = Server(place, "tables", "smtp inet n - n - - smtpd\n",
                    {"smtp_header_checks": "", "non_smtpd_milters": "$smtpd_milters"})
    server.set(f"smtpd_milters = {server.us}")
    for name, rule in rules.items():
        table = place.write("rules-" + name, rule)
        server.set(f"smtp_header_checks = regexp:{table}")
        breaks = name == "subject"
        ids = [c["id"] for c in server.ask()[1]]
        OUT.equal("postfix.header-checks" in ids, breaks, f"a table: {name}: found: {breaks}")
        server.user(name.encode(), 25)
        got = server.stage.delivered(b"<" + name.encode() + b"@example>")
        OUT.equal(verify.by_dkimpy(got.data, server.stage.keys), [not breaks] * 2,
                  f"a table: {name}: and so is the signature")
    server.stop()


def policy_service(place):
    """One whose program is gone stops all mail; the command lets it in again."""
    services = ("smtp inet n - n - - smtpd\n"
                "gone unix - n n - 0 spawn user=nobody argv=/nonexistent/policyd-spf\n")
    server = Server(place, "policy", services, {
        "smtpd_recipient_restrictions": "check_policy_service unix:private/gone, permit_mynetworks",
        "smtpd_policy_service_max_idle": "1s", "smtpd_policy_service_try_limit": "1"})
    try:
        server.forged(b"policy-1")
        answer = 250
    except client.Refused as refused:
        answer = refused.code
    OUT.equal(answer, 451, "a policy service that is gone: mail is deferred")
    commands, found = server.paste()
    OUT.ok("postfix.policy-service" in found and "postconf -e 'smtpd_recipient_restrictions = "
           "permit_mynetworks'" in commands, "and the command takes it out")
    OUT.equal(server.forged(b"policy-2"), 0, "pasted, mail comes in")
    server.stop()


def main():
    try:
        with world.World((unpack.POSTFIX,)) as place:
            OUT.run(*[lambda test=test: test(place) for test in (
                proxy, two_filters, program, daemon_name, tables, policy_service)])
    except (Error, client.Refused) as problem:
        OUT.ok(False, f"the mail servers start: {problem}")
    OUT.done()


main()
