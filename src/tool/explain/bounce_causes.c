/*
 * For whoever runs a small site: what it means in one sentence, then who has to do what,
 * the likeliest first. Words of the trade are explained where they stand. %d becomes the
 * domain and %i the address, or words for them; both are written where either reads well.
 */
#include "base/base.h"
#include "tool/explain/bounce_catalogue.h"

#include "tool/check/check.h"
#include "tool/tool.h"

static const struct bounce_cause causes[] = {
	{ "unauthenticated", LOOK_SPF | LOOK_DKIM,
		N_("The receiver cannot tell that the message really comes from %d: "
		   "neither SPF (the list in the DNS of who may send for a domain) nor "
		   "DKIM (a signature) passed."),
		{ N_("Let the SPF record of %d cover %i; `sekimori check %d` prints the "
		     "record to publish."),
			N_("Sign your mail with DKIM: `sekimori keygen %d` makes the key "
			   "and the record to publish."),
			N_("If the mail goes out through a relay (of your provider, of a "
			   "mailing service), the include: that its help pages name "
			   "belongs into the SPF record.") } },
	{ "spf-fail", LOOK_SPF,
		N_("The SPF record of %d does not allow %i, from which the message came, "
		   "to send in its name."),
		{ N_("Add %i, or the include: of the relay that it belongs to, to the "
		     "SPF record of %d."),
			N_("If somebody forwarded the message, the address is the "
			   "forwarder's: leave the record alone and sign with DKIM, "
			   "which survives forwarding (`sekimori keygen %d`).") } },
	{ "spf-required", LOOK_SPF,
		N_("The receiver wants SPF to pass for whoever sends it much mail, and "
		   "it did not."),
		{ N_("Publish an SPF record for %d that covers %i: `sekimori check %d` "
		     "prints it.") } },
	{ "dkim-required", LOOK_DKIM,
		N_("The receiver wants a valid DKIM signature from whoever sends it much "
		   "mail, and found none."),
		{ N_("Sign your mail: `sekimori keygen %d` makes the key and the record "
		     "to publish."),
			N_("If it is signed already, `sekimori check %d` tells whether "
			   "the published key fits.") } },
	{ "dmarc-policy", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("DMARC failed: the owner of %d asks receivers to refuse mail in its "
		   "name unless SPF or DKIM passes for that very domain, and neither "
		   "did."),
		{ N_("Sign with DKIM as %d itself (d=%d): `sekimori keygen %d` makes the "
		     "key."),
			N_("Or send with an envelope sender (MAIL FROM, to which bounces "
			   "go) in %d and an SPF record that covers %i."),
			N_("If the message was forwarded or went through a mailing list, "
			   "only a DKIM signature of %d that nobody breaks on the way "
			   "helps."),
			N_("If %d is not yours (a form that puts the visitor's address "
			   "into From): write an address of your own domain into From, "
			   "and his into Reply-To.") } },
	{ "dmarc-dns", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("The name servers of %d did not answer, so the receiver could not "
		   "check the message, and the DMARC record forbids to take it "
		   "unchecked."),
		{ N_("The mail server tries again by itself."),
			N_("If it goes on: `sekimori check %d` shows which name does not "
			   "answer; whoever runs the name servers has to mend them.") } },
	{ "dmarc-missing", LOOK_DMARC,
		N_("The domain in From has no DMARC record, and the receiver wants one "
		   "from whoever sends it much mail."),
		{ N_("Publish at _dmarc.%d the TXT record: v=DMARC1; p=none; "
		     "rua=mailto:postmaster@%d (reports go to that address, so it must "
		     "exist).") } },
	{ "not-aligned", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("SPF or DKIM passed, but for another domain than the one in From, so "
		   "it says nothing about the author."),
		{ N_("Sign with DKIM as the domain in From (d=%d, or the domain above "
		     "it): `sekimori keygen %d` makes the key."),
			N_("If a mailing service sends for you, turn on the signature "
			   "with your own domain in its panel.") } },
	{ "ptr", LOOK_PTR,
		N_("In the DNS, the sending address has no name (reverse record, PTR), "
		   "or the name does not lead back to it."),
		{ N_("Ask whoever gave you %i (the provider, the hosting company) to set "
		     "its reverse name to the name of your mail server; that name needs "
		     "an A or AAAA record with the same address."),
			N_("Until then, if only IPv6 is refused, send over IPv4; in "
			   "Postfix: `postconf -e smtp_address_preference=ipv4 && "
			   "postfix reload`") } },
	{ "tls", LOOK_TLS,
		N_("The receiver takes mail over an encrypted connection (TLS) only, and "
		   "the message came without."),
		{ N_("Let the mail server use TLS wherever it is offered; in Postfix: "
		     "`postconf -e smtp_tls_security_level=may && postfix reload`") } },
	{ "spf-suspicious", LOOK_SPF,
		N_("The SPF record of %d lets far more hosts send than a domain has, "
		   "which receivers take for a sign of abuse."),
		{ N_("Take +all and very large networks out of it: `sekimori check %d` "
		     "names them and prints the record without.") } },
	{ "spf-error", LOOK_SPF,
		N_("The receiver could not evaluate the SPF record of %d: it has a "
		   "mistake, or needs too many look-ups."),
		{ N_("`sekimori check %d` shows the mistake, or what each term "
		     "costs.") } },
	{ "rate", 0,
		N_("The receiver gets more mail from you, or more that its users do not "
		   "want, than it takes, and slows you down."),
		{ N_("See who sent so much: a stolen password, a web form, a newsletter? "
		     "`mailq` and the mail log show the senders."),
			N_("Then send more slowly: the limit goes by itself once the "
			   "rate has been normal for a while.") } },
	{ "reputation", 0,
		N_("The sending address or the domain has a bad name with this receiver, "
		   "earned by mail that it got before."),
		{ N_("Stop what earned it: a stolen password, a hacked web site, "
		     "addresses that never asked for your mail."),
			N_("Check that SPF, DKIM and DMARC pass: `sekimori check %d`."),
			N_("Then it takes weeks of little, wanted mail; the receiver's "
			   "page for senders (Gmail: Postmaster Tools) shows what it "
			   "thinks of you.") } },
	{ "blocklist", 0,
		N_("The sending address is on a block list: a list of addresses from "
		   "which the receiver takes no mail."),
		{ N_("Stop what put it there (a stolen password, a hacked web site), "
		     "then ask for removal of %i on the page that the reply names."),
			N_("An address of a home or mobile line stays listed: send "
			   "through the relay of your provider (relayhost in "
			   "Postfix).") } },
	{ "from-invalid", LOOK_HEADER,
		N_("The From field has no address that can be read, or more than one."),
		{ N_("Change the program that writes the message: one From field with "
		     "one address.") } },
	{ "header-duplicate", LOOK_HEADER,
		N_("A header field that may stand once stands there twice."),
		{ N_("Find the program that adds From, To, Subject, Date or Message-ID a "
		     "second time: `sekimori check %d --message FILE` names the "
		     "field.") } },
	{ "header-invalid", LOOK_HEADER,
		N_("The message is not written as the mail standard (RFC 5322) wants "
		   "it."),
		{ N_("`sekimori check %d --message FILE` names the field; the program "
		     "that writes the message has to change.") } },
	{ "message-id", LOOK_HEADER, N_("The message has no valid Message-ID."),
		{ N_("Let the program that writes the message add one, or Postfix: "
		     "`postconf -e always_add_missing_headers=yes && postfix "
		     "reload`") } },
	{ "line-too-long", LOOK_HEADER,
		N_("A line of the message is longer than the mail standard allows (998 "
		   "bytes)."),
		{ N_("Change the program that writes the message: it has to break its "
		     "lines, or encode them (quoted-printable, base64).") } },
	{ "policy", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
		N_("The receiver refuses the message by a rule that it does not name; "
		   "missing authentication is the commonest one."),
		{ N_("Check that SPF, DKIM and DMARC pass: `sekimori check %d`."),
			N_("If they do, ask the postmaster of the receiver, with the "
			   "whole reply.") } },
	{ "user-unknown", 0, N_("The receiver says that there is no such mailbox."),
		{ N_("First check the recipient's address for a typing mistake."),
			N_("If it is right, the mailbox is gone: ask the recipient by "
			   "another way, and take the address off your lists; many such "
			   "refusals spoil your name.") } },
	{ "user-filtered", 0,
		N_("There is no such mailbox, or the recipient's own filter refuses you: "
		   "this phone company answers the same to both."),
		{ N_("First check the recipient's address for a typing mistake."),
			N_("If it is right, ask the recipient to allow your domain %d in "
			   "the mail filter settings of the phone."),
			N_("Some of these filters refuse mail that fails SPF or DKIM: "
			   "`sekimori check %d`.") } },
	{ "user-disabled", 0, N_("The mailbox is closed, or has not been used for long."),
		{ N_("Ask the recipient by another way for his address, and take this "
		     "one off your lists.") } },
	{ "recipient-policy", 0,
		N_("The recipient, or the company, does not take mail from you by a rule "
		   "of its own."),
		{ N_("Ask the recipient by another way to have your address allowed; "
		     "nothing in your DNS can mend this.") } },
	{ "domain-unknown", 0,
		N_("The domain of the recipient does not exist, or takes no mail."),
		{ N_("First check what stands behind the @ for a typing mistake."),
			N_("If it is right, only its owner can mend it; see also that "
			   "the name server of this host answers: `dig MX DOMAIN`.") } },
	{ "sender-domain", 0,
		N_("The receiver finds no DNS records for the domain of the envelope "
		   "sender (MAIL FROM), so it could not answer you."),
		{ N_("Send with a domain that exists: a sender such as "
		     "root@localhost.localdomain comes from a program that nobody has "
		     "set up (myorigin in Postfix)."),
			N_("If the domain is yours, it needs an MX or A record: "
			   "`sekimori check %d`.") } },
	{ "sender-refused", 0,
		N_("The server does not let you send with this sender address: it is not "
		   "one of the account that logged in, or its domain is not allowed "
		   "there."),
		{ N_("Send with an address of the account, or have the address added to "
		     "it "
		     "where the account is managed."),
			N_("At MailChannels (\"Domain Lockdown\"), the domain needs a "
			   "TXT "
			   "record _mailchannels.%d that names the account or the host "
			   "that may send; the hosting company knows its value.") } },
	{ "relay-denied", 0,
		N_("The host that was asked does not take mail from you for this "
		   "recipient (relaying denied)."),
		{ N_("Check what stands behind the @ of the recipient for a typing "
		     "mistake."),
			N_("If the host is the relay of your provider, log in to it: "
			   "relayhost, smtp_sasl_auth_enable and smtp_sasl_password_maps "
			   "in Postfix."),
			N_("If it is your own host, it does not know the domain as its "
			   "own: mydestination, virtual_mailbox_domains or relay_domains "
			   "in Postfix.") } },
	{ "auth-needed", 0,
		N_("The relay that you send through wants a login, or does not accept "
		   "the name and the password."),
		{ N_("Set them anew: smtp_sasl_auth_enable and smtp_sasl_password_maps "
		     "in Postfix (then postmap and postfix reload); Gmail wants an app "
		     "password.") } },
	{ "too-large", 0, N_("The message is larger than the receiver takes."),
		{ N_("The author: send a smaller attachment, or a link to it.") } },
	{ "content", 0,
		N_("A filter of the receiver took the content for spam, for a virus, or "
		   "for a kind of attachment that it forbids."),
		{ N_("The author: leave out programs, archives with passwords, and "
		     "shortened links."),
			N_("If it was a plain letter, look for a hacked account or web "
			   "site that sends spam, and check SPF, DKIM and DMARC: "
			   "`sekimori check %d`.") } },
	{ "greylist", 0,
		N_("The receiver puts off the first message of a sender whom it does not "
		   "know (greylisting)."),
		{ N_("Nothing to do: the mail server tries again by itself, and is let "
		     "in after some minutes.") } },
	{ "recipient-rate", 0,
		N_("The recipient gets more mail than the mailbox takes at once."),
		{ N_("Nothing to do: the mail server tries again by itself.") } },
	{ "sending-limit", 0,
		N_("The account that you send through has sent as much as it may in a "
		   "day."),
		{ N_("See that nobody else sends with its password; then wait until the "
		     "next day, or ask the provider for a higher limit.") } },
	{ "unreachable", 0,
		N_("The receiving host could not be reached, or did not answer in time."),
		{ N_("Check what stands behind the @ of the recipient for a typing "
		     "mistake; if it is right, the host is down, and its owner has to "
		     "mend it."),
			N_("If no host at all can be reached, your line blocks port 25: "
			   "ask the provider, or send through its relay (relayhost in "
			   "Postfix).") } },
	{ "loop", 0, N_("The message went in a circle until somebody stopped it."),
		{ N_("Look for a forwarding that leads back (aliases, .forward), or a "
		     "host that does not know the domain as its own (mydestination in "
		     "Postfix).") } },
	{ "helo", 0,
		N_("The receiver does not accept the name with which your mail server "
		   "introduces itself (HELO)."),
		{ N_("It has to be the full name of the host as the DNS knows it; in "
		     "Postfix: `postconf -e smtp_helo_name=NAME && postfix reload`") } },
	{ "ipv6", 0, N_("The receiver takes no mail over IPv6."),
		{ N_("Send over IPv4; in Postfix: `postconf -e "
		     "smtp_address_preference=ipv4 && postfix reload`") } },
	{ "mailbox-full", 0, N_("The recipient's mailbox is full."),
		{ N_("Nothing to mend here: the recipient has to make room.") } },
	{ "too-many-recipients", 0,
		N_("The message has more recipients than the receiver takes at once."),
		{ N_("Send it to fewer recipients at a time.") } },
	{ "temporary", 0,
		N_("The receiver had trouble of its own, or asks to come again later."),
		{ N_("Nothing to do: the mail server tries again by itself.") } },
};

