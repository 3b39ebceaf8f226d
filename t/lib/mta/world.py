"""A place for one test: a directory, a sink, and what was started, ended in reverse order."""
import os
import shutil
import tempfile

from . import namespace, sink
from .errors import Error


class World:
    def __init__(self):
        if os.geteuid() != 0:
            raise Error("real mail servers have to be started by root")
        self.outside = namespace.enter()
        self.home = tempfile.mkdtemp(prefix="sekimori-mta-")
        os.chmod(self.home, 0o755)
        self._running = []
        self.sink = self.start(sink.Sink())

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

    def directory(self, name):
        """A fresh directory of the world."""
        place = os.path.join(self.home, name)
        os.makedirs(place)
        return place

    def write(self, name, text):
        """A file of the world; gives its path."""
        place = os.path.join(self.home, name)
        with open(place, "w", encoding="utf-8") as out:
            out.write(text)
        return place
