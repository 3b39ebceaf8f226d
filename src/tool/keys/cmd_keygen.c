/*
 * sekimori keygen: a key, and its record in every form that a DNS panel may ask for.
 *
 * A file that exists is never written over, and a key that in the end signs for nobody,
 * because its row cannot be added, is taken away again.
 */
#include "base/base.h"
#include "tool/keys/keygen.h"

#include "base/clock.h"
#include "base/shell.h"
#include "base/str.h"
#include "base/words.h"
#include "config/keyattr.h"
#include "config/keyfile.h"
#include "config/opendkim_peer.h"
#include "config/table.h"
#include "config/values.h"
#include "crypto/privkey.h"
#include "crypto/signer.h"
#include "mail/domain.h"
#include "tool/keys/keytable_append.h"
#include "tool/tool.h"
#include "tool/tool_config.h"

#include <fcntl.h>
#include <sys/stat.h>

static const struct flag flags[] = {
	{ "selector", N_("NAME"), N_("the selector (default: s and year and month)") },
	{ "type", "rsa|ed25519", N_("the kind of key (default: rsa)") },
	{ "bits", N_("N"), N_("of an RSA key (default: 2048)") },
	{ "output", N_("DIR"),
		N_("where the key file goes (default: /etc/sekimori/keys/DOMAIN)") },
	{ "cname", N_("ZONE"),
		N_("put the record into this zone, where the CNAME leads") },
	{ "add", NULL, N_("put the row into the key table; a key that exists is used") },
	{ "remove", NULL,
		N_("take the key's row out of the tables again; no key is made") },
	{ "delete-key", NULL, N_("with --remove: delete the key file, too") },
	{ "attribute", N_("NAME=VALUE"),
		N_("an attribute of the row, as dmarc=quarantine; may be repeated") },
	{ "opendkim", N_("FILE"),
		N_("OpenDKIM's configuration on this host (default: "
		   "/etc/opendkim.conf)") },
};

#define DEFAULT_BITS 2048

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
	const struct reason *refused;
	int status = 0;
	struct ip ip;

	if (tool->nargs != 1)
		return tool_fail(tool, EX_USAGE, _("name one domain"));
	if ((bad = domain_parse(tool->pool, slice_of(tool->args[0]), &k->domain)) != NULL)
		return tool_fail(tool, EX_DATAERR, _("'%s' is no domain: %s"),
			tool->args[0], _(bad));
	k->type = tool_value(tool, "type") != NULL ? tool_value(tool, "type") : "rsa";
	refused =
		value_word(tool->pool, types, ARRAY_LEN(types), slice_of(k->type), type);
	if (refused != NULL)
		return tool_fail(tool, EX_USAGE, "--type '%s': %s", k->type,
			tool_reason(tool->pool, refused));
	k->bits = DEFAULT_BITS;
	if (bits != NULL && (refused = value_number(tool->pool, slice_of(bits),
				     PRIVKEY_MIN_BITS, 8192, &k->bits)) != NULL)
		return tool_fail(tool, EX_USAGE, "--bits '%s': %s", bits,
			tool_reason(tool->pool, refused));
	for (size_t i = 0; (text = tool_value_at(tool, "ip", i)) != NULL; i++)
		if (!tool_public_ip(tool, text, &ip, &status))
			return status;
	text = tool_value(tool, "selector");
	if (text == NULL)
		text = default_selector(tool, k->type);
	if ((bad = domain_parse(tool->pool, slice_of(text), &k->selector)) != NULL)
		return tool_fail(tool, EX_USAGE, "--selector '%s': %s", text, _(bad));
	text = tool_value(tool, "cname");
	if (text != NULL &&
		(bad = domain_parse(tool->pool, slice_of(text), &k->cname)) != NULL)
		return tool_fail(tool, EX_USAGE, "--cname '%s': %s", text, _(bad));
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
			shell_word(k->tool->pool, k->dir));
		return NULL;
	}
	if (fchown(fd, user.uid, user.gids[0]) != 0 ||
		(k->made_dir && chown(k->dir, user.uid, user.gids[0]) != 0))
		return _(strerror(errno));
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
			k->dir, _(strerror(errno)));
	fd = open(k->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST)
		return tool_fail(tool, EX_CANTCREAT,
			_("'%s' exists, and a key is never written over: choose another "
			  "--selector, or put this key into the key table with --add"),
			k->path);
	if (fd < 0)
		return tool_fail(tool, EX_CANTCREAT, _("cannot make '%s': %s"), k->path,
			_(strerror(errno)));
	k->made = true;
	bad = privkey_write(key, fd);
	if (bad == NULL)
		bad = keygen_give(k, fd);
	if (bad == NULL && fsync(fd) != 0)
		bad = _(strerror(errno));
	close(fd);
	if (bad == NULL)
		return 0;
	return tool_fail(tool, EX_CANTCREAT, _("cannot write '%s': %s"), k->path, _(bad));
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
keygen_existing(struct keygen *k, struct slice *public_key)
{
	struct pool *pool = k->tool->pool;
	struct key_source source = { .path = k->path };
	const struct keyref *key;
	const struct reason *bad;

	if (signer_open(signer_local(pool), &source, pool, &key, &bad) != KEY_OPENED)
		return tool_fail(k->tool, EX_DATAERR,
			_("the key in '%s' cannot be used: %s"), k->path,
			tool_reason(pool, bad));
	k->type = key_type_name(key->type);
	*public_key = key->public;
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
	k->add.key_file = k->path;
	if (status != 0 || tool_value(tool, "add") == NULL)
		return status;
	return keytable_append_begin(&k->add);
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
	return keytable_append_end(&k->add, k->row);
}

