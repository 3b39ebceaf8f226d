/*
 * The SPF engine of libspf2. The only file that includes it.
 *
 * The shipped library is not to be trusted with a byte from outside: its macro code has
 * been overrun more than once, it drops terms past 511 compiled bytes without a word, and
 * an include starts a new count of look-ups. So it gets what it does well, the walk over
 * the terms with their qualifiers and the comparison of addresses, and nothing else:
 *
 * - A record has passed our parser, and libspf2 reads a new one made of a few words:
 *   "v=spf1 +a:t0.x/24 ~exists:t1.x -all". The names are tokens; when it looks one up,
 *   its term is evaluated here, and the answer is the addresses that this saw,
 *   or one address or none where the term is one of yes and no (include, ptr, exists,
 *   and a prefix of /0, which it cannot read).
 * - ip4, ip6 and all are decided before, so that only terms that ask are left, and these
 *   go to it a dozen at a time: it never sees a record that is too long for it.
 * - To stop it, a token is answered by TRY_AGAIN, on which it gives up at once.
 *
 * A request knows neither sender nor HELO name, so the comments that the library writes
 * by itself say nothing of them, and SPF_request_query_mailfrom, which passes loopback
 * clients unseen, is not called. The server struct is public and all ours: making one
 * through the library would ask for the host name, and end the program if that is long.
 */
#include "base/base.h"
#include "auth/spf/terms.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <spf2/spf.h>

#include "base/msg.h"
#include "base/str.h"

#define CHUNK 12
#define NO_LIMIT 1000000

/* A part of a record on its way through libspf2. */
struct part {
	struct spf_eval *eval;
	struct spf_frame *frame;
	size_t tokens[CHUNK]; /* index of the term that each stands for */
	size_t n;
	size_t settled; /* terms before this one are evaluated */
	size_t end;     /* the first term after this part */
	bool decided;   /* its last term, which does not ask, matches */
};

/* By default the library prints. Runs before main, when there is one thread. */
__attribute__((constructor)) static void
silence_library(void)
{
	SPF_warning_handler = NULL;
	SPF_info_handler = NULL;
	SPF_debug_handler = NULL;
}

static char
sign_of(enum auth_code code)
{
	switch (code) {
	case AUTH_FAIL:
		return '-';
	case AUTH_SOFTFAIL:
		return '~';
	case AUTH_NEUTRAL:
		return '?';
	case AUTH_PASS:
	case AUTH_NONE:
	case AUTH_POLICY:
	case AUTH_TEMPERROR:
	case AUTH_PERMERROR:
		break;
	}
	return '+';
}

/* Is the term answered with addresses, for the library to compare? */
static bool
has_addresses(const struct spf_term *term, const struct ip *client)
{
	return (term->kind == SPF_TERM_A || term->kind == SPF_TERM_MX) &&
	       spf_term_prefix(term, client) > 0;
}

static void
write_token(struct part *part, size_t index, struct str *out)
{
	const struct spf_term *term = &part->frame->record.terms.v[index];
	const struct ip *client = part->eval->query->client;
	bool addresses = has_addresses(term, client);

	str_addf(out, " %c%s:t%zu.x", sign_of(term->code), addresses ? "a" : "exists",
		part->n);
	if (addresses && spf_term_prefix(term, client) < client->bits)
		str_addf(out, client->bits == 128 ? "//%d" : "/%d",
			spf_term_prefix(term, client));
	part->tokens[part->n++] = index;
}

/* Writes as many terms as one part may hold, from part->settled on. */
static void
write_part(struct part *part, struct str *out)
{
	const struct spf_terms *terms = &part->frame->record.terms;
	size_t i;

	part->n = 0;
	part->decided = false;
	str_add(out, "v=spf1");
	for (i = part->settled; i < terms->n && !part->decided; i++) {
		const struct spf_term *term = &terms->v[i];

		if (spf_term_asks(term)) {
			if (part->n == CHUNK)
				break;
			write_token(part, i, out);
		} else if (spf_term_has_client(term, part->eval->query->client)) {
			str_addf(out, " %call", sign_of(term->code));
			part->decided = true;
		}
	}
	part->end = i;
}

/* Evaluates the terms before `index` that the library was not shown. */
static void
settle(struct part *part, size_t index)
{
	while (part->settled < index)
		spf_eval_term(part->eval, part->frame,
			&part->frame->record.terms.v[part->settled++], NULL);
}

static void
add_address(SPF_dns_rr_t *rr, const void *bytes, size_t n)
{
	int i = rr->num_rr;

	if (SPF_dns_rr_buf_realloc(rr, i, sizeof(SPF_dns_rr_data_t)) != SPF_E_SUCCESS)
		panic("libspf2 is out of memory");
	memcpy(rr->rr[i], bytes, n);
	rr->num_rr++;
	rr->herrno = NETDB_SUCCESS;
}

