#!/usr/bin/python3
"""sekimori import opendmarc: what its options mean here, the lines and the row to write, and that
both are taken by the daemon."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
import tool  # noqa: E402
from tool import read, run, write  # noqa: E402

out = tap.Tap()
DAEMON = os.path.join(os.environ.get("builddir", "."), "sekimorid")
ROW = "key table row"


def meant(top, text, *args):
    """What a configuration means: the options carried, and everything that is noted."""
    conf = write(top + "/opendmarc.conf", text.replace("/@", top))
    status, got = tool.answer("import", "opendmarc", conf, *args)
    got["status"] = status
    got["options"] = {one["option"]: one["value"] for one in got["carried"]}
    got["said"] = "\n".join(one["text"] for one in got["noted"])
    return got


def test_policy(top):
    """What it refuses is a row for all domains; what it does not refuse is no row."""
    for text, row, said in (
            ("", None, "it refuses nothing"),
            ("RejectFailures false\n", None, "it refuses nothing"),
            ("RejectFailures true\n", "*  *:-:-  dmarc=reject dns-error=tempfail",
             "here the option Quarantine says"),
            ("rejectfailures YES\nHoldQuarantinedMessages 1\n",
             "*  *:-:-  dmarc=reject dns-error=tempfail", ""),
            ("HoldQuarantinedMessages t\n", "*  *:-:-  dmarc=quarantine",
             "dmarc=quarantine holds")):
        got = meant(top, text)
        out.equal((got["status"], got["options"].get(ROW)), (0, row), f"policy: {text!r}: the row")
        out.contains(got["said"], said, f"policy: {text!r}: what else")
        out.equal(got["options"].get("Quarantine"), "hold" if "Hold" in text else None,
                  f"policy: {text!r}: Quarantine")
        words = "\n".join(got["next"])
        out.equal("sekimorid -n" in words, row is not None, f"policy: {text!r}: nothing, no reload")
        out.contains(words, "systemctl disable --now opendmarc", f"policy: {text!r}: it is stopped")
        out.contains(words, "sekimori postfix", f"policy: {text!r}: and taken out")


def test_clients(top):
    """Clients that it ignores are trusted relays; this host is ours without a line."""
    write(top + "/hosts", "# relays\nlocalhost\n127.0.0.1\n::1\n192.0.2.0/24 # office\n"
          "mail.example.jp\n")
    got = meant(top, "IgnoreHosts /@/hosts\nAuthservID mx.example.jp\n")
    out.equal(got["options"], {"TrustedRelays": "192.0.2.0/24, mail.example.jp",
                               "AuthservID": "mx.example.jp"}, "clients: those beyond this host")
    out.contains(got["said"], "InternalHosts", "clients: where one's own belong")
    got = meant(top, "IgnoreHosts /@/nothing\nRejectFailures yes\n")
    out.equal((got["status"], got["next"]), (78, []),
              "clients: a file that is gone: an error, and no steps")
    out.contains(got["refused"][0]["text"], top + "/nothing", "clients: it is named")
    write(top + "/hosts", "127.0.0.0/8\n::1\n127.example.jp\n::1234\n")
    out.equal(meant(top, "IgnoreHosts /@/hosts\n")["options"],
              {"TrustedRelays": "127.example.jp, ::1234"},
              "clients: what only begins as this host's addresses do is somebody else")
    write(top + "/hosts", "127.0.0.1\n")
    got = meant(top, "IgnoreHosts /@/hosts\n")
    out.equal(got["options"], {}, "clients: this host alone")
    out.contains(got["said"], "mail of this host (127.0.0.1) where InternalHosts",
                 "clients: and on what that rests")
    for text, want in (("AuthservID HOSTNAME\n", {}), ("AuthservIDWithJobID true\n",
                                                       {"AuthservIDWithJobID": "true"})):
        out.equal(meant(top, text)["options"], want, f"clients: {text!r}")


def test_notes(top):
    """Nothing is left out, and nothing is said of what is off."""
    for text, said in (
            ("HistoryFile /run/h\n", "reports to other domains end"),
            ("FailureReports yes\n", "reports to other domains end"),
            ("IgnoreMailTo a@example.jp\n", "reports to other domains end"),
            ("IgnoreMailFrom a.example\n", "ExemptDomains"),
            ("TrustedAuthservIDs mx2.example.jp\n", "TrustedAuthservIDs"),
            ("RejectMultiValueFrom yes\n", "several author domains"),
            ("RequiredHeaders yes\n", "must name one author"),
            ("DomainWhitelist a.example\n", "TrustedRelays"),
            ("RejectString no %s\n", "names the domain and the reason"),
            ("", "IgnoreAuthenticatedClients is not on"),
            ("IgnoreAuthenticatedClients no\n", "never judged"),
            ("Socket inet:8893@localhost\nUMask 2\n", "nothing to do: Socket, UMask"),
            ("Bogus x\n", "Bogus: not an option of OpenDMARC")):
        out.contains(meant(top, text)["said"], said, f"notes: {text!r}")
    for text, unsaid in (("FailureReports no\n", "reports"), ("RequiredHeaders no\n", "Required"),
                         ("IgnoreAuthenticatedClients yes\n", "AuthenticatedClients"),
                         ("RequiredHeaders yes\nrequiredheaders no\n", "Required")):
        out.ok(unsaid not in meant(top, text)["said"], f"notes: {text!r}: nothing to say")
    got = meant(top, "\nUMask 2\nRejectString no %s\n")
    out.contains([one["where"] for one in got["noted"]], top + "/opendmarc.conf:3",
                 "notes: where it stands")


def test_taken(top):
    """The lines and the row are what the daemon takes."""
    write(top + "/hosts", "192.0.2.0/24\nmail.example.jp\n")
    got = meant(top, "IgnoreHosts /@/hosts\nRejectFailures yes\nHoldQuarantinedMessages yes\n"
                "AuthservID mx.example.jp\n")
    row = got["options"].pop(ROW)
    write(top + "/keytable", row + "\n", 0o600)
    conf = write(top + "/ours.conf", f"Mode v\nSocket local:{top}/s\nKeyTable {top}/keytable\n"
                 + "".join(f"{name} {value}\n" for name, value in got["options"].items()))
    said = subprocess.run([DAEMON, "-n", "-c", conf], capture_output=True, text=True, check=False)
    out.equal((said.returncode, said.stdout), (0, conf + ": OK\n"), "taken: sekimorid -n")
    out.ok(all(any(f"{name} {value}" in step for step in got["next"])
               for name, value in got["options"].items()), "taken: each line is in a step")
    out.ok(any(step.endswith(row) for step in got["next"]), "taken: and the row")


def test_command(top):
    """Nothing is written, and what is meant for opendkim alone is refused."""
    conf = write(top + "/opendmarc.conf", "RejectFailures yes\n")
    before = sorted(os.listdir(top))
    got = run("import", "opendmarc", conf)
    out.equal((got.returncode, sorted(os.listdir(top))), (0, before), "command: nothing is written")
    out.contains(got.stdout, "carried:", "command: the report")
    out.ok("written:" not in got.stdout and read(conf) == "RejectFailures yes\n",
           "command: nothing is said of files")
    out.ok(re.search(r"^1\. .*\n2\. .*\n3\. ", got.stdout, re.M), "command: steps with numbers")
    for args, status in ((("opendmarc", conf, "--output", top), 64),
                         (("opendmarc", conf, "--user", "nobody"), 64),
                         (("opendmarc", top + "/none"), 66), (("opendmarc", top), 66),
                         (("sendmail", conf), 64), ((), 64), (("opendmarc", conf, conf), 64)):
        out.equal(run("import", *args).returncode, status, f"command: {' '.join(args)}"
                  .replace(top, ""))


def main():
    for test in (test_policy, test_clients, test_notes, test_taken, test_command):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            out.run(lambda test=test, top=top: test(top))
    out.done()


main()
