/*
 * Most keys that do not verify were spoilt between the file and the DNS, by a form that
 * cut, split, quoted or doubled. So the record is not only read as a verifier reads it:
 * where our own private key is at hand, what is published is laid beside what should be,
 * and the first difference names the accident.
 */
#include "base/base.h"
#include "tool/check/check.h"

#include "auth/dkim/key.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/str.h"
#include "config/policy.h"
#include "crypto/keyref.h"
#include "mail/taglist.h"
#include "tool/check/near_miss.h"
#include "tool/check/signer.h"
#include "tool/tool.h"
#include "tool/zone_record.h"

#define SMALL_BITS 1024
#define STRING_MAX 255

static const char paste[] = N_("Publish this record in its place.");

/* What belongs behind p=; empty: the private key is not at hand. */
static struct slice
own_public(const struct check_key *key)
{
	return key->key != NULL ? key->key->public : SLICE_EMPTY;
}

static const char *
key_name(struct pool *pool, const struct check_key *key)
{
	return dkim_key_name(pool, key->selector, key->domain);
}

static void
fill_record(struct pool *pool, struct check_key *key)
{
	struct slice public_key = own_public(key);

	if (public_key.n == 0)
		return;
	key->record = (struct zone_record){ key_name(pool, key), "TXT",
		dkim_key_text(pool, key_type_name(key->key->type), public_key) };
}

/* A failure, with the record that mends it where the key is at hand. */
static struct finding *
fail(struct findings *findings, const struct check_key *key, const char *id,
	const char *found)
{
	struct finding *f = findings_add(findings, id, FINDING_FAILURE, found);

	finding_remedy(f, _("the public half of the key that signs"),
		key->record.name != NULL ? _(paste) : key->publish);
	f->record = key->record;
	return f;
}

/* The same where the key is not at hand, but its record can be made right. */
static struct finding *
fail_mended(struct findings *findings, const struct check_key *key, const char *id,
	const char *found, struct slice mended)
{
	struct finding *f = fail(findings, key, id, found);
	struct dkim_key read;

	if (f->record.name != NULL ||
		dkim_key_parse(findings->pool, mended, &read) != NULL || read.revoked)
		return f;
	f->remedy = _(paste);
	f->record = (struct zone_record){ key_name(findings->pool, key), "TXT",
		pool_copy(findings->pool, mended) };
	return f;
}

/* Strings that were pasted with their quotation marks: "abc" "def" is abcdef. */
static struct slice
without_quotes(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);

	for (size_t i = 0; i < text.n; i++) {
		size_t from = i;

		/* From the end of a string to the beginning of the next. */
		if (text.p[i] == '"') {
			while (i + 1 < text.n && ascii_is_wsp(text.p[i + 1]))
				i++;
			if (i + 1 < text.n && text.p[i + 1] == '"') {
				i++;
				continue;
			}
			i = from;
		}
		str_addc(&out, text.p[from]);
	}
	return slice_trim(zone_unquoted(pool, str_slice(&out)));
}

static void
report_missing(const struct subject *subject, struct findings *findings,
	const struct check_key *key, const struct dns_answer *answer)
{
	struct near_miss miss;
	struct finding *f;

	if (answer->alias) {
		f = fail(findings, key, "dkim.published",
			pool_printf(subject->pool,
				_("%s is a CNAME that leads to no TXT record"),
				key_name(subject->pool, key)));
		if (key->record.name == NULL)
			f->remedy = _("Whoever runs the zone that it leads to has to "
				      "publish the key there: turn DKIM on in the panel "
				      "of that service, or ask there.");
	} else if (near_miss_find(
			   subject, NEAR_MISS_DKIM, key->domain, key->selector, &miss)) {
		f = fail_mended(findings, key, "dkim.published",
			pool_printf(subject->pool,
				_("the key of %s is published at the wrong name, %s"),
				key_name(subject->pool, key), miss.name),
			without_quotes(subject->pool, miss.text));
		finding_detail(subject->pool, f, miss.hint);
	} else {
		fail(findings, key, "dkim.published",
			pool_printf(subject->pool, _("there is no TXT record at %s"),
				key_name(subject->pool, key)));
	}
}

/* The record that two strings were, the one with p= first. */
static struct slice
joined(struct pool *pool, const struct dns_answer *answer)
{
	size_t first = slice_search(answer->records[0].data, "p=") >= 0 ? 0 : 1;

	return slice_of(
		pool_printf(pool, "%.*s%.*s", SLICE_ARG(answer->records[first].data),
			SLICE_ARG(answer->records[1 - first].data)));
}

