#!/usr/bin/python3
"""sekimori postfix on filters that hand mail back, on names, tables and neighbours: what harms is
found, and what is printed harms nobody. t/mta/harmless.t proves the same with mail."""
import os
import socket
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


LOGIN = {"smtpd_sasl_auth_enable": "yes"}
SHUT = "{0}/inet/smtpd_client_restrictions = permit_mynetworks,reject\n"
OTHER = "{0}/inet/smtpd_milters = inet:192.0.2.1:11332\n"
PORTS = (
    # name; the port; what it overrides; findings
    ("emptied", "590", "{0}/inet/smtpd_milters =\n", ["info"]),
    ("emptied, for hosts alone", "590", "{0}/inet/smtpd_milters =\n" + SHUT, ["info"]),
    ("another's milter, for hosts alone", "590", OTHER + SHUT, []),
    ("the same by class", "590", OTHER + "{0}/inet/smtpd_relay_restrictions = "
     "reject_rbl_client sbl.example.net, defer\n", []),
    ("another's milter, for users", "2525", OTHER, ["failure"]),
    ("users behind a table", "2525", OTHER + "{0}/inet/smtpd_client_restrictions = "
     "check_client_access cidr:/x, reject\n", ["failure"]),
    ("users let in first", "2525", OTHER + "{0}/inet/smtpd_client_restrictions = "
     "permit_sasl_authenticated,reject\n", ["failure"]),
    ("submission, emptied", "submission", "{0}/inet/smtpd_milters =\n", ["failure"]),
    ("submission, emptied, for hosts alone", "submission", "{0}/inet/smtpd_milters =\n" + SHUT,
     []),
)


def test_ports(host):
    for name, port, overrides, want in PORTS:
        _, got = host.postfix(LOGIN, SMTP + f"{port} inet n - n - - smtpd\n",
                              overrides.format(port))
        out.equal((statuses(got, "submission"),
                   [c for c in got["commands"] if f"-P '{port}/" in c and US.split(":")[1] in c]
                   != []), (want, want == ["failure"]), f"a port: {name}")


SIGNERS = (
    # name; main.cf; files; the file that is named
    ("amavis", {"content_filter": "amavis:[127.0.0.1]:10024"},
     {"amavis/conf.d/20-defaults": "$enable_dkim_signing = 0;\n", "amavis/conf.d/50-user":
      "$enable_dkim_signing = 1; # ours\n  dkim_key ('example.jp', 'a', '/a.pem');\n"}, "50-user"),
    ("amavis without a key", {"content_filter": "amavis:[127.0.0.1]:10024"},
     {"amavisd.conf": "$enable_dkim_signing = 1;\n# dkim_key('a', 'b', '/c');\n"}, None),
    ("amavis, turned off", {"content_filter": "amavis:[127.0.0.1]:10024"},
     {"amavisd.conf": "$enable_dkim_signing = 0;\ndkim_key('a', 'b', '/c');\n"}, None),
    ("no amavis", {}, {"amavisd.conf": "$enable_dkim_signing = 1;\ndkim_key('a', 'b', '/c');\n"},
     None),
    ("rspamd", {"smtpd_milters": "inet:127.0.0.1:11332 " + US},
     {"rspamd/local.d/dkim_signing.conf": "path = '/x/$domain.key';\n"}, "dkim_signing.conf"),
    ("rspamd, turned off", {"smtpd_milters": "inet:127.0.0.1:11332 " + US},
     {"rspamd/local.d/dkim_signing.conf": "enabled = false;\n"}, None),
    ("rspamd without a file", {"smtpd_milters": "inet:127.0.0.1:11332 " + US}, {}, None),
)


def test_signers(host):
    usual = host.etc
    for i, (name, settings, files, want) in enumerate(SIGNERS):
        host.etc = f"{host.top}/signers-{i}"
        os.makedirs(host.etc)
        for path, text in files.items():
            write(f"{host.etc}/{path}", text)
        _, got = host.postfix(settings)
        texts = [f["found"] for f in found(got, "signer")]
        out.equal([want is not None and want in text for text in texts], [True] * bool(want),
                  f"who signs beside us: {name}")
    host.etc = usual


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


