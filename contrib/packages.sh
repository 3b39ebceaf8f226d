# packages - what contrib/quickstart and contrib/test share: packages, and a copy of the source
#
# Source it. packages_install FILE... installs those packages of the lists that are missing;
# with all of them there, and lists of packages, it needs no network.

# The names in the lists, without comments.
packages_named() {
	sed -e 's/#.*//' "$@" | tr -s ' \t' '\n\n' | sort -u | sed '/^$/d'
}

# A package that another one provides counts as there (a nodejs that brings npm with it).
packages_missing() {
	provided=$(dpkg-query -W -f '${db:Status-Status} ${Provides}\n' |
		sed -n -e 's/([^)]*)//g' -e 's/^installed //p' | tr -s ', ' '\n\n')
	for name in $(packages_named "$@"); do
		case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) in
		installed) ;;
		*) echo "$provided" | grep -qxF "$name" || echo "$name" ;;
		esac
	done
}

packages_update() {
	apt-get -q update </dev/null >&2
}

packages_get() {
	apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" </dev/null >&2
}

# The lists of a fresh image are empty, those of an old one name files that are gone: so the
# lists are fetched when they know no Postfix (which is unpacked later), or when an
# installation fails.
packages_install() {
	[ -n "$(apt-cache madison postfix 2>/dev/null)" ] || packages_update
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	echo "installing:" $missing
	packages_get $missing || { packages_update && packages_get $missing; }
}

# source_copy FROM TO: the tree without what a build or git has left in it.
source_copy() {
	mkdir "$2" || return 1
	(cd "$1" && tar -cf - --exclude=./.git --exclude=./build --exclude='./build[0-9]*' \
		--exclude='*.o' \
		--exclude=./autom4te.cache --exclude=./Makefile --exclude=./config.status \
		--exclude=./config.h --exclude=./config.log --exclude=__pycache__ .) |
		tar -xf - -C "$2"
}

# earlier_copy FROM TO: the source that an upgrade begins with, if FROM is a clone with its history:
# that of the last release, and before there is any, of the commit that t/deb/earlier names.
earlier_copy() {
	in_clone() { git -c safe.directory='*' -C "$clone" "$@"; }
	clone=$1
	[ -e "$1/.git" ] && [ "$(in_clone rev-parse --is-shallow-repository)" = false ] || return 0
	commit=$(in_clone describe --tags --abbrev=0 HEAD^ 2>/dev/null) ||
		commit=$(sed '/^#/d' "$1/t/deb/earlier")
	mkdir "$2" && in_clone archive "$commit" | tar -xf - -C "$2"
}
