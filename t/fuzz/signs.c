/* Any bytes as a message of ours: what we sign verifies, in whatever pieces its body
 * comes, and is not signed a second time by the same key. */
#include "fuzz.h"

#include <netinet/in.h>

#include "auth/dkim/verify.h"
#include "base/str.h"
#include "config/policy.h"
#include "crypto/privkey.h"
#include "dns/dns_zone.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/message.h"

/* The four ways to see a message, a domain each. */
static const char *const canons[] = { "simple/simple", "simple/relaxed", "relaxed/simple",
	"relaxed/relaxed" };

static int64_t
fixed(void)
{
	return 1767225600;
}

struct world {
	const struct policy *policy;
	struct dns *dns;
};

/* The policy with one key for all domains, and the zone that publishes it. */
static struct world
world_new(struct pool *pool, const struct privkey *key)
{
	struct world world = { NULL, dns_zone_new() };
	int pem = fuzz_file(), rows = fuzz_file(), conf = fuzz_file();
	struct slice public = SLICE_EMPTY;
	struct problems problems;

	if (privkey_write(key, pem) != NULL ||
		privkey_public(key, pool, &public) != NULL)
		panic("no key for the fuzzer");
	for (size_t i = 0; i < ARRAY_LEN(canons); i++) {
		const char *line = pool_printf(pool,
			"s._domainkey.d%zu.example. 300 IN TXT \"v=DKIM1; k=ed25519; "
			"p=%.*s\"\n",
			i, SLICE_ARG(public));

		dprintf(rows, "k%zu d%zu.example:s:/proc/self/fd/%d canonicalization=%s\n",
			i, i, pem, canons[i]);
		if (dns_zone_add(world.dns, pool, "zone", slice_of(line)) != NULL)
			panic("the zone is none");
	}
	dprintf(conf,
		"AuthservID mx.example.jp\nRequireSafeKeys no\nKeyTable "
		"file:/proc/self/fd/%d\n",
		rows);
	problems_init(&problems, pool);
	world.policy = policy_load(
		pool_printf(pool, "/proc/self/fd/%d", conf), &problems);
	if (world.policy == NULL)
		panic("the policy: %s", problems_first_error(&problems));
	close(pem);
	close(rows);
	close(conf);
	return world;
}

struct play {
	struct session *session;
	struct headers fields;
	struct slice body;
	const char *signature; /* on top of the others; NULL: none */
};

/* One way through: in, to be checked, or out, to be signed. */
static struct txn *
play(const struct play *p, bool in, size_t chunk)
{
	struct envelope envelope = { .mail_from = SLICE_LIT("<a@d0.example>"),
		.auth_user = in ? NULL : "a",
		.auth_type = in ? NULL : "PLAIN",
		.verify = in };
	struct txn *txn = txn_begin(p->session, &envelope);

	(void)txn_rcpt(txn, SLICE_LIT("<b@c.example>"));
	if (p->signature != NULL)
		txn_header(txn, SLICE_LIT("DKIM-Signature"), slice_of(p->signature));
	for (size_t i = 0; i < p->fields.n; i++)
		txn_header(txn, p->fields.v[i]->name, p->fields.v[i]->value);
	txn_eoh(txn);
	for (size_t at = 0; at < p->body.n; at += chunk)
		(void)txn_body(txn, p->body.p + at, MIN(p->body.n - at, chunk));
	return txn;
}

/* The signature that was made, and how many there are. */
static size_t
signatures(struct pool *pool, const struct verdict *v, const char **value)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nedits; i++) {
		if (v->edits[i].op != EDIT_INSERT ||
			strcmp(v->edits[i].name, "DKIM-Signature") != 0)
			continue;
		*value = pool_copy(pool, v->edits[i].value);
		n++;
	}
	return n;
}

static void
check(struct pool *pool, struct play *p, size_t chunk)
{
	struct txn *txn = play(p, false, chunk);
	const char *ignored;
	const struct results *r;

	FUZZ_CHECK(signatures(pool, txn_end(txn, "Q"), &p->signature) <= 1);
	txn_free(txn);
	if (p->signature == NULL)
		return;
	txn = play(p, true, 1 + chunk * 7 % 50);
	(void)txn_end(txn, "Q");
	r = txn_results(txn);
	FUZZ_CHECK(r->dkim != NULL && r->dkim->n >= 1);
	FUZZ_CHECK(r->dkim->v[0].outcome.code == AUTH_PASS || !r->dkim->v[0].examined);
	txn_free(txn);
	txn = play(p, false, 65535);
	FUZZ_CHECK(p->fields.n > 8 || signatures(pool, txn_end(txn, "Q"), &ignored) == 0);
	txn_free(txn);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct services services = { NULL, NULL, fixed, 0, fixed, NULL };
	struct sockaddr_in client = { .sin_family = AF_INET };
	struct privkey *key = NULL;
	struct play p = { 0 };
	struct headers fields = VEC_INIT;
	struct header from = { SLICE_LIT("From"), SLICE_EMPTY };
	struct world world;

	if (size < 2 || privkey_generate(KEY_ED25519, 0, &key) != NULL)
		goto out;
	world = world_new(pool, key);
	services.dns = world.dns;
	services.signer = world.policy->signer;
	client.sin_addr.s_addr = htonl(0xcb007142);
	p.session = session_new(world.policy, &services, NULL, (struct sockaddr *)&client,
		"mx.example.jp");
	session_helo(p.session, "h.example");
	from.value = slice_of(pool_printf(pool, " a@d%d.example", data[1] % 4));
	*vec_add(pool, &p.fields) = &from;
	message_split(pool, fuzz_slice(data + 2, size - 2), &fields, &p.body);
	for (size_t i = 0; i < fields.n; i++)
		*vec_add(pool, &p.fields) = fields.v[i];
	check(pool, &p, 1 + data[0] % 64);
	session_free(p.session);
	policy_release(world.policy);
	dns_close(world.dns);
out:
	privkey_free(key);
	pool_free(pool);
	return 0;
}
