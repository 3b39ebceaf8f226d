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
