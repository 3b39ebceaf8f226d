/*
 * sekimori keygen: a key, and its record in every form that a DNS panel may ask for.
 *
 * A record of 2048 bits does not fit into one string of a zone file, and panels differ in
 * whether they want the name relative, whole, or with a final dot; most mistakes with
 * DKIM are made there. So all the forms are printed, ready to paste.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/clock.h"
#include "base/scan.h"
#include "base/str.h"
#include "config/keyfile.h"
#include "config/policy.h"
#include "config/values.h"
#include "crypto/privkey.h"
#include "mail/domain.h"
#include "tool/conf.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

static const struct flag flags[] = {
	{ "selector", N_("NAME"), N_("the selector (default: s and year and month)") },
	{ "type", "rsa|ed25519", N_("the kind of key (default: rsa)") },
	{ "bits", N_("N"), N_("of an RSA key (default: 2048)") },
	{ "output", N_("DIR"),
		N_("where the key file goes (default: /etc/sekimori/keys/DOMAIN)") },
	{ "cname", N_("ZONE"),
		N_("print a CNAME record that points into this zone instead of an "
	           "example") },
};

#define DEFAULT_BITS 2048
#define STRING_LIMIT 255

struct keygen {
	struct tool *tool;
	const char *domain, *selector, *type;
	int64_t bits;
	const char *dir, *path;
	json_t *records;
};

static const struct name_code types[] = {
	{ "rsa", KEY_RSA },
	{ "ed25519", KEY_ED25519 },
};

/* "s202611": told apart by eye when the next one is made. */
static const char *
default_selector(struct tool *tool, const char *type)
{
	time_t now = (time_t)tool->now;
	struct tm tm;

	gmtime_r(&now, &tm);
	return pool_printf(tool->pool, "%c%04d%02d", strcmp(type, "rsa") == 0 ? 's' : 'e',
		tm.tm_year + 1900, tm.tm_mon + 1);
}

static int
keygen_read(struct keygen *k, int *type)
{
	struct tool *tool = k->tool;
	const char *bits = tool_value(tool, "bits"), *bad, *text;

	if (tool->nargs != 1)
		return tool_fail(tool, EX_USAGE, _("name one domain"));
	if ((bad = domain_parse(tool->pool, slice_of(tool->args[0]), &k->domain)) != NULL)
		return tool_fail(
			tool, EX_DATAERR, _("'%s' is no domain: %s"), tool->args[0], bad);
	k->type = tool_value(tool, "type") != NULL ? tool_value(tool, "type") : "rsa";
	bad = value_word(tool->pool, types, ARRAY_LEN(types), slice_of(k->type), type);
	if (bad != NULL)
		return tool_fail(tool, EX_USAGE, "--type '%s': %s", k->type, bad);
	k->bits = DEFAULT_BITS;
	if (bits != NULL && (bad = value_number(tool->pool, slice_of(bits),
				     PRIVKEY_MIN_BITS, 8192, &k->bits)) != NULL)
		return tool_fail(tool, EX_USAGE, "--bits '%s': %s", bits, bad);
	text = tool_value(tool, "selector");
	if (text == NULL)
		text = default_selector(tool, k->type);
	if ((bad = domain_parse(tool->pool, slice_of(text), &k->selector)) != NULL)
		return tool_fail(tool, EX_USAGE, "--selector '%s': %s", text, bad);
	k->dir = tool_value(tool, "output");
	if (k->dir == NULL)
		k->dir = pool_printf(
			tool->pool, "%s/sekimori/keys/%s", SYSCONFDIR, k->domain);
	k->path = pool_printf(tool->pool, "%s/%s.pem", k->dir, k->selector);
	return 0;
}

/* Whom the file is to belong to, where root makes it: UserID, else the packaged user. */
static bool
service_user(struct tool *tool, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;
	const char *user_id = NULL;
	struct slice name, group;
	int status = 0;
	const struct policy *policy = NULL;

	if (geteuid() != 0)
		return false;
	if (access(conf_file(tool), R_OK) == 0 && tool_value(tool, "config") != NULL)
		policy = conf_policy(tool, &status);
	if (policy != NULL && policy->opt.user_id != NULL)
		user_id = pool_strdup(tool->pool, policy->opt.user_id);
	policy_release(policy);
	slice_cut(slice_of(user_id != NULL ? user_id : "sekimori"), ':', &name, &group);
	if ((pw = getpwnam(pool_copy(tool->pool, name))) == NULL)
		return false;
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return true;
}

/* The directory and those above it; *made: it was not there. False: errno says why. */
static bool
make_directory(struct pool *pool, const char *dir, bool *made)
{
	char *path = pool_strdup(pool, dir);

	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return false;
		*p = '/';
	}
	*made = mkdir(path, 0750) == 0;
	return *made || errno == EEXIST;
}

static int
keygen_write(struct keygen *k, const struct privkey *key)
{
	struct tool *tool = k->tool;
	uid_t uid = 0;
	gid_t gid = 0;
	bool give = service_user(tool, &uid, &gid), made = false;
	const char *bad;
	int fd;

	if (!make_directory(tool->pool, k->dir, &made))
		return tool_fail(tool, EX_CANTCREAT,
			_("cannot make the directory '%s': %s; make it, or use --output"),
			k->dir, strerror(errno));
	fd = open(k->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST)
		return tool_fail(tool, EX_CANTCREAT,
			_("'%s' exists, and a key is never written over: choose another "
			  "--selector"),
			k->path);
	if (fd < 0)
		return tool_fail(tool, EX_CANTCREAT, _("cannot make '%s': %s"), k->path,
			strerror(errno));
	bad = privkey_write(key, fd);
	if (bad == NULL && give &&
		(fchown(fd, uid, gid) != 0 || (made && chown(k->dir, uid, gid) != 0)))
		bad = strerror(errno);
	if (bad == NULL && fsync(fd) != 0)
		bad = strerror(errno);
	close(fd);
	if (bad == NULL)
		return 0;
	unlink(k->path);
	return tool_fail(tool, EX_CANTCREAT, _("cannot write '%s': %s"), k->path, bad);
}

