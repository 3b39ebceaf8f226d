/*
 * dns_wire - questions and answers as packets
 *
 * A question is built byte for byte from the name, without escapes, with recursion and
 * the resolver's word on DNSSEC wished for, and with EDNS (1232 bytes). Questions are for
 * names whose labels are letters, digits, '-', '_', '*' and '/' alone: newer resolver
 * libraries send no others, older ones would, and no verdict may hang on which of them is
 * there. So this is our own rule: no other name exists for us. An answer is read
 * by a cursor that never leaves the bytes received: whatever is not as it should be
 * (another question, counts or lengths that lie, names that point forward or in a circle)
 * makes the whole answer TEMPFAIL. Ids are not compared: the sender of the question
 * may give it another one, and has to see that the answer carries it.
 *
 * Standards: RFC 1035 4, RFC 2181 5 and 8, RFC 2308 5, RFC 6840 5.7, RFC 6891
 * Failure:   an outcome.
 */
#ifndef DNS_DNS_WIRE_H
#define DNS_DNS_WIRE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "dns/dns.h"

/* The largest answer that a question allows over UDP. */
#define DNS_WIRE_UDP_SIZE 1232

/* Header, name, type and class, and the EDNS record. */
#define DNS_WIRE_QUERY_SIZE (12 + 255 + 4 + 11)

/* Writes the question; gives its length, or 0 for a name that cannot be asked. */
size_t dns_wire_ask(unsigned char buf[DNS_WIRE_QUERY_SIZE], uint16_t id,
	struct slice name, enum dns_type);

/* Reads the answer to the question that was built with the same arguments. The records
 * lie in the pool. TTL: the least of the CNAME chain and the records; where there is
 * none, that of the SOA (RFC 2308), or 0. */
void dns_wire_read(
	struct pool *, struct slice query, struct slice packet, struct dns_answer *);

#endif
