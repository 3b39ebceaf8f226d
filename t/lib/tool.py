"""tool - the program `sekimori` for one test, and the files that it reads."""
import json
import os
import subprocess

TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
DAEMON = TOOL + "d"


def run(*arguments, **more):
    """Runs it to its end; what it says is text."""
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=False, **more)


def answer(*arguments):
    """The exit status and the object that --json prints."""
    got = run(*arguments, "--json")
    return got.returncode, json.loads(got.stdout)


def write(path, text, mode=0o644):
    """A file with this text, its directories made where they are not; gives the path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def key(path):
    """A private key of its own, as OpenDKIM's users keep theirs."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    subprocess.run(["openssl", "genrsa", "-out", path, "1024"], check=True, capture_output=True)
    os.chmod(path, 0o600)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
