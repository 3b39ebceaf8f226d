#!/usr/bin/python3
"""Work grows with the size of a message, not with its square (S21, S25): each kind of bomb is
judged at a size and at four times the size. What is compared is processor time, less that of a
plain message; a square would make it sixteen times as much."""
import os
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
FROM = "From: a@victim.example\n"
# The body hash is right and there is a key, so that the header is hashed as well.
SIGNED = ("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=victim.example; s=big;"
          " bh=Ba3gj8+xBPQLJTahTfzW6RbWQ/XPgESxkCi2B66PSQg=; ")
END = "\nHello\n"
MOST = 6.0   # seconds for the largest message, with all checks compiled in
FLOOR = 0.4  # seconds below which nothing is compared
# name, the larger size, message of a size
BOMBS = [
    ("signatures", 10000,
     lambda n: "DKIM-Signature: v=1; d=x.example; s=x; h=from; b=A\n" * n + FROM),
    ("names in h=", 50000,
     lambda n: SIGNED + "b=AAAA; h=from" + ":to" * n + "\n" + FROM),
    ("different names in h=, and fields of these names", 20000,
     lambda n: SIGNED + "b=AAAA; h=from" + "".join(f":x{i}" for i in range(n)) + "\n" + FROM
     + "".join(f"x{i}: y\n" for i in range(n))),
    ("tags of a signature", 100000,
     lambda n: SIGNED + "".join(f"t{i}=;" for i in range(n)) + "\n" + FROM),
    ("bytes of b=", 900000, lambda n: SIGNED + "h=from; b=" + "A" * n + "\n" + FROM),
    ("bytes of i=", 300000,
     lambda n: SIGNED + "h=from; b=AAAA; i=" + "=41" * n + "@victim.example\n" + FROM),
    ("blanks of a signed field", 900000,
     lambda n: SIGNED + "h=from:subject; b=AAAA\n" + "Subject:" + " \t" * (n // 2) + "\n" + FROM),
    ("semicolons in results of ours", 1000000,
     lambda n: "Authentication-Results: mx.example.jp" + ";" * n + "\n" + FROM),
    ("results of ours", 60000,
     lambda n: "Authentication-Results: mx.example.jp" + "; spf=pass x.y=z" * n + "\n" + FROM),
    ("open comments in results", 1000000,
     lambda n: "Authentication-Results: " + "(" * n + "\n" + FROM),
    ("open quotes in results", 1000000,
     lambda n: 'Authentication-Results: "' + "\\a" * (n // 2) + "\n" + FROM),
    ("fields of results", 30000,
     lambda n: "Authentication-Results: mx.example.jp;\n" * n + FROM),
    ("addresses in From", 100000, lambda n: "From: a@b.jp" + ",a@b.jp" * n + "\n"),
    ("From fields", 30000, lambda n: "From: a@b.example.jp\n" * n),
    ("nested comments in From", 1000000, lambda n: "From: " + "(" * n + ")" * 9 + " a@b.jp\n"),
    ("words before the address in From", 400000, lambda n: "From:" + " a" * n + " <a@b.jp>\n"),
    ("bytes of a domain in From", 1000000, lambda n: "From: a@" + "a" * n + ".jp\n"),
    ("letters of a U-label in From", 400000, lambda n: "From: a@" + "\u00e4" * n + ".jp\n"),
    ("labels of a domain in From", 400000, lambda n: "From: a@" + "a." * n + "jp\n"),
    ("header fields", 250000, lambda n: FROM + "a:\n" * n),
    ("blank lines of the body", 4000000,
     lambda n: SIGNED + "h=from; b=AAAA\n" + FROM + "\n" * n),
    ("blanks of a body line", 4000000,
     lambda n: SIGNED + "h=from; b=AAAA\n" + FROM + "\n" + " \t" * (n // 2)),
]
BOUNCE = "From: MAILER-DAEMON@x.example\n\n"
# The same for what is pasted into explain: there everything may be a reply.
PASTES = [
    ("words before a reply", 3000000, lambda n: "said: " * (n // 6)),
    ("replies", 3000000, lambda n: "550 5.7.1 no\n" * (n // 13)),
    ("replies of several lines", 3000000, lambda n: "550-5.7.1 no\n" * (n // 13)),
    ("a reply without an end", 3000000, lambda n: "550 5.7.1 " + "spf " * (n // 4)),
    ("transcripts", 3000000, lambda n: "<<< 550 5.7.1 no\n>>> QUIT\n" * (n // 26)),
    ("quotation marks", 3000000, lambda n: "> " * (n // 2)),
    ("addresses", 3000000, lambda n: "550 " + "192.0.2.1 " * (n // 10)),
    ("hops", 1000000, lambda n: BOUNCE + "Received: by a for <a@b.jp>\n" * (n // 28)),
]
ZONE = """victim.example. 300 IN TXT "v=spf1 -all"
big._domainkey.victim.example. TXT "k=ed25519; p=" "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc.victim.example. 300 IN TXT "v=DMARC1; p=reject"
"""

out = tap.Tap()


VERIFY = ["verify", "--ip", "203.0.113.9", "--helo", "h.example", "--mail-from",
          "a@attack.example", "--authserv-id", "mx.example.jp"]


def seconds(command, zone, message):
    """Processor time of one judgement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    got = subprocess.run([TOOL, *command, "--zone", zone, "--json"],
                         input=message.encode(), capture_output=True, check=False, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if got.returncode not in (0, 65 if command == ["explain"] else 0):
        raise RuntimeError(f"status {got.returncode}: {got.stderr[-2000:]!r}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    with tempfile.TemporaryDirectory() as home:
        zone = os.path.join(home, "zone")
        with open(zone, "w", encoding="ascii") as f:
            f.write(ZONE)
        for command, bombs in ((VERIFY, BOMBS), (["explain"], PASTES)):
            base = min(seconds(command, zone, FROM + END) for _ in range(3))
            for name, size, make in bombs:
                small = max(seconds(command, zone, make(size // 4) + END) - base, 0.0)
                large = max(seconds(command, zone, make(size) + END) - base, 0.0)
                out.ok(large <= MOST, f"S21: {size} {name}: {large:.2f} s")
                out.ok(large <= max(FLOOR, 9 * small), f"S25: a quarter of that: {small:.2f} s")
    out.done()


main()
