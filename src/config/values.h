/*
 * values - the types that an option or an attribute may have
 *
 * Each parser says what would be right when it refuses. A Boolean looks at its first byte
 * only, as OpenDKIM does.
 *
 * Failure: a complaint.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include "base/base.h"
#include "base/names.h"
#include "base/pool.h"
#include "base/reason.h"
#include "base/slice.h"
#include "base/words.h"

/* T t Y y 1 or F f N n 0; the rest is not looked at. */
const struct reason *value_bool(struct slice text, bool *);

/* Decimal, from least to most. */
const struct reason *value_number(
	struct pool *, struct slice text, int64_t least, int64_t most, int64_t *);

/* Seconds; with s, m, h, d, w behind the number in those units. */
const struct reason *value_seconds(struct pool *, struct slice text, int64_t *);

/* Octal, 0 to 0777. */
const struct reason *value_octal(struct slice text, int64_t *);

/* One word of a table; the complaint lists the table. */
const struct reason *value_word(struct pool *, const struct name_code *table, size_t n,
	struct slice text, int *code);

/* Words between commas and blanks; an empty one is passed over. */
void value_words(struct pool *, struct slice text, struct words *);

/* "relaxed/simple": header, then body; the body alone is simple when it is not named (RFC
 * 6376 3.5). Values are those of enum canon_form. */
const struct reason *value_canon(struct slice text, int *header, int *body);

/* A list of field names. Where one entry is "*", the entries "+name" and "-name" change
 * the preset; else the list replaces it. Words that are no field name are left out and
 * appended to `unknown`. */
void value_fields(struct pool *, struct slice text, const struct words *preset,
	struct words *fields, struct words *unknown);

/* Is it there, in any ASCII case? */
bool words_have(const struct words *, struct slice word);

#endif
