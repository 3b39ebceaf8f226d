/*
 * The arguments are made into texts at once, one by one, by printf itself, so that a
 * translation may take them in another order. A form is read by the same function when a
 * reason is made and when it is printed: what it takes for a conversion is one in both.
 */
#include "base/base.h"
#include "base/reason.h"

#include "base/ascii.h"
#include "base/msg.h"
#include "base/scan.h"
#include "base/vec.h"

/* A conversion of a form: "%s", "%.*s", "%04o", "%zu", "%2$s". */
struct conversion {
	size_t place;      /* of "%2$s": 2; else 0 */
	bool is_precision; /* ".*" */
	bool is_padded;    /* "04" */
	char size;         /* l or z */
	char letter;
};

/* Takes one; false, and nothing is taken: it is none. */
static bool
take_conversion(struct scan *from, struct conversion *c)
{
	struct scan s = *from;
	uint64_t place;

	*c = (struct conversion){ 0 };
	if (!scan_char(&s, '%'))
		return false;
	c->is_padded = scan_text(&s, "04");
	c->is_precision = scan_text(&s, ".*");
	if (ascii_is_digit(scan_peek(&s))) {
		if (!scan_number(&s, &place) || !scan_char(&s, '$'))
			return false;
		c->place = (size_t)place;
	}
	if (scan_peek(&s) == 'l' || scan_peek(&s) == 'z')
		c->size = *s.p++;
	if (scan_is_end(&s) || *s.p == '\0' || strchr("scduop", *s.p) == NULL)
		return false;
	c->letter = *s.p++;
	*from = s;
	return true;
}

static const char *
number_text(struct pool *pool, const struct conversion *c, va_list *args)
{
	if (c->size == 'z')
		return pool_printf(pool, "%zu", va_arg(*args, size_t));
	if (c->letter == 'd')
		return pool_printf(pool, "%ld",
			c->size == 'l' ? va_arg(*args, long) : va_arg(*args, int));
	if (c->letter == 'o')
		return pool_printf(
			pool, c->is_padded ? "%04o" : "%o", va_arg(*args, unsigned));
	return pool_printf(pool, "%lu",
		c->size == 'l' ? va_arg(*args, unsigned long) : va_arg(*args, unsigned));
}

static struct reason_arg
take_arg(struct pool *pool, const struct conversion *c, va_list *args)
{
	struct reason_arg arg = { NULL, NULL };
	char letter[2] = { 0 };
	const char *text;
	int n;

	switch (c->letter) {
	case 's':
		n = c->is_precision ? va_arg(*args, int) : -1;
		text = va_arg(*args, const char *);
		arg.text = pool_copy(
			pool, n < 0 ? slice_of(text)
				    : slice_make(text, strnlen(text, (size_t)n)));
		break;
	case 'c':
		letter[0] = (char)va_arg(*args, int);
		arg.text = pool_strdup(pool, letter);
		break;
	case 'p':
		arg.reason = va_arg(*args, const struct reason *);
		break;
	default:
		arg.text = number_text(pool, c, args);
	}
	return arg;
}

/* Of a form that was made without arguments, and may have a "%%". */
static const struct reason_arg no_args[1];

const struct reason *
reason_vmake(struct pool *pool, const char *form, va_list args)
{
	struct reason *reason = pool_alloc(pool, sizeof(*reason));
	VEC(struct reason_arg) all = VEC_INIT;
	struct scan s = scan_of(slice_of(form));
	struct conversion c;
	va_list rest;

	va_copy(rest, args);
	for (scan_until(&s, '%'); !scan_is_end(&s); scan_until(&s, '%')) {
		if (scan_text(&s, "%%"))
			continue;
		if (!take_conversion(&s, &c) || c.place != 0)
			panic("a reason has a form that is not known: %s", form);
		*vec_add(pool, &all) = take_arg(pool, &c, &rest);
	}
	va_end(rest);
	*reason = (struct reason){ form, all.n > 0 ? all.v : no_args, all.n };
	return reason;
}

