"""What must hold on every mail server. Each function is one test of a Stage."""
import os

from . import client, verify

LONG = b" x.y=" + b"a" * 900 + b"\r\n"

# Fields that claim to be ours; the table of nine (S1, S2, S3).
FORGED = (
    b" mx.example.jp; dkim=pass header.d=victim.example",
    b" MX.EXAMPLE.JP; dkim=pass header.d=victim.example",
    b' "mx.example.jp"; dkim=pass header.d=victim.example',
    b" (a) mx.example.jp (b) 1; dkim=pass header.d=victim.example",
    b" mx.example.jp (c); dkim=pass header.d=victim.example",
    b" mx.example.jp.; dkim=pass header.d=victim.example",
    b" mx.example.jp; dkim=pass header.d=victim.example\r\n" + LONG * 5 + b" z.z=a",
    b" mx.example.jp" + b"".join(b";\r\n x-%d=pass" % i for i in range(41)),
    b" mx.example.jp; spf=pass smtp.mailfrom=victim.example",
)
FOREIGN = b" other.example; dkim=pass header.d=example.org"

# Header fields whose bytes a signature with c=simple depends on.
EXACT = (
    b"Subject:no leading space",
    b"Subject:   three leading spaces",
    b"Subject:\ta tab",
    b"Subject: folded\r\n with a space\r\n\tand a tab",
    b"Subject: trailing blanks  \t",
    b"Subject: two  inside",
    b"Subject:",
    b"Subject: =?utf-8?B?6Zai5a6I?=\r\n =?utf-8?B?6Zai5a6I?=",
)
BODIES = (
    b"one line\r\n",
    b"blanks at the end  \r\n\r\n\r\n",
    b".dots\r\n..\r\n.\r\n"[:-3] + b"end\r\n",
    "八ビット\r\n".encode("utf-8"),
    b"\r\n\r\nempty lines first\r\n",
    b"x" * 990 + b"\r\n",
    b"",
)


def message(mark, author=b"taro@example.net", fields=(), body=b"hello\r\n"):
    """A whole message, found again by its mark."""
    head = [b"From: " + author, b"To: hanako@example.jp", b"Date: Sat, 10 Oct 2026 10:00:00 +0900",
            b"Message-ID: <" + mark + b"@example>", *fields]
    if not any(field.lower().startswith(b"subject:") for field in head):
        head.append(b"Subject: a test")
    return b"\r\n".join(head) + b"\r\nMIME-Version: 1.0\r\n" \
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body


def checked_and_cleansed(tap, stage):
    """Mail from outside: our field on top, the forged ones gone."""
    forged = [b"Authentication-Results:" + value for value in FORGED]
    forged.insert(4, b"Authentication-Results:" + FOREIGN)
    with stage.outside() as smtp:
        smtp.send("taro@example.net", "hanako@example.jp", message(b"forged", fields=forged))
    got = stage.delivered(b"<forged@example>")
    name = f"{stage.kind}: from outside"
    if not tap.ok(got, f"{name}: delivered"):
        return
    fields = got.fields()
    found = got.values("Authentication-Results")
    tap.equal(fields[0][0], "Authentication-Results", f"{name}: our field is above Received")
    tap.ok(found and found[0].startswith("mx.example.jp;"), f"{name}: and it is ours")
    tap.contains(found[0], "spf=pass", f"{name}: it says spf=pass")
    tap.contains(found[0], "smtp.mailfrom=", f"{name}: and for whom")
    tap.equal(found[1:], [FOREIGN.strip().decode()],
              f"{name}: nine forged fields are gone, other.example stays (S1, S2, S3)")
    tap.ok(not got.values("DKIM-Signature"), f"{name}: not signed")


def signed(tap, stage):
    """Mail from inside: two signatures that verify where the message arrives."""
    for i, field in enumerate(EXACT):
        check_signed(tap, stage, b"exact-%d" % i, f"c=simple and {field!r}", fields=(field,))
    for i, body in enumerate(BODIES):
        check_signed(tap, stage, b"body-%d" % i, f"body {body[:24]!r}", body=body)


def check_signed(tap, stage, mark, name, mta_client=None, **parts):
    """Sends one message from inside and has both signatures verified."""
    text = message(mark, author=b"Jiro <jiro@example.jp>", **parts)
    smtp = mta_client or stage.inside()
    smtp.send("jiro@example.jp", "alice@example.org", text, " BODY=8BITMIME")
    if not mta_client:
        smtp.close()
    got = stage.delivered(b"<" + mark + b"@example>")
    if not tap.ok(got, f"{stage.kind}: {name}: delivered"):
        return None
    results = verify.by_dkimpy(got.data, stage.keys)
    if not tap.equal(results, [True, True], f"{stage.kind}: {name}: both signatures verify"):
        tap.note(got.data[:3000].decode("latin-1"))
    return got


def signed_for_opendkim(tap, stage):
    """OpenDKIM too says that a delivered signature is good."""
    got = check_signed(tap, stage, b"opendkim", "for OpenDKIM")
    if got:
        said = verify.by_opendkim(got.data, stage.keys, stage.home)
        tap.contains(said, "succeeded", f"{stage.kind}: OpenDKIM verifies the signature")


