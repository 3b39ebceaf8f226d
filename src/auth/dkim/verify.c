/*
 * RFC 6376 8.4: the signatures are counted before any is read, since a message may carry
 * thousands.
 * When there are too many, one cheap look at d= decides who is examined; "could align" is
 * meant generously (one name lies below the other), since to know better would take DNS.
 *
 * Each step of judging one signature is a function that gives an outcome, NONE meaning
 * "go on", in the order of RFC 6376 6.1: the field, its times, the key, the body, the
 * header. A result is final when it is made: what one signature is judged to be never
 * touches another.
 */
#include "base/base.h"
#include "auth/dkim/verify.h"

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/key.h"
#include "auth/dkim/signature.h"
#include "dns/dns.h"
#include "dns/lookup.h"
#include "mail/domain.h"
#include "mail/message.h"

#define RECORDS_MAX 8 /* key records of one name that are read */
#define KEYS_MAX 3    /* of those, keys that a signature is tried with */
#define SHORT_B 8     /* RFC 6008 4: characters of b= that a report shows at least */

struct work {
	const struct header *field;
	bool is_examined;
	struct outcome parsed;
	struct dkim_sig sig;
	size_t wish;
	const char *domain; /* when it is not examined */
};

struct dkim_verify {
	struct pool *pool;
	struct dkim_verify_params params;
	const struct message *message;
	const char *author; /* the author's domain, or NULL */
	struct bodyhash *body;
	struct hdrhash *headers; /* made when the first signature needs it */
	struct work *works;      /* one for each field of message->dkim */
};

#define GO_ON auth_outcome(AUTH_NONE, NULL)

static void
prefetch_key(struct pool *pool, struct dns *dns, const struct dkim_sig *sig)
{
	const char *name = dkim_sig_key_name(pool, sig);

	if (name != NULL)
		dns_prefetch(dns, slice_of(name), DNS_TXT);
}

/* Asks for the key of one field while others are still coming. */
void
dkim_prefetch(struct dns *dns, struct slice field_value)
{
	struct pool *pool = pool_new();
	struct header field = { SLICE_LIT("DKIM-Signature"), field_value };
	struct dkim_sig sig;

	if (dkim_sig_parse(pool, &field, &sig).code == AUTH_NONE)
		prefetch_key(pool, dns, &sig);
	pool_free(pool);
}

/* RFC 7489 and 9989 align names one of which lies below the other, or both below a third:
 * the first is all that can be known without asking. */
static bool
could_align(const char *domain, const char *author)
{
	return domain != NULL && author != NULL &&
	       (domain_is_within(domain, author) || domain_is_within(author, domain));
}

/* Marks who is examined: at most max, in the message's order, those that could align
 * before the others. */
static void
choose(struct dkim_verify *verify)
{
	size_t n = verify->message->dkim.n, left = verify->params.max_signatures;

	for (size_t i = 0; i < n && n > verify->params.max_signatures; i++) {
		struct work *work = &verify->works[i];

		work->domain = dkim_sig_domain(verify->pool, work->field);
		if (left > 0 && could_align(work->domain, verify->author)) {
			work->is_examined = true;
			left--;
		}
	}
	for (size_t i = 0; i < n && left > 0; i++)
		if (!verify->works[i].is_examined) {
			verify->works[i].is_examined = true;
			left--;
		}
}

/* Reads the fields that will be examined, and wishes for their body hashes. */
struct dkim_verify *
dkim_verify_begin(struct pool *pool, const struct dkim_verify_params *params,
	const struct message *message, const char *author_domain, struct bodyhash *body)
{
	struct dkim_verify *verify = pool_alloc(pool, sizeof(*verify));
	size_t n = message->dkim.n;

	verify->pool = pool;
	verify->params = *params;
	verify->message = message;
	verify->author = author_domain;
	verify->body = body;
	verify->works = pool_array(pool, n, sizeof(*verify->works));
	for (size_t i = 0; i < n; i++)
		verify->works[i].field = message->dkim.v[i];
	choose(verify);
	for (size_t i = 0; i < n; i++) {
		struct work *work = &verify->works[i];

		if (!work->is_examined)
			continue;
		work->parsed = dkim_sig_parse(pool, work->field, &work->sig);
		if (work->parsed.code == AUTH_NONE &&
			work->sig.nnames > params->max_names)
			work->parsed = auth_outcome(
				AUTH_POLICY, REASON("h= names too many fields"));
		if (work->parsed.code == AUTH_NONE)
			work->wish = bodyhash_want(
				body, work->sig.canon_body, work->sig.limit);
	}
	return verify;
}

/* Asks for the keys while the body is still coming. */
void
dkim_verify_prefetch(const struct dkim_verify *verify, struct dns *dns)
{
	for (size_t i = 0; i < verify->message->dkim.n; i++) {
		const struct work *work = &verify->works[i];

		if (work->is_examined && work->parsed.code == AUTH_NONE)
			prefetch_key(verify->pool, dns, &work->sig);
	}
}

