/*
 * Two ways: with --key the flags say everything and no configuration is read; without it
 * the message goes through the engine as the daemon would let it, from a client that has
 * authenticated unless --ip says otherwise.
 */
#include "base/base.h"
#include "tool/tool.h"

#include <sys/socket.h>

#include "auth/dkim/bodyhash.h"
#include "auth/dkim/headers.h"
#include "auth/dkim/sign.h"
#include "auth/dkim/verify.h"
#include "base/ascii.h"
#include "base/plain.h"
#include "base/scan.h"
#include "base/str.h"
#include "crypto/signer.h"
#include "engine/results.h"
#include "engine/txn.h"
#include "mail/domain.h"
#include "mail/message.h"

static const struct flag flags[] = {
	{ "key", N_("FILE"), N_("the private key (PEM); needs --domain and --selector") },
	{ "domain", N_("DOMAIN"), N_("who signs (d=)") },
	{ "selector", N_("SELECTOR"), N_("where the public key is (s=)") },
	{ "algorithm", "rsa-sha256|ed25519-sha256", N_("must be the key's") },
	{ "canonicalization", N_("HEADER/BODY"),
		N_("simple or relaxed (default: relaxed/relaxed)") },
	{ "headers", N_("NAME:NAME..."),
		N_("h= word for word (default: as the daemon)") },
	{ "identity", N_("ADDRESS"), N_("for whom is signed (i=)") },
	{ "expire", N_("SECONDS"), N_("how long the signature holds (x=)") },
	{ "user", N_("NAME"), N_("who has logged in, for login= in the key table") },
	{ "field", NULL, N_("print the field alone, not the message") },
};

struct input {
	struct headers fields;
	struct slice body;
};

static bool
read_message(struct tool *tool, struct input *in, int *status)
{
	in->fields = (struct headers)VEC_INIT;
	if (!tool_read_message(tool, tool->nargs > 0 ? tool->args[0] : NULL, &in->fields,
		    &in->body, status))
		return false;
	/* Below a field that is put on top such a line is a part of that one. */
	if (!ascii_is_wsp(in->fields.v[0]->name.p[0]))
		return true;
	*status = tool_fail(tool, EX_DATAERR,
		_("the first line begins with a blank: below a signature it would be "
		  "a part of it; take the blank out"));
	return false;
}

static void
add_field(struct str *out, struct slice name, struct slice value)
{
	str_add_slice(out, name);
	str_addc(out, ':');
	str_add_slice(out, value);
	str_add(out, "\r\n");
}

static void
print_fields(const struct tool *tool, const struct slices *signatures)
{
	struct str out = STR_POOL(tool->pool);

	for (size_t i = 0; i < signatures->n; i++)
		add_field(&out, SLICE_LIT("DKIM-Signature"), signatures->v[i]);
	plain_bypass(out.p, out.n);
}

/* The message with the new fields on top. */
static void
print_message(const struct tool *tool, const struct input *in,
	const struct slices *signatures)
{
	struct str out = STR_POOL(tool->pool);

	for (size_t i = 0; i < signatures->n; i++)
		add_field(&out, SLICE_LIT("DKIM-Signature"), signatures->v[i]);
	for (size_t i = 0; i < in->fields.n; i++)
		add_field(&out, in->fields.v[i]->name, in->fields.v[i]->value);
	str_add(&out, "\r\n");
	plain_bypass(out.p, out.n);
	plain_bypass(in->body.p, in->body.n);
}

static int
print_signed(struct tool *tool, const struct input *in, const struct slices *signatures)
{
	json_t *list = json_array();

	if (!tool->json) {
		json_decref(list);
		if (tool_value(tool, "field") == NULL)
			print_message(tool, in, signatures);
		else
			print_fields(tool, signatures);
		return 0;
	}
	for (size_t i = 0; i < signatures->n; i++)
		json_array_append_new(list,
			json_sprintf("DKIM-Signature:%.*s", SLICE_ARG(signatures->v[i])));
	return tool_print(tool, json_pack("{s:o}", "fields", list));
}

