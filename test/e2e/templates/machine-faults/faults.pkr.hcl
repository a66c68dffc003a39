# Machines to which something bad happens after they were installed. They share a base image, made by the first build: its
# first boot powers off by itself, as that of a derived image must.

variable "vm_name" {
  type = string
}

variable "iso" {
  type = string
}

# More than the disk has room for.
variable "large_file" {
  type = string
}

locals {
  base = "out/${var.vm_name}.qcow2"
}

source "vmm" "base" {
  vm_name          = var.vm_name
  vm_template      = "generic"
  output_directory = "out"
  log_directory    = "log"
  disk_format      = "qcow2"
  disk_size        = "96M"
  memory           = "192M"
  cdrom            = var.iso
  boot_device      = "cdrom"
  http_content = {
    "/answers.txt" = "hostname = faults\nroot password = tiny-secret\nfinish = poweroff\n"
  }
  boot_wait        = "4s"
  boot_command     = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  ssh_username     = "root"
  ssh_password     = "tiny-secret"
  shutdown_command = "poweroff"
}

source "vmm" "derived" {
  vm_template      = "generic"
  output_directory = "out"
  log_directory    = "log"
  disk_format      = "qcow2"
  disk_base        = local.base
  memory           = "192M"
  ssh_username     = "root"
}

build {
  name    = "base"
  sources = ["source.vmm.base"]

  provisioner "file" {
    source      = "${path.root}/../everything/first-boot.sh"
    destination = "/sbin/first-boot"
  }

  provisioner "shell" {
    inline = ["chmod 755 /sbin/first-boot", "rm /sbin/getty", "ln -s first-boot /sbin/getty"]
  }
}

build {
  name = "fault"

  source "source.vmm.derived" {
    name             = "never-off"
    vm_name          = "${var.vm_name}-never-off"
    ssh_password     = "tiny-secret"
    ssh_timeout      = "4m"
    shutdown_command = "true"
    shutdown_timeout = "10s"
  }

  source "source.vmm.derived" {
    name             = "no-sshd"
    vm_name          = "${var.vm_name}-no-sshd"
    ssh_password     = "tiny-secret"
    ssh_timeout      = "20s"
    shutdown_command = "poweroff"
    ssh_port         = 2222
  }

  source "source.vmm.derived" {
    name                   = "wrong-password"
    vm_name                = "${var.vm_name}-wrong-password"
    ssh_password           = "not-the-one-of-the-guest"
    ssh_timeout            = "4m"
    ssh_handshake_attempts = 3
    shutdown_command       = "poweroff"
  }

  source "source.vmm.derived" {
    name             = "disk-full"
    vm_name          = "${var.vm_name}-disk-full"
    ssh_password     = "tiny-secret"
    ssh_timeout      = "4m"
    shutdown_command = "poweroff"
  }

  source "source.vmm.derived" {
    name             = "panic"
    vm_name          = "${var.vm_name}-panic"
    ssh_password     = "tiny-secret"
    ssh_timeout      = "4m"
    shutdown_command = "poweroff"
  }

  source "source.vmm.derived" {
    name                    = "cut"
    vm_name                 = "${var.vm_name}-cut"
    ssh_password            = "tiny-secret"
    ssh_timeout             = "4m"
    ssh_keep_alive_interval = "1s"
    shutdown_command        = "poweroff"
  }

  provisioner "shell" {
    only   = ["vmm.panic"]
    inline = ["sync", "echo c > /proc/sysrq-trigger", "sleep 300"]
  }

  provisioner "shell" {
    only   = ["vmm.cut"]
    inline = ["(until [ -s /root/large ]; do usleep 50000; done; ip link set eth0 down) >/dev/null 2>&1 </dev/null &"]
  }

  provisioner "file" {
    only        = ["vmm.disk-full", "vmm.cut"]
    source      = var.large_file
    destination = "/root/large"
  }
}
