/*
 * One datagram, by hand: libsystemd would be a library for four lines. Who tells of a
 * reload tells the monotonic time with it, or systemd takes it for one that came before.
 */
#include "base/base.h"
#include "milter/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"

void
notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[128];
	size_t n = path != NULL ? strlen(path) : 0;
	int fd, length;

	if (n < 2 || n >= sizeof(un.sun_path))
		return;
	memcpy(un.sun_path, path, n);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	length = snprintf(text, sizeof(text), "%s\nMONOTONIC_USEC=%" PRId64 "\n", state,
		clock_monotonic_ms() * 1000);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	(void)sendto(fd, text, (size_t)length, MSG_NOSIGNAL, (struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

/* A variable that is a positive number of at most INT64_MAX / 2; otherwise 0. */
static int64_t
number_in(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long long n = text != NULL ? strtoll(text, &end, 10) : 0;

	return text != NULL && end != text && *end == '\0' && n > 0 && n < INT64_MAX / 2
	               ? n
	               : 0;
}

int64_t
notify_interval(void)
{
	int64_t for_process = number_in("WATCHDOG_PID");

	/* A variable that was meant for the process that started us is not for us. */
	if (for_process != 0 && for_process != getpid())
		return 0;
	return number_in("WATCHDOG_USEC") / 1000;
}
