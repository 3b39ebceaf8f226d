/*
 * mta/other_signers - does a filter sign beside us?
 *
 * Failure: NULL: it does not, or its configuration cannot be read.
 */
#ifndef TOOL_MTA_OTHER_SIGNERS_H
#define TOOL_MTA_OTHER_SIGNERS_H

#include "base/base.h"

struct mta;

/* The file that gives it its keys; name: of a milter or of a content filter, "rspamd",
 * "amavis". */
const char *other_signer_keys(const struct mta *, const char *name);

#endif