/* Evaluates the term that a token stands for, and notes what the library is to know. */
static void
answer_token(struct part *part, size_t token, SPF_dns_rr_t *rr)
{
	static const unsigned char yes[4] = { 127, 0, 0, 2 };
	const struct ip *client = part->eval->query->client;
	struct spf_addresses seen = VEC_INIT;
	const struct spf_term *term;
	enum spf_match match;

	settle(part, part->tokens[token]);
	term = &part->frame->record.terms.v[part->settled++];
	match = spf_eval_term(part->eval, part->frame, term, &seen);
	if (match == SPF_STOPPED)
		rr->herrno = TRY_AGAIN;
	else if (!has_addresses(term, client) && match == SPF_MATCH)
		add_address(rr, yes, sizeof(yes));
	for (size_t i = 0; has_addresses(term, client) && i < seen.n; i++)
		if (seen.v[i].bits == client->bits)
			add_address(rr, seen.v[i].addr, (size_t)client->bits / 8);
}

/* The library's only way out: it looks up a token. Never gives NULL, on which the library
 * would end the program. */
static SPF_dns_rr_t *
look_up(SPF_dns_server_t *server, const char *name, ns_type type, int cache UNUSED)
{
	struct part *part = server->hook;
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(server, name, type, 0, NO_DATA);
	struct slice token = slice_of(name);
	size_t index = 0;

	if (rr == NULL)
		panic("libspf2 is out of memory");
	for (size_t i = 1; i < token.n && token.p[i] != '.'; i++)
		index = index * 10 + (size_t)(token.p[i] - '0');
	if (index >= part->n || part->tokens[index] < part->settled ||
		spf_eval_stopped(part->eval))
		rr->herrno = TRY_AGAIN;
	else
		answer_token(part, index, rr);
	return rr;
}

/* What the library's verdict means. AUTH_NONE: no term of this part matched. */
static enum auth_code
read_verdict(struct part *part, SPF_response_t *response)
{
	if (spf_eval_stopped(part->eval))
		return AUTH_NONE;
	switch (SPF_response_result(response)) {
	case SPF_RESULT_PASS:
		return AUTH_PASS;
	case SPF_RESULT_FAIL:
		return AUTH_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return AUTH_SOFTFAIL;
	case SPF_RESULT_NEUTRAL:
		return SPF_response_reason(response) == SPF_REASON_MECH ? AUTH_NEUTRAL
		                                                        : AUTH_NONE;
	case SPF_RESULT_INVALID:
	case SPF_RESULT_NONE:
	case SPF_RESULT_TEMPERROR:
	case SPF_RESULT_PERMERROR:
		break;
	}
	spf_eval_stop(
		part->eval, AUTH_TEMPERROR, REASON("libspf2 did not judge the record"));
	return AUTH_NONE;
}

/* Compiles and interprets one part. */
static enum auth_code
interpret(struct part *part, SPF_server_t *server, const char *text)
{
	const struct ip *client = part->eval->query->client;
	SPF_request_t *request = SPF_request_new(server);
	SPF_response_t *response = request != NULL ? SPF_response_new(request) : NULL;
	SPF_record_t *record = NULL;
	enum auth_code code = AUTH_NONE;

	if (response == NULL)
		panic("libspf2 is out of memory");
	request->client_ver = client->bits == 128 ? AF_INET6 : AF_INET;
	memcpy(client->bits == 128 ? (void *)&request->ipv6 : (void *)&request->ipv4,
		client->addr, (size_t)client->bits / 8);
	request->cur_dom = "t.x";
	/* It must have understood every term, or it would skip some without a word. */
	if (SPF_record_compile(server, response, &record, text) == SPF_E_SUCCESS &&
		record->num_mech == part->n + (part->decided ? 1 : 0)) {
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		code = read_verdict(part, response);
	} else
		spf_eval_stop(part->eval, AUTH_TEMPERROR,
			REASON("libspf2 did not read the record"));
	if (record != NULL)
		SPF_record_free(record);
	SPF_response_free(response);
	SPF_request_free(request);
	return code;
}

enum auth_code
spf_engine_run(struct spf_eval *eval, struct spf_frame *frame)
{
	struct part part = { .eval = eval, .frame = frame };
	SPF_dns_server_t dns = { .lookup = look_up, .name = "tokens", .hook = &part };
	char receiver[] = "t.x";
	SPF_server_t server = { .resolver = &dns,
		.rec_dom = receiver,
		.max_dns_mech = NO_LIMIT,
		.max_dns_ptr = NO_LIMIT,
		.max_dns_mx = NO_LIMIT,
		.sanitize = 1 };
	enum auth_code code = AUTH_NONE;

	while (code == AUTH_NONE && part.settled < frame->record.terms.n &&
		!spf_eval_stopped(eval)) {
		struct str text = STR_POOL(eval->lookup->pool);

		write_part(&part, &text);
		code = interpret(&part, &server, text.p);
		/* A match of a term that asks left the terms after it untouched. */
		if (!spf_eval_stopped(eval) &&
			(code == AUTH_NONE || frame->matched == NULL))
			settle(&part, part.end);
	}
	return code;
}