/* Several records: perhaps the strings of one, entered each by itself. */
static void
report_several(struct findings *findings, const struct check_key *key,
	const struct dns_answer *answer)
{
	struct finding *f;
	size_t keys = 0;

	for (size_t i = 0; i < answer->n; i++)
		keys += slice_search(answer->records[i].data, "p=") >= 0;
	f = fail_mended(findings, key, "dkim.published",
		pool_printf(findings->pool,
			keys <= 1 ? _("%s holds %zu TXT records: the strings of one "
				      "record were entered as records of their own")
				  : _("%s holds %zu TXT records; receivers take any one "
				      "of them"),
			key_name(findings->pool, key), answer->n),
		keys == 1 && answer->n == 2 ? joined(findings->pool, answer)
					    : SLICE_EMPTY);
	f->wanted = _("one TXT record");
}

/* The text of the tag p=, blanks taken out; a reader that takes anything. */
static struct slice
text_of_p(struct pool *pool, struct slice text)
{
	struct str p = STR_POOL(pool);
	struct slice tag;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (tag.n < 2 || tag.p[0] != 'p' ||
			slice_trim(slice_from(tag, 1)).p[0] != '=')
			continue;
		for (size_t i = 1; i < tag.n; i++)
			if (!ascii_is_space(tag.p[i]))
				str_addc(&p, tag.p[i]);
		return slice_from(str_slice(&p), 1);
	}
	return SLICE_EMPTY;
}

/* Is our key in its bare form (RSAPublicKey) what is published? */
static bool
is_same_key(struct pool *pool, struct slice ours, struct slice theirs)
{
	struct slice a, b;

	if (base64_parse(pool, ours, &a) != NULL ||
		base64_parse(pool, theirs, &b) != NULL)
		return false;
	return b.n > 32 && b.n <= a.n && memcmp(a.p + a.n - b.n, b.p, b.n) == 0;
}

/* Quotes and backslashes that a form took for part of the record; NULL: none. */
static const char *
quoting_fault(struct pool *pool, const struct check_key *key, struct slice text)
{
	const char *name = key_name(pool, key);

	if (slice_find(text, '"') >= 0)
		return pool_printf(pool,
			_("quoted twice: the quotation marks became part of %s"), name);
	if (slice_find(text, '\\') >= 0)
		return pool_printf(pool, _("backslashes became part of %s"), name);
	return NULL;
}

/* How the published p= differs from ours; NULL: it does not. */
static const char *
difference(struct pool *pool, struct slice record, struct slice ours)
{
	struct slice theirs = text_of_p(pool, record);

	if (slice_eq(ours, theirs))
		return NULL;
	if (theirs.n > 0 && is_same_key(pool, ours, theirs))
		return NULL;
	if (theirs.n > 0 && theirs.n < ours.n &&
		slice_eq(theirs, slice_sub(ours, 0, theirs.n)))
		return pool_printf(pool,
			_("the key is cut off: the record ends after %zu bytes, and %zu "
			  "of the %zu characters of p= are there"),
			record.n, theirs.n, ours.n);
	if (theirs.n > ours.n / 2 && theirs.n != ours.n &&
		slice_eq(slice_sub(theirs, 0, STRING_MAX / 2),
			slice_sub(ours, 0, STRING_MAX / 2)))
		return _("the key was split wrongly: it begins as ours, then characters "
			 "are missing or too many");
	return _("another key is published than the one that signs here");
}

/* Does the key end before it says that it does (DER's length of all of it)? */
static bool
is_cut(struct pool *pool, struct slice text)
{
	struct slice p = text_of_p(pool, text), key;
	const unsigned char *b;
	size_t whole;

	p.n -= p.n % 4;
	if (p.n < 8 || base64_parse(pool, p, &key) != NULL || key.n < 4)
		return false;
	b = (const unsigned char *)key.p;
	if (b[0] != 0x30 || (b[1] & 0x80) == 0)
		return false;
	whole = b[1] == 0x81 ? 3u + b[2] : b[1] == 0x82 ? 4u + b[2] * 256u + b[3] : 0;
	/* A block that is not complete is not lost, three bytes at most. */
	return whole > key.n + 3;
}

