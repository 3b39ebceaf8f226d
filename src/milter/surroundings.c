/*
 * Who starts the daemon as root needs the directories and no right to them; who starts it
 * as its user needs to write there. Below /run they go with each boot and are made by
 * whoever starts the daemon, so that one that is missing there is no mistake.
 *
 * Whether a port is free is asked of the system's table of sockets, not by binding, which
 * would be in the way of a daemon that starts just then. A socket of our own program is
 * the running daemon's, whose configuration is being checked.
 */
#include "base/base.h"
#include "milter/surroundings.h"

#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/ip.h"
#include "base/shell.h"
#include "config/keyfile.h"

#define TABLE_OF_SOCKETS "/proc/self/net/tcp"
#define LISTENING "0A"

/* Directories that are made before a start: by a unit, or by OpenDKIM's package. */
static bool
is_made_elsewhere(const char *dir)
{
	static const char *const tops[] = { "/run/", "/var/run/", RUNSTATEDIR "/" };
	static const char *const units[] = { "/etc/systemd/system/sekimori.service",
		"/usr/lib/systemd/system/sekimori.service",
		"/lib/systemd/system/sekimori.service" };
	const char *last = strrchr(dir, '/');

	for (size_t i = 0; i < ARRAY_LEN(tops); i++)
		if (strncmp(dir, tops[i], strlen(tops[i])) == 0)
			return true;
	if (last != NULL && strcmp(last, "/opendkim") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(dir, "/var/spool/postfix/sekimori") == 0 &&
			access(units[i], F_OK) == 0)
			return true;
	return false;
}

/* "install -d -o sekimori -g postfix -m 2750 '/var/spool/postfix/sekimori'" */
static const char *
make_command(
	struct pool *pool, const char *dir, const char *user_id, bool for_mail_server)
{
	struct slice user = slice_of(user_id != NULL ? user_id : "root"), group;
	struct slice all = user;

	if (!slice_cut(all, ':', &user, &group))
		group = for_mail_server ? SLICE_LIT("postfix") : user;
	return pool_printf(pool, "install -d -o %s -g %s -m 2750 %s",
		shell_word(pool, pool_copy(pool, user)),
		shell_word(pool, pool_copy(pool, group)), shell_quote(pool, dir));
}

static void
check_writable(const char *dir, const struct stat *st, const struct reason *what,
	struct place at, struct problems *problems)
{
	if (geteuid() != 0 && access(dir, W_OK | X_OK) != 0)
		problems_error(problems, at,
			"the directory '%s' (owner %s, mode %04o) of the %p cannot be "
			"written to by this user: start the daemon as root, with UserID, "
			"or give it to him",
			dir, owner_print(problems->pool, st),
			(unsigned)(st->st_mode & 07777), what);
}

static void
check_directory(const struct surroundings *s, const char *path, bool is_socket,
	struct place at, struct problems *problems)
{
	struct pool *pool = problems->pool;
	const char *slash = strrchr(path, '/'), *dir;
	const struct reason *what = is_socket ? REASON("socket") : REASON("pid file");
	struct stat st;

	if (slash == NULL || slash == path)
		return;
	dir = pool_copy(pool, slice_make(path, (size_t)(slash - path)));
	if (stat(dir, &st) == 0)
		check_writable(dir, &st, what, at, problems);
	else if (errno != ENOENT)
		problems_error(problems, at,
			"the directory '%s' of the %p cannot be reached by this user: "
			"%p; name another one, or start the daemon as root, with UserID",
			dir, what, reason_errno(pool, errno));
	else
		(is_made_elsewhere(dir) ? problems_note : problems_error)(problems, at,
			N_("the directory '%s' of the %p is not there; unless whoever "
			   "starts the daemon makes it, make it first: %s (-g: the mail "
			   "server's group)"),
			dir, what, make_command(pool, dir, s->user_id, is_socket));
}

