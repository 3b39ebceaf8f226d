/*
 * What is said quotes the files that it is about, and goes to terminals and logs: control
 * bytes and whatever could be a key are hidden here, once, whoever complains. Floods are
 * told by the format of the note, since its text has names in it.
 */
#include "base/base.h"
#include "config/problems.h"

#include "base/ascii.h"
#include "base/plain.h"
#include "base/scan.h"

#define SAME_SHOWN 3 /* notes of one form that are all shown */
#define SECRET_LEAST 24 /* bytes of a key in base64 that are not shown */

void
problems_init(struct problems *problems, struct pool *pool)
{
	*problems = (struct problems){ .pool = pool };
}

/* Complaints quote the file, and go to a terminal: its control bytes must not act there.
 * What is not ASCII stays, as names of files may be so. */
static void
hide_controls(char *text)
{
	for (; *text != '\0'; text++)
		if (ascii_is_ctl(*text))
			*text = '?';
}

static bool
is_dark(char c)
{
	return !ascii_is_space(c) && c != '\'';
}

/* Of the characters of base64 those that a part of a path may have, too. */
static bool
is_part(char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '=';
}

static bool
is_base64(char c)
{
	return is_part(c) || c == '/';
}

/* Long, with letters of both cases and digits. */
static bool
is_secret(struct slice run)
{
	bool upper = false, lower = false, digit = false;

	for (size_t i = 0; i < run.n; i++) {
		lower |= ascii_is_lower(run.p[i]);
		upper |= ascii_is_alpha(run.p[i]) && !ascii_is_lower(run.p[i]);
		digit |= !ascii_is_alpha(run.p[i]);
	}
	return run.n >= SECRET_LEAST && upper && lower && digit;
}

/* A key may stand in a table as such, and after a slip of the pen anywhere: as a name, as
 * an attribute, line by line. Then a complaint quotes it, and goes to a log. */
static void
hide_secrets(struct str *out, struct slice text)
{
	struct scan words = scan_of(text);
	struct slice word, run;

	while (!scan_is_end(&words)) {
		bool is_path = scan_peek(&words) == '/' || scan_peek(&words) == '.';
		struct scan s;

		if (!scan_span(&words, is_dark, &word)) {
			str_addc(out, *words.p++);
			continue;
		}
		for (s = scan_of(word); !scan_is_end(&s);) {
			if (!scan_span(&s, is_path ? is_part : is_base64, &run))
				str_addc(out, *s.p++);
			else if (is_secret(run))
				str_add(out, "...");
			else
				str_add_slice(out, run);
		}
	}
}

/* A text without control bytes and without keys. */
static const char *
shown(struct pool *pool, const char *text)
{
	char *copy = pool_strdup(pool, text);
	struct str out = STR_POOL(pool);

	hide_controls(copy);
	hide_secrets(&out, slice_of(copy));
	return out.p;
}

/* The same of all arguments. */
static const struct reason *
shown_reason(struct pool *pool, const struct reason *why)
{
	struct reason *copy = pool_alloc(pool, sizeof(*copy));
	struct reason_arg *args = pool_array(pool, why->n, sizeof(*args));

	for (size_t i = 0; i < why->n; i++) {
		const struct reason_arg *arg = &why->args[i];

		if (arg->text != NULL)
			args[i].text = shown(pool, arg->text);
		if (arg->reason != NULL)
			args[i].reason = shown_reason(pool, arg->reason);
	}
	*copy = (struct reason){ why->form, args, why->n };
	if (why->args == NULL)
		*copy = (struct reason){ .form = shown(pool, why->form) };
	return copy;
}

enum severity { NOTE, ROW, ERROR };

static void
problems_add(struct problems *problems, enum severity severity, struct place at,
	const struct reason *why)
{
	struct pool *pool = problems->pool;
	const char *text = shown(pool, reason_text(pool, why, NULL));

	if (at.file != NULL)
		at.file = pool_strdup(problems->pool, at.file);
	if (severity == ROW && problems->strict)
		severity = ERROR;
	*vec_add(problems->pool, &problems->all) =
		(struct problem){ .is_error = severity != NOTE,
			.is_row = severity == ROW,
			.at = at,
			.text = text,
			.why = shown_reason(pool, why) };
	problems->errors += severity == ERROR;
	problems->rows += severity == ROW;
}

void
problems_error(struct problems *problems, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(problems, ERROR, at, reason_vmake(problems->pool, format, args));
	va_end(args);
}

void
problems_note_row(struct problems *problems, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(problems, NOTE, at, reason_vmake(problems->pool, format, args));
	va_end(args);
	problems->all.v[problems->all.n - 1].form = format;
}

/* Notes of one form. */
struct flood {
	const char *form;
	struct problem *first, *last;
	size_t n;
};

struct floods VEC_OF(struct flood);

