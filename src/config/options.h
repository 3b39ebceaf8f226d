/*
 * options - every option of sekimori.conf, one row each
 *
 * A row says the option's name, type, member of struct options, default and help, and for
 * a data set what of the policy is made of it; the reader, the loader, `sekimori config`
 * and the check of the man page use that row and nothing else. A table beside it holds
 * OpenDKIM's options that are not carried: some are accepted with a note, some are
 * refused because ignoring them would change what happens to mail.
 *
 * Failure: a complaint for a value that is not of the option's type.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "config/problems.h"
#include "config/values.h"

enum option_type {
	OPT_BOOL,
	OPT_NUMBER,  /* int64_t, with a range */
	OPT_SECONDS, /* int64_t */
	OPT_OCTAL,   /* int64_t */
	OPT_WORD,    /* int (Mode: unsigned), one of a table of words */
	OPT_ACTION,  /* int, enum on_action; the first letter is enough, as in OpenDKIM */
	OPT_TEXT,    /* const char *, NULL when not set */
	OPT_WORDS,   /* struct words */
	OPT_CANON,   /* struct canon_pair */
	OPT_DATASET, /* const char *, the reference of a table (config/datasets) */
	OPT_FIELDS,  /* const char *, names of header fields (config/signed_fields) */
};

/* Mode: what is done; in the shadow both are decided, and nothing is done. */
enum mode { MODE_SIGN = 1, MODE_VERIFY = 2, MODE_BOTH = 3, MODE_SHADOW = 4 | MODE_BOTH };

/* On-*: what to do with a message whose DKIM check ended so. */
enum on_action { ON_ACCEPT, ON_QUARANTINE, ON_REJECT, ON_TEMPFAIL };

/* On-LargeHeaders */
enum on_large { LARGE_ACCEPT, LARGE_REJECT };

/* Quarantine, Recipients, SPFEngine */
enum quarantine { QUARANTINE_HEADER, QUARANTINE_HOLD };
enum recipients { RECIPIENTS_MILDEST, RECIPIENTS_SPLIT };
enum spf_choice { SPF_CHOICE_LIBSPF2, SPF_CHOICE_BUILTIN };

struct canon_pair {
	int header, body; /* enum canon_form */
};

/* Every value, by the name of its option. Data sets and field lists are only text here:
 * struct policy has them resolved. */
