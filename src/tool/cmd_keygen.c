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
#include "base/words.h"
#include "config/keyattr.h"
#include "config/keyfile.h"
#include "config/table.h"
#include "config/values.h"
#include "crypto/privkey.h"
#include "mail/domain.h"
#include "tool/conf.h"
#include "tool/layout.h"
#include "tool/rowadd.h"

#include <fcntl.h>
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
	{ "add", NULL, N_("put the row into the key table; a key that exists is used") },
	{ "attribute", N_("NAME=VALUE"),
		N_("an attribute of the row, as dmarc=quarantine; may be repeated") },
	{ "opendkim", N_("FILE"),
		N_("OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

#define OPENDKIM_CONF SYSCONFDIR "/opendkim.conf"

#define DEFAULT_BITS 2048
#define STRING_LIMIT 255

struct keygen {
	struct tool *tool;
	const char *domain, *selector, *type;
	int64_t bits;
	const char *dir, *path;
	const char *row;
	bool made, made_dir; /* the key file, its directory: by us, now */
	struct rowadd add;
	struct words next; /* what remains to be done */
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
	for (size_t i = 0; (text = tool_value_at(tool, "ip", i)) != NULL; i++) {
		struct ip ip;

		if ((bad = ip_parse(slice_of(text), &ip)) != NULL)
			return tool_fail(tool, EX_DATAERR, "--ip '%s': %s", text, bad);
	}
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

/* The directory and those above it; *made: it was not there. False: errno says why. What
 * is made can be entered whatever the umask is, or the daemon would not find its key. */
static bool
make_directory(struct pool *pool, const char *dir, bool *made)
{
	char *path = pool_strdup(pool, dir);

	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) == 0 ? chmod(path, 0755) != 0 : errno != EEXIST)
			return false;
		*p = '/';
	}
	*made = mkdir(path, 0750) == 0;
	return *made ? chmod(path, 0750) == 0 : errno == EEXIST;
}

/* Root gives the file to the service user, and the directory if it was made for it. */
static const char *
keygen_give(struct keygen *k, int fd)
{
	struct key_user user;

	if (geteuid() != 0)
		return NULL;
	if (!conf_user(k->tool, &user)) {
		*vec_add(k->tool->pool, &k->next) = pool_printf(k->tool->pool,
			_("the key belongs to root, because there is no service user "
			  "yet: make one and give it to him: chown -R sekimori: %s"),
			k->dir);
		return NULL;
	}
	if (fchown(fd, user.uid, user.gids[0]) != 0 ||
		(k->made_dir && chown(k->dir, user.uid, user.gids[0]) != 0))
		return strerror(errno);
	return NULL;
}

static int
keygen_write(struct keygen *k, const struct privkey *key)
{
	struct tool *tool = k->tool;
	const char *bad;
	int fd;

	if (!make_directory(tool->pool, k->dir, &k->made_dir))
		return tool_fail(tool, EX_CANTCREAT,
			_("cannot make the directory '%s': %s; make it, or use --output"),
			k->dir, strerror(errno));
	fd = open(k->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST)
		return tool_fail(tool, EX_CANTCREAT,
			_("'%s' exists, and a key is never written over: choose another "
			  "--selector, or put this key into the key table with --add"),
			k->path);
	if (fd < 0)
		return tool_fail(tool, EX_CANTCREAT, _("cannot make '%s': %s"), k->path,
			strerror(errno));
	k->made = true;
	bad = privkey_write(key, fd);
	if (bad == NULL)
		bad = keygen_give(k, fd);
	if (bad == NULL && fsync(fd) != 0)
		bad = strerror(errno);
	close(fd);
	if (bad == NULL)
		return 0;
	return tool_fail(tool, EX_CANTCREAT, _("cannot write '%s': %s"), k->path, bad);
}

/* A key that signs for nobody is taken away again. */
static void
keygen_undo(const struct keygen *k)
{
	if (k->made)
		unlink(k->path);
	if (k->made_dir)
		rmdir(k->dir);
}

