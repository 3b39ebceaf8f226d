"""Mail that is sent without pause, by clients that come again with a message until it is taken.

    with Stream(host, "name") as stream:
        ...                        what must not lose mail
    stream.accepted                marks of the messages that were taken
    stream.deferred                how often a client was asked to come again
    stream.faults(is_right)        a line for each message that did not arrive once and right

Messages come over SMTP, and one in ten is handed to sendmail(1), as programs on the host do. A
refusal for good, and a connection that ends in the middle, are faults.
"""
import subprocess
import threading
import time

from . import client, scenarios

FROM, TO = "jiro@example.jp", "alice@example.org"
PAUSE = 0.05


class Stream:
    def __init__(self, host, name, clients=2):
        self._host, self._name = host, name
        self.accepted, self.deferred = [], 0
        self._faults = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,))
                         for number in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        # What could not be taken from sendmail is looked at when something new comes.
        self._by_sendmail(f"{self._name}-last".encode("ascii"))

    def _send(self, number):
        count = 0
        while not self._stop.is_set():
            mark = f"{self._name}-{number}-{count}".encode("ascii")
            try:
                self._by_smtp(mark)
                if count % 10 == 0:
                    self._by_sendmail(mark + b"-local")
            except (OSError, client.Refused, subprocess.SubprocessError) as problem:
                self._faults.append(f"{mark.decode()}: {problem}")
            count += 1
            time.sleep(PAUSE)

    def _by_smtp(self, mark):
        """Comes again as long as the server wants that, like any client; also at the end."""
        while True:
            try:
                with client.Client(25) as smtp:
                    smtp.send(FROM, TO, scenarios.message(mark, author=FROM.encode("ascii")))
                self.accepted.append(mark)
                return
            except client.Refused as answer:
                if answer.code // 100 != 4:
                    raise
                self.deferred += 1
                time.sleep(PAUSE)

    def _by_sendmail(self, mark):
        subprocess.run(["sendmail", "-f", FROM, TO], check=True, timeout=180,
                       input=scenarios.message(mark, author=FROM.encode("ascii")))
        self.accepted.append(mark)

    def faults(self, is_right):
        """What became of the messages, when all have had five minutes to arrive."""
        faults, end = list(self._faults), time.monotonic() + 300
        for mark in self.accepted:
            field = b"<" + mark + b"@example>"
            self._host.sink.wait(lambda one, field=field: field in one.data,
                                 max(0, end - time.monotonic()))
            found = [one for one in self._host.sink.deliveries if field in one.data]
            if len(found) != 1:
                faults.append(f"{mark.decode()} arrived {len(found)} times")
            faults += [f"{mark.decode()}: {one.fields()}" for one in found if not is_right(one)]
        return faults
