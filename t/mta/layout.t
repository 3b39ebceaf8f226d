#!/usr/bin/python3
"""sekimori postfix on configurations as they are found in the world, read and changed by the
real postconf: what it prints is pasted as it is, and then it prints nothing more, names us
everywhere, and has left alone what is not ours."""
import json
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, client, scenarios, sekimori, stage, unpack, world  # noqa: E402
import tap  # noqa: E402
from mtaworld import Milter  # noqa: E402

OUT = tap.Tap()
TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")

MAIN = """\
compatibility_level = 3.6
myhostname = mx.example.jp
mail_owner = news
setgid_group = uucp
queue_directory = {home}/queue
"""
MASTER = """\
smtp      inet  n - n - - smtpd
submission inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
"""
ORIGINATING = MASTER.replace("_enable=yes",
                             "_enable=yes\n  -o milter_macro_daemon_name=ORIGINATING")
OPENDKIM = "Socket inet:8891@localhost\nDomain example.jp\nSelector od\nKeyFile /nonexistent/od\n"
SAME = OPENDKIM.replace("Selector od", "Selector s2026")
BACK = """\
127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter=
  -o receive_override_options={options}
"""
US = "inet:127.0.0.1:@PORT@"
OWN = f"{{ {US}, default_action=tempfail }}"
TIGHT = OWN.replace(" ", "")

