/*
 * postfix - one look at Postfix, of which `sekimori postfix` is made
 *
 * cmd_postfix.c asks whether mail comes to us at all; the checks here, whether it reaches
 * us and its receivers as it was sent.
 *
 * Failure: nothing: whatever is there gives findings.
 */
#ifndef TOOL_POSTFIX_H
#define TOOL_POSTFIX_H

#include "base/base.h"
#include "tool/mta.h"
#include "tool/postconf.h"

struct postfix {
	struct mta mta;
	struct pool *pool;
	struct postconf conf;
	struct milters list; /* smtpd_milters */
	bool is_confined;    /* some smtpd runs in a chroot */
	const char *place;   /* our socket as Postfix writes it */
};

/* A parameter; "" where there is none. */
const char *postfix_value(const struct postfix *, const char *name);

/* The command that sets it. */
const char *postfix_set(const struct postfix *, const char *name, const char *value);

bool postfix_is_smtpd(const struct postconf_service *);

void postfix_check_newline(struct postfix *);
void postfix_check_header_checks(struct postfix *);
void postfix_check_filters(struct postfix *);
void postfix_check_conversion(struct postfix *);
void postfix_check_protocol(struct postfix *);

#endif
