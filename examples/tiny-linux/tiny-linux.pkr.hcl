# A complete build of a small machine: install from a CD with an answer file, boot the result, provision it, check it.
#
#   vmm-hcl build examples/tiny-linux
#
# It builds on QEMU and, unchanged, on OpenBSD with vmctl(8); vm.conf beside this file has the virtual machine's template.
# The CD is made by fixtures/guest/build.sh on Debian or Ubuntu.

variable "iso" {
  type        = string
  default     = ""
  description = "The installation CD. Empty: the one that fixtures/guest/build.sh has made."
}

variable "vm_name" {
  type    = string
  default = "tiny-linux"
}

variable "disk_size" {
  type    = string
  default = "1G"
}

variable "output_directory" {
  type    = string
  default = "output/tiny-linux"
}

# The password that http/answers.txt.pkr.in gives to root. It only protects a machine that nobody else can reach.
variable "password" {
  type      = string
  default   = "tiny-secret"
  sensitive = true
}

locals {
  iso     = var.iso != "" ? var.iso : "${path.root}/../../.cache/guest/tiny-linux.iso"
  release = "Tiny Linux, built by vmm-hcl"
}

source "vmm" "tiny-linux" {
  vm_name          = var.vm_name
  vm_template      = "generic"
  output_directory = var.output_directory
  log_directory    = var.output_directory

  disk_format = "qcow2"
  disk_size   = var.disk_size
  memory      = "256M"
  cdrom       = local.iso
  boot_device = "cdrom"

  # answers.txt.pkr.in becomes answers.txt, with the values of this build filled in.
  http_directory    = "${path.root}/http"
  gen_files_pattern = "answers"

  # The CD is at "boot:" after half a second, on a busy machine after a few, and waits there for ever. Keys that come earlier are lost.
  boot_wait    = "4s"
  boot_command = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]

  ssh_username     = "root"
  ssh_password     = var.password
  ssh_timeout      = "5m"
  shutdown_command = "poweroff"
}

build {
  sources = ["source.vmm.tiny-linux"]

  provisioner "shell" {
    inline = ["mkdir -p /usr/local/share/tiny-linux"]
  }

  # Needs the directory that the first provisioner has made.
  provisioner "file" {
    source      = "${path.root}/files/hello"
    destination = "/usr/local/share/tiny-linux/hello"
  }

  # Needs the file that the second has brought.
  provisioner "shell" {
    script           = "${path.root}/scripts/finish.sh"
    environment_vars = ["RELEASE=${local.release}"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${var.output_directory}/${var.vm_name}.sha256"
  }

  post-processor "manifest" {
    output = "${var.output_directory}/packer-manifest.json"
  }
}
