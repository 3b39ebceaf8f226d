#!/usr/bin/python3
"""The daemon as a process: arguments, pid file, socket, user, worker, supervisor."""
import fcntl
import os
import pwd
import re
import signal
import socket
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import daemon  # noqa: E402
import milterclient  # noqa: E402
import tap  # noqa: E402
from daemon import Daemon, run, wait_until  # noqa: E402
from mta.process import free_port  # noqa: E402
from mta.sekimori import Key  # noqa: E402

out = tap.Tap()
MESSAGE = milterclient.Message([("From", b" jiro@example.jp"), ("To", b" a@example.net")],
                               b"Hello\r\n")
IS_ROOT = os.geteuid() == 0


def with_key(settings=None, **more):
    d = Daemon(dict({"Nameservers": f"127.0.0.1:{free_port()}"}, **(settings or {})), **more)
    key = Key(d.home, "example.jp", "s1")
    d.write(Domain="example.jp", Selector="s1", KeyFile=key.file)
    return d


def is_signed(d):
    with d.mta() as mta:
        got = mta.send(MESSAGE, "jiro@example.jp")
        return got.reply.name == "continue" and got.fields[0][0] == "DKIM-Signature"


def test_arguments():
    for option in ("-h", "--help"):
        got = run(option)
        out.ok(got.returncode == 0 and "usage: sekimorid" in got.stdout, option)
    for option in ("-V", "--version"):
        got = run(option)
        out.ok(got.returncode == 0 and re.fullmatch(r"sekimori [0-9.]+\n", got.stdout), option)
    for wrong in (["-x"], ["-c"], ["-f", "more"]):
        got = run(*wrong)
        out.ok(got.returncode == 64 and "usage:" in got.stderr, f"{wrong}: status 64")
    got = run("-f", "-c", "/nonexistent/file.conf")
    out.ok(got.returncode == 78 and "/nonexistent/file.conf" in got.stderr, "no such file: 78")


def test_check():
    d = with_key()
    got = run("-n", "-c", d.conf)
    out.equal((got.returncode, got.stdout), (0, f"{d.conf}: OK\n"), "-n: OK")
    d.write(AuthservID=None)
    got = run("-nr", "-c", d.conf)
    out.ok((got.returncode, got.stdout) == (0, f"{d.conf}: OK\n") and "OpenDKIM" not in got.stderr,
           "-nr: OK, whoever else has our name")
    d.write_raw("Domain example.jp\nSelectr s1\nMaxTransactions many\n"
                "KeyTable file:/nonexistent/keytable\n")
    got = run("-n", "-c", d.conf)
    out.equal(got.returncode, 78, "-n with errors: status 78")
    for line, part in ((2, "Selectr"), (3, "MaxTransactions"), (4, "keytable")):
        out.ok(re.search(rf"sekimori\.conf:{line}: error: .*{part}", got.stderr)
               or (line == 4 and "/nonexistent/keytable" in got.stderr),
               f"-n names file and line {line}, and {part}")
    got = run("-nr", "-c", d.conf)
    out.equal(got.returncode, 78, "-nr, what a reload would refuse: status 78")
    got = run("-f", "-c", d.conf)
    out.equal(got.returncode, 78, "a start with errors: status 78")
    d.write_raw("Socket inet:99999@localhost\nUserID nobody-of-this-name\n")
    got = run("-n", "-c", d.conf)
    out.equal(got.returncode, 78, "-n looks at Socket and UserID")
    out.contains(got.stderr, "above 65535", "it says what is wrong with the port")
    out.contains(got.stderr, "nobody-of-this-name", "and names the user")
    d.write_raw(f"Socket local:{d.conf}/x/s.sock\nPidFile {d.conf}/y/pid\n")
    got = run("-n", "-c", d.conf)
    out.equal((got.returncode, re.findall(
        f"conf:(\\d): error: the directory '{d.conf}/(.)' of the .* cannot be reached by this "
        "user: Not a directory", got.stderr)), (78, [("1", "x"), ("2", "y")]),
              "-n: places that cannot be looked at")
    key = Key(d.home, "example.jp", "s1")
    if IS_ROOT:
        os.chown(key.file, 1, 1)
    d.write_raw("Socket inet:8891@localhost\nUserID nobody-of-this-name\nDomain example.jp\n"
                f"Selector s1\nKeyFile {key.file}\n")
    got = run("-n", "-c", d.conf)
    out.ok(got.returncode == 78 and "chown" not in got.stderr
           and re.search(r"sekimori\.conf:2: error: UserID names the user", got.stderr),
           "of one who does not exist it says the line, and does not judge keys by him")