/* "from:to:from" as a list of names. */
static const struct dkim_fields *
read_headers(struct tool *tool)
{
	struct dkim_fields *fields = pool_alloc(tool->pool, sizeof(*fields));
	VEC(const char *) names = VEC_INIT;
	struct scan s = scan_of(slice_of(tool_value(tool, "headers")));

	if (tool_value(tool, "headers") == NULL)
		return NULL;
	do {
		struct slice name = slice_trim(scan_until(&s, ':'));

		if (name.n > 0)
			*vec_add(tool->pool, &names) = pool_copy(tool->pool, name);
	} while (scan_char(&s, ':'));
	fields->names = names.v;
	fields->n = names.n;
	return fields;
}

static int
read_domains(struct tool *tool, struct dkim_sign_params *params)
{
	const char *domain = tool_value(tool, "domain"),
		   *selector = tool_value(tool, "selector"), *bad;

	if (domain == NULL || selector == NULL)
		return tool_fail(
			tool, EX_USAGE, _("--key needs --domain and --selector"));
	if ((bad = domain_parse(tool->pool, slice_of(domain), &params->domain)) != NULL)
		return tool_fail(tool, EX_USAGE, _("--domain '%s': %s"), domain, _(bad));
	if ((bad = domain_parse(tool->pool, slice_of(selector), &params->selector)) !=
		NULL)
		return tool_fail(
			tool, EX_USAGE, _("--selector '%s': %s"), selector, _(bad));
	return 0;
}

/* RFC 6376 3.5: one word alone is for the header, and the body is simple. */
static int
read_canon(struct tool *tool, struct dkim_sign_params *params)
{
	const char *text = tool_value(tool, "canonicalization");
	struct slice header, body;

	params->canon_header = params->canon_body = CANON_RELAXED;
	if (text == NULL)
		return 0;
	if (!slice_cut(slice_of(text), '/', &header, &body))
		body = SLICE_LIT("simple");
	if (!canon_parse(header, &params->canon_header) ||
		!canon_parse(body, &params->canon_body))
		return tool_fail(tool, EX_USAGE,
			_("--canonicalization '%s' is not like relaxed/simple"), text);
	return 0;
}

static int
read_expire(struct tool *tool, struct dkim_sign_params *params)
{
	const char *text = tool_value(tool, "expire");
	struct scan s = scan_of(slice_of(text));
	uint64_t seconds;

	if (text == NULL)
		return 0;
	if (!scan_number(&s, &seconds) || !scan_is_end(&s) || seconds == 0 ||
		seconds > UINT32_MAX)
		return tool_fail(tool, EX_USAGE,
			_("--expire '%s' is not a number of seconds"), text);
	params->expire = (int64_t)seconds;
	return 0;
}

static int
read_key(struct tool *tool, const char *file, struct signer *signer,
	const struct keyref **key)
{
	const char *algorithm = tool_value(tool, "algorithm"), *name;
	const struct reason *bad;
	struct key_source source = { 0 };
	int status = 0;

	if (!tool_read(tool, file, &source.text, &status))
		return status;
	if (signer_open(signer, &source, tool->pool, key, &bad) != KEY_OPENED)
		return tool_fail(
			tool, EX_DATAERR, "'%s': %s", file, tool_reason(tool->pool, bad));
	name = (*key)->type == KEY_ED25519 ? "ed25519-sha256" : "rsa-sha256";
	if (algorithm == NULL || strcmp(algorithm, name) == 0)
		return 0;
	return tool_fail(tool, EX_USAGE, _("--algorithm is %s, but the key is for %s"),
		algorithm, name);
}

static int
read_params(struct tool *tool, struct dkim_sign_params *params)
{
	int status;

	params->sign = &dkim_sign_default;
	params->oversign = &dkim_oversign_default;
	params->oversign_present = &dkim_oversign_present_default;
	params->exact = read_headers(tool);
	params->identity = tool_value(tool, "identity");
	if ((status = read_domains(tool, params)) != 0 ||
		(status = read_canon(tool, params)) != 0)
		return status;
	return read_expire(tool, params);
}

