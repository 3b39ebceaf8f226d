/* The connection, its names for us; the edits of a message and the words of a verdict. */
#include "base/base.h"

#include "engine/edits.h"
#include "mail/authres_id.h"
#include "mail_fixture.h"
#include "tap.h"

static const struct {
	const char *conf, *mta_name, *id;
	size_t ids;
} rows[] = {
	{ "AuthservID our.example\n", "mx.example", "our.example", 1 },
	{ "AuthservID HOSTNAME\n", "mx.example", NULL, 1 }, /* the loader's own answer */
	{ "AuthservID our.example\nRemoveARFrom old.example, OUR.example\n", "mx.example",
		"our.example", 3 },
};

static void
test_row(struct pool *pool, size_t i)
{
	static const struct services services = { .now = NULL, .given = 1 };
	const struct policy *policy = mail_policy(pool, rows[i].conf, "");
	struct session *s = session_new(policy, &services, NULL, NULL, rows[i].mta_name);
	struct authres_ids ids = VEC_INIT;

	if (rows[i].id != NULL)
		tap_is(session_authserv_id(s), rows[i].id, "%s: our id", rows[i].conf);
	else
		tap_ok(session_authserv_id(s)[0] != '\0', "%s: our id", rows[i].conf);
	session_ids(s, pool, &ids);
	tap_is_int((int64_t)ids.n, (int64_t)rows[i].ids, "%s: ids", rows[i].conf);
	tap_ok(s->client.bits == 0 && s->client_name == NULL, "a client is not known");
	tap_ok(!s->is_postfix, "the MTA has not said who it is");
	session_mta_version(s, "Postfix 3.7.11");
	tap_ok(s->is_postfix, "Postfix has");
	session_mta_version(s, "8.17.1");
	tap_ok(!s->is_postfix, "Sendmail has");
	session_helo(s, "first.example");
	session_helo(s, "second.example");
	tap_is_slice(s->helo, SLICE_LIT("second.example"), "the latest HELO counts");
	session_free(s);
	policy_release(policy);
}

static void
test_edits(struct pool *pool)
{
	struct edits edits = VEC_INIT;

	edits_change(&edits, pool, "Subject", 2, SLICE_LIT(" x"));
	edits_delete(&edits, pool, "Authentication-Results", 3);
	edits_hold(&edits, pool, SLICE_LIT("dmarc"));
	edits_insert(&edits, pool, "DKIM-Signature", SLICE_LIT(" v=1"));
	tap_ok(edits.n == 4 && edits.v[0].op == EDIT_CHANGE && edits.v[0].index == 2,
		"a change");
	tap_ok(edits.v[1].op == EDIT_DELETE && edits.v[1].index == 3, "a deletion");
	tap_ok(edits.v[2].op == EDIT_QUARANTINE && slice_is(edits.v[2].value, "dmarc"),
		"the hold queue");
	tap_ok(edits.v[3].op == EDIT_INSERT && edits.v[3].index == 0, "at the top");
	tap_is(action_name(ACTION_TEMPFAIL), "tempfail", "the word of an action");
}

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		test_row(pool, i);
	test_edits(pool);
	session_free(NULL);
	pool_free(pool);
	return tap_done();
}
