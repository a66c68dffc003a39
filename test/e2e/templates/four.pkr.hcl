# Four machines at once, which share one folder of installation files: each has a server of its own, and a generated file
# that names it.

variable "iso" {
  type = string
}

variable "http" {
  type = string
}

variable "names" {
  type = list(string)
}

source "vmm" "machine" {
  vm_template       = "generic"
  log_directory     = "log"
  output_directory  = "out"
  disk_format       = "qcow2"
  disk_size         = "1G"
  memory            = "192M"
  cdrom             = var.iso
  boot_device       = "cdrom"
  http_directory    = var.http
  gen_files_pattern = "answers"
  boot_wait         = "4s"
  boot_command      = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  communicator      = "none"
}

build {
  dynamic "source" {
    for_each = var.names
    labels   = ["source.vmm.machine"]
    content {
      name    = source.value
      vm_name = source.value
    }
  }
}
