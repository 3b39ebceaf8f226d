/*
 * A function a finding, in the words of the one who runs the server: what Postfix is told
 * now, what that does to mail that we have checked or signed, and the command that mends
 * it. What depends on a release of Postfix is asked of its version, never of a text that
 * a distribution may have changed.
 */
#include "base/base.h"
#include "tool/postfix.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/shell.h"
#include "config/policy.h"
#include "config/table.h"
#include "tool/tool.h"

const char *
postfix_value(const struct postfix *l, const char *name)
{
	const char *text = postconf_value(&l->conf, name);

	return text != NULL ? text : "";
}

const char *
postfix_set(const struct postfix *l, const char *name, const char *value)
{
	return pool_printf(l->pool, "postconf%s -e %s", l->with_dir,
		shell_quote(l->pool, pool_printf(l->pool, "%s = %s", name, value)));
}

const char *
postfix_set_service(const struct postfix *l, const struct postconf_service *service,
	const char *name, const char *value)
{
	return pool_printf(l->pool, "postconf%s -P %s", l->with_dir,
		shell_quote(l->pool, pool_printf(l->pool, "%s/%s/%s=%s", service->name,
					   service->type, name, value)));
}

const char *
postfix_live(const struct postfix *l, const char *command)
{
	return l->mta.check.policy->opt.mode == MODE_SHADOW ? NULL : command;
}

/* Since which release of each branch, and whether it knows "normalize". */
static bool
knows_normalize(const struct postconf *p)
{
	return postconf_is_from(p, 3, 9, 0) ||
	       (p->version[0] == 3 &&
		       ((p->version[1] == 8 && p->version[2] >= 5) ||
			       (p->version[1] == 7 && p->version[2] >= 10) ||
			       (p->version[1] == 6 && p->version[2] >= 14) ||
			       (p->version[1] == 5 && p->version[2] >= 24)));
}

void
postfix_check_newline(struct postfix *l)
{
	const char *now = postconf_value(&l->conf, "smtpd_forbid_bare_newline");

	if (now == NULL) {
		mta_add(&l->mta, CHECK_WARNING, "postfix.bare-newline",
			_("this Postfix has no smtpd_forbid_bare_newline: a client can "
			  "smuggle a second message into one that we have checked"));
		mta_mend(&l->mta, _("Postfix 3.5.23, 3.6.13, 3.7.9, 3.8.4 or later"),
			_("update Postfix"), NULL);
	} else if (strcmp(now, "no") == 0) {
		mta_add(&l->mta, CHECK_WARNING, "postfix.bare-newline",
			_("smtpd_forbid_bare_newline is no: a client can smuggle a "
			  "second message into one that we have checked"));
		mta_mend(&l->mta, knows_normalize(&l->conf) ? "normalize" : "yes",
			_("refuse such line ends, or set them right"),
			postfix_set(l, "smtpd_forbid_bare_newline",
				knows_normalize(&l->conf) ? "normalize" : "yes"));
	} else {
		mta_add(&l->mta, CHECK_GOOD, "postfix.bare-newline",
			pool_printf(l->pool, "smtpd_forbid_bare_newline = %s", now));
	}
}

/* Which signed field does the line of a table speak of? NULL: none. */
static const char *
signed_field(const struct postfix *l, const char *table, struct slice pattern)
{
	/* What we add ourselves passes milter_header_checks. */
	static const char *ours[] = { "DKIM-Signature", "Authentication-Results" };
	static const struct dkim_fields added = { ours, ARRAY_LEN(ours) };
	const struct dkim_fields *fields = strcmp(table, "milter_header_checks") == 0
	                                           ? &added
	                                           : &l->mta.check.policy->sign;

	for (size_t i = 0; i < fields->n; i++) {
		struct slice name = slice_of(fields->names[i]);

		for (size_t k = 0; k + name.n < pattern.n; k++)
			if (slice_caseeq(slice_sub(pattern, k, name.n), name) &&
				(k == 0 || !(ascii_is_alnum(pattern.p[k - 1]) ||
						   pattern.p[k - 1] == '-')) &&
				!ascii_is_alnum(pattern.p[k + name.n]) &&
				pattern.p[k + name.n] != '-')
				return fields->names[i];
	}
	return NULL;
}

static const char *const changing[] = { "REPLACE", "IGNORE", "STRIP" };

static const char *
what_breaks(const char *table)
{
	if (strcmp(table, "milter_header_checks") == 0)
		return _("what we add is taken away or changed");
	return strncmp(table, "smtp_", 5) == 0
	               ? _("it is changed after we have signed, and the signature breaks")
	               : _("it is changed before we check, and the sender's signature "
			   "breaks");
}

/* One line of a regular expression table: pattern, blanks, action. */
static void
check_line(struct postfix *l, struct slice line, const char *where, const char *name)
{
	struct slice head = slice_trim(line), word;
	const char *field;

	if (head.n == 0 || head.p[0] == '#')
		return;
	for (size_t i = 0; i < ARRAY_LEN(changing); i++) {
		size_t n = strlen(changing[i]);

		for (size_t k = 1; k + n <= head.n; k++) {
			word = slice_sub(head, k, n);
			if (!ascii_is_wsp(head.p[k - 1]) ||
				!slice_caseis(word, changing[i]) ||
				(field = signed_field(l, name, slice_sub(head, 0, k))) ==
					NULL)
				continue;
			mta_add(&l->mta, CHECK_WARNING, "postfix.header-checks",
				pool_printf(l->pool, "%s (%s): %s %s: %s", where, name,
					changing[i], field, what_breaks(name)));
			mta_mend(&l->mta, _("signed fields as they are"),
				_("remove the rule, or add a field of another name"),
				NULL);
			return;
		}
	}
}

