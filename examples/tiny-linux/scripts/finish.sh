#!/bin/sh
# The last provisioner: puts the greeting in its place and checks it.
set -eu
install_dir=/usr/local/bin
chmod 755 /usr/local/share/tiny-linux/hello
ln -sf /usr/local/share/tiny-linux/hello $install_dir/hello
echo "$RELEASE ($PACKER_BUILDER_TYPE $PACKER_BUILD_NAME)" >/etc/tiny-linux-release
$install_dir/hello
