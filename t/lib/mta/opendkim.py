"""Debian's OpenDKIM as a milter, out of its unpacked package."""
import os

from . import process, unpack


class OpenDKIM:
    """Listens at .place (as Postfix writes it) and .milter (as Sendmail does)."""

    def __init__(self, home, name, authserv_id, settings):
        root = unpack.tree(unpack.OPENDKIM)
        port = process.free_port()
        self.place, self.milter = f"inet:127.0.0.1:{port}", f"inet:{port}@127.0.0.1"
        conf = os.path.join(home, name + ".conf")
        rows = {"Socket": f"inet:{port}@127.0.0.1", "AuthservID": authserv_id, "Syslog": "no",
                "UMask": "022", "RequireSafeKeys": "no", "UserID": "root"}
        rows.update(settings)
        with open(conf, "w", encoding="utf-8") as out:
            out.write("".join(f"{key} {value}\n" for key, value in rows.items()))
        self._daemon = process.Process(
            [root + "/usr/sbin/opendkim", "-f", "-x", conf], os.path.join(home, name + ".log"),
            env={"LD_LIBRARY_PATH": unpack.library_path(root), "PATH": "/usr/bin:/bin"})
        self._daemon.wait_for(("127.0.0.1", port))

    def log(self):
        return self._daemon.log()

    def stop(self):
        self._daemon.stop()
