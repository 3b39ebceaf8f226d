/*
 * Which signatures did the filter before us make? A milter adds its fields at the top, so
 * those that stand above all Received fields, the very first field not counted (OpenDKIM
 * leaves one field above its own, and for Sendmail that may be a Received). What a client
 * sends with a signature already, and without a Received field, is taken for theirs too:
 * t= would tell no better, since a client signs in the same second.
 *
 * Of what comes in, a signature with the author's own domain and no Received above it is
 * one of theirs where the key table knows the domain: that client of ours which
 * InternalHosts leaves out is what an administrator must know before the change to us.
 */
#include "base/base.h"
#include "engine/shadow.h"

#include "auth/dkim/signature.h"
#include "auth/dkim/verify.h"
#include "base/names.h"
#include "base/str.h"
#include "engine/logline.h"
#include "engine/message_record.h"
#include "mail/authres_id.h"
#include "mail/authres_parse.h"

#define SIGNATURES_MAX 32 /* of each side are compared */
#define DIFFERS_MAX 16    /* words in one log line */

static const struct name_code kinds[] = {
	{ "signed", DIFFERENCE_SIGNED },
	{ "selector", DIFFERENCE_SELECTOR },
	{ "domain", DIFFERENCE_DOMAIN },
	{ "dkim", DIFFERENCE_DKIM },
	{ "word", DIFFERENCE_WORD },
	{ "key", DIFFERENCE_KEY },
	{ "dns", DIFFERENCE_DNS },
	{ "field", DIFFERENCE_FIELD },
};

const char *
difference_name(enum difference_kind kind)
{
	return code_name(kinds, ARRAY_LEN(kinds), (int)kind);
}

void
difference_print(struct str *out, const struct difference *d)
{
	str_addf(out, "%s: theirs %s, ours %s", difference_name(d->kind), d->theirs,
		d->ours);
	if (d->why == NULL)
		return;
	str_add(out, " (");
	reason_print(out, d->why, NULL);
	str_addc(out, ')');
}

/* A signature of theirs or of ours. */
struct mark {
	const char *domain, *selector;
	bool done;
};

struct marks VEC_OF(struct mark);

static const char *
name_of(struct pool *pool, const struct mark *mark)
{
	if (mark == NULL)
		return "none";
	return pool_printf(pool, "%s/%s", mark->domain, mark->selector);
}

static void
add_difference(
	struct pool *pool, struct differences *differs, struct difference difference)
{
	if (differs->n < DIFFERS_MAX)
		*vec_add(pool, differs) = difference;
}

/* How many fields stand above all that was there before this hop. */
static size_t
top_of(const struct headers *fields)
{
	for (size_t i = 1; i < fields->n; i++)
		if (header_is(fields->v[i], "Received"))
			return i;
	return fields->n;
}

static void
find_theirs(const struct message_record *record, struct marks *theirs)
{
	const struct headers *all = &record->mail->message.all;

	for (size_t i = 0, seen = 0, top = top_of(all); i < top; i++) {
		struct dkim_sig sig = { 0 };

		if (!header_is(all->v[i], "DKIM-Signature"))
			continue;
		if (++seen > SIGNATURES_MAX)
			break;
		(void)dkim_sig_parse(record->mail->pool, all->v[i], &sig);
		if (sig.domain == NULL || sig.selector == NULL)
			continue;
		if (record->is_verified &&
			(record->note == NULL ||
				strcmp(sig.domain, record->mail->author.domain) != 0))
			continue;
		*vec_add(record->mail->pool, theirs) =
			(struct mark){ sig.domain, sig.selector, false };
	}
}

static void
find_ours(const struct message_record *record, struct marks *ours)
{
	for (size_t i = 0; i < record->signed_by.n && i < SIGNATURES_MAX; i++)
		*vec_add(record->mail->pool, ours) =
			(struct mark){ record->signed_by.v[i]->domain,
				record->signed_by.v[i]->selector, false };
}

static bool
is_same(const struct mark *a, const struct mark *b)
{
	return strcmp(a->domain, b->domain) == 0 && strcmp(a->selector, b->selector) == 0;
}

static bool
is_same_domain(const struct mark *a, const struct mark *b)
{
	return strcmp(a->domain, b->domain) == 0;
}

static bool
is_any(const struct mark *a UNUSED, const struct mark *b UNUSED)
{
	return true;
}

