#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Claude Code as a bench of leapmux wants it: it says its version, confirms what it is asked, and idles.
[ "$1" = --version ] && echo "9.8.7 (Claude Code)" && exit
while read -r line; do
    case $line in
    *'"control_request"'*)
        id=${line#*\"request_id\":\"}
        printf '{"type":"control_response","response":{"subtype":"success","request_id":"%s","response":{"commands":[],"models":[{"value":"default","displayName":"Default","description":""}]}}}\n' "${id%%\"*}"
        ;;
    esac
done
