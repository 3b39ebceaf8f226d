/*
 * libmilter stops on HUP, TERM and INT, whatever is done to prevent it: a thread of its
 * own waits for them. So they are not sent here: the worker is in a process group of its
 * own, has a name of its own (killall and pkill mean the supervisor), and is spoken to
 * over a socket. Should one reach it nevertheless, libmilter stops, the worker ends, and
 * the supervisor starts the next one.
 *
 * A stop of libmilter cuts off what is under way. Draining is therefore done before: the
 * gate lets no message in, the messages inside leave, a moment is granted for their last
 * replies to reach the wire, and only then is libmilter told.
 */
#include "base/base.h"
#include "milter/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/pool.h"
#include "base/str.h"
#include "config/policy.h"
#include "config/tables.h"
#include "crypto/signer.h"
#include "dns/dns_cache.h"
#include "dns/dns_live.h"
#include "milter/callbacks.h"
#include "milter/door.h"
#include "milter/gate.h"
#include "milter/listener.h"
#include "milter/probe.h"
#include "milter/reload.h"
#include "milter/tally.h"

#include <libmilter/mfapi.h>

/* Stack of a connection's thread: the system's usual 8 MiB times 500 is more than is
 * needed. */
#define STACK_SIZE ((size_t)1 << 20)

/* How often libmilter is called to look up. */
#define CALL_MS 20

/* The time that a last reply may need from the callback to the wire. */
#define LAST_REPLY_MS 300

struct control_thread {
	const struct setup *setup;
	int fd, listen_fd;
	atomic_bool stopping; /* we have told libmilter to stop */
	atomic_bool stopped;  /* it has been told */
	bool drained;         /* no message was left */
};

void
setup_log(const struct setup *setup)
{
	int null;

	if (!setup->syslog) {
		msg_to_stderr(setup->program);
		return;
	}
	msg_to_syslog(setup->program, setup->facility);
	/* The terminal that started the daemon may be closed now. */
	if ((null = open("/dev/null", O_WRONLY | O_CLOEXEC)) >= 0) {
		(void)dup2(null, STDERR_FILENO);
		close(null);
	}
}

static void
control_send(int fd, enum control word)
{
	char byte = (char)word;

	if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
		msg_error("the supervisor does not listen: %s", strerror(errno));
}

/* The next word of the supervisor; DRAIN when the supervisor is gone. Equal words that
 * wait after it are taken with it: five hundred reloads wanted at once are one. */
static enum control
control_recv(int fd)
{
	char byte, next;
	ssize_t n;

	while ((n = recv(fd, &byte, 1, 0)) < 0 && errno == EINTR)
		continue;
	if (n != 1)
		return CONTROL_DRAIN;
	while (recv(fd, &next, 1, MSG_DONTWAIT | MSG_PEEK) == 1 && next == byte)
		(void)recv(fd, &next, 1, MSG_DONTWAIT);
	return (enum control)byte;
}

/* Waits until the messages that have begun are done; false: some were not. */
static bool
drain(const struct setup *setup)
{
	int64_t inside = gate_drain(reload_gate(), setup->drain_ms);

	int64_t refused = tally_rest(reload_refusals());

	if (refused > 0)
		msg_warn("MaxTransactions was reached: %" PRId64
			 " messages more found no room",
			refused);
	if (inside > 0)
		msg_warn("%" PRId64 " messages were not finished within DrainTimeout",
			inside);
	(void)poll(NULL, 0, LAST_REPLY_MS);
	return inside == 0;
}

/* The supervisor asks on behalf of the watchdog. That this thread runs proves little:
 * what matters is that an MTA that comes now is talked to. */
static void
answer_call(const struct control_thread *self)
{
	int64_t begun = clock_monotonic_ms();

	/* A daemon so full that it closes our connection as well is alive. */
	if (probe_milter(self->listen_fd) || door_was_full(begun))
		control_send(self->fd, CONTROL_HERE);
	else
		msg_error("the milter's own socket does not answer");
}

static void
close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void *
stop_main(void *arg)
{
	struct control_thread *self = arg;

	smfi_stop();
	atomic_store(&self->stopped, true);
	return NULL;
}

/* libmilter looks whether it shall stop only every five seconds, or when a connection
 * comes, and closes the socket after that. So connections are made, by a copy of the
 * socket, until the stop is done, and one more for a thread that still waits there. */
static void
stop_library(struct control_thread *self)
{
	int copy = dup(self->listen_fd), caller;
	pthread_t thread;

	atomic_store(&self->stopping, true);
	if (pthread_create(&thread, NULL, stop_main, self) != 0) {
		(void)stop_main(self);
	} else {
		while (!atomic_load(&self->stopped)) {
			caller = listener_call(copy);
			(void)poll(NULL, 0, CALL_MS);
			close_if_open(caller);
		}
		pthread_join(thread, NULL);
	}
	close_if_open(listener_call(copy));
	close_if_open(copy);
}

