# Debian 12, installed by a script over the serial console: disk, cdebootstrap, apt, boot loader; then provisioned over SSH.
#
#   examples/debian-serial/build-cd.sh
#   vmm-hcl build -vm-conf=examples/debian-serial/vm.conf examples/debian-serial      (QEMU)
#   vmm-hcl build examples/debian-serial                                              (OpenBSD; vm.conf's lines in /etc/vm.conf)
#
# README.md beside this file tells what the network must offer, and how long it takes. examples/debian-preseed is for those who
# prefer Debian's own installer.

variable "iso" {
  type        = string
  default     = ""
  description = "The installation CD. Empty: the one that build-cd.sh has made."
}

variable "mirror" {
  type        = string
  default     = "http://deb.debian.org/debian"
  description = "Where Debian is fetched from, by the guest. http only: the CD has no certificates. Its contents are verified with Debian's keys."
  validation {
    condition     = startswith(var.mirror, "http://")
    error_message = "The mirror must be an http:// URL: the CD can neither speak TLS nor FTP."
  }
}

variable "security_mirror" {
  type        = string
  default     = "http://deb.debian.org/debian-security"
  description = "Where the security updates are fetched from."
}

variable "suite" {
  type        = string
  default     = "bookworm"
  description = "The release of Debian."
}

variable "vm_name" {
  type    = string
  default = "debian"
}

variable "disk_size" {
  type    = string
  default = "8G"
}

variable "cpus" {
  type        = number
  default     = null
  description = "Processors. Two save time on QEMU; vmctl(8) of OpenBSD 7.9 and older knows one only."
}

variable "output_directory" {
  type    = string
  default = "output/debian-serial"
}

variable "authorized_key" {
  type        = string
  default     = ""
  description = "The key that may log in to the finished machine: the line of your ~/.ssh/id_ed25519.pub. Empty: nobody."
}

locals {
  iso = var.iso != "" ? var.iso : "${path.root}/../../.cache/guest/debian-serial.iso"

  # What the installation script reads from the kernel's command line. The names in {{ }} are known when the machine runs.
  arguments = {
    script   = "http://{{ .HTTPIP }}:{{ .HTTPPort }}/debian.install"
    mirror   = var.mirror
    security = var.security_mirror
    suite    = var.suite
  }
}

source "vmm" "debian" {
  vm_name          = var.vm_name
  vm_template      = "generic"
  output_directory = var.output_directory
  log_directory    = var.output_directory

  disk_format = "qcow2"
  disk_size   = var.disk_size
  cpus        = var.cpus
  cdrom       = local.iso
  # The machine ends when the installation does; the next boot is from the disk.
  boot_device = "cdrom"

  # debian.install.pkr.in becomes debian.install, with the values of this build filled in.
  http_directory    = "${path.root}/http"
  gen_files_pattern = "debian"

  # The CD is at "boot:" after half a second, and waits there for ever.
  boot_wait    = "2s"
  boot_command = ["install ${join(" ", [for name, value in local.arguments : "${name}=${value}"])}<enter>"]

  # With a key that is made for this build and whose public half is in debian.install. It is taken out of the image at the end.
  ssh_username              = "root"
  ssh_clear_authorized_keys = true
  ssh_timeout               = "15m"
  shutdown_command          = "systemctl poweroff"
}

build {
  sources = ["source.vmm.debian"]

  provisioner "shell" {
    environment_vars = ["DEBIAN_FRONTEND=noninteractive", "AUTHORIZED_KEY=${var.authorized_key}"]
    scripts = [
      "${path.root}/scripts/packages.sh",
      "${path.root}/scripts/access.sh",
      "${path.root}/scripts/clean.sh",
    ]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${var.output_directory}/${var.vm_name}.sha256"
  }
}
