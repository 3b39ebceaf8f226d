/* What an MTA, or somebody who says he is one, tells the milter, in any order: one event
 * a line, a letter as on the wire and its text, in which '|' is a line end. The library
 * is played here, by what its manual promises and no more: it does not keep the order.
 *
 *     O actions steps     D name=value     C name address     H name
 *     M sender  R recipient  L name:value  N  B bytes  E  A
 *     K  the connection is handed to another client     S  from now on in the shadow
 *
 * What the milter answers is what was granted, and only when it may be said; when the
 * connections are closed nothing is left inside. */
#include "fuzz.h"

/* In one unit with what checks it, the compiler supposes an edit that there is not. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#include "../../src/milter/apply.c"
#pragma GCC diagnostic pop
#include "../../src/milter/callbacks.c"
#include "../../src/milter/gate.c"
#include "../../src/milter/reload.c"
#include "../../src/milter/tally.c"

#include "base/scan.h"
#include "config/policy.h"
#include "crypto/signer.h"
#include "dns/dns_zone.h"

#define MACROS 16
#define PERCENT 0x25

struct smfi_str {
	void *priv;
	char *name[MACROS], *value[MACROS];
	size_t macros;
	unsigned long actions, steps; /* granted */
	bool at_end;                  /* in the callback of the message's end */
	char reply;                   /* the first digit of one that was set */
	size_t edits;
};

/* What the milter registered. */
static struct smfiDesc *
registered(void)
{
	static struct smfiDesc desc;

	return &desc;
}

int
smfi_register(struct smfiDesc desc)
{
	*registered() = desc;
	return MI_SUCCESS;
}

size_t
smfi_setmaxdatasize(size_t n)
{
	return n;
}

int
smfi_settimeout(int seconds)
{
	return seconds > 0 ? MI_SUCCESS : MI_FAILURE;
}

int
smfi_setsymlist(SMFICTX *ctx UNUSED, int where, char *names)
{
	FUZZ_CHECK(where >= SMFIM_CONNECT && where <= SMFIM_EOH && names[0] != '\0');
	return MI_SUCCESS;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	for (size_t i = ctx->macros; i > 0; i--)
		if (strcmp(ctx->name[i - 1], name) == 0)
			return ctx->value[i - 1];
	return NULL;
}

int
smfi_setpriv(SMFICTX *ctx, void *priv)
{
	ctx->priv = priv;
	return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
	return ctx->priv;
}

/* S28: one line, printable, at most 512 bytes; every % is doubled for printf. */
int
smfi_setreply(SMFICTX *ctx, char *code, char *xcode, char *text)
{
	FUZZ_CHECK(code[0] == '4' || code[0] == '5');
	FUZZ_CHECK(strlen(code) == 3 && xcode[0] == code[0] && strlen(xcode) >= 5);
	for (const char *p = text; *p != '\0'; p++) {
		FUZZ_CHECK(*p >= ' ' && *p <= '~');
		if (*p == PERCENT)
			FUZZ_CHECK(*++p == PERCENT);
	}
	FUZZ_CHECK(text[0] != '\0' && strlen(text) <= 1024);
	ctx->reply = code[0];
	return MI_SUCCESS;
}

/* An edit is made at the end alone, where it was granted, and is one field. */
static void
edit(SMFICTX *ctx, unsigned long action, const char *name, const char *value)
{
	FUZZ_CHECK(ctx->at_end && (ctx->actions & action) != 0);
	FUZZ_CHECK(name != NULL && name[0] != '\0' && strchr(name, '\n') == NULL);
	for (const char *p = value; p != NULL && *p != '\0'; p++)
		FUZZ_CHECK(*p != '\r' && (*p != '\n' || p[1] == ' ' || p[1] == '\t'));
	ctx->edits++;
}

int
smfi_insheader(SMFICTX *ctx, int index, char *name, char *value)
{
	FUZZ_CHECK(index >= 0 && value != NULL);
	edit(ctx, SMFIF_ADDHDRS, name, value);
	return MI_SUCCESS;
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
	FUZZ_CHECK(index >= 1);
	edit(ctx, SMFIF_CHGHDRS, name, value);
	return MI_SUCCESS;
}

