#include "base/base.h"
#include "tool/mta/milter_order.h"

#include "base/str.h"
#include "config/policy.h"
#include "tool/layout.h"
#include "tool/mta/milter_catalogue.h"
#include "tool/tool.h"

/* What comes first stands first. */
enum rank { RANK_CHECK, RANK_CHANGE, RANK_SIGN, RANK_BEHIND, RANK_READ };

static bool
is_opendkim(const struct mta *mta, const struct milter *m)
{
	return m->is_known && !m->is_ours && mta->opendkim.has_socket &&
	       mta_is_same(mta, &mta->opendkim.socket, &m->end);
}

static enum rank
rank_of_ours(const struct mta *mta)
{
	unsigned mode = mta->tool->policy->opt.mode;

	if (mode == MODE_SHADOW || mta->opendkim.same_key != NULL)
		return RANK_BEHIND;
	return mode & MODE_SIGN ? RANK_SIGN : RANK_CHECK;
}

static enum rank
rank_of(const struct mta *mta, const struct milter *m)
{
	if (m->is_ours)
		return rank_of_ours(mta);
	if (m->does & DOES_READ)
		return RANK_READ;
	if (m->does & DOES_SIGN)
		return RANK_SIGN;
	return m->does == DOES_CHECK ? RANK_CHECK : RANK_CHANGE;
}

void
milter_order_sort(
	const struct mta *mta, const struct milters *list, struct milters *sorted)
{
	*sorted = (struct milters)VEC_INIT;
	for (int rank = RANK_CHECK; rank <= RANK_READ; rank++)
		for (size_t i = 0; i < list->n; i++)
			if ((int)rank_of(mta, &list->v[i]) == rank)
				*vec_add(mta->tool->pool, sorted) = list->v[i];
}

bool
milter_order_is_twice(const struct mta *mta, const struct milters *list)
{
	bool ours = false;

	for (size_t i = 0; mta->opendkim.same_key != NULL && i < list->n; i++) {
		ours |= list->v[i].is_ours;
		if (ours && is_opendkim(mta, &list->v[i]))
			return true;
	}
	return false;
}

void
milter_order_show(struct mta *mta, const char *list, const struct milters *milters)
{
	struct milter_order *order = vec_add(mta->tool->pool, &mta->orders);

	*order = (struct milter_order){ .list = list, .milters = *milters };
}

static bool
has_opendkim(const struct mta *mta, const struct milters *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_opendkim(mta, &list->v[i]))
			return true;
	return false;
}

/* Why we stand where we do. */
static const char *
why_ours(const struct mta *mta, const struct milters *list)
{
	unsigned mode = mta->tool->policy->opt.mode;

	if (mode == MODE_SHADOW)
		return _(
			"looks on: behind OpenDKIM, whose work it compares with its own");
	if (mta->opendkim.same_key != NULL && has_opendkim(mta, list))
		return _("signs: behind OpenDKIM, since what that has signed "
			 "with the same key is not signed again");
	if (!(mode & MODE_SIGN))
		return _("checks: first, before anything is changed");
	return mode & MODE_VERIFY
	               ? _("checks and signs: behind what changes messages, so that what "
			   "is signed is what leaves")
	               : _("signs: last, so that what is signed is what leaves");
}

static const char *
why(const struct mta *mta, const struct milters *list, const struct milter *m)
{
	if (m->is_ours)
		return why_ours(mta, list);
	if (is_opendkim(mta, m) && mta->opendkim.same_key != NULL)
		return _(
			"signs with the key that we have: before us, since it signs what "
			"is signed");
	if (m->does & DOES_READ)
		return _("reads what others have found: behind who checks");
	if (m->does & DOES_SIGN)
		return m->does & DOES_CHECK
		               ? _("checks and signs: behind what changes messages")
		               : _("signs: last, so that what is signed is what leaves");
	if (m->does == DOES_CHECK)
		return _("checks: first, before anything is changed");
	if (m->does & DOES_CHECK)
		return _("checks and changes: before who signs");
	return m->name != NULL
	               ? _("changes messages: behind who checks, before who signs")
	               : _("is not known here, and may change messages: behind who "
			   "checks, before who signs");
}

static const char *
name_of(const struct milter *m)
{
	if (m->is_ours)
		return "sekimori";
	return m->name != NULL ? m->name : "?";
}

void
milter_order_print(const struct mta *mta, struct str *out)
{
	for (size_t i = 0; i < mta->orders.n; i++) {
		const struct milter_order *l = &mta->orders.v[i];

		str_addf(out, _("\n%s: verify first, change next, sign last\n"), l->list);
		for (size_t k = 0; k < l->milters.n; k++) {
			const struct milter *m = &l->milters.v[k];

			str_addf(out, "%3zu. ", k + 1);
			layout_show(out, m->text);
			str_add(out, "\n     ");
			layout_wrap(out,
				pool_printf(mta->tool->pool, "%s: %s", name_of(m),
					why(mta, &l->milters, m)),
				5);
		}
	}
}

static json_t *
json_does(const struct mta *mta, const struct milter *m)
{
	static const char *const words[] = { "checks", "changes", "signs", "reads" };
	unsigned mode = mta->tool->policy->opt.mode, does = m->does;
	json_t *list = json_array();

	if (m->is_ours && mode != MODE_SHADOW)
		does = (mode & MODE_VERIFY ? DOES_CHECK : 0) |
		       (mode & MODE_SIGN ? DOES_SIGN : 0);
	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (does & 1u << i)
			json_array_append_new(list, json_string(words[i]));
	return list;
}

json_t *
milter_order_json(const struct mta *mta)
{
	json_t *lists = json_array();

	for (size_t i = 0; i < mta->orders.n; i++) {
		const struct milter_order *l = &mta->orders.v[i];
		json_t *milters = json_array();

		for (size_t k = 0; k < l->milters.n; k++) {
			const struct milter *m = &l->milters.v[k];
			const char *name = m->is_ours ? "sekimori" : m->name;

			json_array_append_new(milters,
				json_pack("{s:o,s:o,s:o,s:o}", "place",
					tool_json_text(m->text), "name",
					tool_json_text(name), "does", json_does(mta, m),
					"reason",
					tool_json_text(why(mta, &l->milters, m))));
		}
		json_array_append_new(
			lists, json_pack("{s:o,s:o}", "list", tool_json_text(l->list),
				       "milters", milters));
	}
	return lists;
}
