/* OpenDKIM's files as their users have them: t/suite/opendkim, a folder a shape. */
#include "base/base.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/ip.h"
#include "base/scan.h"
#include "base/str.h"
#include "config/policy.h"
#include "config/table.h"
#include "engine/route.h"
#include "mail/address.h"

#include "tap.h"
#include "tmpdir.h"

#include <dirent.h>
#include <pwd.h>
#include <sys/wait.h>

/* One folder, copied to where its keys may lie. */
struct sample {
	struct pool *pool;
	const char *name, *from, *dir;
	const struct policy *policy;
	struct problems problems;
	bool imported; /* the policy is what `sekimori import` made of it */
};

/* A file of the folder; false: there is none. */
static bool
sample_read(struct sample *s, const char *file, struct slice *text)
{
	const char *path = pool_printf(s->pool, "%s/%s", s->from, file);

	return access(path, R_OK) == 0 && file_read(s->pool, path, text) == NULL;
}

/* The next line that is neither empty nor a comment. */
static bool
next_line(struct scan *text, struct slice *line)
{
	while (!scan_is_end(text)) {
		*line = slice_trim(scan_until(text, '\n'));
		scan_char(text, '\n');
		if (line->n > 0 && line->p[0] != '#')
			return true;
	}
	return false;
}

static void
sample_copy(struct sample *s)
{
	DIR *dir = opendir(s->from);
	const struct dirent *entry;
	struct slice text, line, path, type;
	struct scan scan;

	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "keys") != 0 &&
			sample_read(s, entry->d_name, &text))
			tmpdir_write(s->pool, s->dir, entry->d_name, 0644,
				pool_copy(s->pool, text));
	closedir(dir);
	if (!sample_read(s, "keys", &text))
		return;
	for (scan = scan_of(text); next_line(&scan, &line);) {
		slice_cut(line, ' ', &path, &type);
		tmpdir_key(s->pool, s->dir, pool_copy(s->pool, path),
			pool_copy(s->pool, type), 2048);
	}
}

/* What is decided, in the words of a decisions file. */
static const char *
decide(struct sample *s, const struct words *word)
{
	struct slice client, name;
	struct route_query q = { .auth_user = word->v[2], .daemon_name = word->v[3] };
	struct route_decision route;
	struct address author;
	struct signing_plan plan;
	struct str out = STR_POOL(s->pool);

	slice_cut(slice_of(word->v[1]), '=', &client, &name);
	ip_parse(client, &q.client);
	q.client_name = name.n > 0 ? pool_copy(s->pool, name) : NULL;
	if (strcmp(q.auth_user, "-") == 0)
		q.auth_user = NULL;
	if (strcmp(q.daemon_name, "-") == 0)
		q.daemon_name = NULL;
	route_decide(s->pool, s->policy, &q, &route);
	if (!route.may_sign)
		return "-";
	address_path_parse(s->pool, slice_of(word->v[0]), &author);
	policy_signings(s->policy, s->pool, &author, q.auth_user, &plan);
	for (size_t i = 0; i < plan.rows.n; i++) {
		const struct signing *row = &plan.rows.v[i];

		str_addf(&out, "%s%s/%s%s%s", i > 0 ? " " : "", row->domain,
			row->selector, row->identity != NULL ? ":" : "",
			row->identity != NULL ? row->identity : "");
	}
	if (plan.rows.n == 0)
		str_addf(&out, "%s%s", plan.failed ? "!" : "",
			reason_text(s->pool, plan.reason, NULL));
	return out.p;
}

