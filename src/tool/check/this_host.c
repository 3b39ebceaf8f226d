#include "base/base.h"
#include "tool/check/this_host.h"

#include <ifaddrs.h>
#include <sys/socket.h>

#include "tool/check/facts.h"

void
this_host_read(struct pool *pool, struct this_host *host)
{
	struct ifaddrs *all, *a;

	*host = (struct this_host){ .hidden = IP_NONE };
	if (getifaddrs(&all) != 0)
		return;
	for (a = all; a != NULL; a = a->ifa_next) {
		struct ip ip = ip_of_sockaddr(a->ifa_addr);

		if (ip_is_public(&ip)) {
			*vec_add(pool, &host->ips) = ip;
			host->has_ipv4 = host->has_ipv4 || ip.bits == 32;
		} else if (ip.bits == 32 && !ip_is_loopback(&ip)) {
			host->hidden = ip;
		}
	}
	freeifaddrs(all);
}

bool
this_host_sends(const struct facts *facts)
{
	struct this_host host;

	this_host_read(facts->pool, &host);
	for (size_t i = 0; i < host.ips.n; i++)
		for (size_t k = 0; k < facts->addresses.n; k++)
			if (ip_eq(&host.ips.v[i], &facts->addresses.v[k].ip))
				return true;
	return false;
}