/* With --add: the key that is there already. */
static int
keygen_existing(struct keygen *k, struct privkey **key)
{
	struct slice text;
	const char *bad = file_read(k->tool->pool, k->path, &text);

	if (bad == NULL)
		bad = privkey_parse(text, key);
	if (text.n > 0)
		explicit_bzero((char *)(uintptr_t)text.p, text.n);
	if (bad != NULL)
		return tool_fail(k->tool, EX_DATAERR,
			_("the key in '%s' cannot be used: %s"), k->path, bad);
	k->type = key_type_name(privkey_type(*key));
	return 0;
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
	struct str out = STR_POOL(pool);

	json_array_append_new(k->records,
		json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "purpose", purpose,
			"type", type, "relative",
			tool_json_text(host[0] != '\0' ? host : "@"), "domain", k->domain,
			"name", name, "name_dot", pool_printf(pool, "%s.", name), "value",
			value, "strings", strings, "quoted", data, "zone", zone));
	if (k->tool->json)
		return;
	layout_rows(&out,
		(const struct layout_row[]){
			{ pool_printf(pool, _("host, relative to %s"), k->domain),
				host[0] != '\0' ? host : "@" },
			{ _("host, whole"), name },
			{ _("host, with final dot"), pool_printf(pool, "%s.", name) },
			{ _("value, one line"), value },
			{ _("value, in strings"),
				strcmp(type, "TXT") == 0 ? data : NULL },
			{ _("line of a zone file"), zone },
		},
		6, 2);
	printf("\n%s (%s)\n%s", purpose, type, out.p);
}

/* The hosts of MX and of --ip send, nobody else. */
static const char *
spf_record(const struct keygen *k)
{
	struct str record = STR_POOL(k->tool->pool);
	const char *text;
	struct ip ip;

	str_add(&record, "v=spf1 mx");
	for (size_t i = 0; (text = tool_value_at(k->tool, "ip", i)) != NULL; i++)
		if (ip_parse(slice_of(text), &ip) == NULL)
			str_addf(&record, " ip%d:%s", ip.bits == 32 ? 4 : 6, text);
	str_add(&record, " -all");
	return record.p;
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
	add_record(k, "spf", "TXT", "", spf_record(k));
	add_record(k, "dmarc", "TXT", "_dmarc",
		pool_printf(
			pool, "v=DMARC1; p=none; rua=mailto:postmaster@%s", k->domain));
}

/* What the administrator has yet to do. */
static void
keygen_next(struct keygen *k)
{
	struct pool *pool = k->tool->pool;
	const struct rowadd *add = &k->add;

	*vec_add(pool, &k->next) = pool_printf(pool,
		_("publish the dkim record (or the CNAME, where another zone holds the "
		  "key), and see that it is there: sekimori check %s"),
		k->domain);
	if (add->made && add->signing_table != NULL)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("SigningTable says who signs: add a row for %s to %s, as "
			  "*@%s %s in a refile:, or %s %s"),
			k->domain, add->signing_table, k->domain, add->name, k->domain,
			add->name);
	*vec_add(pool, &k->next) =
		add->made
			? _("only then have the daemon read it: kill -HUP, or systemctl "
			    "reload sekimorid")
			: _("only then put the row into the key table (--add does it) "
			    "and have the daemon read it");
	*vec_add(pool, &k->next) = _("spf and dmarc are beginnings: list every host that "
				     "sends for the domain, and raise p= when the "
				     "reports are clean");
}

static void
print_step(size_t n, const char *text)
{
	struct str out = STR_INIT;

	layout_wrap(&out, text, 3);
	printf("%zu. %s", n, out.p);
	str_release(&out);
}

