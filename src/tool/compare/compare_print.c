#include "base/base.h"
#include "tool/compare/compare_print.h"

#include "base/map.h"
#include "base/pool.h"
#include "tool/compare/compare.h"
#include "tool/tool.h"

/* What compare_skip is told, marked for the catalogue. */
static const char *const whys[] UNUSED = {
	N_("no results of theirs"),
	N_("their results cannot be read"),
	N_("their results do not say anything of dkim"),
	N_("cannot be read"),
	N_("is larger than 50 MB"),
	N_("is no message"),
	N_("the DNS does not answer for a key"),
};

static json_t *
counts_json(const struct map *map, const char *key)
{
	json_t *list = json_array();
	struct slice name;

	for (size_t i = 0; i < map_count(map); i++) {
		const size_t *n = map_at(map, i, &name);

		json_array_append_new(
			list, json_pack("{s:o, s:I}", key, tool_json_bytes(name), "count",
				      (json_int_t)*n));
	}
	return list;
}

static json_t *
examples_json(const struct compare *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->examples.n; i++) {
		const struct compare_example *e = &c->examples.v[i];

		json_array_append_new(list,
			json_pack("{s:o, s:o, s:o, s:o}", "kind", tool_json_text(e->kind),
				"domain", tool_json_text(e->domain), "id",
				tool_json_text(e->id), "difference",
				tool_json_text(e->text)));
	}
	return list;
}

static void
print_json(struct tool *tool, const struct compare *c)
{
	tool_print(tool,
		json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "messages",
			(json_int_t)c->messages, "differing", (json_int_t)c->differing,
			"kinds", counts_json(c->kinds, "kind"), "domains",
			counts_json(c->domains, "domain"), "examples", examples_json(c),
			"skipped", counts_json(c->skipped, "why"), "unpublished",
			counts_json(c->unpublished, "key"), "undated",
			(json_int_t)c->undated, "cut", (json_int_t)c->cut));
}

static void
print_counts(struct pool *pool, const char *title, const struct map *map)
{
	struct slice name;

	if (map_count(map) == 0)
		return;
	printf("\n%s\n", title);
	for (size_t i = 0; i < map_count(map); i++) {
		const size_t *n = map_at(map, i, &name);

		printf("%7zu  %s\n", *n, pool_show(pool, name, SIZE_MAX));
	}
}

static void
print_examples(const struct compare *c)
{
	if (c->examples.n > 0)
		printf("\n%s\n", _("Examples"));
	for (size_t i = 0; i < c->examples.n; i++) {
		printf("  %s  %s\n",
			pool_show(c->pool, slice_of(c->examples.v[i].id), SIZE_MAX),
			pool_show(c->pool, slice_of(c->examples.v[i].text), SIZE_MAX));
	}
}

static void
print_skipped(const struct map *map)
{
	struct slice why;

	if (map_count(map) > 0)
		printf("\n%s\n", _("Not compared"));
	for (size_t i = 0; i < map_count(map); i++) {
		const size_t *n = map_at(map, i, &why);

		printf("%7zu  %s\n", *n, _(why.p));
	}
}

void
compare_print(struct tool *tool, const struct compare *c)
{
	if (tool->json) {
		print_json(tool, c);
		return;
	}
	printf(_("messages: %zu, with differences: %zu\n"), c->messages, c->differing);
	if (c->undated > 0)
		printf(_("judged as of now, since nothing dates them: %zu\n"),
			c->undated);
	if (c->cut > 0)
		printf(_("of a line that was cut: %zu\n"), c->cut);
	print_counts(c->pool, _("By kind"), c->kinds);
	print_counts(c->pool, _("By domain"), c->domains);
	print_examples(c);
	print_counts(c->pool, _("No difference: keys that are not published any more"),
		c->unpublished);
	print_skipped(c->skipped);
}
