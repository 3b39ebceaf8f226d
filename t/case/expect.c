/* What a case may expect, one function a word. */
#include "base/base.h"
#include "case.h"

#include "auth/dkim/verify.h"
#include "auth/dmarc/check.h"
#include "auth/iprev.h"
#include "auth/spf/check.h"
#include "base/str.h"
#include "engine/logline.h"

#include "tap.h"

struct output {
	const struct scenario *scenario;
	const struct verdict *verdict;
	const struct results *results;
	struct pool *pool;
};

static const char *
code(const struct outcome *outcome)
{
	return auth_code_name(outcome->code);
}

static const char *
got_route(const struct output *o)
{
	return route_name(o->results->route.route);
}

static const char *
got_action(const struct output *o)
{
	return action_name(o->verdict->action);
}

/* "550 5.7.1 text", or "none". */
static const char *
got_reply(const struct output *o)
{
	if (o->verdict->text == NULL)
		return "none";
	return pool_printf(o->pool, "%s %s %s", o->verdict->code, o->verdict->xcode,
		o->verdict->text);
}

static const char *
got_spf(const struct output *o)
{
	return o->results->spf != NULL ? code(&o->results->spf->outcome) : "null";
}

static const char *
got_spf_helo(const struct output *o)
{
	return o->results->spf_helo != NULL ? code(&o->results->spf_helo->outcome)
	                                    : "null";
}

static const char *
got_dkim(const struct output *o)
{
	const struct dkim_results *dkim = o->results->dkim;
	struct str list = STR_POOL(o->pool);

	if (dkim == NULL)
		return "null";
	for (size_t i = 0; i < dkim->n; i++)
		str_addf(&list, "%s%s", i > 0 ? " " : "", code(&dkim->v[i].outcome));
	return dkim->n > 0 ? list.p : "none";
}

static const char *
got_dmarc(const struct output *o)
{
	return o->results->dmarc != NULL ? code(&o->results->dmarc->outcome) : "null";
}

static const char *
got_iprev(const struct output *o)
{
	return o->results->iprev != NULL ? code(&o->results->iprev->outcome) : "null";
}

static const char *
got_removed(const struct output *o)
{
	return pool_printf(o->pool, "%zu", o->results->removed.n);
}

/* The deletions in their order: "Authentication-Results 3, Authentication-Results 1". */
static const char *
got_deletes(const struct output *o)
{
	struct str list = STR_POOL(o->pool);

	for (size_t i = 0; i < o->verdict->nedits; i++) {
		const struct edit *e = &o->verdict->edits[i];

		if (e->op == EDIT_DELETE)
			str_addf(&list, "%s%s %d", list.n > 0 ? ", " : "", e->name,
				e->index);
	}
	return list.n > 0 ? list.p : "none";
}

/* The changes in their order, folds and all: "Subject 1= x". */
static const char *
got_changes(const struct output *o)
{
	struct str list = STR_POOL(o->pool);

	for (size_t i = 0; i < o->verdict->nedits; i++) {
		const struct edit *e = &o->verdict->edits[i];

		if (e->op == EDIT_CHANGE)
			str_addf(&list, "%s%s %d=%.*s", list.n > 0 ? ", " : "", e->name,
				e->index, SLICE_ARG(e->value));
	}
	return list.n > 0 ? list.p : "none";
}

static const char *
got_changed(const struct output *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->verdict->nedits; i++)
		n += o->verdict->edits[i].op == EDIT_CHANGE;
	return pool_printf(o->pool, "%zu", n);
}

/* The names of what is inserted, in the order of inserting. */
static const char *
got_inserts(const struct output *o)
{
	struct str list = STR_POOL(o->pool);

	for (size_t i = 0; i < o->verdict->nedits; i++) {
		const struct edit *e = &o->verdict->edits[i];

		if (e->op == EDIT_INSERT)
			str_addf(&list, "%s%s", list.n > 0 ? " " : "", e->name);
		if (e->op == EDIT_INSERT && e->index != 0)
			str_addf(&list, "@%d", e->index);
		if (e->op == EDIT_QUARANTINE)
			str_addf(&list, "%shold(%.*s)", list.n > 0 ? " " : "",
				SLICE_ARG(e->value));
	}
	return list.n > 0 ? list.p : "none";
}

/* A word of the log line, the key before it: "signed no". */
static const char *
got_why(const struct output *o)
{
	const struct reason *why = o->results->unsigned_why;

	return why != NULL ? reason_text(o->pool, why, NULL) : "signed";
}

static const char *
got_reasons(const struct output *o)
{
	struct str list = STR_POOL(o->pool);

	for (size_t i = 0; i < o->results->reasons.n; i++)
		str_addf(&list, "%s%s", i > 0 ? " " : "", o->results->reasons.v[i]);
	return list.n > 0 ? list.p : "none";
}

/* What each recipient was told: "ok 452". */
static const char *
got_recipients(const struct output *o)
{
	struct str list = STR_POOL(o->pool);

	for (size_t i = 0; i < o->scenario->recipients.n; i++) {
		const struct verdict *v = o->scenario->recipients.v[i];

		str_addf(&list, "%s%s", i > 0 ? " " : "", v != NULL ? v->code : "ok");
	}
	return list.p;
}

