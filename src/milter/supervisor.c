/*
 * A process that does next to nothing, so that nothing can happen to it: it reads no
 * mail, no table and no key. Signals come in through a descriptor, in line with the
 * worker's words; no code runs in a handler, and no signal is lost between a check and a
 * sleep.
 *
 * One reload is under way at a time. Signals that come meanwhile are remembered as one
 * more, which begins after the last of them: whatever the file was when the last signal
 * was sent is what is read.
 *
 * The worker is called at intervals, and one that does not answer is replaced. A service
 * manager's watchdog is fed with what it says then, never out of the supervisor's own
 * health: that the supervisor is alive proves nothing about the mail. A worker that
 * reads its configuration again answers when it is done, however long that takes: it
 * serves mail meanwhile, and the next worker would have to read the same.
 */
#include "base/base.h"
#include "milter/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/msg.h"
#include "milter/notify.h"
#include "milter/worker.h"

/* Between the starts of two workers, so that one that dies as soon as it is ready does
 * not take the machine with it. */
#define BETWEEN_MS 250

/* Before the next try where a worker died before it was ready, doubled up to the most. */
#define PAUSE_MS 1000
#define PAUSE_MOST_MS 10000

/* How long connections wait for a worker before they are closed. */
#define WAIT_MS 1000

/* A worker that leaves so many calls in a row without an answer hangs. */
#define CALLS_LOST 3

/* What a worker may need beyond DrainTimeout to end. */
#define STOP_MS 15000

struct supervisor {
	const struct setup *setup;
	int listen_fd, ready_fd, signal_fd;
	int control_fd;     /* -1: no worker */
	pid_t worker;       /* 0: none */
	int64_t begun_at;   /* when the worker was started */
	int64_t restart_at; /* when to start the next one; 0: not planned */
	int64_t kill_at;    /* when to kill it; 0: never */
	bool watched;       /* the service manager wants signs of life */
	int64_t call_every; /* how often to ask the worker whether it lives */
	int64_t call_at;    /* when to ask it again */
	int64_t silent_ms;  /* how long it was called in vain */
	int64_t away_since; /* when the last worker that was ready ended */
	int failures;       /* workers in a row that were never ready */
	bool ever_ready;    /* some worker was */
	bool ready;         /* this worker is */
	bool hung_up;       /* a connection was closed since the last worker ended */
	bool reloading, reload_wanted, stopping;
	int status;
};

/* The worker's side of the fork: never comes back. */
static NORETURN void
become_worker(struct supervisor *sup, int control_fd)
{
	close(sup->signal_fd);
	if (sup->ready_fd >= 0)
		close(sup->ready_fd);
	/* The lock is the supervisor's: it ends with the supervisor, not with an orphan.
	 */
	if (sup->setup->pid_fd >= 0)
		close(sup->setup->pid_fd);
	exit(worker_run(sup->setup, sup->listen_fd, control_fd, !sup->ever_ready));
}

static void
start_worker(struct supervisor *sup)
{
	int pair[2] = { -1, -1 };

	sup->restart_at = 0;
	sup->begun_at = clock_monotonic_ms();
	sup->ready = sup->reloading = false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0)
		sup->worker = fork();
	else
		sup->worker = -1;
	if (sup->worker == 0) {
		close(pair[0]);
		become_worker(sup, pair[1]);
	}
	if (pair[1] >= 0)
		close(pair[1]);
	sup->control_fd = pair[0];
	if (sup->worker > 0)
		return;
	msg_error("cannot start a worker: %s", strerror(errno));
	if (sup->control_fd >= 0)
		close(sup->control_fd);
	sup->control_fd = -1;
	sup->worker = 0;
	sup->restart_at = sup->begun_at + PAUSE_MS;
}

