"""The system that a test runs on, as it is installed: systemd, Debian's mail server, our package.

    host = Host((CONF, "/etc/postfix/main.cf"), ("sekimori", "postfix"))
    host.nameserver("example.net. 300 IN A 192.0.2.1\\n")
    host.end()

It has a sink for what is delivered and an address outside for clients. The files that it is
given are as they were at the end, and the services run with them; files that were not there
are removed.
"""
import os
import shutil
import subprocess
import tempfile
import time

from . import client, namespace, process, scenarios, sink

CONF, KEYTABLE = "/etc/sekimori/sekimori.conf", "/etc/sekimori/keytable"
SOCKET = "/var/spool/postfix/sekimori/sekimori.sock"
OURS = "mx.example.jp"
DNSD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dnsd")


def run(*argv, good=True):
    """A command's output; one that fails is the end of its test."""
    got = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         stdin=subprocess.DEVNULL, timeout=180, check=False)
    if good and got.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {got.returncode}\n{got.stdout}")
    return got.stdout


def status(*argv):
    return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, timeout=180, check=False).returncode


def log(unit="sekimori"):
    """What a service has said."""
    return run("journalctl", "-q", "--no-pager", "-o", "cat", "-u", unit)


def wait_for(condition, what, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain: {what}\n{log()[-4000:]}")
        time.sleep(0.1)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def write(path, text, mode="w"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode, encoding="utf-8") as out:
        out.write(text)


def append(path, text):
    write(path, text, "a")


def is_listening(port):
    """Is there a service at this port?"""
    return process.is_answering(("127.0.0.1", port))


def is_answering(port):
    """Is there a mail server at this port?"""
    try:
        client.Client(port).close()
        return True
    except (OSError, client.Refused):
        return False


def reload():
    """Has our daemon read its configuration anew; it is in force when the log says so."""
    before = log().count("is in force")
    good = status("systemctl", "reload", "sekimori") == 0
    if good:
        wait_for(lambda: log().count("is in force") > before, "a reload")
    return good


class Host:
    """edited: the files that the test changes. services: those that run with them."""

    def __init__(self, edited, services):
        self.home = tempfile.mkdtemp(prefix="sekimori-host.")
        os.chmod(self.home, 0o755)
        self._services = services
        self._kept = {}
        for number, path in enumerate(edited):
            copy = os.path.join(self.home, f"kept.{number}")
            if os.path.exists(path):
                shutil.copy2(path, copy)
            self._kept[path] = copy
        self.sink = sink.Sink()
        self.outside = namespace.add_outside()
        self._dnsd = None

    def nameserver(self, zone, port):
        """Answers from this zone text from now on."""
        file = os.path.join(self.home, "zone")
        write(file, zone)
        if self._dnsd:
            self._stop_dnsd()
        self._dnsd = subprocess.Popen([DNSD, "--stdin", "--port", str(port), file],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._dnsd.stdout.readline()

    def postfix(self, milters, **settings):
        """Debian's Postfix with these milters; all that it takes goes to the sink."""
        sink_port = f"smtp:[127.0.0.1]:{self.sink.port}"
        values = {"smtpd_milters": milters, "non_smtpd_milters": "$smtpd_milters",
                  "milter_default_action": "tempfail", "myhostname": OURS,
                  "relay_domains": "example.jp", "default_transport": sink_port,
                  "relay_transport": sink_port, "mydestination": "", "inet_interfaces": "all",
                  "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8",
                  "smtp_tls_security_level": "none"}
        values.update(settings)
        run("postconf", "-e", *[f"{name}={value}" for name, value in values.items()])
        run("systemctl", "restart", "postfix")
        wait_for(lambda: is_answering(25), "Postfix")

    def delivered(self, mark):
        """The delivered message whose text holds these bytes; None after a while."""
        return self.sink.wait(lambda one: mark in one.data)

    def come_in(self, mark, port=25, **more):
        """A stranger's message; as it is delivered."""
        with client.Client(port, source=self.outside) as smtp:
            smtp.send("taro@example.net", "hanako@example.jp", scenarios.message(mark, **more))
        return self.delivered(mark)

    def go_out(self, mark, port=25, **more):
        """A message that is written on this host; as it is delivered."""
        with client.Client(port) as smtp:
            smtp.send("jiro@example.jp", "alice@example.org",
                      scenarios.message(mark, author=b"jiro@example.jp", **more))
        return self.delivered(mark)

    def end(self):
        if self._dnsd:
            self._stop_dnsd()
        for path, copy in self._kept.items():
            if os.path.exists(copy):
                shutil.copy2(copy, path)
            elif os.path.exists(path):
                os.unlink(path)
        run("systemctl", "daemon-reload")
        status("systemctl", "restart", *self._services)
        shutil.rmtree(self.home)

    def _stop_dnsd(self):
        self._dnsd.terminate()
        self._dnsd.wait()
