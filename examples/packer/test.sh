#!/bin/sh
# What the image is to print, tried in the container before it becomes one.
set -eu
said=$(buildah run hello-container -- /app/hello "packer")
echo "$said"
test "$said" = "$(buildah run hello-container -- cat /app/greeting), packer!"
