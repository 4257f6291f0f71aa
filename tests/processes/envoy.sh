#!/bin/sh
# Stands for Envoy where a test is not about it: notes each start, with its process and what it was told, and waits to be ended.
if [ "$1" = --version ]; then
    echo "envoy  version: 0/${FAKE_ENVOY_VERSION:-1.40.0}/Clean/RELEASE/BoringSSL"
    exit
fi
[ -z "$FAKE_ENVOY_HANGS" ] || trap '' TERM
echo "$$ $*" >>started.txt
exec tail -f /dev/null