/* Other texts for a cause, where a reply tells more. */
static const struct {
	const char *name;
	struct bounce_cause cause;
} variants[] = {
	{ "authentication-level", { "unauthenticated", LOOK_SPF | LOOK_DKIM | LOOK_DMARC,
					  N_("The receiver wants SPF, DKIM and DMARC to "
					     "pass, all three, for whoever "
					     "sends it much mail (Outlook: 5,000 "
					     "messages a day), and one of them "
					     "at least did not."),
					  { N_("`sekimori check %d` shows which of them "
					       "fails, and prints the record "
					       "to publish."),
						  N_("Sign with DKIM as %d itself "
						     "(d=%d): `sekimori keygen %d` makes "
						     "the key."),
						  N_("Let the SPF record of %d cover %i, "
						     "and send with an envelope "
						     "sender in %d.") } } },
	{ "sender-null-mx",
		{ "sender-domain", 0,
			N_("The domain of your envelope sender (MAIL FROM) says in the "
			   "DNS that it "
			   "takes no mail (a null MX), so the receiver could not answer "
			   "you."),
			{ N_("Send with an envelope sender whose domain takes mail."),
				N_("Or publish an MX record for %d that names a mail "
				   "server, in "
				   "place of the null MX: `sekimori check %d`.") } } },
};

const struct bounce_cause *
bounce_cause_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(variants); i++)
		if (strcmp(variants[i].name, name) == 0)
			return &variants[i].cause;
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (strcmp(causes[i].id, name) == 0)
			return &causes[i];
	return NULL;
}
