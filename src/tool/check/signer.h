/*
 * check/signer - who signs for the domain, and where DKIM is turned on there
 *
 * Failure: nothing.
 */
#ifndef TOOL_CHECK_SIGNER_H
#define TOOL_CHECK_SIGNER_H

#include "base/base.h"

struct facts;
struct subject;

/* The service that sends, and so signs, for the domain: by the addresses that send, where
 * none is known by its MX; NULL: none that is known. */
const char *signer_service(const struct subject *, const struct facts *);

/* What to do so that mail is signed with d=domain: in the panel of that service, or on
 * the host that signs. */
const char *signer_remedy(
	const struct subject *, const struct facts *, const char *domain);

/* The same so that a key is published (again). */
const char *signer_publish(
	const struct subject *, const struct facts *, const char *domain);

#endif
