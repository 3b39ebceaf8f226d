"""guises - From fields that show an address of victim.example to somebody, and some that show
none. What a mail reader makes of one is shown().

    SHOW        each is refused where victim.example has impersonation=reject
    FOREIGN     each is readable mail of attacker.example
    SHORT       what Sendmail gives its own name to (mx.example.jp), and others may
    SENDMAIL    what Sendmail alone gives it to
"""
import base64
import email
import email.header
import email.policy
import email.utils
import re

WIDE = "ceo＠ｖｉｃｔｉｍ．ｅｘａｍｐｌｅ"


def word(text, charset="utf-8"):
    """An encoded word; a text, or the bytes that it holds."""
    data = text.encode(charset) if isinstance(text, str) else text
    return b"=?" + charset.encode() + b"?B?" + base64.b64encode(data) + b"?="


SHOW = (
    # as it should be
    b"ceo@victim.example", b"CEO <ceo@VICTIM.example.>", b"CEO <ceo@sub.victim.example>",
    # RFC 5322 4.4: blanks, comments and folds in a domain
    b"CEO <ceo@victim .example>", b"CEO <ceo@victim. example>", b"ceo @ victim . example",
    b"ceo@victim(x).example", b"ceo@(x)victim(y).(z)example(w)", b"ceo@victim(a(b)c).example",
    b"CEO <ceo@victim(x\\)y).example>", b"CEO <ceo@victim(x\\).example>",
    b"ceo@victim\r\n .example",
    b"ceo@victim.\r\n\texample", b"ceo@\r\n victim.example", b"ceo\r\n @victim.example",
    b"CEO <ceo@victim\r\n (x\r\n y)\r\n .example>", b"CEO <ce o@victim.example>",
    b"c . e . o@victim.example", b'"c"."e"@victim.example', b'ceo."x"@victim .example',
    b"ceo@v(1)i(2)c(3)t(4)i(5)m(6).(7)e(8)x(9)a(0)m(a)p(b)l(c)e", b"ceo@mail(x).victim.example",
    b"ceo@victim" + b"(" + b"a" * 300 + b").example", b"ceo@vic\r\n tim.example",
    # encoded words where no address may have one
    b"=?utf-8?Q?ceo=40victim=2Eexample?=", word("ceo@victim.example", "iso-8859-1"),
    b"CEO <=?utf-8?Q?ceo=40victim.example?=>", b"ceo@=?utf-8?Q?victim=2Eexample?=",
    b"<ceo@=?utf-8?Q?victim?=.example>", b"=?utf-8?Q?ceo=40vic?= =?utf-8?Q?tim=2Eexample?=",
    b"=?utf-8?Q?ceo?=\r\n =?utf-8?B?QA==?= =?utf-8?Q?victim.example?=",
    b"=?utf-8?Q?ceo=40?=victim.example", b"ceo=?utf-8?Q?=40?=victim.example",
    b"=?utf-8*en?Q?ceo=40victim.example?=", word("CEO <ceo@victim.example>"),
    b"=?utf-8?Q?CEO_<ceo=40victim.example>?=", b"=?utf-8?Q?ceo=40victim.example?= <>",
    b"=?utf-8?Q?ceo=40victim.example?= <x>", b"=?utf-8?Q?ceo=40victim.example",
    b"=?utf-8?B?Y2Vv QHZp Y3RpbS5leGFtcGxl?=", b"=?utf-8?B?Y2VvQHZpY3RpbS5leGFtcGxl===?=",
    word(word("ceo@victim.example")), b'"=?utf-8?Q?ceo=40victim.example?="',
    b"=?utf-8?Q?ceo=40victim=0A.example?=", b"=?utf-8?Q?ceo=00=40victim.example?=",
    word("ceo@victim.example", "utf-16"), word("ceo@victim.example", "utf-32"),
    word(b"ceo+AEA-victim+AC4-example", "utf-7"), word(b"ceo@victim.example", "x-unknown"),
    word("ceo@victim.example", "cp037"), word("ceo@victim.example", "cp273"),
    *[word(WIDE, charset) for charset in (
        "utf-8", "utf-7", "utf-16", "utf-16-be", "iso-2022-jp", "iso-2022-kr", "shift_jis",
        "euc-jp", "euc-kr", "gb2312", "big5")],
    word("社長 ceo@victim.example", "iso-2022-jp"),
    word("<x@attacker.example>") + b" <x@attacker.example>, <" + word("ceo@victim.example") + b">",
    # wide letters, and such as show nothing
    *[text.encode() for text in (
        WIDE, "ceo@victim．example", "ceo＠victim.example", "ceo﹫victim.example",
        "ceo@victim。example", "ceo@victim｡example", "ceo@victim․example", "ceo@ⓥictim.example",
        "ceo@𝓿𝓲𝓬𝓽𝓲𝓶.example", "＜ceo@victim .example＞", "ceo＠victim（x）.example",
        "ceo@vic\u200dtim.example", "ceo@vic\u200btim.example", "ceo@vic\u00adtim.example",
        "ceo@vic\u202etim\u202c.example", "ceo@victim\u00a0.example", "ceo@victim\u3000.example")],
    *[WIDE.encode(charset) for charset in ("iso-2022-jp", "shift_jis", "euc-jp")],
    b"ceo@vic\xfftim.example", b"ceo@vic\x9btim.example", b"ceo@vic\x01tim.example",
    b"ceo@vic\x7ftim.example", b"ceo@victim\x0b.example", b"ceo@vic\x1btim.example",
    "社長 <ceo@victim .example>".encode("iso-2022-jp"),
    "社長 <ceo@victim(x).example>".encode("shift_jis"),
    # brackets, quotes and dots that do not belong there
    b"<<ceo@victim.example>>", b"<ceo@victim.example", b"ceo@victim.example>",
    b"CEO <<ceo@victim .example>>", b"ceo@<victim.example>", b"<ceo>@victim.example",
    b"ceo@[victim.example]", b'ceo@"victim.example"', b'ceo@vic"tim".example',
    b"ceo@vic\\tim.example", b"ceo\\@victim.example", b'"ceo@victim.example"',
    b"ceo@victim.example..", b"ceo@victim..example", b"ceo@.victim.example",
    b"mailto:ceo@victim.example", b"CEO [ceo@victim.example]", b"{ceo@victim .example}",
    b"CEO (ceo@victim.example", b'"CEO <ceo@victim.example>', b'" ceo@victim(x).example',
    b'"(" ceo@victim(x).example ")"', b'(" CEO <ceo@victim.example>', b"ceo@victim.example (",
    b"(" * 500 + b" ceo@victim .example",
    # several authors
    b"x@attacker.example, ceo@victim.example", b"ceo@victim.example, x@attacker.example",
    b"x@attacker.example ceo@victim.example", b"x@attacker.example; ceo@victim.example",
    b"<x@attacker.example> <ceo@victim.example>", b"<ceo@victim.example>x@attacker.example",
    b"ceo@victim.example <x@attacker.example>", b"x@attacker.example,, ceo@victim.example",
    b"grp: x@attacker.example, ceo@victim.example;", b"grp: ceo@victim .example;",
    b"x@attacker.example, =?utf-8?Q?ceo=40victim.example?=",
    b"x@attacker.example, " * 1200 + b"ceo@victim .example",
    # routes, and what Sendmail makes an address of
    b"<@attacker.example:ceo@victim.example>", b"<@victim.example:x@attacker.example>",
    b"@victim.example", b"ceo@@victim.example", b"ceo@victim.example@attacker.example",
    b"ceo@attacker.example@victim.example", b"<ceo%victim.example>", b"ceo %victim .example",
    b"CEO <victim.example!ceo>", b"victim . example ! ceo", b"attacker.example!victim.example!ceo",
    b"ceo%victim.example, Foo <x@attacker.example>", b"<@attacker.example:ceo%victim.example>",
)

