/*
 * slice - a view of bytes that another owns
 *
 * Everything that comes from the wire is read through slices: a pointer and a length, no
 * terminating NUL, any byte value inside. A slice with n == 0 may have p == NULL.
 *
 * Failure: nothing.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include "base/base.h"

struct slice {
	const char *p;
	size_t n;
};

#define SLICE_EMPTY ((struct slice){ NULL, 0 })
#define SLICE_LIT(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* For printf: printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)MIN((s).n, (size_t)INT_MAX), ((s).p != NULL ? (s).p : "")

/* The bytes of a C string; NULL gives the empty slice. */
struct slice slice_of(const char *text);

/* n bytes from p. */
struct slice slice_make(const char *p, size_t n);

/* Exactly the same bytes? */
bool slice_eq(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);

/* The same but for ASCII case? */
bool slice_caseeq(struct slice a, struct slice b);
bool slice_caseis(struct slice a, const char *text);

/* Is every byte below 0x80? */
bool slice_is_ascii(struct slice);

/* Does it begin or end with these bytes (case matters)? */
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);

/* The part from offset `from` on, at most `n` bytes; both are cut to what is there. */
struct slice slice_sub(struct slice a, size_t from, size_t n);
struct slice slice_from(struct slice a, size_t from);

/* Without leading and trailing SP, TAB, CR, LF. */
struct slice slice_trim(struct slice a);

/* The first (or last) place of the byte, or -1. */
ptrdiff_t slice_find(struct slice a, char c);
ptrdiff_t slice_rfind(struct slice a, char c);

/* The first place of the text, or -1; of an empty one 0. */
ptrdiff_t slice_search(struct slice a, const char *text);

/* Splits at the first `c`: *head gets what is before it, *tail what follows. Returns
 * false, with everything in *head and *tail empty, when `c` does not occur. */
bool slice_cut(struct slice a, char c, struct slice *head, struct slice *tail);

/* Takes what stands before the next `c`, or all, off *rest; false: nothing is left. */
bool slice_next(struct slice *rest, char c, struct slice *part);

/* Byte order of memcmp, a shorter one first; for sorting. */
int slice_compare(struct slice a, struct slice b);

#endif
