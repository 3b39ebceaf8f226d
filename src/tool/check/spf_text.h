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
 * and with an end that says something of others; where receivers could not evaluate it,
 * the remedy says so instead. text NULL: there is no record yet. */
void spf_text_propose(
	const struct subject *, const struct facts *, struct finding *, const char *text);

/* The term that this address needs: "include:relay.mailchannels.net", "ip4:192.0.2.1". */
const char *spf_text_term(struct pool *, const struct check_address *);

/* The valid terms of a record that zone-file quoting, or a form, has spoilt; NULL: the
 * text cannot be made one. */
const char *spf_text_repair(struct pool *, struct slice text);

/* One record with the terms of all SPF records of the answer. */
const char *spf_text_merge(struct pool *, const struct dns_answer *);

/* The record without the words that are no terms, and without those terms that no record
 * should hold. */
const char *spf_text_valid_terms(struct pool *, const char *text);

/* Does it let in more than anybody owns? */
bool spf_text_is_open(const struct spf_term *);

/* Does it name addresses that no receiver ever sees? */
bool spf_text_is_private(const struct spf_term *);

#endif
