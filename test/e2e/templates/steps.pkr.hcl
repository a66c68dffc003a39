# A machine whose every step can be held, to interrupt it there.

variable "vm_name" {
  type = string
}

variable "iso" {
  type = string
}

variable "boot_command" {
  type    = list(string)
  default = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
}

variable "commands" {
  type    = list(string)
  default = ["true"]
}

# The CD needs 0.4 s to its prompt, and more on a busy machine.
variable "boot_wait" {
  type    = string
  default = "4s"
}

variable "ssh_port" {
  type    = number
  default = 22
}

source "vmm" "steps" {
  vm_name          = var.vm_name
  vm_template      = "generic"
  output_directory = "out"
  log_directory    = "log"
  disk_format      = "qcow2"
  disk_size        = "1G"
  memory           = "256M"
  cdrom            = var.iso
  boot_device      = "cdrom"
  http_content = {
    "/answers.txt" = "hostname = steps\nroot password = tiny-secret\nfinish = poweroff\n"
  }
  boot_wait        = var.boot_wait
  boot_command     = var.boot_command
  ssh_port         = var.ssh_port
  ssh_username     = "root"
  ssh_password     = "tiny-secret"
  shutdown_command = "poweroff"
}

build {
  sources = ["source.vmm.steps"]

  provisioner "shell" {
    inline = var.commands
  }
}
