/*
 * posix_spawn and a pipe: popen would hand a line to a shell, and names of hosts that
 * somebody else has published would stand in it.
 */
#include "base/base.h"
#include "tool/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/str.h"

#define OUTPUT_LIMIT (4 * 1024 * 1024)

extern char **environ;

/* Everything that comes through the pipe, up to the limit. */
static void
read_pipe(int fd, struct str *out)
{
	char buf[8192];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && out->n < OUTPUT_LIMIT)
			str_addn(out, buf, (size_t)n);
}

static char **
copy_words(struct pool *pool, const char *const words[])
{
	char **copy;
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	copy = pool_array(pool, n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = pool_strdup(pool, words[i]);
	copy[n] = NULL;
	return copy;
}

/* 0, or an errno. */
static int
spawn(struct pool *pool, const char *const argv[], bool is_quiet, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char **words = copy_words(pool, argv);
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (is_quiet)
		posix_spawn_file_actions_addopen(
			&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int
program_run(
	struct pool *pool, const char *const argv[], bool is_quiet, struct slice *output)
{
	struct str out = STR_POOL(pool);
	int pipes[2], status = 0, error;
	pid_t pid;

	*output = SLICE_EMPTY;
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -errno;
	error = spawn(pool, argv, is_quiet, pipes[1], &pid);
	close(pipes[1]);
	if (error == 0) {
		read_pipe(pipes[0], &out);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(pipes[0]);
	if (error != 0)
		return -error;
	*output = str_slice(&out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
program_is_there(struct pool *pool, const char *name)
{
	const char *path = getenv("PATH");
	struct slice rest = slice_of(path != NULL ? path : "/usr/bin:/bin"), place;

	while (slice_next(&rest, ':', &place)) {
		const char *file = pool_printf(pool, "%.*s/%s", SLICE_ARG(place), name);
		struct stat st;

		if (stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
			access(file, X_OK) == 0)
			return true;
	}
	return false;
}
