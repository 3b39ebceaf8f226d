/*
 * A function a finding, in the words of the one who runs the server: what Postfix is told
 * now, what that does to mail that we have checked or signed, and the command that mends
 * it. What depends on a release of Postfix is asked of its version, never of a text that
 * a distribution may have changed.
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "base/shell.h"
#include "config/policy.h"
#include "tool/tool.h"

const char *
postfix_value(const struct postfix *pf, const char *name)
{
	const char *text = postconf_value(&pf->conf, name);

	return text != NULL ? text : "";
}

const char *
postfix_set(const struct postfix *pf, const char *name, const char *value)
{
	return pool_printf(pf->pool, "postconf%s -e %s", pf->with_dir,
		shell_quote(pf->pool, pool_printf(pf->pool, "%s = %s", name, value)));
}

const char *
postfix_set_service(const struct postfix *pf, const struct postconf_service *service,
	const char *name, const char *value)
{
	return pool_printf(pf->pool, "postconf%s -P %s", pf->with_dir,
		shell_quote(pf->pool, pool_printf(pf->pool, "%s/%s/%s=%s", service->name,
					      service->type, name, value)));
}

const char *
postfix_live(const struct postfix *pf, const char *command)
{
	return pf->mta.tool->policy->opt.mode == MODE_SHADOW ? NULL : command;
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
postfix_check_newline(struct postfix *pf)
{
	const char *now = postconf_value(&pf->conf, "smtpd_forbid_bare_newline");

	if (now == NULL) {
		mta_add(&pf->mta, FINDING_WARNING, "postfix.bare-newline",
			_("this Postfix has no smtpd_forbid_bare_newline: a client can "
			  "smuggle a second message into one that we have checked"));
		mta_remedy(&pf->mta, _("Postfix 3.5.23, 3.6.13, 3.7.9, 3.8.4 or later"),
			_("update Postfix"), NULL);
	} else if (strcmp(now, "no") == 0) {
		mta_add(&pf->mta, FINDING_WARNING, "postfix.bare-newline",
			_("smtpd_forbid_bare_newline is no: a client can smuggle a "
			  "second message into one that we have checked"));
		mta_remedy(&pf->mta, knows_normalize(&pf->conf) ? "normalize" : "yes",
			_("refuse such line ends, or set them right"),
			postfix_live(pf, postfix_set(pf, "smtpd_forbid_bare_newline",
						 knows_normalize(&pf->conf) ? "normalize"
									    : "yes")));
	} else {
		mta_add(&pf->mta, FINDING_GOOD, "postfix.bare-newline",
			pool_printf(pf->pool, "smtpd_forbid_bare_newline = %s", now));
	}
}

/* A carriage return in a header line ends it for many readers: what follows looks like a
 * field of ours. */
void
postfix_check_stray_cr(struct postfix *pf)
{
	static const char name[] = "cleanup_replace_stray_cr_lf";
	const char *now = postconf_value(&pf->conf, name);

	if (now != NULL && strcmp(now, "no") != 0)
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.stray-cr",
		now == NULL
			? _("this Postfix has no cleanup_replace_stray_cr_lf: behind a "
			    "bare CR in a header line many readers see another field, "
			    "as results under our name")
			: _("cleanup_replace_stray_cr_lf is no: behind a bare CR in a "
			    "header line many readers see another field, as results "
			    "under our name"));
	mta_remedy(&pf->mta,
		now == NULL ? _("Postfix 3.5.24, 3.6.14, 3.7.10, 3.8.5 or later") : "yes",
		now == NULL ? _("update Postfix") : _("have such a CR replaced"),
		now == NULL ? NULL : postfix_live(pf, postfix_set(pf, name, "yes")));
}

void
postfix_check_conversion(struct postfix *pf)
{
	if (strcmp(postfix_value(pf, "disable_mime_output_conversion"), "yes") == 0)
		return;
	mta_add(&pf->mta, FINDING_INFO, "postfix.conversion",
		_("disable_mime_output_conversion is no: 8-bit mail to a host without "
		  "8BITMIME is converted after we have signed, and the signature "
		  "breaks"));
	mta_remedy(&pf->mta, "yes",
		_("turn that off: hardly a host is without 8BITMIME any more"),
		postfix_live(
			pf, postfix_set(pf, "disable_mime_output_conversion", "yes")));
}

void
postfix_check_protocol(struct postfix *pf)
{
	const char *text = postfix_value(pf, "milter_protocol");

	if (text[0] == '\0' || (text[0] == '6' && text[1] == '\0'))
		return;
	mta_add(&pf->mta, FINDING_WARNING, "postfix.protocol",
		pool_printf(pf->pool,
			_("milter_protocol is %s: with an old protocol the exact blanks "
			  "of header fields are lost, and simple signatures break"),
			text));
	mta_remedy(&pf->mta, "6", _("use the present one"),
		postfix_live(pf, postfix_set(pf, "milter_protocol", "6")));
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
postfix_check_macros(struct postfix *pf)
{
	for (size_t i = 0; i < ARRAY_LEN(macros); i++) {
		const char *parameter = macros[i].parameter;
		const char *value = postfix_value(pf, parameter);
		struct words list = VEC_INIT;

		value_words(pf->pool, slice_of(value), &list);
		if (list.n == 0 || has_macro(&list, macros[i].macro) ||
			(macros[i].other != NULL && has_macro(&list, macros[i].other)))
			continue;
		mta_add(&pf->mta, FINDING_WARNING, "postfix.macros",
			pool_printf(pf->pool, "%s: %s", parameter, _(macros[i].effect)));
		mta_remedy(&pf->mta, macros[i].macro, _("name it there, too"),
			postfix_set(pf, parameter,
				pool_printf(pf->pool, "%s %s", value, macros[i].macro)));
	}
}
