/* Any bytes as a message from outside, with the envelope in its first lines: the engine
 * gives a verdict, its log line and its field read back, and its edits are in an order
 * that is right. */
#include "fuzz.h"

#include <netinet/in.h>

#include "base/ascii.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "dns/dns_zone.h"
#include "engine/logline.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/authres_parse.h"
#include "mail/message.h"

static int64_t
fixed(void)
{
	return 1767225600;
}

/* Changes come first, then what goes, from behind within a name. */
static void
check_edits(const struct verdict *v)
{
	for (size_t i = 1; i < v->nedits; i++) {
		const struct edit *a = &v->edits[i - 1], *b = &v->edits[i];

		FUZZ_CHECK(a->op == EDIT_CHANGE || b->op != EDIT_CHANGE);
		FUZZ_CHECK(a->op == EDIT_CHANGE || a->op == EDIT_DELETE ||
			b->op != EDIT_DELETE);
		if (a->op == EDIT_DELETE && b->op == EDIT_DELETE &&
			strcmp(a->name, b->name) == 0)
			FUZZ_CHECK(a->index > b->index);
	}
}

static void
check_texts(struct pool *pool, const struct verdict *v, const struct results *r)
{
	struct logline line;
	struct authres field = { 0 };
	size_t dmarc = 0;

	FUZZ_CHECK(logline_parse(pool, slice_of(v->log), &line) == NULL);
	FUZZ_CHECK(
		authres_parse(pool, slice_of(r->authentication_results), &field) == NULL);
	FUZZ_CHECK(slice_is(field.authserv_id, "mx.example.jp"));
	/* S7: for readers that know no quoted-pairs, or ASCII alone. */
	for (const char *p = r->authentication_results; *p != '\0'; p++)
		FUZZ_CHECK(*p != '\\' && !ascii_is_8bit(*p));
	for (size_t i = 0; i < field.results.n; i++)
		dmarc += strcmp(field.results.v[i].method, "dmarc") == 0;
	FUZZ_CHECK(dmarc == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct services services = { dns_zone_new(), signer_local(pool), fixed, 0, fixed,
		NULL };
	struct sockaddr_in client = { .sin_family = AF_INET };
	const struct policy *policy = policy_default();
	struct session *session = session_new(
		policy, &services, NULL, (struct sockaddr *)&client, "mx.example.jp");
	struct scan s = scan_of(fuzz_slice(data, size));
	struct envelope envelope = { .verify = true };
	struct headers fields = VEC_INIT;
	struct slice body;
	struct txn *txn;

	client.sin_addr.s_addr = htonl(0xcb007142);
	session_helo(session, fuzz_line(pool, &s));
	envelope.mail_from = slice_of(fuzz_line(pool, &s));
	txn = txn_begin(session, &envelope);
	(void)txn_rcpt(txn, slice_of(fuzz_line(pool, &s)));
	message_split(pool, scan_rest(&s), &fields, &body);
	for (size_t i = 0; i < fields.n; i++)
		txn_header(txn, fields.v[i]->name, fields.v[i]->value);
	txn_eoh(txn);
	(void)txn_body(txn, body.p, body.n);
	const struct verdict *verdict = txn_end(txn, NULL);

	check_edits(verdict);
	check_texts(pool, verdict, txn_results(txn));
	txn_free(txn);
	session_free(session);
	policy_release(policy);
	dns_close(services.dns);
	pool_free(pool);
	return 0;
}
