/*
 * The tables of words come first, then the one table of options in the order of the
 * alphabet; below it stand the few functions that walk it: find, parse, print, preset. A
 * default is a text and goes through the same parser as the operator's line, so that both
 * mean the same. A name that nobody knows is compared with all that there are: most are
 * slips of the keyboard.
 */
#include "base/base.h"
#include "config/options.h"

#include "auth/dkim/canon.h"
#include "base/ascii.h"
#include "base/msg.h"
#include "base/str.h"
#include "config/datasets.h"
#include "config/policy.h"

#include <syslog.h>

static const struct name_code mode_words[] = {
	{ "s", MODE_SIGN },
	{ "v", MODE_VERIFY },
	{ "sv", MODE_BOTH },
	{ "vs", MODE_BOTH },
	{ "shadow", MODE_SHADOW },
};
static const struct name_code large_words[] = {
	{ "accept", LARGE_ACCEPT },
	{ "reject", LARGE_REJECT },
};
/* OpenDKIM's option of this name is a Boolean; its "no" is what "header" begins with. */
static const struct name_code quarantine_words[] = {
	{ "header", QUARANTINE_HEADER },
	{ "hold", QUARANTINE_HOLD },
	{ "no", QUARANTINE_HEADER },
	{ "false", QUARANTINE_HEADER },
};
static const struct name_code recipients_words[] = {
	{ "mildest", RECIPIENTS_MILDEST },
	{ "split", RECIPIENTS_SPLIT },
};
static const struct name_code engine_words[] = {
	{ "libspf2", SPF_CHOICE_LIBSPF2 },
	{ "builtin", SPF_CHOICE_BUILTIN },
};
static const struct name_code level_words[] = {
	{ "error", MSG_ERROR },
	{ "warn", MSG_WARN },
	{ "info", MSG_INFO },
	{ "debug", MSG_DEBUG },
};
static const struct name_code facility_words[] = {
	{ "mail", LOG_MAIL },
	{ "auth", LOG_AUTH },
	{ "daemon", LOG_DAEMON },
	{ "user", LOG_USER },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};
static const struct name_code action_words[] = {
	{ "accept", ON_ACCEPT },
	{ "quarantine", ON_QUARANTINE },
	{ "reject", ON_REJECT },
	{ "tempfail", ON_TEMPFAIL },
};

/* On-SignatureError: whatever is chosen, nothing that should be signed leaves without. */
static const struct name_code unsigned_words[] = {
	{ "reject", ON_REJECT },
	{ "tempfail", ON_TEMPFAIL },
};

#define HEADERS_LIMIT (64 * 1024 * 1024)

#define OPT(name, type, field, preset, help)                                           \
	{                                                                              \
		name, type, offsetof(struct options, field), preset, help, 0, 0, NULL, \
			0, 0, NULL                                                     \
	}
#define DATASET(name, field, preset, dest, load, help)                                  \
	{                                                                               \
		name, OPT_DATASET, offsetof(struct options, field), preset, help, 0, 0, \
			NULL, 0, offsetof(struct policy, dest), load                    \
	}
#define RANGE(name, type, field, preset, least, most, help)                             \
	{                                                                               \
		name, type, offsetof(struct options, field), preset, help, least, most, \
			NULL, 0, 0, NULL                                                \
	}
#define WORD(name, field, preset, words, help)                                       \
	{                                                                            \
		name, OPT_WORD, offsetof(struct options, field), preset, help, 0, 0, \
			words, ARRAY_LEN(words), 0, NULL                             \
	}
#define ACTION(name, field, preset, help)                                              \
	{                                                                              \
		name, OPT_ACTION, offsetof(struct options, field), preset, help, 0, 0, \
			action_words, ARRAY_LEN(action_words), 0, NULL                 \
	}

