# `make deb`: Debian packages, built in a copy of what a release has, and left here. Whatever
# the path, the same source gives the same packages; their date is that of the last change.
# `make deb-source` makes that copy, with debian/ at its top, as autopkgtest takes it, too.
DEB_SOURCE = deb/$(PACKAGE)-$(VERSION)
DEB_DATE = $${SOURCE_DATE_EPOCH:-$$(git -C '$(srcdir)' log -1 --format=%ct 2>/dev/null || \
	stat -c %Y '$(srcdir)/VERSION')}
DEB_MAINTAINER = $$(sed -n 's/^Maintainer: //p' '$(srcdir)/contrib/debian/control')
DEB_OPTIONS = nocheck parallel=$$(nproc)

deb-source:
	$(MAKE) $(AM_MAKEFLAGS) distdir distdir='$(DEB_SOURCE)'
	chmod -R u+w,go-w '$(DEB_SOURCE)'
	cp -R '$(DEB_SOURCE)/contrib/debian' '$(DEB_SOURCE)/debian'
	date=$(DEB_DATE) && maintainer=$(DEB_MAINTAINER) && \
		printf '%s (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n' \
			'$(PACKAGE)' '$(VERSION)' 'What has changed is told in CHANGES.' \
			"$$maintainer" "$$(LC_ALL=C date -u -R -d @$$date)" \
			> '$(DEB_SOURCE)/debian/changelog'

deb:
	rm -rf deb
	$(MKDIR_P) deb
	$(MAKE) $(AM_MAKEFLAGS) deb-source
	cd '$(DEB_SOURCE)' && \
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u LDFLAGS -u CPPFLAGS \
			DEB_BUILD_OPTIONS="$(DEB_OPTIONS)" dpkg-buildpackage -us -uc -b
	mv deb/*.deb .
	rm -rf deb

clean-deb:
	rm -rf deb *.deb

.PHONY: clean-deb deb deb-source
