/*
 * sekimori compare: a log or a mailbox in, one sum out. A log is read as a stream, a
 * mailbox mail by mail with a pool each: both may be larger than the memory.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/map.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/compare/compare.h"
#include "tool/compare/compare_mail.h"
#include "tool/compare/compare_print.h"
#include "tool/compare/mailbox.h"
#include "tool/compare/stream.h"
#include "tool/tool_config.h"

/* Differences were found. */
enum { COMPARE_DIFFERS = 1 };

static const char *
read_log(struct tool *tool, struct compare *c, const char *file)
{
	struct stream stream;
	struct slice line;
	bool is_start = true;
	const char *bad = stream_open(&stream, tool->pool, file);

	/* Where the journal alone keeps the log, there is no such file. */
	if (bad != NULL && file != NULL && strncmp(file, "/var/log/", 9) == 0 &&
		access(file, F_OK) != 0)
		return pool_printf(tool->pool,
			_("%s; where systemd keeps the log: journalctl -u sekimori -o "
			  "json | sekimori compare -"),
			bad);
	if (bad != NULL)
		return bad;
	while (stream_line(&stream, 0, &line)) {
		/* What goes on with a longer line is not the beginning of one. */
		if (is_start)
			compare_line(c, line);
		is_start = slice_ends(line, "\n");
		stream_drop(&stream, line.n);
	}
	if (stream.error != 0)
		bad = pool_printf(tool->pool, _("cannot read '%s': %s"),
			file != NULL ? file : "-", _(strerror(stream.error)));
	stream_close(&stream);
	return bad;
}

static const char *
read_mailbox(struct tool *tool, struct compare *c, const char *path)
{
	const char *id = tool_value(tool, "authserv-id"), *bad;
	struct mailbox box;
	bool is_more;

	if ((bad = mailbox_open(&box, tool->pool, path)) != NULL)
		return bad;
	if (id == NULL)
		id = tool->policy->opt.shadow_authserv_id;
	do {
		struct pool *pool = pool_new();
		struct mail mail;

		is_more = mailbox_next(&box, pool, &mail);
		if (is_more)
			compare_mail(tool, c, id, &mail);
		pool_free(pool);
	} while (is_more);
	mailbox_close(&box);
	return NULL;
}

/* Nothing was compared: why not, as often as it was so. */
static int
fail_empty(struct tool *tool, const struct compare *c, bool is_mailbox)
{
	struct str why = STR_POOL(tool->pool);
	struct slice name;

	for (size_t i = 0; i < map_count(c->skipped); i++) {
		const size_t *n = map_at(c->skipped, i, &name);

		str_addf(&why, "%s%zu: %s", i > 0 ? ", " : " (", *n, _(name.p));
	}
	if (why.n > 0)
		str_add(&why, ")");
	return tool_fail(tool, EX_DATAERR, "%s%s",
		is_mailbox ? _("no message here has results of dkim to compare with")
			   : _("no line here is of a message in Mode shadow"),
		why.p);
}

static int
run_compare(struct tool *tool)
{
	bool is_mailbox = tool_value(tool, "mailbox") != NULL;
	const char *bad = NULL;
	struct compare c;
	int status = 0;

	if (is_mailbox && ((tool->policy = tool_policy(tool, &status)) == NULL ||
				  tool_dns(tool, tool->policy, &status) == NULL))
		return status;
	compare_init(&c, tool->pool, conf_syslog_name(tool));
	for (int i = 0; i < MAX(tool->nargs, 1) && bad == NULL; i++) {
		const char *file = tool->nargs > 0 ? tool->args[i] : NULL;

		bad = is_mailbox ? read_mailbox(tool, &c, file)
		                 : read_log(tool, &c, file);
	}
	if (bad != NULL)
		return tool_fail(tool, EX_NOINPUT, "%s", bad);
	if (c.messages == 0)
		return fail_empty(tool, &c, is_mailbox);
	compare_print(tool, &c);
	return c.differing > 0 ? COMPARE_DIFFERS : 0;
}

static const struct flag flags[] = {
	{ "mailbox", NULL,
		N_("the files are delivered mail, not logs: an mbox, a Maildir, a "
		   "directory of messages, a message") },
};

const struct command command_compare = {
	.name = "compare",
	.arguments = N_("[FILE]..."),
	.summary = N_("sum up what OpenDKIM decided otherwise (Mode shadow)"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_compare,
	.keys = "messages differing kinds domains examples skipped unpublished undated "
		"cut",
};