/* In the order of the alphabet, as people look for them. */
static const struct option options[] = {
	OPT("AppendedDomains", OPT_WORDS, appended, NULL,
		"domains that the MTA gives to an address without one, besides its own "
		"name"),
	OPT("AuthservID", OPT_TEXT, authserv_id, NULL,
		"the name that our Authentication-Results bear (default: the MTA's; "
		"HOSTNAME: this host's)"),
	OPT("AuthservIDWithJobID", OPT_BOOL, authserv_id_with_job_id, "no",
		"append a slash and the queue id to it"),
	OPT("BaseDirectory", OPT_TEXT, base_directory, NULL,
		"the directory that relative paths of the configuration begin in"),
	OPT("Canonicalization", OPT_CANON, canon, "relaxed/relaxed",
		"how signatures see header and body"),
	RANGE("ClockDrift", OPT_SECONDS, clock_drift, "300", 0, 86400,
		"how far a signer's clock may be ahead of ours"),
	RANGE("DNSTimeout", OPT_SECONDS, dns_timeout, "10", 1, 290,
		"how long all DNS questions of one message may take together"),
	OPT("Domain", OPT_DATASET, domain, NULL,
		"without a KeyTable: the domains to sign for, with Selector and KeyFile"),
	DATASET("DontSignMailTo", dont_sign_to, NULL, dont_sign_to, dataset_addresses,
		"recipients (with *) whose mail is not signed"),
	RANGE("DrainTimeout", OPT_SECONDS, drain_timeout, "30", 0, 3600,
		"how long messages that have begun may take to end when the daemon "
		"stops"),
	DATASET("ExemptDomains", exempt, NULL, exempt, dataset_domains,
		"author domains (with *) whose mail is not signed and meets no policy"),
	DATASET("ExternalIgnoreList", external, NULL, external, dataset_netlist,
		"clients outside that may use our domains without a note in the log"),
	RANGE("IdleTimeout", OPT_SECONDS, idle_timeout, "1800", 5, 86400,
		"how long a mail server's connection may be silent before it is closed"),
	DATASET("InternalHosts", internal, "127.0.0.0/8,::1", internal, dataset_netlist,
		"clients whose mail is ours, and signed"),
	OPT("Iprev", OPT_BOOL, iprev, "yes", "check the client's reverse name"),
	OPT("KeyFile", OPT_TEXT, key_file, NULL, "without a KeyTable: the private key"),
	OPT("KeyTable", OPT_DATASET, key_table, NULL,
		"keys and policy per domain, see sekimori-keytable(5)"),
	WORD("LogLevel", log_level, "info", level_words, "what is logged at all"),
	DATASET("MTA", mta, NULL, mta, dataset_words,
		"names of MTA daemons ({daemon_name}) whose mail is ours, and signed"),
	DATASET("MacroList", macro_list, NULL, mta, dataset_macros,
		"the same as MTA in OpenDKIM's other form: daemon_name=NAME|NAME"),
	RANGE("MaxTransactions", OPT_NUMBER, max_transactions, "500", 1, 100000,
		"how many messages may be under way at once; further ones get 451"),
	RANGE("MaximumHeaderFields", OPT_NUMBER, maximum_header_fields, "32768", 100,
		1000000, "header fields; a message with more is not judged"),
	RANGE("MaximumHeaders", OPT_NUMBER, maximum_headers, "1048576", 0, HEADERS_LIMIT,
		"bytes of header fields; a larger message is not judged (0: 64 MiB)"),
	RANGE("MaximumKeyBits", OPT_NUMBER, maximum_key_bits, "8192", 1024, 16384,
		"larger RSA keys of others are not computed with"),
	RANGE("MaximumKeyRecord", OPT_NUMBER, maximum_key_record, "4096", 256, 65535,
		"bytes of a key record"),
	RANGE("MaximumSPFMX", OPT_NUMBER, spf_mx, "10", 1, 10,
		"names that one mx term may give"),
	RANGE("MaximumSPFPTR", OPT_NUMBER, spf_ptr, "10", 1, 10,
		"reverse names that are looked at"),
	RANGE("MaximumSPFTerms", OPT_NUMBER, spf_terms, "10", 1, 10,
		"terms of an SPF record that ask DNS"),
	RANGE("MaximumSPFVoidLookups", OPT_NUMBER, spf_void_lookups, "2", 0, 10,
		"of their questions, how many may find nothing"),
	RANGE("MaximumSignaturesToVerify", OPT_NUMBER, maximum_signatures, "8", 1, 100,
		"signatures verified, those that could align with the author first"),
	RANGE("MaximumSignedHeaders", OPT_NUMBER, maximum_signed_names, "256", 1, 10000,
		"names in the h= of a signature"),
	RANGE("MinimumKeyBits", OPT_NUMBER, minimum_key_bits, "1024", 0, 16384,
		"signatures of shorter RSA keys never pass (below 1024: as 1024)"),
	WORD("Mode", mode, "sv", mode_words,
		"sign (s), verify (v) or both; shadow: decide, log, touch nothing"),
	OPT("MultipleSignatures", OPT_BOOL, multiple_signatures, "no",
		"sign by every row of the SigningTable that matches, not the first "
		"alone"),
	OPT("Nameservers", OPT_WORDS, nameservers, NULL,
		"DNS servers, ADDRESS or ADDRESS:PORT (default: those of resolv.conf)"),
	OPT("OmitHeaders", OPT_FIELDS, omit_headers, NULL,
		"header fields that are not signed"),
	ACTION("On-BadSignature", on_bad_signature, "accept",
		"a signature does not verify"),
	ACTION("On-DNSError", on_dns_error, "accept", "a key could not be looked up"),
	ACTION("On-Default", on_default, NULL,
		"what those of the other On- options do that are not set"),
	ACTION("On-InternalError", on_internal_error, "tempfail",
		"a check could not be made for a reason of ours"),
	ACTION("On-KeyNotFound", on_key_not_found, "accept",
		"the key of a signature does not exist"),
	WORD("On-LargeHeaders", on_large_headers, "accept", large_words,
		"mail of ours beyond MaximumHeaders: leaves unsigned, or is refused"),
	ACTION("On-NoSignature", on_no_signature, "accept", "there is no signature"),
	ACTION("On-Security", on_security, "accept",
		"a signature could not be trusted, by the limits above"),
	{ "On-SignatureError", OPT_ACTION, offsetof(struct options, on_signature_error),
		"tempfail", N_("mail of ours that should be signed cannot be"), 0, 0,
		unsigned_words, ARRAY_LEN(unsigned_words), 0, NULL },
	OPT("OversignHeaders", OPT_FIELDS, oversign_headers, NULL,
		"header fields that nobody can add after signing (default: see below)"),
	DATASET("PeerList", peers, NULL, peers, dataset_netlist,
		"clients whose mail is passed on without a look"),
	OPT("PidFile", OPT_TEXT, pid_file, NULL, "where the daemon writes its number"),
	RANGE("ProbeInterval", OPT_SECONDS, probe_interval, "10", 1, 3600,
		"how often the worker is asked whether it answers mail servers"),
	WORD("Quarantine", quarantine, "header", quarantine_words,
		"deliver with a mark for Sieve, or put into the MTA's hold queue"),
	OPT("ReceivedSPF", OPT_BOOL, received_spf, "no", "write a Received-SPF field"),
	WORD("Recipients", recipients, "mildest", recipients_words,
		"several policies in one message: the mildest holds, or the client must "
		"send apart"),
	DATASET("RemoveARFrom", remove_ar_from, NULL, remove_ar_from, dataset_words,
		"further names whose Authentication-Results are forged when they come "
		"in"),
	OPT("RemoveOldSignatures", OPT_BOOL, remove_old_signatures, "no",
		"remove the signatures that a message of ours already bears"),
	OPT("RequireSafeKeys", OPT_BOOL, require_safe_keys, "yes",
		"refuse keys that others on this host can read or change"),
	WORD("SPFEngine", spf_engine, "libspf2", engine_words, "who evaluates SPF"),
	OPT("Selector", OPT_TEXT, selector, NULL,
		"without a KeyTable: the selector of the key"),
	OPT("ShadowAuthservID", OPT_TEXT, shadow_authserv_id, NULL,
		"Mode shadow: the name in the results that ours are compared with"),
	OPT("SignHeaders", OPT_FIELDS, sign_headers, NULL,
		"header fields that are signed (default: see below)"),
	OPT("SignatureAlgorithm", OPT_TEXT, algorithm, NULL,
		"rsa-sha256 or ed25519-sha256: what the key has to be (default: the key "
		"decides)"),
	RANGE("SignatureTTL", OPT_SECONDS, signature_ttl, "0", 0, 315576000,
		"how long signatures are good (0: for ever)"),
	OPT("SigningTable", OPT_DATASET, signing_table, NULL,
		"which rows of the key table sign for which author"),
	OPT("Socket", OPT_TEXT, socket, "local:" RUNSTATEDIR "/sekimori/sekimori.sock",
		"where the MTA finds us: local:PATH, inet:PORT@HOST, inet6:PORT@HOST"),
	OPT("StrictTables", OPT_BOOL, strict_tables, "no",
		"a row of a table that cannot be used stops the start or the reload"),
	OPT("SubDomains", OPT_BOOL, subdomains, "no",
		"sign for the names below those in Domain, too"),
	OPT("SubmissionResults", OPT_BOOL, submission_results, "no",
		"write auth=pass with the user's name into mail of those who have logged "
		"in"),
	OPT("Syslog", OPT_BOOL, syslog, "yes", "log to syslog, not to standard error"),
	WORD("SyslogFacility", syslog_facility, "mail", facility_words,
		"the facility there"),
	OPT("SyslogName", OPT_TEXT, syslog_name, "sekimorid", "the name there"),
	OPT("SyslogSuccess", OPT_BOOL, syslog_success, "yes",
		"log messages without trouble, too"),
	DATASET("TrustedRelays", relays, NULL, relays, dataset_netlist,
		"our own relays and forwarders: their mail is checked, no policy acts"),
	RANGE("UMask", OPT_OCTAL, umask, NULL, 0, 0777,
		"the permissions that a local socket does not get"),
	OPT("UserID", OPT_TEXT, user_id, NULL, "USER or USER:GROUP to run as"),
};

