"""A place for one test: a directory, and what was started, ended in reverse order."""
import os
import shutil
import tempfile

from . import namespace, process, unpack
from .errors import Error

DNSD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dnsd")


class World:
    """packages: what is unpacked before the network is left. private_network: see
    namespace.py; without it `outside` is only a name, for XCLIENT."""

    def __init__(self, packages=(unpack.POSTFIX, unpack.SENDMAIL, unpack.OPENDKIM),
                 private_network=True):
        if os.geteuid() != 0:
            raise Error("real mail servers have to be started by root")
        for package in packages:
            unpack.tree(package)
        self.outside = namespace.enter() if private_network else namespace.OUTSIDE
        self.home = tempfile.mkdtemp(prefix="sekimori-mta-")
        os.chmod(self.home, 0o755)
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for thing in reversed(self._running):
            thing.stop()
        shutil.rmtree(self.home)

    def start(self, thing):
        """Keeps what has a stop() until the end."""
        self._running.append(thing)
        return thing

    def stop(self, thing):
        """Ends it before the rest."""
        self._running.remove(thing)
        return thing.stop()

    def nameserver(self, name, zone):
        """A DNS server that answers from this zone text; gives its address and port."""
        file = self.write(name, zone)
        port = process.free_port()
        server = process.Process([DNSD, "--port", str(port), file], file + ".log")
        self.start(server).wait_for(("127.0.0.1", port))
        return f"127.0.0.1:{port}"

    def directory(self, name):
        """A fresh directory of the world."""
        place = os.path.join(self.home, name)
        os.makedirs(place, exist_ok=True)
        return place

    def write(self, name, text):
        """A file of the world; gives its path."""
        place = os.path.join(self.home, name)
        with open(place, "w", encoding="utf-8") as out:
            out.write(text)
        return place