struct options {
	/* what to do, and for whom */
	unsigned mode;            /* Mode: enum mode */
	const char *internal;     /* InternalHosts */
	const char *external;     /* ExternalIgnoreList */
	const char *peers;        /* PeerList */
	const char *relays;       /* TrustedRelays */
	const char *mta;          /* MTA */
	const char *macro_list;   /* MacroList */
	const char *exempt;       /* ExemptDomains */
	const char *dont_sign_to; /* DontSignMailTo */
	/* signing */
	const char *key_table;        /* KeyTable */
	const char *signing_table;    /* SigningTable */
	bool strict_tables;           /* StrictTables: one bad row stops the load */
	const char *domain;           /* Domain */
	const char *selector;         /* Selector */
	const char *key_file;         /* KeyFile */
	bool subdomains;              /* SubDomains */
	bool multiple_signatures;     /* MultipleSignatures */
	bool remove_old_signatures;   /* RemoveOldSignatures */
	struct canon_pair canon;      /* Canonicalization */
	const char *algorithm;        /* SignatureAlgorithm: NULL, the key decides */
	int64_t signature_ttl;        /* SignatureTTL: 0, no expiry */
	const char *sign_headers;     /* SignHeaders */
	const char *omit_headers;     /* OmitHeaders */
	const char *oversign_headers; /* OversignHeaders */
	bool require_safe_keys;       /* RequireSafeKeys */
	int on_large_headers;         /* On-LargeHeaders: accept (unsigned) or reject */
	/* checking */
	const char *authserv_id;        /* AuthservID: NULL, the MTA's name */
	const char *shadow_authserv_id; /* ShadowAuthservID: NULL, what stands on top */
	bool authserv_id_with_job_id;   /* AuthservIDWithJobID */
	const char *remove_ar_from;     /* RemoveARFrom */
	bool received_spf;              /* ReceivedSPF */
	bool submission_results;        /* SubmissionResults */
	bool iprev;                     /* Iprev */
	int spf_engine;                 /* SPFEngine: enum spf_choice */
	int64_t clock_drift;            /* ClockDrift */
	int64_t minimum_key_bits;       /* MinimumKeyBits */
	int quarantine;                 /* Quarantine: enum quarantine */
	int recipients;                 /* Recipients: enum recipients */
	int on_default;         /* On-Default: the preset of those below; -1: none */
	int on_bad_signature;   /* On-BadSignature: enum on_action, as all of these */
	int on_key_not_found;   /* On-KeyNotFound */
	int on_no_signature;    /* On-NoSignature */
	int on_signature_error; /* On-SignatureError: ON_REJECT or ON_TEMPFAIL, of our
	                           mail */
	int on_dns_error;       /* On-DNSError */
	int on_security;        /* On-Security */
	int on_internal_error;  /* On-InternalError */
	/* limits */
	int64_t maximum_header_fields; /* MaximumHeaderFields */
	int64_t maximum_headers;       /* MaximumHeaders: bytes */
	int64_t maximum_signatures;    /* MaximumSignaturesToVerify */
	int64_t maximum_signed_names;  /* MaximumSignedHeaders: names in h= */
	int64_t maximum_key_record;    /* MaximumKeyRecord: bytes */
	int64_t maximum_key_bits;      /* MaximumKeyBits */
	int64_t spf_terms;             /* MaximumSPFTerms */
	int64_t spf_void_lookups;      /* MaximumSPFVoidLookups */
	int64_t spf_mx;                /* MaximumSPFMX */
	int64_t spf_ptr;               /* MaximumSPFPTR */
	int64_t max_transactions;      /* MaxTransactions */
	/* DNS */
	int64_t dns_timeout;      /* DNSTimeout: seconds for all of one message */
	struct words appended;    /* AppendedDomains */
	struct words nameservers; /* Nameservers: none, those of resolv.conf */
	/* the process */
	/* BaseDirectory: NULL, relative paths are as they are */
	const char *base_directory;
	const char *socket;      /* Socket */
	const char *user_id;     /* UserID: user[:group] */
	const char *pid_file;    /* PidFile */
	int64_t umask;           /* UMask: -1, leave it */
	int64_t idle_timeout;    /* IdleTimeout */
	int64_t probe_interval;  /* ProbeInterval */
	int64_t drain_timeout;   /* DrainTimeout */
	bool syslog;             /* Syslog */
	int syslog_facility;     /* SyslogFacility: LOG_* */
	const char *syslog_name; /* SyslogName */
	bool syslog_success; /* SyslogSuccess: a line for messages without trouble too */
	int log_level;       /* LogLevel: enum msg_level */

	struct words files;    /* those that were read */
	struct place *origins; /* where each was set, in option_at's order */
};

struct dataset;

struct option {
	const char *name;
	enum option_type type;
	size_t offset;      /* in struct options */
	const char *preset; /* the default as it would be written; NULL: not set */
	const char *help;   /* one line */
	int64_t least, most;
	const struct name_code *words;
	size_t nwords;
	size_t dest; /* of a data set: the member of struct policy that it becomes ... */
	void (*load)(
		const struct dataset *, void *dest); /* ... by this; NULL: by policy.c */
};

/* An option of OpenDKIM that is not carried. */
struct foreign_option {
	const char *name; /* ends in "*": every name that begins so */
	enum {
		FOREIGN_NOTE,             /* accepted, with a note */
		FOREIGN_REFUSED,          /* an error, whatever its value is */
		FOREIGN_REFUSED_IF_ON,    /* an error, but for a Boolean that says no */
		FOREIGN_REFUSED_BUT_FROM, /* an error, but for the one field From */
	} how;
	const char *text; /* why, and what to write instead */
};

size_t option_count(void);
const struct option *option_at(size_t i);

/* In any case of letters; NULL when there is none. */
const struct option *option_find(struct slice name);
const struct foreign_option *foreign_option_find(struct slice name);

/* The option or foreign option whose name is nearest, for "did you mean"; NULL: none is
 * near. */
const char *option_nearest(struct slice name);

/* Where the option of this member of struct options was set; no file: nowhere, and the
 * default holds. */
#define OPTION_ORIGIN(o, member) option_origin(o, offsetof(struct options, member))
struct place option_origin(const struct options *, size_t offset);

/* Every option at its default. */
void options_preset(struct pool *, struct options *);

/* Sets one from its text. */
const struct reason *option_parse(
	struct pool *, const struct option *, struct slice text, struct options *);

/* Its value as it would be written; "" where it is not set. */
const char *option_print(struct pool *, const struct option *, const struct options *);

/* The text of one that is kept as it is written: a text, a data set, names of fields;
 * NULL: not set. */
const char *option_text(const struct option *, const struct options *);

/* "yes|no", "number 1..500", "accept|reject" ... for people. */
const char *option_type_print(struct pool *, const struct option *);

#endif
