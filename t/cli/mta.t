#!/usr/bin/python3
"""sekimori postfix and sendmail: every finding, on canned configurations. A postconf of our own
stands first in PATH and answers from files; a milter of a few lines answers at the socket."""
import grp
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from mta import sekimori  # noqa: E402
import tap  # noqa: E402
from mtaworld import MASTER, OVERRIDES, Host, Milter, found, statuses  # noqa: E402
from tool import TOOL, write  # noqa: E402

out = tap.Tap()


def test_good(host):
    status, got = host.postfix()
    out.equal((status, got["status"], got["mta"], got["commands"]),
              (0, "good", "Postfix 3.9.1", []),
              "a good configuration: nothing to do")
    out.equal(sorted({check["id"] for check in got["checks"]}),
              ["postfix.bare-newline", "postfix.bounces", "postfix.default-action",
               "postfix.non-smtpd-milters", "postfix.smtpd-milters", "postfix.socket"],
              "and that is said of each part")
    out.contains(found(got, "socket")[0]["found"], "milter protocol 6", "the socket was tried")
    host.opendkim = host.top + "/none"
    status, text = host.run("postfix", "--config", host.conf, "--config-dir",
                            host.top + "/postfix-1", "--etc", host.etc)
    out.ok(status == 0 and "Postfix" in text and "smtpd_milters names us" in text
           and "paste" not in text, "the same for people")


OWN_ACTION = "{ inet:127.0.0.1:@PORT@, connect_timeout=5s, default_action=tempfail }"
ROWS = (
    # name, settings, finding, status, exit status, a part of a command (None: there is none)
    ("no milters at all", {"smtpd_milters": "", "non_smtpd_milters": ""}, "smtpd-milters",
     "failure", 2, "postconf -e 'smtpd_milters = inet:127.0.0.1:@PORT@'"),
    ("others, not us", {"smtpd_milters": "inet:192.0.2.1:1, { unix:x/y, default_action=accept }"},
     "smtpd-milters", "failure", 2, "'smtpd_milters = inet:192.0.2.1:1 "
     "{ unix:x/y, default_action=accept } inet:127.0.0.1:@PORT@'"),
    ("us by another name of this host", {"smtpd_milters": "inet:localhost:@PORT@"},
     "smtpd-milters", "good", 0, None),
    ("not for local programs", {"non_smtpd_milters": ""}, "non-smtpd-milters", "warning", 1,
     "postconf -e 'non_smtpd_milters = $smtpd_milters'"),
    ("a spam filter behind us", {"smtpd_milters": "inet:127.0.0.1:@PORT@ inet:192.0.2.1:11332"},
     "order", "warning", 1, "'smtpd_milters = inet:192.0.2.1:11332 inet:127.0.0.1:@PORT@'"),
    ("a spam filter before us", {"smtpd_milters": "inet:192.0.2.1:11332 inet:127.0.0.1:@PORT@"},
     "order", "good", 0, None),
    ("OpenDMARC behind us", {"smtpd_milters": "inet:127.0.0.1:@PORT@ inet:192.0.2.1:8893"},
     "order", "good", 1, None),
    ("bounces", {"internal_mail_filter_classes": ""}, "bounces", "warning", 1,
     "postconf -e 'internal_mail_filter_classes = bounce'"),
    ("bounces beside notices", {"internal_mail_filter_classes": "notify"}, "bounces", "warning",
     1, "'internal_mail_filter_classes = notify, bounce'"),
    ("accept", {"milter_default_action": "accept"}, "default-action", "warning", 1,
     "postconf -e 'milter_default_action = tempfail'"),
    ("accept for us alone",
     {"smtpd_milters": "{ inet:127.0.0.1:@PORT@, connect_timeout=5s, default_action = accept }"},
     "default-action", "warning", 1,
     "'smtpd_milters = { inet:127.0.0.1:@PORT@, connect_timeout=5s, default_action=tempfail }'"),
    ("tempfail for us alone", {"milter_default_action": "accept", "smtpd_milters": OWN_ACTION,
                               "non_smtpd_milters": OWN_ACTION}, "default-action", "good", 0, None),
    ("tempfail for us in one list", {"milter_default_action": "accept",
                                     "smtpd_milters": OWN_ACTION}, "default-action", "warning", 1,
     "postconf -e 'milter_default_action = tempfail'"),
    ("accept, and others in the list", {"milter_default_action": "accept", "smtpd_milters":
     "inet:192.0.2.1:11332 inet:127.0.0.1:@PORT@", "non_smtpd_milters": OWN_ACTION},
     "default-action", "warning", 1, "'smtpd_milters = inet:192.0.2.1:11332 "
     "{ inet:127.0.0.1:@PORT@, default_action=tempfail }'"),
    ("us twice", {"smtpd_milters": "inet:127.0.0.1:@PORT@ inet:localhost:@PORT@"},
     "order", "warning", 1, "'smtpd_milters = inet:127.0.0.1:@PORT@'"),
    ("us at an address where we are not", {"smtpd_milters": "inet:[::1]:@PORT@"}, "address",
     "failure", 2, "'smtpd_milters = inet:127.0.0.1:@PORT@'"),
    ("a family that Postfix does not use", {"inet_protocols": "ipv6"}, "address", "failure", 2,
     None),
    ("macros of another manual", {"milter_mail_macros": "i {mail_addr} {client_addr}"}, "macros",
     "warning", 1, "'milter_mail_macros = i {mail_addr} {client_addr} {auth_type}'"),
    ("the login alone tells us", {"milter_mail_macros": "i auth_authen"}, "macros", None, 0, None),
    ("no daemon name", {"milter_connect_macros": "j"}, "macros", "warning", 1,
     "'milter_connect_macros = j {daemon_name}'"),
    ("no milters by option", {"receive_override_options": "no_address_mappings, no_milters"},
     "no-milters", "failure", 2,
     "postconf -e 'receive_override_options = no_address_mappings'"),
    ("reject", {"milter_default_action": "reject"}, "default-action", "warning", 1,
     "'milter_default_action = tempfail'"),
    ("bare newlines", {"smtpd_forbid_bare_newline": "no"}, "bare-newline", "warning", 1,
     "postconf -e 'smtpd_forbid_bare_newline = normalize'"),
    ("bare newlines before normalize", {"smtpd_forbid_bare_newline": "no",
                                        "mail_version": "3.7.9"}, "bare-newline", "warning", 1,
     "postconf -e 'smtpd_forbid_bare_newline = yes'"),
    ("bare newlines with normalize brought back", {"smtpd_forbid_bare_newline": "no",
                                                   "mail_version": "3.7.11"}, "bare-newline",
     "warning", 1, "postconf -e 'smtpd_forbid_bare_newline = normalize'"),
    ("a Postfix without it", {"smtpd_forbid_bare_newline": None}, "bare-newline", "warning", 1,
     None),
    ("8-bit conversion", {"disable_mime_output_conversion": "no"}, "conversion", "info", 0,
     "postconf -e 'disable_mime_output_conversion = yes'"),
    ("an old protocol", {"milter_protocol": "2"}, "protocol", "warning", 1,
     "postconf -e 'milter_protocol = 6'"),
    ("a content filter that comes back", {"content_filter": "smtp:[127.0.0.1]:10024"},
     "content-filter", "warning", 1, None),
    ("a proxy filter", {"smtpd_proxy_filter": "127.0.0.1:10024"}, "proxy-filter", "warning", 1,
     None),
    ("a table that is not looked into", {"header_checks": "hash:/etc/postfix/checks"},
     "header-checks", "info", 0, None),
)


