/* DMARC records: what is one, and what of it counts. */
#include "base/base.h"

#include "auth/dmarc/record.h"
#include "base/str.h"

#include "tap.h"

static const struct {
	const char *what;
	struct slice text;
	const char *want; /* NULL: not a record */
} records[] = {
	{ "DM-1: the least", SLICE_LIT("v=DMARC1"), "bad" },
	{ "DM-1: WSP around =", SLICE_LIT("v \t= DMARC1 ;p=none"), "p=none" },
	{ "DM-1: a semicolon at the end", SLICE_LIT("v=DMARC1; p=none; "), "p=none" },
	{ "DM-1: V is v", SLICE_LIT("V=DMARC1;p=none"), "p=none" },
	{ "DM-1: another version", SLICE_LIT("v=DMARC2; p=none"), NULL },
	{ "DM-1: a longer version", SLICE_LIT("v=DMARC1x; p=none"), NULL },
	{ "DM-1: the version has case", SLICE_LIT("v=dmarc1; p=none"), NULL },
	{ "DM-1: v is not first", SLICE_LIT("p=none; v=DMARC1"), NULL },
	{ "DM-1: a blank before v", SLICE_LIT(" v=DMARC1; p=none"), NULL },
	{ "DM-1: no semicolon", SLICE_LIT("v=DMARC1 p=none"), NULL },
	{ "DM-1: a NUL", SLICE_LIT("v=DMARC1\0; p=none"), NULL },
	{ "DM-1: SPF", SLICE_LIT("v=spf1 -all"), NULL },
	{ "DM-1: nothing", SLICE_LIT(""), NULL },
	{ "DM-2: unknown tags", SLICE_LIT("v=DMARC1; pct=20; p=reject; rf=afrf; ri=1"),
		"p=reject gone:pct=20 gone:rf=afrf gone:ri=1" },
	{ "DM-2: names and values in any case",
		SLICE_LIT("v=DMARC1; P=Reject; ADKIM=S; aspf=S; PSD=Y; T=Y"),
		"p=reject adkim=s aspf=s psd=y t=y" },
	{ "DM-2: a bad value is no value",
		SLICE_LIT("v=DMARC1; p=none; adkim=x; aspf=; psd=maybe; t=1"),
		"p=none value:adkim=x value:aspf= value:psd=maybe value:t=1" },
	{ "DM-2: what is no tag", SLICE_LIT("v=DMARC1; hello; ;; =x; p=none; p2=x"),
		"p=none none:hello none:=x none:p2=x" },
	{ "DM-2: 8-bit", SLICE_LIT("v=DMARC1; x=\xff\x00; p=none"),
		"p=none unknown:x=\xff" },
	{ "DM-1: p in any place", SLICE_LIT("v=DMARC1; rua=mailto:a@b.example; p=reject"),
		"p=reject rua=a@b.example" },
	{ "DM-3: the milder counts", SLICE_LIT("v=DMARC1; p=reject; p=none"),
		"p=none strict:p=reject" },
	{ "DM-3: the milder counts, whatever the order",
		SLICE_LIT("v=DMARC1; p=none; p=reject"), "p=none strict:p=reject" },
	{ "DM-3: of three the mildest",
		SLICE_LIT("v=DMARC1; p=quarantine; p=reject; P = None; p=quarantine"),
		"p=none strict:p=reject strict:p=quarantine strict:p=quarantine" },
	{ "DM-3: the same twice", SLICE_LIT("v=DMARC1; p=reject; p=REJECT"),
		"p=reject again:p=REJECT" },
	{ "DM-3: one is not valid", SLICE_LIT("v=DMARC1; p=x; p=none"),
		"bad value:p=x strict:p=none" },
	{ "DM-3: the other one is", SLICE_LIT("v=DMARC1; p=reject; p=x"),
		"bad strict:p=reject value:p=x" },
	{ "DM-3: sp and np",
		SLICE_LIT("v=DMARC1; p=reject; sp=reject; sp=quarantine; np=none; np=reject"),
		"p=reject sp=quarantine np=none strict:sp=reject strict:np=reject" },
	{ "DM-3: adkim and aspf",
		SLICE_LIT("v=DMARC1; p=none; adkim=s; adkim=r; aspf=r; aspf=s"),
		"p=none strict:adkim=s strict:aspf=s" },
	{ "DM-3: adkim and no value of it", SLICE_LIT("v=DMARC1; p=none; adkim=s; adkim=x"),
		"p=none strict:adkim=s value:adkim=x" },
	{ "DM-3: t", SLICE_LIT("v=DMARC1; p=reject; t=n; t=y"),
		"p=reject t=y strict:t=n" },
	{ "DM-3: t, the other way round", SLICE_LIT("v=DMARC1; p=reject; t=y; t=n"),
		"p=reject t=y strict:t=n" },
	{ "DM-3: psd", SLICE_LIT("v=DMARC1; p=none; psd=y; psd=n"),
		"p=none psd=n strict:psd=y" },
	{ "DM-3: psd=u", SLICE_LIT("v=DMARC1; p=none; psd=n; psd=u"),
		"p=none strict:psd=n" },
	{ "DM-3: of others the first counts",
		SLICE_LIT("v=DMARC1; p=none; rua=mailto:a@b.example; "
			  "rua=mailto:c@d.example; fo=1; fo=s"),
		"p=none fo=1 rua=a@b.example again:rua=mailto:c@d.example again:fo=s" },
	{ "DM-4: all policies", SLICE_LIT("v=DMARC1; p=none; sp=quarantine; np=reject"),
		"p=none sp=quarantine np=reject" },
	{ "DM-4: psd", SLICE_LIT("v=DMARC1; p=none; psd=n"), "p=none psd=n" },
	{ "DM-4: psd=u", SLICE_LIT("v=DMARC1; p=none; psd=u"), "p=none" },
	{ "DM-4: fo", SLICE_LIT("v=DMARC1; p=none; fo=1:D : s"), "p=none fo=1:D : s" },
	{ "DM-4: fo twice the same", SLICE_LIT("v=DMARC1; p=none; fo=d:d"),
		"p=none value:fo=d:d" },
	{ "DM-4: fo 0 and 1", SLICE_LIT("v=DMARC1; p=none; fo=0:1"),
		"p=none value:fo=0:1" },
	{ "DM-4: fo with an end", SLICE_LIT("v=DMARC1; p=none; fo=0:"),
		"p=none value:fo=0:" },
	{ "DM-5: a size limit",
		SLICE_LIT("v=DMARC1; p=none; rua=mailto:a@b.example!10m, "
			  "mailto:c@d.example"),
		"p=none rua=a@b.example rua=c@d.example" },
	{ "DM-5: unknown schemes", SLICE_LIT("v=DMARC1; rua=https://x.example/y"),
		"bad reports" },
	{ "DM-5: header fields of a mailto",
		SLICE_LIT("v=DMARC1; p=none; ruf=MAILTO:a@b.example?subject=x"),
		"p=none ruf=a@b.example" },
	{ "DM-5: what is no URI",
		SLICE_LIT(
			"v=DMARC1; p=none; rua=a@b.example,mailto:,mailto:x,ma ilto:a@b,"
			"mailto:@a@b,mailto:a@"),
		"p=none value:rua=a@b.example,mailto:,mailto:x,ma ilto:a@b,"
		"mailto:@a@b,mailto:a@" },
	{ "DM-5: every form of a size limit",
		SLICE_LIT("v=DMARC1; rua=mailto:a@b.example!1,mailto:c@d.example!20G"),
		"bad rua=a@b.example rua=c@d.example" },
	{ "DM-5: an escaped byte", SLICE_LIT("v=DMARC1; rua=mailto:a%21@b.example"),
		"bad rua=a%21@b.example" },
	{ "DM-16: a '!' with no size behind it makes no URI",
		SLICE_LIT("v=DMARC1; rua=mailto:a@b.example!,mailto:a@b.example!m,"
			  "mailto:a@b.example!1q,mailto:a@b.example!1\0,"
			  "https://x.example/!,mailto:a@b.example!1!1"),
		"bad value:rua=mailto:a@b.example!,mailto:a@b.example!m,"
		"mailto:a@b.example!1q,mailto:a@b.example!1" },
	{ "DM-16: a '%' without two digits makes no URI",
		SLICE_LIT("v=DMARC1; rua=mailto:a%4@b.example,https://x.example/%"),
		"bad value:rua=mailto:a%4@b.example,https://x.example/%" },
	{ "DM-16: no p, but reports", SLICE_LIT("v=DMARC1; rua=mailto:a@b.example"),
		"bad rua=a@b.example" },
	{ "DM-16: a bad sp", SLICE_LIT("v=DMARC1; p=reject; sp=x"),
		"p=reject bad value:sp=x" },
	{ "DM-16: a bad np", SLICE_LIT("v=DMARC1; p=reject; np=x"),
		"p=reject bad value:np=x" },
};

