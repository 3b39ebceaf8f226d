#!/usr/bin/python3
"""sekimori postfix on filters that hand mail back, on names, tables and neighbours: what harms is
found, and what is printed harms nobody. t/mta/harmless.t proves the same with mail."""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from mtaworld import Host, Milter, found, statuses  # noqa: E402
from tool import write  # noqa: E402

out = tap.Tap()
US = "inet:127.0.0.1:@PORT@"
SMTP = "smtp inet n - n - - smtpd\n"
USERS = "submission inet n - n - - smtpd\n"
BACK = "127.0.0.1:10026 inet n - n - - smtpd\n"
OUT = "127.0.0.1:10025 inet n - n - - smtpd\n"
SCAN = "smtp/inet/smtpd_proxy_filter = 127.0.0.1:10081\n"
SCAN_OUT = "submission/inet/smtpd_proxy_filter = 127.0.0.1:10080\n"
NAMED = "127.0.0.1:10025/inet/milter_macro_daemon_name = ORIGINATING\n"
EMPTY = "postconf -P '127.0.0.1:10026/inet/smtpd_milters='"
PIPE = "spam unix - n n - - pipe flags=R user=spamd argv=/usr/bin/spamc -e /usr/sbin/sendmail -i\n"

# name; settings; services; overrides; options of ours; findings; the commands that matter
FILTERS = (
    ("a proxy filter", {}, SMTP + BACK, SCAN, "", ["failure"], [EMPTY]),
    ("no MTA", {}, SMTP + BACK, SCAN, "MTA -\n", ["failure"], [EMPTY]),
    ("beside another", {"smtpd_milters": "inet:192.0.2.1:11332 " + US}, SMTP + BACK, SCAN, "",
     ["failure"], ["postconf -P '127.0.0.1:10026/inet/smtpd_milters=inet:192.0.2.1:11332'"]),
    ("a list of its own", {"smtpd_milters": ""}, SMTP + BACK,
     SCAN + f"127.0.0.1:10026/inet/smtpd_milters = {US}\n", "", ["failure"], [EMPTY]),
    ("an empty list", {}, SMTP + BACK, SCAN + "127.0.0.1:10026/inet/smtpd_milters =\n", "", [], []),
    ("no milters", {}, SMTP + BACK,
     SCAN + "127.0.0.1:10026/inet/receive_override_options = no_milters\n", "", [], []),
    ("not our host", {}, SMTP + BACK, SCAN, "InternalHosts 192.0.2.9\n", [], []),
    ("not our host, but the name", {"milter_macro_daemon_name": "ORIGINATING"}, SMTP + BACK, SCAN,
     "InternalHosts 192.0.2.9\n", ["failure"], [EMPTY]),
    ("who only checks", {}, SMTP + BACK, SCAN, "Mode v\n", [], []),
    ("a content filter", {"content_filter": "amavis:[127.0.0.1]:10024"}, SMTP + BACK,
     "127.0.0.1:10026/inet/content_filter =\n", "", ["failure"], [EMPTY]),
    ("a content filter of port 25", {}, SMTP + BACK,
     "smtp/inet/content_filter = scan:[127.0.0.1]:10024\n", "", ["failure"], [EMPTY]),
    ("of users alone", {}, SMTP + USERS + BACK,
     "submission/inet/content_filter = scan:[127.0.0.1]:10024\n", "", [], []),
    ("a filter on another host", {}, SMTP + "10026 inet n - n - - smtpd\n",
     "smtp/inet/smtpd_proxy_filter = 192.0.2.7:10081\n10026/inet/mynetworks = 192.0.2.7\n",
     "InternalHosts 192.0.2.7\n", ["failure"], ["postconf -P '10026/inet/smtpd_milters='"]),
    ("who has to log in", {}, SMTP + "127.0.0.1:10027 inet n - n - - smtpd\n",
     SCAN + "127.0.0.1:10027/inet/smtpd_sasl_auth_enable = yes\n", "", [], []),
    ("behind postscreen", {}, "smtpd pass - - n - - smtpd\n" + BACK,
     "smtpd/pass/smtpd_proxy_filter = 127.0.0.1:10081\n", "", ["failure"], [EMPTY]),
    ("one for each", {}, SMTP + USERS + OUT + BACK, SCAN + SCAN_OUT + NAMED, "", ["failure"],
     [EMPTY]),
    ("the only one has the name", {}, SMTP + BACK,
     SCAN + "127.0.0.1:10026/inet/milter_macro_daemon_name = ORIGINATING\n", "", ["failure"],
     [EMPTY]),
    ("both have the name", {}, SMTP + USERS + OUT + BACK,
     SCAN + SCAN_OUT + NAMED + NAMED.replace("10025", "10026"), "", ["failure"] * 2, []),
    ("users' without a name", {"smtpd_milters": ""}, SMTP + USERS + OUT + BACK,
     SCAN + SCAN_OUT + f"127.0.0.1:10025/inet/smtpd_milters = {US}\n", "", ["failure"],
     ["postconf -P '127.0.0.1:10025/inet/milter_macro_daemon_name=ORIGINATING'"]),
    ("users' with that of main.cf", {"smtpd_milters": "", "milter_macro_daemon_name":
                                     "ORIGINATING"}, SMTP + USERS + OUT + BACK,
     SCAN + SCAN_OUT + f"127.0.0.1:10025/inet/smtpd_milters = {US}\n", "", [], []),
    ("a program", {}, SMTP + PIPE, "smtp/inet/content_filter = spam\n", "", [], []),
    ("a program, and Mode s", {}, SMTP + PIPE, "smtp/inet/content_filter = spam\n", "Mode s\n",
     ["failure"], []),
    ("a program, and Mode s for other hosts", {}, SMTP + PIPE, "smtp/inet/content_filter = spam\n",
     "Mode s\nInternalHosts 192.0.2.9\n", [], []),
)


