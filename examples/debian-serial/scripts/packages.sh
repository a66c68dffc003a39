#!/bin/sh
# What the machine is for.
set -eu
apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 install sudo less