/* The key of another host, whose rest only its owner has. */
static void
report_cut(struct findings *findings, const struct check_key *key, struct slice text)
{
	bool is_string = text.n == STRING_MAX;
	struct finding *f = fail(findings, key, "dkim.valid",
		pool_printf(findings->pool,
			is_string ? _("%s: the key is cut off after %zu bytes, the most "
				      "that one string of a TXT record holds")
				  : _("%s: the key is cut off, the record ends after %zu "
				      "bytes"),
			key_name(findings->pool, key), text.n));

	if (f->record.name != NULL)
		return;
	f->remedy = pool_printf(findings->pool,
		_("%s Paste it in one piece; where the form takes no more than 255 "
		  "characters, as two strings in quotation marks, \"v=DKIM1; ...\" "
		  "\"...\", in one record."),
		f->remedy);
}

/* An SPF record, a site verification: whatever answers for all names. */
static void
report_other_text(
	struct findings *findings, const struct check_key *key, struct slice text)
{
	struct finding *f;

	f = fail(findings, key, "dkim.published",
		pool_printf(findings->pool, _("%s holds no key but another text: %s"),
			key_name(findings->pool, key), check_show(findings->pool, text)));
	finding_detail(findings->pool, f,
		_("Perhaps a wildcard record (*) answers for this name; a record of its "
		  "own comes before it."));
}

/* What a verifier makes of the record apart from the key itself. */
static const char *
unusable(struct pool *pool, const struct check_key *key, const struct dkim_key *read)
{
	const char *type = key->key != NULL ? key_type_name(key->key->type) : NULL;

	if (read->revoked)
		return _("the key is revoked: p= is empty");
	if (type != NULL && !slice_caseis(read->type, type))
		return pool_printf(pool,
			_("k=%.*s, but the key that signs is of type %s"),
			SLICE_ARG(slice_sub(read->type, 0, 20)), type);
	if (!read->for_mail)
		return _("s= says that the key is not for mail");
	if (!read->for_sha256)
		return _("h= does not allow SHA-256");
	return NULL;
}

static void
judge_size(struct findings *findings, struct check_key *key, const struct dkim_key *read)
{
	struct pubkey_limits limits = { SMALL_BITS, 16384 };
	struct pubkey *public_key;
	enum pubkey_fault fault;
	enum finding_status status;
	struct finding *f;
	int bits;

	if (slice_caseis(read->type, "ed25519")) {
		key->is_good = read->p.n == 32;
		return;
	}
	fault = pubkey_parse(findings->pool, KEY_RSA, read->p, &limits, &public_key);
	bits = pubkey_bits(public_key);
	if (fault != PUBKEY_GOOD && fault != PUBKEY_TOO_SMALL) {
		fail(findings, key, "dkim.valid",
			pool_printf(findings->pool, _("what %s holds is no key"),
				key_name(findings->pool, key)));
		return;
	}
	status = fault == PUBKEY_TOO_SMALL ? FINDING_FAILURE
	         : bits < KEYREF_GOOD_BITS ? FINDING_WARNING
	                                   : FINDING_GOOD;
	key->is_good = status != FINDING_FAILURE;
	f = findings_add(findings, "dkim.size", status,
		pool_printf(findings->pool, _("the key of %s has %d bits"),
			key_name(findings->pool, key), bits));
	if (status != FINDING_GOOD)
		finding_remedy(f, _("2048 bits"),
			pool_printf(findings->pool,
				_("Make a new key with a new selector. %s"), key->make));
}

/* The record without the flag y: t=y:s becomes t=s. */
static const char *
without_testing(struct pool *pool, struct slice text)
{
	struct str out = STR_POOL(pool);
	struct slice tag, name, value;

	while (slice_next(&text, ';', &tag)) {
		tag = slice_trim(tag);
		if (slice_cut(tag, '=', &name, &value) && slice_is(slice_trim(name), "t"))
			tag = memchr(value.p, 's', value.n) != NULL ? SLICE_LIT("t=s")
			                                            : SLICE_EMPTY;
		if (tag.n > 0)
			str_addf(&out, "%s%.*s", out.n > 0 ? "; " : "", SLICE_ARG(tag));
	}
	return out.p;
}

static void
judge_testing(struct findings *findings, const struct check_key *key,
	const struct dkim_key *read, struct slice text)
{
	struct finding *f;

	if (!read->testing)
		return;
	f = findings_add(findings, "dkim.testing", FINDING_WARNING,
		pool_printf(findings->pool,
			_("t=y in %s: receivers are told that the key is only a test"),
			key_name(findings->pool, key)));
	finding_remedy(f, _("no t=y"), _(paste));
	f->record = key->record;
	if (f->record.name != NULL)
		return;
	f->record = (struct zone_record){ key_name(findings->pool, key), "TXT",
		without_testing(findings->pool, text) };
}