def test_rows(host):
    for name, settings, finding, want, exit_status, command in ROWS:
        status, got = host.postfix(settings)
        out.equal((statuses(got, finding)[:1], status), ([want] if want else [], exit_status), name)
        if command is None:
            out.ok(not any(finding in c for c in got["commands"]), f"{name}: no command")
        else:
            out.ok(any(command.replace("@PORT@", str(host.port)) in c for c in got["commands"]),
                   f"{name}: {command}")
        if want in ("warning", "failure"):
            out.ok(all(found(got, finding)[0][key] for key in ("found", "wanted", "remedy")),
                   f"{name}: found, wanted, remedy")


def test_key(host):
    """After a first installation the tool says what comes next, and finds no fault."""
    listen = f"Socket inet:{host.port}@127.0.0.1\n"
    empty = write(host.top + "/keytable", "# no row\n")
    for conf, want in ((listen, ["info"]), (listen + f"KeyTable file:{empty}\n", ["info"]),
                       (listen + "Mode v\n", []), (listen + "Mode shadow\n", [])):
        away = "accept" if "shadow" in conf else "tempfail"
        status, got = host.postfix({"milter_default_action": away},
                                   conf=write(host.top + "/unkeyed.conf", conf))
        out.equal((status, statuses(got, "key"), got["commands"]), (0, want, []),
                  f"no key: {conf.splitlines()[1:]}")
        out.ok(all("sekimori keygen DOMAIN --add" in one["remedy"] for one in found(got, "key")),
               "and how to make one")


