"""mtaworld - a host for `sekimori postfix` and `sekimori sendmail`, of files alone

    host = mtaworld.Host(directory, mtaworld.Milter(("127.0.0.1", 0)).port)
    status, got = host.postfix({"smtpd_milters": ""})     the exit status, the JSON
    mtaworld.statuses(got, "smtpd-milters")               those of the findings postfix.smtpd-...

A postconf of our own stands first in PATH and answers from files. GOOD is a configuration with
which nothing is left to do; what a test gives stands in its place. Our own configuration signs
with a key.
"""
import json
import os
import socket
import struct
import subprocess
import threading

from mta import sekimori
from tool import TOOL, write

POSTCONF = """\
#!/bin/sh
what=$1
[ "$2" = -c ] && cat "$3/postconf$what" && exit
echo "postconf: no -c" >&2
exit 1
"""
GOOD = {
    "compatibility_level": "3.6", "mail_version": "3.9.1", "mail_owner": "postfix",
    "queue_directory": "/var/spool/postfix", "milter_protocol": "6",
    "smtpd_milters": "inet:127.0.0.1:@PORT@", "non_smtpd_milters": "inet:127.0.0.1:@PORT@",
    "milter_default_action": "tempfail", "internal_mail_filter_classes": "bounce",
    "smtpd_forbid_bare_newline": "normalize", "disable_mime_output_conversion": "yes",
    "content_filter": "", "smtpd_proxy_filter": "", "header_checks": "", "mime_header_checks": "",
    "smtp_header_checks": "", "smtp_mime_header_checks": "", "receive_override_options": "",
    "smtpd_sasl_auth_enable": "no", "cleanup_replace_stray_cr_lf": "yes",
}
MASTER = """\
smtp       inet  n       -       n       -       -       smtpd
submission inet  n       -       n       -       -       smtpd -o smtpd_sasl_auth_enable=yes
cleanup    unix  n       -       n       -       0       cleanup
"""
OVERRIDES = "submission/inet/smtpd_sasl_auth_enable = yes\n"


class Milter:
    """Answers the negotiation of every client; with bad, anything else."""

    def __init__(self, place, bad=b""):
        self._bad = bad
        family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        self._socket = socket.socket(socket.AF_UNIX if isinstance(place, str) else family)
        self._socket.bind(place)
        self._socket.listen()
        self.seen = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self):
        return self._socket.getsockname()[1]

    def _serve(self):
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            with one:
                size = struct.unpack("!I", one.recv(4, socket.MSG_WAITALL))[0]
                offer = one.recv(size, socket.MSG_WAITALL)
                one.sendall(self._bad or struct.pack("!IcIII", 13, b"O", 6, 0x1f, 0))
                rest = b"" if self._bad else one.recv(5, socket.MSG_WAITALL)
                self.seen.append((offer[:1], struct.unpack("!I", offer[1:5])[0], rest))

    def close(self):
        self._socket.close()


class Host:
    """A configuration of ours and one of Postfix, in a directory."""

    def __init__(self, top, port):
        self.top, self.port, self.count, self.errors = top, port, 0, ""
        write(top + "/bin/postconf", POSTCONF, 0o755)
        self.env = dict(os.environ, PATH=top + "/bin:" + os.environ["PATH"], LANG="C")
        key = sekimori.Key(top, "own.example", "own", "ed25519")
        self.conf = write(top + "/sekimori.conf", f"Socket inet:{port}@127.0.0.1\n"
                          f"Domain own.example\nSelector own\nKeyFile {key.file}\n")
        self.etc = top + "/etc"

    def run(self, *args):
        got = subprocess.run([TOOL, *args, "--opendkim", self.opendkim], env=self.env,
                             capture_output=True, text=True, check=False)
        self.errors = got.stderr
        return got.returncode, got.stdout

    def postfix(self, settings=None, master=MASTER, overrides=OVERRIDES, conf=None, opendkim=None,
                raw=None):
        self.count += 1
        place = f"{self.top}/postfix-{self.count}"
        values = {name: value for name, value in dict(GOOD, **(settings or {})).items()
                  if value is not None}
        write(place + "/postconf-x", "".join(
            f"{name} = {value}\n" for name, value in values.items()).replace(
                "@PORT@", str(self.port)))
        write(place + "/postconf-M", master)
        raw = "".join(f"{name} = {value}\n" for name, value in dict(values, **(raw or {})).items())
        write(place + "/postconf-p", raw.replace("@PORT@", str(self.port)))
        for what in ("P", "Px"):
            write(f"{place}/postconf-{what}", overrides.replace("@PORT@", str(self.port)))
        self.opendkim = opendkim or place + "/none"
        status, text = self.run("postfix", "--config", conf or self.conf, "--config-dir", place,
                                "--etc", self.etc, "--json")
        got = json.loads(text)
        # Each command of Postfix's speaks of the directory that was asked about.
        for command in got["commands"]:
            if command.startswith("post") and f" -c '{place}' " not in command:
                raise AssertionError(command)
        got["commands"] = [command.replace(f" -c '{place}'", "") for command in got["commands"]]
        return status, got

    def sendmail(self, cf=None, mc=None, opendkim=None, conf=None):
        self.count += 1
        place = f"{self.top}/mail-{self.count}"
        for name, text in (("sendmail.mc", mc), ("sendmail.cf", cf)):
            if text is not None:
                write(f"{place}/{name}", text.replace("@PORT@", str(self.port)))
        self.opendkim = opendkim or place + "/none"
        status, text = self.run("sendmail", "--config", conf or self.conf, "--config-dir", place,
                                "--etc", self.etc, "--json")
        return status, json.loads(text)


def found(got, name):
    return [check for check in got["checks"] if check["id"].split(".", 1)[1] == name]


def statuses(got, name):
    return [check["status"] for check in found(got, name)]
