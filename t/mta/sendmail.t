#!/usr/bin/python3
"""Real mail through a private Sendmail: in checked, out signed."""
import os
import pwd
import shutil
import sys
import tempfile

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


def own_socket(place):
    """A socket that only its owner and root can reach, as README has it for Sendmail, which takes
    none below a directory where everybody can write."""
    directory = tempfile.mkdtemp(dir="/run", prefix="sekimori-test.")
    try:
        own_socket_in(place, directory)
    finally:
        shutil.rmtree(directory)


def own_socket_in(place, directory):
    path = os.path.join(directory, "s.sock")
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(directory, nobody, -1)
    one = stage.Stage(place, "Sendmail", "own", settings={"UMask": "077"}, unix=path)
    os.chown(path, nobody, -1)
    with one.inside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"own", author=b"jiro@example.jp"))
    got = one.delivered(b"<own@example>")
    OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True],
              "a socket of another user, in a directory of his alone: signed, and verifies")
    OUT.run(lambda: scenarios.clean_end(OUT, one))


def main():
    try:
        with world.World() as place:
            OUT.run(lambda: usual(place), lambda: holding(place), lambda: own_socket(place))
    except Error as problem:
        OUT.ok(False, f"the mail server starts: {problem}")
    OUT.done()


main()
