#!/usr/bin/python3
"""What is wrong, said in Japanese: configurations, tables, keys, zones, imports, domains and
bounces with many different faults, and no English sentence in what people read of them."""
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World, run  # noqa: E402
from tool import write  # noqa: E402

out = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
PLAIN = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", "LANGUAGE": ""}
SENTENCE = re.compile("[a-z]{2,} [a-z]+ [a-z]{2,}")
JAPANESE = re.compile("[\u3041-\u30f6\u4e00-\u9fff]")


def sentences(text, given=""):
    """English in a text, but for commands and for what is quoted or was given."""
    text = re.sub(r"(Authentication-Results|From|Received):.*(\n[ \t].*)*", "", text)
    text = re.sub(r"'[^'\n]*'|`[^`\n]*`|systemctl [a-z]+ [a-z]+", "", text)
    return [found for found in SENTENCE.findall(text) if found not in given]


def speaks_japanese(name, args, least, given=""):
    """Says so much, all of it in Japanese, where the English run has sentences. @ in an
    argument: a directory of this run's own."""
    english = run(*(arg.replace("@", "/en") for arg in args), env=PLAIN)
    got = run(*(arg.replace("@", "/ja") for arg in args), "--lang", "ja", env=PLAIN)
    text = got.stdout + got.stderr
    out.equal(got.returncode, english.returncode, f"{name}: ends as in English")
    out.ok(len(sentences(english.stdout + english.stderr, given)) >= least,
           f"{name}: there is much to say")
    out.ok(len([line for line in text.splitlines() if JAPANESE.search(line)]) >= min(least, 1),
           f"{name}: in Japanese")
    out.equal(sentences(text, given), [], f"{name}: no English sentence")
    return text


VALUES = """\
MinimumKeyBits x
MaximumKeyBits 99999999999
SignatureTTL soon
DNSTimeout 99999
UMask 9
Canonicalization loose
On-BadSignature discard
On-SignatureError accept
On-NoSignature zzz
Quarantine yes
SyslogFacility nowhere
Mode x
SubDomains maybe
Nameservers 1.2.3
Nameservers [::1
Nameservers 192.0.2.1:0
AppendedDomains -x..y
Selector
Include /none/such.conf
Include
InternalHosts 192.0.2.0/255.255.255.0, 192.0.2.0/99, 192.0.2.1/24, 192.168.*, *.example, 10.*.1
SignatureAlgorithm dsa
Domaine example.jp
Socket= local:/x
ExemptDomains dsn:mysql
"""

# @: the directory of the test
KEYS = """\
nofields a1.example
noname
none a2.example:s:/none/such.pem
blank a3.example:s:/none such.pem
domain a..example:s:@/good.pem
selector a4.example:..:@/good.pem
nokey a5.example:s:
noselector a6.example:-:@/good.pem
star *:s:@/good.pem
rubbish a7.example:s:MIIBrubbish
word a8.example:-:- dmarc=maybe
seconds a9.example:-:- expire=soon
bool b1.example:-:- sign=perhaps
canon b2.example:-:- canonicalization=loose
unknown b3.example:-:- colour=red
twice b4.example:-:- sign=no sign=no
login b5.example:-:- login=nobody
users b6.example:-:- login=/none/such
nodomains b7.example:-:- login=@/users1
baddomain b8.example:-:- login=@/users2
text b9.example:s:@/users1
directory c1.example:s:@/keys
open c2.example:s:@/open.pem
opendir c3.example:s:@/opendir/good.pem
differ1 c4.example:-:- dmarc=reject
differ2 c4.example:-:- dmarc=off
sub1 c6.example:s:@/good.pem subdomains=yes
sub2 c6.example:t:@/good.pem subdomains=no
same c5.example:-:- dmarc=mark
same c7.example:-:- dmarc=mark
algorithm c8.example:s:@/good.pem:ed25519-sha256
weak c9.example:s:@/weak.pem
good good.example:s:@/good.pem
policy d1.example:-:- dmarc=reject
"""
SIGNING = """\
*@e1.example gone
*@e2.example
*@e3.example policy
*@good.example good:user@other.example
*@e4.example good:user@..
x@good.example good
*@elsewhere.example good
*@good.example good
x*y@e5.example good
"""


