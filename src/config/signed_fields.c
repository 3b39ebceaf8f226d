/*
 * Three options work on one another in one order: OmitHeaders is read first, since it is
 * taken out of what the other two say. Lists of names are copied rather than changed in
 * place, but for From in OmitHeaders; they have a few dozen names and are made once a load.
 */
#include "base/base.h"
#include "config/signed_fields.h"

#include "config/values.h"

/* RFC 6376 5.4: what is never worth signing. */
static const char *const omitted_names[] = { "Return-Path", "Received", "Comments",
	"Keywords", "Bcc", "Resent-Bcc", "DKIM-Signature" };
static const struct dkim_fields omitted = { omitted_names, ARRAY_LEN(omitted_names) };

static const struct words none = VEC_INIT;

/* The names of a list that are not in another. */
static struct words
fields_without(
	struct pool *pool, const struct dkim_fields *fields, const struct words *without)
{
	struct words kept = VEC_INIT;

	for (size_t i = 0; i < fields->n; i++)
		if (!words_have(without, slice_of(fields->names[i])))
			*vec_add(pool, &kept) = fields->names[i];
	return kept;
}

static struct dkim_fields
fields_of(const struct words *words)
{
	return (struct dkim_fields){ words->v, words->n };
}

/* What an option lists, over its default. */
static struct words
read_list(struct pool *pool, const char *text, const struct words *preset,
	struct words *unknown)
{
	struct words fields = VEC_INIT;

	if (text == NULL)
		return *preset;
	value_fields(pool, slice_of(text), preset, &fields, unknown);
	return fields;
}

static void
note_unknown(const struct words *unknown, const char *option, struct place at,
	struct problems *problems)
{
	for (size_t i = 0; i < unknown->n; i++)
		problems_note(problems, at,
			"'%s' in %s is no name of a header field, and is ignored",
			unknown->v[i], option);
}

static struct words
read_omitted(struct pool *pool, const struct options *o, struct problems *problems)
{
	struct words preset = fields_without(pool, &omitted, &none), unknown = VEC_INIT;
	struct words omit = read_list(pool, o->omit_headers, &preset, &unknown);

	note_unknown(&unknown, "OmitHeaders", OPTION_ORIGIN(o, omit_headers), problems);
	/* Without From a signature is none (RFC 6376 5.4). */
	for (size_t i = 0; i < omit.n; i++)
		if (strcasecmp(omit.v[i], "From") == 0)
			omit.v[i] = "";
	return omit;
}

static struct dkim_fields
read_sign(struct pool *pool, const struct options *o, const struct words *omit,
	struct problems *problems)
{
	struct words preset = fields_without(pool, &dkim_sign_default, &none);
	struct words unknown = VEC_INIT;
	struct words sign = read_list(pool, o->sign_headers, &preset, &unknown);
	struct dkim_fields all = fields_of(&sign);

	note_unknown(&unknown, "SignHeaders", OPTION_ORIGIN(o, sign_headers), problems);
	sign = fields_without(pool, &all, omit);
	return fields_of(&sign);
}

/* What is left of the fields that are oversigned where present: a list that does not
 * build on the default replaces all of it. */
static struct words
read_present(struct pool *pool, const char *text, const struct words *preset)
{
	struct words list = VEC_INIT, removed = VEC_INIT;
	struct dkim_fields all = fields_of(preset);

	if (text == NULL)
		return *preset;
	value_words(pool, slice_of(text), &list);
	if (!words_have(&list, SLICE_LIT("*")))
		return none;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i][0] == '-')
			*vec_add(pool, &removed) = list.v[i] + 1;
	return fields_without(pool, &all, &removed);
}

/* What is omitted is omitted from both halves of the default, also where a list changes
 * it. */
static void
read_oversign(struct pool *pool, const struct options *o, const struct words *omit,
	struct signed_fields *fields, struct problems *problems)
{
	struct words always = fields_without(pool, &dkim_oversign_default, omit);
	struct words present = fields_without(pool, &dkim_oversign_present_default, omit);
	struct words unknown = VEC_INIT;

	always = read_list(pool, o->oversign_headers, &always, &unknown);
	present = read_present(pool, o->oversign_headers, &present);
	note_unknown(&unknown, "OversignHeaders", OPTION_ORIGIN(o, oversign_headers),
		problems);
	fields->oversign = fields_of(&always);
	fields->oversign_present = fields_of(&present);
}

void
signed_fields_read(struct pool *pool, const struct options *o,
	struct signed_fields *fields, struct problems *problems)
{
	struct words omit = read_omitted(pool, o, problems);

	fields->sign = read_sign(pool, o, &omit, problems);
	read_oversign(pool, o, &omit, fields, problems);
}