def test_master(host):
    status, got = host.postfix({"smtpd_milters": "inet:127.0.0.1:@PORT@"},
                               overrides=OVERRIDES + "submission/inet/smtpd_milters =\n")
    out.equal((status, statuses(got, "submission")), (2, ["failure"]),
              "a submission service without milters")
    out.ok(f"postconf -P 'submission/inet/smtpd_milters=inet:127.0.0.1:{host.port}'"
           in got["commands"], "the command that names us there")
    status, got = host.postfix(overrides=OVERRIDES + "submission/inet/smtpd_milters = "
                               "$smtpd_milters\n")
    out.equal((status, statuses(got, "submission")), (0, []), "one that has the general list")
    back = "127.0.0.1:10025 inet n - n - - smtpd\n"
    for override in ("receive_override_options = no_header_body_checks,no_milters",
                     "smtpd_milters ="):
        status, got = host.postfix({"content_filter": "smtp:[127.0.0.1]:10024"}, MASTER + back,
                                   OVERRIDES + f"127.0.0.1:10025/inet/{override}\n")
        out.equal((status, statuses(got, "content-filter")), (0, ["info"]),
                  f"the way back has {override}")


def test_header_checks(host):
    table = write(host.top + "/checks", """\
# /^Subject:/ REPLACE this is a comment
/^X-Spam:/ IGNORE
/^Subject: (.*)/ REPLACE Subject: [x] $1
/^Received:.*intern/ IGNORE
/^X-Reply-To:/ IGNORE
!/^message-id:/i   ignore
/^List-Unsubscribe:/ WARN
""")
    status, got = host.postfix({"header_checks": f"regexp:{table}",
                                "smtp_header_checks": f"pcre:{table}"})
    out.equal((status, [(c["found"].split(" ")[0], c["found"].split(": ")[1])
                        for c in found(got, "header-checks")]),
              (1, [(f"{table}:3", "REPLACE Subject"), (f"{table}:6", "IGNORE From")] * 2),
              "rules that change signed fields, and no other")
    out.contains(found(got, "header-checks")[0]["found"], "before we check", "coming in")
    out.contains(found(got, "header-checks")[2]["found"], "after we have signed", "going out")


def test_socket(host):
    spool = host.top + "/spool"
    inside, outside = spool + "/sekimori/s.sock", host.top + "/outside.sock"
    os.makedirs(spool + "/sekimori")
    confined = MASTER.replace("-       n       -", "-       y       -")
    user = "nobody"
    chmod = [host.top, spool, spool + "/sekimori"]
    for place in chmod:
        os.chmod(place, 0o755)
    milters = [Milter(inside), Milter(outside)]
    for path in (inside, outside):
        os.chmod(path, 0o666)
    settings = {"queue_directory": spool, "mail_owner": user}
    conf = write(host.top + "/local.conf", f"Socket local:{inside}\n")
    unix = dict(settings, smtpd_milters="unix:sekimori/s.sock",
                non_smtpd_milters="unix:/sekimori/s.sock")
    status, got = host.postfix(unix, confined, conf=conf)
    out.equal((status, statuses(got, "socket"), statuses(got, "smtpd-milters"),
               statuses(got, "non-smtpd-milters")), (0, ["good"], ["good"], ["good"]),
              "a socket below the queue directory, in both spellings")
    whole = dict(settings, smtpd_milters=f"{{ unix:{inside}, connect_timeout=5s }}")
    _, got = host.postfix(whole, confined, conf=conf)
    command = "postconf -e 'smtpd_milters = { %s, connect_timeout=5s }'"
    out.ok(statuses(got, "address") == ["failure"] and not found(got, "smtpd-milters")
           and command % "unix:sekimori/s.sock" in got["commands"], "a path not of the chroot")
    out.equal(found(host.postfix(whole, conf=conf)[1], "address"), [], "nor is there one")
    _, got = host.postfix(dict(settings, smtpd_milters="unix:sekimori/sekimori.sock"), confined)
    out.ok(statuses(got, "address") == ["failure"] and got["commands"][0].endswith(
        f" = inet:127.0.0.1:{host.port}'"), "a former socket of ours gives way to this one")
    end = time.monotonic() + 30
    while not milters[0].seen and time.monotonic() < end:  # it notes what it saw a moment later
        time.sleep(0.01)
    out.equal(milters[0].seen[-1:], [(b"O", 6, b"\0\0\0\1Q")],
              "a whole handshake, and leave taken")
    status, got = host.postfix(settings, confined, conf=conf)
    out.ok("postconf -e 'smtpd_milters = inet:127.0.0.1:%d unix:sekimori/s.sock'" % host.port
           in got["commands"], "the command has the path from there")
    conf = write(host.top + "/outside.conf", f"Socket local:{outside}\n")
    status, got = host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), confined, conf=conf)
    out.equal((status, statuses(got, "socket-path")), (2, ["failure"]),
              "one outside of it, and a chroot")
    out.contains(found(got, "socket-path")[0]["remedy"], f"Socket local:{spool}/sekimori/",
                 "where it should be")
    out.ok("postconf -e 'smtpd_milters = unix:sekimori/sekimori.sock'" in got["commands"],
           "the list names that place")
    there = {name: "unix:sekimori/sekimori.sock" for name in ("smtpd_milters", "non_smtpd_milters")}
    status, got = host.postfix(dict(settings, **there), confined, conf=conf)
    out.equal((status, got["commands"]), (2, []), "and then there is no more to paste")
    status, got = host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), conf=conf)
    out.equal((statuses(got, "socket-path"), statuses(got, "socket")), ([], ["good"]),
              "without a chroot it is well there")
    if os.geteuid() == 0:
        os.chmod(outside, 0o600)
        status, got = host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), conf=conf)
        out.equal((status, statuses(got, "socket")), (2, ["failure"]),
                  "the mail server's user may not connect")
        check = found(got, "socket")[0]
        out.ok("as the user nobody: cannot connect: Permission denied" in check["found"]
               and "may not write to the socket (owner root:root, mode 0600)" in check["details"][0]
               and check["wanted"] == "UserID sekimori:nogroup, UMask 007",
               "found by trying: the socket's group, and the setting")
        out.ok(f"chgrp 'nogroup' '{outside}' && chmod g+rw '{outside}'" in got["commands"],
               "and the command")
        os.chown(outside, 0, grp.getgrnam("nogroup").gr_gid)
        check = found(host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), conf=conf)[1],
                      "socket")[0]
        out.equal(check["wanted"], "UMask 007", "in his group: the mode alone")
        os.chmod(host.top, 0o700)
        status, got = host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), conf=conf)
        out.contains(found(got, "socket")[0]["details"][0],
                     f"may not enter the directory {host.top} (owner root:root, mode 0700)",
                     "a directory that he may not enter")
        out.ok(f"chmod o+x '{host.top}'" in got["commands"], "with the command")
        os.chmod(host.top, 0o755)
    for milter in milters:
        milter.close()
    os.unlink(outside)
    status, got = host.postfix(dict(settings, smtpd_milters=f"unix:{outside}"), conf=conf)
    out.contains(found(got, "socket")[0]["found"], "No such file or directory", "nobody there")
    out.contains(found(got, "socket")[0]["remedy"], "see that the daemon runs", "what to look at")
    other = Milter(("127.0.0.1", 0), b"220 mx.example.jp ESMTP\r\n")
    conf = write(host.top + "/smtp.conf", f"Socket inet:{other.port}@127.0.0.1\n")
    status, got = host.postfix(conf=conf)
    out.contains(found(got, "socket")[0]["found"], "who is no milter", "somebody else there")
    other.close()