static void
check_table(struct postfix *l, const char *name, struct slice table)
{
	struct slice type, file, text, line;
	struct scan scan;
	int number = 0;

	if (!slice_cut(table, ':', &type, &file))
		return;
	if (!slice_is(type, "regexp") && !slice_is(type, "pcre")) {
		mta_add(&l->mta, CHECK_INFO, "postfix.header-checks",
			pool_printf(l->pool, _("%s is %.*s, which is not looked into"),
				name, SLICE_ARG(table)));
		return;
	}
	if (file_read(l->pool, pool_copy(l->pool, file), &text) != NULL)
		return;
	for (scan = scan_of(text); !scan_is_end(&scan);) {
		line = scan_until(&scan, '\n');
		scan_char(&scan, '\n');
		number++;
		check_line(l, line,
			pool_printf(l->pool, "%.*s:%d", SLICE_ARG(file), number), name);
	}
}

/* The tables that a parameter names, or a service in its place; each once. */
static void
check_tables(struct postfix *l, const char *name, const char *value, struct words *seen)
{
	struct words tables = VEC_INIT;

	value_words(l->pool, slice_of(value), &tables);
	for (size_t i = 0; i < tables.n; i++) {
		const char *both = pool_printf(l->pool, "%s %s", name, tables.v[i]);

		if (words_have(seen, slice_of(both)))
			continue;
		*vec_add(l->pool, seen) = both;
		check_table(l, name, slice_of(tables.v[i]));
	}
}

void
postfix_check_header_checks(struct postfix *l)
{
	static const char *const names[] = { "header_checks", "mime_header_checks",
		"milter_header_checks", "smtp_header_checks", "smtp_mime_header_checks" };
	struct words seen = VEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		check_tables(l, names[i], postfix_value(l, names[i]), &seen);
		for (size_t k = 0; k < l->conf.services.n; k++) {
			const char *own =
				postconf_override(&l->conf.services.v[k], names[i]);

			check_tables(l, names[i], own != NULL ? own : "", &seen);
		}
	}
}

void
postfix_check_conversion(struct postfix *l)
{
	if (strcmp(postfix_value(l, "disable_mime_output_conversion"), "yes") == 0)
		return;
	mta_add(&l->mta, CHECK_INFO, "postfix.conversion",
		_("disable_mime_output_conversion is no: 8-bit mail to a host without "
		  "8BITMIME is converted after we have signed, and the signature "
		  "breaks"));
	mta_mend(&l->mta, "yes",
		_("turn that off: hardly a host is without 8BITMIME any more"),
		postfix_set(l, "disable_mime_output_conversion", "yes"));
}

void
postfix_check_protocol(struct postfix *l)
{
	const char *text = postfix_value(l, "milter_protocol");

	if (text[0] == '\0' || (text[0] == '6' && text[1] == '\0'))
		return;
	mta_add(&l->mta, CHECK_WARNING, "postfix.protocol",
		pool_printf(l->pool,
			_("milter_protocol is %s: with an old protocol the exact blanks "
			  "of header fields are lost, and simple signatures break"),
			text));
	mta_mend(&l->mta, "6", _("use the present one"),
		postfix_set(l, "milter_protocol", "6"));
}

/* What Postfix tells us of a client: where a list of macros was written anew, often
 * copied from another milter's manual, ours may be missing. */
static const struct {
	const char *parameter, *macro, *other;
	const char *effect;
} macros[] = {
	{ "milter_mail_macros", "{auth_type}", "{auth_authen}",
		N_("we are not told who has logged in: mail of users from outside is not "
		   "signed") },
	{ "milter_connect_macros", "{daemon_name}", NULL,
		N_("we are not told at which daemon a client came in: the option MTA has "
		   "no effect") },
	{ "milter_connect_macros", "j", NULL,
		N_("we are not told the mail server's name, which our results bear") },
};

/* {name} and name are the same macro. */
static bool
has_macro(const struct words *list, const char *macro)
{
	size_t n = strlen(macro);

	if (words_have(list, slice_of(macro)))
		return true;
	return macro[0] == '{' ? words_have(list, slice_make(macro + 1, n - 2)) : false;
}

void
postfix_check_macros(struct postfix *l)
{
	for (size_t i = 0; i < ARRAY_LEN(macros); i++) {
		const char *parameter = macros[i].parameter;
		const char *value = postfix_value(l, parameter);
		struct words list = VEC_INIT;

		value_words(l->pool, slice_of(value), &list);
		if (list.n == 0 || has_macro(&list, macros[i].macro) ||
			(macros[i].other != NULL && has_macro(&list, macros[i].other)))
			continue;
		mta_add(&l->mta, CHECK_WARNING, "postfix.macros",
			pool_printf(l->pool, "%s: %s", parameter, _(macros[i].effect)));
		mta_mend(&l->mta, macros[i].macro, _("name it there, too"),
			postfix_set(l, parameter,
				pool_printf(l->pool, "%s %s", value, macros[i].macro)));
	}
}