/* "abc" "def": strings of a zone file, none longer than DNS allows. */
static const char *
quoted(struct pool *pool, const char *text, json_t *strings)
{
	struct str out = STR_POOL(pool);

	for (struct slice rest = slice_of(text); rest.n > 0;
		rest = slice_from(rest, STRING_LIMIT)) {
		struct slice part = slice_sub(rest, 0, STRING_LIMIT);

		str_addf(&out, "%s\"%.*s\"", out.n > 0 ? " " : "", SLICE_ARG(part));
		json_array_append_new(strings, json_stringn(part.p, part.n));
	}
	return out.p;
}

/* One record, in all its forms. host: without the domain, "" for the domain itself. */
static void
add_record(struct keygen *k, const char *purpose, const char *type, const char *host,
	const char *value)
{
	struct pool *pool = k->tool->pool;
	const char *dot = host[0] != '\0' ? "." : "";
	const char *name = pool_printf(pool, "%s%s%s", host, dot, k->domain);
	json_t *strings = json_array();
	const char *data =
		strcmp(type, "TXT") == 0 ? quoted(pool, value, strings) : value;
	const char *zone = pool_printf(pool, "%s. IN %s %s", name, type, data);

	json_array_append_new(k->records,
		json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "purpose", purpose,
			"type", type, "relative",
			tool_json_text(host[0] != '\0' ? host : "@"), "domain", k->domain,
			"name", name, "name_dot", pool_printf(pool, "%s.", name), "value",
			value, "strings", strings, "quoted", data, "zone", zone));
	if (k->tool->json)
		return;
	printf("\n%s (%s)\n", purpose, type);
	printf(_("  host, relative to %s:  %s\n"), k->domain,
		host[0] != '\0' ? host : "@");
	printf(_("  host, whole:           %s\n"), name);
	printf(_("  host, with final dot:  %s.\n"), name);
	printf(_("  value, one line:       %s\n"), value);
	if (strcmp(type, "TXT") == 0)
		printf(_("  value, in strings:     %s\n"), data);
	printf(_("  line of a zone file:   %s\n"), zone);
}

static void
add_records(struct keygen *k, struct slice public_key)
{
	struct pool *pool = k->tool->pool;
	const char *host = pool_printf(pool, "%s._domainkey", k->selector);
	const char *zone = tool_value(k->tool, "cname");

	add_record(k, "dkim", "TXT", host,
		pool_printf(
			pool, "v=DKIM1; k=%s; p=%.*s", k->type, SLICE_ARG(public_key)));
	add_record(k, "dkim-cname", "CNAME", host,
		pool_printf(pool, "%s._domainkey.%s.%s.", k->selector, k->domain,
			zone != NULL ? zone : "dkim.example.net"));
	add_record(k, "spf", "TXT", "", "v=spf1 mx -all");
	add_record(k, "dmarc", "TXT", "_dmarc",
		pool_printf(
			pool, "v=DMARC1; p=none; rua=mailto:postmaster@%s", k->domain));
}

static int
keygen_print(struct keygen *k, struct slice public_key)
{
	char real[PATH_MAX];
	const char *row = pool_printf(k->tool->pool, "%s.%s %s:%s:%s", k->selector,
		k->domain, k->domain, k->selector,
		realpath(k->path, real) != NULL ? real : k->path);

	if (!k->tool->json)
		printf(_("key file:      %s\nkey table row: %s\n"), k->path, row);
	k->records = json_array();
	add_records(k, public_key);
	if (k->tool->json)
		return tool_print(
			k->tool, json_pack("{s:o,s:s,s:s}", "records", k->records,
					 "key_file", k->path, "key_table_row", row));
	json_decref(k->records);
	puts(_("\nThe dkim record has to be in DNS before the row is in the key table. "
	       "Use the CNAME instead\nwhere another zone holds the key. spf and dmarc "
	       "are beginnings: list every host that sends\nfor the domain, and raise p= "
	       "when the reports are clean."));
	return 0;
}

static int
run_keygen(struct tool *tool)
{
	struct keygen k = { .tool = tool };
	struct privkey *key = NULL;
	struct slice public_key;
	const char *bad;
	int type = KEY_RSA, status = keygen_read(&k, &type);

	if (status != 0)
		return status;
	bad = privkey_generate((enum key_type)type, (int)k.bits, &key);
	if (bad == NULL)
		bad = privkey_public(key, tool->pool, &public_key);
	if (bad != NULL)
		status = tool_fail(tool, EX_SOFTWARE, _("no key could be made: %s"), bad);
	else if ((status = keygen_write(&k, key)) == 0)
		status = keygen_print(&k, public_key);
	privkey_free(key);
	return status;
}

const struct command command_keygen = {
	.name = "keygen",
	.arguments = "DOMAIN",
	.summary = N_("make a key, and its DNS record in every form"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_keygen,
	.keys = "records key_file key_table_row",
};
