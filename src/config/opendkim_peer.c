/*
 * OpenDKIM's configuration is read as ours is, without its keys and whatever is wrong in
 * it; from what it says, and from what runs, follows whether the two are in each other's
 * way.
 */
#include "base/base.h"
#include "config/opendkim_peer.h"

#include "base/file.h"
#include "config/policy.h"
#include "mail/domain.h"

#include <signal.h>
#include <sys/stat.h>

/* Where it may be although nobody's PATH leads there: a service's often does not. */
static const char *const program_places[] = { "/usr/sbin", "/usr/local/sbin", "/usr/bin",
	"/opt/sbin" };

static bool
is_program(struct slice directory)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/opendkim", SLICE_ARG(directory));

	return n > 0 && (size_t)n < sizeof(path) && access(path, X_OK) == 0;
}

struct opendkim_place
opendkim_place(void)
{
	struct opendkim_place place = { .conf = OPENDKIM_CONF };
	const char *path = getenv("PATH");
	struct slice rest = slice_of(path != NULL ? path : ""), part;

	for (size_t i = 0; i < ARRAY_LEN(program_places); i++)
		place.has_program |= is_program(slice_of(program_places[i]));
	while (!place.has_program && slice_next(&rest, ':', &part))
		place.has_program = part.n > 0 && is_program(part);
	return place;
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool
has_selector(const struct key_row *row, const struct key_row *own)
{
	return row->sign && row->selector != NULL &&
	       strcasecmp(row->selector, own->selector) == 0;
}

/* Does a row of their table that stands for `domain` sign with this selector? */
static bool
has_row(struct pool *pool, const struct policy *theirs, const char *domain,
	const struct key_row *own)
{
	struct asker asker = { .pool = pool };
	const struct key_domain *d;

	(void)keytable_domain(theirs->keys, &asker, domain, &d);
	for (size_t i = 0; d != NULL && i < d->signing.n; i++)
		if (has_selector(d->signing.v[i], own))
			return true;
	return false;
}

/* Does a row of theirs whose domain is "%", every author's, sign with our row's key? */
static bool
has_common_row(struct pool *pool, const struct policy *theirs, const struct key_row *own)
{
	struct address author = { .local = SLICE_LIT("postmaster"),
		.domain = own->domain };
	struct asker asker = { .pool = pool };
	struct signing_rows found;

	if (theirs->signing == NULL)
		return false;
	(void)signingtable_find(theirs->signing, &asker, &author, true, &found);
	for (size_t i = 0; i < found.n; i++) {
		const char *name = found.v[i]->key_name;
		const struct key_row *row;

		if (strcmp(name, "%") == 0 && has_row(pool, theirs, "%", own))
			return true;
		if (keytable_name(theirs->keys, &asker, slice_of(name), &row) ==
				ROW_FOUND &&
			strcmp(row->domain, "%") == 0 && has_selector(row, own))
			return true;
	}
	return false;
}

/* The first row of ours that signs with a key that they sign with, too. */
static const char *
find_same_key(struct pool *pool, const struct policy *ours, const struct policy *theirs)
{
	const struct key_rows *rows = keytable_rows(ours->keys);

	for (size_t i = 0; i < rows->n; i++) {
		const struct key_row *own = rows->v[i];

		if (own->sign && own->selector != NULL &&
			(has_row(pool, theirs, own->domain, own) ||
				has_common_row(pool, theirs, own)))
			return pool_printf(pool, "d=%s s=%s", own->domain, own->selector);
	}
	return NULL;
}

/* Its process leaves a number there; without that it has ended, or never began. */
static bool
is_stopped(struct pool *pool, const char *pid_file)
{
	struct slice text;
	char *end;
	long pid;

	if (pid_file == NULL)
		return false;
	if (access(pid_file, F_OK) != 0)
		return errno == ENOENT;
	if (file_read(pool, pid_file, &text) != NULL)
		return false;
	pid = strtol(pool_copy(pool, text), &end, 10);
	return pid > 1 && pid <= INT_MAX && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void
opendkim_peer_read(struct pool *pool, struct opendkim_place place,
	const struct policy *ours, struct opendkim_peer *peer)
{
	struct policy_source source = {
		.file = place.conf, .without_keys = true, .despite_errors = true
	};
	const struct policy *theirs;
	struct problems ignored;

	*peer = (struct opendkim_peer){ .at = place };
	if (place.conf == NULL || access(place.conf, R_OK) != 0 ||
		(ours->file != NULL && is_same_file(place.conf, ours->file))) {
		peer->at.conf = NULL;
		return;
	}
	problems_init(&ignored, pool);
	theirs = policy_load_from(&source, &ignored);
	peer->checks = theirs->opt.mode & MODE_VERIFY;
	peer->signs = theirs->opt.mode & MODE_SIGN;
	if (theirs->opt.authserv_id != NULL)
		peer->authserv_id = pool_strdup(pool, theirs->opt.authserv_id);
	peer->with_job_id = theirs->opt.authserv_id_with_job_id;
	if (peer->signs && ours->opt.mode & MODE_SIGN && ours->opt.mode != MODE_SHADOW)
		peer->same_key = find_same_key(pool, ours, theirs);
	peer->is_stopped = is_stopped(pool, theirs->opt.pid_file);
	peer->has_no_rows =
		theirs->opt.key_table != NULL && keytable_rows(theirs->keys)->n == 0;
	peer->has_socket =
		OPTION_ORIGIN(&theirs->opt, socket).file != NULL &&
		endpoint_parse(slice_of(theirs->opt.socket), &peer->socket) == NULL;
	policy_release(theirs);
}

/* In the shadow we write nothing that could be in the way. */
bool
opendkim_peer_has_our_id(
	const struct opendkim_peer *b, const struct policy *ours, const char *mta)
{
	const char *own = ours->opt.authserv_id, *other = b->authserv_id;

	if (b->at.conf == NULL || !b->checks || !(ours->opt.mode & MODE_VERIFY) ||
		ours->opt.mode == MODE_SHADOW ||
		b->with_job_id != ours->opt.authserv_id_with_job_id)
		return false;
	own = own != NULL ? own : mta;
	other = other != NULL ? other : mta;
	return own == other ||
	       (own != NULL && other != NULL && strcasecmp(own, other) == 0);
}

/* A name that OpenDKIM does not have by chance: of the one that both have, or of this
 * host's, as the mail server's is not known here. */
static const char *
other_name(struct pool *pool, const char *own)
{
	char host[256] = "";

	if (own == NULL && gethostname(host, sizeof(host) - 1) == 0 &&
		domain_parse(pool, slice_of(host), &own) != NULL)
		own = NULL;
	return own != NULL ? pool_printf(pool, "sekimori.%s", own) : "sekimori";
}

static void
review_id(const struct opendkim_peer *b, const struct policy *ours, bool refuse,
	struct problems *problems)
{
	struct place at = { ours->file, 0 };
	const char *own = ours->opt.authserv_id;
	const char *other = other_name(problems->pool, own);
	const struct reason *named = own != NULL ? reason_make(problems->pool, "%s", own)
	                                         : REASON("the mail server's");

	if (!b->at.has_program) {
		if (refuse)
			problems_note(problems, at,
				"%s is there, but no OpenDKIM (a removed package "
				"leaves it behind): nothing to do; one that checks mail "
				"would need an AuthservID other than ours",
				b->at.conf);
		return;
	}
	if (b->is_stopped) {
		problems_note(problems, at,
			"OpenDKIM (%s) would write its results under the same name as "
			"we (%p), but does not run: nothing to do, unless it shall run "
			"again beside us; then set AuthservID to another name, as %s",
			b->at.conf, named, other);
		return;
	}
	/* Where neither has a name of its own, one is about to follow the other: our
	 * configuration is tried before OpenDKIM is stopped. */
	(refuse && own != NULL ? problems_error : problems_note)(problems, at,
		N_("OpenDKIM on this host (%s) writes its results under the same name as "
		   "we (%p): each removes the other's; set AuthservID to another name, "
		   "as %s, or write Mode s there, or remove OpenDKIM"),
		b->at.conf, named, other);
}

void
opendkim_peer_review(const struct opendkim_peer *b, const struct policy *ours,
	bool refuse, struct problems *problems)
{
	struct place at = { ours->file, 0 };

	if (b->at.conf == NULL)
		return;
	if (opendkim_peer_has_our_id(b, ours, NULL))
		review_id(b, ours, refuse, problems);
	if (b->same_key != NULL && b->at.has_program && !b->is_stopped)
		problems_note(problems, at,
			"OpenDKIM on this host (%s) signs with the same key (%s): in the "
			"mail server's list of milters it has to stand before us, or "
			"messages get two signatures of that key; `sekimori postfix` "
			"shows the order",
			b->at.conf, b->same_key);
}
