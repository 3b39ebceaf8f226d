"""A private Postfix.

Its master runs straight out of the unpacked package, with its own configuration, queue and
data directories. Postfix insists on a mail_owner and a setgid_group that nobody shares; the
users that it would make for itself may not exist, so two of those that every Debian system
has are used.
"""
import grp
import os
import pwd
import subprocess
import time

from . import process, unpack

OWNER, GROUP = "news", "uucp"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "private", "saved", "trace")

MAIN = """\
compatibility_level = 3.6
config_directory = {conf}
queue_directory = {queue}
data_directory = {data}
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {conf}
sendmail_path = {root}/usr/sbin/sendmail
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE
    POSTLOG_HOSTNAME LD_LIBRARY_PATH={libraries}
export_environment = TZ LANG=C PATH MAIL_CONFIG={conf} LD_LIBRARY_PATH={libraries}
maillog_file = {log}
maillog_file_prefixes = {conf}
myhostname = {hostname}
mydestination =
mynetworks = 0.0.0.0/0 [::]/0
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mailboxes here
default_transport = smtp:[127.0.0.1]:{sink}
smtp_host_lookup = native
disable_dns_lookups = yes
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
message_size_limit = 104857600
mailbox_size_limit = 0
queue_minfree = 0
milter_connect_timeout = 20s
"""

SERVICES = """\
127.0.0.1:{port} inet n - {chroot} - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd -o milter_macro_daemon_name=ORIGINATING
"""
MASTER = """\
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
showq     unix  n - n - - showq
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Up and answering at .port and .submission when the constructor returns. services: lines of
    master.cf in the place of the usual two, the first one at the port smtp."""

    def __init__(self, home, sink_port, milters="", settings=None, chroot=False, services=None):
        self._root = unpack.tree(unpack.POSTFIX)
        self.conf = os.path.join(home, "postfix")
        self.queue = os.path.join(self.conf, "queue")
        self._log = os.path.join(self.conf, "log")
        self.port = 25 if services else process.free_port()
        self.submission = process.free_port()
        self._env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                     "LD_LIBRARY_PATH": unpack.library_path(self._root)}
        self._make_directories(os.path.join(self.conf, "data"))
        main = MAIN.format(conf=self.conf, queue=self.queue, data=self.conf + "/data",
                           root=self._root, owner=OWNER, group=GROUP, log=self._log,
                           libraries=self._env["LD_LIBRARY_PATH"], sink=sink_port,
                           hostname="mx.example.jp")
        wanted = {"smtpd_milters": milters, "non_smtpd_milters": milters}
        wanted.update(settings or {})
        main += "".join(f"{name} = {value}\n" for name, value in wanted.items())
        self._write("main.cf", main)
        self._write("master.cf", (services or SERVICES).format(
            port=self.port, submission=self.submission, chroot="y" if chroot else "n") + MASTER)
        self._start()

    def _start(self):
        self._master = process.Process(
            [self._root + "/usr/lib/postfix/sbin/master", "-d", "-c", self.conf],
            self.conf + "/master.out", env=dict(self._env, MAIL_CONFIG=self.conf))
        self._master.wait_for(("127.0.0.1", self.port))

    def sendmail(self, mail_from, rcpt_to, message):
        """Submits like a program on this host; gives (exit status, complaint)."""
        got = subprocess.run([self._root + "/usr/sbin/sendmail", "-C", self.conf, "-i",
                              "-f", mail_from, "--", rcpt_to], input=message, env=self._env,
                             capture_output=True)
        return got.returncode, got.stderr.decode("utf-8", "replace")

    def open_to_all(self):
        """Lets sendmail(1) take mail of any user, as it does where its postdrop is setgid."""
        os.chmod(self.queue + "/maildrop", 0o733)
        os.chmod(self.queue + "/public", 0o711)

    def queue_ids(self, *names):
        """The messages that lie in these queues (hold, maildrop ...)."""
        found = []
        for name in names:
            for _, _, files in os.walk(os.path.join(self.queue, name)):
                found += files
        return sorted(found)

    def held(self):
        return self.queue_ids("hold")

    def queued_text(self, queue_id):
        """The message of a queue file, header and body, as postcat shows it."""
        return subprocess.run([self._root + "/usr/sbin/postcat", "-c", self.conf, "-hbq", queue_id],
                              env=self._env, capture_output=True, check=True).stdout

    def log(self):
        if not os.path.exists(self._log):
            return self._master.log()
        with open(self._log, encoding="utf-8", errors="replace") as text:
            return text.read()

    def reload(self):
        """Has it begin anew: no process is left that knows the old configuration."""
        self._master.stop()
        while process.is_answering(("127.0.0.1", self.port)):  # a last one that was killed
            time.sleep(0.05)
        self._start()

    def stop(self):
        self._master.stop()

    def _make_directories(self, data):
        owner, group = pwd.getpwnam(OWNER).pw_uid, grp.getgrnam(GROUP).gr_gid
        for place in (self.conf, self.queue, self.queue + "/pid"):
            os.makedirs(place, exist_ok=True)
            os.chmod(place, 0o755)
        for name in QUEUES:
            os.makedirs(f"{self.queue}/{name}")
            os.chmod(f"{self.queue}/{name}", 0o700)
            os.chown(f"{self.queue}/{name}", owner, -1)
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            os.makedirs(f"{self.queue}/{name}")
            os.chown(f"{self.queue}/{name}", owner, group)
            os.chmod(f"{self.queue}/{name}", mode)
        os.makedirs(data)
        os.chown(data, owner, -1)

    def _write(self, name, text):
        with open(os.path.join(self.conf, name), "w", encoding="utf-8") as out:
            out.write(text)