FOREIGN = (
    b"x@attacker.example", b'"ceo@victim.example" <x@attacker.example>',
    b"=?utf-8?Q?ceo=40victim.example?= <x@attacker.example>",
    word("社長 <ceo@victim.example>", "iso-2022-jp") + b" <x@attacker.example>",
    b"x@attacker.example (ceo@victim.example)", b"(ceo@victim.example) x@attacker.example",
    b"CEO via victim.example <x@attacker.example>", b"ceo@victim.example.attacker.example",
    b'"ceo@victim.example"@attacker.example', b"ceo%victim.example@attacker.example",
    b"victim.example!ceo@attacker.example", b"x@notvictim.example",
    b'"a\\"b <ceo@victim.example>" <x@attacker.example>', b"grp: x@attacker.example;", b"grp:;",
    b"Foo [victim.example] <x@attacker.example>", b"[victim.example 12] <x@attacker.example>",
    b"=?utf-8?Q?ceo=40victim.example?= [12] <x@attacker.example>",
    b'"ceo@victim.example" [Foo] <x@attacker.example>', b"x@[192.0.2.1]",
    b"x@[IPv6:2001:db8::1]", b"x@attacker .example",
    "社長＠victim.example <x@attacker.example>".encode(), "x@víctim.example".encode(),
    "社長 <x@attacker.example>".encode("iso-2022-jp"), b"ceo=victim.example@attacker.example",
)

SHORT = (
    b"CEO <ceo>", b"ceo", b'"CEO"', b"CEO EXAMPLE", b"(x) ceo", b"=?utf-8?Q?ceo?=",
    b"ceo, x@attacker.example", b"x@attacker.example, CEO <ceo>", b"<ceo>x@attacker.example",
    b"ceo; x@attacker.example", b"grp: ceo, x@attacker.example;", b"CEO <ceo", b"ceo>",
    "社長".encode(),
    # UUCP, and routes
    b"sales!ceo", b"localhost!ceo", b"a!b!ceo", b"!ceo", b"ceo!", b"sales!ceo%attacker.example",
    b"CEO <sales!ceo>", b"<@attacker.example:ceo>", b"x@attacker.example:ceo",
    b"Foo [Bar] <ceo@mx.example.jp>", b"ceo@mx .example.jp",
)

SENDMAIL = (
    b"ceo@localhost", b"CEO <ceo@LOCALHOST>", b"ceo@(x)localhost", b"ceo%localhost",
    b"ceo@localhost.example.jp", b"ceo@[127.0.0.1]", b"ceo@mx",
    b"Foo [Bar] <ceo@localhost>", b"Foo [Bar] <ceo@mx>", b"ACME, Inc. <x@attacker.example>",
    b"=?utf-8?Q?ACME,_Inc.?= <x@attacker.example>",
)


def _decoded(text):
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        return text


def shown(data):
    """The addresses that a reader of this message may show as its authors'."""
    seen = set()
    for field in email.message_from_bytes(data).get_all("From") or []:
        field = str(field)
        plain = re.sub(r"\s+", "", re.sub(r"\([^()]*\)", "", field))
        for text in (field, plain) if "<" in field else (field, plain, _decoded(field)):
            seen |= {address for _, address in email.utils.getaddresses([text])}
        seen |= {_decoded(text) for text in re.findall("<([^<>]*)>", field)}
    return seen