RULES = (
    # the rule; the field that it may change as one of header_checks, and of mime_header_checks
    (r"/^Received: from.*127\.0\.0\.1/ IGNORE", None, None),
    (r"/^Received:.*\(From: a Subject: b\)/ IGNORE", None, None),
    ("/^X-Originating-IP: .*for To:/\tIGNORE", None, None),
    ("/^MIME-Version:/ REPLACE MIME-Version: 1.0", None, "MIME-Version"),
    (r"/^Content-(Type|Disposition):.*name=.*\.exe/ REPLACE X-Was: 1", None, "Content-Type"),
    ("/^(Subject|To): (.*)/i REPLACE $1: $2", "To", None),
    ("/^(?:cc|to)[ \t]*: /iD strip", "To", None),
    ("/^(?:cc|reply-to):/iD strip", "Cc", None),
    ("/^[Dd]ate:/ IGNORE", "Date", None),
    ("/^((Sub)ject|X-(Y|Z): a)/ IGNORE", "Subject", None),
    ("#^From:# IGNORE", None, None),
    ("~^From:~ IGNORE", "From", None),
    ("/^From:/ WARN IGNORE", None, None),
    ("/^X-From:/ IGNORE", None, None),
    ("!/^Received/ IGNORE", "From", "MIME-Version"),
    ("/./ IGNORE", "From", "MIME-Version"),
    ("/^Subject: [unclosed/ IGNORE", "Subject", None),
    ("/^(unclosed/ IGNORE", None, None),
    ("if /^Subject:/", None, None),
)


def test_tables(host):
    for number, (rule, plain, mime) in enumerate(RULES):
        table = "regexp:" + write(f"{host.top}/rules-{number}", rule + "\n")
        for parameter, want in (("header_checks", plain), ("smtp_header_checks", plain),
                                ("mime_header_checks", mime), ("smtp_mime_header_checks", mime)):
            _, got = host.postfix({parameter: table})
            fields = [c["found"].split(": ")[1].split()[1] for c in found(got, "header-checks")]
            out.equal(fields, [want] if want else [], f"a table: {parameter}: {rule}")


def test_table_services(host):
    """A table of a service's own: by its name; and users' mail is signed behind it."""
    table = "regexp:" + write(host.top + "/rules", "/^Subject:/ IGNORE\n")
    clean = "users unix n - n - 0 cleanup\nrelay unix - - n - - smtp\n"
    name = "submission/inet/cleanup_service_name = users\n"
    for overrides, want in (
            (name + f"users/unix/header_checks = {table}\n", []),
            (f"users/unix/header_checks = {table}\n", ["users/unix/header_checks"]),
            (name + "smtp/inet/cleanup_service_name = users\n"
             f"users/unix/header_checks = {table}\n", ["users/unix/header_checks"]),
            (f"relay/unix/smtp_header_checks = {table}\n", ["relay/unix/smtp_header_checks"])):
        _, got = host.postfix({"cleanup_service_name": "cleanup"}, SMTP + USERS + clean, overrides)
        out.equal([c["found"].split("(")[1].split(")")[0] for c in found(got, "header-checks")],
                  want, f"a table of a service: {want}: {overrides}")


