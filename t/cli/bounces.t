#!/usr/bin/python3
"""sekimori explain on what receivers really answer: every code that senders meet has a meaning, in
every wrapping in which it reaches them. The replies are those of Gmail's, Yahoo's, Microsoft's,
Apple's and the Japanese carriers' pages for senders, and of common mail servers."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import tap  # noqa: E402
from domainworld import run  # noqa: E402

out = tap.Tap()
GMAIL = "gmail-smtp-in.l.google.com"
YAHOO = "mta7.am0.yahoodns.net"
OUTLOOK = "outlook-com.olc.protection.outlook.com"
ICLOUD = "mx01.mail.icloud.com"
DOCOMO = "mfsmax.docomo.ne.jp"
AU = "lsean.ezweb.ne.jp"
SOFTBANK = "mx.softbank.ne.jp"
OTHER = "mx.example.net"
NAMES = {GMAIL: "gmail", YAHOO: "yahoo", OUTLOOK: "outlook", ICLOUD: "icloud", DOCOMO: "docomo",
         AU: "kddi", SOFTBANK: "softbank", OTHER: None}

# the host that answers, its reply, the cause
REPLIES = [
    (GMAIL, "421 4.7.26 This mail has been rate limited because it is unauthenticated. Gmail "
     "requires all senders to authenticate with either SPF or DKIM.", "unauthenticated"),
    (GMAIL, "550 5.7.26 This message does not have authentication information or fails to pass "
     "authentication checks (SPF or DKIM).", "unauthenticated"),
    (GMAIL, "550 5.7.1 This message fails to pass authentication checks.", "unauthenticated"),
    (GMAIL, "550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender "
     "and Gmail users, and has been blocked.", "unauthenticated"),
    (GMAIL, "550 5.7.26 The MAIL FROM domain [example.jp] has an SPF record with a hard fail "
     "policy (-all) but it fails to pass SPF checks with the ip: [203.0.113.4].", "spf-fail"),
    (GMAIL, "550 5.7.26 This message fails to pass SPF checks for an SPF record with a hard fail "
     "policy (-all).", "spf-fail"),
    (GMAIL, "550 5.7.26 Unauthenticated email from example.jp is not accepted due to domain's "
     "DMARC policy.", "dmarc-policy"),
    (GMAIL, "451 4.7.26 Unauthenticated email from example.jp is not accepted due to domain's "
     "DMARC policy, but temporary DNS failures prevent authentication.", "dmarc-dns"),
    (GMAIL, "421 4.7.27 Your email has been rate limited because SPF authentication didn't pass "
     "for this message.", "spf-required"),
    (GMAIL, "550 5.7.27 This mail has been blocked because SPF does not pass.", "spf-required"),
    (GMAIL, "421 4.7.30 Your email has been rate limited because DKIM authentication didn't pass",
     "dkim-required"),
    (GMAIL, "550 5.7.30 This mail has been blocked because DKIM does not pass.", "dkim-required"),
    (GMAIL, "421 4.7.31 The sending domain has no DMARC record.", "dmarc-missing"),
    (GMAIL, "421 4.7.40 The sending domain does not have a DMARC record.", "dmarc-missing"),
    (GMAIL, "550 5.7.40 The sending domain does not have a DMARC record.", "dmarc-missing"),
    (GMAIL, "421 4.7.32 The From: header (RFC5322) in this message isn't aligned with either the "
     "authenticated SPF or DKIM organizational domain.", "not-aligned"),
    (GMAIL, "550 5.7.32 The From: header isn't aligned.", "not-aligned"),
    (GMAIL, "421 4.7.23 The sending IP address for this message doesn't have a PTR record, or the "
     "PTR record's forward DNS entry doesn't match the sending IP address.", "ptr"),
    (GMAIL, "421 4.7.0 The IP address sending this message does not have a PTR record, or the "
     "corresponding forward DNS entry does not point to the sending IP.", "ptr"),
    (GMAIL, "550 5.7.25 The sending IP does not match the IP address of the hostname specified in "
     "the pointer (PTR) record.", "ptr"),
    (GMAIL, "550 5.7.1 [2001:db8::1] This message does not meet IPv6 sending guidelines regarding "
     "PTR records and authentication.", "ptr"),
    (GMAIL, "421 4.7.29 This message wasn't sent over a TLS connection. Gmail requires all bulk "
     "email senders to use TLS/SSL for SMTP connections.", "tls"),
    (GMAIL, "421 4.7.0 TLS required for RCPT domain, closing connection.", "tls"),
    (GMAIL, "451 4.7.24 The SPF record of the sending domain has one or more suspicious entries.",
     "spf-suspicious"),
    (GMAIL, "550 5.7.24 The SPF record of the sending domain has one or more suspicious entries.",
     "spf-suspicious"),
    (GMAIL, "421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP "
     "address [203.0.113.4].", "rate"),
    (GMAIL, "550 5.7.1 Our system has detected an unusual rate of unsolicited mail originating "
     "from your IP address.", "rate"),
    (GMAIL, "550 5.7.1 Our system has detected that this message is likely suspicious due to the "
     "very low reputation of the sending IP address.", "reputation"),
    (GMAIL, "421 4.7.0 This message is suspicious due to the very low reputation of the sending "
     "domain.", "reputation"),
    (GMAIL, "550 5.7.1 Our system has detected that this message is likely unsolicited mail.",
     "content"),
    (GMAIL, "552 5.7.0 This message was blocked because its content presents a potential security "
     "issue.", "content"),
    (GMAIL, "550 5.7.1 Messages missing a valid address in the From: header are not accepted.",
     "from-invalid"),
    (GMAIL, "550 5.7.1 Messages with multiple addresses in From: header are not accepted.",
     "from-invalid"),
    (GMAIL, "550 5.7.1 This message is not RFC 5322 compliant because it has duplicate headers.",
     "header-duplicate"),
    (GMAIL, "550 5.7.1 Messages missing a valid Message-ID: header are not accepted.",
     "message-id"),
    (GMAIL, "550 5.7.1 The message contains a unicode character in a disallowed header.",
     "header-invalid"),
    (GMAIL, "550 5.7.1 Encoded-word syntax is not permitted in message header From.",
     "header-invalid"),
    (GMAIL, "550 5.1.1 The email account that you tried to reach does not exist. Please try "
     "double-checking the recipient's email address for typos", "user-unknown"),
    (GMAIL, "550 5.2.1 The email account that you tried to reach is inactive.", "user-disabled"),
    (GMAIL, "552 5.2.2 The recipient's inbox is out of storage space and inactive.",
     "mailbox-full"),
    (GMAIL, "450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
     "recipient-rate"),
    (GMAIL, "550 5.4.5 Daily user sending limit exceeded.", "sending-limit"),
    (GMAIL, "552 5.3.4 Your message exceeded Google's message size limits.", "too-large"),
    (GMAIL, "550 5.7.1 The IP you're using to send mail is not authorized to send email directly "
     "to our servers.", "relay-denied"),
    (GMAIL, "535 5.7.8 Username and Password not accepted.", "auth-needed"),
    (GMAIL, "421 4.3.0 Temporary System Problem. Try again later.", "temporary"),
    (YAHOO, "550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo "
     "requires all senders to authenticate with either SPF or DKIM.", "unauthenticated"),
    (YAHOO, "554 5.7.9 Message not accepted for policy reasons. See "
     "https://postmaster.yahooinc.com/error-codes", "policy"),
    (YAHOO, "554 Message not allowed - [PH01] Email not accepted for policy reasons.", "policy"),
    (YAHOO, "553 5.7.1 [BL21] Connections will not be accepted from 203.0.113.4, because the ip is "
     "in Spamhaus's list", "blocklist"),
    (YAHOO, "553 5.7.1 [BL23] Connections not accepted from IP addresses on Spamhaus XBL",
     "blocklist"),
    (YAHOO, "421 4.7.0 [TSS04] Messages from 203.0.113.4 temporarily deferred due to unexpected "
     "volume or user complaints", "reputation"),
    (YAHOO, "553 5.7.2 [TSS09] All messages from 203.0.113.4 will be permanently deferred",
     "reputation"),
    (YAHOO, "451 Message temporarily deferred due to unresolvable RFC.5321 from domain.",
     "sender-domain"),
    (YAHOO, "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com)",
     "user-unknown"),
    (YAHOO, "554 30 Sorry, your message to x@aol.jp cannot be delivered. This mailbox is disabled "
     "(554.30)", "user-disabled"),
    (OUTLOOK, "550 5.7.515 Access denied, sending domain example.jp does not meet the required "
     "authentication level.", "unauthenticated"),
    (OUTLOOK, "550 5.7.509 Access denied, sending domain example.jp does not pass DMARC "
     "verification and has a DMARC policy of reject.", "dmarc-policy"),
    (OUTLOOK, "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
     "spf-fail"),
    (OUTLOOK, "450 4.7.26 Access denied, a message sent over IPv6 [2001:db8::4] must pass either "
     "SPF or DKIM validation, this message is not signed", "unauthenticated"),
    (OUTLOOK, "550 5.7.25 Access denied, the sending IPv6 address [2001:db8::4] must have a "
     "reverse DNS record", "ptr"),
    (OUTLOOK, "550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant",
     "from-invalid"),
    (OUTLOOK, "550 5.7.606 Access denied, banned sending IP [203.0.113.4].", "blocklist"),
    (OUTLOOK, "550 5.7.649 Access denied, banned sending IP [203.0.113.4]", "blocklist"),
    (OUTLOOK, "550 5.7.511 Access denied, banned sender[203.0.113.4].", "blocklist"),
    (OUTLOOK, "550 5.7.1 Unfortunately, messages from [203.0.113.4] weren't sent. Please contact "
     "your Internet service provider since part of their network is on our block list (S3150).",
     "blocklist"),
    (OUTLOOK, "451 4.7.650 The mail server [203.0.113.4] has been temporarily rate limited due "
     "to IP reputation.", "reputation"),
    (OUTLOOK, "550 5.7.513 Service unavailable, Client host [203.0.113.4] blocked by example.com "
     "using Customer Block list", "recipient-policy"),
    (OUTLOOK, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
     "recipient-policy"),
    (OUTLOOK, "550 5.4.1 Recipient address rejected: Access denied. [AM1EUR.eop-EUR01.prod."
     "protection.outlook.com]", "user-unknown"),
    (OUTLOOK, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address",
     "user-unknown"),
    (OUTLOOK, "550 5.5.0 Requested action not taken: mailbox unavailable", "user-unknown"),
    (OUTLOOK, "554 5.2.2 mailbox full", "mailbox-full"),
    (ICLOUD, "554 5.7.1 Your message was rejected due to example.jp's DMARC policy.",
     "dmarc-policy"),
    (ICLOUD, "554 5.7.1 [HME1] This message was blocked for failing both SPF and DKIM",
     "unauthenticated"),
    (ICLOUD, "550 5.7.1 [CS01] Message rejected due to local policy.", "policy"),
    (ICLOUD, "550 5.1.1 unknown or illegal alias: x@icloud.com", "user-unknown"),
    (ICLOUD, "552 5.2.2 <x@me.com>: user is over quota", "mailbox-full"),
    (DOCOMO, "550 Unknown user taro@docomo.ne.jp", "user-filtered"),
    (DOCOMO, "552 Too much mail data taro@docomo.ne.jp", "mailbox-full"),
    (DOCOMO, "500 Line Too Long", "line-too-long"),
    (AU, "550 <taro@ezweb.ne.jp>: User unknown", "user-filtered"),
    (AU, "550 : User unknown", "user-filtered"),
    (AU, "554 <taro@au.example>: Relay access denied", "relay-denied"),
    (SOFTBANK, "550 Invalid recipient: <taro@i.softbank.jp>", "user-unknown"),
    (SOFTBANK, "553 bounce.example.jp does not exist", "sender-domain"),
    (OTHER, "550 5.1.1 <taro@example.net>: Recipient address rejected: User unknown in local "
     "recipient table", "user-unknown"),
    (OTHER, "550 5.1.10 <taro@example.net>: Recipient address rejected: Domain example.net does "
     "not accept mail (nullMX)", "domain-unknown"),
    (OTHER, "450 4.2.0 <taro@example.net>: Recipient address rejected: Greylisted, see "
     "http://postgrey.example/", "greylist"),
    (OTHER, "450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.4]",
     "ptr"),
    (OTHER, "554 5.7.1 Service unavailable; Client host [203.0.113.4] blocked using "
     "zen.spamhaus.org", "blocklist"),
    (OTHER, "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", "helo"),
    (OTHER, "450 4.1.8 <root@localhost.localdomain>: Sender address rejected: Domain not found",
     "sender-domain"),
    (OTHER, "553 5.1.8 <a@b.invalid>... Domain of sender address a@b.invalid does not exist",
     "sender-domain"),
    (OTHER, "554 5.7.1 <taro@example.org>: Relay access denied", "relay-denied"),
    (OTHER, "530 5.7.0 Authentication required", "auth-needed"),
    (OTHER, "552 5.3.4 Message size exceeds fixed limit", "too-large"),
    (OTHER, "554 5.7.1 Spam message rejected", "content"),
    (OTHER, "550 5.7.1 rejected by DMARC policy for example.jp", "dmarc-policy"),
    (OTHER, "550 5.7.23 SPF check of example.jp failed for 203.0.113.4", "spf-fail"),
    (OTHER, "550 5.7.24 the SPF record of example.jp cannot be evaluated", "spf-error"),
    (OTHER, "554 5.4.6 Too many hops", "loop"),
    (OTHER, "421 4.3.2 Service not available, closing transmission channel", "temporary"),
]

# Wrappings: {host}, {reply}; {lines}: the reply, its code on every line
WRAPPINGS = {
    "Postfix's log": "Nov 22 10:00:01 mx postfix/smtp[9]: 4cX1: to=<taro@h.example>, relay={host}"
                     "[192.0.2.25]:25, delay=1.1, delays=0/0/1/0, dsn=5.0.0, status=bounced (host "
                     "{host}[192.0.2.25] said: {lines} (in reply to end of DATA command))",
    "Postfix's bounce": "This is the mail system at host mail.example.jp.\n\nI'm sorry to have to "
                        "inform you that your message could not\nbe delivered to one or more "
                        "recipients. It's attached below.\n\n                   The mail system\n\n"
                        "<taro@h.example>: host {host}[192.0.2.25] said:\n    {folded} (in reply "
                        "to end of DATA\n    command)\n",
    "a delivery status": "Reporting-MTA: dns; mail.example.jp\nX-Postfix-Sender: rfc822; "
                         "jiro@example.jp\n\nFinal-Recipient: rfc822; taro@h.example\nAction: "
                         "failed\nStatus: 5.0.0\nRemote-MTA: dns; {host}\nDiagnostic-Code: smtp; "
                         "{folded}\n",
    "Exim's bounce": "This message was created automatically by mail delivery software.\n\nA "
    "message that you sent could not be delivered to one or more of its\nrecipients. This "
                     "is a permanent error. The following address(es) failed:\n\n  taro@h.example\n"
                     "    host {host} [192.0.2.25]\n    SMTP error from remote mail server after "
                     "end of data:\n    {folded}\n",
    "Sendmail's bounce": "   ----- The following addresses had permanent fatal errors -----\n"
                         "<taro@h.example>\n    (reason: {reply})\n\n   ----- Transcript of "
                         "session "
                         "follows -----\n... while talking to {host}.:\n>>> DATA\n<<< {reply}\n"
                         "554 5.0.0 Service unavailable\n",
    "pasted alone": "{reply} {host}",
}


def code_of(reply):
    """550, 5.7.26: as they stand before the words."""
    words = reply.split()
    return words[0], words[1] if words[1].count(".") == 2 and words[1][0] in "45" else None


def wrap(wrapping, host, reply):
    """In lines of 60, each with the code before it, as servers send them."""
    code, status = code_of(reply)
    text = reply.split(" ", 2 if status else 1)[-1]
    parts, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 60:
            parts, line = parts + [line], ""
        line += (" " if line else "") + word
    parts.append(line)
    front = [code + "-"] * (len(parts) - 1) + [code + " "]
    lines = [f + (status + " " if status else "") + p for f, p in zip(front, parts)]
    return wrapping.format(host=host, reply=reply, lines=" ".join(lines),
                           folded="\n    ".join(lines))


def explain(world, text, *args):
    got = run("explain", "--zone", world, "--json", *args, stdin=text)
    return json.loads(got.stdout)


def test_replies(zone):
    """Each reply in one of the wrappings, by turns; each remedy filled in."""
    names = list(WRAPPINGS)
    for i, (host, reply, cause) in enumerate(REPLIES):
        name = names[i % len(names)]
        got = explain(zone, wrap(WRAPPINGS[name], host, reply))
        code, status = code_of(reply)
        want = (NAMES[host], cause, code)
        if not out.equal((got.get("receiver"), got.get("cause"), (got.get("code") or "")[:3]), want,
                         f"{name}: {reply[:60]}"):
            out.note(got)
        out.ok(status is None or status in (got.get("code") or ""), f"{name}: its status")
        out.ok(all(got.get("remedies", [])) and got.get("meaning"), f"{name}: a meaning, remedies")


def test_wrappings(zone):
    """One reply in all of them."""
    host, reply, cause = REPLIES[0]
    for name, wrapping in WRAPPINGS.items():
        got = explain(zone, wrap(wrapping, host, reply))
        out.equal((got.get("receiver"), got.get("cause"), got.get("code")),
                  ("gmail", cause, "421 4.7.26"), f"{name}: understood")


NDR = """From: postmaster@outlook.com
To: jiro@example.jp
Subject: Undeliverable: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p><b><font color=3D"#000066">Your message to taro@contoso.com couldn't be del=
ivered.</font></b></p><p>taro wasn't found at contoso.com.</p>
<p>Diagnostic information for administrators:</p>
<p>Generating server: AM0PR01.eurprd01.prod.outlook.com</p>
<p>taro@contoso.com<br>
Remote server returned '550 5.1.10 RESOLVER.ADR.Recipi=
entNotFound; Recipient taro@contoso.com not found by SMTP address lookup'</p>
</body></html>
"""
LEVEL = """<html><head></head><body><p><b>Delivery has failed to these recipients or groups:</b></p>
<p><a href="mailto:taro@outlook.com">taro@outlook.com</a><br>Your message wasn't delivered.</p>
<p>Remote Server returned &#39;550 5.7.515 Access denied, sending domain example.jp does not meet
the required authentication level. Spf=Fail, Dkim=Fail, DMARC=Fail&#39;</p></body></html>
"""
# name, text, the receiver, the code, the cause
WHOLE = [
    ("Microsoft's report, HTML in quoted-printable", NDR, "outlook", "550 5.1.10", "user-unknown"),
    ("the page of such a report, copied as HTML", LEVEL, "outlook", "550 5.7.515",
     "unauthenticated"),
    ("Gmail's own notice", "Delivery Status Notification (Failure)\n\n** Address not found **"
     "\n\nYour message wasn't delivered to taro@gmail.com because the address couldn't be "
     "found.\n\nThe response was:\n\n550 5.1.1 "
     "The email account that you tried to reach does not exist. gsmtp",
     "gmail", "550 5.1.1", "user-unknown"),
    ("docomo, refused at DATA, by Sendmail", "The original message was received at Tue, 1 Nov 2026"
     "\n\n   ----- The following addresses had permanent fatal errors -----\n<taro@docomo.ne.jp>\n"
     "    (reason: 550 Unknown user taro@docomo.ne.jp)\n\n   ----- Transcript of session follows "
     "-----\n... while talking to mfsmax.docomo.ne.jp.:\n>>> DATA\n<<< 550 Unknown user "
     "taro@docomo.ne.jp\n554 5.0.0 Service unavailable\n", "docomo", "550 5.0.0", "user-filtered"),
    ("Postfix finds no such domain", "Nov 22 10:00:01 mx postfix/smtp[9]: 4cX1: to=<a@exmaple.jp>, "
     "relay=none, delay=0.1, delays=0/0/0.1/0, dsn=5.4.4, status=bounced (Host or domain name not "
     "found. Name service error for name=exmaple.jp type=A: Host not found)", None, "5.4.4",
     "domain-unknown"),
    ("Postfix reaches nobody", "Nov 22 10:00:01 mx postfix/smtp[9]: 4cX1: to=<a@example.net>, "
     "relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to "
     "mx.example.net[192.0.2.25]:25: Connection timed out)", None, "4.4.1", "unreachable"),
    ("Postfix meets itself", "Nov 22 10:00:01 mx postfix/smtp[9]: 4cX1: to=<a@example.jp>, relay="
     "none, dsn=5.4.6, status=bounced (mail for example.jp loops back to myself)", None, "5.4.6",
     "loop"),
    ("Exim finds no such domain", "A message that you sent could not be delivered to one or more "
     "of its\nrecipients. The following address(es) failed:\n\n  taro@exmaple.jp\n    Unrouteable "
     "address\n", None, None, "domain-unknown"),
    ("Sendmail's log", "Nov 22 10:00:01 mx sm-mta[9]: 4AM1: to=<taro@icloud.com>, delay=00:00:02, "
     "xdelay=00:00:02, mailer=esmtp, pri=120, relay=mx01.mail.icloud.com. [192.0.2.25], dsn=5.7.1, "
     "reply=550 5.7.1 [CS01] Message rejected due to local policy., stat=Service unavailable",
     "icloud", "550 5.7.1", "policy"),
]

LOG = (
    "Nov 22 10:00:00 mx postfix/qmgr[5]: 4cX1: from=<jiro@example.jp>, size=900, nrcpt=4 "
    "(queue active)\n"
    "Nov 22 10:00:01 mx postfix/smtp[9]: 4cX1: to=<a@gmail.com>, "
    "relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, dsn=5.7.26, status=bounced "
    "(host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.26 Your email has been "
    "blocked because the sender is unauthenticated. 550-5.7.26  SPF [example.jp] with ip: "
    "[203.0.113.4] = did not pass 550 5.7.26 - gsmtp (in reply to end of DATA command))\n"
    "Nov 22 10:00:02 mx postfix/smtp[9]: 4cX1: to=<b@docomo.ne.jp>, "
    "relay=mfsmax.docomo.ne.jp[192.0.2.2]:25, delay=1, dsn=5.0.0, status=bounced (host "
    "mfsmax.docomo.ne.jp[192.0.2.2] said: 550 Unknown user b@docomo.ne.jp (in reply to "
    "end of DATA command))\n"
    "Nov 22 10:00:03 mx postfix/smtp[9]: 4cX1: to=<c@exmaple.jp>, relay=none, delay=0, "
    "dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for "
    "name=exmaple.jp type=A: Host not found)\n"
    "Nov 22 10:00:04 mx postfix/smtp[9]: 4cX1: to=<d@example.net>, "
    "relay=mx.example.net[192.0.2.3]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok: "
    "queued as 4cY)\n"
    "Nov 22 10:00:05 mx postfix/smtp[9]: 4cX2: to=<e@hotmail.com>, "
    "relay=outlook-com.olc.protection.outlook.com[192.0.2.4]:25, delay=1, dsn=5.7.1, "
    "status=bounced (host outlook-com.olc.protection.outlook.com[192.0.2.4] said: 550 "
    "5.7.1 Unfortunately, messages from [203.0.113.4] weren't sent. Please contact your "
    "Internet service provider since part of their network is on our block list (S3150). "
    "(in reply to MAIL FROM command))\n"
    "Nov 22 10:00:06 mx sm-mta[9]: 4AM1: to=<f@au.com>, delay=00:00:02, mailer=esmtp, "
    "relay=msmx.au.com. [192.0.2.5], dsn=5.1.1, stat=User unknown\n")


def test_whole(zone):
    for name, text, receiver, code, cause in WHOLE:
        got = explain(zone, text)
        if not out.equal((got.get("receiver"), got.get("code"), got.get("cause")),
                         (receiver, code, cause), f"{name}: understood"):
            out.note(got)


def test_log(zone):
    """A piece of mail.log, as it is: each meaning once, mail that was sent is none."""
    got = explain(zone, LOG)
    out.equal((got["receiver"], got["cause"], got["domain"], got["ip"]),
              ("gmail", "unauthenticated", "example.jp", "203.0.113.4"), "a log: the first reply")
    out.equal([(o["receiver"], o["code"], o["cause"]) for o in got["others"]],
              [("docomo", "550", "user-filtered"), (None, "5.4.4", "domain-unknown"),
               ("outlook", "550 5.7.1", "blocklist")], "a log: each other meaning once")


def test_advice(zone):
    """What comes first is what is likeliest."""
    for text in ("550 5.1.1 User unknown", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
                 "host mfsmax.docomo.ne.jp said: 550 Unknown user a@docomo.ne.jp"):
        got = explain(zone, text)
        out.contains(got["remedies"][0], "typing mistake", f"{text[:30]}: first the address")


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
        out.run(*[lambda f=f: f(zone.name) for f in (test_replies, test_wrappings, test_whole,
                                                     test_log, test_advice)])
    out.done()


main()
