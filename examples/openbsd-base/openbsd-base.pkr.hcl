# A base image of OpenBSD: the installer's kernel asks for answers on the console, gets them over HTTP, and powers off.
#
#   vmm-hcl build -var kernel=/path/to/bsd.rd examples/openbsd-base
#
# Put the line of your own SSH key into http/openbsd.autoinstall.pkr.in first.
#
# vm.conf(5) needs a virtual machine "generic" whose instances may set boot and disk:
#
#   vm "generic" {
#       disable
#       memory 1G
#       disk "/dev/null"
#       local interface
#       allow instance { boot, disk, memory, owner :vmdusers }
#   }

variable "kernel" {
  type        = string
  default     = "/var/www/htdocs/openbsd/snapshots/amd64/bsd.rd"
  description = "The installer's kernel, bsd.rd of the release to install."
}

variable "home" {
  type    = string
  default = env("HOME")
}

variable "image_directory" {
  type        = string
  default     = "/home/_vmd"
  description = "Where the image is put: vmd(8) must be able to read it."
}

source "openbsd-vmm" "openbsd-base" {
  vm_name     = "openbsd-base"
  vm_template = "generic"
  disk_format = "qcow2"
  disk_size   = "20G"

  boot        = var.kernel
  boot_device = "net"
  boot_wait   = "5s"
  boot_command = [
    "A<enter><wait5>",
    "http://{{ .HTTPIP }}:{{ .HTTPPort }}/openbsd.autoinstall<enter>",
    "I<enter>",
  ]

  http_directory    = "${path.root}/http"
  gen_files_pattern = "openbsd"

  communicator     = "ssh"
  ssh_username     = "packer"
  ssh_agent_auth   = true
  ssh_timeout      = "30m"
  shutdown_command = "doas /sbin/halt -p"

  log_directory    = "${var.home}/.log/packer"
  output_directory = var.image_directory
}

build {
  sources = ["source.openbsd-vmm.openbsd-base"]

  provisioner "shell" {
    inline = [
      "doas syspatch || true",
      "doas pkg_add -I rsync--",
    ]
    # syspatch exits with 2 when there is nothing to do.
    valid_exit_codes = [0, 2]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${var.image_directory}/openbsd-base.sha256"
  }
}
