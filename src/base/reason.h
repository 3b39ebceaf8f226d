/*
 * reason - why something is as it is, before it is a sentence
 *
 * A reason is made where it is known and printed where somebody reads it: in English by
 * the log, by a header field and by a reply, in the reader's language by the commands. In
 * between it is a form, as for printf, with its arguments, each a text already, or a
 * reason again:
 *
 *     why = reason_make(pool, "look-up of %s failed: %p", name, REASON("time-out"));
 *
 * Forms of these functions are texts of the catalogues (po/, make update-po), and so are
 * those in N_(). What a program decides by stands beside the reason, as an enum: no code
 * reads a sentence back.
 *
 * Failure: panic for a form with a conversion that is not known here.
 */
#ifndef BASE_REASON_H
#define BASE_REASON_H

#include "base/base.h"
#include "base/pool.h"
#include "base/str.h"

/* One of the two. */
struct reason_arg {
	const char *text;
	const struct reason *reason;
};

struct reason {
	const char *form;
	const struct reason_arg *args;
	size_t n;
};

/* One without arguments, in a function: lives as long as the program. */
#define REASON(text)                                                       \
	(__extension__({                                                   \
		static const struct reason reason_ = { .form = N_(text) }; \
		&reason_;                                                  \
	}))

/* %s, %.*s, %c, numbers in decimal and octal as of printf; %p is a reason (NULL: nothing
 * stands there). Texts are copied into the pool; the form and a reason have to live as
 * long (reason_copy). */
const struct reason *reason_make(struct pool *, const char *form, ...) PRINTF_LIKE(2, 3);
const struct reason *reason_vmake(struct pool *, const char *form, va_list)
	PRINTF_LIKE(2, 0);

/* Of a form without arguments, which must live as long: a complaint. NULL for NULL. */
const struct reason *reason_of(struct pool *, const char *form);

/* What the system says of an error number (errno). */
const struct reason *reason_errno(struct pool *, int error);

/* The same in another pool, all of it. NULL for NULL. */
const struct reason *reason_copy(struct pool *, const struct reason *);

/* The text of a form in another language; in it, %2$s stands for the second argument. */
typedef const char *reason_translate(const char *form);

/* NULL for the translation: English. */
void reason_print(struct str *, const struct reason *, reason_translate *);

/* The same as a text in the pool. NULL for NULL. */
const char *reason_text(struct pool *, const struct reason *, reason_translate *);

#endif
