#include "base/base.h"
#include "engine/verdict.h"

#include "base/names.h"

static const struct name_code action_words[] = {
	{ "accept", ACTION_ACCEPT },
	{ "quarantine", ACTION_QUARANTINE },
	{ "reject", ACTION_REJECT },
	{ "tempfail", ACTION_TEMPFAIL },
};

/* The word of the log and of the tool. */
const char *
action_name(enum action action)
{
	return code_name(action_words, ARRAY_LEN(action_words), (int)action);
}
