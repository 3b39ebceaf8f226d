/*
 * explain/status - what an enhanced status code stands for
 *
 * Standards: RFC 3463 3, RFC 4954 6, RFC 5248 (the registry), RFC 6531 3.5, RFC 6710 8,
 *            RFC 7293 14, RFC 7372 3, RFC 7505 4, RFC 8617 10.3, RFC 8689 8.2
 * Failure:   nothing.
 */
#ifndef TOOL_EXPLAIN_STATUS_H
#define TOOL_EXPLAIN_STATUS_H

#include "base/base.h"

/* In the reader's language, as a sentence for "5.7.26"; for a detail that is not in the
 * registry, what its subject is. NULL: not even that. */
const char *status_meaning(const char *status);

#endif
