#!/usr/bin/python3
"""Debian's OpenDKIM (Mode sv, an authserv-id of its own) before and behind us in the list of
milters: nobody's results are lost, and both sign. Then as signer and as verifier alone, in the
layouts that README proposes, and with the very key that we sign with: no signature is made
twice."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from mta import Error, opendkim, scenarios, sekimori, stage, verify, world  # noqa: E402
import tap  # noqa: E402

OUT = tap.Tap()
THEIRS = "dkim.example.jp"


def start_opendkim(one, mode="sv", shared=False):
    """As their users run it: their own selector (or ours), their own name in the results."""
    one.their_key = one.keys[0] if shared else sekimori.Key(one.home, "example.jp", "od")
    keys = one.world.write(os.path.join(one.home, "their-keys"),
                           "".join(f"{key.name} {key.record}\n"
                                   for key in [one.their_key] + one.keys))
    return one.world.start(opendkim.OpenDKIM(one.home, "opendkim", THEIRS, {
        "Mode": mode, "Domain": "example.jp", "Selector": one.their_key.selector,
        "KeyFile": one.their_key.file,
        "InternalHosts": "127.0.0.1", "TestPublicKeys": keys,
        "AlwaysAddARHeader": "yes"}))


def side_by_side(place, kind, order):
    name = f"{kind}, OpenDKIM {order} us"
    one = stage.Stage(place, kind, f"{kind}-{order}", **{order: [start_opendkim]})
    forged = (b"Authentication-Results: mx.example.jp; dkim=pass header.d=victim.example",
              b"Authentication-Results: dkim.example.jp; dkim=pass header.d=victim.example")
    with one.outside() as smtp:
        smtp.send("taro@example.net", "hanako@example.jp",
                  scenarios.message(b"beside", fields=forged))
    got = one.delivered(b"<beside@example>")
    if OUT.ok(got, f"{name}: from outside: delivered"):
        found = got.values("Authentication-Results")
        ours = [value for value in found if value.startswith("mx.example.jp")]
        theirs = [value for value in found if value.startswith(THEIRS)]
        OUT.equal([len(ours), len(theirs)], [1, 1], f"{name}: one field of each")
        OUT.ok(not any("victim" in value for value in found), f"{name}: the forged ones are gone")
        OUT.contains(ours[0] if ours else None, "spf=pass", f"{name}: ours says spf=pass")
        OUT.contains(theirs[0] if theirs else None, "dkim=none", f"{name}: theirs says dkim=none")
    with one.inside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"both", author=b"jiro@example.jp"))
    got = one.delivered(b"<both@example>")
    if OUT.ok(got, f"{name}: from inside: delivered"):
        OUT.equal(len(got.values("DKIM-Signature")), 3, f"{name}: their signature and two of ours")
        OUT.equal(verify.by_dkimpy(got.data, one.keys + [one.their_key]), [True] * 3,
                  f"{name}: all of them verify")
    one.stop()


def selectors(got):
    """s= of each signature, in order."""
    return sorted(re.search(r"\bs=([^; ]+)", value).group(1)
                  for value in got.values("DKIM-Signature"))


def verifiers(got):
    """Whose results there are."""
    return sorted(value.split(";")[0] for value in got.values("Authentication-Results"))


def layout(place, kind, name, milters, wanted):
    """One message each way. milters: options of the stage; wanted: the s= of the signatures
    that leave, and the names in the results of what comes in."""
    title = f"{kind}, {name}"
    one = stage.Stage(place, kind, f"{kind}-{name.replace(' ', '-')}", **milters)
    with one.inside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"out", author=b"jiro@example.jp"))
    got = one.delivered(b"<out@example>")
    if OUT.ok(got, f"{title}: from inside: delivered"):
        OUT.equal(selectors(got), wanted[0], f"{title}: signed by these")
        keys = one.keys if one.their_key in one.keys else one.keys + [one.their_key]
        OUT.equal(verify.by_dkimpy(got.data, keys), [True] * len(wanted[0]),
                  f"{title}: all of them verify")
    with one.outside() as smtp:
        smtp.send("taro@example.net", "hanako@example.jp", scenarios.message(b"in"))
    got = one.delivered(b"<in@example>")
    if OUT.ok(got, f"{title}: from outside: delivered"):
        OUT.equal(verifiers(got), wanted[1], f"{title}: each result once")
    one.stop()


def as_(mode, shared=False):
    return lambda one: start_opendkim(one, mode, shared)


OURS = "mx.example.jp"
LAYOUTS = [
    ("we check then OpenDKIM signs", {"settings": {"Mode": "v"}, "after": [as_("s")]},
     (["od"], [OURS])),
    ("OpenDKIM checks then we sign", {"settings": {"Mode": "s"}, "before": [as_("v")]},
     (["e2026", "s2026"], [THEIRS])),
    ("OpenDKIM signs then we do both", {"before": [as_("s")]},
     (["e2026", "od", "s2026"], [OURS])),
    ("we do both then OpenDKIM checks", {"after": [as_("v")]},
     (["e2026", "s2026"], [THEIRS, OURS])),
    ("OpenDKIM signs first with our key", {"before": [as_("sv", True)]},
     (["e2026", "s2026"], [THEIRS, OURS])),
    # What `sekimori postfix` calls a failure.
    ("OpenDKIM signs behind us with our key", {"after": [as_("sv", True)]},
     (["e2026", "s2026", "s2026"], [THEIRS, OURS])),
]


def shadow(place, kind):
    """OpenDKIM does the work, we look on: the mail is as OpenDKIM leaves it, and the log says
    what we would have done otherwise."""
    one = stage.Stage(place, kind, f"{kind}-shadow", before=[start_opendkim],
                      settings={"Mode": "shadow", "ShadowAuthservID": THEIRS})
    with one.inside() as smtp:
        smtp.send("jiro@example.jp", "alice@example.org",
                  scenarios.message(b"out", author=b"jiro@example.jp"))
    got = one.delivered(b"<out@example>")
    if OUT.ok(got, f"{kind}, shadow: from inside: delivered"):
        OUT.equal(selectors(got), ["od"], f"{kind}, shadow: their signature alone")
        OUT.equal(verify.by_dkimpy(got.data, [one.their_key]), [True],
                  f"{kind}, shadow: it verifies")
    with one.outside() as smtp:
        smtp.send("nobody@forged.example", "hanako@reject.example.jp", scenarios.message(b"in"))
    got = one.delivered(b"<in@example>")
    if OUT.ok(got, f"{kind}, shadow: what we would refuse: delivered"):
        OUT.equal(verifiers(got), [THEIRS], f"{kind}, shadow: their results alone")
    lines = one.daemon.log_lines()
    OUT.equal(len(lines), 2, f"{kind}, shadow: a line each")
    OUT.ok(all("shadow=yes" in line for line in lines), f"{kind}, shadow: the lines say so")
    OUT.contains(lines[0], 'differs="selector: theirs example.jp/od, ours example.jp/s2026"',
                 f"{kind}, shadow: our selector is another")
    OUT.contains(lines[0], 'differs="signed: theirs none, ours example.jp/e2026"',
                 f"{kind}, shadow: our second signature")
    OUT.contains(lines[-1], "action=reject", f"{kind}, shadow: what would have been done")
    OUT.ok("differs" not in lines[-1], f"{kind}, shadow: both see no signature")
    one.stop()


def main():
    try:
        with world.World() as place:
            OUT.run(*[lambda kind=kind, order=order: side_by_side(place, kind, order)
                      for kind in stage.KINDS for order in ("before", "after")])
            OUT.run(*[lambda kind=kind, row=row: layout(place, kind, *row)
                      for kind in stage.KINDS for row in LAYOUTS])
            OUT.run(*[lambda kind=kind: shadow(place, kind) for kind in stage.KINDS])
    except Error as problem:
        OUT.ok(False, f"the mail servers start: {problem}")
    OUT.done()


main()
