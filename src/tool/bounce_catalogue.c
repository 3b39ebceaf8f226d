/*
 * The replies are matched from the top, so the more particular one stands first; one that
 * has a receiver or a status is tried only where these agree. The words are what
 * receivers have kept through several versions of their texts.
 */
#include "base/base.h"
#include "tool/bounce_catalogue.h"

#include "tool/tool.h"

static const struct bounce_cause causes[] = {
	{ "unauthenticated", LOOK_SPF | LOOK_DKIM,
		N_("Neither SPF nor DKIM passed: the receiver cannot tell that the "
	           "message comes from "
		   "your domain."),
		{ N_("Add the sending address to the SPF record of %d: it must cover "
	             "%i."),
			N_("Sign your mail with DKIM: `sekimori keygen %d` makes the key "
	                   "and the record."),
			N_("If the mail goes out through a relay, add the relay's "
	                   "include: to the SPF "
			   "record.") } },
	{ "spf-fail", LOOK_SPF,
		N_("The SPF record ends in -all and does not cover the address that the "
	           "mail came "
		   "from."),
		{ N_("Add %i, or the relay that it belongs to, to the SPF record of %d."),
			N_("If the message was forwarded, SPF cannot pass at the next "
	                   "host: sign with "
			   "DKIM, whose signature survives forwarding.") } },
	{ "spf-required", LOOK_SPF,
		N_("The receiver wants SPF to pass for senders of much mail, and it did "
	           "not."),
		{ N_("Publish an SPF record for %d that covers %i.") } },
	{ "dkim-required", LOOK_DKIM,
		N_("The receiver wants a valid DKIM signature for senders of much mail, "
	           "and there was "
		   "none."),
		{ N_("Sign your mail: `sekimori keygen %d` makes the key and the "
	             "record."),
			N_("If it is signed, `sekimori check %d` compares the published "
	                   "key with yours.") } },
	{ "dmarc-policy", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("DMARC failed, and the domain in From asks receivers to refuse such "
	           "mail: nothing "
		   "that passed belongs to that domain."),
		{ N_("Sign with d=%d, so that the signature belongs to the domain in "
	             "From."),
			N_("Or send with a MAIL FROM in %d and an SPF record that covers "
	                   "%i."),
			N_("If the message was forwarded or came through a mailing list, "
	                   "only an unbroken "
			   "DKIM signature of %d can help.") } },
	{ "dmarc-missing", LOOK_DMARC,
		N_("The domain in From has no DMARC record, and the receiver wants one "
	           "from senders of "
		   "much mail."),
		{ N_("Publish at _dmarc.%d the text: v=DMARC1; p=none; "
	             "rua=mailto:postmaster@%d") } },
	{ "not-aligned", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("SPF or DKIM passed, but for another domain than the one in From."),
		{ N_("Sign with d=%d (or its parent), or use a MAIL FROM in the same "
	             "domain as From.") } },
	{ "ptr", LOOK_PTR,
		N_("The sending address has no reverse name, or the name does not lead "
	           "back to it."),
		{ N_("Ask whoever gave you %i for a PTR record, and give that name an A "
	             "or AAAA record "
		     "with the same address."),
			N_("Until then send over IPv4 if only IPv6 is refused: "
	                   "inet_protocols = ipv4 in "
			   "Postfix.") } },
	{ "tls", LOOK_TLS, N_("The message did not come over TLS."),
		{ N_("Let the MTA use TLS where it is offered: smtp_tls_security_level = "
	             "may in "
		     "Postfix.") } },
	{ "spf-suspicious", LOOK_SPF,
		N_("The SPF record allows more than a sender could own."),
		{ N_("Take +all, ?all and very large networks out of the SPF record of "
	             "%d.") } },
	{ "spf-error", LOOK_SPF, N_("The receiver could not evaluate the SPF record."),
		{ N_("`sekimori check %d` shows the mistake and the limit that is "
	             "exceeded.") } },
	{ "rate", 0,
		N_("The receiver sees more mail from you, or more unwanted mail, than it "
	           "accepts."),
		{ N_("Look for a stolen password or a form that sends: who sent so much "
	             "mail?"),
			N_("Send more slowly; the block ends by itself when the rate has "
	                   "been normal for "
			   "a while.") } },
	{ "reputation", 0,
		N_("The address or the domain has a bad name with this receiver."),
		{ N_("Check that SPF, DKIM and DMARC pass: `sekimori check %d`."),
			N_("Look into the receiver's page for senders; a new address "
	                   "needs weeks of "
			   "little, wanted mail.") } },
	{ "blocklist", 0,
		N_("The sending address is on a list of addresses that the receiver "
	           "refuses."),
		{ N_("Find the reason on the list's own page, mend it, and ask there for "
	             "removal of "
		     "%i.") } },
	{ "from-invalid", LOOK_HEADER,
		N_("The From field has no address that can be read, or more than one."),
		{ N_("Write exactly one From field with exactly one address.") } },
	{ "header-duplicate", LOOK_HEADER,
		N_("A header field that may stand once stands there twice."),
		{ N_("Find the program that adds From, To, Subject, Date or Message-ID a "
	             "second "
		     "time.") } },
	{ "header-invalid", LOOK_HEADER,
		N_("The header of the message does not follow the standard."),
		{ N_("`sekimori check %d --message FILE` names the field.") } },
	{ "message-id", LOOK_HEADER, N_("The message has no valid Message-ID."),
		{ N_("Let the program that writes the message add one, or set "
		     "always_add_missing_headers = yes in Postfix.") } },
	{ "policy", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("The receiver refuses the message for a policy that it does not name; "
	           "missing "
		   "authentication is the commonest one."),
		{ N_("Check that SPF, DKIM and DMARC pass: `sekimori check %d`.") } },
	{ "user-unknown", 0,
		N_("The receiver says that there is no such mailbox. Phone companies "
	           "answer the same "
		   "when the recipient's own filter refuses the sender."),
		{ N_("Ask the recipient to allow your domain in the filter settings."),
			N_("Check that SPF, DKIM and DMARC pass: `sekimori check "
	                   "%d`.") } },
	{ "mailbox-full", 0, N_("The recipient's mailbox is full."),
		{ N_("Nothing to mend here: the recipient has to make room.") } },
	{ "temporary", 0, N_("The receiver had trouble of its own."),
		{ N_("The MTA tries again by itself.") } },
};

