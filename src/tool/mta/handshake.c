/*
 * The attempt is made in a child, since the way into another user and another root
 * directory is one way. It tells by a pipe what happened: a number, or a text.
 */
#include "base/base.h"
#include "tool/mta/handshake.h"

#include "config/keyfile.h"
#include "tool/tool.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define WAIT_SECONDS 5
#define ANSWER_LIMIT 65536

/* What the child found out. */
struct answer {
	char step[32]; /* "connect", "read" ...: what failed; "" nothing did */
	int error;     /* errno; 0: it was no system call */
	bool is_away;  /* there was no connection */
	unsigned version;
};

static void
failed(struct answer *a, const char *step, int error)
{
	snprintf(a->step, sizeof(a->step), "%s", step);
	a->error = error;
}

static int
connect_local(const struct handshake *h, struct answer *a)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", h->path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	failed(a, N_("connect"), errno);
	a->is_away = true;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
connect_inet(const struct handshake *h, struct answer *a)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	const char *host = h->end->host[0] != '\0' ? h->end->host : "localhost";
	int fd = -1;

	if (getaddrinfo(host, h->end->port, &hints, &list) != 0) {
		failed(a, N_("find the host"), 0);
		return -1;
	}
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next) {
		fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
			break;
		failed(a, N_("connect"), errno);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	a->is_away = fd < 0;
	if (fd >= 0)
		a->step[0] = '\0';
	return fd;
}

/* All n bytes, or false. */
static bool
read_all(int fd, unsigned char *p, size_t n)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (n > 0) {
		ssize_t got;

		if (poll(&ready, 1, WAIT_SECONDS * 1000) <= 0 ||
			(got = read(fd, p, n)) <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* SMFIC_OPTNEG: version 6, every action and every protocol step that we know of; the
 * answer is a packet of the same kind. */
static void
negotiate(int fd, struct answer *a)
{
	static const unsigned char offer[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1,
		0xff, 0, 0x1f, 0xff, 0xff };
	static const unsigned char quit[] = { 0, 0, 0, 1, 'Q' };
	unsigned char head[9];
	uint32_t n, version;

	if (send(fd, offer, sizeof(offer), MSG_NOSIGNAL) != (ssize_t)sizeof(offer)) {
		failed(a, N_("write"), errno);
		return;
	}
	errno = 0;
	if (!read_all(fd, head, sizeof(head))) {
		failed(a, N_("read the answer"), errno != 0 ? errno : ETIMEDOUT);
		return;
	}
	memcpy(&n, head, sizeof(n));
	memcpy(&version, head + 5, sizeof(version));
	if (head[4] != 'O' || ntohl(n) < 13 || ntohl(n) > ANSWER_LIMIT) {
		failed(a, "negotiate", 0);
		return;
	}
	a->version = ntohl(version);
	if (send(fd, quit, sizeof(quit), MSG_NOSIGNAL) < 0)
		return;
}

/* Becomes the MTA's process. */
static bool
become(const struct handshake *h, const struct passwd *pw, struct answer *a)
{
	if (pw == NULL)
		return true;
	if (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
		(h->chroot != NULL && (chroot(h->chroot) != 0 || chdir("/") != 0)) ||
		setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0) {
		failed(a, N_("become the user of the MTA"), errno);
		return false;
	}
	return true;
}

static void
child(const struct handshake *h, const struct passwd *pw, struct answer *a)
{
	int fd;

	/* Names are resolved outside the chroot, where the files for it are. */
	if (h->end->kind != ENDPOINT_LOCAL)
		fd = connect_inet(h, a);
	else
		fd = become(h, pw, a) ? connect_local(h, a) : -1;
	if (fd < 0)
		return;
	if (!h->only_connects)
		negotiate(fd, a);
	close(fd);
}

/* Runs the child; false: it could not be, errno says why. */
static bool
try_in_child(const struct handshake *h, const struct passwd *pw, struct answer *a)
{
	int pipes[2];
	pid_t pid;
	bool ok;

	if (pipe(pipes) != 0)
		return false;
	if ((pid = fork()) < 0) {
		close(pipes[0]);
		close(pipes[1]);
		return false;
	}
	if (pid == 0) {
		close(pipes[0]);
		child(h, pw, a);
		_exit(write(pipes[1], a, sizeof(*a)) == (ssize_t)sizeof(*a) ? 0 : 1);
	}
	close(pipes[1]);
	ok = read_all(pipes[0], (unsigned char *)a, sizeof(*a));
	close(pipes[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ok;
}

const char *
handshake_try(struct pool *pool, struct handshake *h)
{
	const struct passwd *pw = NULL;
	struct answer answer = { .error = 0 };

	if (geteuid() == 0 && h->user != NULL)
		pw = getpwnam(h->user);
	h->as_user = pw != NULL && h->end->kind == ENDPOINT_LOCAL;
	if (!try_in_child(h, pw, &answer))
		return pool_printf(
			pool, _("the attempt came to no end: %s"), _(strerror(errno)));
	h->version = answer.version;
	h->error = answer.is_away ? answer.error : 0;
	if (answer.step[0] == '\0')
		return NULL;
	if (answer.error == 0 && strcmp(answer.step, "negotiate") == 0)
		return _("somebody answers there who is no milter");
	if (answer.error == 0)
		return pool_printf(pool, _("cannot %s"), _(answer.step));
	return pool_printf(pool, _("cannot %s: %s"), _(answer.step),
		_(strerror(answer.error)));
}

/* Fills in all but the kind. */
static bool
is_obstacle(struct pool *pool, const struct key_user *user, const char *path, mode_t bits,
	struct obstacle *o)
{
	struct stat st;

	if (stat(path, &st) != 0 || key_user_may(user, &st, bits))
		return false;
	*o = (struct obstacle){ .path = path,
		.owner = owner_print(pool, &st),
		.mode = st.st_mode & 07777,
		.is_member = key_user_has_group(user, st.st_gid),
		.group = group_print(pool, user->gids[0]) };
	return true;
}

bool
handshake_obstacle(struct pool *pool, const struct handshake *h, struct obstacle *o)
{
	const char *path = h->end->path;
	size_t from = h->chroot != NULL ? strlen(h->chroot) : 1;
	struct key_user user;

	if (!h->as_user || key_user_find(pool, h->user, &user) != NULL)
		return false;
	for (size_t i = MIN(from, strlen(path)); path[i] != '\0'; i++)
		if (path[i] == '/' && is_obstacle(pool, &user,
					      pool_copy(pool, slice_make(path, i)), 1, o))
			return true;
	if (!is_obstacle(pool, &user, path, 2, o))
		return false;
	o->is_socket = true;
	return true;
}
