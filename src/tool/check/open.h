/*
 * check/open - what checks need to begin with: configuration, DNS, files of rows
 *
 * Failure: tool_fail has been called, and *status is set.
 */
#ifndef TOOL_CHECK_OPEN_H
#define TOOL_CHECK_OPEN_H

#include "base/base.h"

struct facts;
struct findings;
struct subject;
struct tool;

/* Makes all three new, and fills in of the subject the policy, the DNS, the time and the
 * relays. The daemon's own configuration is read where --config is not given; if that
 * cannot be read (by somebody who may not see the keys), a finding says so. */
bool check_open(
	struct tool *, struct subject *, struct facts *, struct findings *, int *status);

/* Adds the block lists that are asked where nobody says otherwise. */
void check_open_lists(struct subject *);

#endif