/* The one TXT record of a key. */
static void
judge_record(struct findings *findings, struct check_key *key, struct slice text)
{
	struct slice ours = own_public(key);
	const char *name = key_name(findings->pool, key);
	const char *bad = quoting_fault(findings->pool, key, text);
	struct dkim_key read;
	struct finding *f;

	if (bad != NULL) {
		fail_mended(findings, key, "dkim.quoted", bad,
			without_quotes(findings->pool, text));
		return;
	}
	if (!slice_starts(text, "v=DKIM1") && slice_search(text, "p=") < 0) {
		report_other_text(findings, key, text);
		return;
	}
	bad = dkim_key_parse(findings->pool, text, &read);
	if (bad == NULL && (bad = unusable(findings->pool, key, &read)) != NULL) {
		f = fail(findings, key, "dkim.usable",
			pool_printf(findings->pool, "%s: %s", name, bad));
		if (read.revoked && key->record.name == NULL)
			f->remedy = _("Let whoever signs use another selector, whose key "
				      "is published; a revoked key stays revoked.");
		return;
	}
	if (ours.n > 0) {
		const char *differs = difference(findings->pool, text, ours);

		if (differs != NULL) {
			fail(findings, key, "dkim.match",
				pool_printf(findings->pool, "%s: %s", name, differs));
			return;
		}
	}
	if (is_cut(findings->pool, text)) {
		report_cut(findings, key, text);
		return;
	}
	if (bad != NULL) {
		fail(findings, key, "dkim.valid",
			pool_printf(findings->pool, "%s: %s", name, _(bad)));
		return;
	}
	findings_add(findings, "dkim.match", ours.n > 0 ? FINDING_GOOD : FINDING_INFO,
		pool_printf(findings->pool,
			ours.n > 0 ? _("%s holds the key that signs here")
				   : _("%s holds a key; the private one is not at hand "
				       "to compare with"),
			name));
	judge_size(findings, key, &read);
	judge_testing(findings, key, &read, text);
}

static void
judge_key(const struct subject *subject, struct findings *findings, struct check_key *key)
{
	struct dns_answer answer;
	struct finding *f;

	fill_record(subject->pool, key);
	subject_ask(subject, key_name(subject->pool, key), DNS_TXT, &answer);
	switch (answer.status) {
	case DNS_OK:
		if (answer.n > 1)
			report_several(findings, key, &answer);
		else
			judge_record(findings, key, answer.records[0].data);
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		report_missing(subject, findings, key, &answer);
		break;
	case DNS_TEMPFAIL:
		f = findings_add(findings, "dkim.published", FINDING_WARNING,
			pool_printf(subject->pool, _("%s could not be asked for: %s"),
				key_name(subject->pool, key), _(answer.reason)));
		finding_remedy(f, _("an answer from the name servers"),
			_("Try again later; if it stays so, the domain's name servers "
			  "are at fault."));
		break;
	}
}

static void
report_no_key(const struct subject *subject, const struct facts *facts,
	struct findings *findings)
{
	const char *selector = check_usual_selector(subject);
	struct finding *f;

	f = findings_add(findings, "dkim.key", FINDING_WARNING,
		pool_printf(subject->pool, _("no DKIM key of %s is known here"),
			subject->domain));
	finding_remedy(f, _("a key that signs the domain's mail"),
		pool_printf(subject->pool,
			_("%s If mail is signed already, name the selector with "
			  "--selector."),
			signer_remedy(subject, facts, subject->domain)));
	if (selector == NULL)
		return;
	f->found = pool_printf(subject->pool,
		_("a key is published at %s._domainkey.%s, but it is not known here "
		  "whether it signs the mail"),
		selector, subject->domain);
	f->remedy = pool_printf(subject->pool,
		_("If it does, look at it: sekimori check %s --selector %s"),
		subject->domain, selector);
}

void
check_dkim(const struct subject *subject, struct facts *facts, struct findings *findings)
{
	bool any = false;

	if (facts->is_parked)
		return;
	if (facts->keys.n == 0) {
		report_no_key(subject, facts, findings);
		return;
	}
	for (size_t i = 0; i < facts->keys.n; i++) {
		struct check_key *key = &facts->keys.v[i];

		key->publish = signer_publish(subject, facts, key->domain);
		key->make = signer_remedy(subject, facts, key->domain);
		judge_key(subject, findings, key);
		any = any || facts->keys.v[i].is_good;
	}
	facts_learn(facts, FACT_DKIM, any);
}
