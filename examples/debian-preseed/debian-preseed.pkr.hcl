# Debian, installed by its own installer from the netinst CD: preseed over HTTP, everything on the serial console.
#
#   export PKR_VAR_authorized_key=$(cat ~/.ssh/id_ed25519.pub)
#   vmm-hcl plan examples/debian-preseed
#   vmm-hcl build examples/debian-preseed
#
# Put the machine of vm.conf into /etc/vm.conf first.
# README.md beside this file tells what the network must offer.

variable "version" {
  type        = string
  default     = "12.11.0"
  description = "The release of the CD. Those that are not the newest are in cdimage.debian.org's archive."
}

variable "iso_url" {
  type        = string
  default     = ""
  description = "The netinst CD: a URL or a path. Empty: that of the version, from Debian."
}

variable "iso_checksum" {
  type        = string
  default     = ""
  description = "The checksum of the CD, or file: and the URL of a file of checksums. Empty: Debian's."
}

variable "mirror" {
  type = object({
    host      = string
    directory = string
  })
  default = {
    host      = "deb.debian.org"
    directory = "/debian"
  }
  description = "Where the installer finds the packages that are not on the CD."
}

variable "vm_name" {
  type    = string
  default = "debian"
}

variable "authorized_key" {
  type        = string
  default     = ""
  description = "The key that may log in to the finished machine: the line of your ~/.ssh/id_ed25519.pub. Empty: nobody."
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

locals {
  folder       = "https://cdimage.debian.org/cdimage/archive/${var.version}/amd64/iso-cd"
  iso_url      = var.iso_url != "" ? var.iso_url : "${local.folder}/debian-${var.version}-amd64-netinst.iso"
  iso_checksum = var.iso_checksum != "" ? var.iso_checksum : "file:${local.folder}/SHA256SUMS"

  # For the installer alone. What it asks before it has the network cannot be in the preseed file: the names are here.
  installer = [
    "auto=true",
    "priority=critical",
    "interface=auto",
    "url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/debian.preseed",
    "hostname=${var.vm_name}",
    "domain=local",
    "mirror/http/hostname=${var.mirror.host}",
    "mirror/http/directory=${var.mirror.directory}",
    # Plain lines: otherwise the installer runs in screen(1), and the log of the console is full of cursor moves.
    "DEBIAN_FRONTEND=text",
    "TERM=dumb",
    "vga=normal",
  ]

  # What stands behind the dashes is kept for the installed system. eth0 is the interface in both, on vmd(8) and on QEMU.
  kernel = ["console=ttyS0,115200n8", "net.ifnames=0"]
}

source "vmm" "debian" {
  vm_name     = var.vm_name
  vm_template = "generic"
  disk_format = "qcow2"
  disk_size   = "20G"
  memory      = "1G"

  iso_url      = local.iso_url
  iso_checksum = local.iso_checksum
  # The machine ends when the installer powers it off; the next boot is from the disk.
  boot_device = "cdrom"

  # The menu waits 30 s and then starts to speak. Escape leaves it for the prompt "boot:", which takes the name of a kernel.
  boot_wait = "8s"
  boot_command = [
    "<esc><wait2>",
    "/install.amd/vmlinuz initrd=/install.amd/initrd.gz ",
    "${join(" ", local.installer)} --- ${join(" ", local.kernel)}<enter>",
  ]

  # debian.preseed.pkr.in becomes debian.preseed, with the values of this build filled in.
  http_directory    = "${path.root}/http"
  gen_files_pattern = "debian"

  # With a key that is made for this build and whose public half is in the preseed. It is taken out of the image at the end.
  ssh_username              = "packer"
  ssh_clear_authorized_keys = true
  ssh_timeout               = "10m"
  # From inside: Linux has no driver for vmd's vmmci device, so for it `vmctl stop` is the power cord.
  shutdown_command = "sudo systemctl poweroff"

  log_directory    = "${var.home}/.log/packer"
  output_directory = var.image_directory
}

build {
  sources = ["source.vmm.debian"]

  provisioner "shell" {
    execute_command = "sudo env {{ .Vars }} sh -eu {{ .Path }}"
    inline = [
      "apt-get -q -y upgrade",
      "apt-get clean",
      # Who may log in to the finished machine.
      "[ -z \"$AUTHORIZED_KEY\" ] || printf '%s\\n' \"$AUTHORIZED_KEY\" >> /home/packer/.ssh/authorized_keys",
      # Each copy of the image makes its own identity at its first boot.
      ": > /etc/machine-id",
    ]
    environment_vars = ["DEBIAN_FRONTEND=noninteractive", "AUTHORIZED_KEY=${var.authorized_key}"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${var.image_directory}/${var.vm_name}.sha256"
  }
}