SPF = "policy unix - n n - 0 spawn user=nobody argv=@ARGV@\n"
ASKS = "check_policy_service unix:private/policy"
POLICIES = (
    # name; main.cf; overrides; argv; findings; command
    ("that is there", {"smtpd_recipient_restrictions": f"reject_unauth_destination, {ASKS}"}, "",
     "/bin/sh /dev/null", [], None),
    ("about SPF", {"smtpd_recipient_restrictions": f"reject_unauth_destination, {ASKS}"}, "",
     "/bin/sh /dev/null spf", ["info"], None),
    ("whose program is gone",
     {"smtpd_recipient_restrictions": f"permit_mynetworks {ASKS}, reject_unauth_destination"}, "",
     "/nonexistent/policyd", ["failure"],
     "-e 'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination'"),
    ("whose script is gone", {"smtpd_client_restrictions": ASKS}, "", "/bin/sh /nonexistent/x",
     ["failure"], "-e 'smtpd_client_restrictions = '"),
    ("of a class", {"smtpd_restriction_classes": "strict", "strict": f"{ASKS}, permit"}, "",
     "/nonexistent/x", ["failure"], "-e 'strict = permit'"),
    ("of a service", {},
     f"smtp/inet/smtpd_data_restrictions = {ASKS},reject_multi_recipient_bounce\n",
     "/nonexistent/x", ["failure"],
     "-P 'smtp/inet/smtpd_data_restrictions=reject_multi_recipient_bounce'"),
    ("that nobody makes", {"smtpd_relay_restrictions":
                           ASKS.replace("private/policy", "private/gone") + ", permit"}, "",
     "/bin/sh",
     ["failure"], "-e 'smtpd_relay_restrictions = permit'"),
    ("at a dead port", {"smtpd_recipient_restrictions": "check_policy_service inet:@DEAD@, permit"},
     "", "/bin/sh", ["failure"], "-e 'smtpd_recipient_restrictions = permit'"),
    ("at a port", {"smtpd_recipient_restrictions": "check_policy_service inet:@ALIVE@"},
     "", "/bin/sh", [], None),
    ("of another host", {"smtpd_recipient_restrictions": "check_policy_service inet:192.0.2.1:7"},
     "", "/bin/sh", [], None),
    ("in braces", {"smtpd_recipient_restrictions":
                   "check_policy_service { inet:@DEAD@, timeout=9s }, permit"}, "", "/bin/sh",
     ["failure"], "-e 'smtpd_recipient_restrictions = permit'"),
    ("that may be away", {"smtpd_recipient_restrictions": "check_policy_service "
                          "{ inet:@DEAD@, default_action=DUNNO }, permit"}, "", "/bin/sh",
     ["warning"], "-e 'smtpd_recipient_restrictions = permit'"),
    ("that may be away, all of them", {"smtpd_policy_service_default_action": "DUNNO",
     "smtpd_recipient_restrictions": "check_policy_service inet:@DEAD@"}, "", "/bin/sh",
     ["warning"], "-e 'smtpd_recipient_restrictions = '"),
)


def test_policy_services(host):
    with socket.socket() as bound, socket.create_server(("127.0.0.1", 0)) as there:
        bound.bind(("127.0.0.1", 0))  # a port that is taken, and where nobody listens
        places = [f"127.0.0.1:{one.getsockname()[1]}" for one in (bound, there)]
        for name, settings, overrides, argv, want, command in POLICIES:
            settings = {key: value.replace("@DEAD@", places[0]).replace(
                "@ALIVE@", places[1]) for key, value in settings.items()}
            _, got = host.postfix(settings, SMTP + SPF.replace("@ARGV@", argv), overrides)
            out.equal((statuses(got, "policy-service"),
                       [c for c in got["commands"] if "restrictions" in c or "strict" in c]),
                      (want, [f"postconf {command}"] if command else []),
                      f"a policy service {name}")
    _, got = host.postfix({"smtpd_recipient_restrictions": f"{ASKS}, permit"},
                          SMTP + SPF.replace("@ARGV@", "/nonexistent/x"),
                          raw={"smtpd_recipient_restrictions": "$policies, permit"})
    out.equal((statuses(got, "policy-service"), got["commands"]), (["failure"], []),
              "a policy service under another name: no command")


