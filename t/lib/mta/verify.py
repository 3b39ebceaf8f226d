"""Signatures, verified by other people's programs: dkimpy and Debian's OpenDKIM."""
import os
import subprocess

from . import unpack
from .errors import Error


def by_dkimpy(data, keys):
    """Every DKIM-Signature of a message in order: True where dkimpy says that it is good."""
    try:
        import dkim  # pylint: disable=import-outside-toplevel
        import nacl.signing  # noqa: F401 pylint: disable=import-outside-toplevel,unused-import
    except ImportError as missing:
        raise Error("Debian packages python3-dkim and python3-nacl are needed:"
                    f" {missing}") from missing
    records = {(key.name + ".").encode("ascii"): key.record.encode("ascii") for key in keys}

    def txt(name, timeout=5):  # pylint: disable=unused-argument
        return records.get(name if isinstance(name, bytes) else name.encode("ascii"), b"")

    head = data.split(b"\r\n\r\n", 1)[0].lower()
    count = (b"\r\n" + head).count(b"\r\ndkim-signature:")
    results = []
    for i in range(count):
        try:
            results.append(dkim.DKIM(data).verify(idx=i, dnsfunc=txt))
        except dkim.DKIMException:
            results.append(False)
    return results


def by_opendkim(data, keys, home):
    """OpenDKIM's words about the first signature of a message, '... succeeded' for a good one."""
    root = unpack.tree(unpack.OPENDKIM)
    message = os.path.join(home, "message.eml")
    records = os.path.join(home, "records")
    conf = os.path.join(home, "verify.conf")
    with open(message, "wb") as out:
        out.write(data)
    with open(records, "w", encoding="ascii") as out:
        out.write("".join(f"{key.name} {key.record}\n" for key in keys))
    with open(conf, "w", encoding="ascii") as out:
        out.write(f"Mode v\nSyslog no\nTestPublicKeys {records}\n")
    got = subprocess.run([root + "/usr/sbin/opendkim", "-x", conf, "-vv", "-t", message],
                         env={"LD_LIBRARY_PATH": unpack.library_path(root)},
                         capture_output=True, text=True)
    return got.stdout + got.stderr
