/* The records are an attacker's as much as the message is:
 * the size is looked at first. */
#include "base/base.h"
#include "auth/dkim/key.h"

#include "auth/dkim/signature.h"
#include "base/base64.h"
#include "mail/taglist.h"

/* Does the colon-separated list hold one of these words? */
static bool
list_has(struct slice list, const char *word, const char *or_word)
{
	struct slice item;
	bool more = true;

	while (more) {
		more = slice_cut(list, ':', &item, &list);
		item = slice_trim(item);
		if (slice_caseis(item, word) || slice_caseis(item, or_word))
			return true;
	}
	return false;
}

static const char *
read_p(struct pool *pool, const struct tag *tag, struct dkim_key *key)
{
	if (tag == NULL)
		return N_("the key record has no p=");
	key->revoked = tag->value.n == 0;
	if (base64_parse(pool, tag->value, &key->p) != NULL)
		return N_("p= of the key record is not base64");
	return NULL;
}

const char *
dkim_key_name(struct pool *pool, const char *selector, const char *domain)
{
	return pool_printf(pool, "%s._domainkey.%s", selector, domain);
}

const char *
dkim_key_text(struct pool *pool, const char *type, struct slice p)
{
	return pool_printf(pool, "v=DKIM1; k=%s; p=%.*s", type, SLICE_ARG(p));
}

/* Reads a record. */
const char *
dkim_key_parse(struct pool *pool, struct slice txt, struct dkim_key *key)
{
	struct taglist tags;
	const struct tag *v, *k, *s, *h, *t;

	*key = (struct dkim_key){ .for_mail = true, .for_sha256 = true };
	if (txt.n > DKIM_KEY_SIZE)
		return N_("the key record is too long");
	/* Provisioning tools publish the line end of the file that they read. */
	if (taglist_parse(pool, slice_trim(txt), &tags) != NULL)
		return N_("the key record is not a list of tags");
	v = taglist_find(&tags, "v");
	k = taglist_find(&tags, "k");
	s = taglist_find(&tags, "s");
	h = taglist_find(&tags, "h");
	t = taglist_find(&tags, "t");
	/* RFC 6376 3.6.1: with v= anywhere but in front it is a record
	 * of something else. */
	if (v != NULL && (v != &tags.v[0] || !slice_is(v->value, "DKIM1")))
		return N_("the key record is of an unknown version");
	key->type = k != NULL ? k->value : SLICE_LIT("rsa");
	if (s != NULL)
		key->for_mail = list_has(s->value, "*", "email");
	if (h != NULL)
		key->for_sha256 = list_has(h->value, "sha256", "sha256");
	if (t != NULL) {
		key->testing = list_has(t->value, "y", "y");
		key->exact_domain = list_has(t->value, "s", "s");
	}
	return read_p(pool, taglist_find(&tags, "p"), key);
}

static struct outcome
permerror(const struct reason *reason)
{
	return auth_outcome(AUTH_PERMERROR, reason);
}

/* What a fault of the key means for the signature. */
static struct outcome
fault_outcome(enum pubkey_fault fault)
{
	switch (fault) {
	case PUBKEY_GOOD:
		return auth_outcome(AUTH_NONE, NULL);
	case PUBKEY_BAD:
		break;
	/* RFC 8301 3.2: a key that anybody can break never counts. */
	case PUBKEY_TOO_SMALL:
		return auth_outcome(AUTH_POLICY, REASON("key too small"));
	case PUBKEY_TOO_LARGE:
		return auth_outcome(AUTH_POLICY, REASON("key too large"));
	case PUBKEY_EXPONENT:
		return auth_outcome(AUTH_POLICY, REASON("key has an unsafe exponent"));
	}
	return permerror(REASON("key cannot be read"));
}

/* May the signature be checked with the key? */
struct outcome
dkim_key_fits(struct pool *pool, const struct dkim_key *key, const struct dkim_sig *sig,
	const struct pubkey_limits *limits, struct pubkey **pubkey)
{
	*pubkey = NULL;
	if (!key->for_mail)
		return permerror(REASON("key is not for mail"));
	if (key->revoked)
		return permerror(REASON("key is revoked"));
	if (!slice_caseis(key->type, key_type_name(sig->type)))
		return permerror(REASON("key is of another type than the signature"));
	if (!key->for_sha256)
		return permerror(REASON("key is not for SHA-256"));
	if (key->exact_domain && !sig->is_own_domain)
		return permerror(REASON("key does not allow i= below d="));
	return fault_outcome(pubkey_parse(pool, sig->type, key->p, limits, pubkey));
}