size_t
option_count(void)
{
	return ARRAY_LEN(options);
}

const struct option *
option_at(size_t i)
{
	return &options[i];
}

const struct option *
option_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (slice_caseis(name, options[i].name))
			return &options[i];
	return NULL;
}

#define NAME_LIMIT 40
#define NEAR 3

/* How many letters to add, drop or change. */
static int
distance(const char *a, struct slice b)
{
	int row[NAME_LIMIT + 1], n = (int)strlen(a);

	if (n > NAME_LIMIT || b.n > NAME_LIMIT)
		return NEAR + 1;
	for (int i = 0; i <= n; i++)
		row[i] = i;
	for (size_t k = 0; k < b.n; k++) {
		int corner = row[0];

		row[0] = (int)k + 1;
		for (int i = 1; i <= n; i++) {
			int same = ascii_lower(a[i - 1]) == ascii_lower(b.p[k]);
			int cost = MIN(corner + !same, MIN(row[i], row[i - 1]) + 1);

			corner = row[i];
			row[i] = cost;
		}
	}
	return row[n];
}

const char *
option_nearest(struct slice name)
{
	const char *nearest = NULL;
	int least = NEAR + 1;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		int d = distance(options[i].name, name);

		if (d >= least || d * 2 > (int)name.n)
			continue;
		least = d;
		nearest = options[i].name;
	}
	return nearest;
}

