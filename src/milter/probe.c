/*
 * A packet is a length of four bytes, a letter and the letter's data. The first one of
 * each side is 'O' with three numbers: version, actions, steps. A lone answer of the
 * right letter proves that connections are taken and that a thread serves them, which is
 * what a watchdog has to know; what the answer offers is of no interest.
 */
#include "base/base.h"
#include "milter/probe.h"

#include <poll.h>
#include <sys/socket.h>

#include "milter/listener.h"

/* Version 6, everything offered: what a current MTA sends. */
static const unsigned char offer[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0,
	0x1f, 0xff, 0xff };

#define QUIT "\0\0\0\1Q"

static bool
wait_for(int fd, short what)
{
	struct pollfd one = { fd, what, 0 };

	return poll(&one, 1, PROBE_MS) == 1 && (one.revents & what) != 0;
}

/* The length and the letter of the answer. */
static bool
read_answer(int fd)
{
	unsigned char head[5];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(head)) {
		if (!wait_for(fd, POLLIN))
			return false;
		n = recv(fd, head + have, sizeof(head) - have, MSG_DONTWAIT);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return head[4] == offer[4];
}

bool
probe_milter(int listen_fd)
{
	int fd = listener_call(listen_fd);
	bool answers;

	if (fd < 0)
		return false;
	answers =
		wait_for(fd, POLLOUT) &&
		send(fd, offer, sizeof(offer), MSG_NOSIGNAL) == (ssize_t)sizeof(offer) &&
		read_answer(fd);
	if (answers)
		(void)send(fd, QUIT, sizeof(QUIT) - 1, MSG_NOSIGNAL);
	close(fd);
	return answers;
}
