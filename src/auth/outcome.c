#include "base/base.h"
#include "auth/outcome.h"

#include "base/names.h"

static const struct name_code auth_words[] = {
	{ "none", AUTH_NONE },
	{ "pass", AUTH_PASS },
	{ "fail", AUTH_FAIL },
	{ "softfail", AUTH_SOFTFAIL },
	{ "neutral", AUTH_NEUTRAL },
	{ "policy", AUTH_POLICY },
	{ "temperror", AUTH_TEMPERROR },
	{ "permerror", AUTH_PERMERROR },
};

const char *
auth_code_name(enum auth_code code)
{
	return code_name(auth_words, ARRAY_LEN(auth_words), (int)code);
}
