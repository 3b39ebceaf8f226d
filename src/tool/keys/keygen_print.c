/*
 * A record of 2048 bits does not fit into one string of a zone file, and panels differ in
 * whether they want the name relative, whole, or with a final dot; most mistakes with
 * DKIM are made there. So all the forms are printed, ready to paste.
 *
 * SPF and DMARC are the domain's, not the key's: what is right there depends on what is
 * there, and check looks. The records for both are those of a domain that has none.
 */
#include "base/base.h"
#include "tool/keys/keygen.h"

#include "auth/dkim/key.h"
#include "base/ip.h"
#include "base/shell.h"
#include "base/str.h"
#include "tool/dmarc_text.h"
#include "tool/layout.h"

#define STRING_LIMIT 255

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

/* Where the CNAME leads when nobody has said it. */
#define EXAMPLE_ZONE "dkim.example.net"

struct record {
	const char *purpose, *type;
	const char *host,
		*domain; /* its name, in two parts; host "": the domain itself */
	const char *value;
	const char *when; /* when it is to be published; NULL: in any case */
};

/* "spf (TXT): if the domain has none yet" */
static void
print_head(const struct record *r)
{
	struct str head = STR_INIT, out = STR_INIT;

	str_addf(&head, "%s (%s)", r->purpose, r->type);
	if (r->when != NULL)
		str_addf(&head, ": %s", r->when);
	layout_wrap(&out, head.p, 0);
	printf("\n%s", out.p);
	str_release(&head);
	str_release(&out);
}

/* One record, in all its forms. */
static void
add_record(struct keygen *k, const struct record *r)
{
	struct pool *pool = k->tool->pool;
	const char *dot = r->host[0] != '\0' ? "." : "";
	const char *name = pool_printf(pool, "%s%s%s", r->host, dot, r->domain);
	const char *relative = r->host[0] != '\0' ? r->host : "@";
	json_t *strings = json_array();
	const char *data =
		strcmp(r->type, "TXT") == 0 ? quoted(pool, r->value, strings) : r->value;
	const char *zone = pool_printf(pool, "%s. IN %s %s", name, r->type, data);
	struct str out = STR_POOL(pool);

	json_array_append_new(k->records,
		json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "purpose",
			r->purpose, "type", r->type, "relative", relative, "domain",
			r->domain, "name", name, "name_dot",
			pool_printf(pool, "%s.", name), "value", r->value, "strings",
			strings, "quoted", data, "zone", zone));
	if (k->tool->json)
		return;
	layout_rows(&out,
		(const struct layout_row[]){
			{ pool_printf(pool, _("host, relative to %s"), r->domain),
				relative },
			{ _("host, whole"), name },
			{ _("host, with final dot"), pool_printf(pool, "%s.", name) },
			{ _("value, one line"), r->value },
			{ _("value, in strings"),
				strcmp(r->type, "TXT") == 0 ? data : NULL },
			{ _("line of a zone file"), zone },
		},
		6, 2);
	print_head(r);
	fputs(out.p, stdout);
}

/* The key's record. With --cname it stands in another zone, and a CNAME leads there: at
 * the name of a CNAME nothing else can stand. */
static void
add_key(struct keygen *k, struct slice public_key)
{
	struct pool *pool = k->tool->pool;
	const char *zone = k->cname != NULL ? k->cname : EXAMPLE_ZONE;
	const char *host = pool_printf(pool, "%s._domainkey", k->selector);
	const char *there = pool_printf(pool, "%s.%s", host, k->domain);
	struct record key = { "dkim", "TXT", host, k->domain, NULL, NULL };
	struct record cname = { "dkim-cname", "CNAME", host, k->domain, NULL, NULL };

	key.value = dkim_key_text(pool, k->type, public_key);
	cname.value = pool_printf(pool, "%s.%s.", there, zone);
	if (k->cname != NULL) {
		key.host = there;
		key.domain = zone;
	} else {
		cname.when = _("instead of that one, if a zone of yours other than the "
			       "domain's holds the key (--cname names it; here an "
			       "example)");
	}
	add_record(k, &key);
	add_record(k, &cname);
}

/* The hosts of MX and of --ip send; of others nothing is known here. */
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
	str_add(&record, " ~all");
	return record.p;
}

/* What a domain begins with. */
static void
add_first(struct keygen *k)
{
	struct record spf = { "spf", "TXT", "", k->domain, spf_record(k), NULL };
	struct record dmarc = { "dmarc", "TXT", "_dmarc", k->domain, NULL, NULL };

	spf.when = _("only if the domain has no SPF record yet, as it must have one and "
		     "no more; a host that sends and is no MX has to be added");
	dmarc.value = dmarc_text_first(k->tool->pool, k->domain);
	dmarc.when = _("only if the domain has no DMARC record yet; raise p= when the "
		       "reports are clean");
	add_record(k, &spf);
	add_record(k, &dmarc);
}

