"""What stops a test before it has begun."""


class Error(Exception):
    """A sentence for the person who runs the tests."""
