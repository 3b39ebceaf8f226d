/* The socket and its way into libmilter, by number and by place. */
#include "base/base.h"
#include "milter/listener.h"

#include <libmilter/mfapi.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tap.h"

static const struct listener_access anyone = { 0, (uid_t)-1, (gid_t)-1 };

/* In a child, for libmilter has one socket a process: serves until it is killed. */
static NORETURN void
serve(struct pool *pool, int fd, bool by_place)
{
	static char name[] = "test";
	struct smfiDesc desc = { .xxfi_name = name, .xxfi_version = SMFI_VERSION };
	const char *bad;

	smfi_register(desc);
	bad = by_place ? listener_hand_over_by_place(pool, fd)
	               : listener_hand_over(pool, fd);
	if (bad == NULL)
		smfi_main();
	_exit(1);
}

/* Does a milter answer a negotiation there? */
static bool
answers(int caller)
{
	static const char hello[] = "\0\0\0\015O\0\0\0\006\0\0\001\377\0\037\377\377";
	struct pollfd fds = { caller, POLLIN, 0 };
	char answer[17];

	return send(caller, hello, sizeof(hello) - 1, MSG_NOSIGNAL) > 0 &&
	       poll(&fds, 1, 20000) == 1 &&
	       recv(caller, answer, sizeof(answer), 0) >= 5 && answer[4] == 'O';
}

static void
test_hand_over(struct pool *pool, const char *place, bool by_place)
{
	struct endpoint end;
	struct pollfd ready = { .events = POLLOUT };
	int fd = -1;
	pid_t child;

	endpoint_parse(slice_of(place), &end);
	tap_is(listener_open(pool, &end, &anyone, &fd), NULL, "'%s' is opened", place);
	if ((child = fork()) == 0)
		serve(pool, fd, by_place);
	ready.fd = listener_call(fd);
	tap_ok(poll(&ready, 1, 20000) == 1 && answers(ready.fd),
		"libmilter answers there, %s",
		by_place ? "put in its place" : "given the number");
	close(ready.fd);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(fd);
	listener_remove(&end);
}

static void
test_local(struct pool *pool, const char *directory)
{
	const char *path = pool_printf(pool, "%s/b", directory);
	struct listener_access access = { 0007, (uid_t)-1, (gid_t)-1 };
	struct endpoint end;
	struct stat st;
	int fd = -1, second = -1;

	endpoint_parse(slice_of(path), &end);
	tap_is(listener_open(pool, &end, &access, &fd), NULL, "a socket is made");
	tap_ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660,
		"with the umask's mode");
	tap_ok(strncmp(listener_name(pool, fd), "local:/", 7) == 0, "it has a name");
	tap_ok(listener_open(pool, &end, &access, &second) != NULL, "a live one stays");
	close(fd);
	tap_is(listener_open(pool, &end, &access, &fd), NULL, "a dead one is replaced");
	close(fd);
	listener_remove(&end);
	tap_ok(mkdir(path, 0700) == 0 && listener_open(pool, &end, &access, &fd) != NULL,
		"what is no socket stays");
	rmdir(path);
	endpoint_parse(slice_of(pool_printf(pool, "%s/none/b", directory)), &end);
	tap_ok(listener_open(pool, &end, &access, &fd) != NULL,
		"no directory, no socket");
}

int
main(void)
{
	struct pool *pool = pool_new();
	char directory[] = "/tmp/listener.XXXXXX";
	const char *local;

	if (mkdtemp(directory) == NULL)
		return 1;
	local = pool_printf(pool, "local:%s/a", directory);
	test_hand_over(pool, "inet:0@127.0.0.1", false);
	test_hand_over(pool, "inet:0@127.0.0.1", true);
	test_hand_over(pool, local, false);
	test_hand_over(pool, local, true);
	test_local(pool, directory);
	rmdir(directory);
	pool_free(pool);
	return tap_done();
}
