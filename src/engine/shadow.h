/*
 * shadow - what another filter decided otherwise
 *
 * In Mode shadow we stand behind OpenDKIM and do nothing. The signatures and results that
 * it wrote are on the message; each that is not as ours would have been is put into the
 * results in words, and so into the log:
 *
 *     signed: theirs example.jp/s1, ours none (no row of the key table is for it)
 *     selector: theirs example.jp/s1, ours example.jp/s2
 *     domain: theirs example.com/s1, ours example.jp/s1
 *     dkim: theirs fail example.jp/s1, ours pass
 *
 * The word before the colon is the kind.
 *
 * Failure: nothing.
 */
#ifndef ENGINE_SHADOW_H
#define ENGINE_SHADOW_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/words.h"

struct dkim_results;
struct headers;
struct txn;

/* At the end of the message, when everything is decided. */
void shadow_compare(struct txn *);

/* Verdicts alone: dkim= of the first Authentication-Results field by this id against
 * ours. id NULL: by anybody, above all Received fields. Adds to differs; false: there is
 * no such field. */
bool shadow_verdicts(struct pool *, const struct headers *fields, const char *id,
	const struct dkim_results *ours, struct words *differs);

#endif