def test_pid_file():
    with with_key() as d:
        path = d.settings["PidFile"]
        with open(path, encoding="ascii") as text:
            out.equal(text.read(), f"{d.child.pid}\n", "the pid file has the supervisor's id")
        second = Daemon(dict(d.settings, Socket=f"inet:{free_port()}@127.0.0.1"))
        got = run("-f", "-c", second.conf)
        out.equal(got.returncode, 69, "a second daemon does not start")
        out.contains(got.stderr, f"already running as process {d.child.pid}", "and says why")
        out.ok(os.path.exists(path), "the first one's pid file stays")
        os.kill(d.child.pid, signal.SIGKILL)
        d.child.wait()
        out.ok(os.path.exists(path), "killed: the file is stale")
        wait_until(lambda: not d.is_answering(), 120, "the orphan has not stopped")
        d.start(ready=False)
        d.wait_log("is ready", 2)
        out.ok(is_signed(d), "a stale pid file does not matter")


def test_pid_file_descriptors():
    """Nobody who is not root keeps anything by which he could write into root's pid file."""
    settings = {"UserID": "nobody"} if IS_ROOT else {}
    d = with_key(settings)
    if IS_ROOT:
        os.chown(d.settings["KeyFile"], pwd.getpwnam("nobody").pw_uid, -1)
    with d:
        path = d.settings["PidFile"]
        modes = {}
        for name, pid in (("supervisor", d.child.pid), ("worker", d.worker())):
            modes[name] = []
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.path.realpath(f"/proc/{pid}/fd/{fd}") == os.path.realpath(path):
                    with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as text:
                        flags = int(re.search(r"flags:\s+(\d+)", text.read()).group(1), 8)
                    modes[name].append(flags & os.O_ACCMODE)
        out.equal(modes, {"supervisor": [os.O_RDONLY], "worker": []},
                  "the supervisor can read the pid file, the worker has none")
        got = run("-f", "-c", Daemon(dict(d.settings, Socket=f"inet:{free_port()}@127.0.0.1")).conf)
        out.equal(got.returncode, 69, "and a second daemon does not start all the same")
    if IS_ROOT:
        os.chmod(d.home, 0o755)
        out.equal(d.status, 0, "it stops")
        with open(path, encoding="ascii") as text:
            out.equal(text.read(), f"{d.child.pid}\n",
                      "in a directory of root's the file stays as it was")
        d.start(ready=False)
        d.wait_log("is ready", 2)
        out.ok(is_signed(d), "and hinders nobody")
        d.stop()


