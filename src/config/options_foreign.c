/*
 * OpenDKIM's options that are not carried. The rule: where ignoring an option changes
 * nothing that a reader of the mail could see, or only makes things safer, a note is
 * enough; where mail would be signed, refused or routed otherwise than its writer wants,
 * the start is refused, because that would be found out too late.
 */
#include "base/base.h"
#include "config/options.h"

#define ALWAYS N_("this is always done")
#define GONE N_("what it controlled does not exist here")
#define LUA                                                                        \
	N_("Lua scripts are not run: say it with the attributes of the key table " \
	   "(sekimori-keytable(5)) and remove the line")

static const struct foreign_option foreign_options[] = {
	{ "ADSP*", FOREIGN_NOTE, N_("ADSP is historic; DMARC is checked instead") },
	{ "ATPS*", FOREIGN_NOTE, GONE },
	{ "AddAllSignatureResults", FOREIGN_NOTE, ALWAYS },
	{ "AllowSHA1Only", FOREIGN_NOTE, N_("rsa-sha1 never passes (RFC 8301)") },
	{ "AlwaysAddARHeader", FOREIGN_NOTE,
		N_("the field is written into every message that is checked") },
	{ "AutoRestart*", FOREIGN_NOTE,
		N_("a worker that dies is always started again at once") },
	{ "Background", FOREIGN_NOTE, N_("the option -f of sekimorid decides") },
	{ "BodyLengthDB", FOREIGN_REFUSED,
		N_("a signature with l= lets anybody append text to the message, so none "
	           "is "
		   "made: remove the line") },
	{ "Bogus*", FOREIGN_NOTE,
		N_("a bogus answer has to be withheld by the resolver, and is a "
	           "temporary "
		   "error then: use one that validates") },
	{ "CaptureUnknownErrors", FOREIGN_NOTE, N_("On-InternalError decides") },
	{ "ChangeRootDirectory", FOREIGN_NOTE,
		N_("the directory is not changed; use the sandbox of the service unit") },
	{ "DefaultSender", FOREIGN_REFUSED,
		N_("mail without an author is not signed: remove the line") },
	{ "Diagnostic*", FOREIGN_NOTE, N_("z= is neither written nor read") },
	{ "DisableADSP", FOREIGN_NOTE, N_("ADSP is historic; DMARC is checked instead") },
	{ "DisableCryptoInit", FOREIGN_NOTE, N_("OpenSSL 3 needs no such care") },
	{ "CheckSigningTable", FOREIGN_NOTE, ALWAYS },
	{ "DKIMReputation*", FOREIGN_NOTE, GONE },
	{ "DNSConnect", FOREIGN_NOTE, N_("TCP is used when an answer is truncated") },
	{ "DNSSECProbe", FOREIGN_NOTE, N_("DNSSEC is left to the resolver") },
	{ "DomainKeysCompat", FOREIGN_NOTE, N_("DomainKeys is historic") },
	{ "EnableCoredumps", FOREIGN_NOTE, N_("use LimitCORE= in the service unit") },
	{ "FinalPolicyScript", FOREIGN_REFUSED, LUA },
	{ "FixCRLF", FOREIGN_NOTE,
		N_("the body is hashed as the MTA hands it over; Postfix has set the "
	           "line "
		   "ends right by then") },
	{ "FlowData*", FOREIGN_NOTE, N_("rates are not limited here") },
	{ "IdentityHeader*", FOREIGN_REFUSED_IF_ON,
		N_("i= cannot come from a header field: name the signer in the "
	           "SigningTable "
		   "(KEY:SIGNER) and remove the line") },
	{ "IgnoreMalformedMail", FOREIGN_NOTE,
		N_("malformed mail is not refused for its form, but for a From field "
	           "that "
		   "names no author, where a row says dmarc=reject") },
	{ "KeepAuthResults", FOREIGN_NOTE,
		N_("a field that claims to be ours is always removed, any other is "
	           "always "
		   "kept") },
	{ "KeepTemporaryFiles", FOREIGN_NOTE, N_("there are no temporary files") },
	{ "LDAP*", FOREIGN_NOTE, N_("LDAP tables are not supported") },
	{ "LocalADSP", FOREIGN_NOTE, N_("ADSP is historic; DMARC is checked instead") },
	{ "LogResults", FOREIGN_NOTE, ALWAYS },
	{ "LogWhy", FOREIGN_NOTE, ALWAYS },
	{ "LuaOnlySigning", FOREIGN_REFUSED, LUA },
	{ "MTACommand", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "MaximumSignedBytes", FOREIGN_REFUSED,
		N_("a signature with l= lets anybody append text to the message, so none "
	           "is "
		   "made: remove the line") },
	{ "Metrics*", FOREIGN_NOTE, N_("no statistics are written; the log has it all") },
	{ "MilterDebug", FOREIGN_NOTE, N_("use LogLevel debug") },
	{ "Minimum", FOREIGN_NOTE,
		N_("a signature that leaves a part of the body unsigned never passes") },
	{ "MustBeSigned", FOREIGN_REFUSED,
		N_("it names header fields that a signature has to cover to pass; here "
	           "it "
		   "has to cover From, as RFC 6376 5.4 says, and no more: remove the "
	           "line") },
	{ "NoDiscardableMailTo", FOREIGN_NOTE, N_("ADSP is historic") },
	{ "NoHeaderB", FOREIGN_NOTE, N_("header.b is always reported (RFC 6008)") },
	{ "On-PolicyError", FOREIGN_NOTE,
		N_("ADSP is historic; DMARC is checked instead") },
	{ "On-ReputationError", FOREIGN_NOTE, GONE },
	{ "POPDBFile", FOREIGN_REFUSED,
		N_("mail is not signed because its client has read mail over POP before: "
		   "let senders log in (SMTP AUTH), or name their hosts in "
	           "InternalHosts, "
		   "and remove the line") },
	{ "QueryCache", FOREIGN_NOTE, N_("DNS answers are always cached") },
	{ "RateLimits", FOREIGN_NOTE,
		N_("nothing is limited any more: OpenDKIM put mail off that came faster; "
	           "if "
		   "you need that, let the MTA do it") },
	{ "RedirectFailuresTo", FOREIGN_REFUSED,
		N_("mail is never sent elsewhere: use On-BadSignature quarantine, or a "
	           "rule "
		   "of the MTA, and remove the line") },
	{ "RemoveARAll", FOREIGN_NOTE,
		N_("a field that bears our name, or one of RemoveARFrom, is always "
	           "removed, "
		   "whatever it holds") },
	{ "ReplaceHeaders", FOREIGN_REFUSED,
		N_("what is signed is what is sent: remove the line") },
	{ "ReplaceRules", FOREIGN_REFUSED,
		N_("what is signed is what is sent: have mail rewritten before it gets "
		   "here, and remove the line") },
	{ "ReportAddress", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "ReportBccAddress", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "Reputation*", FOREIGN_NOTE, GONE },
	{ "RequestReports", FOREIGN_NOTE, N_("no reports are asked for") },
	{ "RequiredHeaders", FOREIGN_REFUSED_IF_ON,
		N_("mail is not refused because Date, From or another field is missing "
	           "or "
		   "stands twice: let a filter or the mail server do that, and remove "
	           "the "
		   "line") },
	{ "ResignAll", FOREIGN_REFUSED_IF_ON,
		N_("mail from outside is never signed: remove the line") },
	{ "ResignMailTo", FOREIGN_REFUSED,
		N_("mail from outside is never signed: remove the line") },
	{ "ResolverConfiguration", FOREIGN_NOTE, N_("use Nameservers") },
	{ "ResolverTracing", FOREIGN_NOTE, N_("use LogLevel debug") },
	{ "SMTPURI", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "ScreenPolicyScript", FOREIGN_REFUSED, LUA },
	{ "SelectCanonicalizationHeader", FOREIGN_NOTE,
		N_("Canonicalization, or canonicalization= of the row, decides") },
	{ "SendADSPReports", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "SendReports", FOREIGN_NOTE, N_("no reports are mailed") },
	{ "SenderHeaders", FOREIGN_REFUSED_BUT_FROM,
		N_("the From field alone decides who signs, because DMARC looks at no "
		   "other: remove the line") },
	{ "SenderMacro", FOREIGN_REFUSED,
		N_("the From field alone decides who signs, because DMARC looks at no "
		   "other: remove the line") },
	{ "SetupPolicyScript", FOREIGN_REFUSED, LUA },
	{ "SoftStart", FOREIGN_NOTE, GONE },
	{ "SoftwareHeader", FOREIGN_NOTE, N_("no such field is written") },
	{ "StatisticsPolicyScript", FOREIGN_REFUSED, LUA },
	{ "Statistics*", FOREIGN_NOTE,
		N_("no statistics are written; the log has it all") },
	{ "StatsD*", FOREIGN_NOTE, N_("no statistics are written; the log has it all") },
	{ "StdoutLog", FOREIGN_NOTE,
		N_("the option -f of sekimorid, or Syslog no, decides") },
	{ "StrictHeaders", FOREIGN_REFUSED_IF_ON,
		N_("a message with a field that is missing or stands twice is not "
	           "treated "
		   "as unsigned; mail of ours with an unclear author falls under "
		   "On-SignatureError: remove the line") },
	{ "StrictSignAlgorithm", FOREIGN_NOTE, ALWAYS },
	{ "StrictTestMode", FOREIGN_NOTE, GONE },
	{ "TemporaryDirectory", FOREIGN_NOTE, N_("there are no temporary files") },
	{ "TestDNSData", FOREIGN_NOTE, N_("the option --zone of the tool does this") },
	{ "TestPublicKeys", FOREIGN_REFUSED,
		N_("keys come from DNS alone: try them with the option --zone of the "
	           "tool, "
		   "and remove the line") },
	{ "TrustAnchorFile", FOREIGN_NOTE, N_("DNSSEC is left to the resolver") },
	{ "TrustSignaturesFrom", FOREIGN_NOTE,
		N_("every signature is reported; DMARC looks at those of the author's "
		   "domain") },
	{ "Unprotected*", FOREIGN_NOTE,
		N_("signatures whose key DNSSEC does not protect are judged like all "
		   "others; OpenDKIM could fail them") },
	{ "VBR-*", FOREIGN_NOTE, N_("VBR is not in use any more") },
	{ "WeakSyntaxChecks", FOREIGN_NOTE,
		N_("the grammar of addresses is always strict") },
	{ "X-Header", FOREIGN_NOTE, N_("no such field is written") },
};

/* Does a row stand for this name? */
static bool
foreign_matches(const struct foreign_option *row, struct slice name)
{
	struct slice own = slice_of(row->name);

	if (!slice_ends(own, "*"))
		return slice_caseeq(own, name);
	own.n--;
	return name.n >= own.n && slice_caseeq(slice_sub(name, 0, own.n), own);
}

const struct foreign_option *
foreign_option_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(foreign_options); i++)
		if (foreign_matches(&foreign_options[i], name))
			return &foreign_options[i];
	return NULL;
}
