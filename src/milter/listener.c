/*
 * libmilter can open a socket itself, but it removes the live socket of another program,
 * opens it with the rights of its caller, and loses it when its process ends. So the
 * socket is made here, and libmilter is handed the finished descriptor.
 *
 * Debian's libmilter takes "fd:N". Where it is refused, libmilter is let open a socket
 * of the same family at a place that no client knows, and ours is put in its place with
 * dup2: it accepts from then on where we listen.
 *
 * TCP_NODELAY is set on the listening socket, because accepted ones inherit it and
 * libmilter has no place to set it: without, each reply waits some 40 ms for the MTA's
 * acknowledgement.
 */
#include "base/base.h"
#include "milter/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/ip.h"
#include "base/msg.h"

#include <libmilter/mfapi.h>

/* Does a process have a socket of this name that does not listen yet? It has taken the
 * place and is about to; the kernel's list names it by the path it was bound with. */
static bool
is_taken(const char *path)
{
	FILE *list = fopen("/proc/net/unix", "re");
	char line[512], *name;
	bool taken = false;

	while (list != NULL && !taken && fgets(line, sizeof(line), list) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		name = strrchr(line, ' ');
		taken = name != NULL && strcmp(name + 1, path) == 0;
	}
	if (list != NULL)
		fclose(list);
	return taken;
}

/* Does a process listen there? Otherwise what lies there is removed if it is a socket. */
static const char *
clear_place(struct pool *pool, const struct sockaddr_un *un)
{
	struct stat st;
	int fd, error;

	if (lstat(un->sun_path, &st) < 0)
		return errno == ENOENT ? NULL
		                       : pool_printf(pool, "cannot look at '%s': %s",
						 un->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return pool_printf(pool,
			"'%s' is there and is no socket: remove it, or "
			"name another path in Socket",
			un->sun_path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return pool_printf(pool, "cannot make a socket: %s", strerror(errno));
	error = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 ? errno : 0;
	close(fd);
	/* Only a refusal says that no process listens; a full queue (EAGAIN) says the
	 * opposite. */
	if (error != ECONNREFUSED || is_taken(un->sun_path))
		return pool_printf(
			pool, "socket '%s' is in use by a running program", un->sun_path);
	if (unlink(un->sun_path) < 0)
		return pool_printf(pool, "cannot remove the dead socket '%s': %s",
			un->sun_path, strerror(errno));
	return NULL;
}

/* A socket in the file system, with its owner and mode. */
static const char *
open_local(struct pool *pool, const struct endpoint *end,
	const struct listener_access *access, int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const char *bad;
	mode_t old;
	int r;

	memcpy(un.sun_path, end->path, sizeof(end->path));
	if ((bad = clear_place(pool, &un)) != NULL)
		return bad;
	old = umask(access->umask | 0111);
	r = bind(fd, (struct sockaddr *)&un, sizeof(un));
	umask(old);
	if (r < 0)
		return pool_printf(pool, "cannot make the socket '%s': %s%s", end->path,
			strerror(errno),
			errno == ENOENT ? ": make its directory first" : "");
	if ((access->uid != (uid_t)-1 || access->gid != (gid_t)-1) &&
		lchown(end->path, access->uid, access->gid) < 0)
		return pool_printf(pool, "cannot give the socket '%s' to its user: %s",
			end->path, strerror(errno));
	return NULL;
}

/* A TCP socket on the first address that the host has in this family. */
static const char *
open_inet(
	struct pool *pool, const struct endpoint *end, const struct addrinfo *ai, int fd)
{
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		return pool_printf(pool, "cannot set up the socket: %s", strerror(errno));
	if (ai->ai_family == AF_INET6 && end->host[0] != '\0')
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return NULL;
	if (errno == EADDRINUSE)
		return pool_printf(pool,
			"port '%s' is in use by a running program: stop that one, "
			"or write another port into Socket",
			end->port);
	return pool_printf(pool, "cannot listen on port '%s' of '%s': %s", end->port,
		end->host, strerror(errno));
}

int
listener_call(int fd)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage room;
	} addr = { 0 };
	socklen_t size = sizeof(addr);
	int caller = -1;

	if (getsockname(fd, &addr.sa, &size) == 0)
		caller = socket(
			addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (caller >= 0)
		(void)connect(caller, &addr.sa, size);
	return caller;
}

/* Finds the address of host and port. */
static const char *
resolve(struct pool *pool, const struct endpoint *end, struct addrinfo **ai)
{
	struct addrinfo hints = {
		.ai_family = end->kind == ENDPOINT_INET6 ? AF_INET6 : AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE,
	};
	int r = getaddrinfo(
		end->host[0] != '\0' ? end->host : NULL, end->port, &hints, ai);

	return r == 0 ? NULL
	              : pool_printf(pool,
				"cannot find the address of '%s', port '%s': %s",
				end->host, end->port, gai_strerror(r));
}

const char *
listener_bind(struct pool *pool, const struct endpoint *end,
	const struct listener_access *access, int *out)
{
	struct addrinfo *ai = NULL;
	const char *bad = NULL;
	int fd;

	if (end->kind != ENDPOINT_LOCAL && (bad = resolve(pool, end, &ai)) != NULL)
		return bad;
	/* It does not block: another accept may have been faster. */
	fd = socket(ai != NULL ? ai->ai_family : AF_UNIX,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		bad = pool_printf(pool, "cannot make a socket: %s", strerror(errno));
	else if (ai != NULL)
		bad = open_inet(pool, end, ai, fd);
	else
		bad = open_local(pool, end, access, fd);
	if (ai != NULL)
		freeaddrinfo(ai);
	if (bad == NULL) {
		*out = fd;
		return NULL;
	}
	if (fd >= 0)
		close(fd);
	return bad;
}

const char *
listener_listen(struct pool *pool, int fd)
{
	if (listen(fd, LISTENER_BACKLOG) == 0)
		return NULL;
	return errno == EADDRINUSE
	               ? pool_printf(pool, "'%s' is in use by a running program",
				 listener_name(pool, fd))
	               : pool_printf(pool, "cannot listen: %s", strerror(errno));
}

const char *
listener_open(struct pool *pool, const struct endpoint *end,
	const struct listener_access *access, int *out)
{
	const char *bad = listener_bind(pool, end, access, out);

	if (bad == NULL && (bad = listener_listen(pool, *out)) != NULL) {
		close(*out);
		*out = -1;
	}
	return bad;
}

const char *
listener_name(struct pool *pool, int fd)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} addr = { 0 };
	socklen_t size = sizeof(addr);
	char text[IP_TEXT_SIZE];
	struct ip ip;

	if (getsockname(fd, &addr.sa, &size) < 0)
		return "unknown";
	if (addr.sa.sa_family == AF_UNIX)
		return pool_printf(pool, "local:%.*s", (int)sizeof(addr.un.sun_path),
			addr.un.sun_path);
	ip = ip_of_sockaddr(&addr.sa);
	if (addr.sa.sa_family == AF_INET6)
		return pool_printf(pool, "inet6:%d@%s", ntohs(addr.in6.sin6_port),
			ip_print(&ip, text));
	return pool_printf(
		pool, "inet:%d@%s", ntohs(addr.in.sin_port), ip_print(&ip, text));
}

