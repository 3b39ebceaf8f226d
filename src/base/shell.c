#include "base/base.h"
#include "base/shell.h"

#include "base/ascii.h"
#include "base/str.h"

/* POSIX XCU 2.2: nothing is special between single quotes but the next one. */
const char *
shell_quote(struct pool *pool, const char *text)
{
	struct str out = STR_POOL(pool);

	str_addc(&out, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			str_add(&out, "'\\''");
		else
			str_addc(&out, *text);
	str_addc(&out, '\'');
	return out.p;
}

static bool
is_plain(char c)
{
	return ascii_is_alnum(c) || strchr("%+,-./:=@_", c) != NULL;
}

const char *
shell_word(struct pool *pool, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!is_plain(*p))
			return shell_quote(pool, text);
	return *text != '\0' ? text : "''";
}
