#include "base/base.h"
#include "mail_fixture.h"

#include <netinet/in.h>

#include "base/msg.h"
#include "base/str.h"
#include "tap.h"
#include "tmpdir.h"

static int64_t
fixed(void)
{
	return 1767225600;
}

static void
end_session(void *session)
{
	session_free(session);
}

const struct policy *
mail_policy(struct pool *pool, const char *conf, const char *rows)
{
	const char *dir = tmpdir_new(pool);
	const char *table = tmpdir_write(pool, dir, "keytable", 0600, rows);
	const char *file = tmpdir_write(pool, dir, "sekimori.conf", 0600,
		pool_printf(pool, "%sKeyTable file:%s\n", conf, table));
	struct problems problems;
	const struct policy *policy;

	problems_init(&problems, pool);
	policy = policy_load(file, &problems);
	for (size_t i = 0; policy == NULL && i < problems.all.n; i++) {
		struct str line = STR_POOL(pool);

		problem_print(&line, &problems.all.v[i]);
		tap_note("%s", line.p);
	}
	if (policy == NULL)
		panic("a configuration of the tests has an error");
	return policy;
}

struct mail_object
mail_fixture(struct pool *pool, const struct policy *policy, const char *fields)
{
	static const struct services services = { .now = fixed, .monotonic_ms = fixed };
	struct sockaddr_in client = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0xc0000209) };
	struct session *session = session_new(policy, &services, "mx.sender.example",
		(struct sockaddr *)&client, "mx.example");
	struct mail_object mail = { .pool = pool,
		.session = session,
		.policy = policy,
		.now = fixed(),
		.has_mail_from = true,
		.mail_from = SLICE_LIT("a@sender.example") };
	struct slice rest = slice_of(fields), line, name, value;

	pool_on_free(pool, end_session, session);
	session_mta_version(session, "Postfix 3.7");
	session_helo(session, "mx.sender.example");
	message_init(&mail.message, pool, (size_t)policy->opt.maximum_headers);
	while (slice_next(&rest, '\n', &line))
		if (slice_cut(line, ':', &name, &value))
			message_add(&mail.message, name, value);
	mail.author = author_read(pool, &mail.message.from);
	return mail;
}

void
mail_recipient(struct mail_object *mail, const char *address)
{
	struct recipient *r = vec_add(mail->pool, &mail->recipients);

	r->text = slice_of(address);
	(void)address_path_parse(mail->pool, r->text, &r->address);
	(void)policy_rules(mail->policy, mail->pool, r->address.domain, &r->rules);
}
