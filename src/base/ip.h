/*
 * ip - internet addresses and networks
 *
 * One type for both families. An IPv4-mapped IPv6 address is the IPv4 address.
 *
 * Standards: RFC 4291 2.2, RFC 7208 5, RFC 1035 3.5, RFC 3596 2.5
 * Failure:   a complaint for text that is not an address; nothing else can fail.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/base.h"
#include "base/slice.h"

struct sockaddr;

struct ip {
	int bits; /* 32, 128, or 0: no address is known */
	unsigned char addr[16];
};

#define IP_NONE ((struct ip){ 0 })
#define IP_TEXT_SIZE 48
#define IP_REVERSE_SIZE 80

/* May an address in text have this byte? */
bool ip_may_have(char c);

/* Dotted quad or RFC 4291 text. */
const char *ip_parse(struct slice text, struct ip *);

/* IP_NONE for NULL and for families other than AF_INET and AF_INET6. */
struct ip ip_of_sockaddr(const struct sockaddr *);

/* From 4 or 16 bytes in network order (a mapped one becomes IPv4). */
struct ip ip_of_bytes(const void *bytes, size_t n);

/* The usual text; "unknown" for IP_NONE. Gives buf back. */
const char *ip_print(const struct ip *, char buf[IP_TEXT_SIZE]);

/* The name under in-addr.arpa or ip6.arpa, without final dot. Gives buf back. */
const char *ip_reverse(const struct ip *, char buf[IP_REVERSE_SIZE]);

bool ip_eq(const struct ip *, const struct ip *);

/* Same family, and the same in the first `prefix` bits? */
bool ip_in_net(const struct ip *, const struct ip *net, int prefix);

/* 127.0.0.0/8 or ::1. */
bool ip_is_loopback(const struct ip *);

/* Can hosts of other networks see it? Not private, local or multicast ones. */
bool ip_is_public(const struct ip *);

#endif