/* From the same signature to the least that two have in common. */
static const struct {
	bool is_difference;
	enum difference_kind kind;
	bool (*match)(const struct mark *, const struct mark *);
} pairings[] = {
	{ false, DIFFERENCE_SIGNED, is_same },
	{ true, DIFFERENCE_SELECTOR, is_same_domain },
	{ true, DIFFERENCE_DOMAIN, is_any },
};

/* Puts one of theirs and one of ours together, where they go together this way. */
static void
pair(struct pool *pool, struct differences *differs, struct mark *mark,
	struct marks *ours, size_t way)
{
	for (size_t k = 0; k < ours->n; k++) {
		if (ours->v[k].done || !pairings[way].match(mark, &ours->v[k]))
			continue;
		mark->done = ours->v[k].done = true;
		if (pairings[way].is_difference)
			add_difference(pool, differs,
				(struct difference){ .kind = pairings[way].kind,
					.theirs = name_of(pool, mark),
					.ours = name_of(pool, &ours->v[k]),
					.about = name_of(pool, mark) });
		return;
	}
}

/* False: they signed what we took for mail from outside, and so did not verify it. */
static bool
compare_signatures(const struct message_record *record, struct differences *differs)
{
	struct marks theirs = VEC_INIT, ours = VEC_INIT;
	struct pool *pool = record->mail->pool;

	find_theirs(record, &theirs);
	find_ours(record, &ours);
	for (size_t way = 0; way < ARRAY_LEN(pairings); way++)
		for (size_t i = 0; i < theirs.n; i++)
			if (!theirs.v[i].done)
				pair(pool, differs, &theirs.v[i], &ours, way);
	for (size_t i = 0; i < theirs.n; i++)
		if (!theirs.v[i].done)
			add_difference(pool, differs,
				(struct difference){ .kind = DIFFERENCE_SIGNED,
					.theirs = name_of(pool, &theirs.v[i]),
					.ours = "none",
					.why = record->results->unsigned_why,
					.about = name_of(pool, &theirs.v[i]) });
	for (size_t i = 0; i < ours.n; i++)
		if (!ours.v[i].done)
			add_difference(pool, differs,
				(struct difference){ .kind = DIFFERENCE_SIGNED,
					.theirs = "none",
					.ours = name_of(pool, &ours.v[i]),
					.about = name_of(pool, &ours.v[i]) });
	return theirs.n == 0 || !record->is_verified;
}

static bool
has_dkim(const struct authres *field)
{
	for (size_t i = 0; i < field->results.n; i++)
		if (strcmp(field->results.v[i].method, "dkim") == 0)
			return true;
	return false;
}

/* Is it of one of those that we are compared with? */
static bool
is_theirs(struct pool *pool, const struct authres_ids *ids, const struct header *h)
{
	return header_is(h, "Authentication-Results") &&
	       (ids->n == 0 || authres_owner(pool, ids, h->value) == AUTHRES_OURS);
}

/* The first field of theirs that speaks of dkim;
 * else what is wrong with the first one. */
static const char *
find_field(struct pool *pool, const struct headers *fields, const struct authres_ids *ids,
	struct authres *field)
{
	size_t end = ids->n > 0 ? fields->n : top_of(fields);
	const char *bad = NULL;

	for (size_t i = 0; i < end; i++) {
		const char *why = SHADOW_NO_DKIM;

		if (!is_theirs(pool, ids, fields->v[i]))
			continue;
		*field = (struct authres){ 0 };
		if (authres_parse(pool, fields->v[i]->value, field) != NULL)
			why = SHADOW_UNREADABLE;
		else if (has_dkim(field))
			return NULL;
		if (bad == NULL)
			bad = why;
	}
	return bad != NULL ? bad : SHADOW_NO_FIELD;
}

static struct slice
property(const struct authres_result *r, const char *name)
{
	for (size_t i = 0; i < r->properties.n; i++)
		if (strcmp(r->properties.v[i].type, "header") == 0 &&
			strcmp(r->properties.v[i].name, name) == 0)
			return r->properties.v[i].value;
	return SLICE_EMPTY;
}

/* Can this result be about that signature of ours? header.b says it best (RFC 6008), then
 * the domain; one without either is about whatever comes next. */
static bool
is_about(const struct authres_result *r, const struct dkim_result *ours)
{
	struct slice b = property(r, "b"), d = property(r, "d");

	if (b.n > 0)
		return slice_eq(slice_sub(ours->b, 0, b.n), b);
	if (d.n > 0)
		return ours->domain != NULL && slice_caseis(d, ours->domain);
	return true;
}