def test_dead(host):
    """A neighbour that does not answer, and whose service is disabled, goes; nothing of ours
    changes for it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        dead = bound.getsockname()[1]
        theirs = write(host.top + "/od.conf", f"Socket inet:{dead}@127.0.0.1\nDomain own.example\n"
                       "Selector own\nKeyFile /nonexistent/k\n")
        both = f"inet:127.0.0.1:{dead} {US}"
        settings = {"smtpd_milters": both, "non_smtpd_milters": f"inet:127.0.0.1:{dead}",
                    "myhostname": "mx.own.example", "myorigin": "mx.own.example"}
        os.makedirs(host.etc + "/systemd/system/multi-user.target.wants")
        for unit, more, commands in (
                ("opendkim.service", {}, []), (None, {}, [f"'smtpd_milters = {US}'",
                                                        f"'non_smtpd_milters = {US}'"]),
                (None, {"smtpd_milters": US, "non_smtpd_milters": "$smtpd_milters"}, [])):
            link = host.etc + "/systemd/system/multi-user.target.wants/opendkim.service"
            if unit:
                os.symlink("/nonexistent", link)
            elif os.path.lexists(link):
                os.unlink(link)
            _, got = host.postfix(dict(settings, **more), opendkim=theirs)
            want = [f"postconf -e {c}".replace("@PORT@", str(host.port)) for c in commands]
            lists = [c for c in got["commands"] if "printf" in c or str(dead) not in c]
            lists = [c for c in lists if "smtpd_milters" in c or "printf" in c]
            out.equal((statuses(got, "opendkim"), sorted(lists)), ([], sorted(want)),
                      f"OpenDKIM is dead: {unit}, {more}")
        shadow = write(host.top + "/shadow.conf", f"Socket inet:{host.port}@127.0.0.1\n"
                       "Mode shadow\n")
        _, got = host.postfix(dict(settings, milter_default_action="accept"), opendkim=theirs,
                              conf=shadow)
        out.ok(all(str(dead) in c for c in got["commands"] if "smtpd_milters" in c),
               "OpenDKIM is dead: the shadow changes no other's place")
    write(host.etc + "/opendmarc.conf", f"Socket inet:{dead}@127.0.0.1\n")
    _, got = host.postfix({"smtpd_milters": f"{US} inet:127.0.0.1:{dead}"})
    out.equal((statuses(got, "opendmarc"), [c for c in got["commands"] if "printf" in c]),
              ([], []), "OpenDMARC is dead: nothing of ours changes for it")
    out.ok(f"postconf -e 'smtpd_milters = inet:127.0.0.1:{host.port}'" in got["commands"],
           "OpenDMARC is dead, and goes")


def test_host_key(host):
    row = f"own own.example:own:{host.top}/own.own.example.pem"
    key = write(host.top + "/keytable", row + "\n")
    sub = write(host.top + "/sub", row + " subdomains=yes\n")
    for name, table, origin, want, word in (
            ("mx.own.example", key, "mx.own.example", ["warning"], "subdomains=yes"),
            ("mx.own.example", sub, "mx.own.example", [], None),
            ("own.example", key, "own.example", [], None),
            ("mx.own.example", key, "own.example", ["warning"], "(keytable:1)"),
            ("own.example", key, "a.b.own.example", ["warning"], "subdomains=yes"),
            ("mx.other.example", key, "mx.other.example", ["warning"],
             "sekimori keygen mx.other.example --add"),
            ("localhost", key, "localhost", [], None)):
        conf = write(host.top + "/keyed.conf", f"Socket inet:{host.port}@127.0.0.1\n"
                     f"KeyTable file:{table}\n")
        _, got = host.postfix({"myhostname": name, "myorigin": origin}, conf=conf)
        out.equal(statuses(got, "host-key"), want, f"this host's key: {name}, {origin}")
        out.ok(all(word in one["remedy"] for one in found(got, "host-key")), f"the remedy: {word}")


def test_quiet_shadow(host):
    """The shadow touches no mail, and no setting that changes mail is printed for it."""
    conf = write(host.top + "/shadow.conf", f"Socket inet:{host.port}@127.0.0.1\nMode shadow\n")
    harm = {"internal_mail_filter_classes": "", "disable_mime_output_conversion": "no",
            "milter_protocol": "2", "smtpd_forbid_bare_newline": "no",
            "cleanup_replace_stray_cr_lf": "no"}
    _, got = host.postfix(dict(harm, milter_default_action="accept"), conf=conf)
    out.equal(got["commands"], [], "the shadow: nothing to paste that changes mail")
    _, got = host.postfix(harm)
    out.equal(sorted(c.split("'")[1].split(" ")[0] for c in got["commands"] if "'" in c),
              sorted(harm), "and otherwise all of it")
    for value, want in (("yes", []), ("no", ["warning"]), (None, ["warning"])):
        _, got = host.postfix({"cleanup_replace_stray_cr_lf": value})
        out.equal(statuses(got, "stray-cr"), want, f"cleanup_replace_stray_cr_lf: {value}")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    os.chmod(directory, 0o755)
    milter = Milter(("127.0.0.1", 0))
    out.run(*[lambda test=test: test(Host(f"{directory}/{test.__name__}", milter.port))
              for test in (test_filters, test_ports, test_signers, test_names, test_tables,
                           test_table_services, test_policy_services, test_dead, test_host_key,
                           test_quiet_shadow)])
out.done()
