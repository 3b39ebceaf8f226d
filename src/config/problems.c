#include "base/base.h"
#include "config/problems.h"

#include "base/ascii.h"

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

static void
problems_add(struct problems *problems, bool is_error, struct place at, char *text)
{
	hide_controls(text);
	if (at.file != NULL)
		at.file = pool_strdup(problems->pool, at.file);
	*vec_add(problems->pool, &problems->all) = (struct problem){ is_error, at, text };
	problems->errors += is_error;
}

void
problems_error(struct problems *problems, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(problems, true, at, pool_vprintf(problems->pool, format, args));
	va_end(args);
}

void
problems_note(struct problems *problems, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(problems, false, at, pool_vprintf(problems->pool, format, args));
	va_end(args);
}

void
problem_print(struct str *out, const struct problem *problem)
{
	if (problem->at.file != NULL && problem->at.line > 0)
		str_addf(out, "%s:%d: ", problem->at.file, problem->at.line);
	else if (problem->at.file != NULL)
		str_addf(out, "%s: ", problem->at.file);
	str_addf(out, "%s: %s", problem->is_error ? "error" : "note", problem->text);
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