def test_pid_file_locked():
    """Who may read the file can lock it. That is no daemon."""
    d = with_key()
    path = d.settings["PidFile"]
    for text in ("", "4194304999\n", "nonsense\n"):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        with open(path, encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with d:
                with open(path, encoding="ascii") as now:
                    out.equal(now.read(), f"{d.child.pid}\n",
                              f"{text!r}, and locked by somebody else: it starts")
                with open(d.log_file, "w", encoding="ascii"):
                    pass
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            got = run("-f", "-c", d.conf)
            out.ok(got.returncode == 69 and f"as process {os.getpid()}" in got.stderr,
                   "locked by whom it names: it does not")


def test_pid_file_trap():
    """Who may write into the directory must not choose what root empties."""
    for what, make in (("another name of a file", os.link), ("a symbolic link", os.symlink),
                       ("a fifo", lambda _, path: os.mkfifo(path))):
        d = with_key()
        precious = os.path.join(d.home, "precious")
        with open(precious, "w", encoding="ascii") as text:
            text.write("precious")
        make(precious, os.path.join(d.home, "pid"))
        got = run("-f", "-c", d.conf)
        with open(precious, encoding="ascii") as text:
            out.ok(got.returncode == 69 and "pid file" in got.stderr
                   and text.read() == "precious", f"a pid file that is {what} is not written")


def test_live_socket():
    with with_key() as d:
        path = os.path.join(d.home, "live.sock")
        with socket.socket(socket.AF_UNIX) as live:
            live.bind(path)
            live.listen(1)
            other = Daemon(dict(d.settings, Socket=f"local:{path}", PidFile=None))
            got = run("-f", "-c", other.conf)
            out.equal(got.returncode, 69, "a live unix socket is not taken over")
            out.contains(got.stderr, "in use by a running program", "and the log says so")
            with socket.socket(socket.AF_UNIX) as caller:
                out.equal(caller.connect_ex(path), 0, "its owner still answers")
        out.ok(os.path.exists(path), "now it is dead, and still there")
        other.address = path
        other.start()
        out.ok(is_signed(other), "a dead unix socket is replaced")
        other.stop()
        out.ok(not os.path.exists(path), "and removed at the end")
        with open(path, "w", encoding="ascii") as plain:
            plain.write("mine")
        got = run("-f", "-c", other.conf)
        out.equal((got.returncode, os.path.getsize(path)), (69, 4), "a plain file is not touched")
        other.write(Socket=d.settings["Socket"])
        got = run("-f", "-c", other.conf)
        out.ok(got.returncode == 69 and "in use" in got.stderr, "nor is a port taken over")
        out.ok(is_signed(d), "and its owner works on")


def test_user():
    """CI is root. Who is not sees that only root can change users."""
    nobody = pwd.getpwnam("nobody")
    settings = {"UserID": "nobody:daemon", "UMask": "007"}
    path = None
    d = with_key(settings)
    path = os.path.join(d.home, "user.sock")
    d.address = path
    d.write(Socket=f"local:{path}")
    if not IS_ROOT:
        got = run("-f", "-c", d.conf)
        out.equal(got.returncode, 77, "who is not root cannot become another user")
        return
    os.chown(d.settings["KeyFile"], nobody.pw_uid, nobody.pw_gid)
    group = __import__("grp").getgrnam("daemon").gr_gid
    with d:
        out.ok(is_signed(d), "it signs as its user")
        for name, pid in (("supervisor", d.child.pid), ("worker", d.worker())):
            with open(f"/proc/{pid}/status", encoding="ascii") as text:
                status = text.read()
            uids = set(re.search(r"^Uid:\s+(.*)$", status, re.M).group(1).split())
            gids = set(re.search(r"^Gid:\s+(.*)$", status, re.M).group(1).split())
            caps = re.search(r"^CapEff:\s+(\w+)$", status, re.M).group(1)
            out.equal((uids, gids, int(caps, 16)), ({str(nobody.pw_uid)}, {str(group)}, 0),
                      f"the {name} has given up root: every id, every capability")
            groups = re.search(r"^Groups:(.*)$", status, re.M).group(1).split()
            out.ok("0" not in groups, f"and the {name} is in no group of root's")
        st = os.stat(path)
        out.equal((st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)),
                  (nobody.pw_uid, group, 0o660), "the socket is the user's, with UMask's mode")
        d.signal(signal.SIGHUP)
        d.wait_log("is in force")
        out.ok(is_signed(d), "a reload needs no root")
        out.equal(d.stop(), 0, "it stops")
    d = with_key(settings)
    os.chown(d.settings["KeyFile"], 0, 0)
    got = run("-f", "-c", d.conf)
    out.ok(got.returncode == 78 and d.settings["KeyFile"] in got.stderr,
           "a key that the user cannot read stops the start, and is named")