def tables(directory):
    """A key table and a signing table with a fault a row; each a file."""
    for name, bits in (("good", "2048"), ("weak", "1024")):
        got = run("keygen", "good.example", "--selector", name, "--bits", bits,
                  "--output", directory)
        out.equal(got.returncode, 0, f"a key: {name}")
    os.makedirs(os.path.join(directory, "keys"))
    with open(os.path.join(directory, "good.pem"), encoding="ascii") as file:
        key = file.read()
    write(directory + "/open.pem", key, 0o644)
    write(directory + "/opendir/good.pem", key, 0o600)
    os.chmod(directory + "/opendir", 0o777)
    write(directory + "/users1", "jiro\n")
    write(directory + "/users2", "jiro a..example\n")
    for name, text in (("keytable", KEYS), ("signingtable", SIGNING)):
        write(os.path.join(directory, name), text.replace("@/", directory + "/"), 0o640)


def at_terminal(config, flag):
    """What sekimorid says at a terminal of a Japanese reader."""
    main, terminal = pty.openpty()
    daemon = subprocess.Popen(
        [os.path.join(BUILD, "sekimorid"), flag, "-c", config], stdout=terminal, stderr=terminal,
        env={**os.environ, **PLAIN, "LANG": "ja_JP.UTF-8"})
    os.close(terminal)
    said = b""
    while True:
        try:
            more = os.read(main, 65536)
        except OSError:
            break
        if not more:
            break
        said += more
    daemon.wait()
    os.close(main)
    return said.decode()


def test_configurations(directory):
    tables(directory)
    main = f"Mode sv\nSocket local:{directory}/none/s.sock\nPidFile {directory}/none/pid\n"
    with_tables = f"KeyTable {directory}/keytable\nSigningTable {directory}/signingtable\n"
    single = f"Domain good.example, b.example\nSelector s\nKeyFile {directory}/none.pem\n"
    for name, text, least in (
            ("values", main + VALUES, 25),
            ("tables", main + with_tables, 25),
            ("tables that stop a start", main + with_tables + "StrictTables yes\n", 25),
            ("one key for all", main + single, 1),
            ("keys that others can read", main + with_tables + "RequireSafeKeys no\n", 25),
            ("a user who is not there", main + "UserID nobody-there\n", 1),
            ("another user", main + "UserID nobody\nDomain good.example\nSelector s\n"
             f"KeyFile {directory}/good.pem\n", 1),
            ("Mode v", f"Mode v\nSocket local:{directory}/none/s.sock\n", 0),
            ("defaults", f"Socket local:{directory}/none/s.sock\n", 0)):
        config = write(os.path.join(directory, "x.conf"), text, 0o644)
        speaks_japanese(f"config check: {name}", ("config", "check", "--config", config), least)
        for flag in ("-n", "-nr"):
            said = at_terminal(config, flag)
            out.equal(sentences(said), [], f"sekimorid {flag}: {name}: no English sentence")
    os.chmod(config, 0o666)
    speaks_japanese("config check: who may write", ("config", "check", "--config", config), 1)


def test_zones(directory):
    for line in ("a.example", "a.example A 1.2.3", "a.example AAAA x", "a.example TXT",
                 'a.example TXT "x', "a.example MX x y", "a.example MX 10", "a.example X y",
                 "a.example 99999999999 A 192.0.2.1", "a.example A 192.0.2.1 more",
                 ";@FAIL a.example X TIMEOUT", ";@FAIL a.example A PERHAPS", ";@FOO",
                 "a\\1.example A 192.0.2.1", "a\\..example A 192.0.2.1", ";@EMPTY",
                 "a.example SOA a. b. x"):
        zone = write(os.path.join(directory, "zone"), line + "\n")
        speaks_japanese(f"zone: {line}", ("spf", "--zone", zone, "--ip", ADDRESS, "--helo",
                                          "b.example"), 0)
    for server in ("[::1", "x", "192.0.2.1:0"):
        speaks_japanese(f"--nameserver {server}", (
            "spf", "--nameserver", server, "--ip", ADDRESS, "--helo", "b.example"), 0)
    for args in (("--type", "dsa"), ("--bits", "7"), ("--selector", "..")):
        speaks_japanese(f"keygen {args}", ("keygen", "good.example", *args), 0)
    speaks_japanese("a file that is not there", ("verify", directory + "/none"), 0)


