/*
 * What only a look around shows is kept apart from the load: a daemon that starts or
 * reloads must not depend on another program's configuration, nor on whether the
 * service user could read keys that the worker opens as that user anyway.
 */
#include "base/base.h"
#include "config/policy.h"

#include "config/opendkim_peer.h"
#include "config/theirs.h"

/* A row that the daemon will find out of service. Without a table there is one key for
 * all, and no start. */
static void
check_row(const struct policy *policy, struct problems *problems, struct place at,
	const struct reason *bad)
{
	if (policy->opt.key_table == NULL)
		problems_error(problems, at, "%p", bad);
	else
		problems_row(problems, at, bad, ROW_PUT_OFF);
}

/* Can the service user read every key? Of interest to root alone, who reads them all. */
static void
check_readable(const struct policy *policy, struct problems *problems)
{
	const struct key_rows *rows = keytable_rows(policy->keys);
	struct pool *pool = problems->pool;
	const char *last = "";

	for (size_t i = 0; i < rows->n; i++) {
		const struct key_row *row = rows->v[i];
		struct key_complaint bad;

		if (row->key_path == NULL || strchr(row->key_path, '%') != NULL)
			continue;
		bad = keyfile_readable(pool, row->key_path, &policy->user);
		if (bad.path == NULL || strcmp(bad.path, last) == 0)
			continue;
		check_row(policy, problems, row->at, key_complaint_reason(pool, bad));
		last = bad.path;
	}
}

static void
check_opendkim_peer(const struct policy *policy, struct opendkim_place place,
	struct problems *problems)
{
	struct pool *pool = pool_new();
	struct opendkim_peer peer;

	opendkim_peer_read(pool, place, policy, &peer);
	opendkim_peer_review(&peer, policy, true, problems);
	pool_free(pool);
}

/* OpenDKIM's option, which meant something else in our first versions. */
static void
note_signature_error(const struct policy *policy, struct problems *problems)
{
	struct place at = OPTION_ORIGIN(&policy->opt, on_signature_error);

	if (at.file != NULL)
		problems_note(problems, at,
			"On-SignatureError is about mail of ours that should be signed "
			"and cannot be, as in OpenDKIM; signatures of others that cannot "
			"be read are On-BadSignature's");
}

/* The service user, and what that user can read. */
static void
check_user(const struct policy *policy, struct problems *problems)
{
	struct key_user user;
	const struct reason *bad =
		key_user_find(problems->pool, policy->opt.user_id, &user);

	if (bad != NULL)
		problems_error(problems, OPTION_ORIGIN(&policy->opt, user_id), "%p", bad);
	else
		check_readable(policy, problems);
}

bool
policy_check(const char *file, struct opendkim_place place, struct problems *problems)
{
	const struct policy *policy = policy_load(file, problems);

	if (policy == NULL)
		return false;
	check_user(policy, problems);
	theirs_review(policy, problems);
	note_signature_error(policy, problems);
	check_opendkim_peer(policy, place, problems);
	policy_release(policy);
	return problems->errors == 0;
}

bool
policy_check_tables(const char *file, const char *key_table, const char *signing_table,
	struct problems *problems)
{
	struct policy_source source = {
		.file = file, .key_table = key_table, .signing_table = signing_table
	};
	const struct policy *policy = policy_load_from(&source, problems);

	if (policy == NULL)
		return false;
	check_user(policy, problems);
	policy_release(policy);
	return problems->errors == 0;
}

/* Where InternalHosts is given without loopback, netlist_review says so. */
static void
note_loopback(const struct policy *policy, struct problems *problems)
{
	static const struct ip v4 = { 32, { 127, 0, 0, 1 } };
	struct place at = { policy->file, 0 };
	const struct reason *what = NULL;

	if (!(policy->opt.mode & MODE_VERIFY) ||
		netlist_has(policy->relays, &v4, NULL, NULL))
		return;
	if (!(policy->opt.mode & MODE_SIGN))
		what = REASON("are checked like all others, and policies act on them "
			      "(Mode v); name 127.0.0.1 and ::1 in TrustedRelays if they "
			      "should not, as where a filter hands mail back");
	else if (!policy_sets_internal(policy))
		what = REASON("count as this host: their mail is signed and not checked; "
			      "set InternalHosts or TrustedRelays if others come from "
			      "there (fetchmail, a proxy, a container)");
	if (what != NULL)
		problems_note(problems, at, "clients on a loopback address %p", what);
}

void
policy_note_loopback(const char *file, struct problems *problems)
{
	struct policy_source source = {
		.file = file, .without_keys = true, .despite_errors = true
	};
	struct problems ignored;
	const struct policy *policy;

	problems_init(&ignored, problems->pool);
	policy = policy_load_from(&source, &ignored);
	note_loopback(policy, problems);
	policy_release(policy);
}
