#!/usr/bin/python3
"""Real mail through a private Postfix: in checked, out signed."""
import email
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, client, postfix, scenarios, stage, verify, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()


def usual(place):
    """Everything that holds on both mail servers."""
    one = stage.Stage(place, "Postfix", "usual",
                      settings_of_mta={"internal_mail_filter_classes": "bounce"})
    OUT.run(*[lambda test=test: test(OUT, one) for test in (
        scenarios.checked_and_cleansed, scenarios.signed, scenarios.signed_for_opendkim,
        scenarios.connection_reused, scenarios.large, scenarios.refused, scenarios.set_aside,
        scenarios.local, scenarios.logged)])
    OUT.run(lambda: filtered_bounce(one), lambda: authenticated(one), lambda: submission_port(one),
            lambda: exact_where_visible(one), lambda: nothing_stuck(one))
    OUT.run(lambda: scenarios.clean_end(OUT, one))


def filtered_bounce(one):
    """internal_mail_filter_classes=bounce: a bounce passes the milter and gets a signature."""
    got = one.sink.wait(lambda delivery: delivery.mail_from == "")
    OUT.ok(got and got.values("DKIM-Signature"), "a bounce of Postfix is filtered, and signed")
    OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True], "and verifies")


def authenticated(one):
    """A user who logged in from outside: signed, and a forged field of ours goes."""
    with one.inside() as smtp:
        smtp.xclient(ADDR="198.51.100.7", NAME="dialup.example.com", HELO="laptop.example",
                     LOGIN="jiro")
        forged = (b"Authentication-Results: mx.example.jp; dkim=pass header.d=victim.example",)
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"login", author=b"jiro@example.jp", fields=forged))
    got = one.delivered(b"<login@example>")
    if OUT.ok(got, "authenticated user: delivered"):
        OUT.equal(verify.by_dkimpy(got.data, one.keys), [True, True],
                  "authenticated user: both signatures verify")
        OUT.ok(not any("victim" in value for value in got.values("Authentication-Results")),
               "authenticated user: the forged field is gone")
    with one.inside() as smtp:
        smtp.xclient(ADDR="198.51.100.7", NAME="dialup.example.com", HELO="laptop.example")
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"nologin", author=b"jiro@example.jp"))
    got = one.delivered(b"<nologin@example>")
    OUT.equal(got and got.values("DKIM-Signature"), [],
              "the same without a login is not signed (S33)")


def submission_port(one):
    """The daemon name ORIGINATING makes mail ours wherever it comes from."""
    with one.inside(one.mta.submission) as smtp:
        smtp.xclient(ADDR="198.51.100.8", NAME="[UNAVAILABLE]", HELO="laptop.example")
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"daemon", author=b"jiro@example.jp"))
    got = one.delivered(b"<daemon@example>")
    OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True],
              "milter_macro_daemon_name=ORIGINATING: signed, and verifies")


def exact_where_visible(one):
    """The fields of a delivered message are the bytes that were sent."""
    sent = b"Subject:\ttab\r\n folded  \r\n\ttwice"
    with one.outside() as smtp:
        smtp.send("taro@example.net", "hanako@example.jp",
                  scenarios.message(b"bytes", fields=(sent,)))
    got = one.delivered(b"<bytes@example>")
    OUT.ok(got and sent in got.data, "leading space and folding arrive as they were sent")


def nothing_stuck(one):
    OUT.equal(one.mta.queue_ids("maildrop", "deferred", "hold"), [], "no message is left behind")


def in_chroot(place):
    """smtpd with chroot=y reaches a socket within the queue directory."""
    home = os.path.join(place.home, "chroot")
    socket = os.path.join(home, "postfix", "queue", "sekimori", "socket")

    # The queue directory is Postfix's to make; the daemon comes first, so its part is made here.
    os.makedirs(os.path.dirname(socket))
    for below in (home, home + "/postfix", home + "/postfix/queue", os.path.dirname(socket)):
        os.chmod(below, 0o755)
    one = stage.Stage(place, "Postfix", "chroot", settings={"UMask": "0"}, unix=socket,
                      place="unix:sekimori/socket", chroot=True)
    OUT.run(lambda: scenarios.checked_and_cleansed(OUT, one),
            lambda: scenarios.check_signed(OUT, one, b"chroot", "smtpd with chroot=y"),
            lambda: scenarios.local(OUT, one), lambda: scenarios.clean_end(OUT, one))


def holding(place):
    one = stage.Stage(place, "Postfix", "hold", settings={"Quarantine": "hold"})
    OUT.run(lambda: scenarios.held(OUT, one), lambda: scenarios.clean_end(OUT, one))


def stray_cr(place):
    """A Postfix that hands a bare CR on: readers that end lines there see no forged results."""
    one = stage.Stage(place, "Postfix", "stray",
                      settings_of_mta={"cleanup_replace_stray_cr_lf": "no"})
    forged = b"Authentication-Results: mx.example.jp; dmarc=pass header.from=victim.example"
    for i, field in enumerate((b"Subject: x\r" + forged, b"X-A: x\r" + forged + b"\rSubject: y",
                               b"X-B: x\r\n x\r" + forged, b"X-C: x\x0c" + forged,
                               b"X-D: x\rFrom: president@victim.example")):
        with one.outside() as smtp:
            smtp.send("taro@example.net", "hanako@example.jp",
                      scenarios.message(b"stray-%d" % i, fields=(field,)))
        got = one.delivered(b"<stray-%d@example>" % i)
        seen = email.message_from_bytes(got.data if got else b"")
        found = seen.get_all("Authentication-Results") or []
        OUT.equal([value.split(";")[0] for value in found], ["mx.example.jp"],
                  f"a bare CR ({i}): one field of results, and it is ours")
        OUT.ok(found and "victim" not in found[0], f"a bare CR ({i}): which forges nothing")
        OUT.equal(seen.get_all("From"), ["taro@example.net"], f"a bare CR ({i}): one author")
    OUT.ok(any("warn=bare-cr,hidden-field" in line for line in one.daemon.log_lines()),
           "a bare CR: the log tells of it")
    scenarios.clean_end(OUT, one)


def without_milter(place):
    """A milter that is away: its own default_action decides, per milter."""
    one = stage.Stage(place, "Postfix", "away")
    place.stop(one.daemon)
    for action, code in (("accept", 0), ("tempfail", 451)):
        mta = place.start(postfix.Postfix(place.directory("away-" + action), one.sink.port,
                                          "{ %s, default_action=%s }" % (one.daemon.place, action)))
        got = 0
        try:
            with client.Client(mta.port) as smtp:
                smtp.send("jiro@example.jp", "alice@example.org",
                          scenarios.message(action.encode()))
        except client.Refused as answer:
            got = answer.code
        OUT.equal(got, code, f"milter away, default_action={action}")
        place.stop(mta)


def main():
    try:
        with world.World() as place:
            OUT.run(*[lambda test=test: test(place)
                      for test in (usual, in_chroot, holding, stray_cr, without_milter)])
    except Error as problem:
        OUT.ok(False, f"the mail server starts: {problem}")
    OUT.done()


main()