def test_imports(directory):
    foreign = write(directory + "/o/opendkim.conf", f"""\
KeyTable {directory}/keytable
SigningTable {directory}/signingtable
UserID nobody-there
Socket inet:8891@localhost
LogWhy yes
MinimumKeyBits x
On-BadSignature discard
Statistics /x
""")
    speaks_japanese("import opendkim", ("import", "opendkim", foreign, "--output",
                                        directory + "@1"), 15)
    rows = write(directory + "/o/keytable", "".join(
        line for line in KEYS.splitlines(True) if line.split()[0] in (
            "good", "open", "opendir", "none", "text", "nofields")).replace("@/", directory + "/"))
    foreign = write(directory + "/o/opendkim.conf", f"KeyTable {rows}\nMode s\n")
    text = speaks_japanese("import opendkim: rows", (
        "import", "opendkim", foreign, "--output", directory + "@2"), 2)
    out.contains(text, "この行はコピーに含めていません", "a row that is left out is named")
    english = run("import", "opendkim", foreign, "--output", directory + "/en3", env=PLAIN)
    out.contains(english.stdout, "THIS ROW IS LEFT OUT of the copy: ", "in English, too")
    dmarc = write(directory + "/o/opendmarc.conf", f"""\
RejectFailures maybe
FailureReports true
IgnoreHosts {directory}/none
TrustedAuthservIDs HOSTNAME
Foo bar
Socket x
HistoryFile /x
SPFSelfValidate true
UMask 9
""")
    speaks_japanese("import opendmarc", ("import", "opendmarc", dmarc), 2)


def test_domains(directory):
    os.makedirs(os.path.join(directory, "world"))
    world = World(os.path.join(directory, "world"))
    for spf, dmarc in (("v=spf1 -all", "v=DMARC1; p=none"), ("v=spf1 +all", "v=DMARC1; p=foo"),
                       ("v=spf1 include:gone.example mx/77 -all", "v=DMARC1"),
                       ("v=spf1 ipv4:192.0.2.1", "p=none"), ("v=spf1 a:%{z} ?all", "v=DMARC1; x"),
                       ("v=spf1 " + " ".join(f"a:{i}.example" for i in range(12)) + " ~all",
                        "v=DMARC1; p=reject; rua=x; pct=7; adkim=q")):
        world.set(DOMAIN, "TXT", [spf])
        world.set("_dmarc." + DOMAIN, "TXT", [dmarc])
        speaks_japanese(f"check: {spf[:30]} {dmarc}", (
            "check", DOMAIN, "--ip", ADDRESS, "--zone", world.zone(), "--config", world.config), 3)


BOUNCES = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.",
    "550 5.7.1 SPF check failed", "550 5.7.20 no passing DKIM signature",
    "554 5.7.5 permanent error evaluating DMARC policy", "421 4.7.0 try again later",
    "550 5.7.509 Access denied, sending domain example.jp does not pass DMARC verification",
    "550 5.1.1 user unknown", "451 4.7.1 greylisted", "550 5.7.25 no PTR record")


def test_bounces(directory):
    for text in BOUNCES:
        bounce = write(os.path.join(directory, "bounce"), f"host mx.example.net[192.0.2.9] said: "
                       f"{text} (in reply to end of DATA command)\n")
        speaks_japanese(f"explain: {text}", ("explain", "--zone", os.devnull, bounce), 0,
                        "host said in reply to end of data command in reply to end of DATA " + text)


def hang_up(server):
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


def test_sockets(directory):
    """Nobody answers where a milter should, or hangs up."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=hang_up, args=(server,), daemon=True).start()
    write(directory + "/mail/sendmail.cf",
          "O InputMailFilters=sekimori\nXsekimori, S=inet:1@127.0.0.1, F=T, T=R:2m\n")
    for place, word in ((f"inet:{server.getsockname()[1]}@127.0.0.1", "応答の読み取り"),
                        (f"local:{directory}/mail/none.sock", "接続")):
        config = write(os.path.join(directory, "y.conf"), f"Socket {place}\n")
        text = speaks_japanese(f"sendmail: {place}", (
            "sendmail", "--config", config, "--config-dir", directory + "/mail", "--etc",
            directory + "/mail"), 2)
        out.contains("".join(text.split()), f"次のことができません:{word}",
                     "what could not be done")
    server.close()


def main():
    if not out.ok(os.path.exists(os.path.join(BUILD, "po", "ja.mo")),
                  "the catalogue is built (needs msgfmt, Debian package gettext)"):
        out.done()
    with tempfile.TemporaryDirectory() as directory:
        place = os.path.join(directory, "locale", "ja", "LC_MESSAGES")
        os.makedirs(place)
        os.symlink(os.path.abspath(os.path.join(BUILD, "po", "ja.mo")),
                   os.path.join(place, "sekimori.mo"))
        os.environ["SEKIMORI_LOCALEDIR"] = os.path.join(directory, "locale")
        os.chmod(directory, 0o755)
        out.run(lambda: test_configurations(directory), lambda: test_zones(directory),
                lambda: test_imports(directory), lambda: test_domains(directory),
                lambda: test_bounces(directory), lambda: test_sockets(directory))
    out.done()


main()