int
smfi_quarantine(SMFICTX *ctx, char *reason)
{
	edit(ctx, SMFIF_QUARANTINE, "reason", reason);
	return MI_SUCCESS;
}

/* An answer that may be given there. unsaid: the step that must have been granted for
 * silence. */
static void
check_answer(SMFICTX *ctx, sfsistat answer, unsigned long unsaid, bool may_refuse)
{
	switch (answer) {
	case SMFIS_CONTINUE:
		break;
	case SMFIS_NOREPLY:
		FUZZ_CHECK(unsaid != 0 && (ctx->steps & unsaid) != 0);
		break;
	case SMFIS_SKIP:
		FUZZ_CHECK(unsaid == SMFIP_SKIP && (ctx->steps & SMFIP_SKIP) != 0);
		break;
	case SMFIS_REJECT:
	case SMFIS_TEMPFAIL:
		FUZZ_CHECK(may_refuse);
		FUZZ_CHECK(ctx->reply == (answer == SMFIS_REJECT ? '5' : '4'));
		break;
	default:
		FUZZ_CHECK(answer == SMFIS_CONTINUE);
	}
	/* A message that is refused is not changed as well. */
	FUZZ_CHECK(!may_refuse || answer == SMFIS_CONTINUE || ctx->edits == 0);
	ctx->reply = '\0';
}

/* "actions steps", in hexadecimal, as the MTA offers them. */
static void
negotiate(SMFICTX *ctx, const char *text)
{
	char *end;
	unsigned long actions = strtoul(text, &end, 16) & 0x1ff, steps;
	unsigned long my_actions = 0, my_steps = 0, f2 = 0, f3 = 0;

	steps = strtoul(end, NULL, 16) & SMFI_CURR_PROT;
	if (ctx->priv != NULL)
		return;
	FUZZ_CHECK(registered()->xxfi_negotiate(ctx, actions, steps, 0, 0, &my_actions,
			   &my_steps, &f2, &f3) == SMFIS_CONTINUE);
	FUZZ_CHECK((my_actions & ~actions) == 0 && (my_steps & ~steps) == 0);
	FUZZ_CHECK(f2 == 0 && f3 == 0);
	ctx->actions = my_actions;
	ctx->steps = my_steps;
}

static void
close_connection(SMFICTX *ctx)
{
	FUZZ_CHECK(registered()->xxfi_close(ctx) == SMFIS_CONTINUE);
	FUZZ_CHECK(ctx->priv == NULL);
}

/* "name address"; an address that is none is an unknown one. */
static void
connect_client(SMFICTX *ctx, char *text)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = { .sa.sa_family = AF_UNSPEC };
	char *address = strchr(text, ' ');
	struct ip ip;

	if (address != NULL)
		*address++ = '\0';
	if (address != NULL && ip_parse(slice_of(address), &ip) == NULL) {
		addr.sa.sa_family = ip.bits == 32 ? AF_INET : AF_INET6;
		if (ip.bits == 32)
			memcpy(&addr.in.sin_addr, ip.addr, 4);
		else
			memcpy(&addr.in6.sin6_addr, ip.addr, 16);
	}
	check_answer(ctx,
		registered()->xxfi_connect(ctx, text,
			addr.sa.sa_family != AF_UNSPEC ? (_SOCK_ADDR *)&addr : NULL),
		SMFIP_NR_CONN, false);
}

static void
add_macro(struct pool *pool, SMFICTX *ctx, char *text)
{
	char *value = strchr(text, '=');

	if (value == NULL || ctx->macros == MACROS)
		return;
	*value++ = '\0';
	ctx->name[ctx->macros] = pool_strdup(pool, text);
	ctx->value[ctx->macros++] = pool_strdup(pool, value);
}

static void
add_field(SMFICTX *ctx, char *text)
{
	char *value = strchr(text, ':');

	if (value == NULL)
		return;
	*value++ = '\0';
	check_answer(
		ctx, registered()->xxfi_header(ctx, text, value), SMFIP_NR_HDR, false);
}

