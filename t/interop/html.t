#!/usr/bin/python3
"""The page of `sekimori check --html`, in headless Chromium: it has its content, and asks
nothing of anybody, whatever a record or a message has written into it."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World  # noqa: E402

out = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars"]


class Listener(threading.Thread):
    """Counts who comes to a port of the loopback address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self.start()

    def run(self):
        while True:
            visitor, _ = self.socket.accept()
            self.visits += 1
            visitor.close()


def chromium(directory, *args):
    return subprocess.run(["chromium", *FLAGS, f"--user-data-dir={directory}/profile", *args],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "HOME": directory})


def page_of(world, name, *args):
    """The page, and what the browser makes of it."""
    path = os.path.join(world.directory, name)
    got = world.run(*args, "--html", path)
    with open(path, encoding="utf-8") as page:
        text = page.read()
    dom = chromium(world.directory, "--dump-dom", "file://" + path)
    return got, text, dom.stdout


def test_bad(world, listener):
    """A domain with much wrong, and records that would like to be a page of their own."""
    trap = f"http://127.0.0.1:{listener.port}/x"
    world.set(DOMAIN, "TXT", ["v=spf1 +all"])
    world.set("s1._domainkey." + DOMAIN, "TXT", [world.key_record[:255]])
    world.set("_dmarc." + DOMAIN, "TXT", [f"v=DMARC1; p=none; x=<img src={trap}>\"'&amp;"])
    world.set("4.113.0.203.list.example", "A", ["127.0.0.2"])
    world.set("4.113.0.203.list.example", "TXT", [f"<script src=\"{trap}\"></script>"])
    got, text, dom = page_of(world, "bad.html", "--ip", ADDRESS, "--dnsbl", "list.example")
    out.equal(got.returncode, 2, "the exit status is as ever")
    out.contains(got.stdout, "FAIL", "and so is the text")
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", dom, flags=re.S)
    words = " ".join(words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())
    for part in (DOMAIN, "Receivers", "SPF", "DKIM", "DMARC", "v=spf1 ip4:203.0.113.4 ~all",
                 "the record ends after 255 bytes", world.key_record, f"<img src={trap}>",
                 f'<script src="{trap}"></script>', "Gmail, all senders"):
        out.contains(words, part, f"the page shows '{part[:40]}'")
    out.contains(words, "Gmail, Yahoo", "it begins with who refuses")
    out.contains(words, "will refuse this mail: ", "and says how much is to be mended")
    out.ok(words.index("will refuse") < words.index("FAIL"), "before anything else")
    for tag in ("<img", "<script", "<link", "<iframe", "src=", "href=", "url(", "@import",
        "http://www"):
        got = text.replace("&lt;", "").lower()
        got = re.sub(r"(img|script) src=(&quot;)?http://127", "", got)
        out.ok(tag not in got, f"no {tag} in it")


def test_good(world):
    world.reset()
    got, _, dom = page_of(world, "good.html", "--ip", ADDRESS)
    out.equal(got.returncode, 0, "a domain with nothing wrong")
    out.contains(dom, ">Nothing has to be mended.<", "in one sentence")
    out.ok('class="f failure"' not in dom and 'class="f good"' in dom, "a page without failures")
    wide = chromium(world.directory, "--window-size=400,800", "--dump-dom",
                    "file://" + world.file("wide.html", WIDE % dom))
    out.contains(wide.stdout, "overflow=0", "it fits a telephone")
    got = world.run("--ip", ADDRESS, "--html", "-")
    out.ok(got.stdout.startswith("<!DOCTYPE html>") and got.stdout.rstrip().endswith("</html>"),
           "standard output takes it too")
    got = world.run("--ip", ADDRESS, "--html", "/nonexistent/x")
    out.equal(got.returncode, 73, "a file that cannot be written")


def test_japanese(world, listener):
    """The same in Japanese, in local time, and on a telephone."""
    world.reset()
    world.set(DOMAIN, "TXT", ["v=spf1 -all"])
    world.set("s1._domainkey." + DOMAIN, "TXT", ["v=DKIM1; p="])
    place = os.path.join(world.directory, "locale", "ja", "LC_MESSAGES")
    os.makedirs(place)
    shutil.copy(os.path.join(BUILD, "po", "ja.mo"), os.path.join(place, "sekimori.mo"))
    os.environ.update(SEKIMORI_LOCALEDIR=world.directory + "/locale", TZ="Asia/Tokyo")
    _, text, dom = page_of(world, "ja.html", "--ip", ADDRESS, "--lang", "ja", "--now", "1796000000")
    out.contains(dom, "このメールを拒否します。直すのは ", "Japanese: the sentence")
    out.contains(dom, "メール送信設定の検査（2026-11-30 09:53 JST）", "Japanese: when, in local time")
    out.ok("備考" not in text and "情報" in text, "Japanese: one word for what is neither")
    out.ok(not re.search(r">\s*(?:receiver|spf|dkim|dmarc)\.[a-z-]+\s*<", text),
           "no id stands between the words")
    wide = chromium(world.directory, "--window-size=400,800", "--dump-dom",
                    "file://" + world.file("wide-ja.html", WIDE % dom))
    out.contains(wide.stdout, "overflow=0", "Japanese: it fits a telephone")
    out.equal(listener.visits, 0, "Japanese: nobody was asked for anything")


# The page in a frame as wide as a telephone, measured by the browser.
WIDE = """<!DOCTYPE html><template id=t>%s</template><iframe id=f style="width:380px;height:700px">
</iframe><p id=o></p><script>
const f = document.getElementById('f'), d = f.contentDocument;
d.open(); d.write(document.getElementById('t').innerHTML); d.close();
document.getElementById('o').textContent =
  'overflow=' + Math.max(0, d.documentElement.scrollWidth - f.clientWidth);
</script>"""


def test_control(world, listener):
    """The listener would have noticed."""
    out.equal(listener.visits, 0, "nobody was asked for anything")
    page = world.file("control.html", f'<img src="http://127.0.0.1:{listener.port}/x">')
    chromium(world.directory, "--dump-dom", "file://" + page)
    out.ok(listener.visits > 0, "a page that does ask is noticed")


def main():
    if out.ok(shutil.which("chromium"), "chromium is there (Debian package chromium)"):
        with tempfile.TemporaryDirectory() as directory:
            world, listener = World(directory), Listener()
            out.run(lambda: test_bad(world, listener), lambda: test_good(world),
                    lambda: test_japanese(world, listener),
                    lambda: test_control(world, listener))
    out.done()


main()
