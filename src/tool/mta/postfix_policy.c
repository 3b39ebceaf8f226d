/*
 * A policy service (check_policy_service) is asked while a message is still to come, and
 * so refuses before us. One that is away has Postfix refuse all mail for now. Every list
 * of restrictions is read, those of services and of restriction classes, too; the command
 * that takes a service out is made of the list as it is written, so that its macros stay.
 */
#include "base/base.h"
#include "tool/mta/postfix.h"

#include "base/ascii.h"
#include "base/str.h"
#include "config/endpoint.h"
#include "config/policy.h"
#include "config/values.h"
#include "tool/tool.h"

/* A list in which a policy service stands. */
struct restriction {
	const struct postconf_service *service; /* NULL: of main.cf */
	const char *name, *value, *raw;
};

/* The next word: up to a blank or a comma, or a whole "{ ... }". */
static bool
next_word(struct slice *rest, struct slice *word)
{
	size_t n = 0;
	int depth = 0;

	while (rest->n > 0 && (ascii_is_space(rest->p[0]) || rest->p[0] == ','))
		*rest = slice_from(*rest, 1);
	for (; n < rest->n; n++) {
		char c = rest->p[n];

		depth += (c == '{') - (c == '}');
		if (depth <= 0 && (ascii_is_space(c) || c == ','))
			break;
	}
	*word = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

/* "{ inet:127.0.0.1:10023, default_action=DUNNO }": the place, and that action. */
static struct slice
place_of(struct slice word, struct slice *action)
{
	struct slice rest = word, part = SLICE_EMPTY, name, value, place;

	*action = SLICE_EMPTY;
	if (!slice_starts(word, "{"))
		return word;
	rest = slice_trim(slice_sub(word, 1, word.n > 1 ? word.n - 2 : 0));
	place = next_word(&rest, &part) ? part : SLICE_EMPTY;
	while (next_word(&rest, &part))
		if (slice_cut(part, '=', &name, &value) &&
			slice_is(name, "default_action"))
			*action = value;
	return place;
}

/* The list without what asks this place; NULL: it stands there under another name, as
 * "$policy". */
static const char *
without(const struct postfix *pf, const char *raw, struct slice place,
	const char *between)
{
	struct slice rest = slice_of(raw), word, action, behind;
	struct str out = STR_POOL(pf->pool);
	bool is_found = false;

	while (next_word(&rest, &word)) {
		struct slice after = rest;

		if (slice_is(word, "check_policy_service") &&
			next_word(&after, &behind) &&
			slice_eq(place_of(behind, &action), place)) {
			rest = after;
			is_found = true;
			continue;
		}
		str_addf(&out, "%s%.*s", out.n > 0 ? between : "", SLICE_ARG(word));
	}
	if (!is_found)
		return NULL;
	return out.p != NULL ? out.p : "";
}

static const char *
set_without(const struct postfix *pf, const struct restriction *r, struct slice place)
{
	const char *rest = without(pf, r->raw, place, r->service != NULL ? "," : ", ");

	if (rest == NULL)
		return NULL;
	return r->service != NULL ? postfix_set_service(pf, r->service, r->name, rest)
	                          : postfix_set(pf, r->name, rest);
}

/* The line of master.cf that makes "unix:private/NAME" or "unix:NAME" there. */
static const struct postconf_service *
maker_of(const struct postfix *pf, struct slice place)
{
	struct slice name = slice_from(place, strlen("unix:"));

	if (!slice_starts(place, "unix:"))
		return NULL;
	name = slice_starts(name, "private/") ? slice_from(name, strlen("private/"))
	                                      : name;
	for (size_t i = 0; i < pf->conf.services.n; i++)
		if (slice_is(name, pf->conf.services.v[i].name))
			return &pf->conf.services.v[i];
	return NULL;
}

/* The program that spawn(8) runs, or the script that its interpreter does, is gone. */
static const char *
lost_program(const struct postfix *pf, const struct postconf_service *maker)
{
	const char *argv = strstr(maker->line, "argv=");
	struct words words = VEC_INIT;

	if (argv == NULL || strcmp(maker->command, "spawn") != 0)
		return NULL;
	value_words(pf->pool, slice_of(argv + strlen("argv=")), &words);
	for (size_t i = 0; i < words.n && i < 2; i++)
		if (words.v[i][0] == '/' && access(words.v[i], F_OK) != 0)
			return words.v[i];
	return NULL;
}

/* Why the place does not answer; NULL: it does, or it cannot be known. */
static const char *
why_away(const struct postfix *pf, struct slice place)
{
	const struct postconf_service *maker = maker_of(pf, place);
	const char *lost;
	struct endpoint end;

	if (maker != NULL) {
		lost = lost_program(pf, maker);
		return lost != NULL ? pool_printf(pf->pool, _("%s is not there"), lost)
		                    : NULL;
	}
	if (slice_starts(place, "unix:private/"))
		return _("no line of master.cf makes it");
	if (!mta_endpoint(place, &end))
		return NULL;
	return mta_refused_at(&pf->mta, &end, postfix_value(pf, "mail_owner"));
}

static void
report_away(struct postfix *pf, const struct restriction *r, struct slice place,
	struct slice action, const char *why)
{
	const char *general = postfix_value(pf, "smtpd_policy_service_default_action");
	bool passes;

	if (action.n == 0)
		action = slice_of(general);
	passes = slice_starts(action, "DUNNO") || slice_starts(action, "dunno") ||
	         slice_starts(action, "OK") || slice_starts(action, "PERMIT");
	mta_add(&pf->mta, passes ? FINDING_WARNING : FINDING_FAILURE,
		"postfix.policy-service",
		pool_printf(pf->pool,
			passes ? _("%s asks the policy service %.*s, which does not "
				   "answer (%s): mail passes without it")
			       : _("%s asks the policy service %.*s, which does not "
				   "answer (%s): all mail from outside stops there"),
			r->name, SLICE_ARG(place), why));
	mta_remedy(&pf->mta, _("a policy service that answers"),
		_("start it, or take it out of the list"), set_without(pf, r, place));
}

/* Does it judge SPF? By its name, and by that of its program. */
static bool
judges_spf(const struct postfix *pf, struct slice place)
{
	const struct postconf_service *maker = maker_of(pf, place);

	return strcasestr(pool_copy(pf->pool, place), "spf") != NULL ||
	       (maker != NULL && strcasestr(maker->line, "spf") != NULL);
}

static void
check_place(struct postfix *pf, const struct restriction *r, struct slice word)
{
	struct slice action, place = place_of(word, &action);
	const char *why = why_away(pf, place);

	if (why != NULL) {
		report_away(pf, r, place, action, why);
		return;
	}
	if (!judges_spf(pf, place) || !(pf->mta.tool->policy->opt.mode & MODE_VERIFY))
		return;
	mta_add(&pf->mta, FINDING_INFO, "postfix.policy-service",
		pool_printf(pf->pool,
			_("%s asks the policy service %.*s about SPF: it refuses before "
			  "we see the message"),
			r->name, SLICE_ARG(place)));
	mta_remedy(&pf->mta, _("one that judges SPF"),
		_("before you take it out of the list, write what it refuses into the "
		  "key table: spf-fail=reject, in a row of the recipient's domain or of "
		  "`*`"),
		NULL);
}

static void
check_list(struct postfix *pf, const struct restriction *r)
{
	struct slice rest = slice_of(r->value), word;

	while (next_word(&rest, &word))
		if (slice_is(word, "check_policy_service") && next_word(&rest, &word))
			check_place(pf, r, word);
}

/* Lists of a service's own. */
static void
check_own(struct postfix *pf, const struct postconf_service *s)
{
	for (size_t i = 0; i < s->overrides.n; i++) {
		const struct postconf_setting *o = &s->overrides.v[i];
		struct restriction r = { s, pool_copy(pf->pool, o->name),
			pool_copy(pf->pool, o->value), pool_copy(pf->pool, o->raw) };

		if (strstr(r.name, "_restrictions") != NULL)
			check_list(pf, &r);
	}
}

/* Does a list let nobody past who has only logged in? "permit_mynetworks, reject" does; a
 * table, a class or a policy service may let in anybody. */
static bool
shuts_users_out(const struct postfix *pf, const char *restrictions)
{
	struct words words = VEC_INIT;

	value_words(pf->pool, slice_of(restrictions), &words);
	for (size_t i = 0; i < words.n; i++) {
		struct slice word = slice_of(words.v[i]);

		if (slice_is(word, "reject") || slice_is(word, "defer"))
			return true;
		if (slice_starts(word, "reject_") ||
			slice_is(word, "permit_mynetworks") ||
			slice_is(word, "permit_inet_interfaces") ||
			slice_find(word, '.') >= 0) /* reject_rbl_client's argument */
			continue;
		return false;
	}
	return false;
}

bool
postfix_lets_users_in(const struct postfix *pf, const struct postconf_service *s)
{
	static const char *const names[] = { "smtpd_client_restrictions",
		"smtpd_helo_restrictions", "smtpd_sender_restrictions",
		"smtpd_relay_restrictions", "smtpd_recipient_restrictions" };
	const char *login =
		postconf_service_value(&pf->conf, s, "smtpd_sasl_auth_enable");

	if (login == NULL || strcmp(login, "yes") != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *list = postconf_service_value(&pf->conf, s, names[i]);

		if (list != NULL && shuts_users_out(pf, list))
			return false;
	}
	return true;
}

void
postfix_check_policy_services(struct postfix *pf)
{
	static const char *const names[] = { "smtpd_client_restrictions",
		"smtpd_helo_restrictions", "smtpd_sender_restrictions",
		"smtpd_relay_restrictions", "smtpd_recipient_restrictions",
		"smtpd_data_restrictions", "smtpd_end_of_data_restrictions",
		"smtpd_etrn_restrictions" };
	struct words lists = VEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		*vec_add(pf->pool, &lists) = names[i];
	value_words(pf->pool, slice_of(postfix_value(pf, "smtpd_restriction_classes")),
		&lists);
	for (size_t i = 0; i < lists.n; i++) {
		const char *name = lists.v[i], *raw = postconf_raw(&pf->conf, name);
		struct restriction r = { NULL, name, postfix_value(pf, name), raw };

		r.raw = raw != NULL ? raw : "";
		check_list(pf, &r);
	}
	for (size_t i = 0; i < pf->conf.services.n; i++)
		check_own(pf, &pf->conf.services.v[i]);
}