def connection_reused(tap, stage):
    """Several messages on one connection, an aborted one and a half one among them."""
    with stage.inside() as smtp:
        check_signed(tap, stage, b"first", "first on a connection", smtp)
        smtp.envelope("jiro@example.jp", "alice@example.org")
        smtp.command("RSET")
        smtp.command("MAIL FROM:<taro@example.net>")
        smtp.command("RSET")
        got = check_signed(tap, stage, b"second", "after an aborted transaction", smtp)
        check_signed(tap, stage, b"third", "third on a connection", smtp)
    tap.equal(len(got.values("DKIM-Signature")) if got else 0, 2,
              f"{stage.kind}: nothing of the aborted one is left")
    half = stage.inside()
    half.envelope("jiro@example.jp", "alice@example.org")
    half.command("DATA", 3)
    half.raw(message(b"half", author=b"jiro@example.jp")[:200])
    half.drop()
    check_signed(tap, stage, b"afterwards", "after a connection that broke off")
    tap.ok(stage.daemon.is_running(), f"{stage.kind}: the daemon runs on")


def large(tap, stage):
    """50 MB."""
    line = b"0123456789abcdef" * 4 + b"\r\n"
    body = line * (50 * 1024 * 1024 // len(line))
    check_signed(tap, stage, b"large", "a message of 50 MB", body=body)


def refused(tap, stage):
    """What SPF refuses is refused where the recipient's row wants that, in these words."""
    name = f"{stage.kind}: SPF refusal"
    try:
        with stage.outside() as smtp:
            smtp.send("eve@forged.example", "hanako@reject.example.jp", message(b"refused"))
        tap.ok(False, f"{name}: refused")
    except client.Refused as answer:
        tap.equal(answer.code, 550, f"{name}: 550")
        tap.ok(answer.text.startswith("5.7.23"), f"{name}: 5.7.23")
        tap.contains(answer.text, "forged.example", f"{name}: names the domain")
        tap.contains(answer.text, stage.world.outside, f"{name}: names the client")
    with stage.outside() as smtp:
        smtp.send("eve@forged.example", "hanako@example.jp", message(b"marked"))
    got = stage.delivered(b"<marked@example>")
    if tap.ok(got, f"{name}: where no row wants it, delivered"):
        tap.contains(got.values("Authentication-Results")[0], "spf=fail", f"{name}: and marked")


def set_aside(tap, stage):
    """Quarantine header: delivered with our mark; a forged mark is gone."""
    name = f"{stage.kind}: Quarantine header"
    with stage.outside() as smtp:
        smtp.send("eve@forged.example", "hanako@quarantine.example.jp",
                  message(b"aside", fields=(b"X-Sekimori-Quarantine: forged",)))
        smtp.send("taro@example.net", "hanako@quarantine.example.jp",
                  message(b"honest", fields=(b"X-Sekimori-Quarantine: forged",)))
    got = stage.delivered(b"<aside@example>")
    if tap.ok(got, f"{name}: delivered"):
        marks = got.values("X-Sekimori-Quarantine")
        tap.equal(len(marks), 1, f"{name}: marked once")
        tap.ok(marks != ["forged"], f"{name}: by us")
    got = stage.delivered(b"<honest@example>")
    if tap.ok(got, f"{name}: honest mail is delivered"):
        tap.equal(got.values("X-Sekimori-Quarantine"), [], f"{name}: without a mark")


def held(tap, stage):
    """Quarantine hold: accepted, and kept in the queue of the mail server."""
    name = f"{stage.kind}: Quarantine hold"
    with stage.outside() as smtp:
        smtp.send("eve@forged.example", "hanako@quarantine.example.jp", message(b"held"))
        smtp.send("taro@example.net", "hanako@quarantine.example.jp", message(b"free"))
    tap.ok(stage.delivered(b"<free@example>"), f"{name}: honest mail is delivered")
    waiting = stage.mta.held()
    if tap.equal(len(waiting), 1, f"{name}: one message is held"):
        tap.contains(stage.mta.queued_text(waiting[0]), b"<held@example>", f"{name}: this one")
    tap.ok(not any(b"<held@example>" in one.data for one in stage.sink.deliveries),
           f"{name}: and not delivered")


def local(tap, stage):
    """Mail of a program on this host, and a bounce: never refused."""
    text = message(b"local", author=b"jiro@example.jp").replace(b"\r\n", b"\n")
    status, said = stage.mta.sendmail("jiro@example.jp", "alice@example.org", text)
    tap.equal((status, said), (0, ""), f"{stage.kind}: sendmail(1) takes the message")
    got = stage.delivered(b"<local@example>")
    if tap.ok(got, f"{stage.kind}: local submission: delivered"):
        tap.equal(verify.by_dkimpy(got.data, stage.keys), [True, True],
                  f"{stage.kind}: local submission: both signatures verify")
    with stage.inside() as smtp:
        smtp.send("jiro@example.jp", "nobody@example.org",
                  message(b"bounced", author=b"jiro@example.jp"))
    got = stage.sink.wait(lambda delivery: delivery.mail_from == "")
    if tap.ok(got, f"{stage.kind}: a bounce is delivered"):
        tap.equal(got.rcpt_to, ["jiro@example.jp"], f"{stage.kind}: to the sender")
        tap.contains(got.data, b"<bounced@example>", f"{stage.kind}: and says of what")
    return got


def logged(tap, stage):
    """One line for each message, none for what was no message."""
    lines = stage.daemon.log_lines()
    ids = [word for line in lines for word in line.split() if word.startswith("id=")]
    tap.ok(lines and len(ids) == len(set(ids)), f"{stage.kind}: one log line a message")
    tap.ok(all(len(word) > 3 for word in ids), f"{stage.kind}: with its queue id")


def clean_end(tap, stage):
    """The daemon ends well when it is told to (sanitizers speak here)."""
    log = os.path.basename(stage.daemon.conf)
    stage.world.stop(stage.mta)
    status = stage.world.stop(stage.daemon)
    if not tap.equal(status, 0, f"{stage.kind}: the daemon of {log} ends with status 0"):
        tap.note(stage.daemon.log())
