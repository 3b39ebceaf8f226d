#!/usr/bin/python3
"""sekimori postfix where OpenDMARC stands behind us: whose word it takes, and what to paste so
that it takes ours alone."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from mtaworld import Host, Milter, found, statuses  # noqa: E402
from tool import write  # noqa: E402

out = tap.Tap()


def test_trust(host):
    """OpenDMARC believes its own name, which is the mail server's, and those of its list."""
    both = {"smtpd_milters": "inet:127.0.0.1:@PORT@ inet:192.0.2.1:8893",
            "myhostname": "mx.example.jp"}
    named = write(host.top + "/named.conf", f"Socket inet:{host.port}@127.0.0.1\n"
                  "AuthservID our.example.jp\nReceivedSPF yes\n")
    plain = write(host.top + "/plain.conf",
                  f"Socket inet:{host.port}@127.0.0.1\nReceivedSPF yes\n")
    bare = write(host.top + "/bare.conf", f"Socket inet:{host.port}@127.0.0.1\nReceivedSPF no\n")
    for text, want in (("", ["warning", "good"]), ("SPFIgnoreResults true\n", ["good"]),
                       ("SPFIgnoreResults\tfalse\n", ["warning", "good"])):
        write(host.etc + "/opendmarc.conf", text)
        _, got = host.postfix(both, conf=bare)
        out.equal(statuses(got, "opendmarc"), want, f"trust: Received-SPF of others: {text!r}")
    out.equal(found(got, "opendmarc")[0]["wanted"], "ReceivedSPF yes", "trust: ours comes first")
    out.equal(pasted(host, both, got, bare), (["good"], ["ReceivedSPF"]),
              "trust: and so it is when the commands have been pasted")
    for text, conf, want, line in (
            ("", plain, "good", None),
            ("AuthservID MX.example.jp\n", plain, "good", None),
            ("TrustedAuthservIDs mx.example.jp, MX.example.jp\n", plain, "good", None),
            ("AuthservID dmarc.example.jp\n", plain, "warning",
             "TrustedAuthservIDs mx.example.jp"),
            ("", named, "warning", "TrustedAuthservIDs our.example.jp"),
            ("TrustedAuthservIDs a.example, OUR.example.jp\n", named, "warning",
             "TrustedAuthservIDs a.example, OUR.example.jp,our.example.jp"),
            ("TrustedAuthservIDs a.example, our.example.jp\n", named, "good", None),
            ("TrustedAuthservIDs a.example,b.example\n", named, "warning",
             "TrustedAuthservIDs a.example,b.example,our.example.jp")):
        write(host.etc + "/opendmarc.conf", text)
        _, got = host.postfix(both, conf=conf)
        out.equal((statuses(got, "opendmarc")[-1], found(got, "opendmarc")[-1]["wanted"]),
                  (want, line), f"trust: {text!r}: {want}")


def pasted(host, settings, got, conf):
    """Findings of OpenDMARC, and which of our options were set, after what got says to paste."""
    commands = [line for line in got["commands"] if line.startswith("printf")]
    for line in commands:
        subprocess.run(["sh", "-c", line], check=True)
    _, got = host.postfix(settings, conf=conf)
    return statuses(got, "opendmarc"), [line.split()[1][3:] for line in commands]


def test_other_names(host):
    """OpenDMARC believes results under its own name and those of its list: whoever is not us
    may have written them, and nobody but us removes them."""
    both = {"smtpd_milters": "inet:127.0.0.1:@PORT@ inet:192.0.2.1:8893",
            "myhostname": "mx.example.jp"}
    start = f"Socket inet:{host.port}@127.0.0.1\nReceivedSPF yes\n"
    for name, conf, theirs, want in (
            ("its own", "", "AuthservID dmarc.example.jp\nTrustedAuthservIDs mx.example.jp\n",
             "dmarc.example.jp"),
            ("the mail server's, where ours is another", "AuthservID our.example.jp\n",
             "TrustedAuthservIDs our.example.jp\n", "mx.example.jp"),
            ("others of its list", "RemoveARFrom OLD.example\n",
             "TrustedAuthservIDs a.example, old.example,b.example\n",
             "OLD.example,a.example,b.example"),
            ("none", "", "AuthservID MX.example.jp\nTrustedAuthservIDs mx.example.jp\n", None),
            ("all are removed", "RemoveARFrom b.example, Dmarc.example.jp\n",
             "AuthservID dmarc.example.jp\nTrustedAuthservIDs mx.example.jp\n", None)):
        write(host.etc + "/opendmarc.conf", theirs)
        file = write(host.top + "/others.conf", start + conf)
        _, got = host.postfix(both, conf=file)
        line = want and f"RemoveARFrom {want}"
        out.equal((statuses(got, "opendmarc"), found(got, "opendmarc")[0]["wanted"]),
                  ((["warning"] if want else []) + ["good"], line), f"other names: {name}")
        out.equal(pasted(host, both, got, file), (["good"], ["RemoveARFrom"] if want else []),
                  f"other names: {name}: and nothing when it is pasted")
    table = write(host.top + "/ids", "old.example\n")
    write(host.etc + "/opendmarc.conf", "AuthservID dmarc.example.jp\nTrustedAuthservIDs "
                                        "mx.example.jp\n")
    file = write(host.top + "/others.conf", start + f"RemoveARFrom {table}\n")
    _, got = host.postfix(both, conf=file)
    out.equal((statuses(got, "opendmarc"), got["commands"]), (["warning", "good"], []),
              "other names: a list in a file is not written anew")
    write(host.etc + "/opendmarc.conf", "TrustedAuthservIDs mx.example.jp,file:x\n")
    _, got = host.postfix(both, conf=write(host.top + "/others.conf", start))
    out.equal((statuses(got, "opendmarc"), got["commands"]), (["warning", "good"], []),
              "other names: nor one that would be read as a file's name")


with tempfile.TemporaryDirectory() as directory:
    directory = os.path.realpath(directory)
    os.chmod(directory, 0o755)
    milter = Milter(("127.0.0.1", 0))
    out.run(*[lambda test=test: test(Host(f"{directory}/{test.__name__}", milter.port))
              for test in (test_trust, test_other_names)])
out.done()
