# Files on their way to the guest and back: a large one, and many small ones.

variable "vm_name" {
  type = string
}

variable "iso" {
  type = string
}

source "vmm" "transfer" {
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
    "/answers.txt" = "hostname = transfer\nroot password = tiny-secret\nfinish = poweroff\n"
  }
  boot_wait        = "4s"
  boot_command     = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  ssh_username     = "root"
  ssh_password     = "tiny-secret"
  shutdown_command = "poweroff"
}

build {
  sources = ["source.vmm.transfer"]

  # The folder itself, into one that is not there yet.
  provisioner "file" {
    source      = "many"
    destination = "/srv/new/"
  }

  provisioner "file" {
    sources     = ["large", "sums"]
    destination = "/srv/new/"
  }

  provisioner "shell" {
    inline = [
      "cd /srv/new",
      "sha256sum -c sums | grep -vc ': OK$' | grep -x 0",
      "find many -type f | wc -l | grep -x 5001",
      "test -d 'many/hollow folder' && test \"$(stat -c %a many/dir-0/run)\" = 750",
    ]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/srv/new/many/"
    destination = "back"
  }
}
