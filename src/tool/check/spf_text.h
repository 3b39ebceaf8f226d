/*
 * check/spf_text - SPF records to propose
 *
 * Works on the words of a record, so that what is there stays as its owner wrote it.
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_SPF_TEXT_H
#define TOOL_CHECK_SPF_TEXT_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct check_address;
struct dns_answer;
struct facts;
struct finding;
struct spf_term;
struct subject;

/* Puts into the finding the record with a term for each address that does not pass yet,
 * and with an end that says something of others, with details of what was read otherwise
 * than it stands there; a record that does not do that is not shown, and the remedy says
 * why. text: what there is, however spoilt; empty: there is no record yet. */
void spf_text_propose(const struct subject *, const struct facts *, struct finding *,
	struct slice text);

/* The term by which this address was found to pass: "include:relay.mailchannels.net",
 * "a:www1.example.jp", "ip4:192.0.2.1". */
const char *spf_text_term(const struct subject *, const struct check_address *);

/* One text with the words of all SPF records of the answer. */
struct slice spf_text_merge(struct pool *, const struct dns_answer *);

/* Does it let in more than anybody owns? */
bool spf_text_is_open(const struct spf_term *);

/* Does it name addresses that no receiver ever sees? */
bool spf_text_is_private(const struct spf_term *);

/* Would a record of the words as they were meant be another one? */
bool spf_text_is_mendable(struct pool *, struct slice text);

#endif
