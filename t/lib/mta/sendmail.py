"""A private Sendmail.

The binary is copied out of the unpacked package (the copy has no setgid bit, or the loader
would ignore LD_LIBRARY_PATH), its configuration is made by m4 from the package's own
templates, and every file that it would look for in /etc/mail is in the directory of the
test.
"""
import os
import shutil
import subprocess

from . import process, unpack
from .errors import Error

CONFIGURATION = """\
divert(-1)
define(`_CF_DIR_', `{root}/usr/share/sendmail/cf/')
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')
define(`MAIL_SETTINGS_DIR', `{home}/')
define(`PROCMAIL_MAILER_PATH', `/bin/false')
define(`LOCAL_MAILER_PATH', `/bin/false')
OSTYPE(`linux')
divert(0)
define(`confDOMAIN_NAME', `{hostname}')
define(`confPID_FILE', `{home}/pid')
define(`QUEUE_DIR', `{home}/queue')
define(`STATUS_FILE', `{home}/statistics')
define(`HELP_FILE', `{home}/helpfile')
define(`ALIAS_FILE', `')
define(`confCW_FILE', `-o {home}/names')
define(`confCT_FILE', `-o {home}/trusted')
define(`confCR_FILE', `-o {home}/relay')
define(`confSERVICE_SWITCH_FILE', `{home}/switch')
define(`confHOSTS_FILE', `/etc/hosts')
define(`confDEF_USER_ID', `mail:mail')
define(`confTRUSTED_USERS', `root')
define(`confDONT_BLAME_SENDMAIL', `AssumeSafeChown,GroupWritableDirPathSafe,{blame}')
define(`confQUEUE_LA', `10000')
define(`confREFUSE_LA', `10000')
define(`confDELIVERY_MODE', `background')
define(`confTO_IDENT', `0')
define(`confMAX_HEADERS_LENGTH', `1048576')
define(`confMAX_MIME_HEADER_LENGTH', `0/0')
define(`confMAX_MESSAGE_SIZE', `104857600')
define(`confEIGHT_BIT_HANDLING', `pass8')
define(`confMILTER_LOG_LEVEL', `9')
define(`confLOG_LEVEL', `9')
define(`confPRIVACY_FLAGS', `noetrn')
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')
define(`SMART_HOST', `relay:[127.0.0.1]')
FEATURE(`no_default_msa')
FEATURE(`nocanonify')
FEATURE(`promiscuous_relay')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=0.0.0.0, Port={port}')
DAEMON_OPTIONS(`Name=ORIGINATING, Family=inet, Addr=127.0.0.1, Port={submission}')
{more}
{milters}
MAILER(`smtp')
"""

# How sendmail(1) submits: over SMTP to the daemon, so that mail of this host is filtered too.
SUBMISSION = """\
divert(-1)
define(`_CF_DIR_', `{root}/usr/share/sendmail/cf/')
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')
define(`MAIL_SETTINGS_DIR', `{home}/')
OSTYPE(`linux')
divert(0)
define(`confDOMAIN_NAME', `{hostname}')
define(`MSP_QUEUE_DIR', `{home}/client')
define(`STATUS_FILE', `{home}/statistics')
define(`confCT_FILE', `-o {home}/trusted')
define(`confTRUSTED_USERS', `root')
define(`confDONT_BLAME_SENDMAIL', `AssumeSafeChown,GroupWritableDirPathSafe,{blame}')
define(`confSERVICE_SWITCH_FILE', `{home}/switch')
define(`confDONT_INIT_GROUPS', `True')
define(`confRUN_AS_USER', `mail')
define(`RELAY_MAILER_ARGS', `TCP $h {port}')
FEATURE(`msp', `[127.0.0.1]')
"""


# The test's directory lies below /tmp, which everybody can write.
BLAME = "ClassFileInUnsafeDirPath,HelpFileInUnsafeDirPath,ForwardFileInUnsafeDirPath"


class Sendmail:
    """Up and answering at .port and .submission when the constructor returns.

    milters: (name, "unix:/path" or "inet:port@host") pairs in their order. more: lines for its
    sendmail.mc.
    """

    def __init__(self, home, sink_port, milters=(), more=""):
        root = unpack.tree(unpack.SENDMAIL)
        self._home = os.path.join(home, "sendmail")
        self.queue = os.path.join(self._home, "queue")
        self.port, self.submission = process.free_port(), process.free_port()
        self._env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                     "LD_LIBRARY_PATH": unpack.library_path(root)}
        os.makedirs(self.queue)
        os.chmod(self._home, 0o755)
        os.chmod(self.queue, 0o700)
        os.mkdir(self._home + "/client", 0o700)
        shutil.chown(self._home + "/client", "mail", "mail")
        self._binary = os.path.join(self._home, "sendmail")
        shutil.copyfile(root + "/usr/libexec/sendmail/sendmail", self._binary)
        os.chmod(self._binary, 0o755)
        self._write("switch", "hosts files\naliases files\npasswd files\n")
        self._write("statistics", "")
        filters = "\n".join(
            f"INPUT_MAIL_FILTER(`{name}', `S={place}, F=T, T=C:2m;S:60s;R:2m;E:5m')"
            for name, place in milters)
        values = {"root": root, "home": self._home, "hostname": "mx.example.jp", "blame": BLAME,
                  "sink": sink_port, "port": self.port, "submission": self.submission,
                  "milters": filters, "more": more}
        self._make_cf("sendmail", CONFIGURATION.format(**values))
        self._make_cf("submit", SUBMISSION.format(**values))
        self._daemon = process.Process(
            [self._binary, "-bD", "-q1m", "-C", self._home + "/sendmail.cf",
             "-D", self._home + "/debug", "-X", self._home + "/traffic"],
            self._home + "/out", env=self._env)
        self._daemon.wait_for(("127.0.0.1", self.port))

    def sendmail(self, mail_from, rcpt_to, message):
        """Submits like a program on this host; gives (exit status, complaint)."""
        got = subprocess.run([self._binary, "-C", self._home + "/submit.cf", "-i", "-odi",
                              "-f", mail_from, "--", rcpt_to], input=message, env=self._env,
                             capture_output=True)
        return got.returncode, (got.stdout + got.stderr).decode("utf-8", "replace")

    def held(self):
        """The queue files of messages that are held: hf in place of qf."""
        return sorted(name for name in os.listdir(self.queue) if name.startswith("hf"))

    def queued(self):
        return sorted(name for name in os.listdir(self.queue) if name.startswith("qf"))

    def queued_text(self, name):
        with open(os.path.join(self.queue, name), "rb") as text:
            return text.read()

    def log(self):
        return self._daemon.log()

    def stop(self):
        self._daemon.stop()

    def _make_cf(self, name, text):
        self._write(name + ".mc", text)
        got = subprocess.run(["m4", f"{self._home}/{name}.mc"], capture_output=True, text=True)
        if got.returncode != 0 or "Mrelay" not in got.stdout:
            raise Error("m4 cannot make a sendmail.cf (Debian package m4): " + got.stderr)
        self._write(name + ".cf", got.stdout)

    def _write(self, name, text):
        with open(os.path.join(self._home, name), "w", encoding="utf-8") as out:
            out.write(text)