def test_opendkim(host):
    both = {"smtpd_milters": "inet:192.0.2.1:8891, inet:127.0.0.1:@PORT@"}
    theirs = write(host.top + "/opendkim.conf", "Socket inet:8891@192.0.2.1\nMode sv\n")
    status, got = host.postfix(both, opendkim=theirs)
    out.equal((status, statuses(got, "opendkim")), (2, ["failure", "good"]),
              "OpenDKIM under the same name")
    named = write(host.top + "/named.conf",
                  f"Socket inet:{host.port}@127.0.0.1\nAuthservID a.example\n")
    status, got = host.postfix(both, opendkim=theirs, conf=named)
    out.equal((status, statuses(got, "opendkim")), (0, ["good"]), "OpenDKIM that signs too")
    write(theirs, "Socket inet:8891@192.0.2.1\nMode v\n")
    status, got = host.postfix(both, opendkim=theirs, conf=named)
    out.equal((status, statuses(got, "opendkim")), (0, ["good"]), "OpenDKIM beside us")
    status, got = host.postfix(opendkim=theirs)
    out.equal((status, statuses(got, "opendkim")), (0, []), "OpenDKIM that Postfix does not ask")


def test_injection(host):
    """Whoever runs the host wrote the configurations, but a command is pasted by root."""
    theirs = write(host.top + "/opendkim.conf", "Socket inet:8891@192.0.2.1\nMode sv\n")
    far = write(host.top + "/far.conf", f"Socket local:{host.top}/far/s.sock\n")
    both = {"smtpd_milters": "inet:192.0.2.1:8891, inet:127.0.0.1:@PORT@"}
    evil = f"x'; touch {host.top}/made; echo '"
    for name in ("mx.example.jp", evil, "$(id)", "mx example.jp"):
        _, got = host.postfix(dict(both, myhostname=name), opendkim=theirs)
        own = [c for c in got["commands"] if "AuthservID" in c]
        out.equal(own, [f"printf '\\nAuthservID %s\\n' 'sekimori.{name}' >>'{host.conf}'"]
                  if name == "mx.example.jp" else [], f"AuthservID for the host {name}")
    _, got = host.postfix({"mail_owner": evil}, conf=far, master=MASTER.replace("n       -       n",
                                                                              "n       -       y"))
    command = [c for c in got["commands"] if c.startswith("install ")][0]
    subprocess.run(["sh", "-c", command.replace("install ", ": ")], check=True)
    out.equal(os.path.exists(host.top + "/made"), False, "the mail owner is quoted")
    place = f"{host.top}/postfix-{host.count}"
    for what in "xp":
        with open(f"{place}/postconf-{what}", "a", encoding="utf-8") as file:
            file.write("smtpd_milters = unix:a\x1b[31mb inet:192.0.2.1:1\nnon_smtpd_milters =\n")
    text = host.run("postfix", "--config", host.conf, "--config-dir", place, "--etc", host.etc)[1]
    out.equal("\x1b" in text, False, "S8: no escape sequence comes out")
    out.contains(text, f"# postconf -c '{place}' -e 'smtpd_milters = ",
                 "and a command with one is a comment")


