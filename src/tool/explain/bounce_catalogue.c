/*
 * The replies are matched from the top, so the more particular one stands first; one that
 * has a receiver or a status is tried only where these agree. The words are what
 * receivers have kept through several versions of their texts.
 */
#include "base/base.h"
#include "tool/explain/bounce_catalogue.h"

#include "tool/tool.h"

static const struct bounce_reply replies[] = {
	/* Authentication. */
	{ NULL, NULL, { "temporary dns failures", "dmarc" }, "dmarc-dns" },
	{ NULL, NULL, { "due to domain's dmarc policy" }, "dmarc-policy" },
	{ NULL, NULL, { "hard fail policy" }, "spf-fail" },
	{ NULL, NULL, { "spf checks", "hard fail" }, "spf-fail" },
	{ "gmail", "7.27", { NULL }, "spf-required" },
	{ "gmail", "7.30", { NULL }, "dkim-required" },
	{ "gmail", "7.31", { NULL }, "dmarc-missing" },
	{ "gmail", "7.40", { NULL }, "dmarc-missing" },
	{ "gmail", "7.32", { NULL }, "not-aligned" },
	{ NULL, NULL, { "aligned with either", "spf or dkim" }, "not-aligned" },
	{ "gmail", "7.29", { NULL }, "tls" },
	{ NULL, NULL, { "senders to use tls" }, "tls" },
	{ NULL, NULL, { "must issue a starttls" }, "tls" },
	{ NULL, NULL, { "tls required" }, "tls" },
	{ "gmail", "7.24", { "suspicious" }, "spf-suspicious" },
	{ NULL, NULL, { "spf record", "suspicious entries" }, "spf-suspicious" },
	{ "gmail", "7.25", { NULL }, "ptr" },
	{ "gmail", "7.23", { "ptr" }, "ptr" },
	{ NULL, NULL, { "ptr record" }, "ptr" },
	{ NULL, NULL, { "ipv6 sending guidelines", "ptr" }, "ptr" },
	{ NULL, NULL, { "cannot find your", "hostname" }, "ptr" },
	{ NULL, NULL, { "must have a reverse dns" }, "ptr" },
	{ NULL, NULL, { "reverse dns" }, "ptr" },
	{ NULL, NULL, { "authenticate with either spf or dkim" }, "unauthenticated" },
	{ NULL, NULL, { "sender is unauthenticated" }, "unauthenticated" },
	{ NULL, NULL, { "unauthenticated, which poses a security risk" },
		"unauthenticated" },
	{ NULL, NULL, { "does not have authentication information" }, "unauthenticated" },
	{ NULL, NULL, { "fails to pass authentication checks" }, "unauthenticated" },
	{ NULL, NULL, { "failing both spf and dkim" }, "unauthenticated" },
	{ NULL, NULL, { "failed both spf and dkim" }, "unauthenticated" },
	{ "icloud", NULL, { "[hme1]" }, "unauthenticated" },
	{ NULL, NULL, { "neither spf nor dkim" }, "unauthenticated" },
	{ NULL, NULL, { "unauthenticated email is not accepted" }, "unauthenticated" },
	{ NULL, NULL, { "authenticate", "with spf" }, "spf-required" },
	{ NULL, NULL, { "authenticate", "with dkim" }, "dkim-required" },
	{ "outlook", "7.515", { NULL }, "unauthenticated" },
	{ NULL, NULL, { "does not meet the required authentication level" },
		"unauthenticated" },
	{ "outlook", "7.509", { NULL }, "dmarc-policy" },
	{ NULL, NULL, { "does not pass dmarc verification" }, "dmarc-policy" },
	{ "outlook", "7.26", { NULL }, "unauthenticated" },
	{ NULL, NULL, { "must pass either spf or dkim" }, "unauthenticated" },
	{ NULL, NULL, { "sender policy framework violation" }, "spf-fail" },
	{ NULL, NULL, { "'s dmarc policy" }, "dmarc-policy" },

	/* The message itself. */
	{ NULL, NULL, { "multiple addresses in from" }, "from-invalid" },
	{ NULL, NULL, { "missing a valid address in the from" }, "from-invalid" },
	{ "outlook", "7.512", { NULL }, "from-invalid" },
	{ NULL, NULL, { "3.6.2", "from" }, "from-invalid" },
	{ NULL, NULL, { "duplicate headers" }, "header-duplicate" },
	{ NULL, NULL, { "missing a valid message-id" }, "message-id" },
	{ NULL, NULL, { "unicode character in a disallowed header" }, "header-invalid" },
	{ NULL, NULL, { "encoded-word syntax" }, "header-invalid" },
	{ NULL, NULL, { "not rfc 5322 compliant" }, "header-invalid" },
	{ NULL, NULL, { "headers are not rfc compliant" }, "header-invalid" },
	{ NULL, NULL, { "message is malformed" }, "header-invalid" },
	{ NULL, NULL, { "bare line feed" }, "header-invalid" },
	{ "outlook", "6.11", { NULL }, "header-invalid" },
	{ NULL, NULL, { "line too long" }, "line-too-long" },
	{ NULL, NULL, { "lines longer than" }, "line-too-long" },
	{ NULL, NULL, { "header size limit" }, "header-invalid" },
	{ NULL, NULL, { "individual header size" }, "header-invalid" },
	{ NULL, NULL, { "exceed", "size limit" }, "too-large" },
	{ NULL, NULL, { "message size exceeds" }, "too-large" },
	{ NULL, NULL, { "message too large" }, "too-large" },
	{ NULL, NULL, { "message too big" }, "too-large" },
	{ NULL, "3.4", { NULL }, "too-large" },
	{ NULL, "2.3", { NULL }, "too-large" },
	{ NULL, NULL, { "likely unsolicited mail" }, "content" },
	{ NULL, NULL, { "potential security issue" }, "content" },
	{ NULL, NULL, { "illegal attachment" }, "content" },
	{ NULL, NULL, { "nature of the content" }, "content" },
	{ NULL, NULL, { "virus" }, "content" },
	{ NULL, NULL, { "spam message" }, "content" },
	{ NULL, NULL, { "considered spam" }, "content" },
	{ NULL, NULL, { "detected as spam" }, "content" },
	{ NULL, NULL, { "spam content" }, "content" },

	/* How much, and how well known. */
	{ NULL, NULL, { "greylist" }, "greylist" },
	{ NULL, NULL, { "graylist" }, "greylist" },
	{ NULL, NULL, { "greyed" }, "greylist" },
	{ NULL, NULL, { "receiving mail too quickly" }, "recipient-rate" },
	{ NULL, NULL, { "receiving mail at a rate" }, "recipient-rate" },
	{ NULL, NULL, { "rate that prevents additional" }, "recipient-rate" },
	{ NULL, NULL, { "daily", "limit exceeded" }, "sending-limit" },
	{ NULL, NULL, { "daily", "quota exceeded" }, "sending-limit" },
	{ "gmail", "7.28", { NULL }, "rate" },
	{ NULL, NULL, { "unusual rate of" }, "rate" },
	{ NULL, NULL, { "very low reputation" }, "reputation" },
	{ NULL, NULL, { "due to ip reputation" }, "reputation" },
	{ "outlook", NULL, { "banned send" }, "blocklist" },
	{ "outlook", "7.511", { NULL }, "blocklist" },
	{ NULL, NULL, { "(s3140)" }, "blocklist" },
	{ NULL, NULL, { "(s3150)" }, "blocklist" },
	{ NULL, NULL, { "part of their network is on our block list" }, "blocklist" },
	{ "outlook", NULL, { "access denied, please try again later" }, "rate" },
	{ "outlook", "7.708", { NULL }, "reputation" },
	{ "yahoo", NULL, { "[bl2" }, "blocklist" },
	{ "yahoo", NULL, { "[tss" }, "reputation" },
	{ "yahoo", NULL, { "will be permanently deferred" }, "reputation" },
	{ "yahoo", NULL, { "unexpected volume or user complaints" }, "reputation" },
	{ "yahoo", NULL, { "not accepted for policy reasons" }, "policy" },
	{ NULL, NULL, { "customer block list" }, "recipient-policy" },
	{ NULL, NULL, { "spamhaus" }, "blocklist" },
	{ NULL, NULL, { "dnsbl" }, "blocklist" },
	{ NULL, NULL, { "blocked using" }, "blocklist" },
	{ NULL, NULL, { "blacklist" }, "blocklist" },
	{ NULL, NULL, { "blocklist" }, "blocklist" },
	{ NULL, NULL, { "block list" }, "blocklist" },
	{ NULL, NULL, { "due to excessive volume" }, "rate" },

	/* Who may send to whom. */
	{ NULL, NULL, { "does not accept email over ipv6" }, "ipv6" },
	{ "outlook", "7.510", { NULL }, "ipv6" },
	{ NULL, NULL, { "rejected by recipient" }, "recipient-policy" },
	{ NULL, NULL, { "has a policy that prohibited" }, "recipient-policy" },
	{ NULL, NULL, { "resolver.rst" }, "recipient-policy" },
	{ NULL, NULL, { "not in whitelist" }, "recipient-policy" },
	{ NULL, NULL, { "helo command rejected" }, "helo" },
	{ NULL, NULL, { "bad helo" }, "helo" },
	{ NULL, NULL, { "helo/ehlo argument" }, "helo" },
	{ NULL, NULL, { "invalid helo" }, "helo" },
	{ NULL, NULL, { "sender address rejected", "domain not found" },
		"sender-domain" },
	{ NULL, NULL, { "domain of sender address" }, "sender-domain" },
	{ NULL, NULL, { "unresolvable rfc.5321" }, "sender-domain" },
	{ "softbank", NULL, { "does not exist" }, "sender-domain" },
	{ NULL, "1.8", { NULL }, "sender-domain" },
	{ NULL, NULL, { "relay access denied" }, "relay-denied" },
	{ NULL, NULL, { "relaying denied" }, "relay-denied" },
	{ NULL, NULL, { "relay denied" }, "relay-denied" },
	{ NULL, NULL, { "unable to relay" }, "relay-denied" },
	{ NULL, NULL, { "not permitted to relay" }, "relay-denied" },
	{ NULL, NULL, { "authorized to send email directly" }, "relay-denied" },
	{ NULL, NULL, { "credentials for relay" }, "relay-denied" },
	{ NULL, NULL, { "authentication required" }, "auth-needed" },
	{ NULL, NULL, { "password not accepted" }, "auth-needed" },
	{ NULL, NULL, { "application-specific password" }, "auth-needed" },
	{ NULL, NULL, { "authentication failed" }, "auth-needed" },
	{ NULL, NULL, { "client was not authenticated" }, "auth-needed" },

	/* The recipient. */
	{ "docomo", NULL, { "unknown user" }, "user-filtered" },
	{ "docomo", NULL, { "too much mail data" }, "mailbox-full" },
	{ "kddi", NULL, { "user unknown" }, "user-filtered" },
	{ NULL, NULL, { "over quota" }, "mailbox-full" },
	{ NULL, NULL, { "quota exceeded" }, "mailbox-full" },
	{ NULL, NULL, { "out of storage space" }, "mailbox-full" },
	{ NULL, NULL, { "mailbox full" }, "mailbox-full" },
	{ NULL, NULL, { "mailbox is full" }, "mailbox-full" },
	{ NULL, "2.2", { NULL }, "mailbox-full" },
	{ NULL, NULL, { "account that you tried to reach is" }, "user-disabled" },
	{ NULL, NULL, { "is no longer valid" }, "user-disabled" },
	{ NULL, NULL, { "mailbox is disabled" }, "user-disabled" },
	{ NULL, NULL, { "mailbox disabled" }, "user-disabled" },
	{ NULL, "2.1", { NULL }, "user-disabled" },
	{ NULL, NULL, { "null mx" }, "domain-unknown" },
	{ NULL, NULL, { "nullmx" }, "domain-unknown" },
	{ "outlook", "4.1", { "recipient address rejected" }, "user-unknown" },
	{ NULL, NULL, { "recipnotfound" }, "user-unknown" },
	{ NULL, NULL, { "recipientnotfound" }, "user-unknown" },
	{ NULL, "1.1", { NULL }, "user-unknown" },
	{ NULL, "1.3", { NULL }, "user-unknown" },
	{ NULL, "1.6", { NULL }, "user-unknown" },
	{ NULL, "1.10", { NULL }, "user-unknown" },
	{ NULL, NULL, { "user unknown" }, "user-unknown" },
	{ NULL, NULL, { "unknown user" }, "user-unknown" },
	{ NULL, NULL, { "no such user" }, "user-unknown" },
	{ NULL, NULL, { "user doesn't have a" }, "user-unknown" },
	{ NULL, NULL, { "invalid recipient" }, "user-unknown" },
	{ NULL, NULL, { "recipient not found" }, "user-unknown" },
	{ NULL, NULL, { "unknown recipient" }, "user-unknown" },
	{ NULL, NULL, { "mailbox unavailable" }, "user-unknown" },
	{ NULL, NULL, { "mailbox not found" }, "user-unknown" },
	{ NULL, NULL, { "no mailbox here" }, "user-unknown" },
	{ NULL, NULL, { "account does not exist" }, "user-unknown" },
	{ NULL, NULL, { "unrouteable address" }, "domain-unknown" },
	{ NULL, NULL, { "host or domain name not found" }, "domain-unknown" },
	{ NULL, NULL, { "host unknown" }, "domain-unknown" },
	{ NULL, "1.2", { NULL }, "domain-unknown" },
	{ NULL, "4.4", { NULL }, "domain-unknown" },

	/* The way. */
	{ NULL, NULL, { "mail loop" }, "loop" },
	{ NULL, NULL, { "loops back to myself" }, "loop" },
	{ NULL, NULL, { "too many hops" }, "loop" },
	{ NULL, NULL, { "hop count exceeded" }, "loop" },
	{ NULL, "4.6", { NULL }, "loop" },
	{ NULL, "4.14", { NULL }, "loop" },
	{ NULL, NULL, { "connection timed out" }, "unreachable" },
	{ NULL, NULL, { "connection refused" }, "unreachable" },
	{ NULL, NULL, { "no route to host" }, "unreachable" },
	{ NULL, NULL, { "network is unreachable" }, "unreachable" },
	{ NULL, NULL, { "message expired" }, "unreachable" },
	{ NULL, NULL, { "retry timeout exceeded" }, "unreachable" },
	{ NULL, "4.1", { NULL }, "unreachable" },
	{ NULL, "4.7", { NULL }, "unreachable" },

	/* What is left says it by its number, or hardly. */
	{ "icloud", NULL, { "[cs01]" }, "policy" },
	{ NULL, NULL, { "due to local policy" }, "policy" },
	{ NULL, "7.23", { NULL }, "spf-fail" },
	{ NULL, "7.24", { NULL }, "spf-error" },
	{ NULL, "7.25", { NULL }, "ptr" },
	{ NULL, "7.26", { NULL }, "unauthenticated" },
	{ NULL, "7.20", { NULL }, "dkim-required" },
	{ NULL, "7.21", { NULL }, "dkim-required" },
	{ NULL, "7.22", { NULL }, "not-aligned" },
	{ NULL, NULL, { "dmarc" }, "dmarc-policy" },
	{ NULL, NULL, { "spf", "fail" }, "spf-fail" },
	{ NULL, NULL, { "policy reasons" }, "policy" },
	{ NULL, NULL, { "temporary system problem" }, "temporary" },
	{ NULL, NULL, { "try again later" }, "temporary" },
	{ NULL, NULL, { "try later" }, "temporary" },
};

size_t
bounce_reply_count(void)
{
	return ARRAY_LEN(replies);
}

const struct bounce_reply *
bounce_reply_at(size_t i)
{
	return &replies[i];
}

/* Do all words of the row stand in the reply? */
static bool
reply_has_words(const struct bounce_reply *row, struct slice reply)
{
	for (size_t i = 0; i < ARRAY_LEN(row->words); i++)
		if (row->words[i] != NULL && slice_search(reply, row->words[i]) < 0)
			return false;
	return true;
}

const struct bounce_cause *
bounce_cause_find(const char *receiver, const char *status, struct slice reply)
{
	const char *detail = status != NULL && strlen(status) > 2 ? status + 2 : NULL;

	if (reply.p == NULL)
		reply = slice_of("");
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		const struct bounce_reply *row = &replies[i];

		if (row->receiver != NULL &&
			(receiver == NULL || strcmp(row->receiver, receiver) != 0))
			continue;
		if (row->status != NULL &&
			(detail == NULL || strcmp(row->status, detail) != 0))
			continue;
		if (reply_has_words(row, reply))
			return bounce_cause_named(row->cause);
	}
	return NULL;
}
