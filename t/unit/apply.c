/* Verdicts in libmilter's words: the library is replaced by a recorder. */
#include "base/base.h"
#include "base/pool.h"
#include "base/str.h"
#include "milter/apply.h"

#include "tap.h"

static struct str said = STR_INIT;
static int refuse_after = 1000; /* so many calls succeed */

/* One call; fails when its turn to fail has come. */
static int
record(const char *what, const char *a, const char *b, int n)
{
	str_addf(&said, "%s %d %s|%s\n", what, n, a != NULL ? a : "-",
		b != NULL ? b : "-");
	return refuse_after-- > 0 ? MI_SUCCESS : MI_FAILURE;
}

int
smfi_insheader(SMFICTX *ctx UNUSED, int index, char *name, char *value)
{
	return record("insert", name, value, index);
}

int
smfi_chgheader(SMFICTX *ctx UNUSED, char *name, int index, char *value)
{
	return record("change", name, value, index);
}

int
smfi_quarantine(SMFICTX *ctx UNUSED, char *reason)
{
	return record("hold", reason, NULL, 0);
}

int
smfi_setreply(SMFICTX *ctx UNUSED, char *code, char *xcode, char *text)
{
	str_addf(&said, "reply %s %s %s\n", code, xcode, text);
	return MI_SUCCESS;
}

static const struct edit edits[] = {
	{ EDIT_CHANGE, 2, "S", { " x  y", 5 } },
	{ EDIT_DELETE, 3, "A-R", { NULL, 0 } },
	{ EDIT_DELETE, 1, "A-R", { NULL, 0 } },
	{ EDIT_INSERT, 0, "B", { " x;\r\n\ty\r\n z", 12 } },
	{ EDIT_QUARANTINE, 0, NULL, { "why", 3 } },
};

static const struct {
	const char *name;
	unsigned long actions, steps;
	sfsistat status;
	const char *said;
} cases[] = {
	{ "all is granted", SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE,
		SMFIP_HDR_LEADSPC, SMFIS_CONTINUE,
		"change 2 S| x  y\nchange 3 A-R|-\nchange 1 A-R|-\ninsert 0 B| x;\n\ty\n z\nhold 0 "
		"why|-\n" },
	{ "the MTA writes the space", SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE, 0,
		SMFIS_CONTINUE,
		"change 2 S|x  y\nchange 3 A-R|-\nchange 1 A-R|-\ninsert 0 B|x;\n\ty\n z\nhold 0 "
		"why|-\n" },
	{ "no deleting", SMFIF_ADDHDRS | SMFIF_QUARANTINE, 0, SMFIS_TEMPFAIL,
		"reply 451 4.3.5 Mail filter cannot do its work\n" },
	{ "no adding", SMFIF_CHGHDRS | SMFIF_QUARANTINE, 0, SMFIS_TEMPFAIL,
		"reply 451 4.3.5 Mail filter cannot do its work\n" },
	{ "no holding", SMFIF_CHGHDRS | SMFIF_ADDHDRS, 0, SMFIS_TEMPFAIL,
		"reply 451 4.3.5 Mail filter cannot do its work\n" },
};

static void
test_edits(void)
{
	struct verdict verdict = { .edits = edits, .nedits = ARRAY_LEN(edits) };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct granted granted = { cases[i].actions, cases[i].steps };

		str_cut(&said, 0);
		tap_is_int(apply_verdict(NULL, &granted, &verdict, "id"), cases[i].status,
			"%s", cases[i].name);
		tap_is(said.p, cases[i].said, "%s: what was said", cases[i].name);
	}
	for (int n = 0; n < (int)ARRAY_LEN(edits); n++) {
		struct granted granted = { cases[0].actions, 0 };

		refuse_after = n;
		tap_is_int(apply_verdict(NULL, &granted, &verdict, NULL), SMFIS_TEMPFAIL,
			"edit %d is refused", n);
	}
	refuse_after = 1000;
}

static void
test_replies(void)
{
	struct granted granted = { 0, 0 };
	struct verdict verdict = { ACTION_REJECT, "550", "5.7.1", "100% no\r\nQUIT\xff",
		NULL, 0, NULL };
	char text[2000];

	str_cut(&said, 0);
	tap_is_int(apply_verdict(NULL, &granted, &verdict, "id"), SMFIS_REJECT, "reject");
	tap_is(said.p, "reply 550 5.7.1 100%% no??QUIT?\n",
		"S28: printable, per cent doubled");
	memset(text, '%', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	str_cut(&said, 0);
	tap_is_int(apply_reply(NULL, "451", "4.3.2", text), SMFIS_TEMPFAIL, "tempfail");
	tap_is_int((int64_t)(said.n - strlen("reply 451 4.3.2 \n")) / 2 +
			   (int64_t)strlen("451 4.3.2 \r\n"),
		512, "S28: a line of 512 bytes at most, counted without the doubling");
	str_cut(&said, 0);
	apply_reply(NULL, "550", "5.7.1", "");
	tap_is(said.p, "reply 550 5.7.1 Refused\n", "S28: never empty");
}

int
main(void)
{
	test_edits();
	test_replies();
	str_release(&said);
	return tap_done();
}
