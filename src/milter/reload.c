/*
 * The way of a reload: SIGHUP reaches the supervisor, which says CONTROL_RELOAD to its
 * worker (supervisor.c), whose control thread calls reload_again() (worker.c). Messages
 * that have begun end under the policy that they began with; the next MAIL, on an old
 * connection too, takes the new one (on_mail and renew_session in callbacks.c).
 *
 * A policy is never changed, only replaced: the lock is held for taking a pointer and a
 * count, not while a file is read or a message is judged. What the process made of the
 * options when it started (its socket, its user, its resolver) cannot change without a
 * restart; an administrator who changes such an option is told so instead of being left
 * to wonder.
 */
#include "base/base.h"
#include "milter/reload.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/msg.h"
#include "base/str.h"
#include "config/opendkim_peer.h"
#include "config/policy.h"
#include "milter/gate.h"
#include "milter/tally.h"

static struct {
	pthread_mutex_t lock;
	const struct policy *policy;
	struct services services;
	struct gate gate;
	struct tally refusals, crowd;
	atomic_uint published;
} shared = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .refusals = TALLY_INIT, .crowd = TALLY_INIT
};

/* Options whose value is used when the daemon starts, and not again. */
static const char *const start_only[] = {
	"Socket",
	"UserID",
	"PidFile",
	"ProbeInterval",
	"UMask",
	"Nameservers",
	"Syslog",
	"SyslogFacility",
	"SyslogName",
	"LogLevel",
	"DrainTimeout",
	"IdleTimeout",
};

/* So many rows out of service are named, each in a line of its own. */
#define ROWS_NAMED 10

/* One line in the log for each problem, but for a flood of rows. */
static void
log_problems(const struct problems *problems)
{
	struct str line = STR_POOL(problems->pool);
	size_t rows = 0;

	for (size_t i = 0; i < problems->all.n; i++) {
		const struct problem *problem = &problems->all.v[i];

		if (problem->is_row && rows++ >= ROWS_NAMED)
			continue;
		str_cut(&line, 0);
		problem_print(&line, problem);
		if (problem->is_error)
			msg_error("%s", line.p);
		else
			msg_warn("%s", line.p);
	}
	if (rows > 0)
		msg_error("rows out of service: %zu, all others are in force; sekimorid "
			  "-n names each",
			rows);
}

/* The policy of a file, or NULL; what there is to say about it is logged. old: the one in
 * force until now, or NULL. */
static const struct policy *
load(const char *file, const struct services *services, const struct policy *old)
{
	struct policy_source source = { .file = file,
		.signer = services->signer,
		.tables = services->tables,
		.old = old };
	struct pool *pool = pool_new();
	struct problems problems;
	const struct policy *policy;
	struct opendkim_peer peer;

	problems_init(&problems, pool);
	policy = policy_load_from(&source, &problems);
	if (policy != NULL) {
		opendkim_peer_read(pool, opendkim_place(), policy, &peer);
		opendkim_peer_review(&peer, policy, false, &problems);
	}
	log_problems(&problems);
	pool_free(pool);
	return policy;
}

/* Names the options that were changed in vain. */
static void
warn_of_restart(const struct policy *old, const struct policy *new)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(start_only); i++) {
		const struct option *option = option_find(slice_of(start_only[i]));
		const char *before, *after;

		if (option == NULL)
			panic("there is no option '%s'", start_only[i]);
		before = option_print(pool, option, &old->opt);
		after = option_print(pool, option, &new->opt);
		if (strcmp(before, after) != 0)
			msg_warn("option '%s' has changed from '%s' to '%s': that takes "
				 "effect at the next restart",
				option->name, before, after);
	}
	pool_free(pool);
}

/* Puts a policy in force and gives the one that was, which the caller now holds. */
static const struct policy *
exchange(const struct policy *policy)
{
	const struct policy *old;

	pthread_mutex_lock(&shared.lock);
	old = shared.policy;
	shared.policy = policy;
	pthread_mutex_unlock(&shared.lock);
	return old;
}

bool
reload_first(const char *file, const struct services *services)
{
	const struct policy *policy = load(file, services, NULL);

	if (policy == NULL)
		return false;
	gate_init(&shared.gate);
	exchange(policy);
	return true;
}

void
reload_set_services(const struct services *services)
{
	shared.services = *services;
}

/* A reload: the files are read as a whole, and take the place of the policy in force
 * only if they have no error. */
bool
reload_again(const char *file)
{
	const struct policy *old = reload_hold();
	const struct policy *policy = load(file, &shared.services, old);

	policy_release(old);
	if (policy == NULL) {
		msg_error("'%s' has errors: the policy that was in force stays", file);
		return false;
	}
	old = exchange(policy);
	warn_of_restart(old, policy);
	policy_release(old);
	msg_info("'%s' was read again and is in force", file);
	return true;
}

const struct policy *
reload_hold(void)
{
	const struct policy *policy;

	pthread_mutex_lock(&shared.lock);
	policy = policy_hold(shared.policy);
	pthread_mutex_unlock(&shared.lock);
	return policy;
}

const struct services *
reload_services(void)
{
	return &shared.services;
}

struct gate *
reload_gate(void)
{
	return &shared.gate;
}

struct tally *
reload_refusals(void)
{
	return &shared.refusals;
}

struct tally *
reload_crowd(void)
{
	return &shared.crowd;
}

void
reload_publish(void)
{
	atomic_fetch_add_explicit(&shared.published, 1, memory_order_release);
}

void
reload_observe(void)
{
	(void)atomic_load_explicit(&shared.published, memory_order_acquire);
}

void
reload_end(void)
{
	policy_release(exchange(NULL));
}
