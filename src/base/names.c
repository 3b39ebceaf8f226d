#include "base/base.h"
#include "base/names.h"

#include "base/msg.h"

bool
name_code(const struct name_code *table, size_t n, struct slice word, int *code)
{
	for (size_t i = 0; i < n; i++) {
		if (!slice_caseis(word, table[i].name))
			continue;
		*code = table[i].code;
		return true;
	}
	return false;
}

const char *
code_name(const struct name_code *table, size_t n, int code)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].code == code)
			return table[i].name;
	panic("a table of %zu words has none for %d", n, code);
}