const struct reason *
reason_make(struct pool *pool, const char *form, ...)
{
	const struct reason *reason;
	va_list args;

	va_start(args, form);
	reason = reason_vmake(pool, form, args);
	va_end(args);
	return reason;
}

const struct reason *
reason_of(struct pool *pool, const char *form)
{
	struct reason *reason;

	if (form == NULL)
		return NULL;
	reason = pool_alloc(pool, sizeof(*reason));
	reason->form = form;
	return reason;
}

/* In the words of the C library, which knows of no catalogue of ours. */
static const struct {
	int error;
	const char *text;
} errors[] = {
	{ ENOENT, N_("No such file or directory") },
	{ EACCES, N_("Permission denied") },
	{ EPERM, N_("Operation not permitted") },
	{ ENOTDIR, N_("Not a directory") },
	{ EISDIR, N_("Is a directory") },
	{ ELOOP, N_("Too many levels of symbolic links") },
	{ ENAMETOOLONG, N_("File name too long") },
	{ ENXIO, N_("No such device or address") },
	{ EIO, N_("Input/output error") },
	{ EMFILE, N_("Too many open files") },
	{ ENOSPC, N_("No space left on device") },
	{ EROFS, N_("Read-only file system") },
	{ ECONNREFUSED, N_("Connection refused") },
	{ ECONNRESET, N_("Connection reset by peer") },
	{ ETIMEDOUT, N_("Connection timed out") },
	{ EHOSTUNREACH, N_("No route to host") },
	{ ENETUNREACH, N_("Network is unreachable") },
	{ EADDRINUSE, N_("Address already in use") },
};

const struct reason *
reason_errno(struct pool *pool, int error)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].error == error)
			return reason_of(pool, errors[i].text);
	return reason_of(pool, pool_strdup(pool, strerror(error)));
}

const struct reason *
reason_copy(struct pool *pool, const struct reason *reason)
{
	struct reason *copy;
	struct reason_arg *args;

	if (reason == NULL)
		return NULL;
	/* Where there are no arguments, the form may be a text of a pool. */
	if (reason->args == NULL)
		return reason_of(pool, pool_strdup(pool, reason->form));
	copy = pool_alloc(pool, sizeof(*copy));
	args = pool_array(pool, reason->n, sizeof(*args));
	for (size_t i = 0; i < reason->n; i++) {
		const struct reason_arg *arg = &reason->args[i];

		if (arg->text != NULL)
			args[i].text = pool_strdup(pool, arg->text);
		args[i].reason = reason_copy(pool, arg->reason);
	}
	*copy = (struct reason){ reason->form, args, reason->n };
	return copy;
}

static void
print_arg(struct str *out, const struct reason_arg *arg, reason_translate *translate)
{
	if (arg->reason != NULL)
		reason_print(out, arg->reason, translate);
	else if (arg->text != NULL)
		str_add(out, arg->text);
}

void
reason_print(struct str *out, const struct reason *reason, reason_translate *translate)
{
	const char *form = translate != NULL ? translate(reason->form) : reason->form;
	struct scan s = scan_of(slice_of(form));
	struct conversion c;
	size_t next = 0;

	/* A complaint without arguments may well speak of a '%'. */
	if (reason->args == NULL) {
		str_add(out, form);
		return;
	}
	for (;;) {
		str_add_slice(out, scan_until(&s, '%'));
		if (scan_is_end(&s))
			return;
		if (take_conversion(&s, &c)) {
			size_t i = c.place != 0 ? c.place - 1 : next++;

			if (i < reason->n)
				print_arg(out, &reason->args[i], translate);
			continue;
		}
		if (!scan_text(&s, "%%"))
			s.p++;
		str_addc(out, '%');
	}
}

const char *
reason_text(struct pool *pool, const struct reason *reason, reason_translate *translate)
{
	struct str out = STR_POOL(pool);

	if (reason == NULL)
		return NULL;
	reason_print(&out, reason, translate);
	return out.p;
}
