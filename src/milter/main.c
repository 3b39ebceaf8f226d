/*
 * sekimorid - the milter daemon
 *
 * Reads the options, opens what only root can open, gives up root, and hands over to the
 * supervisor. The tables and keys are read by the worker, as the service user: what that
 * user cannot read at a reload it cannot read at the start either.
 *
 * Exit status: 0 stopped as told, 64 wrong usage, 69 the socket or the pid file is
 * somebody else's, 70 and 71 trouble inside or with the system, 77 no permission, 78 the
 * configuration has errors. Of -n: 0 good, 65 rows of a table are out of service, 78.
 */
#include "base/base.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/msg.h"
#include "base/plain.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/texts.h"
#include "config/endpoint.h"
#include "config/opendkim_peer.h"
#include "config/policy.h"
#include "config/reader.h"
#include "crypto/digest.h"
#include "milter/listener.h"
#include "milter/notify.h"
#include "milter/pidfile.h"
#include "milter/privileges.h"
#include "milter/supervisor.h"
#include "milter/surroundings.h"
#include "milter/worker.h"

enum exit_status {
	EXIT_USAGE = 64,
	EXIT_ROWS = 65,
	EXIT_TAKEN = 69,
	EXIT_SYSTEM = 71,
	EXIT_NOPERM = 77,
	EXIT_CONFIG = 78,
};

#define OK_BUT N_("%s: OK but for rows out of service: %zu\n")

static const char usage[] =
	"usage: sekimorid [-f] [-n] [-r] [-c FILE] [-p SOCKET]\n"
	"  -c FILE    the configuration (" SYSCONFDIR "/sekimori/sekimori.conf)\n"
	"  -f         stay in the foreground, messages to standard error\n"
	"  -n         check the configuration, its tables and keys, and say OK or every "
	"error\n"
	"  -r         with -n: only what a start or a reload would refuse\n"
	"  -p SOCKET  listen here, whatever the configuration says\n"
	"  -h, -V     this text; the version (--help, --version)\n";

struct arguments {
	const char *file, *socket;
	bool foreground, check, load_only;
};

/* What was made of the options while still root. */
struct start {
	struct pool *pool;
	struct options opt;
	struct endpoint end;
	struct identity who;
	bool has_user;
	int listen_fd, pid_fd;
};

/* --help and --version, which people try first; <getopt.h> would bring a second struct
 * option. */
static bool
print_for_people(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		fputs(usage, stdout);
	else if (argc == 2 && strcmp(argv[1], "--version") == 0)
		puts(PACKAGE_STRING);
	else
		return false;
	return true;
}

