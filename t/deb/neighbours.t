#!/usr/bin/python3
"""A Debian with Postfix, OpenDMARC and rspamd, booted in a container: our package works beside
them (contrib/debian/tests/opendmarc and rspamd, by autopkgtest)."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import installation  # noqa: E402

installation.test("neighbours", ("opendmarc", "rspamd"))
