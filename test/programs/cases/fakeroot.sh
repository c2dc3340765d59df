# SPDX-License-Identifier: MIT
# fakeroot: another preloaded library beside ours, around dpkg-deb
# needs: fakeroot dpkg-deb
# quick: yes

mkdir -p package/DEBIAN package/usr/share/test
numbers 30000 >package/usr/share/test/data
cat >package/DEBIAN/control <<'END'
Package: test
Version: 1.0
Architecture: all
Maintainer: T <t@example.org>
Description: a package
END
find package -exec touch -d @1000000000 {} +
chmod -R u=rwX,go=rX package
export SOURCE_DATE_EPOCH=1000000000
# shellcheck disable=SC2016 # for the inner shell
fakeroot sh -c '
	chown -R root:root package
	chown 12:34 package/usr/share/test/data
	stat -c "%u %g %n" package/usr/share/test/data
	case "$LD_PRELOAD" in
	*"$1"*) dpkg-deb --threads-max=2 -b package out/test.deb ;;
	esac' sh "${LD_PRELOAD-}"
dpkg-deb -I out/test.deb
dpkg-deb -c out/test.deb
dpkg-deb -x out/test.deb copy
cmp copy/usr/share/test/data package/usr/share/test/data && echo "same data"
