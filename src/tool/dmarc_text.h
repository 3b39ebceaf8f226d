/*
 * dmarc_text - DMARC records to propose
 *
 * Works on the tags of a record, so that what is right in it stays as its owner wrote it.
 *
 * Failure: nothing.
 */
#ifndef TOOL_DMARC_TEXT_H
#define TOOL_DMARC_TEXT_H

#include "base/base.h"
#include "auth/dmarc/record.h"
#include "base/pool.h"
#include "base/slice.h"

/* A first record: it asks receivers for nothing but reports. */
const char *dmarc_text_first(struct pool *, const char *domain);

/* The record without what does not count in it, and with a policy. A policy that is
 * misspelt becomes the one that it looks like, else none; an address for reports becomes
 * the URI that is meant; pct=0 becomes t=y, another percentage stays. NULL: the text is
 * no DMARC record, and cannot be made one. */
const char *dmarc_text_repair(struct pool *, struct slice text);

/* The record without the tags that make alignment strict. */
const char *dmarc_text_relax(struct pool *, struct slice text);

/* The record without t=. */
const char *dmarc_text_in_earnest(struct pool *, struct slice text);

/* Is it a record whose every tag counts, a percentage apart? */
bool dmarc_text_is_record(struct pool *, const char *text);

/* The number of a tag pct=; -1: it is another tag, or no number. */
int dmarc_text_percent(struct slice tag);

/* Does a list of URIs (rua, ruf) hold something that no report is sent to, like an
 * address without mailto:? */
bool dmarc_text_has_dead_uri(struct pool *, struct slice uris);

#endif
