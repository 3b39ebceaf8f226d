/*
 * taglist - "name=value; name=value"
 *
 * What DKIM signatures, their key records and ARC are written in. Names keep their case
 * and are compared with it. Values lose the white space at their ends and keep what is
 * inside, folds included; an empty value is a value. An unknown tag is in the list like
 * any other. Two tags of one name, an element without '=', an empty element (but for one
 * ';' at the end) are complaints, and so is a value with a control character or with
 * bytes that are not UTF-8.
 *
 * Everything points into the text that was parsed, so that a signature's b= can be cut
 * out of its field byte for byte (RFC 6376 3.7): tag->raw is all between '=' and ';'.
 *
 * Standards: RFC 6376 3.2, RFC 8616 5
 * Failure:   a complaint.
 */
#ifndef MAIL_TAGLIST_H
#define MAIL_TAGLIST_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

enum { TAGLIST_MAX = 128 }; /* more tags than this are a complaint */

struct tag {
	struct slice name;
	struct slice value; /* without white space at its ends */
	struct slice raw;   /* what stands between '=' and ';', white space and all */
};

struct taglist VEC_OF(struct tag);

/* Parses a whole list, usually a field's value (after the colon) or a TXT record. */
const char *taglist_parse(struct pool *, struct slice text, struct taglist *);

/* The tag of this name, or NULL. */
const struct tag *taglist_find(const struct taglist *, const char *name);

#endif
