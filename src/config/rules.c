#include "base/base.h"
#include "config/rules.h"

static const struct name_code action_words[] = {
	{ "mark", RULE_MARK },
	{ "quarantine", RULE_QUARANTINE },
	{ "reject", RULE_REJECT },
};
static const struct name_code dmarc_words[] = {
	{ "off", RULE_OFF },
	{ "mark", RULE_MARK },
	{ "quarantine", RULE_QUARANTINE },
	{ "reject", RULE_REJECT },
};
static const struct name_code dns_words[] = {
	{ "accept", RULE_DNS_ACCEPT },
	{ "tempfail", RULE_DNS_TEMPFAIL },
};

#define WORDS(table) table, ARRAY_LEN(table)

const struct rule_type rule_types[RULE_KINDS] = {
	[RULE_SPF_FAIL] = { "spf-fail", SCOPE_RECIPIENT, WORDS(action_words), RULE_MARK },
	[RULE_UNAUTHENTICATED] = { "unauthenticated", SCOPE_RECIPIENT,
		WORDS(action_words), RULE_MARK },
	[RULE_DMARC] = { "dmarc", SCOPE_RECIPIENT, WORDS(dmarc_words), RULE_MARK },
	[RULE_DNS_ERROR] = { "dns-error", SCOPE_RECIPIENT, WORDS(dns_words),
		RULE_DNS_ACCEPT },
	[RULE_IMPERSONATION] = { "impersonation", SCOPE_AUTHOR, WORDS(action_words),
		RULE_MARK },
};

const char *
rule_value_name(enum rule_kind kind, int value)
{
	return code_name(rule_types[kind].words, rule_types[kind].nwords, value);
}

void
rules_preset(struct rules *rules)
{
	for (size_t k = 0; k < RULE_KINDS; k++)
		if (!rules->v[k].is_set)
			rules->v[k].value = rule_types[k].preset;
}

bool
rules_agree(const struct rules *a, const struct rules *b)
{
	if ((a->unavailable != NULL) != (b->unavailable != NULL))
		return false;
	for (size_t k = 0; k < RULE_KINDS; k++)
		if (rule_types[k].scope == SCOPE_RECIPIENT &&
			a->v[k].value != b->v[k].value)
			return false;
	return true;
}
