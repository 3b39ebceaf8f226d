#!/bin/sh
# The RFC 7208 suite through the tool, with the engine that is the default.
exec /usr/bin/python3 "${0%/*}/run" "${0%/*}/rfc7208/cases.jsonl"
