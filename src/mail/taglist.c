/*
 * One pass over the text. The list is short (TAGLIST_MAX), so a name is looked for by
 * walking it: a map would cost more than it saves.
 */
#include "base/base.h"
#include "mail/taglist.h"

#include "base/ascii.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mail/lex.h"

static bool
is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

/* Takes a tag's name: a letter, then letters, digits, underscores. */
static bool
take_name(struct scan *s, struct slice *name)
{
	int c = scan_peek(s);

	return c >= 0 && ascii_is_alpha((char)c) && scan_span(s, is_name_char, name);
}

/* Checks that nothing stands in a value but text and folding white space. */
static const char *
check_value(struct slice value)
{
	struct scan s = scan_of(value);

	while (lex_fws(&s), !scan_is_end(&s)) {
		if (ascii_is_ctl(*s.p))
			return N_("a tag's value has a control character");
		if (!utf8_take(&s))
			return N_("a tag's value is not UTF-8");
	}
	return NULL;
}

/* Takes one "name = value", up to its ';' or the end. */
static const char *
take_tag(struct scan *s, struct tag *tag)
{
	const char *bad;

	lex_fws(s);
	if (!take_name(s, &tag->name))
		return N_("a tag has no name");
	lex_fws(s);
	if (!scan_char(s, '='))
		return N_("a tag has no '='");
	tag->raw = scan_until(s, ';');
	bad = check_value(tag->raw);
	tag->value = slice_trim(tag->raw);
	return bad;
}

static const struct tag *
find(const struct taglist *list, struct slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_eq(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

const struct tag *
taglist_find(const struct taglist *list, const char *name)
{
	return find(list, slice_of(name));
}

const char *
taglist_parse(struct pool *pool, struct slice text, struct taglist *list)
{
	struct scan s = scan_of(text);
	struct tag tag;

	*list = (struct taglist)VEC_INIT;
	do {
		const char *bad = take_tag(&s, &tag);

		if (bad != NULL)
			return bad;
		if (find(list, tag.name) != NULL)
			return N_("a tag occurs twice");
		if (list->n == TAGLIST_MAX)
			return N_("too many tags");
		*vec_add(pool, list) = tag;
		if (!scan_char(&s, ';'))
			break;
		lex_fws(&s); /* blanks after the last ';' are everywhere */
	} while (!scan_is_end(&s));
	return NULL;
}
