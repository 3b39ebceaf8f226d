/* Any bytes as a world: three lines of envelope, a zone up to a line "---", a message. The
 * engine, with rules for three domains, gives a verdict; nothing passes without a record
 * that lets it, and a reply is one that SMTP can take. */
#include "fuzz.h"

#include <netinet/in.h>

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "dns/dns_zone.h"
#include "engine/logline.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/authres_parse.h"
#include "mail/message.h"

static const char table[] =
	"a example.jp:-:- dmarc=reject impersonation=reject subdomains=yes\n"
	"b strict.example:-:- spf-fail=reject unauthenticated=reject\n"
	"c soft.example:-:- dmarc=quarantine dns-error=tempfail spf-fail=quarantine\n";

static int64_t
fixed(void)
{
	return 1767225600;
}

static const struct policy *
load(struct pool *pool)
{
	struct problems problems;
	const struct policy *policy;
	int rows, conf;
	const char *path = fuzz_path(pool, table, &rows);

	path = fuzz_path(pool,
		pool_printf(pool, "AuthservID mx.example.jp\nKeyTable file:%s\n", path),
		&conf);
	problems_init(&problems, pool);
	policy = policy_load(path, &problems);
	if (policy == NULL)
		panic("the policy: %s", problems_first_error(&problems));
	close(rows);
	close(conf);
	return policy;
}

/* Takes the zone; a line that is none does not spoil the others. */
static bool
take_zone(struct pool *pool, struct scan *s, struct dns *dns)
{
	struct str zone = STR_POOL(pool);

	while (!scan_is_end(s)) {
		const char *line = fuzz_line(pool, s);
		struct dns *alone;

		if (strcmp(line, "---") == 0)
			break;
		alone = dns_zone_new();
		if (dns_zone_add(alone, pool, "zone", slice_of(line)) == NULL)
			str_addf(&zone, "%s\n", line);
		dns_close(alone);
	}
	(void)dns_zone_add(dns, pool, "zone", str_slice(&zone));
	return memmem(zone.p, zone.n, "_domainkey", 10) != NULL;
}

static void
check_results(const struct results *r, bool has_key)
{
	bool some = r->spf != NULL && r->spf->outcome.code == AUTH_PASS;

	for (size_t i = 0; r->dkim != NULL && i < r->dkim->n; i++) {
		bool pass = r->dkim->v[i].outcome.code == AUTH_PASS;

		FUZZ_CHECK(!pass || has_key);
		some |= pass;
	}
	if (r->dmarc != NULL && r->dmarc->outcome.code == AUTH_PASS)
		FUZZ_CHECK(some && r->dmarc->record != NULL);
}

static void
check_verdict(struct pool *pool, const struct verdict *v)
{
	struct logline line;

	FUZZ_CHECK(logline_parse(pool, slice_of(v->log), &line) == NULL);
	if (v->action != ACTION_REJECT && v->action != ACTION_TEMPFAIL)
		return;
	FUZZ_CHECK(v->nedits == 0 && strlen(v->code) == 3 && v->text != NULL);
	for (const char *p = v->text; *p != '\0'; p++)
		FUZZ_CHECK(*p >= ' ' && *p <= '~');
}

static struct txn *
play(struct pool *pool, struct session *session, const struct envelope *envelope,
	const char *rcpt, struct slice text)
{
	struct txn *txn = txn_begin(session, envelope);
	struct headers fields = VEC_INIT;
	struct slice body;

	(void)txn_rcpt(txn, slice_of(rcpt));
	message_split(pool, text, &fields, &body);
	for (size_t i = 0; i < fields.n; i++)
		txn_header(txn, fields.v[i]->name, fields.v[i]->value);
	txn_eoh(txn);
	for (size_t at = 0; at < body.n; at += 7)
		(void)txn_body(txn, body.p + at, MIN(body.n - at, 7));
	return txn;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct services services = { dns_zone_new(), signer_local(pool), fixed, 0, fixed,
		NULL };
	struct sockaddr_in client = { .sin_family = AF_INET };
	struct scan s = scan_of(fuzz_slice(data, size));
	const struct policy *policy = load(pool);
	const char *helo = fuzz_line(pool, &s), *from = fuzz_line(pool, &s);
	const char *rcpt = fuzz_line(pool, &s);
	bool has_key = take_zone(pool, &s, services.dns);
	struct envelope envelope = { .mail_from = slice_of(from) };
	struct session *session;
	const struct verdict *verdict;
	struct txn *txn;

	client.sin_addr.s_addr = htonl(0xcb007142);
	session = session_new(policy, &services, "client.example",
		(struct sockaddr *)&client, "mx.example.jp");
	session_helo(session, helo);
	txn = play(pool, session, &envelope, rcpt, scan_rest(&s));
	verdict = txn_end(txn, "Q1");
	check_verdict(pool, verdict);
	check_results(txn_results(txn), has_key);
	txn_free(txn);
	session_free(session);
	policy_release(policy);
	dns_close(services.dns);
	pool_free(pool);
	return 0;
}
