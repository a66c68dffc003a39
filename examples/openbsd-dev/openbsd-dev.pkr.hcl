# A machine for work, derived from the image that examples/openbsd-base makes: only what differs is stored.
#
#   vmm-hcl build -var base_image=/home/_vmd/openbsd-base.qcow2 examples/openbsd-dev

variable "base_image" {
  type        = string
  default     = "/home/_vmd/openbsd-base.qcow2"
  description = "The image to start from. It must stay as it is for as long as the new one is used."
}

variable "home" {
  type    = string
  default = env("HOME")
}

variable "image_directory" {
  type    = string
  default = "/home/_vmd"
}

source "openbsd-vmm" "openbsd-dev" {
  vm_name     = "openbsd-dev"
  vm_template = "generic"
  memory      = "2G"
  disk_format = "qcow2"
  disk_base   = var.base_image

  # The first boot is for a new identity: single-user mode ("boot -s" in boot.conf of the base image), fresh keys, own name.
  boot_wait = "5s"
  boot_command = [
    "<enter><wait2>",
    "fsck -p && mount -a -t ffs<enter><wait5>",
    "rm -f /etc/ssh/ssh_host_* /etc/iked/private/local.key /etc/iked/local.pub /etc/isakmpd/private/local.key /etc/isakmpd/local.pub /etc/soii.key<enter>",
    "sed -i /boot/d /etc/boot.conf<enter>",
    "echo dev.local > /etc/myname<enter>",
    "halt -p<enter>",
  ]

  ssh_username     = "packer"
  ssh_agent_auth   = true
  shutdown_command = "doas /sbin/halt -p"

  log_directory    = "${var.home}/.log/packer"
  output_directory = var.image_directory
}

build {
  sources = ["source.openbsd-vmm.openbsd-dev"]

  # The address that the finished machine has in its own network.
  provisioner "shell" {
    execute_command = "doas env {{ .Vars }} sh -eu {{ .Path }}"
    inline = [
      "echo 'inet 100.64.0.100 255.192.0.0 NONE' > /etc/hostname.vio0",
      "echo 100.64.0.1 > /etc/mygate",
      "printf 'nameserver 100.64.0.1\\nlookup file bind\\nsearch local\\n' > /etc/resolv.conf",
    ]
  }
}
