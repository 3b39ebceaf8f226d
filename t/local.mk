# Tests. A unit test is one line here, a script one, a fuzz target one; t/README tells of each.

# What they share: TAP, a directory, messages without a transaction.
check_LIBRARIES = libtap.a
libtap_a_SOURCES = t/unit/tap.c t/unit/tap.h
libtap_a_SOURCES += t/unit/dkim_fixture.c t/unit/dkim_fixture.h t/unit/test_keys.h
libtap_a_SOURCES += t/unit/mail_fixture.c t/unit/mail_fixture.h
libtap_a_SOURCES += t/unit/table_fixture.c t/unit/table_fixture.h
libtap_a_SOURCES += t/unit/tmpdir.c t/unit/tmpdir.h
UNIT_LIBS = libtap.a libcommands.a $(SEKI_LIBS) $(JANSSON_LIBS)

# Unit tests: one program a module, each speaks TAP, from the source of its name.
AM_DEFAULT_SOURCE_EXT = .c
LDADD = $(UNIT_LIBS)
check_PROGRAMS =
check_PROGRAMS += t/unit/address
check_PROGRAMS += t/unit/author
check_PROGRAMS += t/unit/authors
check_PROGRAMS += t/unit/authres
check_PROGRAMS += t/unit/authres_compose
check_PROGRAMS += t/unit/authres_id
check_PROGRAMS += t/unit/authres_parse
check_PROGRAMS += t/unit/badconf
check_PROGRAMS += t/unit/base
check_PROGRAMS += t/unit/base64
check_PROGRAMS += t/unit/bounce
check_PROGRAMS += t/unit/canon
check_PROGRAMS += t/unit/crypto
check_PROGRAMS += t/unit/date
check_PROGRAMS += t/unit/disposition
check_PROGRAMS += t/unit/dkim_key
check_PROGRAMS += t/unit/dkim_sig
check_PROGRAMS += t/unit/dkim_sign
check_PROGRAMS += t/unit/dkim_verify
check_PROGRAMS += t/unit/dmarc
check_PROGRAMS += t/unit/dmarc_record
check_PROGRAMS += t/unit/dns_cache
check_PROGRAMS += t/unit/dns_counter
check_PROGRAMS += t/unit/dns_fixed
check_PROGRAMS += t/unit/dns_live
check_PROGRAMS += t/unit/dns_wire
check_PROGRAMS += t/unit/dns_zone
check_PROGRAMS += t/unit/domain
check_PROGRAMS += t/unit/endpoint
check_PROGRAMS += t/unit/engine
check_PROGRAMS += t/unit/fold
check_PROGRAMS += t/unit/found
check_PROGRAMS += t/unit/hidden
check_PROGRAMS += t/unit/inbound
check_PROGRAMS += t/unit/iprev
check_PROGRAMS += t/unit/keyfile
check_PROGRAMS += t/unit/keytable
check_PROGRAMS += t/unit/keytable_append
check_PROGRAMS += t/unit/layout
check_PROGRAMS += t/unit/logline
check_PROGRAMS += t/unit/mailbox
check_PROGRAMS += t/unit/message
check_PROGRAMS += t/unit/netlist
check_PROGRAMS += t/unit/opendkim
check_PROGRAMS += t/unit/opendkim_peer
check_PROGRAMS += t/unit/outbound
check_PROGRAMS += t/unit/parts
check_PROGRAMS += t/unit/patterns
check_PROGRAMS += t/unit/policy
check_PROGRAMS += t/unit/quote
check_PROGRAMS += t/unit/reader
check_PROGRAMS += t/unit/reason
check_PROGRAMS += t/unit/received
check_PROGRAMS += t/unit/received_spf
check_PROGRAMS += t/unit/removal
check_PROGRAMS += t/unit/reply
check_PROGRAMS += t/unit/report
check_PROGRAMS += t/unit/route
check_PROGRAMS += t/unit/rows
check_PROGRAMS += t/unit/session
check_PROGRAMS += t/unit/shadow
check_PROGRAMS += t/unit/signed_fields
check_PROGRAMS += t/unit/signer
check_PROGRAMS += t/unit/sole
check_PROGRAMS += t/unit/spf
check_PROGRAMS += t/unit/spf_hostile
check_PROGRAMS += t/unit/spf_macro
check_PROGRAMS += t/unit/spf_record
check_PROGRAMS += t/unit/spf_words
check_PROGRAMS += t/unit/status
check_PROGRAMS += t/unit/submission
check_PROGRAMS += t/unit/summary
check_PROGRAMS += t/unit/table_file
check_PROGRAMS += t/unit/tables
check_PROGRAMS += t/unit/taglist
check_PROGRAMS += t/unit/testimony
check_PROGRAMS += t/unit/txn
check_PROGRAMS += t/unit/values