/* Does what the supervisor says, until that is to stop. */
static void *
control_main(void *arg)
{
	struct control_thread *self = arg;
	enum control word;
	bool loaded;

	while ((word = control_recv(self->fd)) != CONTROL_DRAIN) {
		if (word == CONTROL_CALL) {
			answer_call(self);
			continue;
		}
		loaded = reload_again(self->setup->file);
		control_send(self->fd, loaded ? CONTROL_LOADED : CONTROL_KEPT);
	}
	self->drained = drain(self->setup);
	stop_library(self);
	return NULL;
}

/* No core with keys in it, small stacks. */
static void
set_limits(void)
{
	struct rlimit limit = { 0, 0 };
	pthread_attr_t attr;

	(void)setrlimit(RLIMIT_CORE, &limit);
#ifdef HAVE_PTHREAD_SETATTR_DEFAULT_NP
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
#endif
}

/* Signals are the supervisor's business, but for those that say that we are broken. */
static void
leave_signals(void)
{
	static const int broken[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS,
		SIGTRAP };
	sigset_t all;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_NAME, "sekimori-worker");
	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		sigdelset(&all, broken[i]);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* The resolver with its cache. */
static const char *
start_dns(struct pool *pool, struct dns **dns)
{
	const struct policy *policy = reload_hold();
	struct str nameservers = STR_POOL(pool);
	struct dns_live_params params = { 0 };
	struct dns_backend *live;
	const struct reason *bad;

	for (size_t i = 0; i < policy->opt.nameservers.n; i++) {
		str_add(&nameservers, policy->opt.nameservers.v[i]);
		str_addc(&nameservers, ' ');
	}
	policy_release(policy);
	params.nameservers = nameservers.p;
	if ((bad = dns_live_new(pool, &params, &live)) != NULL)
		return reason_text(pool, bad, NULL);
	*dns = dns_cache_new(live, NULL);
	return NULL;
}

/* libmilter on the socket, until the control thread stops it. */
static const char *
serve(struct pool *pool, struct control_thread *control)
{
	pthread_t thread;
	const struct policy *policy = reload_hold();
	const char *bad = callbacks_register(policy->opt.idle_timeout);

	door_measure(policy->opt.max_transactions);
	policy_release(policy);
	if (bad != NULL)
		return bad;
	smfi_setbacklog(LISTENER_BACKLOG);
	if ((bad = listener_hand_over(pool, control->listen_fd)) != NULL)
		return bad;
	if (pthread_create(&thread, NULL, control_main, control) != 0)
		return "cannot make a thread";
	control_send(control->fd, CONTROL_READY);
	/* It calls it a failure when its socket is closed under it, as the stop does. */
	if (smfi_main() != MI_SUCCESS && !atomic_load(&control->stopping))
		return "the milter library gave up";
	/* Stopped by a signal and not by us: the thread still waits for a word. */
	(void)shutdown(control->fd, SHUT_RD);
	pthread_join(thread, NULL);
	return NULL;
}

/* The first worker lets connections come, now that it knows what to do with them. */
static bool
begin_to_listen(struct pool *pool, int fd)
{
	const char *bad = listener_listen(pool, fd);

	if (bad != NULL)
		msg_error("%s", bad);
	else
		msg_info("listening on %s", listener_name(pool, fd));
	return bad == NULL;
}

/* Everything after the configuration was read. */
static int
work(struct pool *pool, struct control_thread *control, struct services *services,
	bool first)
{
	const char *bad;

	if (first && !begin_to_listen(pool, control->listen_fd))
		return 69;
	if ((bad = start_dns(pool, &services->dns)) == NULL) {
		reload_set_services(services);
		bad = serve(pool, control);
	}
	if (bad != NULL)
		msg_error("%s", bad);
	/* A thread that may still be inside must not lose what it works with. */
	if (!control->drained)
		_exit(bad != NULL ? 71 : 0);
	dns_close(services->dns);
	return 0;
}

int
worker_run(const struct setup *setup, int listen_fd, int control_fd, bool first)
{
	struct control_thread control = {
		.setup = setup, .fd = control_fd, .listen_fd = listen_fd
	};
	struct pool *pool = pool_new();
	struct services services = { .signer = signer_local(pool),
		.tables = tables_files(pool),
		.now = clock_unix,
		.monotonic_ms = clock_monotonic_ms };
	int status = 78;

	leave_signals();
	set_limits();
	if (reload_first(setup->file, &services)) {
		if (first)
			setup_log(setup);
		status = work(pool, &control, &services, first);
		reload_end();
	}
	pool_free(pool);
	return status;
}