/* There are few forms, however many notes. */
static struct flood *
flood_of(struct floods *floods, const struct problem *problem)
{
	for (size_t i = 0; problem->form != NULL && i < floods->n; i++)
		if (floods->v[i].form == problem->form)
			return &floods->v[i];
	return NULL;
}

static void
count_floods(const struct problems *problems, struct floods *floods)
{
	for (size_t i = 0; i < problems->all.n; i++) {
		struct problem *problem = &problems->all.v[i];
		struct flood *flood = flood_of(floods, problem);

		if (problem->form == NULL)
			continue;
		if (flood == NULL) {
			flood = vec_add(problems->pool, floods);
			*flood = (struct flood){ problem->form, problem, problem, 0 };
		}
		flood->last = problem;
		flood->n++;
	}
}

/* Says with the first one how many there are. */
static void
add_others(struct pool *pool, const struct flood *flood)
{
	struct problem *first = flood->first;
	const struct reason *others = reason_make(pool,
		"; the same holds for %zu more rows, the last of them %s", flood->n - 1,
		place_short(pool, flood->last->at));

	first->text =
		pool_printf(pool, "%s%s", first->text, reason_text(pool, others, NULL));
	first->why = reason_make(pool, "%p%p", first->why, others);
}

void
problems_gather(struct problems *problems)
{
	struct floods floods = VEC_INIT;
	size_t kept = 0;

	count_floods(problems, &floods);
	for (size_t i = 0; i < floods.n; i++)
		if (floods.v[i].n > SAME_SHOWN)
			add_others(problems->pool, &floods.v[i]);
	for (size_t i = 0; i < problems->all.n; i++) {
		struct problem *problem = &problems->all.v[i];
		const struct flood *flood = flood_of(&floods, problem);

		if (flood == NULL || flood->n <= SAME_SHOWN || flood->first == problem)
			problems->all.v[kept++] = *problem;
	}
	problems->all.n = kept;
	/* They have been counted, and count no more. */
	for (size_t i = 0; i < kept; i++)
		problems->all.v[i].form = NULL;
}

const struct reason *
problems_row(struct problems *problems, struct place at, const struct reason *bad,
	const char *until_then)
{
	struct pool *pool = problems->pool;
	const struct reason *then = NULL;

	if (until_then != NULL && !problems->strict)
		then = reason_make(pool, "; until then %p", reason_of(pool, until_then));
	bad = shown_reason(pool, bad);
	problems_add(problems, ROW, at, reason_make(pool, "%p%p", bad, then));
	problems->all.v[problems->all.n - 1].row = bad;
	return bad;
}

void
problems_note(struct problems *problems, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(problems, NOTE, at, reason_vmake(problems->pool, format, args));
	va_end(args);
}

static void
print_place(struct str *out, struct place at)
{
	if (at.file != NULL && at.line > 0)
		str_addf(out, "%s:%d: ", at.file, at.line);
	else if (at.file != NULL)
		str_addf(out, "%s: ", at.file);
}

void
problem_print(struct str *out, const struct problem *problem)
{
	print_place(out, problem->at);
	str_addf(out, "%s: %s", problem->is_error ? "error" : "note", problem->text);
}

void
problem_say(struct str *out, const struct problem *problem, reason_translate *translate)
{
	print_place(out, problem->at);
	str_addf(out, "%s: ", translate(problem->is_error ? N_("error") : N_("note")));
	reason_print(out, problem->why, translate);
}

static void
add_line(struct str *out, const struct str *line)
{
	plain_add(out, str_slice(line));
	str_addc(out, '\n');
}

void
problems_print(struct str *out, const struct problems *problems)
{
	for (size_t i = 0; i < problems->all.n; i++) {
		struct str line = STR_POOL(problems->pool);

		problem_print(&line, &problems->all.v[i]);
		add_line(out, &line);
	}
}

void
problems_say(
	struct str *out, const struct problems *problems, reason_translate *translate)
{
	for (size_t i = 0; i < problems->all.n; i++) {
		struct str line = STR_POOL(problems->pool);

		problem_say(&line, &problems->all.v[i], translate);
		add_line(out, &line);
	}
}

const char *
problems_first_error(const struct problems *problems)
{
	struct str line = STR_POOL(problems->pool);

	for (size_t i = 0; i < problems->all.n && line.n == 0; i++)
		if (problems->all.v[i].is_error && !problems->all.v[i].is_row)
			problem_print(&line, &problems->all.v[i]);
	return line.p;
}

const char *
place_print(struct pool *pool, struct place at)
{
	if (at.file == NULL)
		return "default";
	if (at.line == 0)
		return pool_strdup(pool, at.file);
	return pool_printf(pool, "%s:%d", at.file, at.line);
}

const char *
place_short(struct pool *pool, struct place at)
{
	const char *slash = at.file != NULL ? strrchr(at.file, '/') : NULL;

	if (slash != NULL && slash[1] != '\0')
		at.file = slash + 1;
	return place_print(pool, at);
}