/* "example.jp/s1", as far as it is known. */
static const char *
subject(struct pool *pool, const struct authres_result *r, const struct dkim_result *ours)
{
	struct slice d = r != NULL ? property(r, "d") : SLICE_EMPTY;

	if (ours != NULL && ours->domain != NULL)
		return pool_printf(pool, " %s/%s", ours->domain,
			ours->selector != NULL ? ours->selector : "-");
	return d.n > 0 ? pool_printf(pool, " %.*s", SLICE_ARG(d)) : "";
}

/* Of a subject, where it is a key and not a domain alone. */
static const char *
key_name(const char *about)
{
	return strchr(about, '/') != NULL ? about + 1 : NULL;
}

/* Does the word say that a signature is not good, and will not be? */
static bool
is_refusal(const char *result)
{
	static const char *const words[] = { "fail", "permerror", "policy", "neutral" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(result, words[i]) == 0)
			return true;
	return false;
}

static enum difference_kind
kind_of(const struct dkim_result *ours, const char *mine, const char *theirs)
{
	if (is_refusal(mine) && is_refusal(theirs))
		return DIFFERENCE_WORD;
	if (ours != NULL && (ours->outcome.cause == CAUSE_NO_KEY ||
				    ours->outcome.cause == CAUSE_REVOKED_KEY))
		return DIFFERENCE_KEY;
	return ours != NULL && ours->outcome.cause == CAUSE_DNS ? DIFFERENCE_DNS
	                                                        : DIFFERENCE_DKIM;
}

static void
add_verdict(struct pool *pool, const struct authres_result *r,
	const struct dkim_result *ours, struct differences *differs)
{
	const char *mine = ours != NULL ? auth_code_name(ours->outcome.code) : "none";
	const char *other = r != NULL ? r->result : "none";
	const struct reason *reason = ours != NULL ? ours->outcome.reason : NULL;
	const char *about = subject(pool, r, ours);

	if (strcmp(mine, other) == 0)
		return;
	add_difference(pool, differs,
		(struct difference){ .kind = kind_of(ours, mine, other),
			.theirs = pool_printf(pool, "%s%s", other, about),
			.ours = mine,
			.why = reason,
			.about = key_name(about) });
}

const char *
shadow_verdicts(struct pool *pool, const struct headers *fields,
	const struct authres_ids *ids, const struct dkim_results *ours,
	struct differences *differs)
{
	bool *done = pool_array(pool, ours->n + 1, sizeof(*done));
	struct authres field;
	const char *bad = find_field(pool, fields, ids, &field);

	if (bad != NULL)
		return bad;
	for (size_t i = 0, left = SIGNATURES_MAX; i < field.results.n; i++) {
		const struct authres_result *r = &field.results.v[i];
		size_t k = 0;

		if (strcmp(r->method, "dkim") != 0)
			continue;
		while (k < ours->n && (done[k] || !is_about(r, &ours->v[k])))
			k++;
		if (k < ours->n)
			done[k] = true;
		add_verdict(pool, r, k < ours->n ? &ours->v[k] : NULL, differs);
		if (--left == 0)
			break;
	}
	for (size_t k = 0; k < ours->n; k++)
		if (!done[k] && ours->v[k].examined)
			add_verdict(pool, NULL, &ours->v[k], differs);
	return NULL;
}

static void
compare_verdicts(const struct message_record *record, struct differences *differs)
{
	const struct mail_object *mail = record->mail;
	const struct dkim_results *ours = record->results->dkim;
	const char *id = mail->policy->opt.shadow_authserv_id, *about;
	struct authres_ids ids = VEC_INIT;

	/* No field can bear such an id. */
	if ((id == NULL || authres_ids_add(mail->pool, &ids, slice_of(id)) == NULL) &&
		shadow_verdicts(mail->pool, &mail->message.all, &ids, ours, differs) ==
			NULL)
		return;
	if (id == NULL || ours->n == 0)
		return;
	about = subject(mail->pool, NULL, &ours->v[0]);
	add_difference(mail->pool, differs,
		(struct difference){ .kind = DIFFERENCE_FIELD,
			.theirs = "none",
			.ours = pool_printf(mail->pool, "%s%s",
				auth_code_name(ours->v[0].outcome.code), about),
			.about = key_name(about) });
}

void
shadow_compare(const struct message_record *record, struct differences *differs)
{
	if (record->mail->route.route == ROUTE_PEER)
		return;
	if (compare_signatures(record, differs) && record->results->dkim != NULL)
		compare_verdicts(record, differs);
}
