#include "base/base.h"
#include "tap.h"

#include "base/str.h"

#include <time.h>

static int tests, failures;

static bool
tap_say(bool ok, const char *format, va_list args)
{
	printf("%sok %d - ", ok ? "" : "not ", ++tests);
	vprintf(format, args);
	putchar('\n');
	if (!ok)
		failures++;
	return ok;
}

/* Bytes as a C string would be written. */
static void
tap_show(const char *label, struct slice s)
{
	printf("#   %s: ", label);
	if (s.p == NULL)
		printf("(nothing)");
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
	putchar('\n');
}

#define TAP_SAY(ok)                          \
	do {                                 \
		va_list args;                \
		va_start(args, format);      \
		tap_say((ok), format, args); \
		va_end(args);                \
	} while (0)

bool
tap_ok(bool ok, const char *format, ...)
{
	TAP_SAY(ok);
	return ok;
}

bool
tap_is_slice(struct slice got, struct slice want, const char *format, ...)
{
	bool ok = slice_eq(got, want);

	TAP_SAY(ok);
	if (!ok) {
		tap_show(" got", got);
		tap_show("want", want);
	}
	return ok;
}

bool
tap_is(const char *got, const char *want, const char *format, ...)
{
	bool ok = got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;

	TAP_SAY(ok);
	if (!ok) {
		tap_show(" got", slice_of(got));
		tap_show("want", slice_of(want));
	}
	return ok;
}

bool
tap_is_reason(const struct reason *got, const char *want, const char *format, ...)
{
	struct str text = STR_INIT;
	bool ok;

	if (got != NULL)
		reason_print(&text, got, NULL);
	ok = got == NULL || want == NULL ? (got == NULL) == (want == NULL)
	                                 : slice_is(str_slice(&text), want);
	TAP_SAY(ok);
	if (!ok) {
		tap_show(" got", str_slice(&text));
		tap_show("want", slice_of(want != NULL ? want : ""));
	}
	str_release(&text);
	return ok;
}

bool
tap_is_int(int64_t got, int64_t want, const char *format, ...)
{
	bool ok = got == want;

	TAP_SAY(ok);
	if (!ok)
		printf("#    got: %" PRId64 "\n#   want: %" PRId64 "\n", got, want);
	return ok;
}

int64_t
tap_cpu_ms(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

int
tap_done(void)
{
	printf("1..%d\n", tests);
	return failures > 0;
}
