#!/usr/bin/python3
"""What people copy has a socket whose mode says who may use it; TCP is there with its price."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
# A file, and the lines in it that say where the daemon is: the first one is what is copied.
SAMPLES = (("README", r"^ +Socket +(\S+)"),
           ("README", r"^ +smtpd_milters = (\S+)"),
           ("README", r"INPUT_MAIL_FILTER\(`sekimori', `S=([^,]+)"),
           ("README.ja", r"^ +Socket +(\S+)"),
           ("README.ja", r"^ +smtpd_milters = (\S+)"),
           ("README.ja", r"INPUT_MAIL_FILTER\(`sekimori', `S=([^,]+)"),
           ("contrib/sekimori.conf", r"^Socket +(\S+)"),
           ("contrib/sekimori.conf.sample", r"^Socket +(\S+)"),
           ("contrib/debian/conf/sekimori.conf", r"^Socket +(\S+)"),
           ("contrib/postfix/main.cf", r"^smtpd_milters = (\S+)"),
           ("contrib/sendmail/sendmail.mc", r"INPUT_MAIL_FILTER\(`sekimori', `S=([^,]+)"))
PRICE = ("README", "README.ja", "man/sekimorid.8", "man/sekimori.conf.5", "man/ja/sekimorid.8",
         "man/ja/sekimori.conf.5", "contrib/sekimori.conf",
         "contrib/sekimori.conf.sample", "contrib/debian/conf/sekimori.conf",
         "contrib/postfix/main.cf", "contrib/sendmail/sendmail.mc")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as text:
        return text.read()


out = tap.Tap()
for name, pattern in SAMPLES:
    places = re.findall(pattern, read(name), re.M)
    out.ok(places and re.match("(local|unix):", places[0]),
           f"{name}: {pattern}: first {places[:1]}")
for name in PRICE:
    text = re.sub(r"\s+(dnl |# )?", " ", read(name))
    out.ok(re.search(r"[Ee]verybody on (this|the) host|このホストの誰もが", text)
           and re.search("signed|署名", text),
           f"{name} says who can use a TCP socket")
out.done()
