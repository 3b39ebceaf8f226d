/*
 * sekimori COMMAND: for the people who run mail.
 *
 * A command is a struct command of its cmd_*.c, listed below; args.c reads its command
 * line.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/msg.h"
#include "base/plain.h"
#include "base/str.h"
#include "config/policy.h"
#include "dns/dns.h"
#include "tool/args.h"
#include "base/texts.h"

static const struct command *const commands[] = {
	&command_verify,
	&command_sign,
	&command_spf,
	&command_dmarc,
	&command_authres,
	&command_keygen,
	&command_check,
	&command_explain,
	&command_why,
	&command_config,
	&command_import,
	&command_postfix,
	&command_sendmail,
	&command_compare,
};

static int
print_commands(FILE *out)
{
	fprintf(out, "%s\n\n", _("usage: sekimori COMMAND [flags] [arguments]"));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		struct str word = STR_INIT;

		str_addf(&word, "  %s", commands[i]->name);
		args_print_row(out, word.p, 13, _(commands[i]->summary));
		str_release(&word);
	}
	fprintf(out, "\n%s\n", _("sekimori COMMAND -h tells of each."));
	return out == stdout ? 0 : EX_USAGE;
}

/* The tables, for the test that holds the man page against them. */
static int
print_tables(void)
{
	args_print_names();
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *c = commands[i];

		printf("command\t%s\t%s\n", c->name, c->keys);
		for (size_t k = 0; k < c->nflags; k++)
			printf("flag\t%s\t%s\n", c->name, c->flags[k].name);
	}
	return 0;
}

/* An error of the command line is an object too, wherever --json stands, and in the
 * language of --lang. */
static void
prepare_errors(struct tool *tool, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			tool->json = true;
		else if (strncmp(argv[i], "--lang=", 7) == 0)
			texts_choose(argv[i] + 7);
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			texts_choose(argv[i + 1]);
	}
}

/* --lang asks for a language that there is. */
static int
check_language(struct tool *tool)
{
	const char *lang = tool_value(tool, "lang");

	if (lang == NULL || texts_choose(lang))
		return 0;
	if (strcmp(lang, "ja") == 0)
		return tool_fail(tool, EX_NOINPUT,
			_("the texts in '%s' are not installed (%s)"), lang, LOCALEDIR);
	return tool_fail(
		tool, EX_USAGE, _("there are no texts in '%s': --lang ja or en"), lang);
}

static int
run(struct tool *tool, int argc, char **argv)
{
	int status;

	prepare_errors(tool, argc, argv);
	if ((status = args_read(tool, argc, argv)) != 0 ||
		(status = check_language(tool)) != 0)
		return status;
	if (tool_value(tool, "help") != NULL)
		return args_print_help(tool->command);
	if ((status = args_check(tool)) != 0)
		return status;
	return tool->command->run(tool);
}

static int
dispatch(struct tool *tool, int argc, char **argv)
{
	if (argc < 2)
		return print_commands(stderr);
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0 ||
		strcmp(argv[1], "help") == 0)
		return print_commands(stdout);
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return 0;
	}
	if (strcmp(argv[1], "--tables") == 0)
		return print_tables();
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[1], commands[i]->name) == 0) {
			tool->command = commands[i];
			return run(tool, argc - 2, argv + 2);
		}
	}
	prepare_errors(tool, argc - 1, argv + 1);
	if (argv[1][0] == '-')
		return tool_fail(tool, EX_USAGE,
			_("'%s' stands before the command: sekimori COMMAND [flags]"),
			argv[1]);
	return tool_fail(tool, EX_USAGE,
		_("unknown command '%s': sekimori -h lists those there are"), argv[1]);
}

int
main(int argc, char **argv)
{
	struct tool tool = { .pool = pool_new() };
	int status;

	plain_streams();
	msg_to_stderr("sekimori");
	texts_begin();
	status = dispatch(&tool, argc, argv);
	if (tool.dns != NULL)
		dns_close(tool.dns);
	if (tool.policy != NULL)
		policy_release(tool.policy);
	pool_free(tool.pool);
	return status;
}
