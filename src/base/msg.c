/*
 * A line is put together first and written by one call, so that lines of several
 * threads do not mix. Where it goes is decided once, before there are threads; nothing
 * is locked.
 */
#include "base/base.h"
#include "base/msg.h"

#include "base/plain.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

/* Set once at start, before threads; read by all of them. */
static struct {
	const char *program;
	bool syslog;
	enum msg_level level;
} msg = { "sekimori", false, MSG_INFO };

static const int msg_priority[] = {
	[MSG_ERROR] = LOG_ERR,
	[MSG_WARN] = LOG_WARNING,
	[MSG_INFO] = LOG_INFO,
	[MSG_DEBUG] = LOG_DEBUG,
};

void
msg_to_stderr(const char *program)
{
	msg.program = program;
	msg.syslog = false;
}

void
msg_to_syslog(const char *program, int facility)
{
	msg.program = program;
	msg.syslog = true;
	openlog(program, LOG_PID | LOG_NDELAY, facility);
}

/* EPROTOTYPE: a logger listens, but for a stream, which syslog() then tries by itself. */
bool
msg_has_syslog(void)
{
	struct sockaddr_un place = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_there;

	if (fd < 0)
		return true; /* not known, and no reason to alarm anybody */
	is_there = connect(fd, (const struct sockaddr *)&place, sizeof(place)) == 0 ||
	           errno == EPROTOTYPE;
	close(fd);
	return is_there;
}

void
msg_set_level(enum msg_level level)
{
	msg.level = level;
}

/* One line, in one write, so that lines of different threads never mix. */
static void
msg_say(enum msg_level level, const char *format, va_list args)
{
	char *text = NULL;
	char *line = NULL;
	int n;

	if (level > msg.level || vasprintf(&text, format, args) < 0)
		return;
	/* What it quotes may have been told to us by anybody. */
	plain_make(text);
	if (msg.syslog) {
		syslog(msg_priority[level], "%s", text);
		free(text);
		return;
	}
	n = asprintf(&line, "%s: %s\n", msg.program, text);
	/* Where this fails, there is nowhere left to complain to. */
	if (n > 0)
		(void)!write(STDERR_FILENO, line, (size_t)n);
	free(line);
	free(text);
}

#define SAY(level)                              \
	do {                                    \
		va_list args;                   \
		va_start(args, format);         \
		msg_say((level), format, args); \
		va_end(args);                   \
	} while (0)

void
msg_error(const char *format, ...)
{
	SAY(MSG_ERROR);
}

void
msg_warn(const char *format, ...)
{
	SAY(MSG_WARN);
}

void
msg_info(const char *format, ...)
{
	SAY(MSG_INFO);
}

void
msg_debug(const char *format, ...)
{
	SAY(MSG_DEBUG);
}

void
fatal(const char *format, ...)
{
	SAY(MSG_ERROR);
	exit(78);
}

void
panic(const char *format, ...)
{
	SAY(MSG_ERROR);
	abort();
}
