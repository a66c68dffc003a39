#!/bin/sh
# Leaves out of the image what belongs to this one machine, and what apt can fetch again.
set -eu
apt-get clean
rm -rf /var/lib/apt/lists/*
# Each copy of the image makes its own identity at its first boot.
: >/etc/machine-id
rm -f /var/lib/systemd/random-seed
# Gives the free blocks back, where the disk can do that.
fstrim -v / || echo 'the disk does not take blocks back'
