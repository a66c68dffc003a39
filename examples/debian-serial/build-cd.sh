#!/bin/bash
# Builds the CD that installs Debian over the serial console, and prints its path.
#
#   examples/debian-serial/build-cd.sh [DIRECTORY]      default: .cache/guest in the checkout
#
# The CD is a small Linux made of Debian packages: it brings up the network, fetches the script that script=URL on the
# kernel's command line names, and runs it. What Debian needs in order to install itself is on it: cdebootstrap, gpgv with
# Debian's keys, mke2fs. Needs apt-get with package lists of Debian or Ubuntu (amd64), dpkg-deb, flock and xorriso; no root.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fixtures=$here/../../fixtures/guest
# shellcheck source=../../fixtures/guest/cd.sh
. "$fixtures/cd.sh"

mapfile -t files < <(find "$here/build-cd.sh" "$here/cd" "$fixtures"/{cd.sh,common,initrd,isolinux} -type f | sort)
begin_cd debian-serial "${1:-$here/../../.cache/guest}" "${files[@]}"

kernel=$(kernel_packages)
libraries=$({ dependencies gpgv && dependencies e2fsprogs; } | grep -v -e '^gcc' -e '^logsave' | sort -u)
# shellcheck disable=SC2086 # both are lists of words
fetch $kernel $libraries busybox-static cdebootstrap-static debian-archive-keyring isolinux syslinux-common
open_packages

initrd=$work/initrd
install_initrd "$initrd" "$here/cd/installer" debian-serial 'debian-serial \l: log in as root, then: install-now http://HOST:PORT/SCRIPT'
install -D -m 755 "$(package_file bin/cdebootstrap-static)" "$initrd/usr/bin/cdebootstrap"
mkdir -p "$initrd/usr/share"
cp -R "$packages/usr/share/cdebootstrap-static" "$packages/usr/share/keyrings" "$initrd/usr/share/"
install -m 755 "$here/cd/curl" "$initrd/usr/bin/curl"
install_program "$initrd" bin/gpgv usr/bin/gpgv
install_program "$initrd" sbin/mke2fs usr/sbin/mke2fs
cp "$(package_file etc/mke2fs.conf)" "$initrd/etc/"
finish_cd DEBIANSERIAL "$here/cd/boot.msg"
