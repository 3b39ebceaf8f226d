/*
 * check/check - is a domain ready to send mail?
 *
 * A part looks at one thing of the subject, adds what it learns to the facts, and says in
 * findings what was found, what was wanted, and what to do. The table in check.c is the
 * one order of them: later parts read facts that earlier ones learnt. `sekimori explain`
 * asks for the findings of some of them.
 *
 * Failure: nothing. What the DNS did not answer is a finding too.
 */
#ifndef TOOL_CHECK_CHECK_H
#define TOOL_CHECK_CHECK_H

#include "base/base.h"
#include "tool/check/facts.h"
#include "tool/check/subject.h"
#include "tool/findings/findings.h"

struct dmarc_result;

/* Whose findings are asked for, a bit each. */
enum check_look {
	LOOK_SPF = 1,
	LOOK_DKIM = 2,
	LOOK_DMARC = 4,
	LOOK_PTR = 8,
	LOOK_TLS = 16,
	LOOK_HEADER = 32,
	LOOK_SENDERS = 64,
	LOOK_MX = 128,
	LOOK_LISTS = 256,
	LOOK_RECEIVERS = 512,
	LOOK_MORE = 1024,
	LOOK_ALL = 2047,
};

/* The parts that these looks (enum check_look) ask for, and those whose facts they need.
 * False: the DNS cannot be asked, so none could judge; a finding says so. */
bool check_run(const struct subject *, struct facts *, struct findings *, unsigned looks);

/* The parts, each in the file of its name, or in the one named here. */
void check_config(const struct subject *, struct facts *, struct findings *);
void check_sender(const struct subject *, struct facts *, struct findings *);
/* host: PTR of each address, and whose relay it is */
void check_reverse(const struct subject *, struct facts *, struct findings *);
void check_mx(const struct subject *, struct facts *, struct findings *);
void check_tls(const struct subject *, struct facts *, struct findings *); /* host */
void check_lists(const struct subject *, struct facts *, struct findings *);
/* helo: the name in HELO, against the address and its own SPF record */
void check_helo(const struct subject *, struct facts *, struct findings *);
/* more: DNSSEC, MTA-STS, TLS reports, BIMI; and what is not looked at */
void check_more(const struct subject *, struct facts *, struct findings *);
void check_spf(const struct subject *, struct facts *, struct findings *);
/* addresses: does the record cover them? */
void check_spf_addresses(const struct subject *, struct facts *, struct findings *);
void check_dkim(const struct subject *, struct facts *, struct findings *);
void check_message(const struct subject *, struct facts *, struct findings *);
void check_dmarc(const struct subject *, struct facts *, struct findings *);
void check_receivers(const struct subject *, struct facts *, struct findings *);

/* reports: where reports of this record go. Called by check_dmarc. */
void check_reports(const struct subject *, const struct facts *, struct findings *,
	const struct dmarc_result *);

/* sender: a selector of common services under which the domain has a key; NULL: none. */
const char *check_usual_selector(const struct subject *);

/* message: the address of the host that handed the message to its receiver. */
void check_addresses_of_message(const struct subject *, struct facts *);

#endif
