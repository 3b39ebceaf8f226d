/* Any bytes as what postconf says of main.cf and of master.cf. */
#include "fuzz.h"

/* Its readers are its own. */
#include "tool/mta/postconf.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct slice text = fuzz_slice(data, size), line;
	struct postconf p = { .pool = pool };
	struct scan s;

	if (size > 20000)
		goto out;
	p.values = read_values(&p, text);
	p.raw = read_values(&p, text);
	if (postconf_value(&p, "mail_version") != NULL)
		read_version(&p);
	for (s = scan_of(text); next_line(&s, &line);)
		read_service(&p, line);
	for (int raw = 1; raw >= 0; raw--)
		for (s = scan_of(text); next_line(&s, &line);)
			read_override(&p, line, raw != 0);
	for (size_t i = 0; i < p.services.n; i++)
		(void)postconf_service_value(&p, &p.services.v[i], "smtpd_milters");
out:
	pool_free(pool);
	return 0;
}
