#!/usr/bin/python3
"""The tool in Japanese: which language is chosen by what, columns that stay aligned though a
character takes two, lines that break as Japanese may, and JSON that machines can rely on."""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unicodedata

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import ADDRESS, DOMAIN, World, run  # noqa: E402

out = tap.Tap()
BUILD = os.environ.get("builddir", os.getcwd())
PLAIN = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", "LANGUAGE": ""}
UNKNOWN = "host mx.b.example[192.0.2.5] said: 554 5.3.0 Zonk 17 (in reply to RCPT TO command)\n"
BOUNCE = ("host gmail-smtp-in.l.google.com[142.250.157.27] said: 550-5.7.26 Your email has been "
          "blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders "
          "to authenticate with either SPF or DKIM. 550-5.7.26 550-5.7.26 Authentication results: "
          "550-5.7.26 DKIM = did not pass 550-5.7.26 SPF [example.jp] with ip: [203.0.113.4] = did "
          "not pass (in reply to end of DATA command)")
KANA = re.compile("[\u3041-\u30f6]")
NOT_FIRST = "、。，．：；？！）」』】〕］｝〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
NOT_LAST = "（「『【〔［｛〈《"


def columns(text):
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_of(line, part):
    """The column in which the part begins; None: it does not stand there."""
    at = line.find(part)
    return None if at < 0 else columns(line[:at])


def japanese(*args, **more):
    return run(*args, "--lang", "ja", **more)


def broken_well(text, name):
    """No line is wider than 80 columns but one word that is, nor begins or ends as it must not."""
    wide = [line for line in text.splitlines() if columns(line) > 80 and KANA.search(line)]
    first = [line for line in text.splitlines() if line.strip() and line.strip()[0] in NOT_FIRST]
    last = [line for line in text.splitlines() if line.strip() and line.strip()[-1] in NOT_LAST]
    out.equal((wide, first, last), ([], [], []), f"{name}: lines break as they may")


