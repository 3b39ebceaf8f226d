"""An SMTP client that sends exactly the bytes it is given.

smtplib would mend a message on its way (line ends, missing fields); a test of signatures
wants it as it is, and wants to leave a transaction half done.
"""
import socket


class Refused(Exception):
    """The server's answer was not of the class that was hoped for."""

    def __init__(self, command, code, text):
        super().__init__(f"{command}: {code} {text}")
        self.code, self.text = code, text


class Client:
    """One SMTP connection."""

    def __init__(self, port, source="127.0.0.1", server="127.0.0.1", helo="client.example.net"):
        self._sock = socket.create_connection((server, port), timeout=120,
                                              source_address=(source, 0))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._sock.makefile("rb")
        self.extensions = ""
        self._hope("greeting", 2)
        self.helo(helo)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def helo(self, name):
        self.extensions = self.command("EHLO " + name)

    def xclient(self, **attributes):
        """Postfix only: be another client (ADDR, NAME, HELO, LOGIN); then EHLO anew."""
        words = " ".join(f"{name}={value}" for name, value in attributes.items())
        self.command("XCLIENT " + words)
        self.helo(attributes.get("HELO", "client.example.net"))

    def command(self, line, wanted=2):
        """Sends a line; gives the reply's text, or raises Refused."""
        if isinstance(line, str):
            line = line.encode("utf-8")
        self._sock.sendall(line + b"\r\n")
        return self._hope(line.decode("latin-1"), wanted)

    def envelope(self, mail_from, rcpt_to, options=""):
        self.command(f"MAIL FROM:<{mail_from}>{options}")
        for rcpt in [rcpt_to] if isinstance(rcpt_to, str) else rcpt_to:
            self.command(f"RCPT TO:<{rcpt}>")

    def data(self, message):
        """Sends DATA and the message's bytes, dots stuffed; gives the final reply's text."""
        self.command("DATA", 3)
        if message.startswith(b"."):
            message = b"." + message
        self._sock.sendall(message.replace(b"\r\n.", b"\r\n.."))
        self._sock.sendall(b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
        return self._hope("end of data", 2)

    def send(self, mail_from, rcpt_to, message, options=""):
        """One whole transaction."""
        self.envelope(mail_from, rcpt_to, options)
        return self.data(message)

    def raw(self, data):
        self._sock.sendall(data)

    def drop(self):
        """Hangs up without a word."""
        self._file.close()
        self._sock.close()

    def close(self):
        try:
            self._sock.sendall(b"QUIT\r\n")
            self._file.readline()
        except OSError:
            pass
        self.drop()

    def _hope(self, command, wanted):
        code, text = self._reply()
        if code // 100 != wanted:
            raise Refused(command, code, text)
        return text

    def _reply(self):
        texts = []
        while True:
            line = self._file.readline()
            if not line:
                raise Refused("connection", 0, "closed by the server")
            texts.append(line[4:].strip().decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return int(line[:3]), "\n".join(texts)