/* The first letter decides (OpenDKIM). Losing mail silently is not on offer. */
static const struct reason *
action_parse(const struct option *option, struct slice text, int *value)
{
	char first = text.n > 0 ? ascii_lower(text.p[0]) : '\0';
	bool is_unsigned = option->words == unsigned_words;

	for (size_t i = 0; i < option->nwords; i++) {
		if (option->words[i].name[0] != first)
			continue;
		*value = option->words[i].code;
		return NULL;
	}
	if (first == 'd')
		return is_unsigned ? REASON("mail is never discarded: write tempfail or "
					    "reject")
		                   : REASON("mail is never discarded: write reject, "
					    "quarantine, tempfail or accept");
	if (is_unsigned && (first == 'a' || first == 'q'))
		return REASON(
			"mail that should be signed does not leave without a signature, "
			"which its domain's policy may ask for: write tempfail or reject");
	return is_unsigned ? REASON("write tempfail or reject")
	                   : REASON("write accept, quarantine, reject or tempfail");
}

static const struct reason *
seconds_parse(
	struct pool *pool, const struct option *option, struct slice text, int64_t *value)
{
	int64_t seconds = 0;
	const struct reason *bad = value_seconds(pool, text, &seconds);

	if (bad == NULL && (seconds < option->least || seconds > option->most))
		return reason_make(pool,
			"write %ld to %ld seconds (s, m, h or d may follow the number)",
			(long)option->least, (long)option->most);
	if (bad == NULL)
		*value = seconds;
	return bad;
}

struct place
option_origin(const struct options *o, size_t offset)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].offset == offset)
			return o->origins[i];
	panic("no option has its value at %zu", offset);
}

const struct reason *
option_parse(struct pool *pool, const struct option *option, struct slice text,
	struct options *o)
{
	void *field = (char *)o + option->offset;
	struct canon_pair *canon = field;
	const struct reason *bad;
	bool on;