# name; main.cf; master.cf; what is below /etc; what must hold then; findings of the first run
WORLDS = (
    ("Debian as installed", "", MASTER, {}, {
        "smtpd_milters": US, "non_smtpd_milters": "$smtpd_milters",
        "submission/inet/milter_macro_daemon_name": "ORIGINATING"},
     {"postfix.smtpd-milters": "failure", "postfix.bounces": "warning"}),
    ("the wiki of Debian",
     "smtpd_milters = inet:localhost:8891\nnon_smtpd_milters = $smtpd_milters\n"
     "milter_default_action = accept\nmilter_protocol = 2\n", MASTER,
     {"opendkim.conf": OPENDKIM}, {
         "smtpd_milters": f"inet:localhost:8891 {OWN}", "non_smtpd_milters": "$smtpd_milters",
         "milter_default_action": "accept", "milter_protocol": "6"},
     {"postfix.opendkim": "failure", "postfix.protocol": "warning"}),
    ("mail-in-a-box",
     "smtpd_milters = inet:127.0.0.1:8891 inet:127.0.0.1:8893\n"
     "non_smtpd_milters = $smtpd_milters\nmilter_default_action = accept\n",
     MASTER + "authclean unix n - - - 0 cleanup\n  -o header_checks=pcre:/nonexistent/out\n",
     {"opendkim.conf": "Socket inet:8891@127.0.0.1\nKeyTable refile:@ETC@/KeyTable\n"
                       "SigningTable refile:@ETC@/SigningTable\nAlwaysAddARHeader true\n",
      "KeyTable": "example.jp example.jp:mail:/nonexistent/mail.private\n",
      "SigningTable": "*@example.jp example.jp\n",
      "opendmarc.conf": "Socket inet:8893@[127.0.0.1]\nSPFIgnoreResults true\n"},
     {"smtpd_milters": f"inet:127.0.0.1:8891 {OWN} inet:127.0.0.1:8893",
      "non_smtpd_milters": "$smtpd_milters"},
     {"postfix.opendkim": "failure", "postfix.opendmarc": "warning"}),
    ("docker-mailserver",
     "dkim_milter = inet:localhost:8891\ndmarc_milter = inet:localhost:8893\n"
     "smtpd_milters = $dkim_milter, $dmarc_milter\nnon_smtpd_milters = $dkim_milter\n"
     "milter_default_action = accept\ncontent_filter = smtp-amavis:[127.0.0.1]:10024\n",
     ORIGINATING + BACK.format(options="no_header_body_checks,no_milters"),
     {"opendkim.conf": "Mode sv\nSocket inet:8891@localhost\nKeyTable @ETC@/KeyTable\n"
                       "SigningTable refile:@ETC@/SigningTable\n",
      "KeyTable": "mail._domainkey.example.jp example.jp:mail:/nonexistent/mail.private\n",
      "SigningTable": "*@example.jp mail._domainkey.example.jp\n"},
     {"smtpd_milters": f"$dkim_milter {OWN} $dmarc_milter",
      "non_smtpd_milters": f"$dkim_milter {OWN}"},
     {"postfix.content-filter": "info", "postfix.default-action": None}),
    ("chatmail",
     "", "smtp inet n - n - - smtpd\n  -o smtpd_proxy_filter=127.0.0.1:10081\n"
     "submission inet n - n - 5000 smtpd\n  -o smtpd_sasl_auth_enable=yes\n"
     "  -o smtpd_proxy_filter=127.0.0.1:10080\n"
     "127.0.0.1:10025 inet n - n - 100 smtpd\n  -o syslog_name=postfix/reinject\n"
     "  -o milter_macro_daemon_name=ORIGINATING\n"
     "  -o smtpd_milters=unix:opendkim/opendkim.sock\n"
     "127.0.0.1:10026 inet n - n - 100 smtpd\n  -o syslog_name=postfix/reinject_incoming\n"
     "  -o smtpd_milters=unix:opendkim/opendkim.sock\ncleanup unix n - n - 0 cleanup\n",
     {"opendkim.conf": "On-BadSignature reject\nDomain example.jp\nSelector opendkim\n"
                       "KeyFile /nonexistent/k\nMTA ORIGINATING\nInternalHosts -\n"
                       "FinalPolicyScript /etc/opendkim/final.lua\n"
                       "Socket local:@HOME@/queue/opendkim/opendkim.sock\n"},
     {"127.0.0.1:10025/inet/smtpd_milters": f"unix:opendkim/opendkim.sock,{US}",
      "127.0.0.1:10026/inet/smtpd_milters": "unix:opendkim/opendkim.sock",
      "smtpd_milters": None, "non_smtpd_milters": US},
     {"postfix.submission": "failure", "postfix.smtpd-milters": None}),
    ("a guide with a socket in the queue directory",
     "smtpd_milters = local:opendkim/opendkim.sock\nnon_smtpd_milters = $smtpd_milters\n"
     "milter_default_action = accept\nmilter_protocol = 6\n", MASTER.replace(" n - n ", " n - y "),
     {"opendkim.conf": OPENDKIM.replace("inet:8891@localhost",
                                        "local:@HOME@/queue/opendkim/opendkim.sock")},
     {"smtpd_milters": f"local:opendkim/opendkim.sock {OWN}"}, {"postfix.opendkim": "failure"}),
    ("rspamd by its manual",
     "smtpd_milters = inet:localhost:11332\nnon_smtpd_milters = inet:localhost:11332\n"
     "milter_protocol = 6\nmilter_default_action = accept\n"
     "milter_mail_macros = i {mail_addr} {client_addr} {client_name} {auth_authen}\n", MASTER, {},
     {"smtpd_milters": f"inet:localhost:11332 {OWN}",
      "non_smtpd_milters": f"inet:localhost:11332 {OWN}",
      "milter_mail_macros": "i {mail_addr} {client_addr} {client_name} {auth_authen}"},
     {"postfix.macros": None}),
    ("rspamd at a port of its own, behind us",
     f"smtpd_milters = {US}, inet:localhost:9999\nnon_smtpd_milters = $smtpd_milters\n", MASTER,
     {"rspamd/local.d/worker-proxy.inc": 'milter = yes;\nbind_socket = "localhost:9999";\n'},
     {"smtpd_milters": f"inet:localhost:9999 {US}"}, {"postfix.order": "warning"}),
    ("postscreen and amavis, milters off for users",
     f"smtpd_milters = {US}\nnon_smtpd_milters = $smtpd_milters\n"
     "content_filter = smtp-amavis:[127.0.0.1]:10024\n",
     "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n"
     "  -o receive_override_options=no_address_mappings,no_milters\n"
     "submissions inet n - n - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_milters=\n"
     "cleanup unix n - n - 0 cleanup\n" + BACK.format(options="no_header_body_checks"), {},
     {"submissions/inet/smtpd_milters": US, "smtpd_milters": US,
      "smtpd/pass/receive_override_options": "no_address_mappings",
      "127.0.0.1:10025/inet/smtpd_milters": "",
      "submissions/inet/milter_macro_daemon_name": "ORIGINATING"},
     {"postfix.no-milters": "failure", "postfix.submission": "failure",
      "postfix.hand-back": "failure", "postfix.content-filter": "info"}),
    ("elements in braces, IPv6, twice",
     f"smtpd_milters = {{ unix:spamass/spamass.sock, default_action=tempfail, connect_timeout=9s }}"
     f", inet:[::1]:@PORT@, {US}, inet:[::1]:8893\nnon_smtpd_milters = inet:[::1]:@PORT@\n"
     "milter_default_action = accept\n", MASTER, {"opendmarc.conf": "Socket inet6:8893@::1\n"
                                                 "TrustedAuthservIDs other.example.jp\n"
                                                 "SPFIgnoreResults true\n"},
     {"smtpd_milters": "{ unix:spamass/spamass.sock, default_action=tempfail, connect_timeout=9s }"
                       f" {OWN} inet:[::1]:8893",
      "non_smtpd_milters": OWN},
     {"postfix.address": "failure", "postfix.opendmarc": "good"}),
    ("OpenDKIM behind us, with our key",
     f"smtpd_milters = {US} inet:localhost:8891\nnon_smtpd_milters = $smtpd_milters\n", MASTER,
     {"opendkim.conf": SAME + "Mode s\n"},
     {"smtpd_milters": f"inet:localhost:8891 {US}"}, {"postfix.opendkim": "failure"}),
    ("OpenDKIM there alone, with our key",
     "smtpd_milters = inet:localhost:8891\nnon_smtpd_milters = $smtpd_milters\n", MASTER,
     {"opendkim.conf": SAME + "Mode s\n"},
     {"smtpd_milters": f"inet:localhost:8891 {US}"}, {"postfix.opendkim": "good"}),
    ("every daemon is ORIGINATING",
     f"smtpd_milters = {US}\nmilter_macro_daemon_name = ORIGINATING\n", MASTER, {},
     {"milter_macro_daemon_name": "ORIGINATING",
      "smtp/inet/milter_macro_daemon_name": "$myhostname",
      "submission/inet/milter_macro_daemon_name": None},
     {"postfix.daemon-name": "warning"}),
    ("port 25 is ORIGINATING, and has its own list",
     "milter_default_action = accept\n",
     MASTER.replace("smtpd\nsub", "smtpd\n  -o milter_macro_daemon_name=ORIGINATING\n"
                        "  -o smtpd_milters=unix:clamav/clamav-milter.ctl\nsub"), {},
     {"smtp/inet/milter_macro_daemon_name": "$myhostname", "smtpd_milters": OWN,
      "smtp/inet/smtpd_milters": f"unix:clamav/clamav-milter.ctl,{TIGHT}"},
     {"postfix.public": "failure", "postfix.daemon-name": "warning"}),
)


