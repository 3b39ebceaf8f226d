/*
 * Everything is read before anything is judged, so that one run shows every error. The
 * count of holders lies outside the struct that everybody sees as const.
 */
#include "base/base.h"
#include "config/policy.h"

#include "base/ascii.h"
#include "base/msg.h"
#include "config/datasets.h"
#include "config/reader.h"
#include "config/single.h"
#include "config/tables.h"
#include "config/writers.h"
#include "crypto/signer.h"
#include "dns/dns_servers.h"
#include "mail/domain.h"

#include <stdatomic.h>

struct policy_count {
	atomic_int holders;
};

/* While a policy is being made. */
struct loader {
	struct pool *pool;
	struct policy *policy;
	struct problems *problems;
	bool without_keys;
	const struct policy *old; /* or NULL */
};

#define ORIGIN(loader, member) OPTION_ORIGIN(&(loader)->policy->opt, member)

static void
load_lists(struct loader *l)
{
	struct policy *p = l->policy;
	size_t errors = l->problems->errors;

	datasets_load(p, l->problems);
	if (policy_sets_internal(p) && l->problems->errors == errors)
		netlist_review(p->internal, ORIGIN(l, internal), l->problems);
}

/* Is there one key for nothing? OpenDKIM starts so: it has no use for a key without a
 * domain, nor for any of the three where it only verifies. */
static bool
is_idle_key(const struct loader *l)
{
	const struct options *o = &l->policy->opt;
	bool signs = (o->mode & MODE_SIGN) != 0;
	struct place at = ORIGIN(l, key_file);

	if (signs && (o->domain != NULL || o->selector == NULL || o->key_file == NULL))
		return false;
	problems_note(l->problems, at.file != NULL ? at : ORIGIN(l, selector),
		signs ? N_("Domain is not set, so Selector and KeyFile are not used")
		      : N_("Mode v signs nothing, so Domain, Selector or KeyFile is not "
			   "used"));
	return true;
}

/* The key table that Domain, Selector and KeyFile stand for. */
static const struct keytable *
load_single(struct loader *l, const struct keytable_params *params)
{
	const struct options *o = params->options;
	struct place at = ORIGIN(l, domain);
	static const struct table none = { 0 };
	struct keytable_params own = *params;
	struct single_tables tables;
	const struct keytable *keys;

	if (o->domain == NULL && o->selector == NULL && o->key_file == NULL)
		return keytable_new(l->pool, &none, params, l->problems);
	if (o->domain != NULL && o->selector != NULL && o->key_file != NULL) {
		single_read(l->pool,
			datasets_table(l->policy, o->domain, at, l->problems),
			o->subdomains, &tables, l->problems);
		own.has_signing_table = tables.signing.rows.n > 0;
		keys = keytable_single(l->pool, &tables.keys, &own, at, l->problems);
		if (own.has_signing_table)
			l->policy->signing = signingtable_new(l->pool, &tables.signing,
				&(struct signing_params){ .keys = keys }, l->problems);
		return keys;
	}
	if (is_idle_key(l))
		return keytable_new(l->pool, &none, params, l->problems);
	if (at.file == NULL)
		at = o->selector != NULL ? ORIGIN(l, selector) : ORIGIN(l, key_file);
	problems_error(l->problems, at,
		"Domain, Selector and KeyFile belong together, and %s is missing: add "
		"it, or use a KeyTable",
		o->domain == NULL     ? "Domain"
		: o->selector == NULL ? "Selector"
				      : "KeyFile");
	return keytable_new(l->pool, &none, params, l->problems);
}

static void
load_keys(struct loader *l)
{
	struct policy *p = l->policy;
	const struct options *o = &p->opt;
	struct keystore_params store = { p->signer, &p->user, o->require_safe_keys };
	struct keytable_params params = { .options = o,
		.has_signing_table = o->signing_table != NULL,
		.signer = p->signer,
		.old = l->old != NULL ? l->old->keys : NULL };
	struct signing_params signing = { .old = l->old != NULL ? l->old->signing : NULL,
		.all = o->multiple_signatures };
	struct place at = ORIGIN(l, key_table);
	const struct table *table;

	key_user_find(l->pool, o->user_id, &p->user);
	if (!l->without_keys)
		params.store = keystore_new(l->pool, &store, l->problems);
	if (o->key_table != NULL && o->key_file != NULL)
		problems_note(l->problems, ORIGIN(l, key_file),
			"KeyFile, Selector and Domain are ignored, because KeyTable is "
			"set");
	if (o->key_table != NULL) {
		table = datasets_key_table(l->policy, o->key_table, at, l->problems);
		p->keys = keytable_new(l->pool, table, &params, l->problems);
	} else
		p->keys = load_single(l, &params);
	if (o->signing_table == NULL)
		return;
	at = ORIGIN(l, signing_table);
	if (o->key_table == NULL) {
		problems_error(l->problems, at,
			"SigningTable names rows of a key table, and there is none: set "
			"KeyTable");
		return;
	}
	table = datasets_key_table(l->policy, o->signing_table, at, l->problems);
	signing.keys = p->keys;
	p->signing = signingtable_new(l->pool, table, &signing, l->problems);
}