# With modules of the daemon; two of them have a libmilter of their own.
check_PROGRAMS += t/unit/apply
t_unit_apply_LDADD = libtap.a libdaemon.a $(SEKI_LIBS)
check_PROGRAMS += t/unit/gate
t_unit_gate_LDADD = libtap.a libdaemon.a $(SEKI_LIBS)
check_PROGRAMS += t/unit/listener
t_unit_listener_LDADD = libtap.a libdaemon.a $(SEKI_LIBS) $(MILTER_LIBS)
check_PROGRAMS += t/unit/tally
t_unit_tally_LDADD = libtap.a libdaemon.a $(SEKI_LIBS)

# Scenarios of the whole engine: t/case/*.case.
check_PROGRAMS += t/case/run
t_case_run_SOURCES = t/case/run.c t/case/expect.c t/case/case.h
t_case_run_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/case

# Suites: the cases lie in t/suite.
check_PROGRAMS += t/suite/spf
t_suite_spf_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

# What the tests against other programs drive, and what t/bench measures with, built when asked
# for.
noinst_PROGRAMS = t/interop/dkim_driver t/interop/spf_driver
EXTRA_PROGRAMS = t/bench/load t/bench/spf_bench
t_interop_dkim_driver_LDADD = $(SEKI_LIBS)
t_interop_spf_driver_LDADD = $(SEKI_LIBS)
t_bench_load_LDADD = $(SEKI_LIBS)
t_bench_spf_bench_LDADD = $(SEKI_LIBS)

# Tests that are programs of their own and run from the source tree.
tap_tests =
tap_tests += t/milter/mutations.t
tap_tests += t/milter/smoke.t
tap_tests += t/milter/worker.t
tap_tests += t/suite/rfc-examples.t
tap_tests += t/suite/rfc7208.t
tap_tests += t/suite/spf_differ.t
tap_tests += t/suite/spf_trips.t
tap_tests += t/case/dns-failures.t
tap_tests += t/case/impersonation.t
tap_tests += t/case/options.t
tap_tests += t/cli/advice.t
tap_tests += t/cli/bombs.t
tap_tests += t/cli/bounces.t
tap_tests += t/cli/check-message.t
tap_tests += t/cli/check-hosted.t
tap_tests += t/cli/check-meant.t
tap_tests += t/cli/check-more.t
tap_tests += t/cli/check.t
tap_tests += t/cli/compare.t
tap_tests += t/cli/config.t
tap_tests += t/cli/explain.t
tap_tests += t/cli/hostile.t
tap_tests += t/cli/import-opendmarc.t
tap_tests += t/cli/import.t
tap_tests += t/cli/ja.t
tap_tests += t/cli/ja_problems.t
tap_tests += t/cli/keyadd.t
tap_tests += t/cli/knowledge.t
tap_tests += t/cli/mailbox.t
tap_tests += t/cli/mta.t
tap_tests += t/cli/opendmarc.t
tap_tests += t/cli/sites.t
tap_tests += t/cli/stories.t
tap_tests += t/cli/stories-ja.t
tap_tests += t/cli/tool.t
tap_tests += t/lint/commands.t
tap_tests += t/lint/counting.t
tap_tests += t/lint/ja.t
tap_tests += t/lint/language.t
tap_tests += t/lint/layers.t
tap_tests += t/lint/options-used.t
tap_tests += t/lint/options.t
tap_tests += t/lint/pages.t
tap_tests += t/lint/readme.t
tap_tests += t/lint/rpm.t
tap_tests += t/lint/rules.t
tap_tests += t/lint/socket.t
tap_tests += t/lint/tour.t
tap_tests += t/lint/tree.t
tap_tests += t/lint/words.t

# Fuzz targets: t/fuzz/NAME.c with seeds in t/fuzz/corpus/NAME/.
fuzz_targets =
fuzz_targets += address
fuzz_targets += authres
fuzz_targets += authres_id
fuzz_targets += canon
fuzz_targets += compare
fuzz_targets += config
fuzz_targets += date
fuzz_targets += dkim_key
fuzz_targets += dkim_sig
fuzz_targets += dmarc_record
fuzz_targets += dns_wire
fuzz_targets += dns_zone
fuzz_targets += domain
fuzz_targets += endpoint
fuzz_targets += explain
fuzz_targets += guise
fuzz_targets += headers
fuzz_targets += keytable
fuzz_targets += logline
fuzz_targets += mailbox
fuzz_targets += message
fuzz_targets += milters
fuzz_targets += netlist
fuzz_targets += opendmarc
fuzz_targets += patterns
fuzz_targets += plain
fuzz_targets += postconf
fuzz_targets += privkey
fuzz_targets += protocol
fuzz_targets += received
fuzz_targets += received_spf
fuzz_targets += record_text
fuzz_targets += relays
fuzz_targets += sendmail
fuzz_targets += servers
fuzz_targets += shadow
fuzz_targets += signingtable
fuzz_targets += signs
fuzz_targets += spf
fuzz_targets += spf_macro
fuzz_targets += spf_record
fuzz_targets += tables
fuzz_targets += table_file
fuzz_targets += taglist
fuzz_targets += texts
fuzz_targets += world

