# packages - what contrib/quickstart and contrib/test share: packages, and a copy of the source
#
# Source it. packages_install FILE... installs those packages of the lists that are missing;
# with all of them there it touches nothing and needs no network.

# The names in the lists, without comments.
packages_named() {
	sed -e 's/#.*//' "$@" | tr -s ' \t' '\n\n' | sort -u | sed '/^$/d'
}

packages_missing() {
	for name in $(packages_named "$@"); do
		case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) in
		installed) ;;
		*) echo "$name" ;;
		esac
	done
}

packages_install() {
	missing=$(packages_missing "$@")
	if [ -n "$missing" ]; then
		echo "installing:" $missing
		if ! apt-cache show $missing >/dev/null 2>&1; then
			apt-get -q update </dev/null || echo "apt-get update failed" >&2
		fi
		apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing \
			</dev/null >&2 || return 1
	elif ! apt-cache show postfix >/dev/null 2>&1; then
		apt-get -q update </dev/null >&2
	fi
	return 0
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
