/*
 * date - when was that?
 *
 * Dates of fields and of mbox files as seconds since 1970, UTC. All forms of the standard
 * are taken, the obsolete ones included: years of two or three digits, zones with names,
 * comments and folds between the words, no day of the week, no seconds. A zone that
 * nobody knows is UTC, as the standard has it; so is one that is not there. That the day
 * of the week fits the date is not asked.
 *
 * Standards: RFC 5322 3.3, 4.3; RFC 4155 (mbox)
 * Failure:   a complaint.
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include "base/base.h"
#include "base/slice.h"

/* The last second that a date can be of, 9999-12-31: later times overflow nothing, but
 * mean nothing either. */
#define DATE_LAST INT64_C(253402300799)

/* "Thu, 01 Jan 2026 09:00:00 +0900 (JST)": what a Date field says. */
const char *date_parse(struct slice text, int64_t *time);

/* The date of a Received field: what stands after its last semicolon. */
const char *date_parse_received(struct slice value, int64_t *time);

/* The line between two messages of an mbox, "From a@b.example Thu Jan  1 00:00:00 2026"
 * with or without a zone; many a mail server means its own zone and does not say so. */
const char *date_parse_mbox(struct slice line, int64_t *time);

#endif