static const struct bounce_reply replies[] = {
	{ "gmail", "7.26", { "temporary dns failures" }, "dmarc-policy" },
	{ NULL, NULL, { "due to domain's dmarc policy" }, "dmarc-policy" },
	{ "gmail", "7.26", { "hard fail policy" }, "spf-fail" },
	{ "gmail", "7.26", { "spf checks", "hard fail" }, "spf-fail" },
	{ "gmail", "7.27", { NULL }, "spf-required" },
	{ "gmail", "7.30", { NULL }, "dkim-required" },
	{ "gmail", "7.31", { NULL }, "dmarc-missing" },
	{ "gmail", "7.40", { NULL }, "dmarc-missing" },
	{ "gmail", "7.32", { NULL }, "not-aligned" },
	{ NULL, NULL, { "aligned with either", "spf or dkim" }, "not-aligned" },
	{ "gmail", "7.29", { NULL }, "tls" },
	{ "gmail", "7.24", { "suspicious" }, "spf-suspicious" },
	{ NULL, NULL, { "spf record", "suspicious entries" }, "spf-suspicious" },
	{ "gmail", "7.25", { NULL }, "ptr" },
	{ "gmail", "7.23", { "ptr" }, "ptr" },
	{ NULL, NULL, { "ipv6 sending guidelines", "ptr" }, "ptr" },
	{ NULL, NULL, { "authenticate with either spf or dkim" }, "unauthenticated" },
	{ NULL, NULL, { "sender is unauthenticated" }, "unauthenticated" },
	{ NULL, NULL, { "unauthenticated, which poses a security risk" },
		"unauthenticated" },
	{ NULL, NULL, { "does not have authentication information" }, "unauthenticated" },
	{ NULL, NULL, { "fails to pass authentication checks" }, "unauthenticated" },
	{ NULL, NULL, { "failing both spf and dkim" }, "unauthenticated" },
	{ NULL, NULL, { "neither spf nor dkim" }, "unauthenticated" },
	{ NULL, NULL, { "authenticate", "with spf" }, "spf-required" },
	{ NULL, NULL, { "authenticate", "with dkim" }, "dkim-required" },
	{ "gmail", "7.28", { NULL }, "rate" },
	{ NULL, NULL, { "unusual rate of" }, "rate" },
	{ NULL, NULL, { "very low reputation" }, "reputation" },
	{ NULL, NULL, { "multiple addresses in from" }, "from-invalid" },
	{ NULL, NULL, { "missing a valid address in the from" }, "from-invalid" },
	{ NULL, NULL, { "duplicate headers" }, "header-duplicate" },
	{ NULL, NULL, { "missing a valid message-id" }, "message-id" },
	{ NULL, NULL, { "unicode character in a disallowed header" }, "header-invalid" },
	{ NULL, NULL, { "encoded-word syntax" }, "header-invalid" },
	{ NULL, NULL, { "not rfc 5322 compliant" }, "header-invalid" },
	{ NULL, NULL, { "headers are not rfc compliant" }, "header-invalid" },
	{ "outlook", "7.515", { NULL }, "unauthenticated" },
	{ NULL, NULL, { "does not meet the required authentication level" },
		"unauthenticated" },
	{ "outlook", "7.509", { NULL }, "dmarc-policy" },
	{ NULL, NULL, { "does not pass dmarc verification" }, "dmarc-policy" },
	{ "outlook", "7.512", { NULL }, "from-invalid" },
	{ "outlook", "7.26", { "ipv6" }, "unauthenticated" },
	{ NULL, NULL, { "sender policy framework violation" }, "spf-fail" },
	{ NULL, NULL, { "must have a reverse dns" }, "ptr" },
	{ "outlook", NULL, { "banned sending ip" }, "blocklist" },
	{ NULL, NULL, { "(s3150)" }, "blocklist" },
	{ NULL, NULL, { "part of their network is on our block list" }, "blocklist" },
	{ "yahoo", NULL, { "[bl2" }, "blocklist" },
	{ "yahoo", NULL, { "[tss" }, "reputation" },
	{ "yahoo", NULL, { "will be permanently deferred" }, "reputation" },
	{ "yahoo", NULL, { "unexpected volume or user complaints" }, "reputation" },
	{ "yahoo", NULL, { "not accepted for policy reasons" }, "policy" },
	{ NULL, NULL, { "spamhaus" }, "blocklist" },
	{ NULL, NULL, { "dnsbl" }, "blocklist" },
	{ NULL, NULL, { "'s dmarc policy" }, "dmarc-policy" },
	{ "icloud", NULL, { "[cs01]" }, "policy" },
	{ "icloud", NULL, { "due to local policy" }, "policy" },
	{ NULL, NULL, { "due to excessive volume" }, "rate" },
	{ NULL, "7.23", { NULL }, "spf-fail" },
	{ NULL, "7.24", { NULL }, "spf-error" },
	{ NULL, "7.25", { NULL }, "ptr" },
	{ NULL, "7.26", { NULL }, "unauthenticated" },
	{ NULL, "7.20", { NULL }, "dkim-required" },
	{ NULL, "7.21", { NULL }, "dkim-required" },
	{ NULL, "7.22", { NULL }, "not-aligned" },
	{ NULL, NULL, { "dmarc" }, "dmarc-policy" },
	{ NULL, NULL, { "spf", "fail" }, "spf-fail" },
	{ "docomo", NULL, { "unknown user" }, "user-unknown" },
	{ "kddi", NULL, { "user unknown" }, "user-unknown" },
	{ NULL, "1.1", { NULL }, "user-unknown" },
	{ NULL, NULL, { "user unknown" }, "user-unknown" },
	{ NULL, NULL, { "unknown user" }, "user-unknown" },
	{ NULL, NULL, { "over quota" }, "mailbox-full" },
	{ NULL, NULL, { "out of storage space" }, "mailbox-full" },
	{ NULL, "2.2", { NULL }, "mailbox-full" },
	{ NULL, NULL, { "temporary system problem" }, "temporary" },
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

const struct bounce_cause *
bounce_cause_named(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (strcmp(causes[i].id, id) == 0)
			return &causes[i];
	return NULL;
}

/* Do all words of the row stand in the reply? */
static bool
reply_has_words(const struct bounce_reply *row, struct slice reply)
{
	for (size_t i = 0; i < ARRAY_LEN(row->words); i++)
		if (row->words[i] != NULL && memmem(reply.p, reply.n, row->words[i],
						     strlen(row->words[i])) == NULL)
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