def ours(host, text):
    """A configuration that names a daemon of users, unless it says that there is none."""
    text = text.replace("MTA -\n", "") if "MTA" in text else "MTA ORIGINATING\n" + text
    with open(host.conf, encoding="utf-8") as usual:
        return write(host.top + "/ours.conf", usual.read() + text)


def test_filters(host):
    for name, settings, master, overrides, options, want, commands in FILTERS:
        _, got = host.postfix(settings, master + "cleanup unix n - n - 0 cleanup\n", overrides,
                              conf=ours(host, options))
        out.equal((statuses(got, "hand-back"), [c for c in got["commands"] if "-P '1" in c]),
                  (want, commands), f"a filter: {name}")


NAMES = (
    # name; main.cf; overrides; options; daemon-name; local; commands
    ("in main.cf", {"milter_macro_daemon_name": "ORIGINATING"}, "", "", ["warning"], [],
     ["postconf -P 'smtp/inet/milter_macro_daemon_name=$myhostname'"]),
    ("in main.cf, for nobody", {"milter_macro_daemon_name": "ORIGINATING", "smtpd_milters": ""},
     "smtp/inet/smtpd_milters =\n", "Mode s\n", [], [], []),
    ("at port 25", {}, "smtp/inet/milter_macro_daemon_name = ORIGINATING\n", "", ["warning"], [],
     ["postconf -P 'smtp/inet/milter_macro_daemon_name=$myhostname'"]),
    ("the one of every service", {"milter_macro_daemon_name": "mx.example.jp"}, "",
     "MTA mx.example.jp\n", ["warning"], [], []),
    ("none, and no client", {}, "", "InternalHosts 192.0.2.9\n", [], ["warning"],
     ["postconf -P 'cleanup/unix/milter_macro_daemon_name=ORIGINATING'"]),
    ("at cleanup", {}, "cleanup/unix/milter_macro_daemon_name = ORIGINATING\n",
     "InternalHosts 192.0.2.9\n", [], [], []),
    ("none, no client, no MTA", {}, "", "MTA -\nInternalHosts 192.0.2.9\n", [], ["warning"], []),
    ("none, but the client's name", {}, "", "InternalHosts localhost\n", [], [], []),
    ("in the shadow", {"milter_macro_daemon_name": "ORIGINATING",
                       "milter_default_action": "accept"}, "", "Mode shadow\n", ["warning"], [],
     []),
)


def test_names(host):
    for name, settings, overrides, options, daemon, local, commands in NAMES:
        settings = dict(settings, myhostname="mx.example.jp")
        _, got = host.postfix(settings, SMTP + "cleanup unix n - n - 0 cleanup\n", overrides,
                              conf=ours(host, options))
        out.equal((statuses(got, "daemon-name"), statuses(got, "local"),
                   [c for c in got["commands"] if "daemon_name" in c]),
                  (daemon, local, commands), f"a name: {name}")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    os.chmod(directory, 0o755)
    milter = Milter(("127.0.0.1", 0))
    out.run(*[lambda test=test: test(Host(f"{directory}/{test.__name__}", milter.port))
              for test in (test_filters, test_names)])
out.done()