/* RFC 6376 3.5: x= in the past, t= in the future, with some skew of clocks. Times have at
 * most 12 digits, so nothing here overflows. */
static struct outcome
check_times(const struct dkim_verify *verify, const struct dkim_sig *sig)
{
	int64_t now = verify->params.now, skew = verify->params.skew;

	/* RFC 6376 6.1.1 leaves expired signatures to the verifier: for us they fail. */
	if (sig->expires >= 0 && now - skew > sig->expires)
		return auth_because(
			AUTH_FAIL, CAUSE_EXPIRED, REASON("signature expired"));
	if (sig->signed_at > now + skew)
		return auth_outcome(AUTH_POLICY, REASON("signature is of the future"));
	return GO_ON;
}

/* The TXT records at the signature's key name. */
static struct outcome
ask(const struct dkim_verify *verify, struct dns *dns, int64_t deadline,
	const struct dkim_sig *sig, struct dns_answer *answer)
{
	struct lookup lookup = {
		.dns = dns, .pool = verify->pool, .deadline = deadline, .left = 1
	};
	const char *name = dkim_sig_key_name(verify->pool, sig);

	if (name == NULL)
		return auth_because(
			AUTH_PERMERROR, CAUSE_NO_KEY, REASON("key name is too long"));
	lookup_ask(&lookup, slice_of(name), DNS_TXT, answer);
	switch (answer->status) {
	case DNS_OK:
		return GO_ON;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		break;
	case DNS_TEMPFAIL:
		return auth_because(AUTH_TEMPERROR, CAUSE_DNS,
			reason_make(verify->pool, "no answer about the key: %p",
				dns_answer_reason(verify->pool, answer)));
	}
	return auth_because(AUTH_PERMERROR, CAUSE_NO_KEY, REASON("no key"));
}

/* RFC 6376 6.1.3, 3.5: is the body the one that was signed? An l= that is more than the
 * body has is an error; a body that goes on after l= is examine()'s. */
static struct outcome
check_body(const struct dkim_verify *verify, const struct work *work)
{
	unsigned char digest[DIGEST_SIZE];
	const char *bad = bodyhash_digest(verify->body, work->wish, digest);

	if (bad != NULL)
		return auth_outcome(AUTH_TEMPERROR, reason_of(verify->pool, bad));
	if (work->sig.limit != BODYHASH_ALL &&
		bodyhash_length(verify->body, work->wish) < work->sig.limit)
		return auth_outcome(
			AUTH_PERMERROR, REASON("l= is more than the body has"));
	if (work->sig.bodyhash.n != DIGEST_SIZE ||
		memcmp(work->sig.bodyhash.p, digest, DIGEST_SIZE) != 0)
		return auth_outcome(AUTH_FAIL, REASON("body hash did not verify"));
	return GO_ON;
}

/* RFC 6376 6.1.3: does this key verify that signature? NONE: it does. */
static struct outcome
check_header(struct dkim_verify *verify, const struct dkim_sig *sig,
	const struct pubkey *pubkey)
{
	struct hdrhash_wish wish = { sig->canon_header, sig->names, sig->nnames,
		sig->field, sig->b_place };
	unsigned char digest[DIGEST_SIZE];
	const char *bad;
	bool is_good = false;

	if (verify->headers == NULL)
		verify->headers = hdrhash_new(verify->pool, &verify->message->all);
	if ((bad = hdrhash_digest(verify->headers, &wish, digest)) != NULL ||
		(bad = pubkey_verify(pubkey, digest, sig->signature, &is_good)) != NULL)
		return auth_outcome(AUTH_TEMPERROR, reason_of(verify->pool, bad));
	if (!is_good)
		return auth_outcome(AUTH_FAIL, REASON("signature did not verify"));
	return GO_ON;
}

/* One key record against one signature. *is_key: the record held a key for it. */
static struct outcome
try_record(struct dkim_verify *verify, const struct work *work, struct slice txt,
	struct dkim_result *result, bool *is_key)
{
	struct dkim_key key;
	struct pubkey *pubkey;
	struct outcome outcome;
	const char *bad = txt.n > verify->params.max_key_record
	                          ? N_("the key record is too long")
	                          : dkim_key_parse(verify->pool, txt, &key);

	*is_key = false;
	if (bad != NULL)
		return auth_outcome(AUTH_PERMERROR, reason_of(verify->pool, bad));
	outcome = dkim_key_fits(
		verify->pool, &key, &work->sig, &verify->params.bits, &pubkey);
	if (key.revoked)
		outcome.cause = CAUSE_REVOKED_KEY;
	result->testing = key.testing;
	result->key_bits = pubkey != NULL ? pubkey_bits(pubkey) : 0;
	if (outcome.code != AUTH_NONE)
		return outcome;
	*is_key = true;
	if ((outcome = check_body(verify, work)).code != AUTH_NONE)
		return outcome;
	return check_header(verify, &work->sig, pubkey);
}