def after_death(number):
    """Whether the next message is signed, and how long that took."""
    with with_key() as d:
        worker = d.worker()
        os.kill(worker, number)
        begun = time.monotonic()
        wait_until(lambda: d.worker() not in (None, worker), 60, "no new worker")
        signed = is_signed(d)
        spent = time.monotonic() - begun
        d.wait_log(f"was ended by signal {int(number)}")
        return signed, spent


def test_worker_dies():
    for number in (signal.SIGKILL, signal.SIGABRT):
        signed, spent = zip(*(after_death(number) for _ in range(3)))
        out.ok(all(signed) and min(spent) < 1, f"killed by {number.name}: back and signing"
               f" within a second, the best of three ({min(spent):.2f} s)")
    out.ok(True, "and the log names the signals")
    with with_key() as d:
        with open(f"/proc/{d.worker()}/comm", encoding="ascii") as text:
            out.equal(text.read().strip(), "sekimori-worker",
                      "killall sekimorid spares the worker")
        out.ok(os.getpgid(d.worker()) != os.getpgid(d.child.pid), "Ctrl-C spares it too")
        worker = d.worker()
        os.kill(worker, signal.SIGHUP)
        wait_until(lambda: d.worker() not in (None, worker), 120, "no new worker")
        out.ok(is_signed(d), "a HUP that hits the worker does not end the service")


def test_supervisor_dies():
    with with_key() as d:
        with d.mta() as mta:
            mta.envelope("jiro@example.jp", ["a@example.net"])
            os.kill(d.child.pid, signal.SIGKILL)
            d.child.wait()
            time.sleep(0.3)
            got = mta.content(MESSAGE)
            out.equal(got.fields[0][0], "DKIM-Signature",
                      "the supervisor is killed: what was begun is finished")
        wait_until(lambda: not d.is_answering(), 120, "the worker has not stopped")
        out.ok(True, "then the worker stops")


def test_background():
    """Without -f the caller waits until the daemon is ready."""
    with with_key() as d:
        d.stop()
        got = run("-c", d.conf)
        out.equal((got.returncode, d.is_answering()), (0, True),
                  "it answers when the call is over")
        with open(d.settings["PidFile"], encoding="ascii") as text:
            pid = int(text.read())
        out.ok(is_signed(d) and os.getsid(pid) != os.getsid(0), "in a session of its own")
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(d.settings["PidFile"]), 120, "it does not stop")
        d.write(KeyFile="/nonexistent/key.pem")
        got = run("-c", d.conf)
        out.ok(got.returncode == 78 and "/nonexistent/key.pem" in got.stderr,
               "what hinders the start is seen by whoever starts it")


OTHER_DEV = """set -e
dev=$(mktemp -d "$1/dev.XXXXXX")
for name in null zero urandom; do : >"$dev/$name"; mount --bind "/dev/$name" "$dev/$name"; done
[ -z "$2" ] || ln -s "$2" "$dev/log"
mount --bind "$dev" /dev
shift 2
exec "$@"
"""


def complains_of_syslog(d, log, *args):
    """Status, and whether it says that nobody reads its log; log: what /dev/log leads to."""
    got = subprocess.run(["unshare", "-m", "sh", "-c", OTHER_DEV, "sh", d.home, log,
                          daemon.binary(), "-c", d.conf, *args], capture_output=True, text=True,
                         timeout=60, check=False)
    return got.returncode, "nothing listens on /dev/log" in got.stderr


def test_syslog():
    """A daemon that would log to nobody says so while somebody still listens."""
    if not out.ok(IS_ROOT, "root, for a /dev of its own"):
        return
    with with_key() as d, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        d.stop()
        log.bind(os.path.join(d.home, "log.sock"))
        for name, path, lost in (("no /dev/log", "", True),
                                 ("a /dev/log", log.getsockname(), False),
                                 ("a dead /dev/log", d.conf, True)):
            out.equal(complains_of_syslog(d, path), (0, lost), f"{name}: the start")
            with open(d.settings["PidFile"], encoding="ascii") as text:
                os.kill(int(text.read()), signal.SIGTERM)
            wait_until(lambda: not os.path.exists(d.settings["PidFile"]), 120, "it does not stop")
            out.equal(complains_of_syslog(d, path, "-n"), (0, lost), f"{name}: -n")
        d.write(Syslog="no")
        out.equal(complains_of_syslog(d, "", "-n"), (0, False), "Syslog no: nothing is lost")


