/*
 * Of what OpenDKIM would take for ours, whatever is not known here is an error rather
 * than a note: mail that was signed would silently be so no longer.
 */
#include "base/base.h"
#include "config/macrolist.h"

/* What an MTA sets when a client has logged in. */
static const char *const login_macros[] = { "auth_type", "auth_authen", "auth_author",
	"auth_ssf" };

static bool
is_of_login(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(login_macros); i++)
		if (slice_is(name, login_macros[i]))
			return true;
	return false;
}

/* "{daemon_name}" -> "daemon_name" */
static struct slice
without_braces(struct slice name)
{
	if (slice_starts(name, "{") && slice_ends(name, "}"))
		return slice_sub(name, 1, name.n - 2);
	return name;
}

static void
add_daemons(struct pool *pool, const struct table_row *row, struct slice values,
	struct words *mta, struct problems *problems)
{
	struct slice value;
	size_t before = mta->n;

	while (slice_next(&values, '|', &value))
		if (slice_trim(value).n > 0)
			*vec_add(pool, mta) = pool_copy(pool, slice_trim(value));
	if (mta->n == before)
		problems_error(problems, row->at,
			"MacroList names daemon_name without a value, and every daemon "
			"has a name: list the names of your submission daemons in MTA, "
			"and remove it");
}

static void
macrolist_add(struct pool *pool, const struct table_row *row, struct words *mta,
	struct problems *problems)
{
	struct slice name = row->key, values = row->value;
	bool is_joined = values.n == 0 && slice_cut(row->key, '|', &name, &values);

	name = without_braces(slice_trim(name));
	if (is_of_login(name))
		problems_note(problems, row->at,
			"%.*s in MacroList is ignored: mail of a client that has logged "
			"in is always ours",
			SLICE_ARG(name));
	else if (slice_is(name, "daemon_name")) {
		add_daemons(pool, row, values, mta, problems);
		if (is_joined)
			problems_note(problems, row->at,
				"'%.*s' in MacroList is read as %.*s=%.*s, the same as "
				"MTA; OpenDKIM 2.11 matches nobody by it as it is "
				"written, so more is signed here than there",
				SLICE_ARG(row->key), SLICE_ARG(name), SLICE_ARG(values));
	} else
		problems_error(problems, row->at,
			"the macro '%.*s' of MacroList does not decide here what is "
			"signed: list the names of your submission daemons in MTA (macro "
			"{daemon_name}), and remove it",
			SLICE_ARG(name));
}

void
macrolist_read(struct pool *pool, const struct table *table, struct words *mta,
	struct problems *problems)
{
	for (size_t i = 0; i < table->rows.n; i++)
		macrolist_add(pool, &table->rows.v[i], mta, problems);
}
