/*
 * Which field may occur once alone is told in one table for all who ask: the warnings
 * of outgoing mail and the look at a message at hand.
 */
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

size_t
headers_count(const struct headers *fields, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < fields->n; i++)
		n += header_is(fields->v[i], name);
	return n;
}

const char *
header_singleton(size_t i)
{
	static const char *const names[] = {
		"Date",
		"From",
		"Sender",
		"Reply-To",
		"To",
		"Cc",
		"Bcc",
		"Message-ID",
		"In-Reply-To",
		"References",
		"Subject",
		"MIME-Version",
		"Content-Type",
		"Content-Transfer-Encoding",
		"List-Unsubscribe",
		"List-Unsubscribe-Post",
	};

	return i < ARRAY_LEN(names) ? names[i] : NULL;
}
