#!/usr/bin/python3
"""lib/apart.py: of mail software that is installed on this machine, and of its daemons, a test
sees nothing; a test that is about it sees all. As root, in a mount namespace with a Postfix and
an OpenDKIM of one line each."""
import os
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
sys.path.insert(0, LIB)
import tap  # noqa: E402

OUT = tap.Tap()
HOME = tap.home("apart")
INSTALLED = """set -e
for place in sbin etc; do mount -t tmpfs tmpfs /usr/local/$place; done
for name in postconf opendkim neutral; do
	printf '#!/bin/sh\\necho one\\n' >/usr/local/sbin/$name
	chmod 755 /usr/local/sbin/$name
done
touch /usr/local/etc/opendkim.conf /usr/local/etc/neutral.conf
ln -s neutral.conf /usr/local/etc/link.conf
exec "$@"
"""
SEEN = """
import os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
import apart, tap
tap.Tap(machine=sys.argv[2] == "machine")
places = ["sbin/postconf", "sbin/opendkim", "sbin/neutral", "etc/opendkim.conf", "etc/link.conf"]
print(*[place for place in places if os.path.exists("/usr/local/" + place)])
def answers():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(sys.argv[3]))) == 0
print(answers())
code = f"import socket; print(socket.socket().connect_ex(('127.0.0.1', {sys.argv[3]})))"
print(subprocess.run([sys.executable, "-c", code], preexec_fn=apart.outside, text=True,
                     stdout=subprocess.PIPE).stdout.strip())
"""


def seen(how, port):
    got = subprocess.run(["unshare", "-m", "sh", "-c", INSTALLED, "sh", sys.executable, "-c", SEEN,
                          LIB, how, str(port)], stdin=subprocess.DEVNULL, text=True, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env=dict(os.environ, TMPDIR=HOME))
    return got.stdout.splitlines()


def main():
    with socket.socket() as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.listen(10)
        port = daemon.getsockname()[1]
        OUT.equal(seen("apart", port), ["sbin/neutral etc/link.conf", "False", "0"],
                  "a test sees none of it, and reaches the machine's network where it says so")
        OUT.equal(seen("machine", port), ["sbin/postconf sbin/opendkim sbin/neutral"
                                          " etc/opendkim.conf etc/link.conf", "True", "0"],
                  "one that is about this machine sees all")
    OUT.equal(os.listdir(HOME), [], "nothing is left")
    OUT.done()


main()