/* A new key in its file. The one place outside of crypto/ that has a private half:
 * whoever makes a key has it. */
static int
keygen_make(struct keygen *k, int type, struct slice *public_key)
{
	struct privkey *key = NULL;
	const char *bad;
	int status;

	bad = privkey_generate((enum key_type)type, (int)k->bits, &key);
	if (bad != NULL)
		return tool_fail(
			k->tool, EX_SOFTWARE, _("no key could be made: %s"), _(bad));
	status = keygen_write(k, key);
	if (status == 0 && (bad = privkey_public(key, k->tool->pool, public_key)) != NULL)
		status = tool_fail(
			k->tool, EX_SOFTWARE, _("no key could be made: %s"), _(bad));
	privkey_free(key);
	return status;
}

/* Deletes a key file that no row names any more. */
static int
keygen_delete(const struct keygen *k)
{
	const char *file = k->add.key_file;

	if (file == NULL || k->add.key_user != NULL ||
		tool_value(k->tool, "delete-key") == NULL)
		return 0;
	if (unlink(file) == 0 || errno == ENOENT)
		return 0;
	return tool_fail(k->tool, EX_CANTCREAT,
		_("the row is out of the table, but '%s' cannot be deleted: %s"), file,
		_(strerror(errno)));
}

static int
run_remove(struct keygen *k)
{
	struct tool *tool = k->tool;
	const char *other = tool_value(tool, "opendkim");
	int status;

	if (tool_value(tool, "add") != NULL)
		return tool_fail(
			tool, EX_USAGE, _("--add and --remove exclude each other"));
	k->add.tool = tool;
	k->add.config = conf_file(tool);
	k->add.opendkim = other != NULL ? other : OPENDKIM_CONF;
	k->add.domain = k->domain;
	k->add.selector = tool_value(tool, "selector") != NULL ? k->selector : NULL;
	if ((status = keytable_append_remove(&k->add)) != 0 ||
		(status = keygen_delete(k)) != 0)
		return status;
	return keygen_print_removed(k);
}

static int
run_keygen(struct tool *tool)
{
	struct keygen k = { .tool = tool };
	struct str attributes = STR_POOL(tool->pool);
	struct slice public_key;
	int type = KEY_RSA, status = keygen_read(&k, &type);

	if (status == 0 && tool_value(tool, "remove") != NULL)
		return run_remove(&k);
	if (status != 0 || (status = keygen_plan(&k, &attributes)) != 0)
		return status;
	if (tool_value(tool, "add") != NULL && access(k.path, F_OK) == 0)
		status = keygen_existing(&k, &public_key);
	else
		status = keygen_make(&k, type, &public_key);
	if (status == 0)
		status = keygen_row(&k, attributes.p);
	if (status == 0)
		status = keygen_print(&k, public_key);
	else
		keygen_undo(&k);
	return status;
}

const struct command command_keygen = {
	.name = "keygen",
	.arguments = N_("DOMAIN"),
	.summary = N_("make a key, and its DNS record in every form"),
	.flags = flags,
	.nflags = ARRAY_LEN(flags),
	.run = run_keygen,
	.keys = "records key_file key_table_row added removed next",
};
