#!/usr/bin/python3
"""What is written in Japanese (po/ja.po, man/ja, README.ja) spells a word one way and has no blank
where Japanese has none: between kana or kanji, before a full-width bracket or stop. A half-width
bracket stands beside no Japanese letter. Reasons are plain (だ), all else polite: t/lint/po.t."""
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402

TOP = os.path.normpath(os.path.join(HERE, "..", ".."))
PAGES = ("sekimori.1", "sekimori-keytable.5", "sekimori.conf.5", "sekimorid.8")
# What is never written, and what stands for it.
SPELT = (("ディレクトリー", "ディレクトリ"), ("セレクター", "セレクタ"), ("コンテナー", "コンテナ"),
         ("メモリー", "メモリ"), ("メール サーバー", "メールサーバー"), ("サーバ(?!ー)", "サーバー"),
         ("ユーザ(?!ー)", "ユーザー"), ("フィルタ(?!ー|リ)", "フィルター"),
         ("メーリング リスト", "メーリングリスト"), ("ブロック リスト", "ブロックリスト"),
         ("ファイル システム", "ファイルシステム"), ("ヘッダーフィールド", "ヘッダー フィールド"),
         ("既に", "すでに"))
KANA = "ぁ-んァ-ヶー一-龠々"
BLANK = re.compile(rf"[ぁ-ん一-龠々、。] +[{KANA}]|[ァ-ヶー] +[ぁ-ん一-龠々]|[{KANA}] +[（）、。「」]|[、。（] +[{KANA}]")
BRACKET = re.compile(rf"[{KANA}] ?\([^)`\"]|[^(\"]\)[{KANA}]")


def read(*names):
    with open(os.path.join(TOP, *names), encoding="utf-8") as file:
        return file.read()


def written():
    """(name, line) of everything in Japanese, a message of the catalogue as one line."""
    for message in re.findall(r'^msgstr (".*"(?:\n".*")*)', read("po", "ja.po"), re.M):
        yield "po/ja.po", re.sub(r'"\n"', "", message)
    for page in PAGES:
        for line in read("man", "ja", page).splitlines():
            yield f"man/ja/{page}", line
    # The columns of README.ja are no blanks of a sentence.
    for line in read("README.ja").splitlines():
        for part in re.split(r" {2,}", line):
            yield "README.ja", part


def faults(text):
    for wrong, right in SPELT:
        if re.search(wrong, text):
            yield f"{wrong}: {right}"
    for rule, what in ((BLANK, "a blank"), (BRACKET, "a half-width bracket")):
        found = rule.search(text)
        if found:
            yield f"{what}: {found[0]}"


def main():
    out = tap.Tap()
    found, lines = {}, 0
    for name, text in written():
        lines += 1
        found.setdefault(name, [])
        found[name] += [f"{fault}: {text}" for fault in faults(text)]
    out.ok(lines > 2000 and len(found) == 6, f"there is Japanese ({lines} lines)")
    for name, list_ in found.items():
        out.equal(list_, [], f"{name}: one spelling, no blanks, no half-width brackets")
    out.ok(list(faults("転送 されています")), "a blank is found")
    out.ok(list(faults("鍵 (%s) は")), "a half-width bracket is found")
    out.ok(not list(faults("ヘッダー フィールド %s（%s）は 1 つ")), "what is right is not")
    out.done()


main()
