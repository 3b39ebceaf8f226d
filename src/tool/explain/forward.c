/*
 * No single mark is sure: relays add hops too, and lists seal as well. What forwarders
 * alone do is to change the recipient, the reverse-path (SRS) or to say so in a field of
 * their own; one such mark is enough. Two hops between parties count only together with
 * what a receiver found: SPF did not pass and DKIM did.
 */
#include "base/base.h"
#include "tool/explain/forward.h"

#include "auth/dmarc/check.h"
#include "mail/authres_parse.h"
#include "mail/domain.h"
#include "mail/header.h"
#include "mail/received.h"
#include "mail/taglist.h"
#include "tool/explain/found.h"
#include "tool/tool.h"

#define SHOWN 120

/* Foreign text: printable, cut. */
static const char *
show(struct pool *pool, struct slice text)
{
	return pool_show(pool, slice_sub(slice_trim(text), 0, SHOWN), SHOWN);
}

/* Fields that forwarders add. */
static void
read_fields(struct pool *pool, const struct headers *fields, struct forward *forward)
{
	static const char *const names[] = { "X-Forwarded-To", "X-Forwarded-For",
		"X-Forwarded-Encrypted", "X-MS-Exchange-Inbox-Rules-Loop", "Resent-From",
		"Resent-To", "X-Loop", "List-Id" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct header *field = headers_find(fields, names[i]);

		if (field == NULL)
			continue;
		*vec_add(pool, &forward->signs) =
			pool_printf(pool, "%s: %s", names[i], show(pool, field->value));
		if (strcmp(names[i], "List-Id") == 0)
			forward->is_list = true;
		else
			forward->is_marked = true;
		forward->is_found = true;
	}
}

/* SRS, and Gmail's own form of it: the reverse-path is the forwarder's. */
static void
read_path(struct pool *pool, const struct headers *fields, struct forward *forward)
{
	const struct header *field = headers_find(fields, "Return-Path");
	struct slice path;

	if (field == NULL)
		return;
	path = slice_trim(field->value);
	if (path.n > 0 && path.p[0] == '<')
		path = slice_sub(path, 1, path.n - 2);
	if (!slice_caseeq(slice_sub(path, 0, 4), SLICE_LIT("SRS0")) &&
		!slice_caseeq(slice_sub(path, 0, 4), SLICE_LIT("SRS1")) &&
		slice_search(path, "+caf_=") < 0)
		return;
	forward->is_found = forward->is_marked = true;
	*vec_add(pool, &forward->signs) = pool_printf(
		pool, _("the envelope sender was rewritten: %s"), show(pool, path));
	if (slice_rfind(path, '@') >= 0)
		domain_parse(pool, slice_from(path, (size_t)slice_rfind(path, '@') + 1),
			&forward->by);
}

/* The domain of the newest seal (ARC). */
static void
read_seal(struct pool *pool, const struct headers *fields, struct forward *forward)
{
	const struct header *field = headers_find(fields, "ARC-Seal");
	struct taglist tags;
	const struct tag *d;

	if (field == NULL || taglist_parse(pool, field->value, &tags) != NULL ||
		(d = taglist_find(&tags, "d")) == NULL)
		return;
	*vec_add(pool, &forward->signs) =
		pool_printf(pool, _("sealed by %s (ARC)"), show(pool, d->value));
}

/* What a receiver found, by the topmost field. */
static void
read_results(struct pool *pool, const struct headers *fields, struct forward *forward)
{
	const struct header *field = headers_find(fields, "Authentication-Results");
	struct authres authres;

	if (field == NULL)
		return;
	if (authres_parse(pool, field->value, &authres) != NULL) {
		found_read(pool, field->value, forward);
		return;
	}
	for (size_t i = 0; i < authres.results.n; i++) {
		const struct authres_result *r = &authres.results.v[i];
		struct forward_result *new = vec_add(pool, &forward->results);

		new->method = r->method;
		new->result = r->result;
		for (size_t k = 0; k < r->properties.n; k++) {
			const char *name = r->properties.v[k].name;

			if (strcmp(name, "d") == 0 || strcmp(name, "mailfrom") == 0 ||
				(strcmp(name, "from") == 0 && new->domain == NULL) ||
				(strcmp(name, "i") == 0 && new->domain == NULL))
				new->domain = show(pool, r->properties.v[k].value);
		}
	}
}

