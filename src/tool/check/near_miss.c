/*
 * A form that adds the domain by itself makes of the name "_dmarc.example.jp" the name
 * "_dmarc.example.jp.example.jp"; somebody who does not know of the label before the
 * domain leaves it out. What both accidents leave is asked for, a row a method.
 */
#include "base/base.h"
#include "tool/check/near_miss.h"

#include "auth/dmarc/record.h"
#include "auth/spf/record.h"
#include "base/str.h"
#include "dns/dns.h"
#include "tool/check/subject.h"
#include "tool/tool.h"

static bool
is_meant_as_spf(struct slice low)
{
	return slice_search(low, "spf1") >= 0 || slice_search(low, "v=spf") >= 0;
}

static bool
is_meant_as_dmarc(struct slice low)
{
	return slice_search(low, "dmarc") >= 0 || slice_starts(low, "p=");
}

static bool
find_spf(struct pool *pool UNUSED, const struct dns_answer *answer, struct slice *text)
{
	return spf_record_select(answer, text) == 1;
}

/* Some other text of the name may have a p= too: a DMARC record, say. */
static bool
find_key(struct pool *pool, const struct dns_answer *answer, struct slice *text)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct slice low = pool_lower(pool, answer->records[i].data);

		*text = answer->records[i].data;
		if (slice_search(low, "p=") >= 0 &&
			(slice_search(low, "v=dkim1") >= 0 ||
				slice_search(low, "k=rsa") >= 0))
			return true;
	}
	return false;
}

static bool
find_dmarc(struct pool *pool, const struct dns_answer *answer, struct slice *text)
{
	struct dmarc_record record;

	for (size_t i = 0; i < answer->n; i++) {
		*text = answer->records[i].data;
		if (dmarc_record_parse(pool, *text, &record))
			return true;
	}
	return false;
}

static const char *
spf_doubled(struct pool *pool UNUSED, const char *selector UNUSED)
{
	return _("The form adds the domain by itself: leave its name field empty, or "
		 "write @.");
}

static const char *
key_doubled(struct pool *pool, const char *selector)
{
	return pool_printf(pool,
		_("The form adds the domain by itself: write only %s._domainkey in its "
		  "name field."),
		selector);
}

static const char *
key_elsewhere(struct pool *pool, const char *selector)
{
	return pool_printf(pool, _("Write %s._domainkey in the name field."), selector);
}

static const char *
key_bare(struct pool *pool, const char *selector)
{
	return pool_printf(pool,
		_("The name lacks ._domainkey: write %s._domainkey in the name field."),
		selector);
}

static const char *
dmarc_doubled(struct pool *pool UNUSED, const char *selector UNUSED)
{
	return _("The form adds the domain by itself: write only _dmarc in its name "
		 "field.");
}

static const char *
dmarc_bare(struct pool *pool UNUSED, const char *selector UNUSED)
{
	return _("Write _dmarc in the name field.");
}

static const struct method {
	const char *label; /* between the selector and the domain; NULL: none */
	/* What to write where the domain is there twice, and where the label lacks. */
	const char *(*doubled)(struct pool *, const char *selector);
	const char *(*bare)(struct pool *, const char *selector);
	bool (*is_meant)(struct slice low);
	bool (*find)(struct pool *, const struct dns_answer *, struct slice *text);
} methods[] = {
	[NEAR_MISS_SPF] = { NULL, spf_doubled, NULL, is_meant_as_spf, find_spf },
	[NEAR_MISS_DKIM] = { "_domainkey", key_doubled, key_bare, NULL, find_key },
	[NEAR_MISS_DMARC] = { "_dmarc", dmarc_doubled, dmarc_bare, is_meant_as_dmarc,
		find_dmarc },
};

struct slice
near_miss_attempt(
	struct pool *pool, enum near_miss_method method, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		if (methods[method].is_meant(pool_lower(pool, answer->records[i].data)))
			return answer->records[i].data;
	return SLICE_EMPTY;
}

/* The labels that are there, with dots between: "s._domainkey.example.jp.example.jp". */
static const char *
join(struct pool *pool, const char *const labels[], size_t n)
{
	struct str name = STR_POOL(pool);

	for (size_t i = 0; i < n; i++)
		if (labels[i] != NULL)
			str_addf(&name, "%s%s", name.n > 0 ? "." : "", labels[i]);
	return name.p;
}

/* Is there a record at this name? */
static bool
ask(const struct subject *subject, const struct method *method, struct near_miss *miss)
{
	struct dns_answer answer;

	subject_ask(subject, miss->name, DNS_TXT, &answer);
	return method->find(subject->pool, &answer, &miss->text);
}

/* Other names at which records of the method were seen: without the underline, with the
 * label alone, with no label at all. */
static bool
find_elsewhere(const struct subject *subject, enum near_miss_method which,
	const char *domain, const char *selector, struct near_miss *miss)
{
	const char *const keys[] = { pool_printf(subject->pool, "%s.domainkey.%s",
					     selector, domain),
		pool_printf(subject->pool, "_domainkey.%s", domain), domain };
	const char *const dmarcs[] = { pool_printf(subject->pool, "dmarc.%s", domain),
		pool_printf(subject->pool, "_dmarc._dmarc.%s", domain) };
	const char *const *names = which == NEAR_MISS_DKIM ? keys : dmarcs;
	size_t n = which == NEAR_MISS_DKIM    ? ARRAY_LEN(keys)
	           : which == NEAR_MISS_DMARC ? ARRAY_LEN(dmarcs)
	                                      : 0;

	for (size_t i = 0; i < n; i++) {
		miss->name = names[i];
		if (!ask(subject, &methods[which], miss))
			continue;
		miss->hint = which == NEAR_MISS_DKIM
		                     ? key_elsewhere(subject->pool, selector)
		                     : dmarc_bare(subject->pool, selector);
		return true;
	}
	return false;
}

bool
near_miss_find(const struct subject *subject, enum near_miss_method which,
	const char *domain, const char *selector, struct near_miss *miss)
{
	const struct method *method = &methods[which];
	const char *const doubled[] = { selector, method->label, domain, domain };
	const char *const bare[] = { selector, domain };
	struct pool *pool = subject->pool;

	*miss = (struct near_miss){ .name = join(pool, doubled, ARRAY_LEN(doubled)) };
	if (ask(subject, method, miss)) {
		miss->hint = method->doubled(pool, selector);
		return true;
	}
	if (method->bare == NULL)
		return false;
	miss->name = join(pool, bare, ARRAY_LEN(bare));
	if (!ask(subject, method, miss))
		return find_elsewhere(subject, which, domain, selector, miss);
	miss->hint = method->bare(pool, selector);
	return true;
}
