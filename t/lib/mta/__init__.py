"""mta - a private Postfix and a private Sendmail for the tests

Nothing is installed and nothing of an installed mail server is touched: both come out of
their Debian packages into a cache directory (unpack.py), and each runs in a temporary
directory on loopback ports (postfix.py, sendmail.py). A message goes in with client.py and
what is delivered is kept byte for byte by sink.py. opendkim.py and daemon.py start the
milters that stand between; world.py puts all of it together.

All of it runs as root. Whatever is missing is an Error with a text that says what to do.
"""
from .errors import Error

__all__ = ["Error"]