/* Who else could change what we have read? RequireSafeKeys speaks of the keys, and of
 * what says which they are. */
static void
check_writers(struct loader *l)
{
	const struct policy *p = l->policy;
	const struct key_rows *rows = keytable_rows(p->keys);
	struct words files = p->opt.files;

	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i]->login_file != NULL &&
			strcmp(files.v[files.n - 1], rows->v[i]->login_file) != 0)
			*vec_add(l->pool, &files) = rows->v[i]->login_file;
	for (size_t i = 0; i < files.n && !p->user.is_unknown; i++) {
		const struct reason *bad = writers_review(
			l->problems->pool, files.v[i], &p->user, p->opt.user_id);
		struct place at = { files.v[i], 0 };

		if (bad != NULL && p->opt.require_safe_keys)
			problems_error(l->problems, at,
				"%p; or RequireSafeKeys no, where they are trusted", bad);
		else if (bad != NULL)
			problems_note(l->problems, at, "%p (RequireSafeKeys is no)", bad);
	}
}

/* Mail that should be signed and cannot be is put off, or refused; nothing else. */
static bool
may_be_preset(const struct option *option, int action)
{
	return option->offset != offsetof(struct options, on_default) &&
	       (option->offset != offsetof(struct options, on_signature_error) ||
		       action == ON_REJECT || action == ON_TEMPFAIL);
}

/* The On- options that are not set do what On-Default says. */
static void
resolve_actions(struct loader *l)
{
	struct options *o = &l->policy->opt;

	for (size_t i = 0; i < option_count() && o->on_default >= 0; i++) {
		const struct option *option = option_at(i);

		if (option->type == OPT_ACTION && o->origins[i].file == NULL &&
			may_be_preset(option, o->on_default))
			*(int *)(void *)((char *)o + option->offset) = o->on_default;
	}
}

static bool
is_id_byte(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '/';
}

static void
resolve_id(struct loader *l)
{
	struct options *o = &l->policy->opt;
	char host[256];

	if (o->authserv_id != NULL && strcmp(o->authserv_id, "HOSTNAME") == 0 &&
		gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		o->authserv_id = pool_strdup(l->pool, host);
	}
	for (const char *p = o->authserv_id; p != NULL && *p != '\0'; p++) {
		if (is_id_byte(*p))
			continue;
		problems_error(l->problems, ORIGIN(l, authserv_id),
			"AuthservID '%s' holds a byte that is neither a letter, a digit, "
			"nor one of . - _ /: write the name of the host, like "
			"mx.example.jp",
			o->authserv_id);
		return;
	}
	if (o->authserv_id != NULL && strcmp(o->authserv_id, "localhost") == 0)
		problems_note(l->problems, ORIGIN(l, authserv_id),
			"AuthservID is localhost, which many hosts are called: write the "
			"full name of this one");
}

/* What the daemon would refuse at its start, when a reload still seemed to work. */
static void
check_nameservers(struct loader *l)
{
	const struct words *servers = &l->policy->opt.nameservers;
	struct str csv = STR_POOL(l->pool);
	const struct reason *bad;

	for (size_t i = 0; i < servers->n; i++)
		if ((bad = dns_servers_parse(l->pool, servers->v[i], &csv)) != NULL)
			problems_error(l->problems, ORIGIN(l, nameservers),
				"Nameservers: %p", bad);
}

static void
resolve_appended(struct loader *l)
{
	const struct words *names = &l->policy->opt.appended;
	const char *domain, *bad;

	for (size_t i = 0; i < names->n; i++) {
		bad = domain_parse(l->pool, slice_of(names->v[i]), &domain);
		if (bad != NULL)
			problems_error(l->problems, ORIGIN(l, appended),
				"AppendedDomains: '%s' is no domain: %p", names->v[i],
				reason_of(l->pool, bad));
		else
			*vec_add(l->pool, &l->policy->appended) = domain;
	}
}

