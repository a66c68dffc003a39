# Every provisioner and every post-processor in one build, then a second build that starts from the image of the first.

variable "vm_name" {
  type = string
}

variable "iso" {
  type = string
}

variable "password" {
  type      = string
  default   = "correct-horse-battery"
  sensitive = true
}

# Of the SSH server on the way to the second guest.
variable "bastion_port" {
  type    = number
  default = 22
}

variable "bastion_password" {
  type      = string
  default   = "not-for-the-guest"
  sensitive = true
}

# The first guest is reached directly, with the key that its answer file gets.
source "vmm" "first" {
  vm_name           = var.vm_name
  vm_template       = "generic"
  output_directory  = "out"
  log_directory     = "log"
  disk_format       = "qcow2"
  disk_size         = "1G"
  memory            = "256M"
  cdrom             = var.iso
  boot_device       = "cdrom"
  http_directory    = "${path.root}/http"
  gen_files_pattern = "answers"
  boot_wait         = "4s"
  boot_command      = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  ssh_username      = "root"
  ssh_password      = var.password
  shutdown_command  = "poweroff"
}

# Only what differs from the first image is in the second. The base image makes itself a new identity when it boots first, and
# powers off.
source "vmm" "second" {
  vm_name          = "${var.vm_name}-second"
  vm_template      = "generic"
  output_directory = "out"
  log_directory    = "log"
  disk_format      = "qcow2"
  disk_base        = "out/${var.vm_name}.qcow2"
  memory           = "256M"
  ssh_username     = "root"
  ssh_password     = var.password
  shutdown_command = "poweroff"

  # With passwords all the way, which ssh(1) alone could not say.
  ssh_bastion_host     = "127.0.0.1"
  ssh_bastion_port     = var.bastion_port
  ssh_bastion_username = "me"
  ssh_bastion_password = var.bastion_password
}

build {
  name    = "all"
  sources = ["source.vmm.first"]

  provisioner "shell" {
    inline           = ["echo \"$COLOUR\" > /root/colour", "echo $PACKER_BUILD_NAME > /root/build"]
    environment_vars = ["COLOUR=dark green"]
  }

  provisioner "file" {
    source      = "${path.root}/tree"
    destination = "/root"
  }

  provisioner "file" {
    content     = "written by ${build.ID != "" ? "a build" : ""}\n"
    destination = "/root/content"
  }

  provisioner "breakpoint" {
    disable = true
    note    = "nobody is here"
  }

  provisioner "sleep" {
    duration = "10ms"
  }

  # The guest goes down under its connection; the next provisioner starts on the new boot.
  provisioner "shell" {
    inline            = ["cat /proc/sys/kernel/random/boot_id > /root/boot-before", "sync", "reboot", "sleep 60"]
    expect_disconnect = true
  }

  provisioner "shell" {
    inline = ["test \"$(cat /root/boot-before)\" != \"$(cat /proc/sys/kernel/random/boot_id)\" && echo a new boot > /root/boot-after"]
  }

  provisioner "file" {
    source      = "${path.root}/first-boot.sh"
    destination = "/sbin/first-boot"
  }

  provisioner "shell" {
    inline = ["chmod 755 /sbin/first-boot", "rm /sbin/getty", "ln -s first-boot /sbin/getty"]
  }

  provisioner "file" {
    direction   = "download"
    source      = "/root/boot-after"
    destination = "boot-after"
  }

  provisioner "shell-local" {
    inline = ["cp boot-after boot-after-copy"]
  }

  # The guest has no Python; what plays there notes what it is given, and runs the raw tasks of the playbook.
  provisioner "file" {
    source      = "${path.root}/ansible-playbook.sh"
    destination = "/bin/ansible-playbook"
  }

  provisioner "shell" {
    inline = ["chmod 755 /bin/ansible-playbook"]
  }

  provisioner "ansible-local" {
    playbook_dir            = "${path.root}/ansible"
    playbook_file           = "${path.root}/ansible/local.yml"
    role_paths              = ["${path.root}/ansible/roles/colour"]
    group_vars              = "${path.root}/ansible/group_vars"
    inventory_groups        = ["guests", "tiny"]
    extra_arguments         = ["--extra-vars \"region='the far east'\""]
    clean_staging_directory = true
  }

  provisioner "ansible" {
    playbook_file    = "${path.root}/ansible/site.yml"
    host_alias       = "tiny"
    groups           = ["guests"]
    empty_groups     = ["databases"]
    user             = "root"
    roles_path       = "${path.root}/ansible/roles"
    extra_arguments  = ["--extra-vars", "region='the far east'", "--skip-tags=never-here"]
    ansible_env_vars = ["GREETING=hello from this machine", "ANSIBLE_NOCOLOR=1"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "out/${var.vm_name}.sha256"
  }

  post-processor "shell-local" {
    inline = ["echo post > post-processed"]
  }

  post-processors {
    post-processor "compress" {
      output              = "out/${var.vm_name}.tar.gz"
      keep_input_artifact = true
    }
    post-processor "artifice" {
      files = ["out/${var.vm_name}.tar.gz"]
    }
    post-processor "manifest" {
      output = "manifest.json"
    }
  }
}

build {
  name    = "derived"
  sources = ["source.vmm.second"]

  provisioner "shell" {
    inline = ["cat /root/colour", "echo second > /root/second"]
  }

  provisioner "ansible" {
    playbook_file       = "${path.root}/ansible/site.yml"
    inventory_directory = "${path.root}/ansible"
    keep_inventory_file = true
    groups              = ["guests"]
    roles_path          = "${path.root}/ansible/roles"
    extra_arguments     = ["--extra-vars", "region=here", "--skip-tags=never-here"]
  }
}
