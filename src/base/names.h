/*
 * names - words for enum values, both ways
 *
 *     static const struct name_code actions[] = { { "accept", ACTION_ACCEPT }, ... };
 *     name_code(actions, ARRAY_LEN(actions), word, &code)
 *
 * Failure: panic when a value has no word (our mistake); an unknown word is false.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/base.h"
#include "base/slice.h"

struct name_code {
	const char *name;
	int code;
};

/* The value of a word, in any ASCII case. */
bool name_code(const struct name_code *table, size_t n, struct slice word, int *code);

/* The word of a value. */
const char *code_name(const struct name_code *table, size_t n, int code);

#endif