/* Without folds, so that a case can name a part of it. */
static const char *
unfolded(struct pool *pool, const char *value)
{
	struct str text = STR_POOL(pool);

	for (; value != NULL && *value != '\0'; value++)
		if (*value != '\r' && *value != '\n')
			str_addc(&text, *value == '\t' ? ' ' : *value);
	return text.p;
}

static const char *
got_field(const struct output *o)
{
	return unfolded(o->pool, o->results->authentication_results);
}

/* How many results the field has. */
static const char *
got_results(const struct output *o)
{
	const char *p = o->results->authentication_results;
	size_t n = 0;

	for (; p != NULL && *p != '\0'; p++)
		n += *p == ';';
	return pool_printf(o->pool, "%zu", n);
}

static const char *
got_signature(const struct output *o)
{
	struct str all = STR_POOL(o->pool);

	for (size_t i = 0; i < o->results->signatures.n; i++)
		str_add_slice(&all, o->results->signatures.v[i]);
	return unfolded(o->pool, all.p);
}

static const char *
got_log(const struct output *o)
{
	return o->verdict->log;
}

static const char *
got_header(const struct output *o)
{
	struct str all = STR_POOL(o->pool);

	for (size_t i = 0; i < o->verdict->nedits; i++)
		if (o->verdict->edits[i].op == EDIT_INSERT)
			str_addf(&all, "%s:%.*s|", o->verdict->edits[i].name,
				SLICE_ARG(o->verdict->edits[i].value));
	return unfolded(o->pool, all.p);
}

enum how { EQUALS, CONTAINS, LACKS };

static const struct word {
	const char *word;
	enum how how;
	const char *(*got)(const struct output *);
} words[] = {
	{ "route", EQUALS, got_route },
	{ "action", EQUALS, got_action },
	{ "spf", EQUALS, got_spf },
	{ "spf_helo", EQUALS, got_spf_helo },
	{ "dkim", EQUALS, got_dkim },
	{ "dmarc", EQUALS, got_dmarc },
	{ "iprev", EQUALS, got_iprev },
	{ "removed", EQUALS, got_removed },
	{ "changes", CONTAINS, got_changes },
	{ "changed", EQUALS, got_changed },
	{ "deletes", EQUALS, got_deletes },
	{ "inserts", EQUALS, got_inserts },
	{ "reasons", EQUALS, got_reasons },
	{ "recipients", EQUALS, got_recipients },
	{ "reply", CONTAINS, got_reply },
	{ "noreply", LACKS, got_reply },
	{ "why", CONTAINS, got_why },
	{ "field", CONTAINS, got_field },
	{ "results", EQUALS, got_results },
	{ "nofield", LACKS, got_field },
	{ "signature", CONTAINS, got_signature },
	{ "nosignature", LACKS, got_signature },
	{ "header", CONTAINS, got_header },
	{ "noheader", LACKS, got_header },
	{ "log", CONTAINS, got_log },
	{ "nolog", LACKS, got_log },
};

static void
expect_one(const struct output *o, const struct word *word, const char *want)
{
	const char *got = word->got(o), *name = o->scenario->name;
	bool ok = false;

	switch (word->how) {
	case EQUALS:
		ok = strcmp(got, want) == 0;
		break;
	case CONTAINS:
		ok = strstr(got, want) != NULL;
		break;
	case LACKS:
		ok = strstr(got, want) == NULL;
		break;
	}
	if (!tap_ok(ok, "%s: %s %s", name, word->word, want))
		tap_note("got: %s", unfolded(o->pool, got));
}

static const struct word *
find_word(struct slice text)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_is(text, words[i].word))
			return &words[i];
	return NULL;
}

/* What holds for every message, whatever the case expects. */
static void
expect_always(const struct output *o)
{
	const char *name = o->scenario->name, *p = o->verdict->text;
	struct logline line;

	tap_is(logline_parse(o->pool, slice_of(o->verdict->log), &line), NULL,
		"%s: the log line reads back", name);
	while (p != NULL && *p >= 0x20 && *p < 0x7f)
		p++;
	tap_ok(p == NULL || (*p == '\0' && p - o->verdict->text <= 450),
		"%s: S28: the reply is one line of printable ASCII", name);
}

void
scenario_expect(const struct scenario *s, const struct verdict *verdict,
	const struct results *results)
{
	struct output o = { s, verdict, results, s->pool };
	struct slice text = scenario_section(s, "expect"), word, rest;
	int n = 0;

	expect_always(&o);
	for (; scenario_line(&text, &word, &rest); n++) {
		const struct word *w = find_word(word);

		if (w == NULL)
			tap_ok(false, "%s: no word '%.*s'", s->name, SLICE_ARG(word));
		else
			expect_one(&o, w, pool_copy(s->pool, rest));
	}
	tap_ok(n > 0, "%s: expects something", s->name);
}