def test_choice():
    cases = [
        ("--lang ja", ["--lang", "ja"], {}, True),
        ("--lang=ja", ["--lang=ja"], {}, True),
        ("--lang ja though the locale is C", ["--lang", "ja"], {"LC_ALL": "C"}, True),
        ("LANG=ja_JP.UTF-8", [], {"LANG": "ja_JP.UTF-8"}, True),
        ("LANG=ja_JP.utf8", [], {"LANG": "ja_JP.utf8"}, True),
        ("LANG=ja_JP", [], {"LANG": "ja_JP"}, True),
        ("LC_ALL wins over LANG", [], {"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, False),
        ("LC_MESSAGES wins over LANG", [], {"LANG": "C", "LC_MESSAGES": "ja_JP.UTF-8"}, True),
        ("LANGUAGE in a UTF-8 locale", [], {"LC_ALL": "C.UTF-8", "LANGUAGE": "ja"}, True),
        ("--lang en, whatever the locale", ["--lang", "en"],
         {"LANG": "ja_JP.UTF-8", "LANGUAGE": "ja"}, False),
        ("--lang en over LC_ALL", ["--lang", "en"], {"LC_ALL": "ja_JP.UTF-8"}, False),
        ("no locale at all", [], {}, False),
        ("an unknown locale", [], {"LANG": "xx_YY.UTF-8"}, False),
        ("no locale's name", [], {"LANG": "/../../etc"}, False),
        ("LANG=ja", [], {"LANG": "ja"}, True),
        ("LANG=ja_JP.UTF-8@x", [], {"LANG": "ja_JP.UTF-8@x"}, True),
        ("LANG=ja_JP.eucJP, which is not written", [], {"LANG": "ja_JP.eucJP"}, False),
        ("LANGUAGE over LANG", [], {"LANG": "en_US.UTF-8", "LANGUAGE": "ja"}, True),
        ("the first of LANGUAGE that there is", [],
         {"LANG": "en_US.UTF-8", "LANGUAGE": "fr:ja_JP:en"}, True),
        ("LANGUAGE with English first", [], {"LANG": "ja_JP.UTF-8", "LANGUAGE": "en:ja"}, False),
        ("LANGUAGE counts for nothing in C", [], {"LANG": "C", "LANGUAGE": "ja"}, False),
        ("LANGUAGE is no path", [], {"LANG": "ja_JP.UTF-8", "LANGUAGE": "../ja"}, False),
    ]
    for name, args, env, is_japanese in cases:
        got = run("keygen", "-h", *args, env={**PLAIN, **env})
        out.equal((got.returncode, bool(KANA.search(got.stdout)), "DNS record" in got.stdout),
                  (0, is_japanese, not is_japanese), f"language: {name}")
        out.equal(got.stderr, "", f"nothing to complain of: {name}")


def test_errors():
    for args in (["check", "--lang", "ja", "--bogus"], ["check", "--bogus", "--lang=ja"],
                 ["check", "--lang", "ja"], ["nonsense", "--lang", "ja"],
                 ["why", "--lang", "ja"]):
        got = run(*args)
        out.ok(got.returncode == 64 and KANA.search(got.stderr), "an error: " + " ".join(args))
    for lang in ("fr", "", "/../ja", "xx_YY.UTF-8"):
        got = run("keygen", "-h", "--lang", lang, env={**PLAIN, "LANG": "ja_JP.UTF-8"})
        out.equal((got.returncode, got.stdout), (64, ""), f"--lang '{lang}'")
        out.contains(got.stderr, f"'{lang}'", "is named, and what there is")
        out.contains(got.stderr, "--lang", "is named, and what there is")
    got = run("check", "--bogus", "--lang", "ja", "--json")
    out.ok(KANA.search(json.loads(got.stdout)["error"]), "an error as an object")


def test_catalogues(directory):
    """A catalogue that is cut off, or lies about where its texts are, is none: no text is lost."""
    with open(os.path.join(BUILD, "po", "ja.mo"), "rb") as file:
        whole = file.read()
    bad = {f"cut after {n}": whole[:n]
           for n in (0, 3, 27, 28, 100, len(whole) // 2, len(whole) - 1)}
    for at in (0, 4, 8, 12, 16):
        for value in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\1\0"):
            bad[f"{value.hex()} at {at}"] = whole[:at] + value + whole[at + 4:]
    place = os.path.join(directory, "bad", "ja", "LC_MESSAGES")
    os.makedirs(place)
    env = {**PLAIN, "LANG": "ja_JP.UTF-8", "SEKIMORI_LOCALEDIR": os.path.join(directory, "bad")}
    for name, text in bad.items():
        with open(os.path.join(place, "sekimori.mo"), "wb") as file:
            file.write(text)
        got = run("keygen", "-h", env=env)
        out.ok(got.returncode == 0 and "DNS record" in got.stdout, f"a catalogue {name}: English")
    got = run("keygen", "-h", "--lang", "ja", env=env)
    out.equal((got.returncode, got.stdout), (66, ""), "--lang ja without its texts")
    out.contains(got.stderr, "not installed", "says so")


def test_help():
    for command in ("", "check", "keygen", "sign", "import", "config"):
        got = japanese(*command.split(), "-h") if command else \
            run("-h", env={**PLAIN, "LANG": "ja_JP.UTF-8"})
        name = f"help of {command or 'all'}"
        out.equal(got.returncode, 0, name)
        broken_well(got.stdout, name)
        rows = [line for line in got.stdout.splitlines() if re.match("  -?-?[a-z]", line)]
        helps = {columns(re.match(r"  (--[a-z-]+( \S+)?|[a-z]+) +", line).group()) for line in rows
                 if columns(re.match(r"  (--[a-z-]+( \S+)?|[a-z]+)", line).group()) < 29}
        out.ok(len(rows) > 5, f"{name}: has rows")
        out.equal(len(helps), 1, f"{name}: one column ({helps})")


def test_keygen(directory):
    got = japanese("keygen", DOMAIN, "--selector", "k1", "--output", directory + "/k")
    text = got.stdout
    out.equal(got.returncode, 0, "keygen")
    head = text.split("\n\n")[0].splitlines()
    out.equal({column_of(line, value) for line, value in zip(head, (directory, "k1.example.jp"))},
              {column_of(head[0], directory)}, "keygen: file and row in one column")
    for block in text.split("\n\n")[1:-1]:
        rows = [row for row in block.splitlines() if row.startswith("  ")]
        starts = {columns(re.match(r"  .*?:  +", line).group()) for line in rows}
        out.equal(len(starts), 1, f"keygen: {block.splitlines()[0]}: one column ({starts})")
        out.ok(all(KANA.search(line.partition(":")[0]) or "値" in line for line in rows),
               "keygen: labels in Japanese")
    out.contains(text, f"k1._domainkey.{DOMAIN}. IN TXT \"v=DKIM1; k=rsa; p=",
                 "keygen: the record as it has to be")
    broken_well(text.split("\n\n")[-1], "keygen: what to do next")


def test_check(directory):
    world = World(directory)
    world.set(DOMAIN, "TXT", ["v=spf1 ip4:192.0.2.1 -all"])
    world.set("_dmarc." + DOMAIN, "TXT", [])
    args = ("check", DOMAIN, "--ip", ADDRESS, "--zone", world.zone(), "--config", world.config)
    got = japanese(*args)
    out.equal((got.returncode, got.stderr), (2, ""), "check: failures")
    broken_well(got.stdout, "check")
    lines = got.stdout.splitlines()
    starts, labels = set(), set()
    for line in lines:
        status = re.match(r"  (合格|情報|警告|不合格) +", line)
        label = re.match(r" {9}(対処|名前|種類|値) +", line)
        if status:
            starts.add(columns(status.group()))
        if label:
            labels.add(columns(label.group()))
    out.equal(starts, {9}, "check: findings in one column")
    out.equal(labels, {18}, "check: what is to do in one column")
    out.contains(got.stdout, "         あるべき値 ",
                 "check: what is wanted, a blank behind it")
    said = japanese("spf", "--ip", "192.0.2.9", "--mail-from", "a@" + DOMAIN, "--zone",
                    world.zone()).stdout
    out.ok(re.search(r"fail .*（.*）$", said, re.M), "spf: a reason in brackets of its own width")
    for text in (f"{DOMAIN} に DMARC レコードがありません", "SPF は fail です", "逆引き",
                 "合格", "不合格: "):
        out.contains("".join(lines), text, f"check: says {text}")
    english = run(*args, "--lang", "en", env={"LANGUAGE": "ja"}).stdout
    out.ok("has no DMARC record" in english and not KANA.search(english), "check: in English")
    test_json(args)
    page = japanese(*args, "--html", "-").stdout
    out.ok('lang="ja"' in page and "DMARC レコードがありません" in page, "check: the page")


def test_json(args):
    one, two = (json.loads(run(*args, "--json", "--lang", lang).stdout) for lang in ("ja", "en"))
    out.equal(list(one), list(two), "JSON: the same keys")
    for a, b in zip(one["checks"], two["checks"]):
        same = ("id", "status", "record")
        out.equal([a[k] for k in same], [b[k] for k in same], f"JSON: {a['id']}: as in English")
        out.equal(list(a), list(b), f"JSON: {a['id']}: the same keys")
    texts = "".join(str(c[k]) for c in one["checks"] for k in ("found", "wanted", "remedy"))
    out.ok(KANA.search(texts), "JSON: texts for people in Japanese")


UNKNOWN = "host mx.example.net said: 550 5.2.0 the moon is in the wrong phase"
# What the mailbox of a provider forwards to Gmail, and what a form on the own host sends there.
HANDED_ON = """Reporting-MTA: dns; {host}
X-Postfix-Sender: rfc822; {sender}

Final-Recipient: rfc822; me@gmail.com
Action: failed
Status: 5.7.26
Diagnostic-Code: smtp; 550-5.7.26 Your email has been blocked because the sender is
    unauthenticated. 550-5.7.26 SPF [{domain}] with ip: [203.0.113.7] = did not pass 550 5.7.26
    - gsmtp

Content-Type: message/rfc822

Return-Path: <{sender}>
Received: from www1234.example.com (www1234.example.com [203.0.113.20])
 by in.provider.example with ESMTPS id 1 for <me@provider.example>; Mon, 30 Nov 2026 18:00 +0900
From: a@example.jp
Subject: x

x
"""


def test_kinds():
    """A reply nobody knows, a forwarded one, and one that is not: each in Japanese."""
    for name, text, said in (
            ("unknown", UNKNOWN, "この応答は登録されていません。恒久的な拒否です。メールサーバーは再送しません。"
             "5.2.0 の意味: 宛先のメールボックスに問題があります。"),
            ("forwarded", HANDED_ON.format(host="out.provider.example", sender="a@example.jp",
                                           domain="example.jp"),
             "このメールは in.provider.example によって転送されています。"),
            ("not forwarded", HANDED_ON.format(host="www.example.jp", sender="www@www.example.jp",
                                               domain="www.example.jp"),
             "SPF（ドメインの送信元を DNS で示す仕組み）も DKIM（電子署名）も合格していません。"
             "応答に書かれている結果: SPF=fail。")):
        got = japanese("explain", "--zone", os.devnull, stdin=text)
        out.contains(re.sub(r"\s", "", got.stdout), said.replace(" ", ""), f"explain: {name}")
        broken_well(got.stdout, f"explain: {name}")


def test_explain():
    got = japanese("explain", "--zone", os.devnull, stdin=BOUNCE)
    out.equal(got.returncode, 0, "explain")
    for text in ("受信側の応答", "意味", "対処方法", "DKIM（電子署名）も合格していません",
                 "example.jp の SPF レコードに 203.0.113.4 が含まれるようにしてください", "sekimori keygen example.jp"):
        out.contains(re.sub(r"\s", "", got.stdout), text.replace(" ", ""), f"explain: says {text}")
    broken_well(got.stdout, "explain")
    steps = [line for line in got.stdout.splitlines() if re.match(r"  \d\. ", line)]
    out.ok(len(steps) >= 2, "explain: steps")
    said = japanese("explain", "--zone", os.devnull, stdin=UNKNOWN).stdout
    out.contains(re.sub(r"\n +", "", said), "登録されていません。恒久的な",
                 "explain: no blank between sentences")
    one, two = (json.loads(run("explain", "--zone", os.devnull, "--json", "--lang", lang,
                               stdin=BOUNCE).stdout) for lang in ("ja", "en"))
    same = ("code", "receiver", "reply", "domain", "ip", "cause", "forwarding")
    out.equal([one[k] for k in same], [two[k] for k in same], "explain: JSON as in English")
    out.ok(KANA.search(one["meaning"]) and all(KANA.search(r) for r in one["remedies"]),
           "explain: meaning and remedies in Japanese")
    out.equal(len(one["remedies"]), len(two["remedies"]), "explain: as many remedies")


def test_reasons(directory):
    """What the layers below say in English, which know of no other language."""
    world = World(directory)
    world.set(DOMAIN, "TXT", ["v=spf1 include:gone.example ipv4:1.2.3.4 -all"])
    args = ("--zone", world.zone(), "--ip", ADDRESS)
    for name, got, text in (
            ("one put together of others", japanese("check", DOMAIN, *args),
             "レコードが有効ではありません: 'ipv4:1.2.3.4': 不明な項目"),
            ("of SPF", japanese("spf", "--mail-from", "a@b.example", "--zone", world.file(
                "z", 'b.example. 60 IN TXT "v=spf1 ip4:192.0.2.1 ~all"\n'), "--ip", ADDRESS),
             "（b.example の '~all' に該当）"),
            ("of DKIM, DMARC and a reverse name", japanese("verify", *args, "--mail-from",
             "a@" + DOMAIN, stdin=f"From: a@{DOMAIN}\n\n"),
             f"（SPF も DKIM も、{DOMAIN} と一致するドメインでは合格していない）"),
            ("of the DNS", japanese("verify", "--ip", ADDRESS, "--zone", world.file(
                "z", ";@FAIL 4.113.0.203.in-addr.arpa PTR TIMEOUT\n"), stdin="From: a@b.example\n"),
             "（クライアントの逆引きに失敗: 時間切れ）")):
        out.contains(re.sub(r"\n\s*", "", got.stdout), text, f"a reason {name}")
    english = run("verify", *args, "--json", "--lang", "ja", stdin=f"From: a@{DOMAIN}\n\n")
    out.contains(english.stdout, "no pass of SPF or DKIM", "a reason for programs: in English")


# Each of them for another reason, most of them in words of several layers.
SIGNATURES = (
    "v=2; a=ed25519-sha256; d=b.example; s=s; h=from; bh=YQ==; b=YQ==", "v=1; a=x",
    "v=1; v=1", "v=1; d", "v=1; a=ed25519-sha256; d=b; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=-; h=from; bh=YQ==; b=YQ==",
    "v=1; a=foo; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=rsa-sha1; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=s; h=to; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; c=x; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; i=@c.example; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; t=9; x=8; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; q=x; d=b.example; s=s; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=gone; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=dead; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=bad; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=no; h=from; bh=YQ==; b=YQ==",
    "v=1; a=ed25519-sha256; d=b.example; s=old; h=from; bh=YQ==; b=YQ==")
AUTHORS = ("", "From: a@b.example\nFrom: a@c.example\n", "From: a@b.example, a@c.example\n",
           "From: (\n", "From: a\n", "From: <a@b.example\n", "From: a@b.example;\n")
RECORDS = ("a:x", "a:%{z}", "a:%", "a:%{d", "ip4:1", "ip6:1", "ip4:192.0.2.1/99", "foo", "all:x",
           "include:", "include:gone.example", "redirect=gone.example", "redirect=a.example "
           "redirect=b.example", "exp=x.example exp=y.example", "a:dead.example", "mx/77",
           "a:g1.example a:g2.example a:g3.example", " ".join(f"a:{i}.example" for i in range(12)))
SENTENCE = re.compile("[a-z]{2,} [a-z]+ [a-z]{2,}")
JAPANESE = re.compile("[\u3041-\u30f6\u4e00-\u9fff]")


def is_japanese(name, got):
    """No line that people read is an English sentence."""
    text = re.sub(r"Authentication-Results:.*(\n[ \t].*)*", "", got.stdout + got.stderr)
    left = [line for line in text.splitlines() if SENTENCE.search(line)
            and not JAPANESE.search(line)]
    # A reason stands in brackets or behind a colon.
    left += [part for part in re.findall(r"\(([^()]*)\)|: ([^:]*)$", text, re.M)
             if SENTENCE.search("".join(part)) and not JAPANESE.search("".join(part))]
    out.equal(left, [], f"{name}: no English sentence")


def test_no_english(directory):
    """Real runs that end in many different reasons."""
    zone = os.path.join(directory, "reasons.zone")
    with open(zone, "w", encoding="utf-8") as f:
        f.write("""
;@FAIL dead._domainkey.b.example TXT SERVFAIL
;@FAIL dead.example A TIMEOUT
bad._domainkey.b.example. 60 IN TXT "x"
no._domainkey.b.example. 60 IN TXT "v=DKIM1; k=ed25519"
old._domainkey.b.example. 60 IN TXT "v=DKIM1; k=ed25519; p="
""" + "".join(f'r{i}.example. 60 IN TXT "v=spf1 {record} -all"\n'
              for i, record in enumerate(RECORDS)))
    for value in SIGNATURES:
        got = japanese("verify", "--zone", zone, "--ip", ADDRESS,
                       stdin=f"DKIM-Signature: {value}\nFrom: a@b.example\n\n")
        out.ok(JAPANESE.search(got.stdout), f"verify: {value}: has a reason")
        is_japanese(f"verify: {value}", got)
    for author in AUTHORS:
        is_japanese("verify: " + repr(author), japanese(
            "verify", "--zone", zone, "--ip", ADDRESS, stdin=author + "\n"))
    for i, record in enumerate(RECORDS):
        got = japanese("spf", "--zone", zone, "--ip", ADDRESS, "--mail-from", f"a@r{i}.example")
        is_japanese(f"spf: {record[:40]}", got)
    config = os.path.join(directory, "no-english.conf")
    for conf, args in (
            ("Mode v", ()), ("Mode s", ("--auth", "x")), ("Mode sv", ("--auth", "x")),
            ("Mode sv\nInternalHosts 192.0.2.1", ("--ip", "127.0.0.1")),
            ("Mode sv\nPeerList 203.0.113.4", ("--ip", ADDRESS)),
            ("Mode sv\nTrustedRelays 203.0.113.4", ("--ip", ADDRESS)),
            ("Mode sv\nMTA ORIGINATING", ("--ip", ADDRESS, "--daemon", "ORIGINATING")),
            ("Mode sv\nExemptDomains b.example", ("--ip", ADDRESS))):
        with open(config, "w", encoding="utf-8") as f:
            f.write(conf + "\n")
        got = japanese("why", "--from", "a@b.example", "--config", config, *args)
        is_japanese(f"why: {conf!r} {args}", got)


def test_problems(directory):
    """What is wrong with a configuration."""
    config = os.path.join(directory, "problems.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write("Foo bar\nBogusX 1\nMode sv\nMode s\nKeyTable dsn:x\n"
                "InternalHosts 300.1, 0.0.0.0/0\n"
                "On-Security=reject\nAuthservID localhost\nOversignHeaders Fr.om:\nADSPAction x\n"
                "MinimumKeyBits 4096\nMaximumKeyBits 2048\nAlwaysAddARHeader yes\n"
                "Domain a.example\n"
                "MilterDebug 1\nSyslogSuccess maybe\n")
    args = ("why", "--from", "a@" + DOMAIN, "--config", config)
    got = japanese(*args)
    out.contains(got.stderr, "problems.conf:1: エラー: 不明なオプション 'Foo'", "a problem")
    out.contains(got.stderr, "problems.conf:2: 注意: OpenDKIM の BogusX", "a note, and what it holds")
    is_japanese("problems of a configuration", got)
    out.contains(run(*args).stderr, "problems.conf:1: error: unknown option 'Foo'", "in English")
    daemon = subprocess.run(
        [os.path.join(BUILD, "sekimorid"), "-n", "-c", config], capture_output=True, text=True,
        check=False, env={**os.environ, **PLAIN, "LANG": "ja_JP.UTF-8"})
    out.contains(daemon.stderr, "error: unknown option 'Foo'", "sekimorid -n, no terminal: English")
    main, terminal = pty.openpty()
    daemon = subprocess.Popen(
        [os.path.join(BUILD, "sekimorid"), "-n", "-c", config], stdout=subprocess.PIPE,
        stderr=terminal, env={**os.environ, **PLAIN, "LANG": "ja_JP.UTF-8"})
    os.close(terminal)
    said = b""
    while "Foo" not in said.decode(errors="replace"):
        try:
            more = os.read(main, 65536)
        except OSError:
            break
        said += more
    os.set_blocking(main, False)
    daemon.communicate()
    os.close(main)
    out.contains(said.decode(errors="replace"), "エラー: 不明なオプション 'Foo'",
                 "sekimorid -n at a terminal: in the reader's language")


def test_why(directory):
    config = os.path.join(directory, "why.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write("Mode v\n")
    args = ("why", "--from", "a@" + DOMAIN, "--ip", "127.0.0.1", "--config", config)
    got = japanese(*args)
    out.equal(got.returncode, 0, "why")
    out.contains(got.stdout, "経路: ", "why: the route")
    out.contains(got.stdout, "検査し、署名しません: ", "why: the reason")
    out.ok("not signed" in run(*args).stdout, "why: in English")
    said = japanese("config", "option", "On-SignatureError").stdout
    out.contains(said, "署名するはずの自分のメール", "config option: what it is for")
    for name, args in (("why", args), ("config show", ("config", "show", "--config", config))):
        said = japanese(*args).stdout
        out.ok("省略時の値" in said and not re.search(r"\bdefault$", said, re.M),
               name + ": what is not set, too")


def test_import(directory):
    """A row that is left out of the copy: that it is, and not only what is wrong with it."""
    files = {"KeyTable": "a a.example:s:a.pem\nc\n", "opendkim.conf":
             f"KeyTable {directory}/KeyTable\nSigningTable refile:{directory}/SigningTable\n",
             "SigningTable": "*@a.example a\n*@d.example gone\n"}
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="ascii") as file:
            file.write(text)
    said = japanese("import", "opendkim", directory + "/opendkim.conf", "--user", "root",
                    "--output", directory + "/copy")
    out.equal((said.stdout + said.stderr).count("この行はコピーに含めていません"), 2,
              "import: rows that are left out are said to be")


def main():
    if not out.ok(os.path.exists(os.path.join(BUILD, "po", "ja.mo")),
                  "the catalogue is built (needs msgfmt, Debian package gettext)"):
        out.done()
    with tempfile.TemporaryDirectory() as directory:
        place = os.path.join(directory, "locale", "ja", "LC_MESSAGES")
        os.makedirs(place)
        os.symlink(os.path.abspath(os.path.join(BUILD, "po", "ja.mo")),
                   os.path.join(place, "sekimori.mo"))
        os.environ["SEKIMORI_LOCALEDIR"] = os.path.join(directory, "locale")
        out.run(test_choice, test_errors, test_help, test_explain, test_kinds,
                lambda: test_keygen(directory), lambda: test_check(directory),
                lambda: test_reasons(os.path.join(directory, "locale")),
                lambda: test_no_english(directory),
                lambda: test_problems(directory), lambda: test_import(directory),
                lambda: test_why(directory), lambda: test_catalogues(directory))
    out.done()


main()