def layout(got, name="smtpd_milters"):
    return [milter for one in got["layout"] if one["list"] == name for milter in one["milters"]]


def test_neighbours(host):
    """Who they are, by their configurations and by their looks; where they belong."""
    taken = socket.socket()  # a port that is taken, and where nobody listens
    taken.bind(("127.0.0.1", 0))
    rspamd = taken.getsockname()[1]
    for name, text in (("clamav/clamav-milter.conf", "# x\nMilterSocket inet:4321@192.0.2.1\n"),
                       ("rspamd/local.d/worker-proxy.inc",
                        f'milter = yes;\nbind_socket = "*:{rspamd}";\n'),
                       ("pyspf-milter/pyspf-milter.conf", "Socket = inet:8893@192.0.2.1\n"),
                       ("opendmarc.conf", "Socket local:/run/opendmarc/x.sock\n")):
        write(f"{host.etc}/{name}", text)
    milters = ["unix:/run/opendmarc/x.sock", f"inet:localhost:{rspamd}", "inet:127.0.0.1:@PORT@",
               "unix:spamass/spamass.sock", "inet:192.0.2.1:4321", "inet:192.0.2.1:8893",
               "{ inet:192.0.2.1:1, default_action=accept }"]
    settings = {"smtpd_milters": ", ".join(milters)}
    status, got = host.postfix(settings)
    out.equal([(m["name"], m["does"]) for m in layout(got)],
              [("pyspf-milter", ["checks"]), ("rspamd", ["checks", "changes"]),
               ("spamass-milter", ["changes"]), ("clamav-milter", ["changes"]), (None, []),
               ("sekimori", ["checks", "signs"]), ("OpenDMARC", ["reads"])],
              "neighbours: by their configurations and by their looks, in order")
    out.equal((status, statuses(got, "order")), (2, ["warning"]), "neighbours: out of order")
    out.equal([c["found"].split()[2].rstrip(",") for c in found(got, "away")],
              [milters[n] for n in (0, 1, 3)],
              "neighbours: those that are not there, of this host")
    wanted = [milters[n].replace("@PORT@", str(host.port)) for n in (5, 1, 3, 4, 6, 2, 0)]
    out.equal([m["place"] for m in layout(got)], wanted, "neighbours: as they are written")
    out.equal(got["commands"][0], f"postconf -e 'smtpd_milters = {' '.join(wanted)}'",
              "neighbours: and so is the command")
    out.ok(all(m["reason"] for m in layout(got)), "neighbours: each with a reason")
    for mode, before, does in (("v", 0, ["checks"]), ("s", 5, ["signs"])):
        conf = write(host.top + "/mode.conf",
                     f"Socket inet:{host.port}@127.0.0.1\nMode {mode}\n")
        status, got = host.postfix(settings, conf=conf)
        out.equal((layout(got)[before]["name"], layout(got)[before]["does"]), ("sekimori", does),
                  f"neighbours: where we stand with Mode {mode}")
    out.equal(statuses(got, "opendmarc"), [], "neighbours: who only signs needs no trust")
    taken.close()