static void
resolve(struct loader *l)
{
	struct options *o = &l->policy->opt;
	static const char *const algorithms[] = { "rsa-sha256", "ed25519-sha256" };

	resolve_actions(l);
	resolve_id(l);
	check_nameservers(l);
	resolve_appended(l);
	if (o->maximum_headers == 0)
		o->maximum_headers = 64 * 1024 * 1024;
	o->minimum_key_bits = MAX(o->minimum_key_bits, 1024);
	if (o->minimum_key_bits > o->maximum_key_bits)
		problems_error(l->problems, ORIGIN(l, minimum_key_bits),
			"MinimumKeyBits %ld is more than MaximumKeyBits %ld: no RSA "
			"signature could pass",
			(long)o->minimum_key_bits, (long)o->maximum_key_bits);
	if (o->algorithm != NULL && strcasecmp(o->algorithm, algorithms[0]) != 0 &&
		strcasecmp(o->algorithm, algorithms[1]) != 0)
		problems_error(l->problems, ORIGIN(l, algorithm),
			"SignatureAlgorithm is '%s': write %s or %s, or leave it out: "
			"the key decides",
			o->algorithm, algorithms[0], algorithms[1]);
}

static struct loader
loader_begin(struct signer *signer, struct tables *tables, struct problems *problems)
{
	struct pool *pool = pool_new();
	struct policy *policy = pool_alloc(pool, sizeof(*policy));
	struct loader l = { .pool = pool, .policy = policy, .problems = problems };

	policy->pool = pool;
	policy->signer = signer != NULL ? signer : signer_local(pool);
	policy->tables = tables != NULL ? tables : tables_files(pool);
	policy->count = pool_alloc(pool, sizeof(*policy->count));
	atomic_init(&policy->count->holders, 1);
	options_preset(pool, &policy->opt);
	return l;
}

static void
loader_end(struct loader *l)
{
	resolve(l);
	load_lists(l);
	signed_fields_read(l->pool, &l->policy->opt, &l->policy->fields, l->problems);
	load_keys(l);
	check_writers(l);
}

const struct policy *
policy_load_from(const struct policy_source *source, struct problems *problems)
{
	struct loader l = loader_begin(source->signer, source->tables, problems);
	const char *file = source->file;

	l.without_keys = source->without_keys;
	l.old = source->old;
	l.policy->file = pool_strdup(l.pool, file);
	reader_file(l.pool, file, &l.policy->opt, problems);
	problems->strict = l.policy->opt.strict_tables;
	if (source->key_table != NULL)
		l.policy->opt.key_table = pool_strdup(l.pool, source->key_table);
	if (source->signing_table != NULL)
		l.policy->opt.signing_table = pool_strdup(l.pool, source->signing_table);
	loader_end(&l);
	problems_gather(problems);
	if (problems->errors > 0 && !source->despite_errors) {
		pool_free(l.pool);
		return NULL;
	}
	if (l.policy->opt.mode & MODE_SIGN && problems->rows == 0 &&
		!keytable_is_live(l.policy->keys) &&
		keytable_rows(l.policy->keys)->n == 0)
		problems_note(problems, (struct place){ file, 0 },
			l.policy->opt.key_table != NULL
				? N_("Mode has s, but there is no key: nothing will be "
				     "signed; make one with `sekimori keygen DOMAIN "
				     "--add`, or set Mode v")
				: N_("Mode has s, but there is no key: nothing will be "
				     "signed; set KeyTable, or set Mode v"));
	return l.policy;
}

const struct policy *
policy_load(const char *file, struct problems *problems)
{
	struct policy_source source = { .file = file };

	return policy_load_from(&source, problems);
}

const struct policy *
policy_default(void)
{
	struct pool *pool = pool_new();
	struct problems problems;
	struct loader l;

	problems_init(&problems, pool);
	l = loader_begin(NULL, NULL, &problems);
	loader_end(&l);
	if (problems.errors > 0)
		panic("the default policy has an error: %s", problems.all.v[0].text);
	pool_free(pool);
	return l.policy;
}

const struct policy *
policy_hold(const struct policy *policy)
{
	atomic_fetch_add(&policy->count->holders, 1);
	return policy;
}

void
policy_release(const struct policy *policy)
{
	if (policy != NULL && atomic_fetch_sub(&policy->count->holders, 1) == 1)
		pool_free(policy->pool);
}

enum found
policy_rules(const struct policy *policy, struct pool *pool, const char *domain,
	struct rules *rules)
{
	struct asker asker = { .pool = pool };

	return keytable_rules(policy->keys, &asker, domain, rules);
}

bool
policy_has_mta(const struct policy *policy, const char *daemon_name)
{
	for (size_t i = 0; daemon_name != NULL && i < policy->mta.n; i++)
		if (strcmp(policy->mta.v[i], daemon_name) == 0)
			return true;
	return false;
}

struct dkim_verify_params
policy_dkim_params(const struct policy *policy, int64_t now)
{
	const struct options *opt = &policy->opt;

	return (struct dkim_verify_params){
		.max_signatures = (size_t)opt->maximum_signatures,
		.max_names = (size_t)opt->maximum_signed_names,
		.max_key_record = (size_t)opt->maximum_key_record,
		.bits = { (int)opt->minimum_key_bits, (int)opt->maximum_key_bits },
		.skew = opt->clock_drift,
		.now = now,
	};
}
