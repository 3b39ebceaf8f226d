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
	return pool_printf(l->pool, "postconf -e '%s = %s'", name, value);
}

bool
postfix_is_smtpd(const struct postconf_service *service)
{
	return strcmp(service->command, "smtpd") == 0;
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
signed_field(const struct postfix *l, struct slice pattern)
{
	const struct dkim_fields *fields = &l->mta.check.policy->sign;

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

/* One line of a regular expression table: pattern, blanks, action. */
static void
check_line(struct postfix *l, struct slice line, const char *where, const char *name)
{
	struct slice head = slice_trim(line), word;
	bool after = strncmp(name, "smtp_", 5) == 0;
	const char *field;

	if (head.n == 0 || head.p[0] == '#')
		return;
	for (size_t i = 0; i < ARRAY_LEN(changing); i++) {
		size_t n = strlen(changing[i]);

		for (size_t k = 1; k + n <= head.n; k++) {
			word = slice_sub(head, k, n);
			if (!ascii_is_wsp(head.p[k - 1]) ||
				!slice_caseis(word, changing[i]) ||
				(field = signed_field(l, slice_sub(head, 0, k))) == NULL)
				continue;
			mta_add(&l->mta, CHECK_WARNING, "postfix.header-checks",
				pool_printf(l->pool, "%s (%s): %s %s: %s", where, name,
					changing[i], field,
					after ? _("it is changed after we have signed, "
						  "and the signature breaks")
					      : _("it is changed before we check, and "
						  "the sender's signature breaks")));
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

void
postfix_check_header_checks(struct postfix *l)
{
	static const char *const names[] = { "header_checks", "mime_header_checks",
		"smtp_header_checks", "smtp_mime_header_checks" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct words tables = VEC_INIT;

		value_words(l->pool, slice_of(postfix_value(l, names[i])), &tables);
		for (size_t k = 0; k < tables.n; k++)
			check_table(l, names[i], slice_of(tables.v[k]));
	}
}

/* Does a service take mail back without calling milters again? */
static bool
has_way_back(const struct postfix *l)
{
	for (size_t i = 0; i < l->conf.services.n; i++) {
		const struct postconf_service *s = &l->conf.services.v[i];
		const char *options =
			postconf_service_value(&l->conf, s, "receive_override_options");
		const char *milters =
			postconf_service_value(&l->conf, s, "smtpd_milters");

		if (postfix_is_smtpd(s) && s->overrides.n > 0 &&
			((options != NULL && strstr(options, "no_milters") != NULL) ||
				(milters != NULL && milters[0] == '\0')))
			return true;
	}
	return false;
}

void
postfix_check_filters(struct postfix *l)
{
	const char *filter = postfix_value(l, "content_filter");

	for (size_t i = 0; i < l->conf.services.n && filter[0] == '\0'; i++)
		if (postfix_is_smtpd(&l->conf.services.v[i]))
			filter = postconf_service_value(
				&l->conf, &l->conf.services.v[i], "content_filter");
	if (filter != NULL && filter[0] != '\0' && !has_way_back(l)) {
		mta_add(&l->mta, CHECK_WARNING, "postfix.content-filter",
			pool_printf(l->pool,
				_("content_filter %s hands mail back to a service that "
				  "calls the milters again: it is checked and signed "
				  "twice"),
				filter));
		mta_mend(&l->mta, _("milters once"),
			_("in master.cf, at the service that takes the mail back: -o "
			  "receive_override_options=no_milters; if the filter changes "
			  "messages, sign there and not before"),
			NULL);
	} else if (filter != NULL && filter[0] != '\0') {
		mta_add(&l->mta, CHECK_INFO, "postfix.content-filter",
			pool_printf(l->pool,
				_("content_filter %s: see that it does not change what "
				  "is signed"),
				filter));
	}
	if (postfix_value(l, "smtpd_proxy_filter")[0] == '\0')
		return;
	mta_add(&l->mta, CHECK_WARNING, "postfix.proxy-filter",
		_("smtpd_proxy_filter: milters before it see no content"));
	mta_mend(&l->mta, _("milters behind the filter"),
		_("name us at the service behind the proxy filter, not before it"), NULL);
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
	mta_mend(&l->mta, "yes", _("hardly a host is without it any more"),
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
