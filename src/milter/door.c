/*
 * libmilter's loop asks poll() and accept() again and again while no descriptor is free:
 * it takes a processor, serves no connection and says nothing. It has no place to
 * interfere, but it is a shared library that calls accept() by its name, and the
 * function of that name in the program goes before the C library's. Where it does not (a
 * library bound otherwise), all is as it was without us.
 *
 * Descriptors are given out from the lowest on, so the number of one says how many are
 * taken. A reserve that is opened and closed was rejected: the loop that spins takes what
 * is closed.
 */
#include "base/base.h"
#include "milter/door.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/msg.h"
#include "milter/reload.h"
#include "milter/tally.h"

/* More than this no library counts on. */
#define FILES_MOST 65536

/* What is not for connections; of a small limit a quarter. */
#define RESERVE 32

/* What the process has open without any connection, about. */
#define OWN 16

/* Pause where others have taken even the reserve. */
#define PAUSE_MS 100

/* The first descriptor that is not for a connection. */
static int64_t
room(void)
{
	struct rlimit limit;
	int64_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return INT_MAX;
	n = (int64_t)MIN(limit.rlim_cur, INT_MAX);
	return n - MIN(RESERVE, n / 4);
}

void
door_measure(int64_t connections)
{
	rlim_t wanted = (rlim_t)(connections + RESERVE + OWN);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur =
		MIN(limit.rlim_max, MAX(limit.rlim_cur, MAX(FILES_MOST, wanted)));
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (room() - OWN < connections)
		msg_warn("the system grants %" PRId64 " open files, enough for about "
			 "%" PRId64 " connections, and MaxTransactions is %" PRId64
			 ": raise the limit (systemd: LimitNOFILE=; elsewhere: ulimit "
		         "-n), "
			 "or lower MaxTransactions",
			(int64_t)limit.rlim_cur, MAX(0, room() - OWN), connections);
}

bool
door_was_full(int64_t since)
{
	return tally_has_since(reload_crowd(), since);
}

/* Logs, now and then, that connections were closed for want of descriptors. */
static void
log_crowd(int64_t now)
{
	int64_t n = tally_tell(reload_crowd(), now);

	if (n > 0)
		msg_error("connections that were hung up on because no file may be "
			  "opened any more: %" PRId64
			  "; raise the limit (systemd: LimitNOFILE=; elsewhere: ulimit "
			  "-n), or find out who holds so many",
			n);
}

/* Is this an error that goes away when a descriptor is closed? */
static bool
is_want(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

int
accept(int fd, __SOCKADDR_ARG addr, socklen_t *restrict size)
{
	int got = accept4(fd, addr, size, SOCK_CLOEXEC), error = errno;
	int64_t now = clock_monotonic_ms();

	if (got >= 0 && got >= room()) {
		close(got);
		got = -1;
		error = ECONNABORTED;
		tally_add(reload_crowd(), now);
	} else if (got < 0 && is_want(error)) {
		tally_add(reload_crowd(), now);
		(void)poll(NULL, 0, PAUSE_MS);
	}
	log_crowd(now);
	errno = error;
	return got;
}
