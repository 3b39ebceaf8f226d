#!/usr/bin/python3
"""Real mail through a private Sendmail: in checked, out signed."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, scenarios, stage, verify, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()


def usual(place):
    """Everything that holds on both mail servers."""
    one = stage.Stage(place, "Sendmail", "usual")
    OUT.run(*[lambda test=test: test(OUT, one) for test in (
        scenarios.checked_and_cleansed, scenarios.signed, scenarios.signed_for_opendkim,
        scenarios.connection_reused, scenarios.large, scenarios.refused, scenarios.set_aside,
        scenarios.local, scenarios.logged)])
    OUT.run(lambda: added_later(one), lambda: submission_port(one), lambda: nothing_stuck(one))
    OUT.run(lambda: scenarios.clean_end(OUT, one))


def added_later(one):
    """Sendmail adds Date and Message-ID behind the milter: the signatures hold all the same."""
    text = b"From: jiro@example.jp\r\nTo: alice@example.org\r\nSubject: bare\r\n" \
           b"X-Mark: <bare@example>\r\n\r\nhello\r\n"
    with one.inside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org", text)
    got = one.delivered(b"<bare@example>")
    if OUT.ok(got, "without Date and Message-ID: delivered"):
        OUT.equal([len(got.values("Date")), len(got.values("Message-Id"))], [1, 1],
                  "Sendmail adds both")
        OUT.equal(verify.by_dkimpy(got.data, one.keys), [True, True],
                  "and the signatures verify")


def submission_port(one):
    """The daemon name ORIGINATING makes mail ours wherever it comes from."""
    with one.outside(one.mta.submission) as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"daemon", author=b"jiro@example.jp"))
    got = one.delivered(b"<daemon@example>")
    OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True],
              "Name=ORIGINATING: signed, and verifies")
    with one.outside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"other", author=b"jiro@example.jp"))
    got = one.delivered(b"<other@example>")
    OUT.equal(got and got.values("DKIM-Signature"), [],
              "the same at the other port is not signed (S33)")


def nothing_stuck(one):
    OUT.equal(one.mta.held() + one.mta.queued(), [], "no message is left behind")


def holding(place):
    one = stage.Stage(place, "Sendmail", "hold", settings={"Quarantine": "hold"})
    OUT.run(lambda: scenarios.held(OUT, one), lambda: scenarios.clean_end(OUT, one))


def main():
    try:
        with world.World() as place:
            OUT.run(lambda: usual(place), lambda: holding(place))
    except Error as problem:
        OUT.ok(False, f"the mail server starts: {problem}")
    OUT.done()


main()
