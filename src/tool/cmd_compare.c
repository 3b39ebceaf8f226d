#include "base/base.h"
#include "tool/tool.h"

#include "auth/bodyhash.h"
#include "auth/dkim_verify.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/scan.h"
#include "config/policy.h"
#include "engine/shadow.h"
#include "mail/authres_id.h"
#include "mail/message.h"
#include "tool/compare.h"

/* Differences were found. */
enum { COMPARE_DIFFERS = 1 };

static void
read_log(struct compare *c, struct slice text)
{
	struct scan s = scan_of(text);

	while (!scan_is_end(&s)) {
		compare_line(c, scan_until(&s, '\n'));
		(void)scan_char(&s, '\n');
	}
}

/* The signatures of a message, judged now. */
static void
verify(struct tool *tool, struct pool *pool, struct slice text, struct message *message,
	struct dkim_results *results)
{
	struct dkim_verify_params params = DKIM_VERIFY_PARAMS_DEFAULT;
	struct bodyhash *hash = bodyhash_new(pool);
	struct headers fields = VEC_INIT;
	struct dkim_verify *verify;
	struct slice body;

	message_split(pool, text, &fields, &body);
	message_init(message, pool, SIZE_MAX);
	for (size_t i = 0; i < fields.n; i++)
		message_add(message, fields.v[i]->name, fields.v[i]->value);
	params.now = tool->now;
	verify = dkim_verify_begin(pool, &params, message, NULL, hash);
	dkim_verify_prefetch(verify, tool->dns);
	bodyhash_feed(hash, body.p, body.n);
	bodyhash_end(hash);
	dkim_verify_end(verify, tool->dns,
		clock_monotonic_ms() + tool->policy->opt.dns_timeout * 1000, results);
}

/* What the message is found by in its archive. */
static struct slice
message_id(const struct message *message)
{
	for (size_t i = 0; i < message->all.n; i++)
		if (header_is(message->all.v[i], "Message-ID"))
			return slice_trim(message->all.v[i]->value);
	return SLICE_LIT("-");
}

static const char *
results_id(const struct tool *tool)
{
	const char *id = tool_value(tool, "authserv-id");

	return id != NULL ? id : tool->policy->opt.shadow_authserv_id;
}

static void
read_mail(struct tool *tool, struct compare *c, struct slice text)
{
	struct pool *pool = pool_new();
	struct dkim_results results = VEC_INIT;
	struct words differs = VEC_INIT;
	struct authres_ids ids = VEC_INIT;
	struct message message;
	const char *id = results_id(tool);

	verify(tool, pool, text, &message, &results);
	if ((id == NULL || authres_ids_add(pool, &ids, slice_of(id)) == NULL) &&
		shadow_verdicts(pool, &message.all, &ids, &results, &differs) == NULL) {
		c->messages++;
		c->differing += differs.n > 0;
	}
	for (size_t i = 0; i < differs.n; i++)
		compare_add(c, slice_of(differs.v[i]), message_id(&message));
	pool_free(pool);
}

static bool
read_mailbox(struct tool *tool, struct compare *c, struct slice text, int *status)
{
	struct slice mail;

	tool->policy = tool_policy(tool, status);
	if (tool->policy == NULL || tool_dns(tool, tool->policy, status) == NULL)
		return false;
	while (compare_mail(&text, &mail))
		read_mail(tool, c, mail);
	return true;
}

static json_t *
counts_json(const struct map *map, const char *key)
{
	json_t *list = json_array();
	struct slice name;

	for (size_t i = 0; i < map_count(map); i++) {
		const size_t *n = map_at(map, i, &name);

		json_array_append_new(
			list, json_pack("{s:o, s:I}", key, tool_json_bytes(name), "count",
				      (json_int_t)*n));
	}
	return list;
}

static int
print_json(struct tool *tool, const struct compare *c)
{
	json_t *examples = json_array();

	for (size_t i = 0; i < c->examples.n; i++) {
		const struct compare_example *e = &c->examples.v[i];

		json_array_append_new(examples,
			json_pack("{s:o, s:o, s:o, s:o}", "kind", tool_json_text(e->kind),
				"domain", tool_json_text(e->domain), "id",
				tool_json_text(e->id), "difference",
				tool_json_text(e->text)));
	}
	return tool_print(tool,
		json_pack("{s:I, s:I, s:o, s:o, s:o}", "messages",
			(json_int_t)c->messages, "differing", (json_int_t)c->differing,
			"kinds", counts_json(c->kinds, "kind"), "domains",
			counts_json(c->domains, "domain"), "examples", examples));
}

/* Bytes from a log or a message, fit for a terminal. */
static void
print_plain(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		putchar(text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?');
}

static void
print_counts(const char *title, const struct map *map)
{
	struct slice name;

	printf("\n%s\n", title);
	for (size_t i = 0; i < map_count(map); i++) {
		const size_t *n = map_at(map, i, &name);

		printf("%7zu  ", *n);
		print_plain(name);
		putchar('\n');
	}
}

static void
print_text(const struct compare *c)
{
	printf(_("messages: %zu, with differences: %zu\n"), c->messages, c->differing);
	if (c->differing == 0)
		return;
	print_counts(_("By kind"), c->kinds);
	print_counts(_("By domain"), c->domains);
	printf("\n%s\n", _("Examples"));
	for (size_t i = 0; i < c->examples.n; i++) {
		printf("  ");
		print_plain(slice_of(c->examples.v[i].id));
		printf("  ");
		print_plain(slice_of(c->examples.v[i].text));
		putchar('\n');
	}
}

static int
run_compare(struct tool *tool)
{
	bool is_mailbox = tool_value(tool, "mailbox") != NULL;
	struct compare c;
	struct slice text;
	int status = 0;

	if (!tool_read(tool, tool->nargs > 0 ? tool->args[0] : NULL, &text, &status))
		return status;
	compare_init(&c, tool->pool);
	if (!is_mailbox)
		read_log(&c, text);
	else if (!read_mailbox(tool, &c, text, &status))
		return status;
	if (c.messages == 0)
		return tool_fail(tool, EX_DATAERR, "%s",
			is_mailbox ? _("no message here has results of dkim to compare "
				       "with")
				   : _("no line here is of a message in Mode shadow"));
	if (tool->json)
		print_json(tool, &c);
	else
		print_text(&c);
	return c.differing > 0 ? COMPARE_DIFFERS : 0;
}

static const struct flag flags[] = {
	{ "mailbox", NULL, N_("the file is an mbox of delivered mail, not a log") },
};

const struct command command_compare = {
	.name = "compare",
	.arguments = N_("[FILE]"),
	.summary = N_("sum up what OpenDKIM decided otherwise (Mode shadow)"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_compare,
	.keys = "messages differing kinds domains examples",
};
