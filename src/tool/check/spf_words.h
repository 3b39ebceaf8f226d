/*
 * check/spf_words - an SPF record as its owner meant it
 *
 * Read are the words of a record that a form, a word processor or a person has spoilt:
 * with commas between, with a blank behind the colon or none between two words, with
 * wide characters, with a name that nearly is one, with an address where a host belongs.
 * Nothing is guessed that has two meanings; what cannot be read stays on the list, so
 * that whoever proposes a record knows that something was meant there.
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_SPF_WORDS_H
#define TOOL_CHECK_SPF_WORDS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

struct spf_word {
	const char *text; /* a term or a modifier; NULL: it cannot be read */
	const char *was;  /* as it stands there */
};

struct spf_words VEC_OF(struct spf_word);

/* The words behind the version, in their order; a text without a version is all words. */
void spf_words_read(struct pool *, struct slice text, struct spf_words *);

/* Was this word mended? */
bool spf_word_is_mended(const struct spf_word *);

#endif
