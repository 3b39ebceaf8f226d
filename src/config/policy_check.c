#include "base/base.h"
#include "config/policy.h"

#include "config/reader.h"
#include "config/table.h"

#include <sys/stat.h>

/* Can the service user read every key? Of interest to root alone, who reads them all. */
static void
check_readable(const struct policy *policy, struct problems *problems)
{
	const struct key_rows *rows = keytable_rows(policy->keys);
	const char *last = NULL;

	for (size_t i = 0; i < rows->n; i++) {
		const struct key_row *row = rows->v[i];
		const char *bad;

		if (row->key_path == NULL || strchr(row->key_path, '%') != NULL)
			continue;
		bad = keyfile_readable(problems->pool, row->key_path, &policy->user);
		if (bad != NULL && (last == NULL || strcmp(bad, last) != 0))
			problems_error(problems, row->at, "%s", bad);
		last = bad != NULL ? bad : last;
	}
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Does an OpenDKIM here write results under our name? Then each removes the other's. */
static void
check_opendkim(const struct policy *policy, const char *conf, struct problems *problems)
{
	struct pool *pool = pool_new();
	struct place *origins = pool_array(pool, option_count(), sizeof(*origins));
	struct options other;
	struct problems unheard;
	const char *own = policy->opt.authserv_id;

	if (access(conf, R_OK) != 0 || is_same_file(conf, policy->file))
		goto out;
	problems_init(&unheard, pool);
	options_preset(pool, &other);
	reader_file(pool, conf, &other, origins, &unheard);
	/* One that only signs writes no results; in the shadow we write none. */
	if (policy->opt.mode == MODE_SHADOW || !(other.mode & MODE_VERIFY) ||
		!(policy->opt.mode & MODE_VERIFY) ||
		other.authserv_id_with_job_id != policy->opt.authserv_id_with_job_id)
		goto out;
	if (own == NULL && other.authserv_id == NULL)
		problems_error(problems, (struct place){ policy->file, 0 },
			"OpenDKIM on this host (%s) marks its results with the MTA's "
			"name, and so do we: each would remove the other's; set "
			"AuthservID to another name, write Mode s there, or remove that "
			"file if OpenDKIM does not run",
			conf);
	else if (own != NULL && other.authserv_id != NULL &&
		 strcasecmp(own, other.authserv_id) == 0)
		problems_error(problems, (struct place){ policy->file, 0 },
			"OpenDKIM on this host (%s) has the AuthservID '%s' too: each "
			"would remove the other's results; choose another name for one "
			"of them",
			conf, own);
out:
	pool_free(pool);
}

/* The service user, and what he can read. */
static void
check_user(const struct policy *policy, struct problems *problems)
{
	struct key_user user;
	const char *bad = key_user_find(problems->pool, policy->opt.user_id, &user);

	if (bad != NULL)
		problems_error(problems, (struct place){ policy->file, 0 }, "%s", bad);
	else
		check_readable(policy, problems);
}

bool
policy_check(const char *file, const char *opendkim_conf, struct problems *problems)
{
	const struct policy *policy = policy_load(file, problems);

	if (policy == NULL)
		return false;
	check_user(policy, problems);
	if (opendkim_conf != NULL)
		check_opendkim(policy, opendkim_conf, problems);
	policy_release(policy);
	return problems->errors == 0;
}

bool
policy_check_table(const char *file, const char *key_table, struct problems *problems)
{
	struct policy_source source = { .file = file, .key_table = key_table };
	const struct policy *policy = policy_load_from(&source, problems);

	if (policy == NULL)
		return false;
	check_user(policy, problems);
	policy_release(policy);
	return problems->errors == 0;
}