def test_same_key(host):
    """OpenDKIM has the key that we sign with: behind us it makes a second signature of it."""
    key = sekimori.Key(host.top, "example.jp", "s1", "ed25519")
    table = write(host.top + "/keytable", key.row())
    conf = write(host.top + "/keyed.conf", f"Socket inet:{host.port}@127.0.0.1\n"
                 f"KeyTable file:{table}\nAuthservID a.example\n")
    ours, theirs = f"inet:127.0.0.1:{host.port}", "inet:192.0.2.1:8891"
    same = "Socket inet:8891@192.0.2.1\nDomain example.jp\nSelector s1\nKeyFile /nonexistent/k\n"
    rows = (
        ("behind us", same, f"{ours} {theirs}", 2, "failure"),
        ("before us", same, f"{theirs} {ours}", 0, "good"),
        ("behind us, Mode v", same + "Mode v\n", f"{theirs} {ours}", 0, "good"),
        ("behind us, another selector", same.replace("s1", "s2"), f"{ours} {theirs}", 0, "good"),
        ("behind us, tables that cannot be read",
         "Socket inet:8891@192.0.2.1\nKeyTable /nonexistent/t\n", f"{ours} {theirs}", 1,
         "warning"),
    )
    for name, text, milters, exit_status, want in rows:
        opendkim = write(host.top + "/theirs.conf", text)
        status, got = host.postfix({"smtpd_milters": milters, "non_smtpd_milters": milters},
                                   conf=conf, opendkim=opendkim)
        out.equal((statuses(got, "opendkim"), status), ([want], exit_status), f"one key: {name}")
    opendkim = write(host.top + "/theirs.conf", same)
    status, got = host.postfix({"smtpd_milters": f"{ours} {theirs}"}, conf=conf, opendkim=opendkim)
    finding = found(got, "opendkim")[0]
    out.contains(finding["found"], "d=example.jp s=s1", "one key: which")
    out.ok("Mode v" in finding["remedy"] and "before us" in finding["remedy"],
           "one key: both remedies")
    out.ok(f"postconf -e 'smtpd_milters = {theirs} {ours}'" in got["commands"],
           "one key: the command for the second")
    status, got = host.postfix(conf=conf, opendkim=opendkim)
    out.ok("OpenDKIM" not in layout(got)[0]["reason"],
           "one key: not in the list, it is no reason for our place")
    shadow = write(host.top + "/shadow.conf", f"Socket inet:{host.port}@127.0.0.1\nMode shadow\n"
                   f"KeyTable file:{table}\n")
    status, got = host.postfix({"smtpd_milters": f"{ours} {theirs}",
                                "milter_default_action": "accept"}, conf=shadow, opendkim=opendkim)
    out.equal((layout(got)[0]["name"], layout(got)[1]["does"], statuses(got, "default-action")),
              ("OpenDKIM", [], ["good"]), "in the shadow we stand behind, and mail may pass")


CF = """\
DZ8.17.1
DM
O InputMailFilters=spam, sekimori, opendmarc
O Milter.macros.connect=j, _, {daemon_name}, {if_name}, {if_addr}
O Milter.macros.envfrom=i, {auth_type}, {auth_authen}
Xspam, S=local:/run/spam.sock, F=, T=S:4m
Xsekimori, S=inet:@PORT@@127.0.0.1, F=T, T=C:2m;S:30s;R:2m;E:5m
Xopendmarc, S=inet:8893@localhost
"""


