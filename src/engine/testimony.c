/*
 * A field is read strictly. What cannot be read, or does not name its author, speaks
 * against everybody, since who wants to be believed has no reason to be unclear.
 */
#include "base/base.h"
#include "engine/testimony.h"

#include "mail/authres_parse.h"
#include "mail/domain.h"

/* A longer field is not believed, nor are more fields: ours never are so long or many. */
enum { VALUE_MAX = 65536, AGAINST_MAX = 1000 };

/* Notes a domain that a field speaks against; false where there is no room. */
static bool
note(struct testimony *t, struct pool *pool, const char *domain)
{
	if (t->against.n == AGAINST_MAX)
		return false;
	*vec_add(pool, &t->against) = pool_strdup(pool, domain);
	return true;
}

/* Notes the domain that a dmarc result speaks against; false: it names none. */
static bool
take_dmarc(struct testimony *t, struct pool *pool, const struct authres_result *r)
{
	bool named = false;

	for (size_t i = 0; i < r->properties.n; i++) {
		const struct authres_property *p = &r->properties.v[i];
		const char *domain;

		if (strcmp(p->type, "header") != 0 || strcmp(p->name, "from") != 0)
			continue;
		if (domain_parse(pool, p->value, &domain) != NULL)
			return false;
		named = strcmp(r->result, "pass") == 0 || note(t, pool, domain);
	}
	return named;
}

/* Does the field name its author, or tell of a login and nothing else? */
static bool
take_field(struct testimony *t, struct pool *pool, const struct authres *field)
{
	bool named = false, login = field->results.n > 0;

	for (size_t i = 0; i < field->results.n; i++) {
		const struct authres_result *r = &field->results.v[i];

		login &= strcmp(r->method, "auth") == 0;
		if (strcmp(r->method, "dmarc") != 0)
			continue;
		if (!take_dmarc(t, pool, r))
			return false;
		named = true;
	}
	return named || login;
}

void
testimony_add(struct testimony *t, struct pool *pool, struct slice value)
{
	struct pool *scratch = pool_new();
	struct authres field = { 0 };

	if (value.n > VALUE_MAX || authres_parse(scratch, value, &field) != NULL ||
		!take_field(t, pool, &field))
		t->nobody = true;
	pool_free(scratch);
}

const struct reason *
testimony_against(const struct testimony *t, struct pool *pool, const char *domain)
{
	if (t->nobody || (domain == NULL && t->against.n > 0))
		return REASON("an Authentication-Results field of ours says that it came "
			      "from outside, and names no author");
	for (size_t i = 0; domain != NULL && i < t->against.n; i++)
		if (strcmp(t->against.v[i], domain) == 0)
			return reason_make(pool,
				"an Authentication-Results field of ours says that it "
				"came from outside, and not dmarc=pass for %s",
				domain);
	return NULL;
}