static void
control_send(const struct supervisor *sup, enum control word)
{
	char byte = (char)word;

	/* A worker that has just died is dealt with when its end is reported. */
	if (sup->control_fd >= 0)
		(void)send(sup->control_fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Begins the reload that is wanted, when one can begin. */
static void
reload(struct supervisor *sup)
{
	if (!sup->reload_wanted || !sup->ready || sup->reloading || sup->stopping)
		return;
	sup->reload_wanted = false;
	sup->reloading = true;
	notify_send("RELOADING=1");
	control_send(sup, CONTROL_RELOAD);
}

static void
stop(struct supervisor *sup)
{
	if (sup->stopping && sup->worker > 0) {
		msg_warn("asked twice to stop: stopping without waiting");
		kill(sup->worker, SIGKILL);
		return;
	}
	sup->stopping = true;
	notify_send("STOPPING=1");
	msg_info("stopping: messages that were begun are finished first");
	sup->kill_at = clock_monotonic_ms() + sup->setup->drain_ms + STOP_MS;
	control_send(sup, CONTROL_DRAIN);
}

static void
worker_ready(struct supervisor *sup)
{
	sup->ready = true;
	sup->hung_up = false;
	if (sup->ever_ready) {
		msg_info("worker %ld is ready", (long)sup->worker);
		return;
	}
	sup->ever_ready = true;
	setup_log(sup->setup);
	msg_info("%s is ready", PACKAGE_STRING);
	if (sup->ready_fd >= 0) {
		if (write(sup->ready_fd, "", 1) != 1)
			msg_warn("whoever started the daemon does not wait for it");
		close(sup->ready_fd);
		sup->ready_fd = -1;
	}
}

/* Takes one word of the worker. */
static void
control_recv(struct supervisor *sup)
{
	char byte;
	ssize_t n = recv(sup->control_fd, &byte, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n != 1) {
		close(sup->control_fd); /* it ends; SIGCHLD says how */
		sup->control_fd = -1;
		return;
	}
	sup->silent_ms = 0;
	if (byte == CONTROL_HERE) {
		if (sup->watched)
			notify_send("WATCHDOG=1");
		return;
	}
	if (byte == CONTROL_READY)
		worker_ready(sup);
	else
		sup->reloading = false;
	notify_send("READY=1");
	reload(sup);
}

/* How a process ended, in words. */
static void
log_end(pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		msg_error("worker %ld was ended by signal %d (%s)", (long)pid,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		msg_error("worker %ld ended with status %d", (long)pid,
			WEXITSTATUS(status));
	else
		msg_warn("worker %ld ended", (long)pid);
}

/* Plans the next worker. A worker that was ready died of a message: the next one starts
 * at once, or the sender of such messages would keep all others waiting. A worker that
 * never was ready waits longer each time. */
static void
plan_restart(struct supervisor *sup, bool was_ready)
{
	int64_t now = clock_monotonic_ms(), pause;

	if (was_ready) {
		sup->failures = 0;
		sup->away_since = now;
		pause = MAX(0, sup->begun_at + BETWEEN_MS - now);
	} else {
		pause = MIN((int64_t)PAUSE_MS << MIN(sup->failures, 8), PAUSE_MOST_MS);
		sup->failures++;
	}
	msg_warn("the next worker starts in %" PRId64 ".%03" PRId64 " seconds",
		pause / 1000, pause % 1000);
	sup->restart_at = now + pause;
}

/* The worker has ended. True: so does the supervisor. */
static bool
reap_worker(struct supervisor *sup, int status)
{
	pid_t pid = sup->worker;
	bool was_ready = sup->ready;

	sup->worker = 0;
	sup->ready = false;
	if (sup->control_fd >= 0)
		close(sup->control_fd);
	sup->control_fd = -1;
	if (sup->ever_ready && sup->stopping) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return true;
		log_end(pid, status);
		sup->status = 70;
		return true;
	}
	if (!sup->ever_ready) {
		/* No worker ever was ready: the operator has to mend what it complained
		 * of. */
		if (WIFSIGNALED(status))
			log_end(pid, status);
		sup->status = WIFEXITED(status) ? WEXITSTATUS(status) : 70;
		return true;
	}
	log_end(pid, status);
	plan_restart(sup, was_ready);
	return false;
}

/* Takes one signal. True: the end. */
static bool
take_signal(struct supervisor *sup)
{
	struct signalfd_siginfo info;
	int status;

	if (read(sup->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return false;
	switch (info.ssi_signo) {
	case SIGHUP:
		sup->reload_wanted = true;
		reload(sup);
		break;
	case SIGTERM:
	case SIGINT:
		stop(sup);
		return sup->worker == 0;
	case SIGCHLD:
		if (sup->worker > 0 &&
			waitpid(sup->worker, &status, WNOHANG) == sup->worker)
			return reap_worker(sup, status);
		break;
	}
	return false;
}

/* Asks the worker whether it answers mail servers. Only its answer is a sign of life for
 * the service manager: a worker that starts gives none, and one that hangs gives none. */
static void
call_worker(struct supervisor *sup, int64_t now)
{
	sup->call_at = now + sup->call_every;
	if (!sup->ready || sup->stopping)
		return;
	if (sup->silent_ms >= CALLS_LOST * sup->setup->probe_ms) {
		msg_error("worker %ld does not answer: it is killed", (long)sup->worker);
		kill(sup->worker, SIGKILL);
		sup->silent_ms = 0;
		return;
	}
	control_send(sup, CONTROL_CALL);
	/* Not by the clock: while the whole machine stood still no worker was called. */
	if (!sup->reloading)
		sup->silent_ms += sup->call_every;
}

/* Is there no worker for a mail server that connects, and none soon? */
static bool
is_away(const struct supervisor *sup, int64_t now)
{
	return sup->ever_ready && !sup->ready && !sup->stopping &&
	       now >= sup->away_since + WAIT_MS;
}

/* Closes a connection while there is no worker: an MTA that hears nothing waits for
 * minutes; one whose connection is closed does at once what it was told to do without
 * us. */
static void
hang_up(struct supervisor *sup)
{
	int fd = accept4(sup->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		close(fd);
	if (!sup->hung_up)
		msg_error("there is no worker: mail servers that connect are hung up on");
	sup->hung_up = true;
}

/* The earlier of two moments; 0 is no moment. */
static int64_t
sooner(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Milliseconds until a timer is due; -1: none is set. */
static int
poll_timeout(const struct supervisor *sup)
{
	int64_t at = sooner(sooner(sup->restart_at, sup->kill_at), sup->call_at);

	/* A worker that starts and takes its time: until then connections wait. */
	if (sup->ever_ready && !sup->ready && !sup->stopping &&
		!is_away(sup, clock_monotonic_ms()))
		at = sooner(at, sup->away_since + WAIT_MS);
	return at == 0 ? -1 : (int)MAX(0, MIN(at - clock_monotonic_ms(), INT_MAX));
}

/* Does what is due: calls the worker, starts the next one, kills one that does not end.
 */
static void
run_timers(struct supervisor *sup)
{
	int64_t now = clock_monotonic_ms();

	if (now >= sup->call_at)
		call_worker(sup, now);
	if (sup->restart_at != 0 && now >= sup->restart_at)
		start_worker(sup);
	if (sup->kill_at != 0 && now >= sup->kill_at && sup->worker > 0) {
		msg_error("worker %ld does not end: it is killed", (long)sup->worker);
		kill(sup->worker, SIGKILL);
		sup->kill_at = 0;
	}
}

/* The signals that the supervisor lives by, through a descriptor. */
static int
open_signals(void)
{
	static const int mine[] = { SIGHUP, SIGTERM, SIGINT, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(mine); i++)
		sigaddset(&set, mine[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
supervisor_run(const struct setup *setup, int listen_fd, int ready_fd)
{
	struct supervisor sup = { .setup = setup,
		.listen_fd = listen_fd,
		.ready_fd = ready_fd,
		.control_fd = -1 };
	bool end = false;

	/* Twice as often as the service manager asks for, as it recommends. */
	sup.call_every = setup->probe_ms;
	sup.watched = notify_interval() > 1;
	if (sup.watched)
		sup.call_every = MIN(sup.call_every, notify_interval() / 2);
	if ((sup.signal_fd = open_signals()) < 0) {
		msg_error("cannot wait for signals: %s", strerror(errno));
		return 71;
	}
	start_worker(&sup);
	while (!end) {
		struct pollfd fds[] = { { sup.signal_fd, POLLIN, 0 },
			{ sup.control_fd, POLLIN, 0 }, { -1, POLLIN, 0 } };

		if (is_away(&sup, clock_monotonic_ms()))
			fds[2].fd = listen_fd;
		if (poll(fds, ARRAY_LEN(fds), poll_timeout(&sup)) > 0) {
			if (fds[1].revents != 0)
				control_recv(&sup);
			if (fds[2].revents != 0 && !sup.ready)
				hang_up(&sup);
			if (fds[0].revents != 0)
				end = take_signal(&sup);
		}
		run_timers(&sup);
	}
	close(sup.signal_fd);
	return sup.status;
}