def test_sendmail(host):
    _, got = host.sendmail(CF)
    out.equal((statuses(got, "opendmarc"), [line.split()[1] for line in got["commands"]]),
              (["warning"], ["'\\nReceivedSPF"]), "Sendmail: OpenDMARC behind us")
    subprocess.run(["sh", "-c", got["commands"][0]], check=True)
    status, got = host.sendmail(CF)
    out.equal((status, got["mta"], [(c["id"], c["status"]) for c in got["checks"]]),
              (0, "Sendmail 8.17.1",
               [("sendmail." + name, "good") for name in ("socket", "filter", "default-action",
                                                          "macros")]),
              "a good sendmail.cf")
    out.equal([(m["place"], m["name"]) for m in layout(got, "InputMailFilters")],
              [("spam", None), ("sekimori", "sekimori"), ("opendmarc", "OpenDMARC")],
              "Sendmail: the layout")
    line = f"INPUT_MAIL_FILTER(`sekimori', `S=inet:{host.port}@127.0.0.1, F=T, " \
           "T=C:2m;S:30s;R:2m;E:5m')dnl"
    rows = (
        ("not named", CF.replace("Xsekimori", "#Xsekimori"), "filter", "failure", line),
        ("defined, never called", CF.replace("spam, sekimori", "spam"), "filter", "failure",
         "define(`confINPUT_MAIL_FILTERS', `spam, sekimori, opendmarc')dnl"),
        ("not last", CF.replace("spam, sekimori", "sekimori, spam"), "order", "warning",
         "define(`confINPUT_MAIL_FILTERS', `spam, sekimori, opendmarc')dnl"),
        ("no F=", CF.replace("F=T, ", ""), "default-action", "warning", line),
        ("F=R", CF.replace("F=T", "F=R"), "default-action", "warning", line),
        ("no login", CF.replace("{auth_type}, {auth_authen}", ""), "macros", "warning", None),
        ("no daemon", CF.replace("{daemon_name}, ", ""), "macros", "info", None),
        ("masquerading", CF.replace("DM", "DMexample.jp"), "masquerade", "warning", None),
    )
    exits = {"info": 0, "warning": 1, "failure": 2}
    for name, text, finding, want, command in rows:
        status, got = host.sendmail(text)
        out.equal((statuses(got, finding), status), ([want], exits[want]), f"Sendmail: {name}")
        out.equal(got["commands"], [command] if command else [], f"Sendmail: {name}: what to paste")
    table = write(host.top + "/masquerade.table", "p example.jp:-:- impersonation=reject\n")
    for more, want in (("", ["warning"]), ("AppendedDomains example.jp\n", [])):
        conf = write(host.top + "/masquerade.conf", f"Socket inet:{host.port}@127.0.0.1\n"
                     f"KeyTable file:{table}\n{more}")
        got = host.sendmail(CF.replace("DM", "DMexample.jp"), conf=conf)[1]
        out.equal(statuses(got, "appended"), want, f"Sendmail: impersonation= and {more!r}")
    status, got = host.sendmail("DZ8.17.1\nDM\n")
    out.equal((status, [c["id"] for c in got["checks"]]),
              (2, ["sendmail.socket", "sendmail.filter"]), "Sendmail: no filter yet, no macros")
    source = f"OSTYPE(`linux')\n{line}\nMASQUERADE_AS(`example.jp')\n"
    status, got = host.sendmail(mc=source)
    out.equal((status, statuses(got, "filter"), statuses(got, "masquerade")),
              (1, ["good"], ["warning"]), "sendmail.mc, where there is no sendmail.cf")
    status, got = host.sendmail(mc="MAIL_FILTER(`sekimori', `S=inet:@PORT@@localhost')\n")
    out.contains(found(got, "filter")[0]["found"], "never called", "MAIL_FILTER alone")
    out.equal((got["mta"], got["commands"]),
              ("Sendmail", ["define(`confINPUT_MAIL_FILTERS', `sekimori')dnl"]),
              "MAIL_FILTER alone: the list, and no blank behind a version that is not known")
    greylist = "define(`confINPUT_MAIL_FILTERS', `greylist')dnl"
    for name, text, want in (("a list below", f"{line}\n{greylist}\n", "failure"),
                             ("a list above", f"{greylist}\n{line}\n", "good")):
        status, got = host.sendmail(mc=text)
        out.equal((statuses(got, "filter"), got["commands"]),
                  ([want], [] if want == "good" else
                   ["define(`confINPUT_MAIL_FILTERS', `greylist, sekimori')dnl"]),
                  f"sendmail.mc: {name}")
    status, got = host.sendmail(CF, source)
    place = f"{host.top}/mail-{host.count}"
    os.utime(place + "/sendmail.cf", (1, 1))
    host.opendkim = place + "/none"
    status, text = host.run("sendmail", "--config", host.conf, "--config-dir", place, "--json")
    out.equal((status, statuses(json.loads(text), "source")), (1, ["warning"]),
              "a sendmail.mc that is newer")
    theirs = write(host.top + "/od.conf", "Socket inet:8891@192.0.2.1\n")
    status, got = host.sendmail(CF.replace("S=local:/run/spam.sock", "S=inet:8891@192.0.2.1"),
                                opendkim=theirs)
    out.equal((status, statuses(got, "opendkim")), (2, ["failure", "good"]),
              "OpenDKIM beside us there")


def test_shadow(host):
    """The shadow stops no mail, not even while it is away."""
    conf = write(host.top + "/shadow.conf", f"Socket inet:{host.port}@127.0.0.1\nMode shadow\n")
    ours, theirs = f"inet:127.0.0.1:{host.port}", "inet:192.0.2.1:8892"
    own = "{ %s, default_action=%s }"
    for name, general, milters, want, command in (
            ("beside another", "tempfail", f"{theirs} {ours}", "warning",
             "smtpd_milters = " + theirs + " " + own % (ours, "accept")),
            ("an action of its own", "accept", own % (ours, "tempfail"), "warning",
             "smtpd_milters = " + own % (ours, "accept")),
            ("alone", "shutdown", ours, "warning", "milter_default_action = accept"),
            ("the general one", "accept", ours, "good", None),
            ("its own", "tempfail", own % (ours, "accept"), "good", None)):
        settings = {"milter_default_action": general, "smtpd_milters": milters,
                    "non_smtpd_milters": "$smtpd_milters"}
        status, got = host.postfix(dict(settings, non_smtpd_milters=milters), conf=conf,
                                   raw=settings)
        out.equal((statuses(got, "default-action"), status),
                  ([want], 1 if want == "warning" else 0), f"shadow, {name}: {want}")
        out.equal([c for c in got["commands"] if c != "postfix reload"],
                  [f"postconf -e '{command}'"] if command else [], f"shadow, {name}: to paste")
    for name, text, want in (("F=T", CF, "warning"), ("no F=", CF.replace("F=T, ", ""), "good")):
        status, got = host.sendmail(text, conf=conf)
        out.equal(statuses(got, "default-action"), [want], f"shadow, Sendmail, {name}: {want}")
        out.equal(got["commands"], [] if want == "good" else [
            f"INPUT_MAIL_FILTER(`sekimori', `S=inet:{host.port}@127.0.0.1, "
            "T=C:2m;S:30s;R:2m;E:5m')dnl"], f"shadow, Sendmail, {name}: to paste")


