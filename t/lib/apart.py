"""apart - a test sees no mail software of this machine

What is installed here (a Postfix, an OpenDKIM with its configuration, a configuration of ours)
changes what our programs say, and a test must say the same everywhere. So the process of a test,
when it is root, moves into a mount namespace in which the programs of PROGRAMS and the files of
FILES are not there, and into a network of its own, where no daemon of the machine answers.

    apart.enter()       once, before there are threads; tap.Tap() does it
    apart.outside       for a child's preexec_fn: the machine's network, to fetch packages by

Where root may make no namespace or no mount (some containers) the test stays where it is.
"""
import atexit
import ctypes
import fnmatch
import os
import shutil
import tempfile

from mta import namespace

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2

PROGRAMS = ("postconf", "postfix", "sendmail", "exim*", "opendkim*", "opendmarc*", "rspam*",
            "spamass-milter", "amavisd*", "sekimori*")
FILES = ("postfix", "mail", "opendkim*", "opendmarc*", "dkimkeys", "rspamd", "sekimori")
# Directories, and what of them is not to be seen.
HIDDEN = {"/etc": FILES, "/usr/local/etc": FILES, "/run": FILES, "/var/spool": FILES[:1],
          **{place: PROGRAMS for place in ("/usr/sbin", "/usr/bin", "/usr/local/sbin",
                                           "/usr/local/bin", "/opt/sbin")}}

_libc = ctypes.CDLL(None, use_errno=True)
_network = None  # pylint: disable=invalid-name


def enter():
    """Moves this process; a second call changes nothing."""
    global _network  # pylint: disable=global-statement
    if _network is not None or os.geteuid() != 0:
        return
    _network = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if _libc.unshare(CLONE_NEWNS) == 0 and own_mounts():
        for place, names in HIDDEN.items():
            _hide(place, names)
    if _libc.unshare(CLONE_NEWNET) == 0:
        namespace.bring_up()


def outside():
    """Back into the network that the test was started in."""
    if _network is not None:
        _libc.setns(_network, CLONE_NEWNET)


def mount(source, target, kind, flags):
    """True, or False with the error in errno."""
    code = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    return _libc.mount(*code, ctypes.c_ulong(flags), None) == 0


def must(done):
    if not done:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def own_mounts():
    """Whether no mount that is made from here on is seen by anybody else.

    In a chroot, / is no mount point and cannot be told so; what is mounted below would spread to
    the machine around it. There, all is bound once more below a file system in /proc, which is a
    mount point, and that becomes /."""
    if mount(None, "/", None, MS_REC | MS_PRIVATE):
        return True
    here, cover = os.getcwd(), "/proc/sys"
    if not (mount(None, "/proc", None, MS_PRIVATE) and mount("tmpfs", cover, "tmpfs", 0)):
        return False
    top = cover + "/top"
    os.mkdir(top)
    must(mount("/", top, None, MS_BIND | MS_REC))
    must(mount(None, top, None, MS_REC | MS_PRIVATE))
    os.chroot(top)
    os.chdir(here)
    must(_libc.umount2(os.fsencode(cover), MNT_DETACH) == 0)
    return True


def _hide(place, patterns):
    """In place of the directory stands one with links to all that it holds, but for these."""
    if not os.path.isdir(place) or os.path.islink(place):
        return
    names = os.listdir(place)
    hidden = {name for pattern in patterns for name in fnmatch.filter(names, pattern)}
    if not hidden:
        return
    aside = tempfile.mkdtemp(prefix="sekimori-apart.")
    atexit.register(_leave, aside)
    must(mount("tmpfs", aside, "tmpfs", 0))
    os.chmod(aside, 0o755)
    for name in ("whole", "rest"):
        os.mkdir(f"{aside}/{name}")
    shutil.copystat(place, aside + "/rest")
    must(mount(place, aside + "/whole", None, MS_BIND | MS_REC))
    for name in (name for name in names if name not in hidden):
        path = os.path.join(place, name)
        os.symlink(os.readlink(path) if os.path.islink(path) else f"{aside}/whole/{name}",
                   f"{aside}/rest/{name}")
    must(mount(aside + "/rest", place, None, MS_BIND))


def _leave(aside):
    _libc.umount2(os.fsencode(aside), MNT_DETACH)
    os.rmdir(aside)
