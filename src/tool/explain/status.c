/*
 * The registry of enhanced status codes, in our own words: who is told what, not what the
 * codes are called there. The first digit, for good or for now, is the caller's.
 */
#include "base/base.h"
#include "tool/explain/status.h"

#include "base/slice.h"
#include "tool/tool.h"

static const struct {
	const char *detail, *meaning;
} meanings[] = {
	{ "0.0", N_("nothing more is known of the reason") },
	{ "1.0", N_("something is wrong with an address") },
	{ "1.1", N_("there is no such mailbox") },
	{ "1.2", N_("the recipient's domain does not exist, or takes no mail") },
	{ "1.3", N_("the recipient's address is not written as addresses are") },
	{ "1.4", N_("the recipient's address means more than one mailbox") },
	{ "1.6", N_("the mailbox has moved, and nobody knows where") },
	{ "1.7", N_("the sender's address is not written as addresses are") },
	{ "1.8", N_("the sender's domain does not exist, or takes no mail") },
	{ "1.9", N_("the message would go to a system that cannot report back") },
	{ "1.10", N_("the recipient's domain takes no mail (null MX)") },
	{ "2.0", N_("something is wrong with the recipient's mailbox") },
	{ "2.1", N_("the mailbox is closed, or takes no mail now") },
	{ "2.2", N_("the mailbox is full") },
	{ "2.3", N_("the message is larger than this mailbox takes") },
	{ "2.4", N_("the mailing list could not be resolved") },
	{ "3.0", N_("something is wrong with the receiver's mail system") },
	{ "3.1", N_("the receiver's disk is full") },
	{ "3.2", N_("the receiver takes no mail now") },
	{ "3.3", N_("the receiver's system cannot do what the message needs") },
	{ "3.4", N_("the message is larger than the receiver takes") },
	{ "3.5", N_("the receiver's system is set up wrongly") },
	{ "3.6", N_("the priority of the message was changed") },
	{ "4.0", N_("something is wrong on the way") },
	{ "4.1", N_("the receiving host does not answer") },
	{ "4.2", N_("the connection broke") },
	{ "4.3", N_("a name server, or another directory, did not answer") },
	{ "4.4", N_("no way to the receiver is known") },
	{ "4.5", N_("the receiver, or the network, has too much to do") },
	{ "4.6", N_("the message goes in a circle") },
	{ "4.7", N_("the message could not be delivered in time") },
	{ "5.0", N_("the two mail servers did not understand each other") },
	{ "5.1", N_("a command came that is not known, or not at its place") },
	{ "5.2", N_("a command was not written as it should be") },
	{ "5.3", N_("the message has more recipients than the receiver takes at once") },
	{ "5.4", N_("an argument of a command is not valid") },
	{ "5.5", N_("the two mail servers speak different versions of the protocol") },
	{ "5.6", N_("a line of the login was too long") },
	{ "6.0", N_("something is wrong with the content of the message") },
	{ "6.1", N_("the receiver does not take this kind of content") },
	{ "6.2", N_("the content would have to be converted, which is not allowed") },
	{ "6.3", N_("the content would have to be converted, which is not possible") },
	{ "6.4", N_("the content was converted with a loss") },
	{ "6.5", N_("the content could not be converted") },
	{ "6.6", N_("the content could not be fetched") },
	{ "6.7", N_("the receiver takes no addresses with letters beyond ASCII") },
	{ "6.8", N_("the answer would need letters beyond ASCII") },
	{ "6.9", N_("the receiver takes no header with letters beyond ASCII") },
	{ "7.0", N_("a rule of the receiver, or its security") },
	{ "7.1", N_("the receiver does not let this sender or this message in") },
	{ "7.2", N_("the sender may not write to this mailing list") },
	{ "7.3", N_("the message would have to be converted between two ways of securing "
		    "it, which is not possible") },
	{ "7.4", N_("the receiver cannot do what the message's security needs") },
	{ "7.5", N_("decryption, or the check of a signature, failed") },
	{ "7.6", N_("the algorithm of a signature or encryption is not supported") },
	{ "7.7", N_("the message was changed on the way") },
	{ "7.8", N_("the name or the password of the login is not right") },
	{ "7.9", N_("the way of logging in is too weak") },
	{ "7.10", N_("the receiver wants encryption") },
	{ "7.11", N_("this way of logging in needs encryption") },
	{ "7.12", N_("the password has to be set anew") },
	{ "7.13", N_("the account is disabled") },
	{ "7.14", N_("the two systems would have to trust each other, and do not") },
	{ "7.15", N_("the priority of the message is too low now") },
	{ "7.16", N_("the message is too large for its priority") },
	{ "7.17", N_("the mailbox has changed its owner") },
	{ "7.18", N_("the domain has changed its owner") },
	{ "7.19", N_("it could not be found out whether the owner has changed") },
	{ "7.20", N_("no DKIM signature passed") },
	{ "7.21", N_("no DKIM signature is one that the receiver accepts") },
	{ "7.22", N_("no DKIM signature of the author's domain passed") },
	{ "7.23", N_("SPF failed") },
	{ "7.24", N_("the SPF record could not be evaluated") },
	{ "7.25", N_("the reverse name of the sending address is missing, or wrong") },
	{ "7.26", N_("several checks of the sender failed") },
	{ "7.27", N_("the sender's domain takes no mail (null MX)") },
	{ "7.28", N_("a flood of mail was noticed") },
	{ "7.29", N_("the ARC chain is not valid") },
	{ "7.30", N_("the message wants TLS on the whole way, which is not to be had") },
};

static const char *
meaning_of(struct slice detail)
{
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (slice_is(detail, meanings[i].detail))
			return _(meanings[i].meaning);
	return NULL;
}

const char *
status_meaning(const char *status)
{
	struct slice detail = slice_from(slice_of(status), 2);
	const char *meaning = meaning_of(detail);
	char subject[4] = "0.0";

	if (meaning != NULL || detail.n < 3 || detail.p[1] != '.')
		return meaning;
	/* RFC 3463 2: of a detail that is not known, the subject still tells. */
	subject[0] = detail.p[0];
	return meaning_of(slice_of(subject));
}
