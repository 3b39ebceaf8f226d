/*
 * compare/compare_mail - archived mail against the results that OpenDKIM wrote on it
 *
 * Signatures are judged as of the time when our own border received the message: by the
 * date of that Received field, else by what the mailbox says, else as of now. The key is
 * asked for now; one that is not published any more is no other verdict and is counted
 * apart, as is a message whose keys the DNS does not answer for.
 *
 * Failure: nothing.
 */
#ifndef TOOL_COMPARE_COMPARE_MAIL_H
#define TOOL_COMPARE_COMPARE_MAIL_H

#include "base/base.h"
#include "tool/compare/compare.h"

struct mail;
struct tool;

/* tool->dns and tool->policy are there. theirs: the name in their results; NULL: that of
 * the hosts in our own Received fields, as OpenDKIM writes it by itself. */
void compare_mail(struct tool *, struct compare *, const char *theirs, struct mail *);

#endif
