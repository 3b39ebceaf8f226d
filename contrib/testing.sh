# testing - what contrib/test and its like share: steps, TAP and the count of both
#
# Source it with bash, after packages.sh. testing_begin makes the directory $work, gone at the
# end; step and tap run things and count them, count adds what one of its like has counted;
# testing_end says once more what failed, and `N passed, N failed`.
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
passed=0 failed=0

die() {
	echo "contrib/${0##*/}: $*" >&2
	echo "0 passed, 1 failed"
	exit 1
}

say() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

# testing_begin LIST...: rights, the packages of these lists, and a directory.
testing_begin() {
	[ "$(id -u)" = 0 ] || die "run it as root: it installs packages and starts mail servers"
	command -v apt-get >/dev/null || die "needs apt-get: it is written for Debian 12 and 13"
	packages_install "$@" || die "packages are missing"
	work=$(mktemp -d "${TMPDIR:-/tmp}/sekimori-${0##*/}.XXXXXX") || die "no temporary directory"
	chmod 755 "$work"
	trap testing_clear EXIT
	trap 'exit 1' INT TERM
}

testing_clear() {
	kill $(jobs -p) 2>/dev/null && wait
	[ "${SEKIMORI_KEEP:-}" ] || rm -rf --one-file-system "$work"
}

testing_end() {
	if [ -s "$work/failures" ]; then
		say "failed"
		cat "$work/failures"
	fi
	say "done"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# step NAME COMMAND...: one thing that works or does not; the end of its output if not.
step() {
	local name=$1 log
	shift
	log="$work/$(echo "$name" | tr ' /' '__').log"
	say "$name"
	if "$@" >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$name" >>"$work/failures"
		echo "failed:"
		tail -n 60 "$log"
		return 1
	fi
}

# counted: how many tests a run of prove ran and how many failed, by the summary at the end of its
# output. What a test quotes of another run's summary is not counted.
counted() {
	awk '/^Test Summary Report$/ { within = 1 }
		within && /^[^#].*\(Wstat: .* Failed: [0-9]+\)$/ {
			n = $NF + 0; bad += n ? n : 1; run += !n
		}
		/^Files=/ { within = 0; split($2, part, /[=,]/); run += part[2] }
		END { print run + 0, bad + 0 }'
}

# tap NAME COMMAND...: a run of prove; what it says at its end is added up. A test file that
# died, or said something that is no TAP, is a failure even if each test that it ran was ok.
tap() {
	local name=$1 log status sum run bad
	shift
	log="$work/$(echo "$name" | tr ' /' '__').log"
	say "$name"
	"$@" >"$log" 2>&1 </dev/null
	status=$?
	sum=$(counted <"$log")
	run=${sum% *} bad=${sum#* }
	if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then
		run=$((run + 1)) bad=1
	fi
	passed=$((passed + run - bad)) failed=$((failed + bad))
	echo "$((run - bad)) passed, $bad failed"
	if [ "$bad" -ne 0 ]; then
		tail -n 300 "$log"
		failures "$name" "$log" >>"$work/failures"
	fi
}

# count LOG NAME: what another of these scripts said, and its last line added up.
count() {
	cat "$1"
	set -- "$2" $(tail -n 1 "$1" | sed -nE 's/^(-?[0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
	passed=$((passed + ${2:-0})) failed=$((failed + ${3:-1}))
	[ "${3:-1}" -eq 0 ] || echo "$1" >>"$work/failures"
}

# failures NAME LOG: each failed test with what it said of itself, and prove's list of them.
failures() {
	echo "$1"
	awk '/^not ok/ { left = 20 } !/^(not ok|#)/ { left = 0 } left-- > 0
		/^Test Summary Report/, /^Files=/ { if (!/^(Test Sum|---|Files=)/) print }' "$2"
}
