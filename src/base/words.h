/*
 * words - a growing list of NUL-terminated words
 *
 *     *vec_add(pool, &words) = "yes";
 *
 * Failure: nothing.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/vec.h"

struct words VEC_OF(const char *);

#endif
