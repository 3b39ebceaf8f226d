/*
 * A rule of a table is a pattern for a whole header field, "Name: value". Which fields it
 * may change is told by its part before the colon: that part is matched against the names
 * of the fields that matter, as Postfix would match it. What a pattern says of values is
 * not looked at.
 */
#include "base/base.h"
#include "base/file.h"
#include "tool/mta/postfix.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/str.h"
#include "config/policy.h"
#include "tool/tool.h"

#include <regex.h>

/* A rule, taken apart. */
struct rule_text {
	bool is_negated;
	struct slice pattern; /* between its delimiters */
	struct slice action;
};

/* "!/^Subject:/i  REPLACE ..." */
static bool
take_apart(struct slice line, struct rule_text *rule)
{
	size_t n;

	*rule = (struct rule_text){ 0 };
	line = slice_trim(line);
	rule->is_negated = slice_starts(line, "!");
	line = slice_trim(slice_from(line, rule->is_negated));
	if (line.n < 2 || ascii_is_alnum(line.p[0]) || line.p[0] == '#')
		return false;
	for (n = 1; n < line.n && line.p[n] != line.p[0]; n++)
		n += line.p[n] == '\\';
	if (n >= line.n)
		return false;
	rule->pattern = slice_sub(line, 1, n - 1);
	for (n++; n < line.n && ascii_is_alnum(line.p[n]);)
		n++;
	rule->action = slice_trim(slice_from(line, n));
	return true;
}

/* The length of the part before the colon, and how many groups it leaves open. */
static size_t
name_part(struct slice pattern, size_t *open)
{
	bool in_set = false;
	size_t n;

	*open = 0;
	for (n = 0; n < pattern.n; n++) {
		char c = pattern.p[n];
		bool is_option = n > 0 && pattern.p[n - 1] == '?';

		if (c == '\\')
			n++;
		else if (in_set)
			in_set = c != ']' || pattern.p[n - 1] == '[' ||
			         pattern.p[n - 1] == '^';
		else if (c == '[')
			in_set = true;
		else if (c == '(')
			(*open)++;
		else if (c == ')' && *open > 0)
			(*open)--;
		else if (c == ':' && !is_option)
			break;
	}
	return MIN(n, pattern.n);
}

/* That part as a pattern for a name alone. PCRE's (?:...) is a group like any other. */
static const char *
name_pattern(const struct postfix *pf, struct slice pattern)
{
	struct str out = STR_POOL(pf->pool);
	size_t open, n = name_part(pattern, &open);

	for (size_t i = 0; i < n; i++) {
		str_addc(&out, pattern.p[i]);
		if (pattern.p[i] == '(' && i + 2 < n && pattern.p[i + 1] == '?' &&
			pattern.p[i + 2] == ':')
			i += 2;
	}
	for (; open > 0; open--)
		str_addc(&out, ')');
	/* Blanks before the colon, as \s* or [ \t]*, are no part of a name. */
	if (n < pattern.n)
		str_addc(&out, '$');
	return out.p != NULL ? out.p : "";
}

/* header_checks(5): fields of MIME have tables of their own. */
static bool
is_of_mime(const char *name)
{
	return strcasecmp(name, "MIME-Version") == 0 ||
	       strncasecmp(name, "Content-", 8) == 0;
}

