/*
 * spf/received_spf - the Received-SPF header field
 *
 * For those who still read it. Printed from the same result as Authentication-Results;
 * it must stand above every other Received-SPF and above our own Received (index 0).
 *
 * Standards: RFC 7208 9.1
 * Failure:   nothing.
 */
#ifndef AUTH_SPF_RECEIVED_SPF_H
#define AUTH_SPF_RECEIVED_SPF_H

#include "base/base.h"
#include "auth/spf/check.h"
#include "base/slice.h"
#include "base/str.h"

/* Adds the field's value (what goes after the colon, with a leading space), folded. */
void received_spf_print(
	struct str *, const struct spf_query *, const struct spf_result *);

/* Does a Received-SPF value that came with a message say that `receiver` wrote it? Then
 * it is forged or stale. The key counts, and so does the comment's first word; quotes,
 * case, comments and one final dot are passed over. A value that is not the grammar is
 * ours when the name occurs in it at all. */
bool received_spf_names(struct slice value, const char *receiver);

#endif