/* -1: go on; otherwise the exit status. */
static int
parse_arguments(int argc, char **argv, struct arguments *args)
{
	int c;

	*args = (struct arguments){ .file = SYSCONFDIR "/sekimori/sekimori.conf" };
	if (print_for_people(argc, argv))
		return 0;
	while ((c = getopt(argc, argv, "c:fnrp:hV")) != -1) {
		switch (c) {
		case 'c':
			args->file = optarg;
			break;
		case 'f':
			args->foreground = true;
			break;
		case 'n':
			args->check = true;
			break;
		case 'r':
			args->load_only = true;
			break;
		case 'p':
			args->socket = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts(PACKAGE_STRING);
			return 0;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "sekimorid: '%s' is one argument too many\n%s", argv[optind],
		usage);
	return EXIT_USAGE;
}

/* Prints all of them, in English unless -n has chosen; gives how many are errors. */
static size_t
print_problems(const struct problems *problems)
{
	struct str text = STR_POOL(problems->pool);

	problems_say(&text, problems, texts_of);
	if (text.n > 0)
		fputs(text.p, stderr);
	return problems->errors;
}

/* Reads the options, without tables and keys. */
static void
read_options(struct start *start, const struct arguments *args, struct problems *problems)
{
	options_read(start->pool, args->file, &start->opt, problems);
	if (args->socket != NULL)
		start->opt.socket = args->socket;
}

/* The line that set an option; the file where none did. */
#define ORIGIN(start, args, member) \
	place_or(OPTION_ORIGIN(&(start)->opt, member), (args)->file)

static struct place
place_or(struct place at, const char *file)
{
	return at.file != NULL ? at : (struct place){ file, 0 };
}

/* Where to listen. */
static void
find_socket(struct start *start, const struct arguments *args, struct problems *problems)
{
	struct place at = ORIGIN(start, args, socket);
	const char *bad;

	if (start->opt.socket == NULL)
		problems_error(problems, at,
			"there is no Socket: write 'Socket local:%s/sekimori/"
			"sekimori.sock'",
			RUNSTATEDIR);
	else if ((bad = endpoint_parse(slice_of(start->opt.socket), &start->end)) != NULL)
		problems_error(problems, at, "Socket '%s': %p", start->opt.socket,
			reason_of(problems->pool, bad));
}

/* Whom to become. */
static void
find_user(struct start *start, const struct arguments *args, struct problems *problems)
{
	const char *bad;

	if (start->opt.user_id == NULL)
		return;
	start->has_user = true;
	bad = identity_find(start->pool, start->opt.user_id, &start->who);
	if (bad != NULL)
		problems_error(problems, ORIGIN(start, args, user_id), "UserID: %s", bad);
}

/* syslog() never says that its messages went nowhere. */
static void
find_syslog(struct start *start, const struct arguments *args, struct problems *problems)
{
	if (start->opt.syslog && !args->foreground && !msg_has_syslog())
		problems_note(problems, ORIGIN(start, args, syslog),
			"Syslog is yes, but nothing listens on /dev/log: the messages of "
			"a sekimorid without -f are lost; start a syslog daemon, or "
			"sekimorid with -f, which writes them to standard error");
}

/* What a start finds beside the configuration; a reload needs nothing of it. */
static void
find_surroundings(
	struct start *start, const struct arguments *args, struct problems *problems)
{
	const struct surroundings s = { .end = &start->end,
		.pid_file = start->opt.pid_file,
		.user_id = start->opt.user_id,
		.socket_at = ORIGIN(start, args, socket),
		.pid_at = ORIGIN(start, args, pid_file) };

	if (!args->load_only)
		surroundings_check(&s, problems);
}

/* -n: everything that can be found wrong without starting. A start and a reload take
 * tables with rows out of service, and so does -r. */
static int
check(struct start *start, const struct arguments *args)
{
	struct problems again, problems;
	struct opendkim_place none = { .conf = NULL };

	/* Whoever reads a terminal has a language; a program reads English. */
	if (isatty(STDERR_FILENO))
		texts_begin();
	/* What the reader says here, policy_check says too. */
	problems_init(&again, start->pool);
	read_options(start, args, &again);
	problems_init(&problems, start->pool);
	policy_check(args->file, args->load_only ? none : opendkim_place(), &problems);
	if (!args->load_only)
		policy_note_loopback(args->file, &problems);
	find_socket(start, args, &problems);
	find_syslog(start, args, &problems);
	find_surroundings(start, args, &problems);
	if (print_problems(&problems) > 0)
		return EXIT_CONFIG;
	if (problems.rows == 0) {
		printf("%s: OK\n", args->file);
		return 0;
	}
	printf(isatty(STDOUT_FILENO) ? texts_of(OK_BUT) : OK_BUT, args->file,
		problems.rows);
	return args->load_only ? 0 : EXIT_ROWS;
}

/* The socket, as root if we are. */
static int
open_socket(struct start *start)
{
	struct listener_access access = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	const char *bad;

	access.umask = start->opt.umask >= 0 ? (mode_t)start->opt.umask : umask(0);
	if (start->opt.umask < 0)
		umask(access.umask);
	if (start->has_user && geteuid() == 0) {
		access.uid = start->who.uid;
		access.gid = start->who.gid;
	}
	bad = listener_bind(start->pool, &start->end, &access, &start->listen_fd);
	if (bad == NULL)
		return 0;
	msg_error("%s", bad);
	return EXIT_TAKEN;
}

static int
become_user(struct start *start)
{
	const char *bad;

	if (!start->has_user) {
		if (geteuid() == 0)
			msg_warn("running as root: set UserID");
		return 0;
	}
	if ((bad = privileges_drop(start->pool, &start->who)) == NULL)
		return 0;
	msg_error("%s", bad);
	return EXIT_NOPERM;
}

/* Pid file, socket, user: in this order. */
static int
prepare(struct start *start)
{
	const char *bad;
	int status;

	start->pid_fd = -1;
	if (start->opt.pid_file != NULL) {
		bad = pidfile_take(start->pool, start->opt.pid_file, &start->pid_fd);
		if (bad != NULL) {
			msg_error("%s", bad);
			return EXIT_TAKEN;
		}
	}
	if ((status = open_socket(start)) != 0 || (status = become_user(start)) != 0)
		return status;
	if (start->end.kind != ENDPOINT_LOCAL && start->end.host[0] == '\0')
		msg_warn("listening on every interface: whoever reaches the port can use "
			 "the daemon");
	return 0;
}

/* Standard input and output lead nowhere. */
static void
leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	close(null);
}

