#include "base/base.h"
#include "mail/header.h"

struct slice
header_name(const struct header *field)
{
	return slice_trim(field->name);
}

bool
header_is(const struct header *field, const char *name)
{
	return slice_caseis(header_name(field), name);
}

const struct header *
headers_find(const struct headers *fields, const char *name)
{
	for (size_t i = 0; i < fields->n; i++)
		if (header_is(fields->v[i], name))
			return fields->v[i];
	return NULL;
}