	if (text.n == 0)
		return REASON("there is no value");
	switch (option->type) {
	case OPT_BOOL:
		return value_bool(text, field);
	case OPT_NUMBER:
		return value_number(pool, text, option->least, option->most, field);
	case OPT_SECONDS:
		return seconds_parse(pool, option, text, field);
	case OPT_OCTAL:
		return value_octal(text, field);
	case OPT_WORD:
		bad = value_word(pool, option->words, option->nwords, text, field);
		/* OpenDKIM's option of this name is a Boolean. */
		if (bad != NULL && option->words == quarantine_words &&
			value_bool(text, &on) == NULL)
			bad = REASON("OpenDKIM's yes is said by two lines here: "
				     "'Quarantine hold', and 'On-BadSignature "
				     "quarantine' for what is to be put there");
		return bad;
	case OPT_ACTION:
		return action_parse(option, text, field);
	case OPT_CANON:
		return value_canon(text, &canon->header, &canon->body);
	case OPT_WORDS:
		*(struct words *)field = (struct words)VEC_INIT;
		value_words(pool, text, field);
		return NULL;
	case OPT_TEXT:
	case OPT_DATASET:
	case OPT_FIELDS:
		*(const char **)field = pool_copy(pool, text);
		return NULL;
	}
	panic("option '%s' has no type", option->name);
}

void
options_preset(struct pool *pool, struct options *o)
{
	*o = (struct options){ .umask = -1, .on_default = -1 };
	o->origins = pool_array(pool, ARRAY_LEN(options), sizeof(*o->origins));
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *preset = options[i].preset;
		const struct reason *bad;

		if (preset == NULL)
			continue;
		bad = option_parse(pool, &options[i], slice_of(preset), o);
		if (bad != NULL)
			panic("the default of %s is wrong: %s", options[i].name,
				reason_text(pool, bad, NULL));
	}
}

static const char *
words_print(struct pool *pool, const struct words *words)
{
	struct str list = STR_POOL(pool);

	for (size_t i = 0; i < words->n; i++)
		str_addf(&list, "%s%s", i > 0 ? "," : "", words->v[i]);
	return list.p;
}

const char *
option_text(const struct option *option, const struct options *o)
{
	return *(const char *const *)(const void *)((const char *)o + option->offset);
}

const char *
option_print(struct pool *pool, const struct option *option, const struct options *o)
{
	const void *field = (const char *)o + option->offset;
	const struct canon_pair *canon = field;
	const char *text;

	switch (option->type) {
	case OPT_BOOL:
		return *(const bool *)field ? "yes" : "no";
	case OPT_NUMBER:
	case OPT_SECONDS:
		return pool_printf(pool, "%" PRId64, *(const int64_t *)field);
	case OPT_OCTAL:
		if (*(const int64_t *)field < 0)
			return "";
		return pool_printf(
			pool, "%03" PRIo64, (uint64_t) * (const int64_t *)field);
	case OPT_WORD:
	case OPT_ACTION:
		if (*(const int *)field < 0)
			return "";
		return code_name(option->words, option->nwords, *(const int *)field);
	case OPT_CANON:
		return pool_printf(pool, "%s/%s",
			canon_name((enum canon_form)canon->header),
			canon_name((enum canon_form)canon->body));
	case OPT_WORDS:
		return words_print(pool, field);
	case OPT_TEXT:
	case OPT_DATASET:
	case OPT_FIELDS:
		text = option_text(option, o);
		return text != NULL ? text : "";
	}
	panic("option '%s' has no type", option->name);
}

const char *
option_type_print(struct pool *pool, const struct option *option)
{
	struct str words = STR_POOL(pool);

	switch (option->type) {
	case OPT_BOOL:
		return "yes|no";
	case OPT_NUMBER:
		return pool_printf(pool, "number %" PRId64 "..%" PRId64, option->least,
			option->most);
	case OPT_SECONDS:
		return pool_printf(pool, "seconds %" PRId64 "..%" PRId64, option->least,
			option->most);
	case OPT_OCTAL:
		return "octal";
	case OPT_WORD:
	case OPT_ACTION:
		for (size_t i = 0; i < option->nwords; i++)
			str_addf(&words, "%s%s", i > 0 ? "|" : "", option->words[i].name);
		return words.p;
	case OPT_CANON:
		return "relaxed|simple[/relaxed|simple]";
	case OPT_WORDS:
		return "list";
	case OPT_TEXT:
		return "text";
	case OPT_DATASET:
		return "data set";
	case OPT_FIELDS:
		return "field names";
	}
	panic("option '%s' has no type", option->name);
}
