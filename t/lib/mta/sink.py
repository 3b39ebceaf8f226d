"""An SMTP server that keeps each message byte for byte. It takes everything, but knows no
recipient `nobody`, so that a test can have a bounce."""
import socket
import threading


class Delivery:
    """One delivered message: its envelope and its bytes (CRLF, dots unstuffed)."""

    def __init__(self, mail_from, rcpt_to, data):
        self.mail_from, self.rcpt_to, self.data = mail_from, rcpt_to, data

    def fields(self):
        """Header fields in order, as (name, value): all bytes behind the colon, folds kept."""
        head = self.data.split(b"\r\n\r\n", 1)[0] + b"\r\n"
        fields = []
        for line in head.split(b"\r\n")[:-1]:
            if line[:1] in (b" ", b"\t") and fields:
                fields[-1][1] += b"\r\n" + line
            else:
                name, _, value = line.partition(b":")
                fields.append([name, value])
        return [(name.decode("latin-1"), value) for name, value in fields]

    def values(self, name):
        """The values of all fields of this name, unfolded and trimmed, as text."""
        return [b" ".join(value.split()).decode("latin-1")
                for found, value in self.fields() if found.strip().lower() == name.lower()]

    def body(self):
        return self.data.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in self.data else b""


class Sink:
    """Listens on a loopback port of its own."""

    def __init__(self):
        self.deliveries = []
        self._came = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def wait(self, want, seconds=180):
        """The first message for which want() is true, now or soon; None when none came."""
        with self._came:
            found = self._came.wait_for(lambda: any(map(want, self.deliveries)), seconds)
            return next(filter(want, self.deliveries)) if found else None

    def stop(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(conn,), daemon=True).start()

    def _talk(self, conn):
        with conn, conn.makefile("rb") as lines:
            try:
                self._dialogue(conn, lines)
            except OSError:
                pass

    def _dialogue(self, conn, lines):
        say = lambda text: conn.sendall(text + b"\r\n")
        mail_from, rcpt_to = b"", []
        say(b"220 sink.example ESMTP")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                say(b"250-sink.example\r\n250-SIZE 0\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb == b"MAIL":
                mail_from, rcpt_to = _path(line), []
                say(b"250 ok")
            elif verb == b"RCPT" and _path(line).startswith("nobody@"):
                say(b"550 5.1.1 no such user")
            elif verb == b"RCPT":
                rcpt_to.append(_path(line))
                say(b"250 ok")
            elif verb == b"DATA":
                say(b"354 go on")
                self._keep(Delivery(mail_from, rcpt_to, _data(lines)))
                say(b"250 kept")
            elif verb == b"QUIT":
                say(b"221 bye")
                return
            else:
                say(b"250 ok")

    def _keep(self, delivery):
        with self._came:
            self.deliveries.append(delivery)
            self._came.notify_all()


def _path(line):
    return line.partition(b"<")[2].partition(b">")[0].decode("latin-1")


def _data(lines):
    kept = bytearray()
    for line in lines:
        if line in (b".\r\n", b".\n"):
            break
        kept += line[1:] if line.startswith(b".") else line
    return bytes(kept)