def test_stop():
    for number in (signal.SIGTERM, signal.SIGINT):
        with with_key({"DrainTimeout": "600"}) as d:
            d.signal(number)
            out.equal(d.child.wait(300), 0, f"{number.name}: status 0, and no wait when idle")
    with with_key({"DrainTimeout": "600"}) as d, d.mta() as mta:
        mta.mail("jiro@example.jp")
        d.signal(signal.SIGTERM)
        d.wait_log("stopping")
        d.signal(signal.SIGTERM)
        wait_until(lambda: d.child.poll() is not None, 300, "it does not stop")
        out.contains(d.log(), "asked twice", "asked twice, it does not wait")


def test_service_manager():
    """The lines that systemd's Type=notify wants."""
    with with_key() as d:
        d.stop()
        path = os.path.join(d.home, "notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(20)
            child = subprocess.Popen([daemon.binary(), "-f", "-c", d.conf],
                                     env=dict(os.environ, NOTIFY_SOCKET=path),
                                     stderr=subprocess.DEVNULL)
            out.contains(manager.recv(999).decode(), "READY=1\n", "READY when it is")
            child.send_signal(signal.SIGHUP)
            out.contains(manager.recv(999).decode(), "RELOADING=1\nMONOTONIC_USEC=", "RELOADING")
            out.contains(manager.recv(999).decode(), "READY=1\n", "and READY again")
            child.send_signal(signal.SIGTERM)
            out.contains(manager.recv(999).decode(), "STOPPING=1\n", "STOPPING")
            out.equal(child.wait(30), 0, "and it ends")


def test_watchdog():
    """WATCHDOG=1 comes as long as the worker answers, and not from a worker that hangs."""
    with with_key() as d:
        d.stop()
        path = os.path.join(d.home, "notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            d.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="600000")
            manager.settimeout(20)
            out.contains(manager.recv(999).decode(), "READY=1\n", "READY first")
            for turn in (1, 2, 3):
                out.contains(manager.recv(999).decode(), "WATCHDOG=1\n", f"a sign of life: {turn}")
            worker = d.worker()
            os.kill(worker, signal.SIGSTOP)
            time.sleep(1)
            manager.setblocking(False)
            try:
                while manager.recv(999):
                    continue
            except BlockingIOError:
                pass
            manager.settimeout(2)
            try:
                out.equal(manager.recv(999), None, "none of a worker that hangs")
            except TimeoutError:
                out.ok(True, "none of a worker that hangs")
            os.kill(worker, signal.SIGCONT)
            manager.settimeout(20)
            out.contains(manager.recv(999).decode(), "WATCHDOG=1\n", "again when it answers")
            os.kill(worker, signal.SIGKILL)
            said = manager.recv(999).decode()
            while "READY=1\n" not in said:
                said = manager.recv(999).decode()
            out.contains(manager.recv(999).decode(), "WATCHDOG=1\n", "and of the next worker")
            out.equal(len(d.messages()), 0, "none of it is taken for a message")
            out.equal(d.stop(), 0, "and it stops as ever")
    with with_key() as d:
        d.stop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(d.home, "other.sock")
            manager.bind(path)
            d.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="600000", WATCHDOG_PID="1")
            manager.settimeout(20)
            out.contains(manager.recv(999).decode(), "READY=1\n", "somebody else's watchdog: READY")
            manager.settimeout(1)
            try:
                out.equal(manager.recv(999), None, "and no sign of life")
            except TimeoutError:
                out.ok(True, "and no sign of life")


out.run(test_arguments, test_check, test_pid_file, test_pid_file_descriptors,
        test_pid_file_locked, test_pid_file_trap, test_live_socket, test_user,
        test_worker_dies,
        test_supervisor_dies, test_background, test_syslog, test_stop, test_service_manager,
        test_watchdog)
out.done()
