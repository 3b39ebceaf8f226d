"""tap - what a test written in Python needs to speak TAP.

    tap = tap.Tap()
    tap.ok(condition, "name")        tap.equal(got, want, "name")
    tap.run(test_one, test_two)      each a function; an exception is a failed test
    tap.include(text, status, name)  what another test said and how it ended, as ours
    tap.done()                       plan and exit status

    tap.home("dkim")                 a directory of the test's own, gone when it ends
"""
import atexit
import re
import shutil
import sys
import tempfile
import traceback

import apart


def home(name):
    path = tempfile.mkdtemp(prefix=f"sekimori-{name}.")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


class Tap:
    def __init__(self, machine=False):
        """machine: the test is about what is installed on this machine; else it sees none of it."""
        if not machine:
            apart.enter()
        self.count = self.failed = 0

    def ok(self, good, name):
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name.replace("#", "no. ")),
              flush=True)
        return bool(good)

    def equal(self, got, want, name):
        if not self.ok(got == want, name):
            self.note(f" got: {got!r}\nwant: {want!r}")
        return got == want

    def contains(self, text, part, name):
        if not self.ok(text is not None and part in text, name):
            self.note(f"{part!r} is not in {text!r}")

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def run(self, *tests):
        """Each test in turn; what one raises is a failed test and ends only that one."""
        for test in tests:
            try:
                test()
            except Exception:  # pylint: disable=broad-except
                self.ok(False, f"{test.__name__} runs to its end")
                self.note(traceback.format_exc())

    def include(self, text, status, name):
        """Each result of another test as one of ours, and that it ended well."""
        for line in text.splitlines():
            match = re.match(r"(ok|not ok) \d+ - (.*)", line)
            if match:
                self.ok(match[1] == "ok", match[2])
            elif not re.match(r"1\.\.\d+$", line):
                self.note(line.removeprefix("# "))
        self.equal(status, 0, name)

    def done(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed or not self.count else 0)
