/*
 * What a connection says once is kept here and read by all its messages. Texts are
 * copied: a mail server's are gone when the callback that brought them returns.
 */
#include "base/base.h"
#include "engine/session.h"

#include "config/policy.h"
#include "mail/authres_id.h"

struct session *
session_new(const struct policy *policy, const struct services *services,
	const char *rdns, const struct sockaddr *client, const char *mta_name)
{
	struct pool *pool = pool_new();
	struct session *s = pool_alloc(pool, sizeof(*s));

	s->pool = pool;
	s->policy = policy;
	s->services = services;
	s->client = ip_of_sockaddr(client);
	if (rdns != NULL)
		s->client_name = pool_strdup(pool, rdns);
	if (mta_name != NULL)
		s->mta_name = pool_strdup(pool, mta_name);
	return s;
}

void
session_mta_version(struct session *s, const char *version)
{
	s->is_postfix = version != NULL && strncmp(version, "Postfix", 7) == 0;
}

void
session_helo(struct session *s, const char *name)
{
	s->helo = pool_slice(s->pool, slice_of(name));
}

void
session_free(struct session *s)
{
	if (s != NULL)
		pool_free(s->pool);
}

/* An authserv-id as the configuration spells it: HOSTNAME is the mail server's name. */
static const char *
id_of(const struct session *s, const char *word)
{
	if (word != NULL && strcasecmp(word, "HOSTNAME") != 0)
		return word;
	return s->mta_name != NULL ? s->mta_name : "localhost";
}

const char *
session_authserv_id(const struct session *s)
{
	return id_of(s, s->policy->opt.authserv_id);
}

void
session_ids(const struct session *s, struct pool *pool, struct authres_ids *ids)
{
	const struct words *more = &s->policy->remove_ar_from;

	/* An id that no field could bear needs no removing. */
	(void)authres_ids_add(pool, ids, slice_of(session_authserv_id(s)));
	for (size_t i = 0; i < more->n; i++)
		(void)authres_ids_add(pool, ids, slice_of(id_of(s, more->v[i])));
}
