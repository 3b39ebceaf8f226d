/*
 * Three signs, each of them enough: the address stands in the name, in decimal or in hex;
 * the name says what kind of line it is, with a number; or its first label is mostly a
 * number.
 */
#include "base/base.h"
#include "tool/check/generic_name.h"

#include "base/ascii.h"
#include "base/slice.h"

#define NUMBERS_MAX 16
#define DIGITS_MANY 6

/* What lines of customers are called. */
static const char *const kinds[] = { "adsl", "broadband", "bb", "cable", "client", "cust",
	"customer", "dhcp", "dial", "dialup", "dsl", "dyn", "dynamic", "flets", "ftth",
	"hikari", "ipngn", "ipoe", "nat", "pool", "ppp", "pppoe", "unassigned", "unknown",
	"user", "vdsl" };

/* Do numbers of the name, side by side, spell the address or its last three bytes? */
static bool
has_decimal(const char *name, const struct ip *ip)
{
	int numbers[NUMBERS_MAX], n = 0;

	for (const char *p = name; *p != '\0' && n < NUMBERS_MAX;) {
		int value = 0;

		if (!ascii_is_digit(*p)) {
			p++;
			continue;
		}
		while (ascii_is_digit(*p) && value < 1000)
			value = value * 10 + (*p++ - '0');
		numbers[n++] = value;
	}
	for (int i = 0; i + 3 <= n; i++) {
		const uint8_t *b = ip->addr;

		if (numbers[i] == b[1] && numbers[i + 1] == b[2] &&
			numbers[i + 2] == b[3])
			return true;
		if (numbers[i] == b[3] && numbers[i + 1] == b[2] &&
			numbers[i + 2] == b[1])
			return true;
	}
	return false;
}

/* Does the name hold all of the address in hex, or in twelve digits? */
static bool
has_digits(const char *name, const struct ip *ip)
{
	const uint8_t *b = ip->addr;
	char hex[16], digits[16];

	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
	snprintf(digits, sizeof(digits), "%03d%03d%03d%03d", b[0], b[1], b[2], b[3]);
	return strstr(name, hex) != NULL || strstr(name, digits) != NULL;
}

/* A word of the name, without its digits: "ipngn100" is ipngn. */
static bool
is_kind(struct slice word)
{
	while (word.n > 0 && ascii_is_digit(word.p[word.n - 1]))
		word.n--;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (slice_is(word, kinds[i]))
			return true;
	return false;
}

/* Does a word of the labels below the provider's domain say what line it is? */
static bool
has_kind(const char *name)
{
	bool digit = false, kind = false;
	size_t from = 0, i;

	for (i = 0; name[i] != '\0'; i++) {
		digit = digit || ascii_is_digit(name[i]);
		if (name[i] != '.' && name[i] != '-')
			continue;
		kind = kind || is_kind(slice_make(name + from, i - from));
		from = i + 1;
	}
	return digit && kind;
}

/* Is the first label mostly a number? */
static bool
is_number(const char *name)
{
	size_t n = strcspn(name, "."), digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += ascii_is_digit(name[i]);
	return digits >= DIGITS_MANY && digits * 2 > n;
}

bool
generic_name_is(const char *name, const struct ip *ip)
{
	if (ip->bits == 32 && (has_decimal(name, ip) || has_digits(name, ip)))
		return true;
	return has_kind(name) || is_number(name);
}