static int
keygen_print(struct keygen *k, struct slice public_key)
{
	json_t *next = json_array();
	const char *added = k->add.made ? pool_printf(k->tool->pool, "%s:%d",
						  k->add.table, k->add.line)
	                                : NULL;
	struct str out = STR_POOL(k->tool->pool);

	keygen_next(k);
	if (!k->tool->json) {
		layout_rows(&out,
			(const struct layout_row[]){
				{ _("key file"), k->path },
				{ _("key table row"), k->row },
				{ _("added at"), added },
			},
			3, 0);
		fputs(out.p, stdout);
	}
	k->records = json_array();
	add_records(k, public_key);
	if (!k->tool->json)
		puts("");
	for (size_t i = 0; i < k->next.n; i++) {
		json_array_append_new(next, tool_json_text(k->next.v[i]));
		if (!k->tool->json)
			print_step(i + 1, k->next.v[i]);
	}
	if (k->tool->json)
		return tool_print(
			k->tool, json_pack("{s:o,s:s,s:s,s:o,s:o}", "records", k->records,
					 "key_file", k->path, "key_table_row", k->row,
					 "added", tool_json_text(added), "next", next));
	json_decref(k->records);
	json_decref(next);
	return 0;
}

/* " dmarc=quarantine ...": each a known one; its value is the loader's to judge. */
static int
keygen_attributes(struct keygen *k, struct str *row)
{
	const char *text;

	for (size_t i = 0; (text = tool_value_at(k->tool, "attribute", i)) != NULL; i++) {
		struct slice name, value;

		if (!slice_cut(slice_of(text), '=', &name, &value) ||
			!keyattr_is_known(name) || strpbrk(text, " \t\r\n#") != NULL)
			return tool_fail(k->tool, EX_USAGE,
				_("--attribute '%s' is none: write NAME=VALUE, with a "
				  "NAME of %s"),
				text, keyattr_names(k->tool->pool));
		str_addf(row, " %s", text);
		k->add.has_attributes = true;
	}
	return 0;
}

/* The row without its key, and whether there is room for it. */
static int
keygen_plan(struct keygen *k, struct str *attributes)
{
	struct tool *tool = k->tool;
	const char *other = tool_value(tool, "opendkim");
	int status = keygen_attributes(k, attributes);

	k->add.tool = tool;
	k->add.config = conf_file(tool);
	k->add.opendkim = other != NULL ? other : OPENDKIM_CONF;
	k->add.name = pool_printf(tool->pool, "%s.%s", k->selector, k->domain);
	k->add.domain = k->domain;
	k->add.selector = k->selector;
	if (status != 0 || tool_value(tool, "add") == NULL)
		return status;
	return rowadd_begin(&k->add);
}

static int
keygen_row(struct keygen *k, const char *attributes)
{
	char real[PATH_MAX];

	k->row = pool_printf(k->tool->pool, "%s %s:%s:%s%s", k->add.name, k->domain,
		k->selector, realpath(k->path, real) != NULL ? real : k->path,
		attributes);
	if (tool_value(k->tool, "add") == NULL)
		return 0;
	return rowadd_end(&k->add, k->row);
}

static int
keygen_make(struct keygen *k, int type, struct privkey **key)
{
	const char *bad;

	if (tool_value(k->tool, "add") != NULL && access(k->path, F_OK) == 0)
		return keygen_existing(k, key);
	bad = privkey_generate((enum key_type)type, (int)k->bits, key);
	if (bad != NULL)
		return tool_fail(
			k->tool, EX_SOFTWARE, _("no key could be made: %s"), bad);
	return keygen_write(k, *key);
}

static int
run_keygen(struct tool *tool)
{
	struct keygen k = { .tool = tool };
	struct str attributes = STR_POOL(tool->pool);
	struct privkey *key = NULL;
	struct slice public_key;
	const char *bad;
	int type = KEY_RSA, status = keygen_read(&k, &type);

	if (status != 0 || (status = keygen_plan(&k, &attributes)) != 0)
		return status;
	if ((status = keygen_make(&k, type, &key)) == 0 &&
		(bad = privkey_public(key, tool->pool, &public_key)) != NULL)
		status = tool_fail(tool, EX_SOFTWARE, _("no key could be made: %s"), bad);
	if (status == 0)
		status = keygen_row(&k, attributes.p);
	if (status == 0)
		status = keygen_print(&k, public_key);
	else
		keygen_undo(&k);
	privkey_free(key);
	return status;
}

const struct command command_keygen = {
	.name = "keygen",
	.arguments = N_("DOMAIN"),
	.summary = N_("make a key, and its DNS record in every form"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_keygen,
	.keys = "records key_file key_table_row added next",
};