/* Is this host below the domain, and does the row not say that such names sign? */
static bool
is_above_host(const struct keygen *k)
{
	struct slice domain = slice_of(k->domain), name;
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 ||
		strstr(k->row, "subdomains=yes") != NULL)
		return false;
	name = slice_of(host);
	return name.n > domain.n + 1 && host[name.n - domain.n - 1] == '.' &&
	       slice_caseeq(slice_from(name, name.n - domain.n), domain);
}

/* What the administrator has yet to do. */
static void
keygen_next(struct keygen *k)
{
	struct pool *pool = k->tool->pool;
	const struct keytable_append *add = &k->add;

	*vec_add(pool, &k->next) =
		k->cname != NULL
			? _("publish the TXT record and the CNAME, each in its zone")
			: _("publish the dkim record");
	*vec_add(pool, &k->next) = pool_printf(pool,
		_("see that it is there; the same command says what SPF and DMARC still "
		  "lack: sekimori check %s --selector %s"),
		k->domain, k->selector);
	if (add->made && add->signing != NULL && add->signing->made)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("the row '%s' was added at the end of %s, too: see that it "
			  "stands there in the right order"),
			add->signing_rows, add->signing->table);
	if (add->made && add->signing_at != NULL)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("the row %s of the signing table takes the mail of %s already, "
			  "and goes on doing so: when the record is there, write the "
			  "name %s into it"),
			add->signing_at, k->domain, add->name);
	if (add->made && is_above_host(k))
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("this host's name is below %s: for bounces and mail of cron, "
			  "add subdomains=yes to the row"),
			k->domain);
	*vec_add(pool, &k->next) =
		add->made
			? _("only then have the daemon read it: kill -HUP, or systemctl "
			    "reload sekimori; until the record is there, receivers find "
			    "no key, and the signature fails (a restart puts the row in "
			    "force, too)")
			: _("only then put the row into the key table (--add does it) "
			    "and have the daemon read it");
}

static void
print_step(size_t n, const char *text)
{
	struct str out = STR_INIT;

	layout_wrap(&out, text, 3);
	printf("%zu. %s", n, out.p);
	str_release(&out);
}

/* Prints the next steps, unless JSON is wished for; gives them as that. */
static json_t *
print_next(const struct keygen *k)
{
	json_t *next = json_array();

	for (size_t i = 0; i < k->next.n; i++) {
		json_array_append_new(next, tool_json_text(k->next.v[i]));
		if (!k->tool->json)
			print_step(i + 1, k->next.v[i]);
	}
	return next;
}

int
keygen_print(struct keygen *k, struct slice public_key)
{
	json_t *next;
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
	add_key(k, public_key);
	add_first(k);
	if (!k->tool->json)
		puts("");
	next = print_next(k);
	if (k->tool->json)
		return tool_print(k->tool,
			json_pack("{s:o,s:s,s:s,s:o,s:n,s:o}", "records", k->records,
				"key_file", k->path, "key_table_row", k->row, "added",
				tool_json_text(added), "removed", "next", next));
	json_decref(k->records);
	json_decref(next);
	return 0;
}

/* What remains of a key that no row names any more. */
static void
removed_next(struct keygen *k)
{
	const struct keytable_append *add = &k->add;
	struct pool *pool = k->tool->pool;

	if (add->has_attributes)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("the row had attributes, and what they said of %s is gone with "
			  "it: write them on another row of the domain, or on a row "
			  "%s %s:-:-"),
			k->domain, k->domain, k->domain);
	if (add->is_unsigned)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("no row of the signing table leads to another key of %s now, "
		          "and "
			  "its mail would leave unsigned: add one to %s, like %s%s %s"),
			k->domain, add->signing->table,
			strcmp(add->signing->prefix, "refile:") == 0 ? "*@" : "",
			k->domain, add->others.v[0]);
	*vec_add(pool, &k->next) = _("have the daemon read it: kill -HUP, or systemctl "
				     "reload sekimori");
	*vec_add(pool, &k->next) = pool_printf(pool,
		_("leave the record %s._domainkey.%s in the DNS for another week, while "
		  "mail that bears its signature is on the way, then take it out"),
		add->selector, k->domain);
	if (add->key_user != NULL)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("the key file '%s' stays: the row %s uses it, too"),
			add->key_file, add->key_user);
	else if (add->key_file != NULL && tool_value(k->tool, "delete-key") == NULL)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("the key file was left where it is; after the reload it can be "
			  "deleted: rm %s"),
			shell_quote(pool, add->key_file));
}

int
keygen_print_removed(struct keygen *k)
{
	const char *removed =
		pool_printf(k->tool->pool, "%s:%d", k->add.table, k->add.line);
	json_t *next;

	removed_next(k);
	if (!k->tool->json)
		printf(_("taken out: %s, the row %s\n\n"), removed, k->add.name);
	next = print_next(k);
	if (k->tool->json)
		return tool_print(k->tool,
			json_pack("{s:[],s:o,s:s,s:n,s:s,s:o}", "records", "key_file",
				tool_json_text(k->add.key_file), "key_table_row",
				k->add.name, "added", "removed", removed, "next", next));
	json_decref(next);
	return 0;
}
