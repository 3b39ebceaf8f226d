/*
 * Whether everything can be done is found out before anything is: an MTA that grants no
 * deletion would else get a message with our field above a forged one.
 *
 * On the wire a fold is LF, not CRLF. The space after the colon is ours when the MTA
 * granted SMFIP_HDR_LEADSPC; otherwise the MTA writes one, and ours would be a second.
 *
 * libmilter gives the text of a reply to printf, so each % is doubled. Replies are kept
 * to one line of 512 bytes: some MTAs have read past the end of longer ones.
 */
#include "base/base.h"
#include "milter/apply.h"

#include "base/msg.h"
#include "base/pool.h"
#include "base/str.h"

#define REPLY_LINE 512

/* The action that an edit needs. */
static const struct {
	unsigned long action;
	const char *name;
} needs[] = {
	[EDIT_CHANGE] = { SMFIF_CHGHDRS, "changing header fields" },
	[EDIT_DELETE] = { SMFIF_CHGHDRS, "removing header fields" },
	[EDIT_INSERT] = { SMFIF_ADDHDRS, "adding header fields" },
	[EDIT_QUARANTINE] = { SMFIF_QUARANTINE, "quarantine" },
};

/* A field's value as it goes over the wire. */
static char *
wire_value(struct pool *pool, const struct granted *granted, struct slice value)
{
	struct str wire = STR_POOL(pool);

	if ((granted->steps & SMFIP_HDR_LEADSPC) == 0 && slice_starts(value, " "))
		value = slice_from(value, 1);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' || i + 1 == value.n || value.p[i + 1] != '\n')
			str_addc(&wire, value.p[i]);
	return pool_copy(pool, str_slice(&wire));
}

/* Applies one edit; what the MTA did not do, or NULL. */
static const char *
edit_apply(SMFICTX *ctx, struct pool *pool, const struct granted *granted,
	const struct edit *edit)
{
	char *name = edit->name != NULL ? pool_strdup(pool, edit->name) : NULL;
	char *value = wire_value(pool, granted, edit->value);
	int r = MI_FAILURE;

	switch (edit->op) {
	case EDIT_CHANGE:
		r = smfi_chgheader(ctx, name, edit->index, value);
		break;
	case EDIT_DELETE:
		r = smfi_chgheader(ctx, name, edit->index, NULL);
		break;
	case EDIT_INSERT:
		r = smfi_insheader(ctx, edit->index, name, value);
		break;
	case EDIT_QUARANTINE:
		r = smfi_quarantine(
			ctx, value[0] != '\0' ? value : pool_strdup(pool, "held"));
		break;
	}
	return r == MI_SUCCESS ? NULL : needs[edit->op].name;
}

/* Applies all edits in their order, or none where the MTA does not grant one of them. */
static const char *
edits_apply(SMFICTX *ctx, const struct granted *granted, const struct verdict *verdict)
{
	struct pool *pool;
	const char *failed = NULL;

	for (size_t i = 0; i < verdict->nedits; i++)
		if ((granted->actions & needs[verdict->edits[i].op].action) == 0)
			return needs[verdict->edits[i].op].name;
	pool = pool_new();
	for (size_t i = 0; i < verdict->nedits && failed == NULL; i++)
		failed = edit_apply(ctx, pool, granted, &verdict->edits[i]);
	pool_free(pool);
	return failed;
}

/* The queue id is what the MTA says, so it is shown with care. */
static void
log_not_granted(const char *queue_id, const char *what)
{
	struct pool *pool = pool_new();
	const char *id = queue_id != NULL ? queue_id : "unknown";

	msg_error("id=%s: the MTA does not allow %s: message deferred",
		pool_show(pool, slice_of(id), 100), what);
	pool_free(pool);
}

sfsistat
apply_verdict(SMFICTX *ctx, const struct granted *granted, const struct verdict *verdict,
	const char *queue_id)
{
	const char *failed;

	if (verdict->action == ACTION_REJECT || verdict->action == ACTION_TEMPFAIL)
		return apply_reply(ctx, verdict->code, verdict->xcode, verdict->text);
	if ((failed = edits_apply(ctx, granted, verdict)) != NULL) {
		log_not_granted(queue_id, failed);
		return apply_reply(ctx, "451", "4.3.5", "Mail filter cannot do its work");
	}
	/* Not ACCEPT: some MTAs keep that for the connection's next message. */
	return SMFIS_CONTINUE;
}

sfsistat
apply_reply(SMFICTX *ctx, const char *code, const char *xcode, const char *text)
{
	bool lasting = code[0] == '5';
	char rcode[4], ecode[8], line[2 * REPLY_LINE];
	size_t room = REPLY_LINE - strlen(code) - strlen(xcode) - 4, n = 0;

	if (text == NULL || text[0] == '\0')
		text = lasting ? "Refused" : "Try again later";
	for (; *text != '\0' && room > 0; text++, room--) {
		line[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
		if (*text == '%')
			line[n++] = '%';
	}
	line[n] = '\0';
	snprintf(rcode, sizeof(rcode), "%s", code);
	snprintf(ecode, sizeof(ecode), "%s", xcode);
	if (smfi_setreply(ctx, rcode, ecode, line) != MI_SUCCESS)
		msg_error("the reply '%s %s %s' was not taken", rcode, ecode, line);
	return lasting ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}
