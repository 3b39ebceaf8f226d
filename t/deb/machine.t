#!/usr/bin/python3
"""lib/container.py: whether a machine can be booted here does not depend on how often a control
group file system is mounted (in a chroot with /sys bound it is, twice)."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import container  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap(machine=True)
TWICE = 'mount -t tmpfs tmpfs "$1" && mkdir "$1/sys" && mount --rbind /sys "$1/sys" && exec "$2"'


def main():
    home = tap.home("machine")
    program = container.__file__
    once = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=False)
    enclosure = container.Enclosure()
    twice = subprocess.run(enclosure.command("sh", "-c", TWICE, "sh", home, program),
                           stdout=subprocess.PIPE, text=True, check=False)
    enclosure.remove()
    OUT.equal((twice.returncode, twice.stdout), (once.returncode, once.stdout),
              "mounted twice, it says what it says when mounted once")
    OUT.done()


main()