class Host:
    """A configuration of Postfix and of its neighbours, and our daemon."""

    def __init__(self, place, number, row):
        _, main, master, etc, _, _ = row
        self.home = place.directory(f"world-{number}")
        key = sekimori.Key(self.home, "example.jp", "s2026", "ed25519")
        table = place.write(f"world-{number}/keytable", key.row())
        self.pid_file = os.path.join(self.home, "pid")
        self.daemon = place.start(sekimori.Sekimori(self.home, "sekimori", {
            "KeyTable": table, "Mode": "sv", "MTA": "ORIGINATING", "PidFile": self.pid_file,
            "AuthservID": None}))
        self.conf = place.directory(f"world-{number}/postfix")
        self.etc = place.directory(f"world-{number}/etc")
        self._write(self.conf + "/main.cf", MAIN.format(home=self.home) + main)
        self._write(self.conf + "/master.cf", master)
        for name, text in etc.items():
            self._write(f"{self.etc}/{name}", text)
        # OpenDKIM runs: for one that does not nothing is changed.
        path = re.search("Socket local:(.*)", self.text(etc.get("opendkim.conf", "")))
        if path:
            os.makedirs(os.path.dirname(path[1]), exist_ok=True)
            os.chmod(self.home, 0o755)
            Milter(path[1])
            os.chmod(path[1], 0o666)
        self.env = self._programs(place.directory(f"world-{number}/bin"))

    def text(self, pattern):
        port = self.daemon.place.rsplit(":", 1)[1]
        return pattern.replace("@PORT@", port).replace("@HOME@", self.home).replace(
            "@ETC@", self.etc)

    def _write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.text(text))

    def _programs(self, directory):
        """The real postconf, that speaks of this configuration; a postfix that has nothing to
        reload."""
        root = unpack.tree(unpack.POSTFIX)
        for name, line in (("postconf", f"LD_LIBRARY_PATH='{unpack.library_path(root)}' exec "
                            f"'{root}/usr/sbin/postconf' -c '{self.conf}' \"$@\""),
                           ("postfix", f"echo \"$@\" >>'{self.home}/reloads'")):
            self._write(f"{directory}/{name}", f"#!/bin/sh\n{line}\n")
            os.chmod(f"{directory}/{name}", 0o755)
        return dict(os.environ, LANG="C", PATH=directory + ":" + os.environ["PATH"])

    def ask(self, *more):
        os.utime(self.conf + "/main.cf", (1, 1))
        got = subprocess.run([TOOL, "postfix", "--config", self.daemon.conf, "--config-dir",
                              self.conf, "--etc", self.etc, *more], env=self.env,
                             capture_output=True, text=True, check=False)
        return got.returncode, got.stdout, got.stderr

    def ask_json(self):
        status, text, error = self.ask("--json")
        try:
            return status, json.loads(text)
        except ValueError:
            raise Error(f"sekimori postfix: {text}{error}") from None

    def paste(self, command):
        # Postfix waits until a file that it reads is older than a second.
        os.utime(self.conf + "/main.cf", (1, 1))
        return subprocess.run(["sh", "-c", command], env=self.env, capture_output=True, text=True,
                              check=False)

    def has_reloaded(self):
        end = time.monotonic() + 20
        while "is in force" not in self.daemon.log() and time.monotonic() < end:
            time.sleep(0.05)
        return "is in force" in self.daemon.log()

    def value(self, name):
        """As it is written; None where it is not there."""
        with open(self.conf + "/main.cf", encoding="utf-8") as text:
            if "/" not in name and not re.search(rf"^{name}\b", text.read(), re.M):
                return None
        got = self.paste(f"postconf {'-P' if '/' in name else ''} '{name}'").stdout
        return got.partition("=")[2].strip() if "=" in got else None


