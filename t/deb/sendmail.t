#!/usr/bin/python3
"""A Debian with Sendmail and OpenDKIM, booted in a container: our package works with them
(contrib/debian/tests/sendmail, by autopkgtest)."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import installation  # noqa: E402

# sendmailconfig writes more than it is asked for.
installation.test("sendmail", ("sendmail",), passing="^/etc/mail/")