static void
end(SMFICTX *ctx)
{
	ctx->at_end = true;
	ctx->edits = 0;
	check_answer(ctx, registered()->xxfi_eom(ctx), 0, true);
	ctx->at_end = false;
	ctx->edits = 0;
}

/* A configuration whose row refuses what it can. */
static const struct policy *
read_policy(const char *mode)
{
	static const char row[] = "row strict.jp:-:- dmarc=reject spf-fail=reject "
				  "impersonation=reject\n";
	struct pool *pool = pool_new();
	const struct policy *policy;
	struct problems problems;
	int table, conf;
	const char *text = pool_printf(pool,
		"AuthservID mx.example.jp\nMTA ORIGINATING\nIprev no\n"
		"InternalHosts 192.0.2.0/24\nReceivedSPF yes\n"
		"MaxTransactions 2\nMode %s\nKeyTable file:%s\n",
		mode, fuzz_path(pool, row, &table));

	problems_init(&problems, pool);
	policy = policy_load(fuzz_path(pool, text, &conf), &problems);
	FUZZ_CHECK(policy != NULL);
	close(table);
	close(conf);
	pool_free(pool);
	return policy;
}

/* The same, or in the shadow; read once. */
static const struct policy *
policy_of(bool shadow)
{
	static const struct policy *held[2];

	if (held[shadow] == NULL)
		held[shadow] = read_policy(shadow ? "shadow" : "v");
	return policy_hold(held[shadow]);
}

static void
play_event(struct pool *pool, SMFICTX *ctx, char letter, char *text)
{
	const struct smfiDesc *desc = registered();
	char *argv[] = { text, NULL };

	switch (letter) {
	case 'O':
		negotiate(ctx, text);
		break;
	case 'D':
		add_macro(pool, ctx, text);
		break;
	case 'C':
		connect_client(ctx, text);
		break;
	case 'H':
		check_answer(ctx, desc->xxfi_helo(ctx, text), SMFIP_NR_HELO, false);
		break;
	case 'M':
		check_answer(ctx, desc->xxfi_envfrom(ctx, argv), 0, true);
		break;
	case 'R':
		check_answer(ctx, desc->xxfi_envrcpt(ctx, argv), 0, true);
		break;
	case 'L':
		add_field(ctx, text);
		break;
	case 'N':
		check_answer(ctx, desc->xxfi_eoh(ctx), SMFIP_NR_EOH, false);
		break;
	case 'B':
		check_answer(ctx,
			desc->xxfi_body(ctx, (unsigned char *)text, strlen(text)),
			SMFIP_SKIP, false);
		break;
	case 'E':
		end(ctx);
		break;
	case 'A':
		FUZZ_CHECK(desc->xxfi_abort(ctx) == SMFIS_CONTINUE);
		break;
	case 'K':
		close_connection(ctx);
		ctx->macros = 0;
		break;
	case 'S':
		policy_release(exchange(policy_of(true)));
		break;
	}
}

static int64_t
fixed(void)
{
	return 1767225600;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct services services = { dns_zone_new(), signer_local(pool), fixed, 0, fixed,
		NULL };
	struct scan s = scan_of(fuzz_slice(data, size));
	struct smfi_str ctx = { 0 };

	msg_set_level(MSG_ERROR);
	FUZZ_CHECK(callbacks_register(1800) == NULL);
	gate_init(&shared.gate);
	exchange(policy_of(false));
	reload_set_services(&services);
	while (!scan_is_end(&s)) {
		char *line = pool_copy(pool, scan_until(&s, '\n'));

		(void)scan_char(&s, '\n');
		for (char *p = line; *p != '\0'; p++)
			if (*p == '|')
				*p = '\n';
		if (line[0] != '\0')
			play_event(pool, &ctx, line[0],
				line + MIN(strlen(line), 1 + (line[1] == ' ')));
		FUZZ_CHECK(shared.gate.inside <= 1);
	}
	close_connection(&ctx);
	FUZZ_CHECK(shared.gate.inside == 0);
	reload_end();
	dns_close(services.dns);
	pool_free(pool);
	return 0;
}