static const char *
lower(struct pool *pool, const char *text)
{
	char *copy = pool_strdup(pool, text);

	for (char *p = copy; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return copy;
}

static void
test_decisions(struct sample *s, struct slice text)
{
	struct scan scan = scan_of(text);
	struct slice line;

	while (next_line(&scan, &line)) {
		const char *want = strstr(pool_copy(s->pool, line), " -> ");
		struct words words = VEC_INIT;
		const char *got;

		value_words(s->pool, line, &words);
		if (want == NULL || words.n < 6) {
			tap_ok(false, "%s: bad line '%.*s'", s->name, SLICE_ARG(line));
			continue;
		}
		want += strlen(" -> ");
		got = decide(s, &words);
		/* The copies of the tables have names in lower case. */
		if (s->imported) {
			got = lower(s->pool, got);
			want = lower(s->pool, want);
		}
		/* A failure names a path that no file can know. */
		if (want[0] == '!')
			tap_ok(strncmp(got, want, strlen(want)) == 0, "%s: %.*s (%s)",
				s->name, SLICE_ARG(line), got);
		else
			tap_is(got, want, "%s: %.*s", s->name, SLICE_ARG(line));
	}
}

static void
test_show(struct sample *s, struct slice text)
{
	struct scan scan = scan_of(text);
	struct slice line, name, value;

	while (next_line(&scan, &line)) {
		const struct option *option;

		slice_cut(line, ' ', &name, &value);
		/* Socket and user are our own there. */
		if (s->imported && (slice_is(name, "Socket") || slice_is(name, "UserID")))
			continue;
		option = option_find(name);
		tap_ok(option != NULL, "%s: %.*s is an option", s->name, SLICE_ARG(name));
		if (option != NULL)
			tap_is_slice(
				slice_of(option_print(s->pool, option, &s->policy->opt)),
				value, "%s: its value", s->name);
	}
}

static void
test_refused(struct sample *s, struct slice text)
{
	struct scan scan = scan_of(text);
	struct slice line;
	size_t at = 0;

	tap_ok(s->policy == NULL, "%s: is refused", s->name);
	while (next_line(&scan, &line)) {
		struct slice number, want;
		const struct problem *got;

		while (at < s->problems.all.n && !s->problems.all.v[at].is_error)
			at++;
		slice_cut(line, ':', &number, &want);
		if (!tap_ok(at < s->problems.all.n, "%s: %.*s", s->name, SLICE_ARG(line)))
			return;
		got = &s->problems.all.v[at++];
		tap_ok(slice_is(number, pool_printf(s->pool, "%d", got->at.line)) &&
				strncmp(got->text, slice_trim(want).p,
					slice_trim(want).n) == 0,
			"%s: is %d: %s", s->name, got->at.line, got->text);
		s->problems.errors--;
	}
	tap_is_int((int64_t)s->problems.errors, 0, "%s: and no other error", s->name);
}

/* Runs one of our programs; gives its exit status and how many lines hold the word. */
static int
run(struct sample *s, const char *command, const char *word, int *lines)
{
	FILE *out = popen(pool_printf(s->pool, "%s 2>&1", command), "r");
	char line[4096];
	int status;

	*lines = 0;
	while (fgets(line, sizeof(line), out) != NULL) {
		*lines += strstr(line, word) != NULL;
		tap_note("%.*s", (int)strcspn(line, "\n"), line);
	}
	status = pclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *
own_user(void)
{
	const struct passwd *pw = getpwuid(geteuid());

	return pw != NULL ? pw->pw_name : "root";
}

/* How many errors the sample has: lines of its file `refused`. */
static int
wanted_errors(struct sample *s)
{
	struct slice text, line;
	struct scan scan;
	int n = 0;

	if (!sample_read(s, "refused", &text))
		return 0;
	for (scan = scan_of(text); next_line(&scan, &line);)
		n++;
	return n;
}

/* The original, given to the daemon as it is, but for a user who exists here, and a name
 * that no OpenDKIM of this host has. */
static void
test_direct(struct sample *s)
{
	const char *conf = tmpdir_write(s->pool, s->dir, "here.conf", 0644,
		pool_printf(s->pool,
			"Include %s/opendkim.conf\nUserID %s\nAuthservID %s\n", s->dir,
			own_user(), "a.test.example"));
	int errors, status;

	status = run(s, pool_printf(s->pool, "./sekimorid -n -c %s", conf),
		": error: ", &errors);
	tap_is_int(status, wanted_errors(s) > 0 ? 78 : 0, "%s: sekimorid -n", s->name);
	tap_is_int(errors, wanted_errors(s), "%s: its errors", s->name);
}

/* What `sekimori import` makes of it decides the same. */
static void
test_imported(struct sample *s)
{
	const char *theirs = pool_printf(s->pool, "%s/opendkim.conf", s->dir);
	struct slice before, after, text;
	int refused, status;

	file_read(s->pool, theirs, &before);
	status = run(s,
		pool_printf(s->pool,
			"./sekimori import opendkim %s --output %s/ours --user %s",
			theirs, s->dir, own_user()),
		"refused:", &refused);
	file_read(s->pool, theirs, &after);
	tap_is_slice(after, before, "%s: the original stays as it is", s->name);
	tap_is_int(status, wanted_errors(s) > 0 ? 78 : 0, "%s: imported", s->name);
	tap_is_int(refused, wanted_errors(s) > 0, "%s: refused what is", s->name);
	theirs = pool_printf(s->pool, "%s/ours/sekimori.conf", s->dir);
	if (status != 0) {
		tap_ok(access(theirs, F_OK) != 0, "%s: nothing is written", s->name);
		return;
	}
	s->imported = true;
	problems_init(&s->problems, s->pool);
	policy_release(s->policy);
	s->policy = policy_load(theirs, &s->problems);
	if (!tap_ok(s->policy != NULL, "%s: the import is read", s->name))
		return;
	tap_ok(strstr(s->policy->opt.socket, "8891") == NULL ||
			strstr(before.p, "8891") == NULL,
		"%s: a socket of our own: %s", s->name, s->policy->opt.socket);
	tap_is(s->policy->opt.user_id, own_user(), "%s: a user of our own", s->name);
	if (sample_read(s, "decisions", &text))
		test_decisions(s, text);
	if (sample_read(s, "show", &text))
		test_show(s, text);
}

static void
test_sample(const char *suite, const char *name)
{
	struct pool *pool = pool_new();
	struct sample s = { pool, name, pool_printf(pool, "%s/%s", suite, name),
		tmpdir_new(pool), NULL, { 0 }, false };
	struct slice text;

	sample_copy(&s);
	problems_init(&s.problems, pool);
	s.policy = policy_load(pool_printf(pool, "%s/opendkim.conf", s.dir), &s.problems);
	for (size_t i = 0; i < s.problems.all.n; i++) {
		struct str line = STR_POOL(pool);

		problem_print(&line, &s.problems.all.v[i]);
		tap_note("%s", line.p);
	}
	if (sample_read(&s, "refused", &text)) {
		test_refused(&s, text);
	} else if (tap_ok(s.policy != NULL, "%s: is read as it is", name)) {
		if (tap_ok(sample_read(&s, "decisions", &text), "%s: decisions", name))
			test_decisions(&s, text);
		if (tap_ok(sample_read(&s, "show", &text), "%s: values", name))
			test_show(&s, text);
	}
	test_direct(&s);
	test_imported(&s);
	policy_release(s.policy);
	pool_free(pool);
}

int
main(void)
{
	const char *srcdir = getenv("srcdir");
	struct pool *pool = pool_new();
	const char *suite =
		pool_printf(pool, "%s/t/suite/opendkim", srcdir != NULL ? srcdir : "..");
	struct dirent **entries = NULL;
	int n = scandir(suite, &entries, NULL, alphasort), samples = 0;

	for (int i = 0; i < n; i++) {
		const char *conf = pool_printf(
			pool, "%s/%s/opendkim.conf", suite, entries[i]->d_name);

		if (entries[i]->d_name[0] != '.' && access(conf, R_OK) == 0) {
			test_sample(suite, entries[i]->d_name);
			samples++;
		}
		free(entries[i]);
	}
	free(entries);
	tap_ok(samples >= 13, "%d samples in %s", samples, suite);
	pool_free(pool);
	return tap_done();
}