/* Which field that has to stay may the rule change? NULL: none. */
static const char *
field_of(const struct postfix *pf, const char *parameter, const struct rule_text *rule)
{
	/* What we add ourselves passes milter_header_checks. */
	static const char *const ours[] = { "DKIM-Signature", "Authentication-Results" };
	static const struct dkim_fields added = { ours, ARRAY_LEN(ours) };
	bool is_ours = strcmp(parameter, "milter_header_checks") == 0;
	bool is_mime = strstr(parameter, "mime_header_checks") != NULL;
	const struct dkim_fields *fields =
		is_ours ? &added : &pf->mta.tool->policy->fields.sign;
	const char *found = NULL;
	regex_t regex;

	if (regcomp(&regex, name_pattern(pf, rule->pattern),
		    REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return NULL;
	for (size_t i = 0; i < fields->n && found == NULL; i++)
		if ((is_ours || is_of_mime(fields->names[i]) == is_mime) &&
			(regexec(&regex, fields->names[i], 0, NULL, 0) == 0) !=
				rule->is_negated)
			found = fields->names[i];
	regfree(&regex);
	return found;
}

static const char *
what_breaks(const char *parameter)
{
	if (strcmp(parameter, "milter_header_checks") == 0)
		return _("what we add is taken away or changed");
	return strncmp(parameter, "smtp_", 5) == 0
	               ? _("it is changed after we have signed, and the signature breaks")
	               : _("it is changed before we check, and the sender's signature "
			   "breaks");
}

/* Where a table is named: "header_checks", "relay/unix/smtp_header_checks". */
struct named {
	const char *parameter, *where;
};

static void
check_line(struct postfix *pf, struct slice line, const char *at, struct named by)
{
	static const char *const changing[] = { "REPLACE", "IGNORE", "STRIP" };
	struct rule_text rule;
	const char *field;

	if (!take_apart(line, &rule) ||
		(field = field_of(pf, by.parameter, &rule)) == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(changing); i++) {
		struct slice word = slice_sub(rule.action, 0, strlen(changing[i]));

		if (!slice_caseis(word, changing[i]) ||
			(word.n < rule.action.n && !ascii_is_wsp(rule.action.p[word.n])))
			continue;
		mta_add(&pf->mta, FINDING_WARNING, "postfix.header-checks",
			pool_printf(pf->pool, "%s (%s): %s %s: %s", at, by.where,
				changing[i], field, what_breaks(by.parameter)));
		mta_remedy(&pf->mta, _("signed fields as they are"),
			_("remove the rule, or add a field of another name"), NULL);
		return;
	}
}

static void
check_table(struct postfix *pf, struct slice table, struct named by)
{
	struct slice type, file, text, line;
	struct scan scan;
	int number = 0;

	if (!slice_cut(table, ':', &type, &file))
		return;
	if (!slice_is(type, "regexp") && !slice_is(type, "pcre")) {
		mta_add(&pf->mta, FINDING_INFO, "postfix.header-checks",
			pool_printf(pf->pool, _("%s is %.*s, which is not looked into"),
				by.where, SLICE_ARG(table)));
		return;
	}
	if (file_read(pf->pool, pool_copy(pf->pool, file), &text) != NULL)
		return;
	for (scan = scan_of(text); !scan_is_end(&scan);) {
		line = scan_until(&scan, '\n');
		scan_char(&scan, '\n');
		number++;
		check_line(pf, line,
			pool_printf(pf->pool, "%.*s:%d", SLICE_ARG(file), number), by);
	}
}

/* The tables that a parameter names, or a service in its place; each once. */
static void
check_tables(struct postfix *pf, struct named by, const char *value, struct words *seen)
{
	struct words tables = VEC_INIT;

	value_words(pf->pool, slice_of(value), &tables);
	for (size_t i = 0; i < tables.n; i++) {
		const char *both =
			pool_printf(pf->pool, "%s %s", by.parameter, tables.v[i]);

		if (words_have(seen, slice_of(both)))
			continue;
		*vec_add(pf->pool, seen) = both;
		check_table(pf, slice_of(tables.v[i]), by);
	}
}

/* Does a cleanup take users' mail alone? Then nobody has signed yet what it changes: it
 * is signed as it leaves. */
static bool
is_of_users(const struct postfix *pf, const struct postconf_service *cleanup)
{
	bool is_used = false;

	if (strcmp(cleanup->command, "cleanup") != 0)
		return false;
	for (size_t i = 0; i < pf->conf.services.n; i++) {
		const struct postconf_service *s = &pf->conf.services.v[i];
		const char *name = postfix_is_smtpd(s)
		                           ? postconf_service_value(
						     &pf->conf, s, "cleanup_service_name")
		                           : NULL;

		if (name == NULL || strcmp(name, cleanup->name) != 0)
			continue;
		if (!postfix_is_submission(s))
			return false;
		is_used = true;
	}
	return is_used;
}

void
postfix_check_header_checks(struct postfix *pf)
{
	static const char *const names[] = { "header_checks", "mime_header_checks",
		"milter_header_checks", "smtp_header_checks", "smtp_mime_header_checks" };
	struct words seen = VEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		check_tables(pf, (struct named){ names[i], names[i] },
			postfix_value(pf, names[i]), &seen);
		for (size_t k = 0; k < pf->conf.services.n; k++) {
			const struct postconf_service *s = &pf->conf.services.v[k];
			const char *own = postconf_override(s, names[i]);
			const char *where = pool_printf(
				pf->pool, "%s/%s/%s", s->name, s->type, names[i]);

			if (own == NULL ||
				(is_of_users(pf, s) &&
					strcmp(names[i], "milter_header_checks") != 0))
				continue;
			check_tables(pf, (struct named){ names[i], where }, own, &seen);
		}
	}
}