/* Does a line of the table, "0: 0100007F:22BB 00000000:0000 0A ... uid 0 inode", listen
 * where we want to? The address is in the host's byte order, a word at a time. */
static bool
is_taken_by(const char *line, const struct sockaddr_in *want, unsigned long *inode)
{
	unsigned address, port, state;
	char rest[512];

	if (sscanf(line, " %*d: %8x:%4x %*8x:%*4x %2x %511[^\n]", &address, &port, &state,
		    rest) != 4)
		return false;
	if (sscanf(rest, "%*s %*s %*s %*s %*s %lu", inode) != 1)
		return false;
	return state == strtoul(LISTENING, NULL, 16) && port == ntohs(want->sin_port) &&
	       (address == 0 || want->sin_addr.s_addr == 0 ||
		       address == want->sin_addr.s_addr);
}

static bool
find_listener(const struct sockaddr_in *want, unsigned long *inode)
{
	FILE *table = fopen(TABLE_OF_SOCKETS, "re");
	char line[1024];
	bool found = false;

	while (table != NULL && !found && fgets(line, sizeof(line), table) != NULL)
		found = is_taken_by(line, want, inode);
	if (table != NULL)
		fclose(table);
	return found;
}

/* Does the process hold the socket? */
static bool
holds(struct pool *pool, const char *pid, unsigned long inode)
{
	const char *want = pool_printf(pool, "socket:[%lu]", inode);
	char *path = pool_printf(pool, "/proc/%s/fd", pid), target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(path);

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(
			dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[MAX(n, 0)] = '\0';
		found = strcmp(target, want) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* The name of a process. A file of /proc has no size, and is one short line. */
static const char *
name_of(struct pool *pool, const char *pid)
{
	FILE *file = fopen(pool_printf(pool, "/proc/%s/comm", pid), "re");
	char line[64] = "";

	if (file == NULL)
		return "";
	(void)!fgets(line, sizeof(line), file);
	fclose(file);
	return pool_copy(pool, slice_trim(slice_of(line)));
}

/* "opendkim (process 123)"; NULL: one of ours, or nobody that we may see. */
static const char *
name_of_holder(struct pool *pool, unsigned long inode)
{
	const struct dirent *entry;
	const char *name = NULL;
	DIR *proc = opendir("/proc");

	while (proc != NULL && name == NULL && (entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
			holds(pool, entry->d_name, inode))
			name = pool_printf(pool, "%s (process %s)",
				name_of(pool, entry->d_name), entry->d_name);
	if (proc != NULL)
		closedir(proc);
	return name != NULL && strncmp(name, "sekimori", 8) != 0 ? name : NULL;
}

/* IPv4 alone: there the address of another is ours as well or it is not. */
static void
check_port(const struct surroundings *s, struct problems *problems)
{
	struct addrinfo hints = { .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE };
	const char *host = s->end->host[0] != '\0' ? s->end->host : NULL, *holder = NULL;
	struct addrinfo *ai = NULL;
	struct sockaddr_in want;
	unsigned long inode = 0;

	if (getaddrinfo(host, s->end->port, &hints, &ai) != 0)
		return;
	memcpy(&want, ai->ai_addr, sizeof(want));
	freeaddrinfo(ai);
	if (find_listener(&want, &inode))
		holder = name_of_holder(problems->pool, inode);
	if (holder == NULL)
		return;
	(strncmp(holder, "opendkim", 8) == 0 ? problems_note : problems_error)(problems,
		s->socket_at,
		N_("port '%s' is in use by %s: stop that one, or write another port into "
		   "Socket"),
		s->end->port, holder);
}

void
surroundings_check(const struct surroundings *s, struct problems *problems)
{
	if (s->end->kind == ENDPOINT_LOCAL)
		check_directory(s, s->end->path, true, s->socket_at, problems);
	if (s->end->kind == ENDPOINT_INET)
		check_port(s, problems);
	if (s->pid_file != NULL)
		check_directory(s, s->pid_file, false, s->pid_at, problems);
}