def world_row(place, number, row):
    name, _, _, _, wanted, first = row
    host = Host(place, number, row)
    status, got = host.ask_json()
    OUT.note(f"{name}: " + "\n".join(got["commands"]))
    for finding, expected in first.items():
        found = [check["status"] for check in got["checks"] if check["id"] == finding]
        OUT.ok(expected in found if expected else not found, f"{name}: {finding}: {found}")
    worst = max((check["status"] for check in got["checks"]),
                key=["good", "info", "warning", "failure"].index)
    OUT.equal(status, {"good": 0, "info": 0, "warning": 1, "failure": 2}[worst],
              f"{name}: the exit status says {worst}")
    for command in got["commands"]:
        ran = host.paste(command)
        OUT.equal((ran.returncode, ran.stderr), (0, ""), f"{name}: {command}")
    for setting, value in wanted.items():
        OUT.equal(host.value(setting), None if value is None else host.text(value),
                  f"{name}: {setting}")
    if any(command.startswith("kill -HUP") for command in got["commands"]):
        OUT.ok(host.has_reloaded(), f"{name}: the daemon has read its configuration anew")
    status, got = host.ask_json()
    OUT.equal(got["commands"], [], f"{name}: nothing more to paste")
    # Of the milters only we run here.
    left = {c["id"] for c in got["checks"] if c["status"] == "failure"} - {"postfix.away"}
    OUT.equal(left, set(), f"{name}: no failure is left")
    places = [m["name"] for one in got["layout"] for m in one["milters"]]
    OUT.ok("sekimori" in places, f"{name}: we are in the layout")
    _, text, _ = host.ask()
    OUT.ok("verify first, change next, sign last" in text and "paste" not in text,
           f"{name}: the layout is shown, and nothing to paste")
    place.stop(host.daemon)


def tight_element(place):
    """postconf puts no blanks into master.cf: Postfix reads an element without them as well."""
    path = os.path.join(place.directory("tight"), "s.sock")
    one = stage.Stage(place, "Postfix", "tight", {"UMask": "000"}, unix=path,
                      place=f"{{unix:{path},default_action=tempfail}}",
                      settings_of_mta={"milter_default_action": "accept"})
    with one.outside() as smtp:
        smtp.send("taro@example.net", "hanako@example.jp", scenarios.message(b"tight"))
    got = one.delivered(b"<tight@example>")
    OUT.ok(got and got.values("Authentication-Results"), "an element without blanks: we are asked")
    place.stop(one.daemon)
    try:
        with one.outside() as smtp:
            smtp.send("taro@example.net", "hanako@example.jp", scenarios.message(b"away"))
        answer = "taken"
    except client.Refused as refused:
        answer = refused.code
    OUT.equal(answer, 451, "and while we are away, clients are asked to come again")
    place.stop(one.mta)


def main():
    try:
        with world.World((unpack.POSTFIX,)) as place:
            for known in (("127.0.0.1", 8891), ("127.0.0.1", 8893), ("::1", 8893)):
                Milter(known)
            OUT.run(lambda: tight_element(place))
            OUT.run(*[lambda n=n, row=row: world_row(place, n, row)
                      for n, row in enumerate(WORLDS)])
    except Error as problem:
        OUT.ok(False, f"postconf is there: {problem}")
    OUT.done()


main()
