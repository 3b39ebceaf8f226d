#include "base/base.h"
#include "engine/ownkeys.h"

#include "auth/dkim_key.h"
#include "config/policy.h"
#include "crypto/privkey.h"
#include "dns/dns.h"

struct ownkeys {
	struct dns dns; /* first: the ops find the rest by it */
	const struct signing *rows;
	size_t n;
};

/* The key record of a row, as it stands in the DNS. */
static bool
record_of(struct pool *pool, const struct signing *row, struct dns_record *record)
{
	struct slice p;

	if (privkey_public(row->key, pool, &p) != NULL)
		return false;
	record->data = slice_of(pool_printf(pool, "v=DKIM1; k=%s; p=%.*s",
		privkey_type(row->key) == KEY_ED25519 ? "ed25519" : "rsa", SLICE_ARG(p)));
	return true;
}

static void
ownkeys_query(struct dns *dns, struct slice name, enum dns_type type,
	int64_t deadline UNUSED, struct pool *pool, struct dns_answer *answer)
{
	const struct ownkeys *own = (const struct ownkeys *)dns;
	struct dns_record *record = pool_alloc(pool, sizeof(*record));

	*answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
	for (size_t i = 0; i < own->n && type == DNS_TXT; i++) {
		const struct signing *row = &own->rows[i];

		if (!slice_caseis(
			    name, dkim_key_name(pool, row->selector, row->domain)) ||
			!record_of(pool, row, record))
			continue;
		*answer = (struct dns_answer){
			.status = DNS_OK, .records = record, .n = 1
		};
		return;
	}
}

static void
ownkeys_prefetch(
	struct dns *dns UNUSED, struct slice name UNUSED, enum dns_type type UNUSED)
{
}

static void
ownkeys_close(struct dns *dns UNUSED)
{
}

static bool
ownkeys_answers(struct dns *dns UNUSED)
{
	return true;
}

static const struct dns_ops ownkeys_ops = { ownkeys_query, ownkeys_prefetch,
	ownkeys_close, ownkeys_answers };

struct dns *
ownkeys_new(struct pool *pool, const struct signing *rows, size_t n)
{
	struct ownkeys *own = pool_alloc(pool, sizeof(*own));

	own->dns.ops = &ownkeys_ops;
	own->rows = rows;
	own->n = n;
	return &own->dns;
}
