/*
 * Three questions: every parameter of main.cf with its macros expanded, the lines of
 * master.cf, and what they override. The answers are lines of "name = value".
 */
#include "base/base.h"
#include "tool/mta/postconf.h"

#include "base/ascii.h"
#include "base/map.h"
#include "base/scan.h"
#include "base/words.h"
#include "config/values.h"
#include "tool/program.h"
#include "tool/tool.h"

static const char *
ask(struct pool *pool, const char *config_dir, const char *what, struct slice *text)
{
	const char *argv[] = { "postconf", what, config_dir != NULL ? "-c" : NULL,
		config_dir, NULL };
	int status = program_run(pool, argv, false, text);

	if (status < -1)
		return pool_printf(
			pool, _("cannot run '%s': %s"), argv[0], _(strerror(-status)));
	return status != 0 ? pool_printf(pool, _("'%s %s' failed"), argv[0], what) : NULL;
}

/* The next line of a text; false at its end. */
static bool
next_line(struct scan *text, struct slice *line)
{
	if (scan_is_end(text))
		return false;
	*line = scan_until(text, '\n');
	scan_char(text, '\n');
	return true;
}

static struct map *
read_values(struct postconf *p, struct slice text)
{
	struct map *values = map_new(p->pool);
	struct scan scan = scan_of(text);
	struct slice line, name, value;

	while (next_line(&scan, &line))
		if (slice_cut(line, '=', &name, &value))
			map_put(values, slice_trim(name),
				pool_copy(p->pool, slice_trim(value)));
	return values;
}

static void
read_version(struct postconf *p)
{
	const char *version;
	struct scan s;

	version = postconf_value(p, "mail_version");
	s = scan_of(slice_of(version));
	for (size_t i = 0; i < ARRAY_LEN(p->version); i++) {
		uint64_t n = 0;

		if (scan_number(&s, &n))
			p->version[i] = (int)MIN(n, 99999999);
		scan_char(&s, '.');
	}
}

/* "smtp inet n - y - - smtpd ...": without a word of its own the version decides. */
static void
read_service(struct postconf *p, struct slice line)
{
	const char *level = postconf_value(p, "compatibility_level");
	struct postconf_service *service;
	struct words words = VEC_INIT;

	value_words(p->pool, line, &words);
	if (words.n < 8)
		return;
	service = vec_add(p->pool, &p->services);
	service->name = words.v[0];
	service->type = words.v[1];
	service->command = words.v[7];
	service->line = pool_copy(p->pool, line);
	service->is_confined = strcmp(words.v[4], "y") == 0 ||
	                       (strcmp(words.v[4], "-") == 0 &&
				       (level == NULL || strcmp(level, "0") == 0));
}

/* "submission/inet/smtpd_milters = ...", as it is written or with $name replaced. */
static void
read_override(struct postconf *p, struct slice line, bool is_raw)
{
	struct slice name, value, service, type, rest;

	if (!slice_cut(line, '=', &name, &value) ||
		!slice_cut(slice_trim(name), '/', &service, &rest))
		return;
	/* A service may be an address with a port, but holds no slash. */
	if (!slice_cut(rest, '/', &type, &name))
		return;
	value = pool_slice(p->pool, slice_trim(value));
	for (size_t i = 0; i < p->services.n; i++) {
		struct postconf_service *s = &p->services.v[i];

		if (!slice_is(service, s->name) || !slice_is(type, s->type))
			continue;
		if (is_raw)
			*vec_add(p->pool, &s->overrides) =
				(struct postconf_setting){ slice_trim(name), value,
					value };
		for (size_t k = 0; k < s->overrides.n && !is_raw; k++)
			if (slice_eq(s->overrides.v[k].name, slice_trim(name)))
				s->overrides.v[k].value = value;
	}
}

const char *
postconf_read(struct pool *pool, const char *config_dir, struct postconf *p)
{
	struct slice values, raw, services, written, overrides, line;
	struct scan scan;
	const char *bad;

	*p = (struct postconf){ .pool = pool };
	if ((bad = ask(pool, config_dir, "-x", &values)) != NULL ||
		(bad = ask(pool, config_dir, "-p", &raw)) != NULL ||
		(bad = ask(pool, config_dir, "-M", &services)) != NULL ||
		(bad = ask(pool, config_dir, "-P", &written)) != NULL ||
		(bad = ask(pool, config_dir, "-Px", &overrides)) != NULL)
		return bad;
	p->values = read_values(p, values);
	p->raw = read_values(p, raw);
	read_version(p);
	if (p->version[0] == 0)
		return _("postconf tells no mail_version: is this Postfix?");
	for (scan = scan_of(services); next_line(&scan, &line);)
		if (line.n > 0 && !ascii_is_wsp(line.p[0]))
			read_service(p, line);
	for (scan = scan_of(written); next_line(&scan, &line);)
		read_override(p, line, true);
	for (scan = scan_of(overrides); next_line(&scan, &line);)
		read_override(p, line, false);
	return NULL;
}

const char *
postconf_value(const struct postconf *p, const char *name)
{
	return map_get(p->values, slice_of(name));
}

const char *
postconf_raw(const struct postconf *p, const char *name)
{
	return map_get(p->raw, slice_of(name));
}

static const struct postconf_setting *
find_override(const struct postconf_service *service, const char *name)
{
	for (size_t i = service->overrides.n; i > 0; i--)
		if (slice_is(service->overrides.v[i - 1].name, name))
			return &service->overrides.v[i - 1];
	return NULL;
}

const char *
postconf_override(const struct postconf_service *service, const char *name)
{
	const struct postconf_setting *own = find_override(service, name);
	struct slice other;

	/* "$name" and nothing else: what main.cf says. */
	if (own == NULL)
		return NULL;
	other = slice_from(own->raw, 1);
	return slice_starts(own->raw, "$") && slice_is(other, name) ? NULL : own->value.p;
}

const char *
postconf_service_value(const struct postconf *p, const struct postconf_service *service,
	const char *name)
{
	const char *own = postconf_override(service, name);

	return own != NULL ? own : postconf_value(p, name);
}

bool
postconf_is_from(const struct postconf *p, int major, int minor, int patch)
{
	const int wanted[] = { major, minor, patch };

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (p->version[i] != wanted[i])
			return p->version[i] > wanted[i];
	return true;
}
