/*
 * dmarc/record - a DMARC policy record
 *
 * Tolerant tag by tag: what follows `v=DMARC1` and cannot be understood is as if it were
 * not there. Of a tag that decides what becomes of mail and is there twice the milder
 * value counts, of any other the first.
 *
 * Standards: RFC 9989 4.6, 4.7, 4.8
 * Failure:   nothing: a text is a DMARC record or it is not.
 */
#ifndef AUTH_DMARC_RECORD_H
#define AUTH_DMARC_RECORD_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

enum dmarc_policy {
	DMARC_UNSET, /* the tag is absent or not valid; no policy is known */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT,
};

enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* Why a tag does not count. */
enum dmarc_why {
	DMARC_TAG_NONE,    /* it is not NAME=VALUE */
	DMARC_TAG_UNKNOWN, /* no tag has this name */
	DMARC_TAG_GONE,    /* it had a meaning before RFC 9989: pct, rf, ri */
	DMARC_TAG_AGAIN,   /* the same tag came before */
	DMARC_TAG_STRICT,  /* it is there with a milder value too */
	DMARC_TAG_VALUE,   /* its value is not one of those it can have */
};

struct dmarc_ignored {
	struct slice text; /* the tag, without the blanks around it */
	enum dmarc_why why;
};

/* More are not told one by one. */
#define DMARC_IGNORED_MAX 32

struct dmarc_uris VEC_OF(struct slice); /* mailto: cut off, without a size limit */

struct dmarc_record {
	struct slice text; /* all of it */
	enum dmarc_policy p, sp, np;
	bool bad_policy; /* p is missing, or p, sp or np is there and not valid */
	bool strict_spf, strict_dkim; /* aspf=s, adkim=s */
	enum dmarc_psd psd;
	bool testing;               /* t=y */
	bool reports;               /* rua holds a valid URI of any scheme */
	struct dmarc_uris rua, ruf; /* the valid mailto addresses */
	struct slice fo;            /* as written; empty: not there or not valid */
	VEC(struct dmarc_ignored) ignored; /* tags that do not count, as they were met */
};

/* False: not a DMARC record. The record's slices point into the text. */
bool dmarc_record_parse(struct pool *, struct slice text, struct dmarc_record *);

/* "none", "quarantine", "reject"; NULL for DMARC_UNSET. */
const char *dmarc_policy_name(enum dmarc_policy);

#endif