static int
sign_with_key(
	struct tool *tool, const struct dkim_sign_params *params, struct signer *signer)
{
	static const struct dkim_verify_params verifier = DKIM_VERIFY_PARAMS_DEFAULT;
	struct bodyhash *body = bodyhash_new(tool->pool);
	struct slices signatures = VEC_INIT;
	struct dkim_sign *sign;
	struct input in;
	const char *bad;
	int status = 0;

	if (!read_message(tool, &in, &status))
		return status;
	sign = dkim_sign_begin(
		tool->pool, params, hdrhash_new(tool->pool, &in.fields), body, tool->now);
	if (dkim_sign_names(sign) > verifier.max_names)
		return tool_fail(tool, EX_DATAERR,
			_("h= would name %zu header fields, and verifiers read no more "
			  "than %zu"),
			dkim_sign_names(sign), verifier.max_names);
	bodyhash_feed(body, in.body.p, in.body.n);
	bodyhash_end(body);
	bad = dkim_sign_end(sign, signer, vec_add(tool->pool, &signatures));
	if (bad != NULL)
		return tool_fail(tool, EX_DATAERR, _("cannot sign: %s"), _(bad));
	return print_signed(tool, &in, &signatures);
}

static int
sign_by_flags(struct tool *tool)
{
	struct dkim_sign_params params = { 0 };
	struct signer *signer = signer_local(tool->pool);
	int status = read_params(tool, &params);

	if (status == 0)
		status = read_key(tool, tool_value(tool, "key"), signer, &params.key);
	return status == 0 ? sign_with_key(tool, &params, signer) : status;
}

static int
print_outcome(struct tool *tool, const struct input *in, const struct results *r,
	const struct verdict *verdict)
{
	const char *why = tool_reason(tool->pool, r->unsigned_why);

	if (verdict->action == ACTION_TEMPFAIL || verdict->action == ACTION_REJECT)
		return tool_fail(tool,
			verdict->action == ACTION_TEMPFAIL ? EX_CONFIG : EX_DATAERR, "%s",
			why != NULL ? why : verdict->text);
	if (why != NULL && !tool->json)
		fprintf(stderr, _("sekimori: not signed: %s\n"), why);
	return print_signed(tool, in, &r->signatures);
}

static int
sign_by_config(struct tool *tool)
{
	int status = 0;
	const struct policy *policy = tool_policy(tool, &status);
	struct envelope envelope = { .mail_from = tool_mail_from(tool),
		.auth_user = tool_value(tool, "user") };
	struct services services;
	struct sockaddr_storage buf;
	struct session *session;
	const struct verdict *verdict;
	const char *rcpt;
	struct input in;
	struct txn *txn;
	struct ip ip;

	if (policy == NULL || !tool_ip(tool, &ip, &status) ||
		!read_message(tool, &in, &status) ||
		!tool_services(tool, policy, &services, &status))
		return status;
	if (ip.bits == 0 || envelope.auth_user != NULL)
		envelope.auth_type = "sekimori";
	session = session_new(policy, &services, NULL, tool_sockaddr(&ip, &buf), NULL);
	txn = txn_begin(session, &envelope);
	for (size_t i = 0; (rcpt = tool_value_at(tool, "rcpt-to", i)) != NULL; i++)
		(void)txn_rcpt(txn, slice_of(rcpt));
	for (size_t i = 0; i < in.fields.n; i++)
		txn_header(txn, in.fields.v[i]->name, in.fields.v[i]->value);
	txn_eoh(txn);
	txn_body(txn, in.body.p, in.body.n);
	verdict = txn_end(txn, NULL);
	status = print_outcome(tool, &in, txn_results(txn), verdict);
	txn_free(txn);
	session_free(session);
	return status;
}

static int
run_sign(struct tool *tool)
{
	if (tool_value(tool, "key") != NULL)
		return sign_by_flags(tool);
	if (tool_value(tool, "config") != NULL)
		return sign_by_config(tool);
	return tool_fail(tool, EX_USAGE, _("--key or --config is needed"));
}

const struct command command_sign = {
	.name = "sign",
	.arguments = N_("[FILE]"),
	.summary = N_("sign a message, by flags or as the daemon would"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_sign,
	.keys = "fields",
};