def test_away(host):
    """A place where nobody answers: a neighbour's is named, a former one of ours taken out."""
    spool = host.top + "/spool"
    os.makedirs(spool + "/x")
    for place in (host.top, spool, spool + "/x"):
        os.chmod(place, 0o755)
    there = Milter(spool + "/x/there.sock")
    os.chmod(spool + "/x/there.sock", 0o666)
    with socket.socket() as bound:  # a port that is taken, and where nobody listens
        bound.bind(("127.0.0.1", 0))
        dead = f"inet:127.0.0.1:{bound.getsockname()[1]}"
        for name, place, action, want in (
                ("a port", dead, "tempfail", ["failure"]),
                ("one that may be away", dead, "accept", ["warning"]),
                ("a socket", "unix:x/gone.sock", "tempfail", ["failure"]),
                ("a socket from the root on", f"unix:{spool}/x/gone.sock", "accept", ["warning"]),
                ("one of another host", "inet:192.0.2.1:7", "tempfail", []),
                ("who answers", "unix:x/there.sock", "tempfail", []),
                ("who answers, from the root on", f"unix:{spool}/x/there.sock", "tempfail", [])):
            milters = f"{{ {place}, default_action={action} }} inet:127.0.0.1:@PORT@"
            status, got = host.postfix({"smtpd_milters": milters, "non_smtpd_milters": milters,
                                        "queue_directory": spool, "mail_owner": "nobody"})
            out.equal((statuses(got, "away"), status),
                      (want, {"": 0, "warning": 1, "failure": 2}["".join(want)]), f"away: {name}")
            out.ok(all(place in one["found"] for one in found(got, "away")), "by its place")
            out.equal(got["commands"], [], "which is not ours to change")
    there.close()
    # 8891 is the port of our documents; of these addresses nobody else has it.
    former = f"inet:127.{os.getpid() >> 8 & 127}.{os.getpid() & 255}.7:8891"
    both = f"{former} inet:127.0.0.1:@PORT@"
    status, got = host.postfix({"smtpd_milters": both})
    out.ok(status == 2 and f"postconf -e 'smtpd_milters = inet:127.0.0.1:{host.port}'"
           in got["commands"], "a former port of ours goes")
    theirs = write(host.top + "/od.conf", f"Socket inet:8891@{former.split(':')[1]}\nMode v\n")
    _, got = host.postfix({"smtpd_milters": both}, opendkim=theirs)
    out.ok(statuses(got, "away") == ["failure"] and not found(got, "address"),
           "one that OpenDKIM claims is OpenDKIM's")


def test_errors(host):
    env = dict(host.env, PATH="/nonexistent/bin")
    got = subprocess.run([TOOL, "postfix", "--config", host.conf], env=env, capture_output=True,
                         text=True, check=False)
    out.ok(got.returncode == 69 and "cannot run 'postconf'" in got.stderr, "no Postfix here")
    host.opendkim = host.top + "/none"
    status, _ = host.run("postfix", "--config", host.conf, "--config-dir", host.top + "/empty")
    out.equal(status, 69, "a postconf that fails")
    write(host.top + "/odd/postconf-x", "a = b\n")
    write(host.top + "/odd/postconf-M", "x y\n\n   z\n")
    for name in ("P", "Px", "p"):
        write(host.top + "/odd/postconf-" + name, "nothing\na/b\n")
    status, _ = host.run("postfix", "--config", host.conf, "--config-dir", host.top + "/odd")
    out.equal(status, 69, "a postconf that is none")
    status, _ = host.run("sendmail", "--config", host.conf, "--config-dir", host.top + "/none")
    out.equal(status, 66, "no Sendmail here")
    status, _ = host.run("postfix", "--config", host.top + "/none.conf")
    out.equal(status, 78, "no configuration of ours")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    os.chmod(directory, 0o755)
    milter = Milter(("127.0.0.1", 0))
    out.run(*[lambda test=test: test(Host(f"{directory}/{test.__name__}", milter.port))
              for test in (test_good, test_rows, test_key, test_master, test_header_checks,
                           test_socket, test_opendkim, test_injection, test_neighbours,
                           test_same_key, test_sendmail, test_shadow, test_away,
                           test_errors)])
out.done()