/* Everything from here on is the daemon. */
static int
run(struct start *start, const struct arguments *args, int ready_fd)
{
	struct setup setup = { .file = args->file,
		.foreground = args->foreground,
		.syslog = start->opt.syslog && !args->foreground,
		.facility = start->opt.syslog_facility,
		.program = start->opt.syslog_name != NULL ? start->opt.syslog_name
		                                          : "sekimorid",
		.drain_ms = start->opt.drain_timeout * 1000,
		.probe_ms = start->opt.probe_interval * 1000 };
	int status = prepare(start);

	setup.pid_fd = start->pid_fd;
	if (status == 0) {
		leave_terminal();
		msg_set_level((enum msg_level)start->opt.log_level);
		status = supervisor_run(&setup, start->listen_fd, ready_fd);
	}
	if (start->listen_fd >= 0) {
		listener_remove(&start->end);
		close(start->listen_fd);
	}
	if (start->pid_fd >= 0)
		pidfile_drop(start->opt.pid_file, start->pid_fd);
	return status;
}

/* Waits for the daemon's word that it works; gives what the caller's shell shall see. */
static int
wait_for_ready(pid_t daemon, int fd)
{
	char byte;
	ssize_t n;
	int status = 0;

	while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
		continue;
	if (n == 1)
		return 0;
	if (waitpid(daemon, &status, 0) == daemon && WIFEXITED(status) &&
		WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	return EXIT_SYSTEM;
}

/* Goes into the background; the caller's prompt comes back when the daemon is ready. */
static int
run_in_background(struct start *start, const struct arguments *args)
{
	int pair[2];
	pid_t daemon;

	if (pipe2(pair, O_CLOEXEC) < 0 || (daemon = fork()) < 0) {
		msg_error("cannot go into the background: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	if (daemon > 0) {
		close(pair[1]);
		return wait_for_ready(daemon, pair[0]);
	}
	close(pair[0]);
	setsid();
	return run(start, args, pair[1]);
}

/* Reads what is needed to start, and starts. */
static int
start_daemon(struct start *start, const struct arguments *args)
{
	struct problems problems;

	problems_init(&problems, start->pool);
	read_options(start, args, &problems);
	find_socket(start, args, &problems);
	find_user(start, args, &problems);
	if (problems.errors > 0) {
		print_problems(&problems);
		return EXIT_CONFIG;
	}
	problems_init(&problems, start->pool);
	find_syslog(start, args, &problems);
	print_problems(&problems);
	return args->foreground ? run(start, args, -1) : run_in_background(start, args);
}

int
main(int argc, char **argv)
{
	struct start start = { .pool = pool_new(), .listen_fd = -1, .pid_fd = -1 };
	struct arguments args;
	int status;

	plain_streams();
	status = parse_arguments(argc, argv, &args);
	msg_to_stderr("sekimorid");
	/* libmilter leaves threads behind. */
	digest_keep_library();
	if (status < 0)
		status = args.check ? check(&start, &args) : start_daemon(&start, &args);
	pool_free(start.pool);
	return status;
}
