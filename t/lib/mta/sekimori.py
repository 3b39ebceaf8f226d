"""Our own daemon as a milter, and the keys that it signs with."""
import base64
import os
import subprocess

from . import process
from .errors import Error


class Key:
    """A key made for one test: file, type, selector, and its record's text."""

    def __init__(self, home, domain, selector, kind="rsa"):
        self.domain, self.selector, self.kind = domain, selector, kind
        self.file = os.path.join(home, f"{selector}.{domain}.pem")
        how = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" \
            else ["-algorithm", "ED25519"]
        old = os.umask(0o077)
        try:
            self._openssl("genpkey", *how, "-out", self.file)
        finally:
            os.umask(old)
        public = self._openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")
        public = public if kind == "rsa" else public[-32:]
        self.record = f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode('ascii')}"

    @property
    def name(self):
        return f"{self.selector}._domainkey.{self.domain}"

    def row(self, attributes=""):
        """A row of the key table."""
        return f"{self.selector} {self.domain}:{self.selector}:{self.file} {attributes}\n"

    def zone(self, domain=None):
        """The record as zone text, in strings of at most 200 bytes; for another domain that
        signs with the same key, too."""
        cut = [self.record[i:i + 200] for i in range(0, len(self.record), 200)]
        return f"{self.selector}._domainkey.{domain or self.domain}. 300 IN TXT " + \
            " ".join(f'"{part}"' for part in cut) + "\n"

    def _openssl(self, *argv):
        got = subprocess.run(("openssl",) + argv, capture_output=True)
        if got.returncode != 0:
            raise Error(f"openssl {argv[0]}: {got.stderr.decode('utf-8', 'replace')}")
        return got.stdout


class Sekimori:
    """The daemon, up and answering. .place is the socket as Postfix writes it, .milter as
    Sendmail does."""

    def __init__(self, home, name, settings, unix=None):
        binary = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimorid")
        if not os.access(binary, os.X_OK):
            raise Error(f"{binary} is not there: build first, or name the build directory in"
                        " the environment variable builddir")
        if unix:
            self.place, self.milter, address = f"unix:{unix}", f"unix:{unix}", unix
            socket = f"local:{unix}"
        else:
            port = process.free_port()
            self.place, self.milter = f"inet:127.0.0.1:{port}", f"inet:{port}@127.0.0.1"
            address, socket = ("127.0.0.1", port), f"inet:{port}@127.0.0.1"
        self.conf = os.path.join(home, name + ".conf")
        rows = {"Socket": socket, "Syslog": "no", "AuthservID": "mx.example.jp",
                "InternalHosts": "127.0.0.1", "MTA": "ORIGINATING",
                "PidFile": os.path.join(home, name + ".pid")}
        rows.update(settings)
        with open(self.conf, "w", encoding="utf-8") as out:
            out.write("".join(f"{key} {value}\n" for key, value in rows.items()
                              if value is not None))
        self._daemon = process.Process([binary, "-f", "-c", self.conf],
                                       os.path.join(home, name + ".log"))
        self._daemon.wait_for(address)

    def log(self):
        return self._daemon.log()

    def log_lines(self):
        """The lines that speak of messages."""
        with open(self._daemon.log_file, encoding="utf-8", errors="replace") as text:
            return [line for line in text if "route=" in line]

    def is_running(self):
        return self._daemon.is_running()

    def stop(self):
        return self._daemon.stop(60)
