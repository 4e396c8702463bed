# Kiln gives kiln_image: where the image has to be left.
variable "kiln_image" {
  type = string
}

# --build-arg base=..., and --base-image with the same name: Kiln pulls it before the template runs.
variable "base" {
  type    = string
  default = "docker.io/library/busybox:1.37"
}

variable "greeting" {
  type    = string
  default = "Hello"
}

source "null" "hello" {
  communicator = "none"
}

build {
  sources = ["source.null.hello"]

  provisioner "shell-local" {
    environment_vars = ["BASE=${var.base}", "GREETING=${var.greeting}"]
    script           = "assemble.sh"
  }

  provisioner "shell-local" {
    script = "test.sh"
  }

  post-processor "shell-local" {
    inline = ["buildah commit --quiet hello-container '${var.kiln_image}'"]
  }
}
