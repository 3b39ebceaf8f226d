/*
 * A key that is made on a host that does not sign is of no use, and its record may stand
 * in the way of the right one. So keygen is proposed where this host signs, or somebody's
 * own server does; the customers of a service find what they need in its panel.
 */
#include "base/base.h"
#include "tool/check/signer.h"

#include "tool/check/check.h"
#include "tool/check/relays.h"
#include "tool/check/this_host.h"
#include "tool/tool.h"

static bool
signs_here(const struct facts *facts)
{
	return facts_have_own_key(facts) || this_host_sends(facts);
}

/* Whose hosts take the domain's mail. */
static const struct relay *
relay_of_mx(const struct subject *subject)
{
	struct ip none = IP_NONE;
	struct dns_answer answer;

	subject_ask(subject, subject->domain, DNS_MX, &answer);
	for (size_t i = 0; i < answer.n; i++) {
		const struct relay *relay = relays_find(subject->relays, &none,
			check_show(subject->pool,
				pool_lower(subject->pool, answer.records[i].data)));

		if (relay != NULL)
			return relay;
	}
	return NULL;
}

const char *
signer_service(const struct subject *subject, const struct facts *facts)
{
	const struct relay *relay = NULL;

	if (signs_here(facts))
		return NULL;
	for (size_t i = 0; i < facts->addresses.n && relay == NULL; i++)
		relay = facts->addresses.v[i].relay;
	if (facts->addresses.n == 0)
		relay = relay_of_mx(subject);
	return relay != NULL ? relay->name : NULL;
}

const char *
signer_remedy(
	const struct subject *subject, const struct facts *facts, const char *domain)
{
	const char *service = signer_service(subject, facts);

	if (service != NULL)
		return pool_printf(subject->pool,
			_("%s sends this mail, and signs it: turn DKIM on for %s in its "
			  "panel, and publish the record that it shows there."),
			service, domain);
	if (signs_here(facts))
		return pool_printf(subject->pool,
			_("`sekimori keygen %s` makes a key and shows its record."),
			domain);
	return pool_printf(subject->pool,
		_("Whoever sends the mail has to sign it: for a service, turn DKIM on in "
		  "its panel and publish the record that it shows; on a server of your "
		  "own, `sekimori keygen %s` makes a key."),
		domain);
}

const char *
signer_publish(
	const struct subject *subject, const struct facts *facts, const char *domain)
{
	const char *service = signer_service(subject, facts);

	if (service != NULL)
		return pool_printf(subject->pool,
			_("%s sends this mail, and signs it: publish the record that its "
			  "panel shows for the DKIM of %s."),
			service, domain);
	return signs_here(facts)
	               ? _("Publish the record again, as it was printed when the key was "
			   "made (`sekimori keygen`).")
	               : _("Publish the record again, as whoever signs shows it: the "
			   "panel of the service, or the output of the program that made "
			   "the key.");
}
