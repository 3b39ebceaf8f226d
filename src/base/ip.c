/*
 * Reading and writing is the C library's: inet_pton takes no leading zeros and no
 * missing parts, which inet_aton would read as octal or as another network. Addresses
 * are kept left aligned with their length, so that one comparison of bits serves both
 * families.
 */
#include "base/base.h"
#include "base/ip.h"

#include "base/ascii.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const unsigned char mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

struct ip
ip_of_bytes(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	struct ip ip = IP_NONE;

	if (n == 16 && memcmp(p, mapped_prefix, sizeof(mapped_prefix)) == 0) {
		p += 12;
		n = 4;
	}
	if (n != 4 && n != 16)
		return ip;
	ip.bits = (int)n * 8;
	memcpy(ip.addr, p, n);
	return ip;
}

bool
ip_may_have(char c)
{
	return ascii_hex(c) >= 0 || c == '.' || c == ':';
}

const char *
ip_parse(struct slice text, struct ip *ip)
{
	char word[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	*ip = IP_NONE;
	if (text.n == 0 || text.n >= sizeof(word) || slice_find(text, '\0') >= 0)
		return N_("not an IP address");
	memcpy(word, text.p, text.n);
	word[text.n] = '\0';
	if (inet_pton(AF_INET, word, bytes) == 1)
		*ip = ip_of_bytes(bytes, 4);
	else if (inet_pton(AF_INET6, word, bytes) == 1)
		*ip = ip_of_bytes(bytes, 16);
	else
		return N_("not an IP address");
	return NULL;
}

struct ip
ip_of_sockaddr(const struct sockaddr *sa)
{
	if (sa != NULL && sa->sa_family == AF_INET)
		return ip_of_bytes(
			&((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	if (sa != NULL && sa->sa_family == AF_INET6)
		return ip_of_bytes(
			&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	return IP_NONE;
}

const char *
ip_print(const struct ip *ip, char buf[IP_TEXT_SIZE])
{
	int family = ip->bits == 32 ? AF_INET : AF_INET6;

	if (ip->bits == 0 || inet_ntop(family, ip->addr, buf, IP_TEXT_SIZE) == NULL)
		snprintf(buf, IP_TEXT_SIZE, "unknown");
	return buf;
}

const char *
ip_reverse(const struct ip *ip, char buf[IP_REVERSE_SIZE])
{
	const unsigned char *a = ip->addr;
	char *p = buf;

	if (ip->bits == 32) {
		snprintf(buf, IP_REVERSE_SIZE, "%d.%d.%d.%d.in-addr.arpa", a[3], a[2],
			a[1], a[0]);
		return buf;
	}
	for (int i = 15; i >= 0; i--)
		p += snprintf(p, 5, "%x.%x.", a[i] & 15, a[i] >> 4);
	memcpy(p, "ip6.arpa", sizeof("ip6.arpa"));
	return buf;
}

bool
ip_eq(const struct ip *a, const struct ip *b)
{
	return a->bits == b->bits && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

bool
ip_in_net(const struct ip *ip, const struct ip *net, int prefix)
{
	size_t whole = (size_t)prefix / 8;
	int rest = prefix % 8;

	if (ip->bits == 0 || ip->bits != net->bits || prefix < 0 || prefix > net->bits)
		return false;
	if (memcmp(ip->addr, net->addr, whole) != 0)
		return false;
	return rest == 0 || (ip->addr[whole] ^ net->addr[whole]) >> (8 - rest) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const struct ip v4 = { 32, { 127 } };
	static const struct ip v6 = { 128, { [15] = 1 } };

	return ip_in_net(ip, &v4, 8) || ip_eq(ip, &v6);
}

/* RFC 6890. Networks of examples count as public: nobody has them, and tests do. */
bool
ip_is_public(const struct ip *ip)
{
	static const struct {
		struct ip net;
		int prefix;
	} others[] = {
		{ { 32, { 0 } }, 8 },
		{ { 32, { 10 } }, 8 },
		{ { 32, { 100, 64 } }, 10 },
		{ { 32, { 127 } }, 8 },
		{ { 32, { 169, 254 } }, 16 },
		{ { 32, { 172, 16 } }, 12 },
		{ { 32, { 192, 0, 0 } }, 24 },
		{ { 32, { 192, 168 } }, 16 },
		{ { 32, { 198, 18 } }, 15 },
		{ { 32, { 224 } }, 3 },
		{ { 128, { 0 } }, 127 },
		{ { 128, { 1 } }, 64 },
		{ { 128, { 0xfc } }, 7 },
		{ { 128, { 0xfe, 0x80 } }, 10 },
		{ { 128, { 0xff } }, 8 },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (ip_in_net(ip, &others[i].net, others[i].prefix))
			return false;
	return ip->bits != 0;
}
