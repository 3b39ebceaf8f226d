#include "base/base.h"
#include "mail/jis.h"

#include "base/scan.h"
#include "base/str.h"

enum { ESC = 0x1b };

/* Takes kanji: the sequence that begins them, pairs of printable bytes, the sequence that
 * ends them. */
static bool
take_kanji(struct scan *s, struct slice *kanji)
{
	struct scan ahead = *s;

	if (!scan_text(&ahead, "\x1b$B") && !scan_text(&ahead, "\x1b$@"))
		return false;
	kanji->p = ahead.p;
	while (scan_peek(&ahead) != ESC) {
		if (ahead.end - ahead.p < 2 || ahead.p[0] <= ' ' || ahead.p[1] <= ' ' ||
			ahead.p[0] > '~' || ahead.p[1] > '~')
			return false;
		ahead.p += 2;
	}
	kanji->n = (size_t)(ahead.p - kanji->p);
	if (!scan_text(&ahead, "\x1b(B") && !scan_text(&ahead, "\x1b(J"))
		return false;
	*s = ahead;
	return true;
}

/* What a reader makes of the field that takes kanji for ASCII. */
struct ascii_view {
	size_t ats; /* '@' outside of kanji */
	bool lost;  /* kanji may have ended quotes for that reader, or begun a comment */
};

/* May that reader find an address among these kanji? Unless the reader is lost, they are
 * in quotes or in a comment for both of us. */
static bool
may_hide(struct ascii_view *view, struct slice kanji)
{
	for (size_t i = 0; i < kanji.n; i++) {
		if (kanji.p[i] == '@' && view->lost)
			return true;
		view->lost |= kanji.p[i] == ')' || kanji.p[i] == '"';
	}
	view->lost = true;
	return false;
}

bool
jis_plain(struct pool *pool, struct slice value, struct slice *plain)
{
	struct scan s = scan_of(value);
	struct str out = STR_POOL(pool);
	struct ascii_view view = { 0 };
	struct slice kanji;
	bool any = false;

	while (!scan_is_end(&s)) {
		if (take_kanji(&s, &kanji)) {
			any = true;
			if (may_hide(&view, kanji))
				return false;
			str_add(&out, "\x1bx");
			continue;
		}
		view.ats += *s.p == '@';
		str_addc(&out, *s.p++);
	}
	*plain = str_slice(&out);
	return any && view.ats == 1;
}
