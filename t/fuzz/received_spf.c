/* Any bytes as a Received-SPF value; and as what ours is printed from. */
#include "fuzz.h"

#include "auth/spf/received_spf.h"
#include "base/ascii.h"

#define RECEIVER "mx.example.jp"

/* What is printed is ours, and every line of it is printable or a fold. */
static void
check_printed(struct slice helo, struct slice mail_from, enum auth_code code)
{
	static const struct ip client = { 32, { 192, 0, 2, 1 } };
	struct spf_query query = { .client = &client,
		.helo = helo,
		.mail_from = mail_from,
		.receiver = RECEIVER };
	struct spf_result result = { .outcome = { code, CAUSE_OTHER,
					     &(const struct reason){
						     .form = "a reason" } },
		.identity = SPF_MAIL_FROM,
		.null_sender = mail_from.n == 0,
		.domain = "example.com" };
	struct str out = STR_INIT;

	received_spf_print(&out, &query, &result);
	FUZZ_CHECK(received_spf_names(str_slice(&out), RECEIVER));
	FUZZ_CHECK(!received_spf_names(str_slice(&out), "other.invalid"));
	for (size_t i = 0; i < out.n; i++) {
		FUZZ_CHECK(!ascii_is_8bit(out.p[i]));
		FUZZ_CHECK(!ascii_is_ctl(out.p[i]) || ascii_is_space(out.p[i]));
		FUZZ_CHECK(out.p[i] != '\n' || out.p[i + 1] == '\t');
	}
	str_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct slice head, tail;
	enum auth_code code =
		size > 0 ? (enum auth_code)(data[0] % (AUTH_PERMERROR + 1)) : AUTH_NONE;

	received_spf_names(text, RECEIVER);
	slice_cut(text, ';', &head, &tail);
	/* A sender may say the other's name; then a bare search would find it. */
	check_printed(head, tail, code);
	return 0;
}