/* RFC 6376 6.1.2: of several records each is tried, up to a limit. One key that verifies
 * is enough; else what a real key said counts more than what other records were. */
static struct outcome
try_records(struct dkim_verify *verify, const struct work *work,
	const struct dns_answer *answer, struct dkim_result *result)
{
	struct outcome outcome =
		auth_because(AUTH_PERMERROR, CAUSE_NO_KEY, REASON("no key"));
	int keys = 0;

	for (size_t i = 0; i < answer->n && i < RECORDS_MAX && keys < KEYS_MAX; i++) {
		struct dkim_result one = *result;
		bool is_key;

		one.outcome =
			try_record(verify, work, answer->records[i].data, &one, &is_key);
		if (is_key || keys == 0) {
			*result = one;
			outcome = one.outcome;
		}
		keys += is_key;
		if (one.outcome.code == AUTH_NONE)
			break;
	}
	return outcome;
}

/* The whole way of one signature. NONE: it passes. */
static struct outcome
examine(struct dkim_verify *verify, struct dns *dns, int64_t deadline,
	const struct work *work, struct dkim_result *result)
{
	struct dns_answer answer;
	struct outcome outcome = work->parsed;

	if (outcome.code != AUTH_NONE)
		return outcome;
	outcome = check_times(verify, &work->sig);
	if (outcome.code != AUTH_NONE)
		return outcome;
	outcome = ask(verify, dns, deadline, &work->sig, &answer);
	result->asked = 1;
	if (outcome.code != AUTH_NONE)
		return outcome;
	outcome = try_records(verify, work, &answer, result);
	if (outcome.code != AUTH_NONE)
		return outcome;
	/* RFC 6376 8.2: what l= covers says nothing of the body after it. */
	if (bodyhash_has_more(verify->body, work->wish))
		return auth_outcome(
			AUTH_POLICY, REASON("l= leaves a part of the body unsigned"));
	return GO_ON;
}

/* Judges one field. */
static void
judge(struct dkim_verify *verify, struct dns *dns, int64_t deadline,
	const struct work *work, struct dkim_result *result)
{
	if (!work->is_examined) {
		result->domain = work->domain;
		result->outcome = auth_outcome(
			AUTH_POLICY, REASON("too many signatures: not examined"));
		return;
	}
	result->examined = true;
	result->domain = work->sig.domain;
	result->selector = work->sig.selector;
	result->algorithm = work->sig.algorithm;
	result->identity = work->sig.identity;
	result->b = work->sig.b_text;
	/* What was cut off may have been signed: nothing of the message is judged. */
	if (verify->message->too_large) {
		result->outcome =
			auth_outcome(AUTH_POLICY, REASON("header is too large"));
		return;
	}
	result->outcome = examine(verify, dns, deadline, work, result);
	if (result->outcome.code == AUTH_NONE)
		result->outcome = auth_outcome(AUTH_PASS, NULL);
}

static size_t
common_start(struct slice a, struct slice b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

/* RFC 6008 4: as much of b= as tells the signature from the others, eight at least. At
 * most max_signatures have one. */
static void
shorten(const struct dkim_result *const *all, size_t n, struct dkim_result *one)
{
	size_t length = SHORT_B;

	for (size_t i = 0; i < n; i++)
		if (!slice_eq(all[i]->b, one->b))
			length = MAX(length, common_start(all[i]->b, one->b) + 1);
	one->b_short = slice_sub(one->b, 0, length);
}

/* Finds the short form of each b=. */
static void
shorten_all(const struct dkim_verify *verify, struct dkim_results *results)
{
	const struct dkim_result **with_b =
		pool_array(verify->pool, verify->params.max_signatures, sizeof(*with_b));
	size_t n = 0;

	for (size_t i = 0; i < results->n; i++)
		if (results->v[i].b.n > 0)
			with_b[n++] = &results->v[i];
	for (size_t i = 0; i < results->n; i++)
		if (results->v[i].b.n > 0)
			shorten(with_b, n, &results->v[i]);
}

/* Judges those that could speak for the author, or the others. */
static void
judge_those(struct dkim_verify *verify, struct dns *dns, int64_t deadline, bool aligned,
	struct dkim_results *results)
{
	for (size_t i = 0; i < results->n; i++) {
		const struct work *work = &verify->works[i];

		if (could_align(work->sig.domain, verify->author) == aligned)
			judge(verify, dns, deadline, work, &results->v[i]);
	}
}

/* Judges all signatures. The time that is left may be short, and a stranger's key slow on
 * purpose: the keys of the author's own domain are asked for first. */
void
dkim_verify_end(struct dkim_verify *verify, struct dns *dns, int64_t deadline,
	struct dkim_results *results)
{
	*results = (struct dkim_results)VEC_INIT;
	for (size_t i = 0; i < verify->message->dkim.n; i++)
		(void)vec_add(verify->pool, results);
	judge_those(verify, dns, deadline, true, results);
	judge_those(verify, dns, deadline, false, results);
	shorten_all(verify, results);
}
