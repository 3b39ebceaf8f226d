#!/usr/bin/python3
"""Mail of ours that has been elsewhere first leaves signed; mail that only looks so does not."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, client, scenarios, stage, verify, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()

# What Microsoft 365 stamps on mail that it sends: no authserv-id.
STAMPS = (
    b"Authentication-Results: dkim=none (message not signed)\r\n header.d=none;dmarc=none"
    b" action=none header.from=example.jp;",
    b"Authentication-Results: spf=none (sender IP is )\r\n smtp.mailfrom=jiro@example.jp; ",
)


def connector(place, kind):
    """Microsoft 365 hands its customer's mail to this host, which signs and sends it."""
    one = stage.Stage(place, kind, "connector-" + kind,
                      settings={"InternalHosts": "127.0.0.1, " + place.outside})
    for i, stamp in enumerate(STAMPS):
        with client.Client(one.mta.port, source=place.outside) as smtp:
            smtp.send("jiro@example.jp", "alice@example.org",
                      scenarios.message(b"stamp-%d" % i, b"Jiro <jiro@example.jp>", (stamp,)))
        got = one.delivered(b"<stamp-%d@example>" % i)
        OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True],
                  f"{kind}: Microsoft 365 -> connector -> out: both signatures verify ({i})")
        OUT.equal(got and got.values("Authentication-Results"), [],
                  f"{kind}: and what nobody says is gone ({i})")
    scenarios.clean_end(OUT, one)


def come_in(one, mark, sender, author):
    """A message from outside, as it is delivered: with our field on top."""
    with one.outside() as smtp:
        smtp.send(sender, "list@example.jp", scenarios.message(mark, author))
    return one.delivered(b"<" + mark + b"@example>")


def hand_back(one, mark, text):
    """The same message again, from this host to the world."""
    with one.inside() as smtp:
        smtp.send("list-bounces@example.jp", "alice@example.org",
                  b"X-Mark: " + mark + b"\r\n" + text)
    return one.delivered(b"X-Mark: " + mark)


def mailing_list(place, kind):
    """A list on this host sends posts on; it keeps our field."""
    one = stage.Stage(place, kind, "list-" + kind)
    came = come_in(one, b"post", "taro@example.net", b"Taro <taro@example.net>")
    field = came and came.values("Authentication-Results")[0]
    OUT.contains(field or "", "dmarc=pass header.from=example.net", f"{kind}: a post comes in")
    post = came.data if came else b""
    new = post.replace(b"From: Taro <taro@example.net>",
                       b"From: Taro via List <list@example.jp>\r\n"
                       b"Reply-To: Taro <taro@example.net>\r\nList-Id: <list.example.jp>")
    got = hand_back(one, b"rewritten", new)
    OUT.equal(got and verify.by_dkimpy(got.data, one.keys), [True, True],
              f"{kind}: the list writes its own From: both signatures verify")
    OUT.contains(got.data if got else b"", b"dmarc=pass header.from=example.net",
                 f"{kind}: with our field about the author in it")
    came = come_in(one, b"forged", "taro@example.net", b"President <president@example.jp>")
    got = hand_back(one, b"kept", came.data if came else b"")
    OUT.equal(got and got.values("DKIM-Signature"), [],
              f"{kind}: a forged author of ours, handed back as he was: not signed (S33)")
    OUT.ok(any("not dmarc=pass for example.jp" in line for line in one.daemon.log_lines()),
           f"{kind}: and the log says why")
    scenarios.clean_end(OUT, one)


def main():
    try:
        with world.World() as place:
            OUT.run(*[lambda test=test, kind=kind: test(place, kind)
                      for kind in stage.KINDS for test in (connector, mailing_list)])
    except Error as problem:
        OUT.ok(False, f"the mail server starts: {problem}")
    OUT.done()


main()