const struct forward_result *
forward_result(const struct forward *forward, const char *method)
{
	const struct forward_result *found = NULL;

	for (size_t i = 0; i < forward->results.n; i++) {
		const struct forward_result *r = &forward->results.v[i];

		if (strcmp(r->method, method) == 0 &&
			(found == NULL || (strcmp(r->result, "pass") == 0 &&
						  strcmp(found->result, "pass") != 0)))
			found = r;
	}
	return found;
}

/* Did SPF not pass while DKIM did? */
static bool
is_spf_broken(const struct forward *forward)
{
	const struct forward_result *spf = forward_result(forward, "spf");
	const struct forward_result *dkim = forward_result(forward, "dkim");

	return spf != NULL && strcmp(spf->result, "pass") != 0 && dkim != NULL &&
	       strcmp(dkim->result, "pass") == 0;
}

/* The recipient changed on the way: where it was another one; NULL: it did not. Where no
 * border lies between the sender and the host that changed it, that is an alias on the
 * sender's own host, and no forwarding. */
static const struct hop *
earlier_recipient(const struct hops *hops, struct slice final)
{
	bool is_inside = true;

	for (size_t i = 0; i < hops->n; i++)
		is_inside = is_inside && !hops->v[i].is_border;
	for (size_t i = 0; i < hops->n && !is_inside; i++) {
		struct slice recipient = hops->v[i].recipient;

		if (recipient.n == 0)
			continue;
		if (final.n == 0)
			final = recipient;
		else if (!slice_caseeq(final, recipient))
			return &hops->v[i];
	}
	return NULL;
}

static void
read_way(struct pool *pool, const struct headers *fields, struct slice final,
	struct forward *forward)
{
	struct hops hops = VEC_INIT;
	const struct hop *last, *earlier;
	size_t borders = 0;

	received_read(pool, fields, &hops);
	for (size_t i = 0; i < hops.n; i++)
		borders += hops.v[i].is_border;
	forward->is_crossed = borders > 0;
	last = received_last(&hops);
	earlier = earlier_recipient(&hops, final);
	if (earlier != NULL) {
		forward->is_found = true;
		forward->changed_by = earlier->by;
		forward->earlier = earlier->recipient;
		*vec_add(pool, &forward->signs) = pool_printf(pool,
			_("it was first sent to %s"), show(pool, earlier->recipient));
	} else if (borders > 1 && is_spf_broken(forward)) {
		forward->is_found = true;
		*vec_add(pool, &forward->signs) = pool_printf(pool,
			_("it went through %zu hosts of different parties"), borders);
	}
	/* A bounce ends where the forwarder tried; there the forwarder took it last. */
	if (last != NULL && final.n == 0) {
		forward->ip = last->ip;
		if (forward->by == NULL)
			forward->by = last->from;
	} else if (last != NULL && forward->by == NULL) {
		forward->by = last->by;
	}
}

void
forward_read(struct pool *pool, const struct headers *fields, struct slice final,
	struct forward *forward)
{
	struct headers from = VEC_INIT;
	struct address author;

	*forward = (struct forward){ .ip = IP_NONE };
	for (size_t i = 0; i < fields->n; i++)
		if (header_is(fields->v[i], "From"))
			*vec_add(pool, &from) = fields->v[i];
	(void)dmarc_author(pool, &from, &author);
	forward->author = author.domain;
	read_results(pool, fields, forward);
	read_fields(pool, fields, forward);
	read_path(pool, fields, forward);
	read_way(pool, fields, final, forward);
	/* Receivers seal what they deliver themselves, too: a seal alone is no sign. */
	if (forward->is_found)
		read_seal(pool, fields, forward);
}