static void
add_policy(struct str *s, const char *tag, enum dmarc_policy policy)
{
	if (policy != DMARC_UNSET)
		str_addf(s, " %s=%s", tag, dmarc_policy_name(policy));
}

static const char *const whys[] = {
	[DMARC_TAG_NONE] = "none",
	[DMARC_TAG_UNKNOWN] = "unknown",
	[DMARC_TAG_GONE] = "gone",
	[DMARC_TAG_AGAIN] = "again",
	[DMARC_TAG_STRICT] = "strict",
	[DMARC_TAG_VALUE] = "value",
};

/* What counts of a record, and what does not, as a line. */
static const char *
record_text(struct pool *pool, const struct dmarc_record *r)
{
	struct str s = STR_POOL(pool);

	add_policy(&s, "p", r->p);
	add_policy(&s, "sp", r->sp);
	add_policy(&s, "np", r->np);
	str_add(&s, r->bad_policy ? " bad" : "");
	str_add(&s, r->strict_dkim ? " adkim=s" : "");
	str_add(&s, r->strict_spf ? " aspf=s" : "");
	str_add(&s, r->psd == DMARC_PSD_YES ? " psd=y" : "");
	str_add(&s, r->psd == DMARC_PSD_NO ? " psd=n" : "");
	str_add(&s, r->testing ? " t=y" : "");
	str_add(&s, r->reports && r->rua.n == 0 ? " reports" : "");
	if (r->fo.n > 0)
		str_addf(&s, " fo=%.*s", SLICE_ARG(r->fo));
	for (size_t i = 0; i < r->rua.n; i++)
		str_addf(&s, " rua=%.*s", SLICE_ARG(r->rua.v[i]));
	for (size_t i = 0; i < r->ruf.n; i++)
		str_addf(&s, " ruf=%.*s", SLICE_ARG(r->ruf.v[i]));
	for (size_t i = 0; i < r->ignored.n; i++)
		str_addf(&s, " %s:%.*s", whys[r->ignored.v[i].why],
			SLICE_ARG(r->ignored.v[i].text));
	return s.n > 0 ? s.p + 1 : s.p;
}

int
main(void)
{
	struct pool *pool = pool_new();
	struct str big = STR_POOL(pool);
	struct dmarc_record record;

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		bool is_one = dmarc_record_parse(pool, records[i].text, &record);

		tap_is(is_one ? record_text(pool, &record) : NULL, records[i].want, "%s",
			records[i].what);
	}
	tap_is(dmarc_policy_name(DMARC_UNSET), NULL, "no policy has no word");
	str_add(&big, "v=DMARC1;rua=");
	for (int i = 0; i < 5000; i++)
		str_add(&big, "mailto:a@b.example,");
	tap_ok(dmarc_record_parse(pool, str_slice(&big), &record) && record.rua.n == 100,
		"URIs are bounded");
	str_cut(&big, 0);
	str_add(&big, "v=DMARC1");
	for (int i = 0; i < 5000; i++)
		str_add(&big, ";x");
	tap_ok(dmarc_record_parse(pool, str_slice(&big), &record) &&
			record.ignored.n == DMARC_IGNORED_MAX,
		"what is told of ignored tags is bounded");
	pool_free(pool);
	return tap_done();
}