# Each target as a test that runs its seeds, with the flags of this build.
fuzz_replays = $(fuzz_targets:%=t/fuzz/%.replay)
t/fuzz/%.replay: t/fuzz/%.c t/fuzz/replay.c t/fuzz/fuzz.h libtap.a libcommands.a libsekimori.a
	@$(MKDIR_P) $(@D)
	$(AM_V_CCLD)$(COMPILE) -I$(srcdir)/t/fuzz -DFUZZ_TARGET='"$*"' $(AM_LDFLAGS) $(LDFLAGS) \
		-o $@ $(srcdir)/t/fuzz/$*.c $(srcdir)/t/fuzz/replay.c $(UNIT_LIBS) $(LIBS)

# `make fuzz` builds fuzz/NAME with libFuzzer; `make fuzz-run FUZZ_TIME=60` runs each for so
# many seconds, with inputs of 4 KB, where an answer of the DNS may have 64. What they find stays
# in fuzz/found/NAME; a finding becomes a seed.
FUZZ_CC = clang
FUZZ_CFLAGS = -std=c17 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all
FUZZ_SAN = address,undefined
FUZZ_TIME = 60
FUZZ_COMPILE = $(FUZZ_CC) $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
	-I$(srcdir)/t/fuzz $(OPENSSL_CFLAGS) $(CARES_CFLAGS) $(IDN2_CFLAGS) $(JANSSON_CFLAGS) $(FUZZ_CFLAGS)
fuzz_sources = $(libsekimori_a_SOURCES) $(libcommands_a_SOURCES)
fuzz_objects = $(patsubst %.c,fuzz/obj/%.o,$(filter %.c,$(fuzz_sources)))
fuzz_programs = $(fuzz_targets:%=fuzz/%)

fuzz/obj/%.o: %.c
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_COMPILE) -fsanitize=fuzzer-no-link,$(FUZZ_SAN) -MMD -MP -c -o $@ $<

fuzz/obj/libsekimori.a: $(fuzz_objects)
	$(AM_V_AR)rm -f $@ && $(AR) $(ARFLAGS) $@ $(fuzz_objects)

$(fuzz_programs): fuzz/%: t/fuzz/%.c t/fuzz/fuzz.h fuzz/obj/libsekimori.a
	$(AM_V_CCLD)$(FUZZ_COMPILE) -fsanitize=fuzzer,$(FUZZ_SAN) -o $@ $(srcdir)/t/fuzz/$*.c \
		fuzz/obj/libsekimori.a $(OPENSSL_LIBS) $(CARES_LIBS) $(IDN2_LIBS) $(SPF2_LIBS) \
		$(JANSSON_LIBS) -lpthread

fuzz: $(fuzz_programs)

fuzz-run: fuzz
	@for t in $(fuzz_targets); do echo "$$t:"; $(MKDIR_P) fuzz/found/$$t; \
	case $$t in dns_wire) len=65536;; *) len=0;; esac; \
	./fuzz/$$t -max_len=$$len -max_total_time=$(FUZZ_TIME) -rss_limit_mb=2048 -timeout=10 \
		-print_final_stats=1 -artifact_prefix=fuzz/found/$$t- fuzz/found/$$t $(srcdir)/t/fuzz/corpus/$$t \
		2>fuzz/$$t.log || { tail -40 fuzz/$$t.log; exit 1; }; tail -6 fuzz/$$t.log; done

-include $(fuzz_objects:.o=.d)

# Everything that needs no network, no root and no MTA. t/README says what the rest needs.
PROVE = prove
check-local: $(check_PROGRAMS) $(noinst_PROGRAMS) $(fuzz_replays) $(sbin_PROGRAMS) $(bin_PROGRAMS)
	@list=''; for t in $(check_PROGRAMS) $(fuzz_replays); do list="$$list ./$$t"; done; \
	for t in $(tap_tests); do list="$$list $(srcdir)/$$t"; done; \
	srcdir="$(abs_srcdir)" builddir="$(abs_builddir)" \
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	$(PROVE) -j2 --exec '' $(PROVE_FLAGS) $$list

# What a run leaves beside the objects.
clean-tests:
	rm -rf fuzz t/fuzz/*.replay

.PHONY: clean-tests fuzz fuzz-run
