/*
 * shadow - what another filter decided otherwise
 *
 * In Mode shadow we come after OpenDKIM and do nothing. The signatures and results that
 * it wrote are on the message; each that is not as ours would have been is told in words,
 * for the log:
 *
 *     signed: theirs example.jp/s1, ours none (no row of the key table is for it)
 *     selector: theirs example.jp/s1, ours example.jp/s2
 *     domain: theirs example.com/s1, ours example.jp/s1
 *     dkim: theirs fail example.jp/s1, ours pass
 *     word: theirs fail example.jp/s1, ours permerror (no key)
 *     key: theirs pass example.jp/s1, ours permerror (no key)
 *     dns: theirs pass example.jp/s1, ours temperror (no answer about the key: ...)
 *     field: theirs none, ours pass example.jp/s1
 *
 * The word before the colon is the kind. word is no other decision: neither lets the
 * signature pass, and OpenDKIM has fewer words for that than RFC 8601. key and dns are
 * kinds of their own because they may be a matter of the time at which each of us asked.
 *
 * Failure: a complaint where there is nothing to compare with.
 */
#ifndef ENGINE_SHADOW_H
#define ENGINE_SHADOW_H

#include "base/base.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/str.h"
#include "base/vec.h"

/* In this order in the list above. */
enum difference_kind {
	DIFFERENCE_SIGNED,
	DIFFERENCE_SELECTOR,
	DIFFERENCE_DOMAIN,
	DIFFERENCE_DKIM,
	DIFFERENCE_WORD,
	DIFFERENCE_KEY,
	DIFFERENCE_DNS,
	DIFFERENCE_FIELD,
};

struct difference {
	enum difference_kind kind;
	const char *theirs, *ours;
	const struct reason *why; /* of ours; NULL: nothing to be said */
	const char *about;        /* "example.jp/s1"; NULL: no key is known */
};

struct differences VEC_OF(struct difference);

/* "signed", "selector" ... */
const char *difference_name(enum difference_kind);

/* In English, as it stands in the log. */
void difference_print(struct str *, const struct difference *);

struct authres_ids;
struct dkim_results;
struct headers;
struct message_record;

/* At the end of the message, when everything is decided. Adds to differs. */
void shadow_compare(const struct message_record *, struct differences *differs);

/* Verdicts alone: dkim= of the first Authentication-Results field by one of these ids
 * against ours. No ids: by anybody, above all Received fields but the first one. Adds to
 * differs; a complaint, in the words of SHADOW_..., where there is no such result. */
const char *shadow_verdicts(struct pool *, const struct headers *fields,
	const struct authres_ids *ids, const struct dkim_results *ours,
	struct differences *differs);

#define SHADOW_NO_FIELD "no results of theirs"
#define SHADOW_UNREADABLE "their results cannot be read"
#define SHADOW_NO_DKIM "their results do not say anything of dkim"

#endif
