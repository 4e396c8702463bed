#!/bin/sh
# Makes the container from which the image is committed.
set -eu
buildah from --quiet --name hello-container "$BASE"
buildah copy --quiet --chmod 0755 hello-container hello.sh /app/hello
buildah run hello-container -- sh -c 'echo "$1" > /app/greeting' sh "$GREETING"
buildah config --entrypoint '["/app/hello"]' --cmd world --label org.opencontainers.image.title=hello hello-container