const char *
listener_hand_over(struct pool *pool, int fd)
{
	char *name = pool_printf(pool, "fd:%d", fd);

	if (smfi_setconn(name) == MI_SUCCESS && smfi_opensocket(false) == MI_SUCCESS)
		return NULL;
	return listener_hand_over_by_place(pool, fd);
}

/* The descriptor, other than ours, that listens: libmilter's. */
static int
find_listening(int ours)
{
	int last = (int)MIN(sysconf(_SC_OPEN_MAX), 65536);
	int listening;
	socklen_t size;

	for (int fd = 0; fd < last; fd++) {
		size = sizeof(listening);
		if (fd != ours &&
			getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) ==
				0 &&
			listening != 0)
			return fd;
	}
	return -1;
}

/* A place of the same family where libmilter may listen for a moment. */
static char *
spare_place(struct pool *pool, int fd, char **directory)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage room;
	} addr = { 0 };
	socklen_t size = sizeof(addr);
	const char *tmp = getenv("TMPDIR");

	*directory = NULL;
	if (getsockname(fd, &addr.sa, &size) < 0)
		return NULL;
	if (addr.sa.sa_family == AF_INET)
		return pool_strdup(pool, "inet:0@127.0.0.1");
	if (addr.sa.sa_family == AF_INET6)
		return pool_strdup(pool, "inet6:0@::1");
	*directory = pool_printf(pool, "%s/sekimori.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(*directory) == NULL) {
		*directory = NULL;
		return NULL;
	}
	return pool_printf(pool, "local:%s/spare", *directory);
}

const char *
listener_hand_over_by_place(struct pool *pool, int fd)
{
	char *directory;
	char *place = spare_place(pool, fd, &directory);
	const char *bad = NULL;
	int theirs;

	if (place == NULL)
		return "cannot find a place for the library's socket";
	if (smfi_setconn(place) != MI_SUCCESS || smfi_opensocket(false) != MI_SUCCESS)
		bad = "the milter library cannot open a socket";
	else if ((theirs = find_listening(fd)) < 0 || dup2(fd, theirs) < 0)
		bad = "the milter library's socket cannot be replaced";
	if (directory != NULL) {
		(void)unlink(place + strlen("local:"));
		(void)rmdir(directory);
	}
	return bad;
}

void
listener_remove(const struct endpoint *end)
{
	if (end->kind == ENDPOINT_LOCAL)
		(void)unlink(end->path);
}
