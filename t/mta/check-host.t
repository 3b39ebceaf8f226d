#!/usr/bin/python3
"""sekimori check without --ip, on hosts with addresses of every kind: in a network of its own, as
root."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
out = tap.Tap()

# name, addresses, the private one that is complained of, the addresses that are checked
HOSTS = [
    ("a public address", ["203.0.113.4"], None, ["203.0.113.4"]),
    ("a public one beside a private one", ["10.0.0.5", "203.0.113.4"], None, ["203.0.113.4"]),
    ("behind NAT", ["192.168.1.10"], "192.168.1.10", []),
    ("behind NAT, IPv6 without", ["192.168.1.10", "2001:db8::4"], "192.168.1.10",
     ["2001:db8::4"]),
    ("behind a provider's NAT", ["100.64.3.2"], "100.64.3.2", []),
    ("link-local", ["169.254.1.1", "fe80::5"], "169.254.1.1", []),
    ("loopback alone", [], None, []),
]


def check(zone, conf, addresses, *args, path=None):
    """The findings on a host with these addresses, and this configuration."""
    script = "ip link set lo up\n" + "".join(f"ip addr add {a} dev lo\n" for a in addresses)
    got = subprocess.run(
        ["unshare", "-n", "sh", "-ec", script + 'exec "$@"', "sh", TOOL, "check", "example.jp",
         "--zone", zone, "--config", conf, "--json", *args], capture_output=True, text=True,
        check=False, env={**os.environ, "PATH": path or os.environ["PATH"]})
    out.note(got.stderr)
    return json.loads(got.stdout)["checks"]


def checked(checks):
    """The addresses that were looked at."""
    return sorted(c["found"].split()[0] for c in checks if c["id"] == "host.ptr")


def test_hosts(zone, conf):
    """A host that has a key of the domain."""
    for name, addresses, hidden, wanted in HOSTS:
        checks = check(zone, conf, addresses)
        said = [c for c in checks if c["id"] == "host.address"]
        if hidden is None:
            out.equal(said, [], f"{name}: nothing is said of it")
        else:
            out.equal([c["status"] for c in said], ["warning"], f"{name}: a warning")
            out.contains(said[0]["found"], hidden, f"{name}: it names the address")
            out.contains(said[0]["remedy"], "--ip", f"{name}: and says what to do")
        out.equal(checked(checks), wanted, f"{name}: these are checked")
        out.ok(hidden is None or not any(hidden in c["record"]["value"] for c in checks
                                         if c["record"]), f"{name}: no record names it")


def test_strangers(directory):
    """A host without a key: it is the domain's if MX or SPF names it, else anybody's."""
    nothing = write(directory, "empty", "")
    for name, records, wanted in (
            ("no record names it", 'TXT "v=spf1 ip4:198.51.100.1 -all"', []),
            ("SPF names it", 'TXT "v=spf1 ip4:203.0.113.0/24 -all"', ["203.0.113.4"]),
            ("SPF lets everybody in", 'TXT "v=spf1 +all"', []),
            ("MX names it", "MX 10 mail.example.jp.", ["203.0.113.4"]),
            ("its domain sends nothing", 'TXT "v=spf1 -all"', [])):
        zone = write(directory, "zone2", f"example.jp. 60 IN {records}\n"
                     "mail.example.jp. 60 IN A 203.0.113.4\n")
        out.equal(checked(check(zone, nothing, ["203.0.113.4"])), wanted, f"no key, {name}")
    zone = write(directory, "zone2", 'example.jp. 60 IN TXT "v=spf1 ip4:198.51.100.1 -all"\n')
    out.equal(checked(check(zone, nothing, ["203.0.113.4"], "--selector", "google")), [],
              "a key of somebody else, named with --selector")


LEVELS = [
    # smtp_tls_security_level, smtp_use_tls; the status, a part of what is found
    ("may", "no", "good", "= may"),
    ("dane", "no", "good", "= dane"),
    ("none", "no", "failure", "is none)"),
    ("none", "yes", "failure", "is none)"),
    ("", "no", "failure", "is not set)"),
    ("", "yes", "good", "= may"),
]


def test_tls(directory, conf):
    """Postfix of this host is asked where an address of the domain is this host's."""
    zone = write(directory, "zone3", "example.jp. 60 IN MX 10 mail.example.jp.\n"
                 "mail.example.jp. 60 IN A 203.0.113.4\n")
    os.mkdir(directory + "/bin")
    program = directory + "/bin/postconf"
    for level, older, status, found in LEVELS:
        write(directory, "bin/postconf", "#!/bin/sh\n"
              f'[ "$1 $2" = "-xh smtp_tls_security_level" ] && echo "{level}" && exit\n'
              f'[ "$1 $2" = "-xh smtp_use_tls" ] && echo "{older}" && exit\nexit 1\n')
        os.chmod(program, 0o700)
        path = directory + "/bin:" + os.environ["PATH"]
        said = [c for c in check(zone, conf, ["203.0.113.4"], path=path) if c["id"] == "host.tls"]
        out.equal([c["status"] for c in said], [status], f"TLS '{level}' '{older}'")
        out.contains(said[0]["found"], found, "as it is set")
        said = [c for c in check(zone, conf, ["203.0.113.9"], "--ip", "203.0.113.4", path=path)
                if c["id"] == "host.tls"]
        out.equal([c["status"] for c in said], ["info"], "not of a host that does not send")
    write(directory, "bin/postconf", "#!/bin/sh\nexit 1\n")
    said = [c for c in check(zone, conf, ["203.0.113.4"], path=path) if c["id"] == "host.tls"]
    out.equal([c["status"] for c in said], ["info"], "no Postfix: nothing is known")


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


def main():
    with tempfile.TemporaryDirectory() as directory:
        key = subprocess.run([TOOL, "keygen", "example.jp", "--output", directory + "/k", "--json"],
                             capture_output=True, text=True, check=True).stdout
        table = write(directory, "table", json.loads(key)["key_table_row"] + "\n")
        conf = write(directory, "conf", f"KeyTable {table}\n")
        zone = write(directory, "zone", 'example.jp. 60 IN TXT "v=spf1 -all"\n')
        out.run(lambda: test_hosts(zone, conf), lambda: test_strangers(directory),
                lambda: test_tls(directory, conf))
    out.done()


main()
