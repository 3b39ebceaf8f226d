/* What enhanced status codes stand for. */
#include "base/base.h"

#include "tool/explain/status.h"

#include "tap.h"

static const struct {
	const char *status, *meaning;
} cases[] = {
	{ "5.1.1", "there is no such mailbox" },
	{ "4.2.2", "the mailbox is full" },
	{ "5.1.10", "the recipient's domain takes no mail (null MX)" },
	{ "5.7.27", "the sender's domain takes no mail (null MX)" },
	{ "5.7.515", "a rule of the receiver, or its security" },
	{ "5.2.121", "something is wrong with the recipient's mailbox" },
	{ "5.9.1", NULL },
	{ "5.12.1", NULL },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		tap_is(status_meaning(cases[i].status), cases[i].meaning, "%s",
			cases[i].status);
	return tap_done();
}
