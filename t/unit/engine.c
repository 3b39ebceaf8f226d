/* S7, S8: for any HELO, MAIL FROM, From and signature tags, our field parses and gives
 * back what was found, with nothing added. */
#include "base/base.h"

#include <netinet/in.h>

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "dns/dns_zone.h"
#include "engine/logline.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/authres_parse.h"

#include "tap.h"

#define ROUNDS 1500

static uint32_t seed = 20260101;

static uint32_t
roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Bytes that mean something somewhere, and any others. */
static const char *
dirt(struct pool *pool)
{
	static const char *const parts[] = { ";", "(", ")", "\"", "\\", " ", "=",
		"dkim=pass", "; dmarc=pass", "@", "<", ">", "\r\n", "\n", "\t",
		"a.example", "victim.example", ".", ",", "\xff", "\xc3\xa4", "'", "/",
		"--", "%", "header.d=" };
	struct str text = STR_POOL(pool);

	for (uint32_t n = roll(8); n > 0; n--) {
		if (roll(6) == 0)
			str_addc(&text, (char)(1 + roll(255)));
		else
			str_add(&text, parts[roll(ARRAY_LEN(parts))]);
	}
	return text.p;
}

static int64_t
fixed(void)
{
	return 1767225600;
}

static struct txn *
run(struct pool *pool, struct session *session)
{
	struct envelope envelope = { .mail_from = slice_of(dirt(pool)), .verify = true };
	struct txn *txn = txn_begin(session, &envelope);
	const char *signature = pool_printf(pool,
		" v=1; a=rsa-sha256; d=%s; s=%s; i=%s; h=from; bh=%s; b=%s", dirt(pool),
		dirt(pool), dirt(pool), dirt(pool), dirt(pool));

	if (roll(4) > 0)
		txn_header(txn, SLICE_LIT("DKIM-Signature"), slice_of(signature));
	txn_header(txn, SLICE_LIT("From"),
		slice_of(pool_printf(pool, " %s <%s@%s>", dirt(pool), dirt(pool),
			roll(2) ? "victim.example" : dirt(pool))));
	txn_eoh(txn);
	txn_end(txn, NULL);
	return txn;
}

/* How many results there must be. */
static size_t
count(const struct results *r)
{
	size_t n = r->dkim->n == 0 ? 1 : r->dkim->n;

	n += r->spf != NULL && !r->spf->null_sender;
	n += r->spf_helo != NULL;
	n += r->dmarc != NULL;
	return n + (r->iprev != NULL);
}

static bool
has_result(const struct authres *field, const char *method, const struct outcome *outcome)
{
	for (size_t i = 0; i < field->results.n; i++)
		if (strcmp(field->results.v[i].method, method) == 0 &&
			strcmp(field->results.v[i].result,
				auth_code_name(outcome->code)) == 0)
			return true;
	return false;
}

/* Does the field say what the results are? */
static bool
says_all(struct pool *pool, const struct results *r)
{
	struct authres field = { 0 };

	if (authres_parse(pool, slice_of(r->authentication_results), &field) != NULL ||
		!slice_is(field.authserv_id, "mx.example.jp") ||
		field.results.n != count(r) ||
		!has_result(&field, "dmarc", &r->dmarc->outcome))
		return false;
	for (size_t i = 0; i < r->dkim->n; i++)
		if (!has_result(&field, "dkim", &r->dkim->v[i].outcome))
			return false;
	return r->spf_helo == NULL || has_result(&field, "spf", &r->spf_helo->outcome);
}

static bool
reads_back(struct pool *pool, struct services *services, const struct policy *policy)
{
	struct sockaddr_in client = { .sin_family = AF_INET };
	struct session *session;
	struct txn *txn;
	bool good;

	client.sin_addr.s_addr = htonl(0xcb007142);
	session = session_new(
		policy, services, NULL, (struct sockaddr *)&client, "mx.example.jp");
	session_helo(session, dirt(pool));
	txn = run(pool, session);
	good = says_all(pool, txn_results(txn));
	if (!good)
		tap_note("%s", txn_results(txn)->authentication_results);
	txn_free(txn);
	session_free(session);
	return good;
}

int
main(void)
{
	struct pool *keep = pool_new();
	struct services services = { dns_zone_new(), signer_local(keep), fixed, 0, fixed,
		NULL };
	const struct policy *policy = policy_default();
	int wrong = 0;

	dns_zone_add(services.dns, keep, "zone",
		SLICE_LIT("a.example. 1 IN TXT \"v=spf1 +all\"\n"
			  "victim.example. 1 IN TXT \"v=spf1 -all\"\n"
			  "_dmarc.victim.example. 1 IN TXT \"v=DMARC1; p=reject\"\n"));
	for (int i = 0; i < ROUNDS; i++) {
		struct pool *pool = pool_new();

		wrong += !reads_back(pool, &services, policy);
		pool_free(pool);
	}
	tap_is_int(wrong, 0, "S7, S8: %d fields read back as what was found", ROUNDS);
	policy_release(policy);
	dns_close(services.dns);
	pool_free(keep);
	return tap_done();
}
