/*
 * zone_record - a record of the DNS, ready to paste
 *
 * Failure: nothing.
 */
#ifndef TOOL_ZONE_RECORD_H
#define TOOL_ZONE_RECORD_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct zone_record {
	const char *name; /* absolute, without final dot; NULL: there is none */
	const char *type, *value;
};

/* "name. 3600 IN TXT "..."": a line of a zone file. */
const char *zone_record_line(struct pool *, const struct zone_record *);

/* The name as a form wants it that adds the domain by itself; "@" for the domain; NULL:
 * it is not below the domain. */
const char *zone_relative_name(struct pool *, const char *domain, const char *name);

/* The text without the backslashes and quotation marks of a zone file. */
struct slice zone_unquoted(struct pool *, struct slice text);

#endif
