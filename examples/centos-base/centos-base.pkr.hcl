# A base image of CentOS Stream: Linux on vmm(4) needs a serial console and a few arguments for its kernel.
#
#   vmm-hcl build -var iso=/path/to/CentOS-Stream-dvd1.iso examples/centos-base
#
# Put the line of your own SSH key into http/centos.ks.pkr.in first.

variable "iso" {
  type        = string
  default     = "/home/_vmd/_iso/CentOS-Stream-9-latest-x86_64-dvd1.iso"
  description = "The installation DVD."
}

variable "home" {
  type    = string
  default = env("HOME")
}

variable "image_directory" {
  type    = string
  default = "/home/_vmd"
}

locals {
  kernel_arguments = [
    "initrd=initrd.img",
    "inst.text",
    "inst.ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/centos.ks",
    "console=ttyS0,115200",
    "nomodeset",
    "no_timer_check",
    "net.ifnames=0",
    "modprobe.blacklist=intel_pmc_core",
  ]
}

source "openbsd-vmm" "centos-base" {
  vm_name     = "centos-base"
  vm_template = "generic"
  memory      = "2G"
  disk_format = "qcow2"
  disk_size   = "20G"

  cdrom        = var.iso
  boot_device  = "cdrom"
  boot_wait    = "5s"
  boot_command = ["<esc><wait2>", "vmlinuz ${join(" ", local.kernel_arguments)}<enter>"]

  http_directory    = "${path.root}/http"
  gen_files_pattern = "centos"

  ssh_username     = "packer"
  ssh_agent_auth   = true
  ssh_timeout      = "1h"
  shutdown_command = "sudo /sbin/halt -p"

  log_directory    = "${var.home}/.log/packer"
  output_directory = var.image_directory
}

build {
  sources = ["source.openbsd-vmm.centos-base"]
}
