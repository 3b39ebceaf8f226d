/*
 * The command line is read by the rows of the command and of common_flags and nothing
 * else: a flag that no row names does not exist, and what -h prints is what is read.
 */
#include "base/base.h"
#include "tool/args.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/scan.h"
#include "base/str.h"
#include "mail/date.h"
#include "tool/layout.h"

/* What every command takes. */
static const struct flag common_flags[] = {
	{ "config", N_("FILE"),
		N_("the configuration (default: the daemon's or none, by command)") },
	{ "zone", N_("FILE"),
		N_("answer DNS questions from this file alone; may be repeated") },
	{ "overlay", N_("FILE"),
		N_("answer what this file lists, ask the network for the rest") },
	{ "nameserver", N_("ADDR[:PORT]"), N_("ask this name server") },
	{ "ip", N_("ADDR"), N_("the address of the client") },
	{ "helo", N_("NAME"), N_("what the client said in HELO or EHLO") },
	{ "mail-from", N_("ADDR"),
		N_("the envelope sender; \"\" or <> is the null sender") },
	{ "rcpt-to", N_("ADDR"), N_("an envelope recipient; may be repeated") },
	{ "authserv-id", N_("NAME"), N_("the name in Authentication-Results") },
	{ "now", N_("UNIXTIME"), N_("judge as of this time") },
	{ "json", NULL, N_("print one JSON object") },
	{ "lang", "ja|en", N_("the language of texts for people") },
	{ "help", NULL, N_("this text (-h)") },
};

static const struct flag *
find_in(const struct flag *flags, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(name, flags[i].name))
			return &flags[i];
	return NULL;
}

static const struct flag *
find_flag(const struct command *command, struct slice name)
{
	const struct flag *flag = find_in(command->flags, command->nflags, name);

	return flag != NULL ? flag : find_in(common_flags, ARRAY_LEN(common_flags), name);
}

/* The values that were given for a flag: the i-th, or NULL. */
const char *
tool_value_at(const struct tool *tool, const char *flag, size_t i)
{
	for (size_t k = 0; k < tool->given.n; k++)
		if (strcmp(tool->given.v[k].name, flag) == 0 && i-- == 0)
			return tool->given.v[k].value;
	return NULL;
}

const char *
tool_value(const struct tool *tool, const char *flag)
{
	const char *value = NULL;

	for (size_t k = 0; k < tool->given.n; k++)
		if (strcmp(tool->given.v[k].name, flag) == 0)
			value = tool->given.v[k].value;
	return value;
}

void
args_print_row(FILE *file, const char *word, int column, const char *help)
{
	struct str out = STR_INIT;

	layout_pad(&out, word, column);
	if (layout_width(word) >= column)
		str_addf(&out, "\n%*s", column, "");
	layout_wrap(&out, help, column);
	fputs(out.p, file);
	str_release(&out);
}

static void
print_flags(const struct flag *flags, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *argument = flags[i].argument;
		struct str word = STR_INIT;

		str_addf(&word, "  --%s%s%s", flags[i].name, argument != NULL ? " " : "",
			argument != NULL ? _(argument) : "");
		args_print_row(stdout, word.p, 30, _(flags[i].help));
		str_release(&word);
	}
}

int
args_print_help(const struct command *command)
{
	printf(_("usage: sekimori %s [flags]%s%s\n\n%s\n"), command->name,
		command->arguments[0] != '\0' ? " " : "",
		command->arguments[0] != '\0' ? _(command->arguments) : "",
		_(command->summary));
	if (command->nflags > 0) {
		printf("\n%s\n", _("Flags:"));
		print_flags(command->flags, command->nflags);
	}
	printf("\n%s\n", _("Common flags:"));
	print_flags(common_flags, ARRAY_LEN(common_flags));
	return 0;
}

void
args_print_names(void)
{
	for (size_t i = 0; i < ARRAY_LEN(common_flags); i++)
		printf("common\t%s\n", common_flags[i].name);
}

/* Reads one flag; argv[*i] begins with "--". */
static int
read_flag(struct tool *tool, int argc, char **argv, int *i)
{
	struct slice word = slice_of(argv[*i] + 2), name, value;
	bool has_value = slice_cut(word, '=', &name, &value);
	const struct flag *flag = find_flag(tool->command, name);
	struct flag_value *given;

	if (flag == NULL)
		return tool_fail(tool, EX_USAGE,
			_("unknown flag '--%.*s': see sekimori %s -h"), SLICE_ARG(name),
			tool->command->name);
	if (flag->argument == NULL && has_value)
		return tool_fail(
			tool, EX_USAGE, _("flag '--%s' takes no value"), flag->name);
	if (flag->argument != NULL && !has_value && *i + 1 >= argc)
		return tool_fail(
			tool, EX_USAGE, _("flag '--%s' needs a value"), flag->name);
	given = vec_add(tool->pool, &tool->given);
	given->name = flag->name;
	given->value = flag->argument == NULL ? "" : has_value ? value.p : argv[++*i];
	return 0;
}

static int
read_words(struct tool *tool, int argc, char **argv)
{
	bool flags_end = false;
	int status;

	tool->args = pool_array(tool->pool, (size_t)argc, sizeof(*tool->args));
	for (int i = 0; i < argc; i++) {
		if (!flags_end && strcmp(argv[i], "-h") == 0) {
			*vec_add(tool->pool, &tool->given) =
				(struct flag_value){ "help", "" };
		} else if (!flags_end && strcmp(argv[i], "--") == 0) {
			flags_end = true;
		} else if (!flags_end && strncmp(argv[i], "--", 2) == 0) {
			if ((status = read_flag(tool, argc, argv, &i)) != 0)
				return status;
		} else {
			tool->args[tool->nargs++] = argv[i];
		}
	}
	return 0;
}

/* How many arguments a command takes at most: the words of its row, or "..." any. */
static int
arguments_most(const struct command *command)
{
	struct scan s = scan_of(slice_of(command->arguments));
	struct slice word;
	int n = 0;

	if (slice_ends(scan_rest(&s), "..."))
		return INT_MAX;
	for (scan_skip(&s, ascii_is_space); scan_span(&s, ascii_is_nonspace, &word);
		scan_skip(&s, ascii_is_space))
		n++;
	return n;
}

/* An argument that nobody reads is a mistake: a second message, a flag's value without
 * its flag. */
static int
check_arguments(struct tool *tool)
{
	int most = arguments_most(tool->command);

	if (tool->nargs <= most)
		return 0;
	return tool_fail(tool, EX_USAGE,
		_("'%s' is one argument too many: see sekimori %s -h"), tool->args[most],
		tool->command->name);
}

/* The time of --now, or of the clock. */
static int
read_now(struct tool *tool)
{
	const char *text = tool_value(tool, "now");
	struct scan s = scan_of(slice_of(text));
	uint64_t now;

	tool->now = clock_unix();
	if (text == NULL)
		return 0;
	if (!scan_number(&s, &now) || !scan_is_end(&s) || now > DATE_LAST)
		return tool_fail(tool, EX_USAGE, _("'%s' is not a Unix time"), text);
	tool->now = (int64_t)now;
	return 0;
}

int
args_read(struct tool *tool, int argc, char **argv)
{
	int status = read_words(tool, argc, argv);

	if (status == 0)
		tool->json = tool_value(tool, "json") != NULL;
	return status;
}

int
args_check(struct tool *tool)
{
	int status = check_arguments(tool);

	return status != 0 ? status : read_now(tool);
}
